//! Accepted and quarantined rows add up to the rows read, whatever is in the
//! file.

use proptest::prelude::*;

use super::harness::House;

const MAPPING: &str = r#"
version = 1
table = "campaigns"
[source]
date_order = "dmy"
missing = ["NA"]
delimiter = ","
[columns.date]
from = "date"
[columns.activity]
from = "activity"
[columns.participants]
from = "people"
[[locate]]
by = "lgd"
layer = "district"
column = "code"
[[exclude]]
column = "activity"
equals = ["TOTAL"]
reason = "sums"
"#;

fn cell() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        Just(" ".to_owned()),
        Just("NA".to_owned()),
        Just("TOTAL".to_owned()),
        Just("event".to_owned()),
        Just("School".to_owned()),
        Just("31/01/2024".to_owned()),
        Just("1/2/24".to_owned()),
        Just("2024-02-30".to_owned()),
        Just("1".to_owned()),
        Just("2".to_owned()),
        Just("-3".to_owned()),
        Just("1,23,456".to_owned()),
        Just("(12.3)".to_owned()),
        Just("१२".to_owned()),
        "[a-z\"\n,;ÿ]{0,6}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn accepted_and_quarantined_are_what_was_read(
        rows in prop::collection::vec(prop::collection::vec(cell(), 2..7), 0..40),
        threads in 1_usize..4,
    ) {
        let mut house = House::with_places(&[("district:1", "Aa"), ("district:2", "Bb")]);
        house.threads = threads;
        let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
        writer.write_record(["date", "activity", "people", "code"]).unwrap();
        let mut filled = 0;
        for row in &rows {
            writer.write_record(row).unwrap();
            filled += u64::from(row.iter().take(4).any(|cell| !cell.trim().is_empty()) || row.len() < 4 || row.iter().skip(4).any(|cell| !cell.trim().is_empty()));
        }
        let path = house.write("input.csv", writer.into_inner().unwrap());
        // The harness checks the balance of every load.
        match house.load(MAPPING, &[path]) {
            Ok(outcome) => prop_assert_eq!(outcome.report.source_rows, filled),
            Err(error) => prop_assert!(false, "{}", error),
        }
    }

    #[test]
    fn bytes_of_any_kind_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let house = House::with_places(&[("district:1", "Aa")]);
        let mut content = b"date,activity,people,code\n".to_vec();
        content.extend(bytes);
        let path = house.write("input.csv", content);
        let _ = house.load(MAPPING, &[path]);
    }
}
