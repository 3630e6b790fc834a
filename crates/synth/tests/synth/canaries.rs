//! Canary children: where they are, and that nothing else knows of them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use safeground_synth::{SynthRequest, generate};

use super::demo::rows;

const CANARIES: u64 = 400;

fn generated(folder: &Path, canaries: u64) {
    let request = SynthRequest::new(5, 0.05, folder)
        .unwrap()
        .with_canaries(canaries)
        .unwrap();
    generate(&request).unwrap();
}

#[test]
fn canaries_are_appended_and_change_no_other_record() {
    let (without, with) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    generated(without.path(), 0);
    generated(with.path(), CANARIES);
    assert!(!without.path().join("truth/canaries.csv").exists());
    let read = |folder: &Path, file: &str| std::fs::read_to_string(folder.join(file)).unwrap();
    let mut more = 0;
    for partner in ["alder", "birch", "cedar", "damson"] {
        let file = format!("incidents_{partner}.csv");
        let (few, many) = (read(without.path(), &file), read(with.path(), &file));
        assert!(many.starts_with(&few), "{file}");
        more += many.lines().count() - few.lines().count();
    }
    let canaries = rows(with.path(), "truth/canaries.csv", b',');
    assert_eq!(canaries.len() as u64, CANARIES);
    let present = canaries.iter().filter(|row| row["present"] == "1").count();
    assert_eq!(more, present);
    for file in ["villages.csv", "marriage_interventions.csv", "effort.csv"] {
        assert_eq!(
            read(without.path(), file),
            read(with.path(), file),
            "{file}"
        );
    }
}

#[test]
fn records_hold_the_canaries_that_are_present_and_no_other() {
    let folder = tempfile::tempdir().unwrap();
    generated(folder.path(), CANARIES);
    let canaries = rows(folder.path(), "truth/canaries.csv", b',');
    let present: BTreeSet<&str> = canaries
        .iter()
        .filter(|row| row["present"] == "1")
        .map(|row| row["canary"].as_str())
        .collect();
    let records = rows(folder.path(), "truth/records.csv", b',');
    let recorded: Vec<&str> = records
        .iter()
        .map(|row| row["canary"].as_str())
        .filter(|canary| !canary.is_empty())
        .collect();
    assert_eq!(recorded.len(), present.len());
    assert_eq!(recorded.into_iter().collect::<BTreeSet<_>>(), present);
    // Fair coins: within four standard deviations of a half.
    let singles: Vec<_> = canaries.iter().filter(|c| c["role"] == "single").collect();
    let heads = singles.iter().filter(|c| c["present"] == "1").count() as f64;
    let n = singles.len() as f64;
    assert!(
        (heads - n / 2.0).abs() < 4.0 * (n / 4.0).sqrt(),
        "{heads} of {n}"
    );
    let villages: BTreeSet<&str> = singles.iter().map(|c| c["village"].as_str()).collect();
    assert_eq!(villages.len(), singles.len(), "one single to a village");
}

#[test]
fn of_each_pair_of_clusters_one_is_in_the_data() {
    let folder = tempfile::tempdir().unwrap();
    generated(folder.path(), 1_000);
    let mut groups: BTreeMap<String, (String, u32, u32)> = BTreeMap::new();
    for row in rows(folder.path(), "truth/canaries.csv", b',') {
        if row["role"] == "single" {
            continue;
        }
        let group = groups.entry(row["group"].clone()).or_default();
        group.0 = row["role"].clone();
        group.1 += 1;
        group.2 += u32::from(row["present"] == "1");
        if row["role"] == "small_village" {
            assert!(row["population"].parse::<u32>().unwrap() < 1_000);
        }
    }
    assert_eq!(groups.len(), 10);
    assert!(
        groups
            .values()
            .all(|(_, all, in_data)| *all == 24 && in_data % 24 == 0)
    );
    let present: BTreeSet<&str> = groups
        .values()
        .filter(|(.., in_data)| *in_data > 0)
        .map(|(role, ..)| role.as_str())
        .collect();
    assert_eq!(present.len(), 5, "{present:?}");
    assert_eq!(groups.values().filter(|(.., n)| *n > 0).count(), 5);
}

#[test]
fn more_canaries_than_villages_are_refused() {
    let request = SynthRequest::new(5, 0.05, "out").unwrap();
    let error = request.with_canaries(3_001).unwrap_err().to_string();
    assert!(error.contains("3001"), "{error}");
}
