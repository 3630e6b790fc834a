//! The demo and the folder that it is given.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::path::House;

/// Every file below a folder with its bytes.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            let bytes = std::fs::read(&path).unwrap();
            found.insert(path, bytes);
        }
    }
    found
}

#[test]
fn a_folder_with_a_lake_that_is_no_demos_is_refused_and_untouched() {
    let house = House::new();
    house.ingest("places");
    let before = files(&house.path("."));
    assert!(
        before
            .keys()
            .any(|path| path.starts_with(house.path("./lake")))
    );
    // Taken, so that a demo that was made could not be served for ever.
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let demo = [
        "demo", "--scale", "0.01", "--listen", &address, "--dir", ".",
    ];
    let said = house.fails(&demo);
    for told in ["no folder of a demo", "lake", "demo.json", "--dir"] {
        assert!(said.contains(told), "{told}: {said}");
    }
    assert_eq!(files(&house.path(".")), before);
}

/// Starts a demo, and kills it when its first table is loaded. What it said.
fn interrupted(folder: &Path) -> String {
    let mut child = Command::new(env!("CARGO_BIN_EXE_safeground"))
        .args(["demo", "--scale", "0.01", "--listen", "127.0.0.1:0"])
        .arg("--dir")
        .arg(folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut said = String::new();
    for line in lines {
        let line = line.unwrap();
        said = said + &line + "\n";
        if line.contains(" rows from ") || line.contains("http://") {
            break;
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
    said
}

#[test]
fn a_demo_that_was_interrupted_is_made_anew() {
    let house = House::new();
    let folder = house.path("demo");
    for _ in 0..2 {
        let said = interrupted(&folder);
        assert!(said.contains("Making a fictional state"), "{said}");
        assert!(said.contains(" rows from "), "{said}");
        let marker = std::fs::read(folder.join("demo.json")).unwrap();
        let marker: Value = serde_json::from_slice(&marker).unwrap();
        assert_eq!(marker["finished"], false, "{marker}");
        // Of the first demo; the second clears it.
        let left = folder.join("lake/left");
        assert!(!left.exists());
        std::fs::write(left, "left").unwrap();
    }
}
