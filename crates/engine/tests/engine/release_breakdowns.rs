//! Counts by class: who sees them, and what they leave open.

use std::collections::BTreeMap;
use std::path::Path;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::Int64Type;
use safeground_engine::release::{BREAKDOWNS, Vault, open, run_on};
use safeground_privacy::Audience;
use safeground_schema::{Breakdown, CodeList as _, Table};
use serde_json::json;

use crate::fixture::{Rows, small_state, vault};
use crate::release::{input, release_under, request, scores, texts, whole};

/// Threshold of researchers.
const K: i64 = 11;

/// Children of one kind and sex in a village in 2021.
fn children(rows: &mut Rows, village: usize, category: &str, sex: &str, count: usize) {
    for child in 0..count {
        let key = format!("{category}-{village}-{sex}-{child}");
        rows.add(
            Table::Incidents,
            json!({"place_id": format!("village:{village}"), "date": "2021-05-17",
                   "child_key": key, "incident_key": key, "partner": format!("p{}", child % 3),
                   "category": category, "detection_mode": "raid", "children": 1, "sex": sex}),
        );
    }
}

/// Two kinds of harm everywhere, as many girls as boys, and some of whom it is
/// not recorded; one girl alone in village 6, and a quiet block of villages 4
/// and 5.
fn mixed_state() -> Rows {
    let mut rows = small_state();
    for category in ["child_marriage", "child_labour"] {
        for village in [0, 1, 2, 3, 6, 7] {
            let girls = if village < 6 { 40 } else { village - 6 };
            children(&mut rows, village, category, "female", girls);
            children(&mut rows, village, category, "male", 40);
            children(&mut rows, village, category, "unknown", 12);
        }
        children(&mut rows, 4, category, "female", 3);
    }
    rows
}

/// What is told of each class by (layer, unit, theme, breakdown, class).
type Told = BTreeMap<[String; 5], Option<i64>>;

fn breakdowns(folder: &Path) -> RecordBatch {
    let released = open(folder, Audience::Research).unwrap();
    released.get().breakdowns.clone().unwrap()
}

fn told(batch: &RecordBatch) -> Told {
    let names = ["layer", "unit_id", "theme", "breakdown", "class"];
    let keys = names.map(|name| texts(batch, name));
    let counts = batch["count"].as_primitive::<Int64Type>();
    (0..batch.num_rows())
        .map(|row| {
            let key = [0, 1, 2, 3, 4].map(|column| keys[column][row].clone());
            (key, counts.is_valid(row).then(|| counts.value(row)))
        })
        .collect()
}

/// Counts of all children by (layer, unit, theme).
fn totals(folder: &Path) -> BTreeMap<[String; 3], Option<i64>> {
    let batch = scores(folder, Audience::Research);
    let keys = ["layer", "unit_id", "theme"].map(|name| texts(&batch, name));
    let counts = whole(&batch, "count");
    (0..batch.num_rows())
        .map(|row| {
            (
                [0, 1, 2].map(|column| keys[column][row].clone()),
                counts[row],
            )
        })
        .collect()
}

async fn released(vault: &Vault, rows: &Rows) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    release_under(vault, rows, folder.path(), 2).await;
    folder
}

#[tokio::test]
async fn researchers_see_classes_and_nobody_else_does() {
    let folder = released(&vault(), &mixed_state()).await;
    let told = told(&breakdowns(folder.path()));
    let girls = |layer: &str, unit: &str| {
        let key = [layer, unit, "child_marriage", "sex", "female"].map(str::to_owned);
        told[&key]
    };
    let boys = |layer: &str, unit: &str| {
        let key = [layer, unit, "child_marriage", "sex", "male"].map(str::to_owned);
        told[&key]
    };
    for block in ["block:0", "block:1"] {
        assert!([girls("block", block), boys("block", block)].contains(&Some(80)));
    }
    assert!(
        [
            girls("district", "district:0"),
            boys("district", "district:0")
        ]
        .contains(&Some(160))
    );
    assert_eq!(girls("block", "block:3"), None, "one girl");
    // Every unit and class has a row, whatever is told of it.
    let of_sex = Breakdown::Sex.classes().len();
    let rows = told
        .keys()
        .filter(|key| key[0] == "block" && key[2] == "child_marriage" && key[3] == "sex");
    assert_eq!(rows.count(), 4 * of_sex);
    assert!(
        !told
            .keys()
            .any(|key| key[0] == "state" || key[0] == "village")
    );
    for audience in [Audience::Public, Audience::Planning] {
        let released = open(folder.path(), audience).unwrap();
        assert!(released.get().breakdowns.is_none());
        let files = &released.get().manifest.files;
        assert!(files.iter().all(|file| file.name != BREAKDOWNS));
    }
}

#[tokio::test]
async fn no_count_less_its_parts_is_a_small_number_of_a_class() {
    let folder = released(&vault(), &mixed_state()).await;
    let told = told(&breakdowns(folder.path()));
    let totals = totals(folder.path());
    let blocks_of = |district: &str| match district {
        "district:0" => ["block:0", "block:1"],
        _ => ["block:2", "block:3"],
    };
    let mut wholes = 0;
    for by in Breakdown::ALL.iter().copied() {
        for theme in ["child_marriage", "child_labour"] {
            let of = |layer: &str, unit: &str, class: &str| {
                let key = [layer, unit, theme, by.as_str(), class].map(str::to_owned);
                told.get(&key).copied()
            };
            let mut check = |whole: Option<i64>, parts: &[Option<i64>]| {
                let Some(whole) = whole else { return };
                let shown: i64 = parts.iter().flatten().sum();
                let hidden = parts.iter().filter(|part| part.is_none()).count();
                wholes += 1;
                let rest = whole - shown;
                let all_told = hidden == 0 && rest == 0;
                assert!(all_told || rest >= K, "{by} {theme}: {whole} {parts:?}");
            };
            for (layer, units) in [
                ("district", vec!["district:0", "district:1"]),
                ("block", vec!["block:0", "block:1", "block:2", "block:3"]),
            ] {
                for unit in units {
                    let total = totals[&[layer, unit, theme].map(str::to_owned)];
                    let classes = by.classes();
                    let parts: Vec<Option<i64>> = classes
                        .iter()
                        .filter_map(|class| of(layer, unit, class))
                        .collect();
                    if total.is_none() {
                        assert!(parts.iter().all(Option::is_none), "{unit} is withheld");
                    }
                    check(total.filter(|_| !parts.is_empty()), &parts);
                    for class in classes.iter().filter(|_| layer == "district") {
                        let blocks = blocks_of(unit);
                        let parts: Vec<Option<i64>> = blocks
                            .iter()
                            .filter_map(|block| of("block", block, class))
                            .collect();
                        check(of(layer, unit, class).flatten(), &parts);
                    }
                }
            }
        }
    }
    assert!(wholes > 20, "{wholes} sums were looked at");
    assert!(told.values().flatten().all(|count| *count >= K));
}

#[tokio::test]
async fn what_a_year_told_by_class_stays_as_it_was() {
    let vault = vault();
    let before = breakdowns(released(&vault, &mixed_state()).await.path());
    let mut later = mixed_state();
    children(&mut later, 6, "child_marriage", "female", 60);
    children(&mut later, 0, "child_marriage", "female", 1);
    let after = breakdowns(released(&vault, &later).await.path());
    assert_eq!(told(&before), told(&after));
    let elsewhere = breakdowns(released(&crate::fixture::vault(), &later).await.path());
    assert_ne!(
        told(&before),
        told(&elsewhere),
        "the new children do change it"
    );
}

#[tokio::test]
async fn girls_who_nearly_all_suffered_the_same_are_not_told() {
    // In the second case nearly all recorded girls of district 0 were married.
    for (worked, shown) in [(40, true), (0, false)] {
        let mut rows = small_state();
        for village in 0..4 {
            children(&mut rows, village, "child_marriage", "female", 120);
            children(&mut rows, village, "child_labour", "female", worked);
            for category in ["child_marriage", "child_labour"] {
                children(&mut rows, village, category, "male", 60);
                children(&mut rows, village, category, "unknown", 20);
            }
        }
        let folder = released(&vault(), &rows).await;
        let told = told(&breakdowns(folder.path()));
        let key = ["district", "district:0", "child_marriage", "sex", "female"];
        assert_eq!(told[&key.map(str::to_owned)].is_some(), shown, "{worked}");
    }
}

#[tokio::test]
async fn a_policy_without_breakdowns_tells_none_and_a_wrong_name_is_refused() {
    let rows = mixed_state();
    let folder = tempfile::tempdir().unwrap();
    let mut request = request(folder.path(), 1);
    request.policy.breakdowns.by.clear();
    run_on(&input(&rows, &vault()), &request).await.unwrap();
    let released = open(folder.path(), Audience::Research).unwrap();
    assert!(released.get().breakdowns.is_none());
    request.policy.breakdowns.by.push("caste".into());
    let error = run_on(&input(&rows, &vault()), &request).await.unwrap_err();
    let error = error.to_string();
    assert!(error.contains("breakdowns.by names `caste`"), "{error}");
    assert!(error.contains("age_band"), "{error}");
}

#[tokio::test]
async fn the_bytes_do_not_depend_on_threads() {
    let mut files = Vec::new();
    for threads in [1, 2] {
        let folder = tempfile::tempdir().unwrap();
        let request = request(folder.path(), threads);
        let report = run_on(&input(&mixed_state(), &vault()), &request).await;
        let of_research = report.unwrap().releases;
        let research = of_research
            .iter()
            .find(|one| one.audience == Audience::Research);
        files.push(std::fs::read(research.unwrap().folder.join(BREAKDOWNS)).unwrap());
    }
    assert_eq!(files[0], files[1]);
}
