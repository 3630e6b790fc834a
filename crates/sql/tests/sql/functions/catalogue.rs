//! The catalogue and the reference made from it.

use std::collections::BTreeSet;
use std::path::Path;

use safeground_sql::functions::{FunctionKind, catalogue, reference};

use super::session::{rows, session};

/// The functions that the extension lists itself (isaacbrodsky/h3-duckdb,
/// `C_EXT.md`), with the one that came with H3 4.5.
const EXTENSION: &str = "
    h3_are_neighbor_cells h3_cell_area h3_cell_to_boundary_wkb h3_cell_to_boundary_wkt
    h3_cell_to_center_child h3_cell_to_child_pos h3_cell_to_children h3_cell_to_children_size
    h3_cell_to_lat h3_cell_to_latlng h3_cell_to_lng h3_cell_to_local_ij h3_cell_to_parent
    h3_cell_to_vertex h3_cell_to_vertexes h3_cells_to_directed_edge
    h3_cells_to_multi_polygon_wkb h3_cells_to_multi_polygon_wkt h3_child_pos_to_cell
    h3_compact_cells h3_construct_cell h3_construct_cell_string h3_directed_edge_to_boundary_wkb
    h3_directed_edge_to_boundary_wkt h3_directed_edge_to_cells h3_edge_length
    h3_get_base_cell_number h3_get_directed_edge_destination h3_get_directed_edge_origin
    h3_get_hexagon_area_avg h3_get_hexagon_edge_length_avg h3_get_icosahedron_faces
    h3_get_index_digit h3_get_num_cells h3_get_pentagons h3_get_pentagons_string
    h3_get_res0_cells h3_get_res0_cells_string h3_get_resolution h3_great_circle_distance
    h3_grid_disk h3_grid_disk_distances h3_grid_disk_distances_safe
    h3_grid_disk_distances_unsafe h3_grid_disk_unsafe h3_grid_distance h3_grid_path_cells
    h3_grid_ring h3_grid_ring_unsafe h3_h3_to_string h3_is_pentagon h3_is_res_class_iii
    h3_is_valid_cell h3_is_valid_directed_edge h3_is_valid_index h3_is_valid_vertex
    h3_latlng_to_cell h3_latlng_to_cell_string h3_local_ij_to_cell h3_max_grid_disk_size
    h3_origin_to_directed_edges h3_polygon_wkb_to_cells h3_polygon_wkb_to_cells_experimental
    h3_polygon_wkb_to_cells_experimental_string h3_polygon_wkb_to_cells_string
    h3_polygon_wkt_to_cells h3_polygon_wkt_to_cells_experimental
    h3_polygon_wkt_to_cells_experimental_string h3_polygon_wkt_to_cells_string
    h3_reverse_directed_edge h3_string_to_h3 h3_uncompact_cells h3_vertex_to_lat
    h3_vertex_to_latlng h3_vertex_to_lng
";

#[test]
fn the_function_reference_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data-schema/functions.md");
    let expected = reference();
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    if found != expected {
        std::fs::write(&path, expected).unwrap();
        panic!("{} was stale and has been rewritten", path.display());
    }
}

#[test]
fn every_function_is_documented_and_named_once() {
    let entries = catalogue();
    let names: BTreeSet<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
    assert_eq!(names.len(), entries.len());
    for entry in &entries {
        assert!(entry.description.ends_with('.'), "{}", entry.name);
        // Geometry functions are another crate's, which writes names as PostGIS
        // does and has few examples.
        if entry.section != "Geometry functions" {
            assert!(entry.example.is_some(), "{}", entry.name);
            assert!(entry.signature.starts_with(&entry.name), "{}", entry.name);
        }
        let signature = entry.signature.to_lowercase();
        let called = signature.strip_prefix(entry.name.as_str());
        assert!(
            called.is_some_and(|rest| rest.starts_with('(')),
            "{}",
            entry.name
        );
        assert!(!signature.contains('\n'), "{}", entry.name);
        for alias in &entry.aliases {
            assert!(!names.contains(alias.as_str()), "{alias}");
        }
        for (name, description) in &entry.arguments {
            assert!(!description.is_empty(), "{name} of {}", entry.name);
        }
    }
    let h3 = names.iter().filter(|name| name.starts_with("h3_"));
    let mut extension: Vec<&str> = EXTENSION.split_whitespace().collect();
    extension.sort_unstable();
    assert_eq!(h3.copied().collect::<Vec<_>>(), extension);
    assert!(names.iter().any(|name| name.starts_with("st_")));
}

#[test]
fn an_argument_speaks_of_corrected_p_values_only_where_there_is_such_a_column() {
    for entry in catalogue() {
        let has_column = entry.columns.iter().any(|c| c.name == "p_adjusted");
        for (name, description) in &entry.arguments {
            let is_named = description.contains("p_adjusted");
            assert!(has_column || !is_named, "{name} of {}", entry.name);
        }
    }
}

/// Examples of table functions name tables of the reader's.
#[tokio::test]
async fn every_example_without_a_table_runs() {
    let context = session(1);
    let mut run = Vec::new();
    for entry in catalogue() {
        if entry.kind == FunctionKind::Scalar && entry.name.starts_with("h3_") {
            let example = entry.example.unwrap();
            let batch = rows(&context, &example)
                .await
                .unwrap_or_else(|error| panic!("{example}: {error}"));
            assert!(batch.column(0).is_valid(0), "{example} is null");
            run.push(entry.name);
        }
    }
    assert_eq!(run.len(), EXTENSION.split_whitespace().count());
}

#[tokio::test]
async fn every_example_of_a_table_function_or_aggregate_runs() {
    let context = session(2);
    for table in ["counts", "rates", "forecasts"] {
        context
            .sql(&format!(
                "CREATE VIEW {table} AS
                 SELECT cell, cell AS place_id, month, cases, cases * 1.5 AS cases_next_year,
                        200 AS children, cases / 200.0 AS rate, 1.0 AS area_km2, cases AS score
                 FROM (SELECT cell, h3_cell_to_child_pos(cell, 5) % 11 AS cases
                       FROM (SELECT unnest(h3_grid_disk('873da1140ffffff', 3)) AS cell))
                 CROSS JOIN (VALUES (1)) AS m(month)"
            ))
            .await
            .unwrap();
    }
    for entry in catalogue() {
        let ours = ["Statistical table functions", "Aggregates"];
        if !ours.contains(&entry.section.as_str()) {
            continue;
        }
        let example = entry.example.unwrap();
        rows(&context, &example)
            .await
            .unwrap_or_else(|error| panic!("{example}: {error}"));
    }
}
