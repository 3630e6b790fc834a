//! Properties of the h3 functions on random cells, a table of them at a time.

use std::sync::Arc;

use arrow::array::{Float64Array, Int64Array, RecordBatch};
use proptest::prelude::*;

use super::session::{integers, rows, session};

/// Number of rows for which `condition` does not hold, null included.
fn violations(points: &[(f64, f64, i64)], condition: &str) -> i64 {
    let column = |of: fn(&(f64, f64, i64)) -> f64| {
        Arc::new(
            points
                .iter()
                .map(|point| Some(of(point)))
                .collect::<Float64Array>(),
        )
    };
    let resolutions: Int64Array = points.iter().map(|point| Some(point.2)).collect();
    let batch = RecordBatch::try_from_iter([
        ("latitude", column(|point| point.0) as _),
        ("longitude", column(|point| point.1) as _),
        ("resolution", Arc::new(resolutions) as _),
    ])
    .unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let context = session(2);
        context.register_batch("points", batch).unwrap();
        let sql = format!(
            "WITH cells AS (
                SELECT h3_latlng_to_cell(latitude, longitude, resolution) AS cell, resolution
                FROM points
             )
             SELECT count(*) AS violations FROM cells WHERE ({condition}) IS NOT TRUE"
        );
        integers(&rows(&context, &sql).await.unwrap(), "violations")[0].unwrap()
    })
}

fn points() -> impl Strategy<Value = Vec<(f64, f64, i64)>> {
    let point = (-90.0_f64..=90.0, -180.0_f64..=180.0, 0_i64..=15);
    prop::collection::vec(point, 1..200)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn a_cell_holds_its_own_centre(points in points()) {
        let condition = "h3_latlng_to_cell(h3_cell_to_lat(cell), h3_cell_to_lng(cell), resolution) = cell";
        prop_assert_eq!(violations(&points, condition), 0);
    }

    #[test]
    fn text_and_numbers_are_the_same_index(points in points()) {
        let condition = "h3_string_to_h3(h3_h3_to_string(cell)) = cell
            AND h3_cell_to_parent(h3_h3_to_string(cell), 0) = h3_h3_to_string(h3_cell_to_parent(cell, 0))
            AND h3_is_valid_cell(h3_h3_to_string(cell))";
        prop_assert_eq!(violations(&points, condition), 0);
    }

    #[test]
    fn a_child_has_its_parent(points in points()) {
        let condition = "resolution = 15
            OR h3_cell_to_parent(h3_cell_to_center_child(cell, resolution + 1), resolution) = cell
            AND array_length(h3_cell_to_children(cell, resolution + 1)) = h3_cell_to_children_size(cell, resolution + 1)
            AND h3_compact_cells(h3_cell_to_children(cell, resolution + 1)) = make_array(cell)";
        prop_assert_eq!(violations(&points, condition), 0);
    }

    #[test]
    fn a_ring_is_the_rim_of_a_disk(points in points()) {
        let condition = "array_length(h3_grid_disk(cell, 2)) = array_length(h3_grid_disk(cell, 1)) + array_length(h3_grid_ring(cell, 2))
            AND array_has_all(h3_grid_disk(cell, 2), h3_grid_ring(cell, 2))
            AND array_has(h3_grid_disk(cell, 0), cell)";
        prop_assert_eq!(violations(&points, condition), 0);
    }

    #[test]
    fn edges_lead_to_neighbours(points in points()) {
        let condition = "array_length(h3_origin_to_directed_edges(cell)) = array_length(h3_grid_ring(cell, 1))
            AND h3_get_directed_edge_origin(h3_origin_to_directed_edges(cell)[1]) = cell
            AND h3_are_neighbor_cells(cell, h3_get_directed_edge_destination(h3_origin_to_directed_edges(cell)[1]))";
        prop_assert_eq!(violations(&points, condition), 0);
    }

    #[test]
    fn the_outline_of_cells_is_filled_by_these_cells(points in points()) {
        // Away from the poles and the antimeridian, where an outline in
        // degrees does not mean what it shows.
        let inland: Vec<_> = points
            .into_iter()
            .filter(|(latitude, longitude, resolution)| {
                latitude.abs() < 60.0 && longitude.abs() < 150.0 && *resolution >= 3
            })
            .collect();
        let condition = "array_length(h3_polygon_wkb_to_cells(h3_cells_to_multi_polygon_wkb(h3_grid_disk(cell, 1)), resolution)) = array_length(h3_grid_disk(cell, 1))
            AND array_has_all(h3_polygon_wkb_to_cells(h3_cells_to_multi_polygon_wkb(h3_grid_disk(cell, 1)), resolution), h3_grid_disk(cell, 1))
            AND h3_polygon_wkb_to_cells(h3_cell_to_boundary_wkb(cell), resolution) = make_array(cell)";
        prop_assert_eq!(violations(&inland, condition), 0);
    }
}
