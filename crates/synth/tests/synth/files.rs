//! What is written, and that it is the same every time.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use safeground_schema::Table;
use safeground_synth::{SynthRequest, generate};

use super::demo::{demo, rows};

fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder_now) = open.pop() {
        for entry in std::fs::read_dir(folder_now).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path
                    .strip_prefix(folder)
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .to_owned();
                found.insert(name, std::fs::read(&path).unwrap());
            }
        }
    }
    found
}

fn generated(seed: u64, scale: f64) -> BTreeMap<String, Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    generate(&SynthRequest::new(seed, scale, folder.path()).unwrap()).unwrap();
    contents(folder.path())
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_seed_another_state_of_affairs() {
    let first = generated(11, 0.05);
    let again = generated(11, 0.05);
    let other = generated(12, 0.05);
    assert_eq!(first, again);
    assert_eq!(
        first.keys().collect::<Vec<_>>(),
        other.keys().collect::<Vec<_>>()
    );
    for same in [
        "blocks.geojson",
        "districts.geojson",
        "mappings/effort.toml",
    ] {
        assert_eq!(first[same], other[same], "{same}");
    }
    for differs in [
        "villages.csv",
        "incidents_alder.csv",
        "effort.csv",
        "truth.json",
    ] {
        assert_ne!(first[differs], other[differs], "{differs}");
    }
}

#[test]
fn the_scale_multiplies_incidents_and_nothing_else() {
    let small = generated(7, 0.1);
    let folder = &demo().folder;
    let incidents = |name: &str| name.starts_with("incidents") || name.starts_with("marriage");
    for (name, bytes) in &small {
        if !incidents(name) && !name.starts_with("truth") && name != "README.txt" {
            assert_eq!(*bytes, std::fs::read(folder.join(name)).unwrap(), "{name}");
        }
    }
    let lines: usize = small
        .iter()
        .filter(|(name, _)| name.starts_with("incidents"))
        .map(|(_, bytes)| bytes.iter().filter(|byte| **byte == b'\n').count() - 1)
        .sum();
    let share = lines as f64 / demo().report.incidents as f64;
    assert!((share - 0.1).abs() < 0.005, "{share}");
}

#[test]
fn the_report_lists_every_file_with_its_records_places_first() {
    let demo = demo();
    let loads = &demo.report.loads;
    let first_event = loads.iter().position(|load| load.table != Table::Places);
    assert!(
        loads[first_event.unwrap()..]
            .iter()
            .all(|load| load.table != Table::Places)
    );
    for load in loads {
        let name = load.file.to_str().unwrap();
        assert!(demo.folder.join(&load.mapping).is_file(), "{name}");
        assert!(load.records > 0, "{name}");
        if name.ends_with(".csv") && name != "indicators.csv" {
            let delimiter = if name.contains("cedar") { b';' } else { b',' };
            assert_eq!(
                rows(&demo.folder, name, delimiter).len() as u64,
                load.records
            );
        }
    }
    assert!((60_000..=90_000).contains(&demo.report.incidents));
}

#[test]
fn every_text_says_that_it_is_synthetic() {
    let folder = &demo().folder;
    let says = |name: &str| {
        let text = std::fs::read_to_string(folder.join(name)).unwrap();
        assert!(text.to_lowercase().contains("synthetic"), "{name}");
    };
    for name in [
        "README.txt",
        "truth.json",
        "states.geojson",
        "districts.geojson",
    ] {
        says(name);
    }
    for name in [
        "blocks.geojson",
        "effort.csv",
        "welfare_enrolments.csv",
        "campaigns.csv",
    ] {
        says(name);
    }
    for load in &demo().report.loads {
        says(load.mapping.to_str().unwrap());
    }
    for place in ["states", "districts", "blocks"] {
        let text = std::fs::read_to_string(folder.join(format!("{place}.geojson"))).unwrap();
        let features = text.matches(r#""type":"Feature""#).count();
        assert_eq!(text.matches(r#""source":"synthetic""#).count(), features);
    }
}

#[test]
fn no_row_repeats_another_letter_for_letter() {
    for load in &demo().report.loads {
        let text = std::fs::read_to_string(demo().folder.join(&load.file)).unwrap();
        let mut seen = HashSet::new();
        for line in text.lines() {
            assert!(seen.insert(line), "{}: {line}", load.file.display());
        }
    }
}

#[test]
fn a_few_children_stand_in_two_incidents() {
    let mut times: BTreeMap<String, u32> = BTreeMap::new();
    for row in rows(&demo().folder, "incidents_alder.csv", b',') {
        *times.entry(row["Child ID"].clone()).or_default() += 1;
    }
    let twice = times.values().filter(|times| **times == 2).count() as f64;
    let share = twice / times.len() as f64;
    assert!((0.02..0.03).contains(&share), "{share}");
    assert!(times.values().all(|times| *times <= 2));
}
