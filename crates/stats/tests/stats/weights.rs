//! Weights against other packages and naive twins.

mod contiguity;
mod distance;

use proptest::prelude::*;
use safeground_stats::weights::{
    SpatialWeights, Steps, TextHeader, WeightStyle, block_weights, parse_gal, parse_gwt, write_gal,
    write_gwt,
};

use crate::oracle::{SETS, neighbours, shared};
use crate::threads::on_any_threads;

fn lists(weights: &SpatialWeights) -> Vec<Vec<usize>> {
    (0..weights.len())
        .map(|unit| weights.neighbours(unit).collect())
        .collect()
}

fn json(path: std::path::PathBuf) -> serde_json::Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn assert_close(what: &str, ours: f64, theirs: f64) {
    let gap = (ours - theirs).abs();
    assert!(gap <= 1e-10 * theirs.abs(), "{what}: {ours} {theirs}");
}

#[test]
fn gal_of_each_set_is_its_neighbour_list_and_comes_back_the_same() {
    for (set, _) in SETS {
        let Some(folder) = shared(&format!("oracles/{set}")) else {
            return;
        };
        let expected = neighbours(folder.join("neighbours.json"));
        let facts = json(folder.join("neighbours.json"));
        let text = std::fs::read_to_string(folder.join("w.gal")).unwrap();
        let named = parse_gal(&text).unwrap();
        assert_eq!(named.weights, expected, "{set}");
        let variable = "id";
        let header = TextHeader::Layer {
            layer: set,
            variable,
        };
        let written = write_gal(&named.ids, &named.weights, header).unwrap();
        assert_eq!(parse_gal(&written).unwrap(), named, "{set}");
        let gwt = write_gwt(&named.ids, &named.weights, header).unwrap();
        assert_eq!(parse_gwt(&gwt, Some(&named.ids)).unwrap(), named, "{set}");

        let summary = expected.summary();
        assert_eq!(facts["links"].as_u64(), Some(summary.links as u64));
        assert_eq!(facts["symmetric"].as_bool(), Some(summary.is_symmetric));
        let islands: Vec<usize> = match &facts["islands"] {
            serde_json::Value::Array(list) => {
                list.iter().map(|i| i.as_u64().unwrap() as usize).collect()
            }
            number => {
                assert_eq!(number.as_u64(), Some(summary.islands as u64));
                expected.islands()
            }
        };
        assert_eq!(islands, expected.islands(), "{set}");
    }
}

/// Variance of Moran's I under normality, Cliff & Ord (1981): a function of n,
/// S0, S1 and S2 alone, so that it checks the sums and the standardisation.
#[test]
fn sums_give_the_variance_of_morans_i_of_esda_and_spdep() {
    for (set, _) in SETS {
        let Some(folder) = shared(&format!("oracles/{set}")) else {
            return;
        };
        let weights = neighbours(folder.join("neighbours.json"));
        let sums = weights.row_standardised().sums();
        let variance = |n: f64| {
            let s0 = sums.s0 * sums.s0;
            let top = n * n * sums.s1 - n * sums.s2 + 3.0 * s0;
            top / ((n * n - 1.0) * s0) - (1.0 / (n - 1.0)).powi(2)
        };
        let esda = json(folder.join("esda_global.json"));
        let n = weights.len() as f64;
        let theirs = esda["moran_r"]["VI_norm"].as_f64().unwrap();
        assert_close(set, variance(n), theirs);
        let binary = weights.sums();
        let theirs = esda["G_B"]["EG"].as_f64().unwrap();
        assert_close(set, binary.s0 / (n * (n - 1.0)), theirs);

        // spdep leaves islands out of n.
        let spdep = json(folder.join("spdep_global.json"));
        let n = (weights.len() - weights.islands().len()) as f64;
        let theirs = spdep["moran_W"]["V_norm"].as_f64().unwrap();
        assert_close(set, variance(n), theirs);
    }
}

/// As printed in spdep's vignette on the North Carolina SIDS data: 394 links,
/// 3.94 per cent and per county, two counties without (37055 and 37095).
#[test]
fn the_summary_of_cressie_and_chan_neighbours_is_that_of_spdep() {
    let Some(path) = shared("oracles/nc_sids_cc89/neighbours.json") else {
        return;
    };
    let summary = neighbours(path).summary();
    assert_eq!(
        (summary.units, summary.links, summary.islands),
        (100, 394, 2)
    );
    assert_close("percent", summary.percent_nonzero.unwrap(), 3.94);
    assert_close("mean", summary.mean_neighbours.unwrap(), 3.94);
    assert_eq!(summary.histogram.iter().sum::<usize>(), 100);
    assert_eq!(summary.histogram[0], 2);
}

#[test]
fn styles_agree_with_their_definitions_on_each_set() {
    for (set, _) in SETS {
        let Some(folder) = shared(&format!("oracles/{set}")) else {
            return;
        };
        let weights = neighbours(folder.join("neighbours.json"));
        let n = (weights.len() - weights.islands().len()) as f64;
        let card = |unit| weights.cardinality(unit) as f64;
        let all: f64 = (0..weights.len()).map(card).sum();
        let roots: f64 = (0..weights.len()).map(|unit| card(unit).sqrt()).sum();
        for (style, factor) in [
            (WeightStyle::Basic, &(|_| 1.0) as &dyn Fn(usize) -> f64),
            (WeightStyle::RowStandardised, &|unit| 1.0 / card(unit)),
            (WeightStyle::GloballyStandardised, &|_| n / all),
            (WeightStyle::UnitSum, &|_| 1.0 / all),
            (WeightStyle::VarianceStabilising, &|unit| {
                n / (roots * card(unit).sqrt())
            }),
        ] {
            let styled = weights.styled(style).unwrap();
            assert_eq!(lists(&styled), lists(&weights));
            for unit in 0..weights.len() {
                for (_, weight) in styled.weighted(unit) {
                    assert_close(set, weight, factor(unit));
                }
            }
        }
    }
}

/// Directed graphs of up to 14 units.
fn graphs() -> impl Strategy<Value = Vec<Vec<bool>>> {
    (1..14_usize).prop_flat_map(|n| {
        prop::collection::vec(
            prop::collection::vec(prop::bool::weighted(0.2), n..=n),
            n..=n,
        )
    })
}

fn from_cells(cells: &[Vec<bool>]) -> SpatialWeights {
    let row = |row: &Vec<bool>| (0..row.len()).filter(|j| row[*j]).collect();
    SpatialWeights::from_lists(cells.iter().map(row).collect()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Floyd-Warshall.
    #[test]
    fn higher_orders_are_shortest_ways(cells in graphs(), k in 1..5_usize) {
        let n = cells.len();
        let mut steps = vec![vec![usize::MAX / 4; n]; n];
        for i in 0..n {
            for j in 0..n {
                if cells[i][j] { steps[i][j] = 1; }
            }
            steps[i][i] = 0;
        }
        for m in 0..n {
            for i in 0..n {
                for j in 0..n {
                    steps[i][j] = steps[i][j].min(steps[i][m] + steps[m][j]);
                }
            }
        }
        let weights = from_cells(&cells);
        let pick = |want: &dyn Fn(usize) -> bool| -> Vec<Vec<usize>> {
            (0..n).map(|i| (0..n).filter(|j| i != *j && want(steps[i][*j])).collect()).collect()
        };
        let exact = on_any_threads(|| weights.higher_order(Steps::Exactly(k)).unwrap());
        prop_assert_eq!(lists(&exact), pick(&|d| d == k));
        let within = weights.higher_order(Steps::UpTo(k)).unwrap();
        prop_assert_eq!(lists(&within), pick(&|d| d <= k));
    }

    #[test]
    fn set_operations_and_symmetry_are_those_of_the_matrix(a in graphs(), seed in any::<u64>()) {
        let n = a.len();
        let bit = |i: usize, j: usize| (seed.rotate_left((i * 7 + j * 3) as u32) & 1) == 1;
        let b: Vec<Vec<bool>> = (0..n).map(|i| (0..n).map(|j| bit(i, j)).collect()).collect();
        let (wa, wb) = (from_cells(&a), from_cells(&b));
        let dense = |keep: &dyn Fn(usize, usize) -> bool| -> Vec<Vec<usize>> {
            (0..n).map(|i| (0..n).filter(|j| i != *j && keep(i, *j)).collect()).collect()
        };
        prop_assert_eq!(lists(&wa.union(&wb).unwrap()), dense(&|i, j| a[i][j] || b[i][j]));
        prop_assert_eq!(lists(&wa.intersection(&wb).unwrap()), dense(&|i, j| a[i][j] && b[i][j]));
        prop_assert_eq!(lists(&wa.difference(&wb).unwrap()), dense(&|i, j| a[i][j] && !b[i][j]));
        let either = wa.symmetric_difference(&wb).unwrap();
        prop_assert_eq!(lists(&either), dense(&|i, j| a[i][j] != b[i][j]));
        prop_assert_eq!(lists(&wa.symmetrised()), dense(&|i, j| a[i][j] || a[j][i]));
        prop_assert_eq!(lists(&wa.mutual().unwrap()), dense(&|i, j| a[i][j] && a[j][i]));
        let mean = wa.averaged().unwrap();
        let half = |there: bool| if there { 0.5 } else { 0.0 };
        let pairs = (0..n).flat_map(|i| (0..n).map(move |j| (i, j))).filter(|(i, j)| i != j);
        for (i, j) in pairs.clone() {
            let expected = half(a[i][j]) + half(a[j][i]);
            prop_assert_eq!(mean.weight(i, j).unwrap_or(0.0), expected);
        }
        let one_way = pairs.filter(|(i, j)| a[*i][*j] && !a[*j][*i]).count();
        prop_assert_eq!(wa.asymmetries(), one_way);
        prop_assert_eq!(wa.is_symmetric(), one_way == 0);
    }

    /// A subset in another order is the same matrix with units relabelled, and
    /// the sums do not depend on labels.
    #[test]
    fn relabelled_units_keep_their_links(cells in graphs(), seed in any::<u64>()) {
        let weights = from_cells(&cells).row_standardised();
        let mut order: Vec<usize> = (0..cells.len()).collect();
        order.sort_by_key(|unit| (*unit as u64 + 1).wrapping_mul(seed | 1));
        let other = weights.subset(&order).unwrap();
        for (at, unit) in order.iter().enumerate() {
            for (to, target) in order.iter().enumerate() {
                prop_assert_eq!(other.weight(at, to), weights.weight(*unit, *target));
            }
        }
        let (ours, theirs) = (weights.sums(), other.sums());
        prop_assert!((ours.s1 - theirs.s1).abs() <= 1e-12 * ours.s1);
        prop_assert!((ours.s2 - theirs.s2).abs() <= 1e-12 * ours.s2);
        let (ours, theirs) = (weights.summary(), other.summary());
        prop_assert_eq!(ours, theirs);
    }

    #[test]
    fn blocks_are_equal_regions(regions in prop::collection::vec(prop::option::of(0..4_u8), 0..20)) {
        let weights = on_any_threads(|| block_weights(&regions).unwrap());
        let expected: Vec<Vec<usize>> = (0..regions.len())
            .map(|i| {
                (0..regions.len())
                    .filter(|j| i != *j && regions[i].is_some() && regions[i] == regions[*j])
                    .collect()
            })
            .collect();
        prop_assert_eq!(lists(&weights), expected);
    }
}
