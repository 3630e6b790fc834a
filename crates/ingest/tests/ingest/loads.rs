//! What a load as a whole promises.

use std::fmt::Write as _;

use arrow::array::RecordBatch;
use safeground_ingest::{IngestError, MaxRejects, Sink, identify};
use safeground_schema::Table;

use super::harness::{House, Kept, Outcome};

const CAMPAIGNS: &str = r#"
version = 1
table = "campaigns"
[source]
ragged_join = "Partner"
[columns.date]
from = "Date"
[columns.activity]
from = "Activity"
[columns.households_reached]
from = "Households"
[columns.partner]
from = "Partner"
[[locate]]
by = "lgd"
layer = "district"
column = "District"
"#;

fn house() -> House {
    House::with_places(&[("district:1", "Aa"), ("district:2", "Bb")])
}

#[test]
fn surplus_cells_are_joined_back_and_counted() {
    let outcome = house().csv(
        CAMPAIGNS,
        "Date,Activity,Households,Partner,District\n2024-01-31,event,1,North, East and West,1\n2024-01-31,event,2,South,2,,\n2024-01-31,event\n,,,,\n",
    );
    assert_eq!(outcome.values("partner"), ["North, East and West", "South"]);
    assert_eq!(outcome.report.repaired, 2);
    assert_eq!(outcome.report.blank_rows, 1);
    assert_eq!(outcome.codes(), ["ragged_row"]);
}

#[test]
fn rows_repeated_letter_for_letter_are_quarantined_unless_kept() {
    let text = "Date,Activity,Households,Partner,District\n2024-01-31,event,1,a,1\n2024-01-31,event,1,a,1\n2024-01-31,event,1,a ,1\n2024-01-31,event,1,a,1\n";
    let outcome = house().csv(CAMPAIGNS, text);
    assert_eq!(outcome.codes(), ["duplicate_row", "duplicate_row"]);
    assert_eq!(outcome.quarantine[0]["row"], "2");
    let kept = CAMPAIGNS.replace("[source]", "[source]\nduplicates = \"keep\"");
    assert_eq!(house().csv(&kept, text).report.accepted, 4);
}

#[test]
fn rows_repeat_over_all_files_of_a_load() {
    let house = house();
    let header = "Date,Activity,Households,Partner,District\n";
    let one = house.write("one.csv", format!("{header}2024-01-31,event,1,a,1\n"));
    let two = house.write(
        "two.csv",
        format!("{header}2024-01-31,event,2,a,1\n2024-01-31,event,1,a,1\n"),
    );
    let outcome = house.load(CAMPAIGNS, &[one, two]).unwrap();
    assert_eq!(outcome.codes(), ["duplicate_row"]);
    assert_eq!(outcome.quarantine[0]["file"], "two.csv");
    assert_eq!(outcome.report.files, ["one.csv", "two.csv"]);
}

/// A file of several chunks with some bad rows.
fn long_file(rows: usize) -> String {
    let mut text = String::from("Date,Activity,Households,Partner,District\n");
    for row in 0..rows {
        let district = if row % 101 == 0 { 9 } else { 1 + row % 2 };
        writeln!(
            text,
            "2024-{:02}-{:02},event,{row},partner-{},{district}",
            1 + row % 12,
            1 + row % 28,
            row % 7
        )
        .unwrap();
    }
    text
}

#[test]
fn one_thread_and_four_give_the_same_batches_and_quarantine() {
    let text = long_file(150_000);
    let mut outcomes: Vec<Outcome> = [1, 4]
        .into_iter()
        .map(|threads| {
            let mut house = house();
            house.threads = threads;
            house.csv(CAMPAIGNS, &text)
        })
        .collect();
    let four = outcomes.pop().unwrap();
    let one = outcomes.pop().unwrap();
    assert_eq!(one.batches, four.batches);
    assert_eq!(one.quarantine, four.quarantine);
    assert_eq!(one.report, four.report);
    assert_eq!(one.report.read, 150_000);
    assert_eq!(one.report.quarantined, 150_000_u64.div_ceil(101));
    assert!(one.batches.len() > 1);
}

#[test]
fn too_many_rejects_stop_the_load_and_leave_nothing() {
    let mut house = house();
    let text = "Date,Activity,Households,Partner,District\n2024-01-31,event,1,a,1\n2024-01-31,event,x,a,1\n2024-01-31,dance,1,a,1\n2024-01-31,event,y,a,1\n";
    for limit in ["2", "50%"] {
        house.max_rejects = limit.parse().unwrap();
        let message = house.csv_fails(CAMPAIGNS, text);
        for part in [
            "3 of 4",
            limit,
            "not_a_number",
            "`Households` 2 times",
            "input.csv row 2",
            "unknown_code",
        ] {
            assert!(message.contains(part), "{message}\nlacks {part}");
        }
        assert!(!house.path("quarantine.parquet").exists());
    }
    house.max_rejects = MaxRejects::Rows(3);
    assert_eq!(house.csv(CAMPAIGNS, text).report.quarantined, 3);
}

/// Fails at the second batch.
struct Broken(Kept);

impl Sink for Broken {
    fn write(
        &mut self,
        batch: RecordBatch,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        if self.0.batches.is_empty() {
            self.0.batches.push(batch);
            Ok(())
        } else {
            Err("the disk is full".into())
        }
    }
}

#[test]
fn a_sink_that_fails_stops_the_load_without_hanging() {
    let house = house();
    let path = house.write("long.csv", long_file(300_000));
    let mut sink = Broken(Kept::default());
    let error = house.load_into(CAMPAIGNS, &[path], &mut sink).unwrap_err();
    assert!(error.to_string().contains("the disk is full"), "{error}");
    assert!(matches!(
        error,
        IngestError::Sink {
            table: "campaigns",
            ..
        }
    ));
    assert!(!house.path("quarantine.parquet").exists());
}

#[test]
fn the_identity_of_a_load_is_its_content_table_and_part() {
    let house = house();
    let one = house.write("one.csv", "a\n1\n");
    let two = house.write("two.csv", "a\n2\n");
    let copy = house.write("copy.csv", "a\n1\n");
    let id = |files: &[&std::path::PathBuf], table, part| {
        let files: Vec<_> = files.iter().map(|path| (*path).clone()).collect();
        identify(&files, table, part).unwrap()
    };
    let base = id(&[&one, &two], Table::Incidents, None);
    assert_eq!(base.load_id.len(), 16);
    assert_eq!(
        base.load_id,
        id(&[&two, &copy], Table::Incidents, None).load_id
    );
    assert_ne!(base.load_id, id(&[&one], Table::Incidents, None).load_id);
    assert_ne!(
        base.load_id,
        id(&[&one, &two], Table::Rescues, None).load_id
    );
    assert_ne!(
        base.load_id,
        id(&[&one, &two], Table::Incidents, Some("b")).load_id
    );
    assert_eq!(base.files[0].name, "one.csv");
    assert_eq!(base.files[0].size, 4);
}

const SURVEY: &str = r#"
version = 1
table = "indicators"
[source]
missing = ["*"]
[columns.value]
pattern = '\(?([0-9.]+)\)?'
[columns.note]
when = [ { matches = '^\(', value = "small_sample" }, { matches = '^\*', value = "suppressed" } ]
[columns.standard_error]
unit = "share"
[reshape]
value = "value"
[[reshape.columns]]
column = "marriage"
set = { indicator = "child_marriage", period = "2019/2021", unit = "percent" }
fields = { note = "marriage", standard_error = "marriage_se" }
[[reshape.columns]]
column = "school"
set = { indicator = "schooling", period = "2019/2021", unit = "percent" }
fields = { note = "school" }
[[locate]]
by = "lgd"
layer = "district"
column = "code"
"#;

#[test]
fn one_row_becomes_several_records() {
    let outcome = house().csv(
        SURVEY,
        "code,marriage,marriage_se,school\n1,(12.3),0.012,45\n2,*,,130\n3,1,,2\n",
    );
    assert_eq!(outcome.report.source_rows, 3);
    assert_eq!(outcome.report.read, 6);
    assert_eq!(
        outcome.codes(),
        ["share_out_of_range", "place_unmatched", "place_unmatched"]
    );
    let small = &outcome.rows[0];
    assert_eq!(small["value"], "12.3");
    assert_eq!(small["note"], "small_sample");
    assert_eq!(small["standard_error"], "1.2");
    let suppressed = &outcome.rows[1];
    assert!(!suppressed.contains_key("value"));
    assert_eq!(suppressed["note"], "suppressed");
    assert_eq!(suppressed["place_id"], "district:2");
    let schooling = &outcome.rows[2];
    assert_eq!(schooling["indicator"], "schooling");
    assert!(!schooling.contains_key("note"));
}

const POLICE_DISTRICTS: &str = r#"
version = 1
table = "indicators"
[columns.value]
from = "figure"
[columns.indicator]
constant = "registered_rape"
[columns.period]
constant = "2013"
[columns.unit]
from = "unit"
[[locate]]
by = "lgd"
layer = "district"
column = "code"
"#;

#[test]
fn counts_of_one_place_stay_side_by_side_and_other_figures_do_not() {
    let outcome = house().csv(
        POLICE_DISTRICTS,
        "code,office,figure,unit\n1,a,4,cases\n1,b,5,cases\n2,a,4.5,percent\n2,b,5.5,percent\n",
    );
    assert_eq!(outcome.values("value"), ["4.0", "5.0", "4.5"]);
    assert_eq!(outcome.codes(), ["duplicate_key"]);
}

#[test]
fn control_totals_follow_every_figure_into_the_lake_or_the_quarantine() {
    let mapping = r#"
version = 1
table = "places"
[[exclude]]
column = "level"
equals = ["TOWN"]
reason = "no level of ours"
[columns.population]
from = "people"
[columns.households]
from = "people"
unit = "hundred"
missing = ["NA"]
[[locate]]
by = "id"
layer = "village"
column = "code"
create = true
"#;
    let outcome = House::new().csv(
        mapping,
        "level,code,people\nV,1,10\nTOWN,2,20\nV,3,x\nV,1,40\nV,4,\nTOWN,5,NA\nV,6,\"1,000\"\n",
    );
    let total = |field: &str| {
        let mut totals = outcome.report.totals.iter();
        let total = totals.find(|total| total.field == field).unwrap();
        (total.read, total.accepted, total.quarantined)
    };
    // The second village 1 is a duplicate key; `x` is no figure.
    assert_eq!(total("population"), (1_070.0, 1_010.0, 60.0));
    assert_eq!(total("households"), (107_000.0, 101_000.0, 6_000.0));
    let text = outcome.report.to_string();
    let line = "`people` adds up to 1,070 = 1,010 accepted + 60 quarantined";
    assert!(text.contains(line), "{text}");
}

#[test]
fn sums_of_tables_about_children_are_in_no_report() {
    let outcome = house().csv(
        CAMPAIGNS,
        "Date,Activity,Households,Partner,District,Remark\n2024-01-31,event,7,a,1,\n",
    );
    assert!(outcome.report.totals.is_empty());
}

#[test]
fn the_report_counts_spellings_once_for_any_number_of_threads() {
    let mapping = r#"
version = 1
table = "indicators"
[columns.value]
from = "figure"
[columns.indicator]
constant = "registered_rape"
[columns.period]
constant = "2013"
[columns.unit]
constant = "cases"
[[locate]]
by = "name"
layer = "district"
column = "district"
[locate.aliases]
"Bagaha" = "district:1"
"#;
    let mut text = String::from("district,figure\n");
    let names = ["Araria", "ARARIA ", "Ararya", "Bagaha", "G.R.P.", "Nowhere"];
    for row in 0..60_000 {
        text.push_str(&format!("{},1\n", names[row % names.len()]));
    }
    let mut house = House::with_places(&[
        ("district:1", "Pashchim Champaran"),
        ("district:2", "Araria"),
    ]);
    for threads in [1, 4] {
        house.threads = threads;
        let path = house.write("input.csv", &text);
        let mapping = mapping.replace(
            "[columns.value]",
            "[source]\nduplicates = \"keep\"\n[columns.value]",
        );
        let report = house.load(&mapping, &[path]).unwrap().report;
        let [names] = report.names.as_slice() else {
            panic!("one way to locate by name")
        };
        assert_eq!(
            (names.field, names.column.as_str()),
            ("place_id", "district")
        );
        assert_eq!(names.spellings, 6);
        assert_eq!((names.exact, names.fuzzy, names.alias), (2, 1, 1));
        assert_eq!(names.unmatched, 2);
    }
}

#[test]
fn codes_in_text_fields_are_filled_with_zeros() {
    let mapping = r#"
version = 1
table = "places"
[columns.name]
from = "name"
[columns.census2011_code]
from = "census"
missing = ["0"]
pad = 3
[[locate]]
by = "lgd"
layer = "district"
column = "code"
create = true
"#;
    let outcome = House::new().csv(
        mapping,
        "code,name,census\n8,Baramula,8\n24,Kangra,24\n646,Balod,0\n188,Araria,209\n",
    );
    assert_eq!(outcome.values("census2011_code"), ["008", "024", "", "209"]);
}

const ENROLMENTS: &str = r#"
version = 1
table = "welfare_enrolments"
[columns.date]
from = "month"
[columns.scheme]
constant = "school"
[columns.eligible]
from = "eligible"
unit = "lakh"
[columns.applied]
from = "applied"
round = true
[columns.enrolled]
from = "enrolled"
when_missing = "0"
missing = ["none"]
[columns.refused]
from = "refused"
[[locate]]
by = "lgd"
layer = "district"
column = "code"
missing = ["0"]
[[locate]]
by = "name"
layer = "district"
column = "name"
[pii]
"month" = { coarsen = "month" }
"refused" = { coarsen = 0 }
"#;

#[test]
fn units_rounding_missing_values_and_fallback_locators() {
    let outcome = house().csv(
        ENROLMENTS,
        "month,eligible,applied,enrolled,refused,code,name\n2024-05-17,1.15,10.6,none,3,1,\n2024-06-02,2,10,\"1,000\",,0,Bb\n",
    );
    assert_eq!(outcome.report.quarantined, 0, "{:?}", outcome.quarantine);
    assert_eq!(outcome.values("date"), ["2024-05-01", "2024-06-01"]);
    assert_eq!(outcome.values("eligible"), ["115000", "200000"]);
    assert_eq!(outcome.values("applied"), ["11", "10"]);
    assert_eq!(outcome.values("enrolled"), ["0", "1000"]);
    assert_eq!(outcome.values("place_id"), ["district:1", "district:2"]);
    assert_eq!(outcome.report.columns.coarsened, ["month", "refused"]);
}

#[test]
fn places_found_by_code_take_their_level_and_may_add_figures() {
    let mut house = House::with_places(&[("district@2011:203", "Old"), ("state:10", "Bihar")]);
    house.places[1].census2011_code = Some("10".into());
    let mapping = r#"
version = 1
table = "places"
[columns.population]
from = "people"
[columns.parent_id]
constant = "state:10"
[[locate]]
by = "census2011"
layer = "district@2011"
columns = ["st", "dt"]
pad = 3
join = "-"
[[locate]]
field = "place_id"
by = "census2011"
layer = "district@2011"
column = "dt"
pad = 3
"#;
    house.places[0].census2011_code = Some("010-203".into());
    let outcome = house.csv(mapping, "st,dt,people\n10,203.0,\"39,35,042\"\n10,,5\n");
    assert_eq!(outcome.codes(), ["value_missing"]);
    let row = &outcome.rows[0];
    assert_eq!(row["place_id"], "district@2011:203");
    assert_eq!(row["level"], "district");
    assert_eq!(row["vintage"], "2011");
    assert_eq!(row["parent_id"], "state:10");
    assert_eq!(row["population"], "3935042");

    let unknown = mapping.replace("state:10", "state:99");
    let message = house.csv_fails(&unknown, "st,dt,people\n");
    assert!(message.contains("columns.parent_id.constant"), "{message}");
}

#[test]
fn pseudonyms_join_across_loads_and_differ_between_partners() {
    let interventions = r#"
version = 1
table = "marriage_interventions"
[columns.child_key]
from = "id"
[columns.date]
from = "date"
[columns.method]
constant = "persuasion"
[columns.outcome]
constant = "prevented"
[[locate]]
by = "lgd"
layer = "district"
column = "code"
[pii]
"id" = "key_hash"
"#;
    let text = "id,date,code\nC1,2024-01-31,1\n C1 ,2024-02-01,1\nC2,2024-02-01,1\n,2024-02-02,1\n";
    let outcome = house().csv(interventions, text);
    let keys = outcome.values("child_key");
    assert_eq!(keys[0], keys[1]);
    assert_ne!(keys[0], keys[2]);
    assert_eq!(keys[3], "");
    let partner = interventions.replace("\"key_hash\"", "{ key_hash = \"partner-a\" }");
    assert_ne!(house().csv(&partner, text).values("child_key")[0], keys[0]);
}

#[test]
fn an_unlocated_row_may_be_kept_where_the_mapping_says_so() {
    let mapping = r#"
version = 1
table = "incidents"
[columns.category]
constant = "missing"
[columns.detection_mode]
constant = "reported"
[columns.date]
from = "date"
[columns.children]
constant = "1"
[[locate]]
by = "lgd"
layer = "district"
column = "code"
[[locate]]
field = "source_place"
by = "lgd"
layer = "district"
column = "from"
optional = true
"#;
    let outcome = house().csv(
        mapping,
        "date,code,from\n2024-01-31,1,2\n2024-01-31,1,77\n2024-02-01,2,\n",
    );
    assert_eq!(outcome.report.accepted, 3);
    assert_eq!(outcome.values("source_place"), ["district:2", "", ""]);
}

#[test]
fn the_report_reads_well() {
    let outcome = house().csv(
        CAMPAIGNS,
        "Date,Activity,Households,Partner,District,Remark\n2024-01-31,event,1,a,1,\n2024-01-31,event,x,a,1,\n",
    );
    let text = outcome.report.to_string();
    for part in [
        "2 records read = 1 accepted + 1 quarantined",
        "1  not_a_number in `Households`",
        "columns unused: Remark",
    ] {
        assert!(text.contains(part), "{text}\nlacks {part}");
    }
    // Only who keeps the quarantine can say where it is.
    assert_eq!(outcome.report.quarantine_file, None);
    let mut kept = outcome.report.clone();
    kept.quarantine_file = Some("lake/rejected.parquet".to_owned());
    let told = "quarantined records are in lake/rejected.parquet\n";
    assert!(!text.contains("quarantined records") && kept.to_string().contains(told));
    let json = serde_json::to_value(&outcome.report).unwrap();
    assert_eq!(json["rejects"][0]["code"], "not_a_number");
    assert_eq!(json["accepted"], 1);
}
