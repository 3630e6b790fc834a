//! Names are invented.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::demo::{demo, rows, shapes};

fn shared() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data")
}

fn plain(name: &str) -> String {
    name.chars()
        .filter(|c| c.is_alphabetic())
        .flat_map(char::to_lowercase)
        .collect()
}

fn invented() -> BTreeSet<String> {
    let folder = &demo().folder;
    let mut names = BTreeSet::new();
    for (file, code, name) in [
        ("states.geojson", "state_code", "state_name"),
        ("districts.geojson", "district_code", "district_name"),
        ("blocks.geojson", "block_code", "block_name"),
    ] {
        for (_, properties, _) in shapes(folder, file, code) {
            names.insert(plain(properties[name].as_str().unwrap()));
        }
    }
    let villages = rows(folder, "villages.csv", b',');
    names.extend(villages.iter().map(|row| plain(&row["Village name"])));
    names
}

#[test]
fn every_place_has_a_name_of_its_own() {
    assert_eq!(invented().len(), 1 + 36 + 220 + 5_000);
}

#[test]
fn no_name_of_a_real_place_appears() {
    let folder = shared();
    if !folder.is_dir() {
        eprintln!("skipped: no real data beside the workspace to compare names with");
        return;
    }
    let invented = invented();
    let mut compared = 0_u64;
    for file in [
        "india/lgd_districts.csv",
        "india/lgd_subdistricts.csv",
        "india/lgd_blocks.csv",
        "india/census2011_subdistricts.csv",
        "india/nfhs5_district_crosswalk.csv",
        "india/ncrb_police_district_crosswalk.csv",
        "bihar/census2011_villages.csv",
    ] {
        let Ok(bytes) = std::fs::read(folder.join(file)) else {
            eprintln!("skipped: {file} is not there");
            continue;
        };
        let text = String::from_utf8_lossy(&bytes);
        let mut reader = csv::ReaderBuilder::new()
            .flexible(true)
            .from_reader(text.as_bytes());
        for row in reader.records() {
            for cell in row.unwrap().iter() {
                let name = plain(cell);
                compared += 1;
                assert!(!invented.contains(&name), "{file}: {name} is a real place");
            }
        }
    }
    assert!(compared > 100_000, "{compared} cells compared");
}
