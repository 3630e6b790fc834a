//! The catalogue and the reference made from it.

use std::collections::BTreeSet;
use std::path::Path;

use safeground_sql::functions::{FunctionKind, catalogue, reference};

use super::session::{rows, session};

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
    for entry in entries
        .iter()
        .filter(|entry| entry.section != "Geometry functions")
    {
        assert!(entry.description.ends_with('.'), "{}", entry.name);
        assert!(entry.example.is_some(), "{}", entry.name);
        assert!(entry.signature.starts_with(&entry.name), "{}", entry.name);
        for (name, description) in &entry.arguments {
            assert!(!description.is_empty(), "{name} of {}", entry.name);
        }
    }
    let h3 = names.iter().filter(|name| name.starts_with("h3_")).count();
    // The functions of the extension's own list, spelling apart.
    assert_eq!(h3, 74);
    assert!(names.iter().any(|name| name.starts_with("st_")));
}

/// Examples of table functions name tables of the reader's.
#[tokio::test]
async fn every_example_without_a_table_runs() {
    let context = session(1);
    let mut run = 0;
    for entry in catalogue() {
        if entry.kind == FunctionKind::Scalar && entry.name.starts_with("h3_") {
            let example = entry.example.unwrap();
            let batch = rows(&context, &example)
                .await
                .unwrap_or_else(|error| panic!("{example}: {error}"));
            assert!(batch.column(0).is_valid(0), "{example} is null");
            run += 1;
        }
    }
    assert_eq!(run, 74);
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
