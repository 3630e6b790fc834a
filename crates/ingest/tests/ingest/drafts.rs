//! First drafts of mappings.

use safeground_ingest::{Mapping, draft, mapping_json_schema, mapping_markdown};
use safeground_schema::Table;

use super::harness::House;

#[test]
fn a_draft_loads_where_everything_was_found() {
    let house = House::with_places(&[("district:1", "Aa")]);
    let path = house.write(
        "effort.csv",
        "Date,District Code,Channel,Staff days,Partner\n15/01/2024,1,Outreach,5,ngo\n16/01/2024,1,Helpline,2,ngo\n",
    );
    let text = draft(&path, None).unwrap();
    assert!(text.contains("table = \"effort\""), "{text}");
    assert!(text.contains("date_order = \"dmy\""), "{text}");
    let mapping = Mapping::parse(&text).unwrap();
    assert_eq!(mapping.table(), Table::Effort);
    assert_eq!(house.load(&text, &[path]).unwrap().report.accepted, 2);
}

#[test]
fn a_draft_says_what_is_open_and_shows_no_value_of_a_suspicious_column() {
    let house = House::new();
    let mut rows = String::from("Case No,Phone,Type,Date,District,State\n");
    for row in 0..50 {
        rows.push_str(&format!(
            "FIR {row}/2024,98765{:05},Early marriage,0{}/02/2024,Zzyzx,Northland\n",
            row * 31,
            1 + row % 9
        ));
    }
    let path = house.write("incidents.csv", rows);
    let text = draft(&path, Some(Table::Incidents)).unwrap();
    for part in [
        "# \"Phone\" = \"drop\"",
        "key_hash",
        "\"Early marriage\" = \"?\"",
        "Not decided:",
        "`date_order`",
        "does not load yet",
        "layer = \"district\"",
        "within = { layer = \"state\", column = \"State\" }",
        "detection_mode",
    ] {
        assert!(text.contains(part), "{text}\nlacks {part}");
    }
    assert!(!text.contains("98765"), "{text}");
    toml::from_str::<toml::Table>(&text).unwrap();
}

#[test]
fn a_draft_of_places_defines_them_and_their_parents() {
    let house = House::new();
    let path = house.write(
        "blocks.csv",
        "State Code,State Name,District Code,District Name,Block Code,Block Name\n35,Islands,603,Nicobars,6498,Campbell Bay\n",
    );
    let text = draft(&path, Some(Table::Places)).unwrap();
    for part in [
        "layer = \"block\"\ncolumn = \"Block Code\"\ncreate = true",
        "field = \"parent_id\"",
        "column = \"District Code\"",
        "from = \"Block Name\"",
    ] {
        assert!(text.contains(part), "{text}\nlacks {part}");
    }
    Mapping::parse(&text).unwrap();
}

#[test]
fn the_reference_and_the_schema_know_the_same_keys() {
    let schema = mapping_json_schema();
    assert_eq!(schema["properties"]["version"]["type"], "integer");
    assert_eq!(schema["additionalProperties"], false);
    let text = mapping_markdown();
    for key in [
        "ragged_join",
        "when_missing",
        "threshold",
        "create",
        "not_equals",
    ] {
        assert!(text.contains(&format!("`{key}`")), "{key}");
    }
}
