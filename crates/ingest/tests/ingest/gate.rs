//! Personal data stop a load before the sink has been called.

use safeground_ingest::IngestError;

use super::harness::{House, Kept};

const MAPPING: &str = r#"
version = 1
table = "rescues"
[columns.date]
from = "Date"
[columns.children]
from = "Children"
[[locate]]
by = "lgd"
layer = "district"
column = "District"
"#;

fn file() -> String {
    let mut text = String::from("Date,Children,District,Phone,Contact\n");
    for row in 0..200 {
        text.push_str(&format!(
            "2024-01-{:02},{row},1,98765{:05},somebody{row}@example.org\n",
            1 + row % 28,
            row * 37
        ));
    }
    text
}

#[test]
fn every_offending_column_is_named_at_once_and_nothing_is_stored() {
    let house = House::with_places(&[("district:1", "Aa")]);
    let path = house.write("rescues.csv", file());
    let mut sink = Kept::default();
    let error = house
        .load_into(MAPPING, std::slice::from_ref(&path), &mut sink)
        .unwrap_err();
    let message = error.to_string();
    for part in [
        "`Phone`",
        "`Contact`",
        "phone",
        "email",
        "200 of 200",
        "\"Phone\" = \"drop\"",
        "\"Contact\" = { allow",
    ] {
        assert!(message.contains(part), "{message}\nlacks {part}");
    }
    assert!(!message.contains("98765") && !message.contains("example"));
    assert!(matches!(error, IngestError::PersonalData(_)));
    assert!(sink.batches.is_empty());
    assert!(!house.path("quarantine.parquet").exists());

    let decided = format!("{MAPPING}[pii]\n\"Phone\" = \"drop\"\n\"Contact\" = \"drop\"\n");
    let outcome = house.load(&decided, &[path]).unwrap();
    assert_eq!(outcome.report.accepted, 200);
    assert_eq!(outcome.report.columns.dropped, ["Contact", "Phone"]);
}

/// Eleven digits with the check digit of Aadhaar numbers (Verhoeff, 1969)
/// after them, computed on the dihedral group of the pentagon.
fn with_check_digit(digits: &str) -> String {
    const PERMUTATION: [u32; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
    let multiply = |a: u32, b: u32| match (a < 5, b < 5) {
        (true, true) => (a + b) % 5,
        (true, false) => 5 + (a + b) % 5,
        (false, true) => 5 + (a + 5 - b) % 5,
        (false, false) => (a + 5 - b) % 5,
    };
    // The check digit stands at the end, where nothing is permuted, so that
    // the first digit from the right is permuted once.
    let sum = digits
        .bytes()
        .rev()
        .enumerate()
        .fold(0, |sum, (place, digit)| {
            let permuted = (0..=place).fold(u32::from(digit - b'0'), |digit, _| {
                PERMUTATION[digit as usize]
            });
            multiply(sum, permuted)
        });
    let check = (0..10).find(|check| multiply(sum, *check) == 0).unwrap();
    format!("{digits}{check}")
}

/// A made-up identifier of a row.
type Identifier = fn(u32) -> String;

#[test]
fn every_kind_of_identifier_stops_a_load_and_is_counted_but_not_shown() {
    // Made up, in order, and recognisable as such.
    let kinds: [(&str, Identifier); 6] = [
        ("aadhaar", |row| {
            with_check_digit(&format!("20000000{row:03}"))
        }),
        ("pan", |row| format!("AAAPZ{row:04}Z")),
        ("case_number", |row| format!("FIR No. {row}/2019")),
        ("case_number", |row| format!("DLCT01{row:06}2019")),
        ("free_text", |row| {
            format!("The child was found at the station on day {row}")
        }),
        ("coordinates", |row| format!("25.5{row:02}1")),
    ];
    for (detector, make) in kinds {
        let values: Vec<String> = (0..100).map(make).collect();
        let mut text = String::from("Date,Children,District,Other\n");
        for (row, value) in values.iter().enumerate() {
            text.push_str(&format!("2024-01-{:02},{row},1,{value}\n", 1 + row % 28));
        }
        let house = House::with_places(&[("district:1", "Aa")]);
        let path = house.write("rescues.csv", text);
        let mut sink = Kept::default();
        let error = house.load_into(MAPPING, &[path], &mut sink).unwrap_err();
        assert!(matches!(error, IngestError::PersonalData(_)), "{error}");
        let message = error.to_string();
        let found = format!("column `Other`: {detector} by its values, 100 of 100 values");
        assert!(message.contains(&found), "{message}\nlacks {found}");
        for value in &values {
            assert!(!message.contains(value), "{value} stands in\n{message}");
        }
        assert!(sink.batches.is_empty(), "{detector}");
        assert!(!house.path("quarantine.parquet").exists(), "{detector}");
    }
}

#[test]
fn one_address_in_the_last_row_of_a_long_file_is_enough() {
    let house = House::with_places(&[("district:1", "Aa")]);
    let mut text = String::from("Date,Children,District,Remark\n");
    for row in 0..70_000 {
        text.push_str(&format!("2024-01-{:02},{row},1,\n", 1 + row % 28));
    }
    text.push_str("2024-01-01,1,1,somebody@example.org\n");
    let message = house.csv_fails(MAPPING, &text);
    assert!(
        message.contains("`Remark`") && message.contains("email"),
        "{message}"
    );
}

#[test]
fn rejected_rows_show_no_value_of_a_decided_column() {
    let house = House::with_places(&[("district:1", "Aa")]);
    let mapping = format!(
        "{}[pii]\n\"Date\" = {{ coarsen = \"month\" }}\n",
        MAPPING.replace("from = \"Children\"", "constant = \"1\"")
    );
    let outcome = house.csv(
        &mapping,
        "Date,Children,District\nsoon,1,1\n2024-01-01,1,4711\n",
    );
    assert_eq!(outcome.codes(), ["not_a_date", "place_unmatched"]);
    assert!(!outcome.quarantine[0].contains_key("value"));
    assert_eq!(outcome.quarantine[1]["value"], "4711");
}
