//! The whole way of a partner's file, through the binary as a user runs it.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// A folder of input files and a lake that commands run in.
pub struct House {
    folder: tempfile::TempDir,
}

impl House {
    pub fn new() -> Self {
        let house = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        house.write("districts.csv", &districts());
        house.write("districts.toml", DISTRICTS_MAPPING);
        house.write("effort.csv", &effort());
        house.write("effort.toml", EFFORT_MAPPING);
        house.write("incidents.csv", &incidents());
        house.write("incidents.toml", INCIDENTS_MAPPING);
        house
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    pub fn safeground(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_safeground"))
            .args(arguments)
            .current_dir(self.folder.path())
            .output()
            .unwrap()
    }

    pub fn succeeds(&self, arguments: &[&str]) -> String {
        let output = self.safeground(arguments);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(
            output.status.success(),
            "{arguments:?}\n{text}\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
        text
    }

    pub fn fails(&self, arguments: &[&str]) -> String {
        let output = self.safeground(arguments);
        assert!(!output.status.success(), "{arguments:?} should fail");
        String::from_utf8_lossy(&output.stderr).into_owned()
    }

    pub fn ingest(&self, table: &str) -> Value {
        self.load(table, &[])
    }

    /// Loads a table as if this day were today.
    pub fn ingest_on(&self, table: &str, day: &str) -> Value {
        self.load(table, &["--today", day])
    }

    fn load(&self, table: &str, more: &[&str]) -> Value {
        let (mapping, file) = (
            format!("{}.toml", file_of(table)),
            format!("{}.csv", file_of(table)),
        );
        let ingest: [&str; 9] = [
            "ingest",
            "--lake",
            "lake",
            "--as",
            table,
            "--mapping",
            &mapping,
            "--json",
            &file,
        ];
        let text = self.succeeds(&[&ingest[..], more].concat());
        serde_json::from_str(&text).unwrap()
    }
}

fn file_of(table: &str) -> &str {
    if table == "places" {
        "districts"
    } else {
        table
    }
}

/// Sixteen districts on a line, 9001 to 9016.
fn districts() -> String {
    let mut text = String::from("code,name,children,lat,lng\n");
    for number in 1..=16 {
        let lng = 77.0 + f64::from(number) * 0.5;
        writeln!(
            text,
            "{},Made-up {number},\"1,20,000\",-12.0,{lng}",
            9000 + number
        )
        .unwrap();
    }
    text
}

const DISTRICTS_MAPPING: &str = r#"
version = 1
table = "places"
[columns.name]
from = "name"
[columns.children_under_18]
from = "children"
[columns.latitude]
from = "lat"
[columns.longitude]
from = "lng"
[[locate]]
by = "lgd"
layer = "district"
column = "code"
create = true
[pii]
"name" = { allow = "names of districts" }
"lat" = { allow = "representative points of districts" }
"lng" = { allow = "representative points of districts" }
"#;

/// Effort everywhere but in district 9016.
fn effort() -> String {
    let mut text = String::from("month,code,days\n");
    for number in 1..=15 {
        for month in 1..=12 {
            writeln!(text, "01/{month:02}/2024,{},5", 9000 + number).unwrap();
        }
    }
    text
}

const EFFORT_MAPPING: &str = r#"
version = 1
table = "effort"
[source]
date_order = "dmy"
[columns.date]
from = "month"
[columns.channel]
constant = "outreach"
[columns.staff_days]
from = "days"
[columns.partner]
constant = "partner-a"
[[locate]]
by = "lgd"
layer = "district"
column = "code"
"#;

/// District 9000+n has 3·n children, so that 9001 to 9003 stay below eleven;
/// 9005 has none. One date and one category are wrong.
fn incidents() -> String {
    let mut text = String::from("Case,Child ID,Phone,Type,Date,District\n");
    let mut case = 0;
    for number in (1..=16).filter(|number| *number != 5) {
        for child in 0..3 * number {
            case += 1;
            writeln!(
                text,
                "K{case:05},C{number:02}{child:03},98765{case:05},Child marriage,{:02}/11/2024,{}",
                1 + child % 28,
                9000 + number
            )
            .unwrap();
        }
    }
    text.push_str("K90001,C99001,9876590001,Child marriage,31/02/2024,9007\n");
    text.push_str("K90002,C99002,9876590002,Witchcraft,01/02/2024,9007\n");
    text.push_str("K90003,C99003,9876590003,Child marriage,01/02/2024,8888\n");
    text
}

const INCIDENTS_MAPPING: &str = r#"
version = 1
table = "incidents"
[source]
date_order = "dmy"
[columns.incident_key]
from = "Case"
[columns.child_key]
from = "Child ID"
[columns.category]
from = "Type"
codes = { "Child marriage" = "child_marriage" }
[columns.detection_mode]
constant = "reported"
[columns.date]
from = "Date"
[columns.children]
constant = "1"
[columns.partner]
constant = "partner-a"
[[locate]]
by = "lgd"
layer = "district"
column = "District"
[pii]
"Case" = "key_hash"
"Child ID" = "key_hash"
"Phone" = "drop"
"#;

#[test]
fn a_phone_column_stops_the_load_and_its_value_is_never_shown() {
    let house = House::new();
    house.ingest("places");
    let bare = INCIDENTS_MAPPING.replace("\"Phone\" = \"drop\"\n", "");
    house.write("incidents.toml", &bare);
    let message = house.fails(&[
        "ingest",
        "--lake",
        "lake",
        "--as",
        "incidents",
        "--mapping",
        "incidents.toml",
        "incidents.csv",
    ]);
    assert!(message.contains("Phone"), "{message}");
    assert!(!message.contains("98765"), "{message}");
    let loads: Value =
        serde_json::from_str(&house.succeeds(&["loads", "--lake", "lake", "--json"])).unwrap();
    assert_eq!(
        loads.as_array().unwrap().len(),
        1,
        "only the places: {loads}"
    );
}

#[test]
fn a_partner_file_becomes_a_protected_release() {
    let house = House::new();
    let places = house.ingest("places");
    assert_eq!(places["accepted"], 16, "{places}");
    house.ingest("effort");
    let report = house.ingest("incidents");
    let good = (1..=16).filter(|n| *n != 5).map(|n| 3 * n).sum::<u64>();
    assert_eq!(report["read"], good + 3, "{report}");
    assert_eq!(report["accepted"], good, "{report}");
    assert_eq!(report["quarantined"], 3, "{report}");

    // The same content again is no new load, and is told in the same shape.
    let again = house.ingest("incidents");
    let fields = |answer: &Value| -> BTreeSet<String> {
        let fields = answer.as_object().unwrap().keys();
        fields.cloned().collect()
    };
    assert_eq!(fields(&again), fields(&report));
    assert_eq!(report["already_loaded"], false, "{report}");
    assert_eq!(again["already_loaded"], true, "{again}");
    for field in [
        "load_id",
        "table",
        "files",
        "loaded_on",
        "read",
        "accepted",
        "quarantined",
        "quarantine_file",
    ] {
        assert_eq!(again[field], report[field], "{field}");
    }
    assert!(again["rejects"].is_null(), "{again}");

    // The quarantine is told wherever a load is.
    let quarantine = report["quarantine_file"].as_str().unwrap();
    assert!(house.path(quarantine).is_file(), "{quarantine}");
    assert!(places["quarantine_file"].is_null(), "{places}");
    let ingest = ["ingest", "--lake", "lake", "--as", "incidents"];
    let files = ["--mapping", "incidents.toml", "incidents.csv"];
    let told = house.succeeds(&[&ingest[..], &files].concat());
    assert!(told.contains("already loaded") && told.contains(quarantine));
    let told = house.succeeds(&["loads", "--lake", "lake"]);
    assert!(told.contains(quarantine), "{told}");
    let loads: Value =
        serde_json::from_str(&house.succeeds(&["loads", "--lake", "lake", "--json"])).unwrap();
    let tables: Vec<&Value> = loads
        .as_array()
        .unwrap()
        .iter()
        .map(|load| &load["table"])
        .collect();
    assert_eq!(tables, ["places", "effort", "incidents"], "oldest first");
    assert!(loads[0]["quarantine_file"].is_null(), "{loads}");
    assert_eq!(loads[2]["quarantine_file"], quarantine, "{loads}");

    house.succeeds(&[
        "release",
        "--lake",
        "lake",
        "--releases",
        "releases",
        "--seed",
        "7",
    ]);
    let current = std::fs::read_to_string(house.path("releases/public/current")).unwrap();
    let release = house.path("releases/public").join(current.trim());
    let manifest: Value =
        serde_json::from_slice(&std::fs::read(release.join("manifest.json")).unwrap()).unwrap();
    assert_eq!(manifest["audience"], "public");

    // A second release of the same lake is the same release.
    house.succeeds(&[
        "release",
        "--lake",
        "lake",
        "--releases",
        "again",
        "--seed",
        "7",
    ]);
    let again = house.path("again/public").join(current.trim());
    for file in ["manifest.json", "scores.parquet", "places.parquet"] {
        assert_eq!(
            std::fs::read(release.join(file)).unwrap(),
            std::fs::read(again.join(file)).unwrap(),
            "{file}"
        );
    }

    no_identifier_is_below(&house.path("releases"));
}

#[test]
fn undoing_a_load_takes_its_rows_back() {
    let house = House::new();
    house.ingest("places");
    house.ingest("incidents");
    let loads: Value =
        serde_json::from_str(&house.succeeds(&["loads", "--lake", "lake", "--json"])).unwrap();
    let load = loads
        .as_array()
        .unwrap()
        .iter()
        .find(|load| load["table"] == "incidents")
        .unwrap();
    let id = load["load_id"].as_str().unwrap();
    house.succeeds(&["undo", "--lake", "lake", id]);
    let message = house.fails(&["undo", "--lake", "lake", id]);
    assert!(message.contains(id), "{message}");
    // After that the same file may be loaded again.
    let report = house.ingest("incidents");
    assert!(report["accepted"].as_u64().unwrap() > 0);
}

#[test]
fn a_draft_mapping_names_the_columns_and_shows_no_identifier() {
    let house = House::new();
    let draft = house.succeeds(&["mapping", "init", "--as", "incidents", "incidents.csv"]);
    for column in ["Child ID", "Phone", "Type", "Date", "District"] {
        assert!(draft.contains(column), "{draft}");
    }
    assert!(!draft.contains("98765"), "{draft}");
    house.write("checked.toml", INCIDENTS_MAPPING);
    let checked = house.succeeds(&["mapping", "check", "checked.toml"]);
    assert!(checked.contains("incidents"), "{checked}");
}

#[test]
fn a_steward_sees_exact_counts_in_a_file_of_their_own() {
    let house = House::new();
    house.ingest("places");
    house.ingest("effort");
    house.ingest("incidents");
    house.succeeds(&["score", "--lake", "lake", "--out", "exact.csv"]);
    let text = std::fs::read_to_string(house.path("exact.csv")).unwrap();
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().unwrap().split(',').collect();
    let column = |name: &str| header.iter().position(|found| *found == name).unwrap();
    let row = |unit: &str| -> Vec<&str> {
        let row = text
            .lines()
            .find(|line| line.contains(&format!("district:{unit},child_marriage,")));
        row.unwrap().split(',').collect()
    };
    // Three children in 9001, none in 9005, which was observed.
    assert_eq!(row("9001")[column("count")], "3");
    assert_eq!(row("9005")[column("status")], "zero");
    let described = house.succeeds(&["describe", "--lake", "lake", "--json"]);
    let described: Value = serde_json::from_str(&described).unwrap();
    assert_eq!(described["layers"][0]["places"], 16, "{described}");
}

/// Raw identifiers of the input appear in no file below a folder.
fn no_identifier_is_below(folder: &Path) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            no_identifier_is_below(&path);
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        for identifier in ["K00001", "C01000", "9876500001"] {
            assert!(
                !bytes
                    .windows(identifier.len())
                    .any(|part| part == identifier.as_bytes()),
                "{identifier} stands in {}",
                path.display()
            );
        }
    }
}
