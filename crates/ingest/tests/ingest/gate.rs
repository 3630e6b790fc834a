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
