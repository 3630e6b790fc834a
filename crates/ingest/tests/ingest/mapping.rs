//! Mistakes in a mapping, each told with its key and what to write instead.

use std::collections::BTreeMap;
use std::path::Path;

use safeground_ingest::{IngestError, Mapping};

const RIGHT: &str = r#"
version = 1
table = "incidents"
[columns.incident_key]
from = "Case"
[columns.category]
from = "Type"
codes = { "Child marriage" = "child_marriage" }
[columns.detection_mode]
constant = "reported"
[columns.date]
from = "Date"
[columns.children]
constant = "1"
[[locate]]
by = "lgd"
layer = "district"
column = "District"
[pii]
"Case" = "key_hash"
"#;

fn error(mapping: &str) -> String {
    match Mapping::parse(mapping) {
        Ok(_) => panic!("the mapping should be refused:\n{mapping}"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn mistakes_are_told_with_key_and_remedy() {
    let cases: &[(&str, &str, &[&str])] = &[
        ("version = 1", "version = 2", &["`version`", "version = 1"]),
        ("\"incidents\"", "\"incident\"", &["`table`", "incidents"]),
        ("[columns.date]", "[columns.day]", &["columns.day", "date"]),
        (
            "constant = \"reported\"",
            "constant = \"told\"",
            &["columns.detection_mode.constant", "helpline"],
        ),
        (
            "constant = \"reported\"",
            "from = \"x\"\nconstant = \"reported\"",
            &["columns.detection_mode", "both"],
        ),
        (
            "constant = \"reported\"",
            "pattern = '(x)'",
            &["columns.detection_mode", "neither"],
        ),
        (
            "constant = \"reported\"",
            "constant = \"reported\"\nround = true",
            &["columns.detection_mode", "constant"],
        ),
        (
            "from = \"Date\"",
            "from = \"Date\"\nround = true",
            &["columns.date.round"],
        ),
        (
            "from = \"Date\"",
            "from = \"Date\"\npattern = '('",
            &["columns.date.pattern", "regular expression"],
        ),
        (
            "from = \"Date\"",
            "from = \"Date\"\npattern = 'x'",
            &["columns.date.pattern", "capture group"],
        ),
        (
            "from = \"Date\"",
            "from = \"Date\"\ncodes = { a = \"2024-01-01\" }",
            &["columns.date.codes"],
        ),
        (
            "from = \"Date\"",
            "from = \"Date\"\nunit = \"lakh\"",
            &["columns.date.unit", "lakh"],
        ),
        (
            "from = \"Date\"",
            "from = \"Date\"\nwhen_missing = \"soon\"",
            &["columns.date.when_missing", "2024-01-31"],
        ),
        (
            "\"child_marriage\" }",
            "\"early_marriage\" }",
            &["columns.category.codes", "child_marriage"],
        ),
        (
            "\"child_marriage\" }",
            "\"child_marriage\", \"child  MARRIAGE\" = \"missing\" }",
            &["columns.category.codes", "spelling"],
        ),
        (
            "\"Case\" = \"key_hash\"",
            "\"Case\" = \"drop\"",
            &["columns.incident_key.from", "key_hash"],
        ),
        (
            "\"Case\" = \"key_hash\"",
            "",
            &["columns.incident_key.from", "\"Case\" = \"key_hash\""],
        ),
        (
            "\"Case\" = \"key_hash\"",
            "\"Case\" = \"key_hash\"\n\"Type\" = \"key_hash\"",
            &["pii.\"Type\"", "category"],
        ),
        (
            "\"Case\" = \"key_hash\"",
            "\"Case\" = \"key_hash\"\n\"District\" = \"key_hash\"",
            &["pii.\"District\"", "locate"],
        ),
        (
            "\"Case\" = \"key_hash\"",
            "\"Case\" = \"key_hash\"\n\"Date\" = \"drop\"",
            &["pii.\"Date\"", "columns.date.from"],
        ),
        (
            "\"Case\" = \"key_hash\"",
            "\"Case\" = \"key_hash\"\n\"District\" = { coarsen = 1 }",
            &["pii.\"District\"", "locate"],
        ),
        (
            "\"Case\" = \"key_hash\"",
            "\"Case\" = \"key_hash\"\n\"Date\" = { coarsen = 1 }",
            &["pii.\"Date\"", "coarsen"],
        ),
        (
            "\"Case\" = \"key_hash\"",
            "\"Case\" = \"key_hash\"\n\"lat\" = { coarsen = 3 }",
            &["pii.\"lat\"", "at most 2"],
        ),
        (
            "\"Case\" = \"key_hash\"",
            "\"Case\" = \"key_hash\"\n\"x\" = { allow = \" \" }",
            &["pii.\"x\"", "harmless"],
        ),
        (
            "\"Case\" = \"key_hash\"",
            "\"Case\" = \"key_hash\"\n\"x\" = { allow = \"a\", coarsen = 1 }",
            &["pii.\"x\"", "exactly one"],
        ),
        (
            "\"Case\" = \"key_hash\"",
            "\"Case\" = \"key_hash\"\n\"x\" = \"keep\"",
            &["drop", "key_hash", "allow"],
        ),
        (
            "[columns.date]\nfrom = \"Date\"",
            "",
            &["columns.date", "Day of the incident"],
        ),
        ("by = \"lgd\"", "by = \"pin\"", &["lgd", "census2011"]),
        (
            "layer = \"district\"",
            "layer = \"ward\"",
            &["locate[0].layer", "district@2011"],
        ),
        ("layer = \"district\"", "", &["locate[0].layer"]),
        ("column = \"District\"", "", &["locate[0].column"]),
        (
            "column = \"District\"",
            "column = \"District\"\ncreate = true",
            &["locate[0].create", "places"],
        ),
        (
            "column = \"District\"",
            "column = \"District\"\nthreshold = 0.8",
            &["locate[0].threshold"],
        ),
        (
            "by = \"lgd\"",
            "by = \"lgd\"\nfield = \"category\"",
            &["locate[0].field", "place_id"],
        ),
        (
            "by = \"lgd\"\nlayer = \"district\"\ncolumn = \"District\"",
            "by = \"coordinates\"\nlatitude = \"lat\"",
            &["locate[0].latitude", "longitude"],
        ),
        (
            "by = \"lgd\"\nlayer = \"district\"\ncolumn = \"District\"",
            "by = \"coordinates\"\nlatitude = \"a\"\nlongitude = \"b\"\nresolution = 9",
            &["locate[0].resolution", "8"],
        ),
        (
            "by = \"lgd\"\nlayer = \"district\"\ncolumn = \"District\"",
            "by = \"coordinates\"\nlatitude = \"a\"\nlongitude = \"b\"\narea = [98.0, 6.0, 68.0, 38.0]",
            &["locate[0].area", "west"],
        ),
        (
            "by = \"lgd\"\nlayer = \"district\"\ncolumn = \"District\"",
            "by = \"name\"\nlayer = \"district\"\ncolumn = \"District\"\nthreshold = 90",
            &["locate[0].threshold", "0.9"],
        ),
        (
            "by = \"lgd\"\nlayer = \"district\"\ncolumn = \"District\"",
            "by = \"name\"\nlayer = \"district\"\ncolumn = \"District\"\naliases = { \"X\" = \"220\" }",
            &["locate[0].aliases", "district:220"],
        ),
        (
            "[columns.date]",
            "[source]\nnames = [\"a\"]\n[columns.date]",
            &["source.names", "header = false"],
        ),
        (
            "[columns.date]",
            "[source]\ndelimiter = \"::\"\n[columns.date]",
            &["source.delimiter"],
        ),
        (
            "[columns.date]",
            "[source]\nencoding = \"latin\"\n[columns.date]",
            &["utf-8", "windows-1252"],
        ),
        (
            "[columns.date]",
            "[[exclude]]\ncolumn = \"a\"\nreason = \"b\"\n[columns.date]",
            &["exclude[0]", "exactly one"],
        ),
        (
            "[columns.date]",
            "[[exclude]]\ncolumn = \"a\"\nequals = [\"x\"]\nreason = \"\"\n[columns.date]",
            &["exclude[0].reason"],
        ),
        (
            "[columns.date]",
            "[columns.h3]\nfrom = \"cell\"\n[columns.date]",
            &["columns.h3", "[[locate]]"],
        ),
        (
            "[columns.date]",
            "[columns.source_place]\nfrom = \"from\"\n[columns.date]",
            &["columns.source_place", "field = \"source_place\""],
        ),
        (
            "[columns.date]",
            "[columns.place_id]\nconstant = \"district:1\"\n[columns.date]",
            &["columns.place_id", "twice"],
        ),
        ("version = 1", "version = 1\npart = \"a b\"", &["`part`"]),
        ("version = 1", "version = 1\nfile = \"x\"", &["file"]),
    ];
    Mapping::parse(RIGHT).unwrap();
    for (from, to, parts) in cases {
        assert!(RIGHT.contains(from), "{from}");
        let message = error(&RIGHT.replacen(from, to, 1));
        for part in *parts {
            assert!(message.contains(part), "{to}\n{message}\nlacks {part}");
        }
    }
}

const RESHAPED: &str = r#"
version = 1
table = "indicators"
[columns.source]
constant = "survey"
[reshape]
value = "value"
[[reshape.columns]]
column = "a"
set = { indicator = "a", period = "2021", unit = "percent" }
[[reshape.columns]]
column = "b"
set = { indicator = "b", period = "2021", unit = "percent" }
[[locate]]
by = "lgd"
layer = "district"
column = "District"
"#;

#[test]
fn mistakes_of_reshaping_are_told() {
    Mapping::parse(RESHAPED).unwrap();
    let cases: &[(&str, &str, &[&str])] = &[
        (
            "value = \"value\"",
            "value = \"figure\"",
            &["reshape.value", "standard_error"],
        ),
        (
            "period = \"2021\"",
            "period = \"21\"",
            &["reshape.columns[0].set.period"],
        ),
        (
            "indicator = \"a\", ",
            "",
            &["reshape.columns[", "indicator"],
        ),
        (
            "indicator = \"a\"",
            "indicator = \"a\", value = \"1\"",
            &["reshape.columns[0].set.value", "twice"],
        ),
        (
            "[columns.source]",
            "[columns.value]\nfrom = \"c\"\n[columns.source]",
            &["columns.value", "[reshape]"],
        ),
        (
            "[columns.source]",
            "[columns.value]\nunit = \"lakh\"\n[columns.source]",
            &["columns.value.unit"],
        ),
    ];
    for (from, to, parts) in cases {
        let message = error(&RESHAPED.replacen(from, to, 1));
        for part in *parts {
            assert!(message.contains(part), "{to}\n{message}\nlacks {part}");
        }
    }
}

#[test]
fn comments_and_order_of_keys_do_not_change_the_identity_of_a_mapping() {
    let mapping = Mapping::parse(RIGHT).unwrap();
    let reordered = RIGHT.replace(
        "version = 1\ntable = \"incidents\"",
        "# said again\ntable   =   \"incidents\"\nversion = 1",
    );
    assert_eq!(
        mapping.sha256(),
        Mapping::parse(&reordered).unwrap().sha256()
    );
    let other = RIGHT.replace("\"reported\"", "\"helpline\"");
    assert_ne!(mapping.sha256(), Mapping::parse(&other).unwrap().sha256());
    assert_eq!(mapping.sha256().len(), 64);
}

#[test]
fn a_text_that_is_no_toml_says_where() {
    let message = error("version = \n");
    assert!(message.contains("line 1"), "{message}");
    assert!(matches!(
        Mapping::parse("version ="),
        Err(IngestError::MappingSyntax(_))
    ));
}

/// The mappings that `cargo xtask india` loads the official data with.
#[test]
fn every_mapping_of_india_parses_and_fills_the_table_of_its_load() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../xtask/india");
    let plan = std::fs::read_to_string(folder.join("india.toml")).unwrap();
    let plan: toml::Table = toml::from_str(&plan).unwrap();
    let mut tables = BTreeMap::new();
    for entry in std::fs::read_dir(&folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if name == "india.toml" {
            continue;
        }
        let text = std::fs::read_to_string(folder.join(&name)).unwrap();
        match Mapping::parse(&text) {
            Ok(mapping) => tables.insert(name, mapping.table().name()),
            Err(error) => panic!("{name}: {error}"),
        };
    }
    let loads = plan.get("load").and_then(toml::Value::as_array).unwrap();
    assert!(!loads.is_empty());
    for load in loads {
        let word = |key: &str| load.get(key).and_then(toml::Value::as_str).unwrap();
        let mapping = word("mapping");
        assert_eq!(tables.get(mapping), Some(&word("table")), "{mapping}");
    }
}
