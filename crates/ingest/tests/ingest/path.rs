//! The three mappings of a partner's first day: districts, effort, incidents.

use std::fmt::Write as _;

use super::harness::{House, place};

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

/// A house that knows the sixteen districts.
fn house() -> House {
    let mut house = House::new();
    house.places = (1..=16)
        .map(|number| place(&format!("district:{}", 9000 + number), "Made-up"))
        .collect();
    house
}

#[test]
fn districts_define_themselves() {
    let outcome = House::new().csv(DISTRICTS_MAPPING, &districts());
    assert_eq!(outcome.report.accepted, 16);
    let first = &outcome.rows[0];
    assert_eq!(first["place_id"], "district:9001");
    assert_eq!(first["level"], "district");
    assert_eq!(first["lgd_code"], "9001");
    assert_eq!(first["name"], "Made-up 1");
    assert_eq!(first["children_under_18"], "120000");
    assert_eq!(first["latitude"], "-12.0");
    assert!(first.contains_key("h3"));
    assert!(!first.contains_key("vintage"));
    assert_eq!(first["load_id"], outcome.report.load_id);
}

#[test]
fn effort_is_dated_and_located() {
    let outcome = house().csv(EFFORT_MAPPING, &effort());
    assert_eq!(outcome.report.accepted, 180);
    let second = &outcome.rows[1];
    assert_eq!(second["date"], "2024-02-01");
    assert_eq!(second["place_id"], "district:9001");
    assert_eq!(second["channel"], "outreach");
    assert_eq!(second["staff_days"], "5.0");
}

#[test]
fn incidents_are_hashed_and_wrong_rows_quarantined() {
    let outcome = house().csv(INCIDENTS_MAPPING, &incidents());
    assert_eq!(outcome.report.quarantined, 3);
    assert_eq!(
        outcome.codes(),
        ["not_a_date", "unknown_code", "place_unmatched"]
    );
    assert_eq!(outcome.quarantine[1]["value"], "Witchcraft");
    assert_eq!(outcome.quarantine[1]["column"], "Type");
    let first = &outcome.rows[0];
    assert_eq!(first["category"], "child_marriage");
    assert_eq!(first["child_key"].len(), 64);
    assert_ne!(first["child_key"], first["incident_key"]);
    for row in outcome.rows.iter().chain(&outcome.quarantine) {
        assert!(row.values().all(|value| !value.contains("98765")));
    }
    assert_eq!(outcome.report.columns.dropped, ["Phone"]);
    assert_eq!(outcome.report.columns.hashed, ["Case", "Child ID"]);
}
