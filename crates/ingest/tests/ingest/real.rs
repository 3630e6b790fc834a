//! Public data about India as published, where it is at hand.

use std::collections::BTreeMap;

use safeground_schema::GazetteerEntry;

use super::harness::{House, Outcome, Row, numbers, shared, sum};

/// The places of a load as a later load knows them.
fn known(outcome: &Outcome) -> Vec<GazetteerEntry> {
    let text = |row: &Row, field: &str| row.get(field).cloned();
    outcome
        .rows
        .iter()
        .map(|row| GazetteerEntry {
            place_id: row["place_id"].parse().unwrap(),
            name: text(row, "name"),
            parent_id: text(row, "parent_id").map(|id| id.parse().unwrap()),
            lgd_code: text(row, "lgd_code"),
            census2011_code: text(row, "census2011_code"),
            latitude: None,
            longitude: None,
        })
        .collect()
}

const STATES: &str = r#"
version = 1
table = "places"
[columns.name]
from = "State Name"
[columns.census2011_code]
from = "Census 2011 Code"
missing = ["0", "00"]
[[locate]]
by = "lgd"
layer = "state"
column = "State Code"
create = true
[pii]
"State Name" = { allow = "names of states" }
"State Name (2)" = { allow = "names of states" }
"#;

const DISTRICTS: &str = r#"
version = 1
table = "places"
[columns.name]
from = "District Name"
[columns.census2011_code]
from = "Census 2011 Code"
missing = ["0", "000"]
[[locate]]
by = "lgd"
layer = "district"
column = "District Code"
create = true
[[locate]]
field = "parent_id"
by = "lgd"
layer = "state"
column = "State Code"
[pii]
"State Name" = { allow = "names of states" }
"District Name" = { allow = "names of districts" }
"#;

/// States and districts of the Local Government Directory.
fn directory(house: &mut House) -> Option<()> {
    let states = house
        .load(STATES, &[shared("india/lgd_states.csv")?])
        .unwrap();
    assert_eq!(states.report.accepted, 36);
    house.places = known(&states);
    let districts = house
        .load(DISTRICTS, &[shared("india/lgd_districts.csv")?])
        .unwrap();
    assert_eq!(districts.report.read, 763);
    assert_eq!(districts.report.accepted, 763, "{}", districts.report);
    house.places.extend(known(&districts));
    Some(())
}

#[test]
fn the_directory_of_states_districts_and_blocks_loads() {
    let mut house = House::new();
    if directory(&mut house).is_none() {
        return;
    }
    let Some(blocks) = shared("india/lgd_blocks.csv") else {
        return;
    };
    let mapping = r#"
version = 1
table = "places"
[columns.name]
from = "Block Name"
[[locate]]
by = "lgd"
layer = "block"
column = "Block Code"
create = true
[[locate]]
field = "parent_id"
by = "lgd"
layer = "district"
column = "District Code"
[pii]
"State Name" = { allow = "names of states" }
"District Name" = { allow = "names of districts" }
"Block Name" = { allow = "names of blocks" }
"Block Name (2)" = { allow = "names of blocks" }
"#;
    let outcome = house.load(mapping, &[blocks]).unwrap();
    assert!(outcome.report.read >= 7232, "{}", outcome.report);
    assert!(
        outcome.report.accepted * 100 >= outcome.report.read * 99,
        "{}",
        outcome.report
    );
}

const CENSUS_DISTRICTS: &str = r#"
version = 1
table = "places"
[columns.name]
from = "Name"
[columns.geometry]
from = "geometry"
[columns.population]
from = "TOT_P"
[columns.children_0_6]
from = "P_06"
[columns.households]
from = "No_HH"
[columns.source]
constant = "Census of India 2011"
[[locate]]
by = "census2011"
layer = "district@2011"
column = "code"
pad = 3
create = true
[[locate]]
field = "parent_id"
by = "census2011"
layer = "state"
column = "State"
pad = 2
optional = true
[pii]
"Name" = { allow = "names of districts" }
"#;

#[test]
fn all_640_districts_of_the_census_have_polygons_points_and_areas() {
    let Some(path) = shared("india/districts_2011_census.geojson") else {
        return;
    };
    let outcome = House::new().load(CENSUS_DISTRICTS, &[path]).unwrap();
    assert_eq!(outcome.report.accepted, 640, "{}", outcome.report);
    assert_eq!(sum(&outcome.batches, "population"), 1_210_854_977);
    let area: f64 = numbers(&outcome.batches, "area_km2")
        .into_iter()
        .flatten()
        .sum();
    // The census gives 3,287,240 km², which counts territory that the
    // boundaries of the file may draw otherwise.
    assert!((3_050_000.0..3_400_000.0).contains(&area), "{area}");
    assert!(outcome.rows.iter().all(|row| row.contains_key("h3")));
}

#[test]
fn all_707_districts_of_the_survey_load_without_a_code_of_their_own() {
    let Some(path) = shared("india/districts_2019_nfhs5.geojson") else {
        return;
    };
    let mapping = r#"
version = 1
table = "places"
[columns.name]
from = "nfhs_district"
[columns.geometry]
from = "geometry"
[[locate]]
by = "id"
layer = "district@nfhs5"
columns = ["nfhs_state", "nfhs_district"]
slug = true
create = true
[pii]
"nfhs_state" = { allow = "names of states" }
"nfhs_district" = { allow = "names of districts" }
"poly_state" = { allow = "names of states" }
"poly_district" = { allow = "names of districts" }
"#;
    let outcome = House::new()
        .load(mapping, std::slice::from_ref(&path))
        .unwrap();
    assert_eq!(outcome.report.accepted, 707, "{}", outcome.report);

    let mut house = House::new();
    house.places = known(&outcome);
    let indicators = r#"
version = 1
table = "indicators"
[columns.source]
constant = "NFHS-5 fact sheets, provisional"
[reshape]
value = "value"
[[reshape.columns]]
column = "cm_nfhs5"
set = { indicator = "child_marriage", period = "2019/2021", unit = "percent" }
[[reshape.columns]]
column = "cm_nfhs4"
set = { indicator = "child_marriage", period = "2015/2016", unit = "percent" }
[[locate]]
by = "id"
layer = "district@nfhs5"
columns = ["nfhs_state", "nfhs_district"]
slug = true
[pii]
"nfhs_state" = { allow = "names of states" }
"nfhs_district" = { allow = "names of districts" }
"poly_state" = { allow = "names of states" }
"poly_district" = { allow = "names of districts" }
"#;
    let outcome = house.load(indicators, &[path]).unwrap();
    assert_eq!(outcome.report.read, 2 * 707);
    assert_eq!(outcome.report.accepted, 2 * 707, "{}", outcome.report);
}

const VILLAGES: &str = r#"
version = 1
table = "places"
part = "villages"
[[exclude]]
column = "level"
not_equals = ["VILLAGE"]
reason = "towns overcount and are no villages"
[columns.name]
from = "name"
[columns.households]
from = "No_HH"
[columns.population]
from = "TOT_P"
[columns.children_0_6]
from = "P_06"
[columns.source]
constant = "Census of India 2011"
[[locate]]
by = "census2011"
layer = "village@2011"
columns = ["st", "dt", "sdt", "vt"]
create = true
[pii]
"name" = { allow = "names of villages" }
"#;

#[test]
fn the_rural_population_of_the_census_is_exact() {
    let Some(path) = shared("india/census2011_villages_towns.parquet") else {
        return;
    };
    let house = House::new();
    let mut counted = Counted::default();
    let report = house.load_into(VILLAGES, &[path], &mut counted).unwrap();
    assert_eq!(report.read, 640_949 + 8_397, "{report}");
    assert_eq!(report.accepted, 640_949, "{report}");
    assert_eq!(counted.people, 833_748_852);
    assert_eq!(report.rejects.len(), 1);
    assert_eq!(report.rejects[0].code, "excluded_row");
}

/// Sums the population and forgets the rows.
#[derive(Default)]
struct Counted {
    people: i64,
}

impl safeground_ingest::Sink for Counted {
    fn write(
        &mut self,
        batch: arrow::array::RecordBatch,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        self.people += sum(&[batch], "population");
        Ok(())
    }
}

#[test]
fn bihar_villages_of_a_csv_are_those_of_the_census() {
    let Some(path) = shared("bihar/census2011_villages.csv") else {
        return;
    };
    let mut counted = Counted::default();
    let report = House::new()
        .load_into(VILLAGES, &[path], &mut counted)
        .unwrap();
    assert_eq!(report.read, 44_874, "{report}");
    assert!(report.accepted > 44_000, "{report}");
    assert!(counted.people > 92_000_000, "{}", counted.people);
}

#[test]
fn raw_census_files_load_without_header_and_with_their_sums_excluded() {
    let (Some(one), Some(two)) = (
        shared("messy/census2011_pca_10_205.csv"),
        shared("messy/census2011_pca_10_210.csv"),
    ) else {
        return;
    };
    let mut names: Vec<String> = [
        "st", "dt", "sdt", "vt", "ward", "level", "name", "tru", "No_HH", "TOT_P", "TOT_M",
        "TOT_F", "P_06",
    ]
    .map(str::to_owned)
    .to_vec();
    while names.len() < 93 {
        names.push(format!("figure_{}", names.len()));
    }
    let list = names
        .iter()
        .map(|name| format!("\"{name}\""))
        .collect::<Vec<_>>()
        .join(", ");
    let mapping = format!(
        "{}\n[source]\nheader = false\nnames = [{list}]\nragged_join = \"name\"\n",
        VILLAGES
    );
    let outcome = House::new().load(&mapping, &[one, two]).unwrap();
    assert_eq!(outcome.report.read, 1099, "{}", outcome.report);
    assert_eq!(outcome.report.accepted, 203 + 771, "{}", outcome.report);
    // Rural figures of the two districts, as their own rows of sums say.
    assert_eq!(sum(&outcome.batches, "population"), 628_130 + 1_529_277);
}

const POLICE: &str = r#"
version = 1
table = "indicators"
[[exclude]]
column = "DISTRICT"
matches = "(?i)total"
reason = "totals of the state"
[columns.period]
from = "Year"
[columns.source]
constant = "NCRB"
[reshape]
value = "value"
[[reshape.columns]]
column = "Rape"
set = { indicator = "ncrb_rape", unit = "cases" }
[[reshape.columns]]
column = "Kidnapping and Abduction"
set = { indicator = "ncrb_kidnapping", unit = "cases" }
[[locate]]
by = "name"
layer = "district"
column = "DISTRICT"
within = { layer = "state", column = "STATE/UT" }
[pii]
"DISTRICT" = { allow = "names of police districts" }
"STATE/UT" = { allow = "names of states" }
"#;

#[test]
fn police_districts_as_published_are_found_or_quarantined_with_a_reason() {
    let mut house = House::new();
    if directory(&mut house).is_none() {
        return;
    }
    let Some(path) = shared("messy/ncrb_children_2001_2012_as_published.csv") else {
        return;
    };
    let outcome = house.load(POLICE, &[path]).unwrap();
    assert_eq!(outcome.report.source_rows, 9_839);
    assert_eq!(outcome.report.read, 2 * 9_839);
    let mut codes: BTreeMap<&str, u64> = BTreeMap::new();
    for reject in &outcome.report.rejects {
        *codes.entry(reject.code).or_default() += reject.count;
    }
    eprintln!("{}", outcome.report);
    assert_eq!(codes["excluded_row"], 2 * 455);
    assert!(
        outcome.report.accepted * 100 >= outcome.report.read * 70,
        "{}",
        outcome.report
    );
    for row in &outcome.quarantine {
        assert!(!row["cause"].is_empty() && !row["action"].is_empty());
    }
}

#[test]
fn the_survey_compendium_keeps_its_flags() {
    let mut house = House::new();
    if directory(&mut house).is_none() {
        return;
    }
    let Some(path) = shared("messy/nfhs5_compendium_districts_as_parsed.csv") else {
        return;
    };
    let mapping = r#"
version = 1
table = "indicators"
[source]
missing = ["NA"]
[[exclude]]
column = "Indicator"
matches = "^[0-9]+\\. .*(Rs\\.|females per|Average)"
reason = "figures that are no percentages"
[columns.indicator]
from = "Indicator"
pattern = '^([0-9]+)\.'
[columns.unit]
constant = "percent"
[columns.source]
constant = "NFHS-5 compendium"
[columns.note]
when = [ { matches = '^Based on', value = "small_sample" }, { matches = '^Percentage not shown', value = "suppressed" } ]
[reshape]
value = "value"
[[reshape.columns]]
column = "NFHS5"
set = { period = "2019/2021" }
fields = { note = "Flag_NFHS5" }
[[reshape.columns]]
column = "NFHS4"
set = { period = "2015/2016" }
fields = { note = "Flag_NFHS4" }
[[locate]]
by = "name"
layer = "district"
column = "district_name"
within = { layer = "state", column = "state_name" }
[pii]
"Indicator" = { allow = "titles of indicators" }
"state_file" = "drop"
"state_name" = { allow = "names of states" }
"district_name" = { allow = "names of districts" }
"Flag_NFHS5" = { allow = "fixed sentences" }
"Flag_NFHS4" = { allow = "fixed sentences" }
"#;
    let outcome = house.load(mapping, &[path]).unwrap();
    eprintln!("{}", outcome.report);
    assert_eq!(outcome.report.source_rows, 73_326);
    let noted = |note: &str| {
        outcome
            .rows
            .iter()
            .filter(|row| row.get("note").is_some_and(|found| found == note))
            .count()
    };
    assert!(noted("small_sample") > 5_000);
    assert!(noted("suppressed") > 4_000);
    assert!(
        outcome
            .rows
            .iter()
            .filter(|row| row.get("note").is_some_and(|note| note == "suppressed"))
            .all(|row| !row.contains_key("value"))
    );
}

#[test]
fn habitations_of_bihar_are_places_with_cells() {
    let Some(path) = shared("bihar/habitations.parquet") else {
        return;
    };
    let mapping = r#"
version = 1
table = "places"
[columns.name]
from = "HAB_NAME"
[columns.population]
from = "TOT_POPULA"
[[locate]]
by = "id"
layer = "habitation"
column = "HAB_ID"
create = true
[[locate]]
by = "coordinates"
latitude = "lat"
longitude = "lon"
area = [83.0, 24.0, 88.5, 27.7]
[pii]
"HAB_NAME" = { allow = "names of habitations" }
"#;
    let house = House::new();
    let outcome = house.load(mapping, &[path]).unwrap();
    eprintln!("{}", outcome.report);
    assert_eq!(outcome.report.read, 92_423, "{}", outcome.report);
    assert!(outcome.report.accepted > 90_000, "{}", outcome.report);
    assert!(outcome.rows.iter().all(|row| row.contains_key("h3")));
}
