//! Every code of the loader, reached.

use std::collections::BTreeSet;

use safeground_schema::{ErrorCode, Table};

use super::harness::{House, place};

const PLACES: &str = r#"
version = 1
table = "places"
[columns.name]
from = "name"
[columns.population]
from = "people"
[columns.children_0_6]
from = "small"
[columns.latitude]
from = "lat"
[columns.longitude]
from = "lng"
[[locate]]
by = "lgd"
layer = "village"
column = "code"
create = true
[[locate]]
field = "parent_id"
by = "lgd"
layer = "block"
column = "block"
[[exclude]]
column = "name"
matches = "(?i)^total"
reason = "sums"
[pii]
"name" = { allow = "names of villages" }
"#;

const INDICATORS: &str = r#"
version = 1
table = "indicators"
[source]
missing = ["NA"]
[columns.indicator]
from = "indicator"
codes = { "Child marriage" = "child_marriage" }
[columns.period]
from = "period"
[columns.value]
from = "value"
pattern = '^([^%]+)%?$'
[columns.unit]
from = "unit"
[columns.sample_size]
from = "n"
[[locate]]
by = "name"
layer = "district"
column = "district"
within = { layer = "state", column = "state" }
"#;

const RESCUES: &str = r#"
version = 1
table = "rescues"
[source]
date_order = "dmy"
[columns.date]
from = "date"
[columns.children]
from = "children"
[[locate]]
by = "coordinates"
latitude = "lat"
longitude = "lng"
area = [68.0, 6.0, 98.0, 38.0]
[[locate]]
by = "h3"
column = "cell"
[pii]
"cell" = { allow = "cells of resolution 8, finer ones are rejected" }
"#;

const CHANGES: &str = r#"
version = 1
table = "place_changes"
[columns.weight]
from = "weight"
[[locate]]
field = "from_place"
by = "id"
column = "from"
[[locate]]
field = "to_place"
by = "id"
column = "to"
"#;

/// Codes that the places of a village list reach.
fn village_codes() -> Vec<(String, String)> {
    let house = House::with_places(&[("block:5", "Block")]);
    let text = "\
code,name,people,small,lat,lng,block
1,a,\"1,234\",10,25.5,85.5,5
2,b,ten,1,,,5
3,c,12.5,1,,,5
4,d,-5,1,,,5
5,e,5,1,95,85.5,5
6,f,5,1,25.5,,5
7,g,5,6,,,5
8,h,5,1,,,77
9 9,i,5,1,,,5
10,TOTAL,5000,100,,,5
1,a,\"1,234\",10,25.5,85.5,5
1,a,999,10,25.5,85.5,5
11,j,5,1,,,5,surplus
12,k,5
,l,5,1,,,5
";
    codes(house.csv(PLACES, text))
}

fn codes(outcome: super::harness::Outcome) -> Vec<(String, String)> {
    outcome
        .quarantine
        .iter()
        .map(|row| {
            (
                row["code"].clone(),
                row.get("column").cloned().unwrap_or_default(),
            )
        })
        .collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected
        .iter()
        .map(|(code, column)| ((*code).to_owned(), (*column).to_owned()))
        .collect()
}

#[test]
fn a_village_list_reaches_the_codes_of_places() {
    let found = village_codes();
    let expected = pairs(&[
        ("not_a_number", "people"),
        ("not_an_integer", "people"),
        ("negative_number", "people"),
        ("coordinate_invalid", "lat"),
        ("coordinate_invalid", "latitude, longitude"),
        ("inconsistent", "children_0_6, population"),
        ("parent_unmatched", "block"),
        ("place_code_invalid", "code"),
        ("excluded_row", "name"),
        ("duplicate_row", ""),
        ("ragged_row", ""),
        ("ragged_row", ""),
        ("value_missing", "code"),
        ("duplicate_key", "place_id"),
    ]);
    assert_eq!(found, expected);
}

fn indicator_codes() -> Vec<(String, String)> {
    let mut house = House::with_places(&[("state:1", "Northland")]);
    for (id, name) in [
        ("district:1", "East Park"),
        ("district:2", "East Park"),
        ("district:3", "Zzyzx"),
    ] {
        let mut entry = place(id, name);
        entry.parent_id = Some("state:1".parse().unwrap());
        house.places.push(entry);
    }
    let text = "\
indicator,period,value,unit,n,district,state
Child marriage,2019/2021,23.3%,percent,100,Zzyzx,Northland
Child marriage,2019-21,23.3,percent,100,Zzyzx,Northland
Child marriage,2020,123.3,percent,100,Zzyzx,Northland
Child marriage,2021,-1,cases,100,Zzyzx,Northland
Child marriage,2021,%,percent,100,Zzyzx,Northland
Dowry,2021,1,cases,100,Zzyzx,Northland
Child marriage,2022,NA,cases,100,Zzyzx,Northland
Child marriage,2022,1,cases,100,EAST-PARK,Northland
Child marriage,2022,1,cases,100,Elsewhere,Northland
Child marriage,2022,1,cases,100,Zzyzx,Southland
Child marriage,2022,1,,100,Zzyzx,Northland
Child marriage,2019/2021,24,percent,100,Zzyzx,Northland
";
    codes(house.csv(INDICATORS, text))
}

#[test]
fn a_survey_reaches_the_codes_of_indicators() {
    assert_eq!(
        indicator_codes(),
        pairs(&[
            ("not_a_period", "period"),
            ("share_out_of_range", "value"),
            ("negative_number", "value"),
            ("pattern_unmatched", "value"),
            ("unknown_code", "indicator"),
            ("place_ambiguous", "district, state"),
            ("place_unmatched", "district, state"),
            ("parent_unmatched", "district, state"),
            ("value_missing", "unit"),
            ("duplicate_key", "place_id, indicator, period, source"),
        ])
    );
}

fn rescue_codes() -> Vec<(String, String)> {
    let text = "\
date,children,lat,lng,cell
31/01/2024,3,25.50,85.50,
31/01/2024,2,,,8860145b47fffff
31/02/2024,3,25.50,85.50,
01/07/2025,3,25.50,85.50,
31/12/1899,3,25.50,85.50,
31/01/2024,3,85.50,25.50,
31/01/2024,3,north,85.50,
31/01/2024,3,,,not a cell
31/01/2024,3,,,8960145b47bffff
31/01/2024,3,,,
";
    codes(House::new().csv(RESCUES, text))
}

#[test]
fn rescues_reach_the_codes_of_dates_and_cells() {
    assert_eq!(
        rescue_codes(),
        pairs(&[
            ("not_a_date", "date"),
            ("date_out_of_range", "date"),
            ("date_out_of_range", "date"),
            ("coordinate_outside_area", "lat, lng"),
            ("coordinate_invalid", "lat, lng"),
            ("h3_invalid", "cell"),
            ("h3_invalid", "cell"),
            ("value_missing", "lat, lng"),
        ])
    );
}

fn change_codes() -> Vec<(String, String)> {
    let house = House::with_places(&[("district@2011:1", "Old"), ("district:1", "New")]);
    let text = "\
from,to,weight
district@2011:1,district:1,0.5
district@2011:1,district:1,1.5
district@2011:2,district:1,0.5
1,district:1,0.5
";
    codes(house.csv(CHANGES, text))
}

#[test]
fn crosswalks_reach_the_codes_of_shares() {
    assert_eq!(
        change_codes(),
        pairs(&[
            ("share_out_of_range", "weight"),
            ("place_unmatched", "from"),
            ("place_unmatched", "from"),
        ])
    );
}

#[test]
fn every_code_is_reached_by_these_tests() {
    let mut reached: BTreeSet<String> = [
        village_codes(),
        indicator_codes(),
        rescue_codes(),
        change_codes(),
    ]
    .into_iter()
    .flatten()
    .map(|(code, _)| code)
    .collect();
    // Reached by the tests of the formats.
    reached.extend(["unencodable", "geometry_invalid", "lines_swallowed"].map(str::to_owned));
    for code in ErrorCode::ALL {
        assert!(reached.contains(code.as_str()), "{code}");
    }
    assert_eq!(Table::ALL.len(), 13, "a new table needs its rules checked");
}

#[test]
fn a_coordinate_becomes_its_cell_and_is_not_stored() {
    let text =
        "date,children,lat,lng,cell\n31/01/2024,3,25.513,85.517,\n31/01/2024,3,,,8860145B47FFFFF\n";
    let outcome = House::new().csv(RESCUES, text);
    let cells: Vec<i64> = outcome
        .rows
        .iter()
        .map(|row| row["h3"].parse().unwrap())
        .collect();
    assert_eq!(format!("{:x}", cells[1]), "8860145b47fffff");
    for row in &outcome.rows {
        assert!(row.values().all(|value| !value.contains("25.5")));
    }
    assert_eq!(outcome.report.columns.coarsened, ["lat", "lng"]);

    let coarser = RESCUES.replacen("area =", "resolution = 5\narea =", 1);
    let outcome = House::new().csv(&coarser, text);
    let cell: i64 = outcome.rows[0]["h3"].parse().unwrap();
    assert!(format!("{cell:x}").starts_with("85"));
}
