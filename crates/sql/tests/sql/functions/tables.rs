//! Statistical table functions against the statistics called directly.

use std::sync::Arc;

use arrow::array::{Array, AsArray as _, Float64Array, Int64Array, RecordBatch, UInt64Array};
use arrow::datatypes::UInt64Type;
use datafusion::prelude::SessionContext;
use h3o::{CellIndex, LatLng, Resolution};
use safeground_stats::global::{AutocorrelationParams, Permutations, moran_i};
use safeground_stats::local::{
    GetisOrdParams, LocalMoranParams, VarianceDivisor, getis_ord, getis_ord_permutation,
    local_moran,
};
use safeground_stats::multiple_testing::{Adjustment, adjust};
use safeground_stats::permutation::PermutationParams;
use safeground_stats::rates::{
    SpatialEmpiricalBayesParams, empirical_bayes, spatial_empirical_bayes,
};
use safeground_stats::scan::{MonteCarlo, Places, ScanParams, SpatialCounts, circular_scan};
use safeground_stats::significance::Alternative;
use safeground_stats::space_time::{
    EmergingHotspotParams, MannKendallParams, SpaceTimeCube, emerging_hotspots, mann_kendall,
};
use safeground_stats::weights::{
    Position, SpatialWeights, distance_band, grid_disk, nearest_neighbours,
};

use super::session::{integers, numbers, rows, session, texts};

/// Cells around a place, in order, with counts that rise towards one side; the
/// twentieth has no count.
struct Map {
    cells: Vec<CellIndex>,
    cases: Vec<Option<f64>>,
    children: Vec<f64>,
}

fn map() -> Map {
    let centre = LatLng::new(28.6, 77.2).unwrap().to_cell(Resolution::Seven);
    let mut cells: Vec<CellIndex> = centre.grid_disk(5);
    cells.sort_unstable_by_key(|cell| u64::from(*cell));
    let cases = cells
        .iter()
        .enumerate()
        .map(|(place, cell)| {
            let east = (LatLng::from(*cell).lng() - 77.1) * 40.0;
            (place != 20).then(|| (east.max(0.0) + (place * 7 % 5) as f64).round())
        })
        .collect();
    let children = (0..cells.len())
        .map(|place| 100.0 + (place * 37 % 91) as f64)
        .collect();
    Map {
        cells,
        cases,
        children,
    }
}

/// The map as a table, its rows turned around so that order must not matter.
fn register(context: &SessionContext, map: &Map) {
    let backwards = || (0..map.cells.len()).rev();
    let cells: UInt64Array = backwards()
        .map(|at| Some(u64::from(map.cells[at])))
        .collect();
    let cases: Float64Array = backwards().map(|at| map.cases[at]).collect();
    let children: Float64Array = backwards().map(|at| Some(map.children[at])).collect();
    let position = |of: fn(LatLng) -> f64| -> Float64Array {
        backwards()
            .map(|at| Some(of(LatLng::from(map.cells[at]))))
            .collect()
    };
    let batch = RecordBatch::try_from_iter([
        ("cell", Arc::new(cells) as _),
        ("cases", Arc::new(cases) as _),
        ("children", Arc::new(children) as _),
        ("north", Arc::new(position(LatLng::lat)) as _),
        ("east", Arc::new(position(LatLng::lng)) as _),
    ])
    .unwrap();
    context.register_batch("counts", batch).unwrap();
}

async fn query(map: &Map, sql: &str) -> RecordBatch {
    let context = session(3);
    register(&context, map);
    rows(&context, sql)
        .await
        .unwrap_or_else(|error| panic!("{sql}: {error}"))
}

fn ids(batch: &RecordBatch) -> Vec<u64> {
    let ids = integers(batch, "cell");
    ids.into_iter().map(|id| id.unwrap() as u64).collect()
}

fn in_order(map: &Map) -> Vec<u64> {
    map.cells.iter().copied().map(u64::from).collect()
}

#[tokio::test]
async fn getis_ord_gi_is_that_of_the_statistics() {
    let map = map();
    let batch = query(
        &map,
        "SELECT * FROM getis_ord_gi(input => (SELECT cell, cases FROM counts), id => cell, value => cases, k => 2)",
    )
    .await;
    let weights = grid_disk(&map.cells, 2).unwrap();
    let expected = getis_ord(&map.cases, &weights, &GetisOrdParams::star()).unwrap();
    let p: Vec<_> = expected
        .iter()
        .map(|unit| unit.map(|unit| unit.p()))
        .collect();
    assert_eq!(ids(&batch), in_order(&map));
    assert_eq!(numbers(&batch, "value"), map.cases);
    assert_eq!(
        numbers(&batch, "z"),
        expected
            .iter()
            .map(|unit| unit.map(|unit| unit.z))
            .collect::<Vec<_>>()
    );
    assert_eq!(
        numbers(&batch, "p_adjusted"),
        adjust(&p, Adjustment::BenjaminiHochberg)
    );
    assert_eq!(numbers(&batch, "p"), p);
    let status = texts(&batch, "status");
    assert_eq!(status[20].as_deref(), Some("no_data"));
    assert!(
        status
            .iter()
            .filter(|status| status.as_deref() == Some("computed"))
            .count()
            == 90
    );
    assert_eq!(numbers(&batch, "z")[20], None);
    let class = texts(&batch, "class");
    assert!(class.iter().flatten().any(|class| class == "hot_99"));
    assert_eq!(class[20], None);
}

#[tokio::test]
async fn permutations_follow_the_seed_and_not_the_rows_or_partitions() {
    let map = map();
    let sql = |seed: u32| {
        format!(
            "SELECT * FROM getis_ord_gi(input => (SELECT cell, cases FROM counts), id => cell,
             value => cases, star => false, permutations => 199, seed => {seed}, correction => 'none')"
        )
    };
    let found = query(&map, &sql(7)).await;
    let weights = grid_disk(&map.cells, 1).unwrap();
    let permutation = PermutationParams::new(199, 7).unwrap();
    let expected: Vec<Option<f64>> = getis_ord_permutation(&map.cases, &weights, &permutation)
        .unwrap()
        .iter()
        .map(|unit| unit.map(|unit| unit.p(Alternative::TwoSided)))
        .collect();
    assert_eq!(numbers(&found, "p"), expected);
    assert_eq!(numbers(&found, "p_adjusted"), expected);
    for partitions in [1, 8] {
        let context = session(partitions);
        register(&context, &map);
        assert_eq!(rows(&context, &sql(7)).await.unwrap(), found);
    }
    assert_ne!(query(&map, &sql(8)).await, found);
}

#[tokio::test]
async fn local_moran_is_that_of_the_statistics() {
    let map = map();
    let batch = query(
        &map,
        "SELECT * FROM local_moran((SELECT cell, cases FROM counts), id => cell, value => cases)",
    )
    .await;
    // As if units without a value were not there: the shares of a row are those
    // of the neighbours that have one.
    let known: Vec<usize> = (0..map.cases.len())
        .filter(|unit| map.cases[*unit].is_some())
        .collect();
    assert!(known.len() < map.cases.len());
    let weights = grid_disk(&map.cells, 1).unwrap();
    let weights = weights.subset(&known).unwrap().row_standardised();
    let cases: Vec<Option<f64>> = known.iter().map(|unit| map.cases[*unit]).collect();
    let params = LocalMoranParams::new(VarianceDivisor::UnitsLessOne);
    let computed = local_moran(&cases, &weights, &params).unwrap();
    let mut expected = vec![None; map.cases.len()];
    for (unit, result) in known.into_iter().zip(computed) {
        expected[unit] = result;
    }
    assert_eq!(
        numbers(&batch, "statistic"),
        expected
            .iter()
            .map(|unit| unit.map(|unit| unit.statistic))
            .collect::<Vec<_>>()
    );
    assert_eq!(
        numbers(&batch, "p"),
        expected
            .iter()
            .map(|unit| unit
                .and_then(|unit| unit.conditional)
                .map(|moments| moments.p))
            .collect::<Vec<_>>()
    );
    let classes = texts(&batch, "class");
    assert!(classes.iter().flatten().any(|class| class == "high_high"));
}

#[tokio::test]
async fn global_moran_is_that_of_the_statistics() {
    let map = map();
    let batch = query(
        &map,
        "SELECT * FROM global_moran((SELECT cell, cases FROM counts), id => cell, value => cases, permutations => 99, seed => 3)",
    )
    .await;
    let params = AutocorrelationParams::row_standardised()
        .with_permutations(Permutations::new(99, 3).unwrap());
    let expected = moran_i(&map.cases, &grid_disk(&map.cells, 1).unwrap(), &params).unwrap();
    assert_eq!(numbers(&batch, "statistic"), [Some(expected.statistic)]);
    assert_eq!(
        numbers(&batch, "z"),
        [expected.randomisation.map(|deviate| deviate.z)]
    );
    assert_eq!(
        numbers(&batch, "p_permutation"),
        [expected
            .permutation
            .map(|test| test.p(Alternative::TwoSided))]
    );
    assert_eq!(integers(&batch, "units"), [Some(90)]);
}

#[tokio::test]
async fn what_has_no_answer_is_undefined_and_not_zero() {
    let batch = query(
        &map(),
        "SELECT * FROM global_moran((SELECT cell, 5 AS cases FROM counts), id => cell, value => cases)",
    )
    .await;
    assert_eq!(numbers(&batch, "statistic"), [None]);
    assert_eq!(texts(&batch, "status"), [Some("undefined".to_owned())]);
    let batch = query(
        &map(),
        "SELECT * FROM getis_ord_gi((SELECT cell, 5 AS cases FROM counts), id => cell, value => cases)",
    )
    .await;
    assert!(numbers(&batch, "z").iter().all(Option::is_none));
    assert!(
        texts(&batch, "status")
            .iter()
            .all(|status| status.as_deref() == Some("undefined"))
    );
}

#[tokio::test]
async fn empirical_bayes_rates_are_those_of_the_statistics() {
    let map = map();
    let children: Vec<Option<f64>> = map.children.iter().copied().map(Some).collect();
    let batch = query(
        &map,
        "SELECT * FROM eb_rate((SELECT cell, cases, children FROM counts), id => cell, value => cases, exposure => children, level => 0.9)",
    )
    .await;
    let expected = empirical_bayes(&map.cases, &children).unwrap();
    assert_eq!(numbers(&batch, "rate"), expected.rates);
    assert_eq!(
        numbers(&batch, "high"),
        expected
            .posteriors
            .iter()
            .map(|posterior| posterior.map(|it| it.interval_at(0.9).unwrap().high))
            .collect::<Vec<_>>()
    );
    assert_eq!(texts(&batch, "status")[20].as_deref(), Some("no_data"));
    let batch = query(
        &map,
        "SELECT * FROM eb_rate((SELECT cell, cases, children FROM counts), id => cell, value => cases, exposure => children, method => spatial)",
    )
    .await;
    let weights = grid_disk(&map.cells, 1).unwrap();
    let params = SpatialEmpiricalBayesParams::marshall();
    let expected = spatial_empirical_bayes(&map.cases, &children, &weights, &params).unwrap();
    assert_eq!(
        numbers(&batch, "rate"),
        expected
            .iter()
            .map(|local| local.map(|local| local.rate))
            .collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn the_scan_is_that_of_the_statistics() {
    let map = map();
    let batch = query(
        &map,
        "SELECT * FROM scan_poisson((SELECT cell, coalesce(cases, 0) AS cases, children FROM counts), id => cell, value => cases, exposure => children, simulations => 99, seed => 5)",
    )
    .await;
    let positions: Vec<Position> = map.cells.iter().map(|cell| position(*cell)).collect();
    let cases: Vec<u64> = map
        .cases
        .iter()
        .map(|cases| cases.unwrap_or(0.0) as u64)
        .collect();
    let scan = circular_scan(
        &Places::geographic(&positions).unwrap(),
        &SpatialCounts::poisson(&cases, &map.children).unwrap(),
        &ScanParams::new(MonteCarlo::new(99, 5)),
    )
    .unwrap();
    assert!(!scan.clusters.is_empty());
    let members: usize = scan
        .clusters
        .iter()
        .map(|cluster| cluster.members.len())
        .sum();
    assert_eq!(batch.num_rows(), members);
    let first = &scan.clusters[0];
    assert_eq!(integers(&batch, "cluster")[0], Some(1));
    assert_eq!(numbers(&batch, "p")[0], first.p);
    assert_eq!(numbers(&batch, "relative_risk")[0], first.relative_risk);
    let mut inside: Vec<u64> = first
        .members
        .iter()
        .map(|at| map.cells[*at].into())
        .collect();
    inside.sort_unstable();
    assert_eq!(ids(&batch)[..inside.len()], inside);
}

fn position(cell: CellIndex) -> Position {
    let centre = LatLng::from(cell);
    Position {
        latitude: centre.lat(),
        longitude: centre.lng(),
    }
}

async fn gi_with(map: &Map, arguments: &str) -> Vec<Option<f64>> {
    let sql = format!(
        "SELECT * FROM getis_ord_gi((SELECT *, h3_cell_to_boundary_wkb(cell) AS outline FROM counts), id => cell, value => cases, {arguments})"
    );
    numbers(&query(map, &sql).await, "z")
}

fn z(map: &Map, weights: &SpatialWeights) -> Vec<Option<f64>> {
    let results = getis_ord(&map.cases, weights, &GetisOrdParams::star()).unwrap();
    results.iter().map(|unit| unit.map(|unit| unit.z)).collect()
}

#[tokio::test]
async fn every_kind_of_neighbours_is_that_of_the_weights() {
    let map = map();
    let positions: Vec<_> = map.cells.iter().map(|cell| Some(position(*cell))).collect();
    let nearest = z(&map, &nearest_neighbours(&positions, 5).unwrap());
    assert_eq!(
        gi_with(&map, "neighbours => 'nearest', count => 5").await,
        nearest
    );
    let by_columns = "neighbours => 'nearest', count => 5, latitude => north, longitude => east";
    assert_eq!(gi_with(&map, by_columns).await, nearest);
    let band = z(&map, &distance_band(&positions, 4_000.0).unwrap());
    assert_eq!(
        gi_with(&map, "neighbours => 'distance', distance_m => 4000").await,
        band
    );
    // Cells that share an edge are the cells one step away.
    let ring = z(&map, &grid_disk(&map.cells, 1).unwrap());
    for kind in ["queen", "rook"] {
        let arguments =
            format!("neighbours => '{kind}', geometry => outline, tolerance_degrees => 0.000001");
        assert_eq!(gi_with(&map, &arguments).await, ring, "{kind}");
    }
    let own = "neighbours => 'own', weights => (
        SELECT cell, other FROM (SELECT cell, unnest(h3_grid_ring(cell, 1)) AS other FROM counts)
        WHERE other IN (SELECT cell FROM counts))";
    assert_eq!(gi_with(&map, own).await, ring);
    let weighted = "neighbours => 'own', weights => (
        SELECT cell, other, 1.0 FROM (SELECT cell, unnest(h3_grid_ring(cell, 1)) AS other FROM counts)
        WHERE other IN (SELECT cell FROM counts))";
    assert_eq!(gi_with(&map, weighted).await, ring);
}

#[tokio::test]
async fn a_call_joins_filters_and_nests_like_any_table() {
    let batch = query(
        &map(),
        "WITH busy AS (SELECT cell, cases FROM counts WHERE children > 120),
              hot AS (SELECT g.cell, g.z FROM getis_ord_gi((SELECT * FROM busy), id => cell, value => cases) AS g
                      WHERE g.status = 'computed')
         SELECT count(*) AS n, count(m.z) AS both
         FROM hot JOIN local_moran((SELECT * FROM busy), id => cell, value => cases) AS m USING (cell)",
    )
    .await;
    assert!(integers(&batch, "n")[0].unwrap() > 10);
    let batch = query(
        &map(),
        "SELECT status, count(*) AS n FROM global_moran(
            (SELECT cell, z FROM getis_ord_gi((SELECT * FROM counts), id => cell, value => cases)),
            id => cell, value => z) GROUP BY status",
    )
    .await;
    assert_eq!(texts(&batch, "status"), [Some("computed".to_owned())]);
}

#[tokio::test]
async fn parameters_may_stand_inside_the_query() {
    let context = session(2);
    register(&context, &map());
    let frame = context
        .sql("SELECT count(*) AS n FROM getis_ord_gi((SELECT * FROM counts WHERE children > $1), id => cell, value => cases)")
        .await
        .unwrap()
        .with_param_values(vec![datafusion::common::ScalarValue::from(150.0)])
        .unwrap();
    let batch = frame.collect().await.unwrap().remove(0);
    let expected = map()
        .children
        .iter()
        .filter(|children| **children > 150.0)
        .count();
    assert_eq!(integers(&batch, "n"), [Some(expected as i64)]);
}

/// Values of place and month, the last place without any.
fn history() -> (RecordBatch, Vec<Vec<Option<f64>>>) {
    let series: Vec<Vec<Option<f64>>> = (0..7)
        .map(|place| {
            (0..12)
                .map(|month| match place {
                    6 => None,
                    0 => Some(f64::from(month * month)),
                    1 => Some(4.0),
                    _ => (month != place).then(|| f64::from((month * 5 + place * 3) % 7)),
                })
                .collect()
        })
        .collect();
    let cells = cells_of_history();
    let all = || {
        (0..12_usize)
            .rev()
            .flat_map(|month| (0..7_usize).map(move |place| (place, month)))
    };
    // Months without a value have no row; the last place has rows of nulls.
    let kept = || all().filter(|(place, month)| *place == 6 || series[*place][*month].is_some());
    let batch = RecordBatch::try_from_iter([
        (
            "cell",
            Arc::new(
                kept()
                    .map(|(place, _)| Some(cells[place]))
                    .collect::<UInt64Array>(),
            ) as _,
        ),
        (
            "month",
            Arc::new(
                kept()
                    .map(|(_, month)| Some(month as i64 + 1))
                    .collect::<Int64Array>(),
            ) as _,
        ),
        (
            "cases",
            Arc::new(
                kept()
                    .map(|(place, month)| series[place][month])
                    .collect::<Float64Array>(),
            ) as _,
        ),
    ])
    .unwrap();
    (batch, series)
}

fn cells_of_history() -> Vec<u64> {
    let centre = LatLng::new(28.6, 77.2).unwrap().to_cell(Resolution::Seven);
    let mut cells: Vec<u64> = centre
        .grid_disk::<Vec<_>>(1)
        .into_iter()
        .map(u64::from)
        .collect();
    cells.sort_unstable();
    cells
}

#[tokio::test]
async fn trends_are_those_of_the_statistics() {
    let (batch, series) = history();
    let context = session(2);
    context.register_batch("history", batch).unwrap();
    let found = rows(
        &context,
        "SELECT * FROM mann_kendall((SELECT * FROM history), id => cell, time => month, value => cases)",
    )
    .await
    .unwrap();
    let params = MannKendallParams::default();
    let expected: Vec<_> = series
        .iter()
        .map(|one| mann_kendall(one, &params).ok())
        .collect();
    assert_eq!(
        numbers(&found, "z"),
        expected
            .iter()
            .map(|test| test.map(|test| test.z))
            .collect::<Vec<_>>()
    );
    let status = texts(&found, "status");
    assert_eq!(status[0].as_deref(), Some("computed"));
    assert_eq!(status[1].as_deref(), Some("constant"));
    assert_eq!(status[6].as_deref(), Some("too_few"));
    assert_eq!(numbers(&found, "slope")[1], Some(0.0));
    assert_eq!(numbers(&found, "slope")[6], None);
    assert_eq!(integers(&found, "periods")[6], Some(0));
}

#[tokio::test]
async fn emerging_hotspots_are_those_of_the_statistics() {
    let (batch, series) = history();
    let context = session(2);
    context.register_batch("history", batch).unwrap();
    let found = rows(
        &context,
        "SELECT * FROM emerging_hotspots((SELECT * FROM history), id => cell, time => month, value => cases)",
    )
    .await
    .unwrap();
    let values: Vec<Option<f64>> = (0..12)
        .flat_map(|month| series.iter().map(move |one| one[month]))
        .collect();
    let cells: Vec<CellIndex> = cells_of_history()
        .into_iter()
        .map(|cell| CellIndex::try_from(cell).unwrap())
        .collect();
    let expected = emerging_hotspots(
        &SpaceTimeCube::new(7, 12, &values).unwrap(),
        &grid_disk(&cells, 1).unwrap(),
        &EmergingHotspotParams::new(0.05, 0.05).unwrap(),
    )
    .unwrap();
    assert_eq!(
        texts(&found, "category"),
        expected
            .iter()
            .map(|place| place.category.map(|category| category.as_str().to_owned()))
            .collect::<Vec<_>>()
    );
    assert_eq!(
        integers(&found, "hot_periods"),
        expected
            .iter()
            .map(|place| Some(place.hot as i64))
            .collect::<Vec<_>>()
    );
    assert_eq!(texts(&found, "status")[6].as_deref(), Some("no_data"));
    assert!(found.column_by_name("category").unwrap().is_null(6));
}

#[tokio::test]
async fn weights_come_as_rows_with_lines_and_go_back_as_own_weights() {
    let map = map();
    let links = grid_disk(&map.cells, 1)
        .unwrap()
        .row_standardised()
        .to_adjacency();
    let call =
        "spatial_weights((SELECT cell FROM counts), id => cell, k => 1, row_standardised => true)";
    let batch = query(
        &map,
        &format!("SELECT *, st_length(st_geomfromwkb(link)) AS degrees FROM {call}"),
    )
    .await;
    let side = |column: &str| -> Vec<u64> {
        let column = batch.column_by_name(column).unwrap();
        column.as_primitive::<UInt64Type>().values().to_vec()
    };
    let cell = |unit: &u32| u64::from(map.cells[*unit as usize]);
    assert_eq!(
        side("focal"),
        links.focal.iter().map(cell).collect::<Vec<_>>()
    );
    assert_eq!(
        side("neighbor"),
        links.neighbor.iter().map(cell).collect::<Vec<_>>()
    );
    let weights: Vec<_> = links.weight.iter().map(|weight| Some(*weight)).collect();
    assert_eq!(numbers(&batch, "weight"), weights);
    for (row, degrees) in numbers(&batch, "degrees").into_iter().enumerate() {
        let ends = [links.focal[row], links.neighbor[row]]
            .map(|unit| LatLng::from(map.cells[unit as usize]));
        let expected = (ends[0].lat() - ends[1].lat()).hypot(ends[0].lng() - ends[1].lng());
        assert!((degrees.unwrap() - expected).abs() < 1e-12);
    }
    let own =
        format!("neighbours => 'own', weights => (SELECT focal, neighbor, weight FROM {call})");
    let standardised = z(&map, &grid_disk(&map.cells, 1).unwrap().row_standardised());
    assert_eq!(gi_with(&map, &own).await, standardised);
}

#[tokio::test]
async fn a_unit_without_neighbours_is_a_row_with_itself_and_goes_back_as_an_island() {
    let map = map();
    let far = "(SELECT cell, cases FROM counts UNION ALL SELECT h3_latlng_to_cell(0, 0, 7), 3.0)";
    let call =
        format!("spatial_weights({far}, id => cell, neighbours => 'distance', distance_m => 4000)");
    let batch = query(
        &map,
        &format!("SELECT weight, link IS NULL AS alone FROM {call} WHERE focal = neighbor"),
    )
    .await;
    assert_eq!(numbers(&batch, "weight"), [Some(0.0)]);
    assert!(batch.column(1).as_boolean().value(0));
    let batch = query(
        &map,
        &format!(
            "SELECT status FROM getis_ord_gi({far}, id => cell, value => cases, neighbours => 'own',
                weights => (SELECT focal, neighbor, weight FROM {call}))
             WHERE cell = h3_latlng_to_cell(0, 0, 7)"
        ),
    )
    .await;
    assert_eq!(texts(&batch, "status"), [Some("no_neighbours".to_owned())]);
}
