//! What the files say.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Read as _};

use safeground_handover::Language;
use safeground_handover::export::{self, Export};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::sample::plan;

#[test]
fn the_same_document_gives_the_same_bytes_in_every_format() {
    let plan = plan();
    for language in Language::built_in() {
        for export in Export::ALL {
            let first = export.write(&plan, language).unwrap();
            assert!(!first.is_empty());
            assert_eq!(first, export.write(&plan, language).unwrap(), "{export:?}");
        }
        let first = export::bundle(&plan, language).unwrap();
        assert_eq!(first, export::bundle(&plan, language).unwrap());
    }
}

#[test]
fn every_file_carries_plan_and_release() {
    let plan = plan();
    let files = unpack(&export::bundle(&plan, Language::english()).unwrap());
    assert!(files.contains_key("walk_lists/team-2.html"));
    for (name, bytes) in &files {
        let text = match name.as_str() {
            "plan.xlsx" => unpack(bytes).into_values().flatten().collect(),
            // Its metadata are packed; the test of the archive reads them.
            "plan.pmtiles" => continue,
            _ => bytes.clone(),
        };
        let text = String::from_utf8_lossy(&text);
        assert!(text.contains(&plan.plan_id), "{name}");
        assert!(text.contains(&plan.release_id), "{name}");
    }
}

#[test]
fn the_manifest_has_the_sum_of_every_file() {
    let files = unpack(&export::bundle(&plan(), Language::hindi()).unwrap());
    let manifest: Value = serde_json::from_slice(&files["manifest.json"]).unwrap();
    assert_eq!(manifest["language"], "hi");
    let listed = manifest["files"].as_array().unwrap();
    assert_eq!(listed.len(), files.len() - 1);
    for file in listed {
        let bytes = &files[file["path"].as_str().unwrap()];
        let sum: String = Sha256::digest(bytes)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!(file["sha256"], sum.as_str());
        assert_eq!(file["bytes"], bytes.len());
    }
}

/// Parts of an archive by name.
pub fn unpack(bytes: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut files = BTreeMap::new();
    for number in 0..archive.len() {
        let mut file = archive.by_index(number).unwrap();
        let name = file.name().unwrap().into_owned();
        let mut content = Vec::new();
        file.read_to_end(&mut content).unwrap();
        assert!(files.insert(name, content).is_none());
    }
    files
}

/// Heading and rows of a CSV file.
pub fn rows(bytes: &[u8]) -> (Vec<String>, Vec<BTreeMap<String, String>>) {
    let mut reader = csv::Reader::from_reader(bytes);
    let heading: Vec<String> = reader
        .headers()
        .unwrap()
        .iter()
        .map(str::to_owned)
        .collect();
    let rows = reader
        .records()
        .map(|record| {
            let record = record.unwrap();
            let cells = record.iter().map(str::to_owned);
            heading.iter().cloned().zip(cells).collect()
        })
        .collect();
    (heading, rows)
}

#[test]
fn an_empty_cell_always_has_a_status_beside_it() {
    let plan = plan();
    let english = Language::english();
    for export in [
        Export::Csv,
        Export::ScoresCsv,
        Export::LeftOutCsv,
        Export::UnplannableCsv,
        Export::CurveCsv,
    ] {
        let (heading, rows) = rows(&export.write(&plan, english).unwrap());
        assert!(!rows.is_empty());
        let keys: BTreeSet<&String> = heading.iter().collect();
        for row in &rows {
            for key in &heading {
                let base = key.trim_end_matches("_low").trim_end_matches("_high");
                let status = format!("{base}_status");
                if !row[key].is_empty() || key.ends_with("_status") {
                    continue;
                }
                if keys.contains(&status) {
                    let whole = base == key.as_str();
                    let low = row.get(&format!("{base}_low"));
                    let band = whole && low.is_some_and(|low| !low.is_empty());
                    let nothing = row[&status] != "available";
                    let open = key.ends_with("_high") || key.ends_with("_low");
                    assert!(nothing || band || open, "{key} of {row:?}");
                } else if row.contains_key("scheduled") && row["scheduled"] != "scheduled" {
                    // What belongs to a day is empty where there is none.
                } else {
                    assert!(
                        ["lgd_code", "why_not", "theme"].contains(&key.as_str()),
                        "{key} is empty without a status"
                    );
                }
            }
        }
    }
}

#[test]
fn the_four_kinds_of_nothing_stay_apart_in_the_scores() {
    let (_, rows) = rows(&export::scores_csv(&plan(), Language::english()).unwrap());
    let of = |place: &str| -> Vec<(&str, &str)> {
        rows.iter()
            .filter(|row| row["place_id"] == place)
            .map(|row| (row["value"].as_str(), row["value_status"].as_str()))
            .collect()
    };
    assert_eq!(
        of("village:248214"),
        [("", "below_threshold"), ("", "not_observed"), ("0", "zero")]
    );
}

#[test]
fn the_csv_has_a_row_for_each_visit_and_each_village_without_one() {
    let (_, rows) = rows(&export::csv(&plan(), Language::english()).unwrap());
    let days: Vec<(&str, &str, &str)> = rows
        .iter()
        .map(|row| {
            (
                row["place_id"].as_str(),
                row["date"].as_str(),
                row["scheduled"].as_str(),
            )
        })
        .collect();
    assert_eq!(
        days,
        [
            ("village:248213", "2026-12-03", "scheduled"),
            ("village:248214", "2026-12-03", "scheduled"),
            ("village:248215", "2026-12-03", "scheduled"),
            ("village:248213", "2026-12-04", "scheduled"),
            ("village:248216", "", "unscheduled"),
        ]
    );
    assert_eq!(rows[0]["arrival"], "08:20");
    assert_eq!(rows[0]["households_unscheduled"], "0");
    assert_eq!(rows[4]["households_unscheduled"], "75");
    assert!(rows[4]["why_not"].contains("Let Team 1 drive 21.3 km more"));
}

#[test]
fn the_table_schema_describes_every_column_of_the_files() {
    let plan = plan();
    for language in Language::built_in() {
        let package: Value =
            serde_json::from_slice(&export::table_schema(&plan, language).unwrap()).unwrap();
        let exports = [
            Export::Csv,
            Export::ScoresCsv,
            Export::LeftOutCsv,
            Export::UnplannableCsv,
            Export::CurveCsv,
        ];
        for (resource, export) in package["resources"].as_array().unwrap().iter().zip(exports) {
            assert_eq!(resource["path"], export.file_name());
            let fields: Vec<&str> = resource["schema"]["fields"]
                .as_array()
                .unwrap()
                .iter()
                .map(|field| {
                    assert!(!field["description"].as_str().unwrap().is_empty());
                    field["name"].as_str().unwrap()
                })
                .collect();
            let (heading, _) = rows(&export.write(&plan, language).unwrap());
            assert_eq!(fields, heading);
        }
    }
}

#[test]
fn an_empty_plan_has_the_columns_all_the_same() {
    let mut plan = plan();
    plan.villages.clear();
    plan.routes.clear();
    plan.unscheduled.clear();
    plan.left_out.clear();
    plan.curve.clear();
    for export in Export::ALL {
        let bytes = export.write(&plan, Language::english()).unwrap();
        assert!(!bytes.is_empty(), "{export:?}");
    }
    let full = rows(&export::csv(&crate::sample::plan(), Language::english()).unwrap()).0;
    assert_eq!(
        rows(&export::csv(&plan, Language::english()).unwrap()).0,
        full
    );
}

#[test]
fn geojson_has_villages_routes_and_bases() {
    let bytes = export::geojson(&plan(), Language::english()).unwrap();
    let map: Value = serde_json::from_slice(&bytes).unwrap();
    let features = map["features"].as_array().unwrap();
    let mut layers: BTreeMap<&str, usize> = BTreeMap::new();
    for feature in features {
        *layers
            .entry(feature["properties"]["layer"].as_str().unwrap())
            .or_default() += 1;
    }
    let expected = [
        ("bases", 2),
        ("left_out", 6),
        ("routes", 3),
        ("villages", 5),
    ];
    assert_eq!(layers, BTreeMap::from(expected));
    let line = features
        .iter()
        .find(|f| f["geometry"]["type"] == "LineString")
        .unwrap();
    let way = line["geometry"]["coordinates"].as_array().unwrap();
    assert_eq!(way.len(), 4);
    assert_eq!(way.first(), way.last());
    assert_eq!(way[1], serde_json::json!([85.03, 24.81]));
}

#[test]
fn entities_have_a_label_and_no_name_that_central_keeps_for_itself() {
    let (heading, rows) = rows(&export::odk_entities(&plan(), Language::english()).unwrap());
    assert_eq!(heading[0], "label");
    assert!(
        !heading
            .iter()
            .any(|key| key == "name" || key.starts_with("__"))
    );
    assert_eq!(rows.len(), 4);
    assert_eq!(rows[1]["label"], "2026-12-03 #2 रामपुर कलाँ (Bodh Gaya)");
    assert_eq!(rows[1]["geometry"], "24.71000 84.93000 0 0");
    assert_eq!(rows[1]["visit_id"], "team-1~2026-12-03~2");
}

#[test]
fn the_solution_serves_each_job_of_the_problem_once_and_in_time() {
    let plan = plan();
    let problem: Value =
        serde_json::from_slice(&export::vrp_problem(&plan, Language::english()).unwrap()).unwrap();
    let solution: Value =
        serde_json::from_slice(&export::vrp_solution(&plan, Language::english()).unwrap()).unwrap();
    let jobs: BTreeSet<&str> = problem["plan"]["jobs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|job| job["id"].as_str().unwrap())
        .collect();
    let mut served = BTreeSet::new();
    for tour in solution["tours"].as_array().unwrap() {
        let mut before = String::new();
        for stop in tour["stops"].as_array().unwrap() {
            let arrival = stop["time"]["arrival"].as_str().unwrap().to_owned();
            assert!(before <= arrival);
            before = stop["time"]["departure"].as_str().unwrap().to_owned();
            let activity = &stop["activities"][0];
            if activity["type"] == "service" {
                assert!(served.insert(activity["jobId"].as_str().unwrap()));
            }
        }
    }
    assert_eq!(served, jobs);
    assert_eq!(solution["statistic"]["distance"], 72_000);
}

#[test]
fn walk_lists_say_where_to_go_and_never_why() {
    let plan = plan();
    for language in Language::built_in() {
        let page = String::from_utf8(export::html(&plan, language).unwrap()).unwrap();
        let (_, lists) = page.split_once("<section class=\"team\">").unwrap();
        assert!(lists.contains("Manpur") && lists.contains("<svg"));
        for score in ["eb_rate", "12.5", "9.1", "0.031"] {
            assert!(!lists.contains(score), "{score} stands on a walk list");
        }
        assert!(!page.contains("<script") && !page.contains("http://"));
        assert_eq!(page.matches("<article class=\"day\">").count(), 3);
    }
    let hindi = String::from_utf8(export::html(&plan, Language::hindi()).unwrap()).unwrap();
    assert!(hindi.contains("गुरुवार, 3 दिसंबर 2026"));
    assert!(hindi.contains("43,91,418"));
}
