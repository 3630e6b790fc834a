//! Filled workbooks, right and wrong.

use calamine::Data;
use safeground_handover::Language;
use safeground_handover::coverage::{self, Band};
use safeground_handover::results::{
    self, CAMPAIGNS_MAPPING, CellFault, Outcome, ReadParams, Reading, ResultsError, Warning,
};

use crate::exports::rows;
use crate::sample::{day, plan};
use crate::workbook::{Filled, Put};

fn english() -> Filled {
    Filled::of(&plan(), Language::english())
}

fn read(filled: &Filled) -> Reading {
    let params = ReadParams::default();
    results::read(&filled.bytes(), &plan(), Language::english(), &params).unwrap()
}

fn only_fault(filled: &Filled) -> CellFault {
    let reading = read(filled);
    assert_eq!(reading.faults.len(), 1, "{:?}", reading.faults);
    reading.faults[0].clone()
}

#[test]
fn an_unfilled_workbook_has_no_results_and_no_faults() {
    for language in Language::built_in() {
        let bytes = safeground_handover::export::xlsx(&plan(), language).unwrap();
        let params = ReadParams::default();
        let reading = results::read(&bytes, &plan(), language, &params).unwrap();
        assert_eq!(reading.faults, []);
        assert_eq!(reading.warnings, []);
        assert_eq!(reading.results.visits, []);
        assert_eq!(reading.empty_rows, 4);
    }
}

#[test]
fn what_was_filled_in_comes_back() {
    let mut filled = english();
    filled.done("Team 1", 0, 3, 28.0);
    filled.put("Team 1", 1, "outcome", Put::Text("Lost"));
    filled.put("Team 2", 0, "outcome", Put::Text("मना किया"));
    filled.put("Team 2", 0, "visited_on", Put::Text("4/12/2026"));
    let reading = read(&filled);
    assert_eq!(reading.faults, []);
    assert_eq!(reading.empty_rows, 1);
    let visits = &reading.results.visits;
    assert_eq!(visits.len(), 3);
    assert_eq!(visits[0].place_id, "village:248213");
    assert_eq!(visits[0].visited_on, Some(day(3)));
    assert_eq!(visits[0].households_reached, Some(28));
    assert_eq!((visits[0].pledges, visits[0].refusals), (Some(12), Some(1)));
    assert_eq!(visits[1].outcome, Outcome::Lost);
    assert_eq!(visits[1].pledges, None, "an empty cell is not zero");
    assert_eq!(visits[2].outcome, Outcome::Refused);
    assert_eq!(visits[2].visited_on, Some(day(4)));
}

#[test]
fn results_in_hindi_are_read_with_hindi_headings() {
    let mut filled = Filled::of(&plan(), Language::hindi());
    filled.put("Team 1", 0, "visited_on", Put::Date(5));
    filled.put("Team 1", 0, "outcome", Put::Text("पूरा हुआ"));
    filled.put("Team 1", 0, "households_reached", Put::Text("२८"));
    let reading = read(&filled);
    assert_eq!(reading.faults, []);
    assert_eq!(reading.results.visits[0].households_reached, Some(28));
}

#[test]
fn moved_columns_and_renamed_sheets_change_nothing() {
    let mut filled = english();
    filled.done("Team 1", 0, 3, 28.0);
    let expected = read(&filled).results;
    for row in filled.grid("Team 1") {
        row.reverse();
    }
    filled
        .grid("Team 1")
        .insert(0, vec![Data::String("a note above".to_owned())]);
    let position = filled
        .0
        .iter()
        .position(|(name, _)| name == "Team 1")
        .unwrap();
    filled.0[position].0 = "Copy of list".to_owned();
    let reading = read(&filled);
    assert_eq!(reading.faults, []);
    assert_eq!(reading.results, expected);
}

#[test]
fn each_fault_names_its_cell_and_the_good_rows_come_all_the_same() {
    let mut filled = english();
    filled.done("Team 1", 0, 3, 28.0);
    filled.done("Team 1", 1, 3, 20.5);
    filled.done("Team 2", 0, 30, 45.0);
    filled.put("Team 2", 0, "outcome", Put::Text("maybe"));
    let reading = read(&filled);
    assert_eq!(reading.results.visits.len(), 1);
    let cells: Vec<(&str, &str, &str)> = reading
        .faults
        .iter()
        .map(|fault| {
            assert!(!fault.expected.is_empty() && !fault.remedy.is_empty());
            (
                fault.sheet.as_str(),
                fault.cell.as_str(),
                fault.value.as_str(),
            )
        })
        .collect();
    assert_eq!(
        cells,
        [
            ("Team 1", "O7", "20.5"),
            ("Team 2", "N6", "maybe"),
            ("Team 2", "M6", "2026-12-30"),
        ]
    );
    assert!(reading.accepted().is_err());
}

#[test]
fn a_visit_done_needs_its_day_and_its_households() {
    let mut filled = english();
    filled.put("Team 1", 0, "outcome", Put::Text("done"));
    let faults = read(&filled).faults;
    let cells: Vec<&str> = faults.iter().map(|fault| fault.cell.as_str()).collect();
    assert_eq!(cells, ["M6", "O6"]);
    let mut filled = english();
    filled.put("Team 1", 0, "pledges", Put::Number(3.0));
    assert_eq!(only_fault(&filled).cell, "N6");
}

#[test]
fn a_visit_not_done_reaches_nobody() {
    let mut filled = english();
    filled.done("Team 1", 0, 3, 4.0);
    filled.put("Team 1", 0, "outcome", Put::Text("refused"));
    assert_eq!(only_fault(&filled).cell, "O6");
    filled.put("Team 1", 0, "households_reached", Put::Number(0.0));
    assert_eq!(read(&filled).faults, []);
}

#[test]
fn a_row_copied_twice_is_taken_once() {
    let mut filled = english();
    filled.done("Team 1", 0, 3, 28.0);
    let copy = filled.grid("Team 1")[5].clone();
    filled.grid("Team 1").push(copy);
    let fault = only_fault(&filled);
    assert_eq!(
        (fault.cell.as_str(), fault.value.as_str()),
        ("B9", "team-1~2026-12-03~1")
    );
    assert!(fault.expected.contains("Team 1!B6"));
    assert_eq!(read(&filled).results.visits.len(), 1);
}

#[test]
fn rows_of_another_plan_and_of_no_visit_are_refused() {
    let mut filled = english();
    filled.done("Team 1", 0, 3, 28.0);
    filled.put("Team 1", 0, "plan_id", Put::Text("plan-of-others"));
    assert_eq!(only_fault(&filled).cell, "A6");
    let mut filled = english();
    filled.done("Team 1", 0, 3, 28.0);
    filled.put("Team 1", 0, "visit_id", Put::Nothing);
    assert_eq!(only_fault(&filled).cell, "B6");
    let mut filled = english();
    filled.done("Team 1", 0, 3, 28.0);
    filled.put("Team 1", 0, "place_id", Put::Text("village:248214"));
    let fault = only_fault(&filled);
    assert_eq!(fault.cell, "C6");
    assert!(fault.expected.contains("village:248213"));
}

#[test]
fn a_column_that_is_gone_is_named() {
    let mut filled = english();
    filled.done("Team 1", 0, 3, 28.0);
    let column = filled.column("Team 1", "pledges");
    for row in filled.grid("Team 1") {
        if row.len() > column {
            row.remove(column);
        }
    }
    let fault = only_fault(&filled);
    assert_eq!(fault.cell, "B4");
    assert!(fault.expected.contains("pledges"));
}

#[test]
fn more_households_than_there_are_warn_up_to_the_factor() {
    // The second village has 50 to 99 households.
    let mut filled = english();
    filled.done("Team 1", 1, 3, 99.0);
    assert_eq!(read(&filled).warnings, []);
    filled.done("Team 1", 1, 3, 148.0);
    let reading = read(&filled);
    assert_eq!(reading.faults, []);
    assert_eq!(
        reading.warnings,
        [Warning::MoreThanHouseholds {
            sheet: "Team 1".to_owned(),
            cell: "O7".to_owned(),
            reached: 148,
            households: 99,
        }]
    );
    filled.done("Team 1", 1, 3, 149.0);
    assert_eq!(only_fault(&filled).cell, "O7");
    assert!(matches!(
        ReadParams::new(0.9),
        Err(ResultsError::Parameter { .. })
    ));
}

#[test]
fn remarks_are_pointed_at_and_not_repeated() {
    let mut filled = english();
    filled.done("Team 1", 0, 3, 28.0);
    filled.grid("Team 1")[5].push(Data::String("Sunita, 14, third house".to_owned()));
    let reading = read(&filled);
    assert_eq!(reading.faults, []);
    assert_eq!(
        reading.warnings,
        [Warning::ForeignText {
            sheet: "Team 1".to_owned(),
            cell: "R6".to_owned(),
            characters: 23,
        }]
    );
    assert!(!format!("{reading:?}").contains("Sunita"));
}

#[test]
fn what_is_no_workbook_of_a_plan_is_refused_as_a_whole() {
    let params = ReadParams::default();
    let read = |bytes: &[u8]| results::read(bytes, &plan(), Language::english(), &params);
    assert!(matches!(
        read(b"date,place"),
        Err(ResultsError::NoWorkbook { .. })
    ));
    assert!(matches!(read(&[]), Err(ResultsError::NoWorkbook { .. })));
    let mut other = rust_xlsxwriter::Workbook::new();
    other.add_worksheet().write_string(0, 0, "visit").unwrap();
    let other = other.save_to_buffer().unwrap();
    assert!(matches!(read(&other), Err(ResultsError::NoWalkList { .. })));
    let whole = safeground_handover::export::xlsx(&plan(), Language::english()).unwrap();
    for length in [whole.len() / 4, whole.len() / 2, whole.len() - 1] {
        assert!(read(&whole[..length]).is_err());
    }
}

#[test]
fn a_cell_in_the_far_corner_costs_nothing_and_a_bomb_is_refused() {
    let mut far = rust_xlsxwriter::Workbook::new();
    let sheet = far.add_worksheet();
    sheet.write_string(0, 0, "visit_id").unwrap();
    sheet.write_string(0, 1, "plan_id").unwrap();
    sheet.write_string(1_048_575, 16_383, "x").unwrap();
    let bytes = far.save_to_buffer().unwrap();
    let params = ReadParams::default();
    results::read(&bytes, &plan(), Language::english(), &params).unwrap();

    use std::io::Write as _;
    let mut bomb = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    bomb.start_file("xl/workbook.xml", zip::write::SimpleFileOptions::default())
        .unwrap();
    for _ in 0..60 {
        bomb.write_all(&vec![b' '; 1_000_000]).unwrap();
    }
    let bomb = bomb.finish().unwrap().into_inner();
    assert!(bomb.len() < 1_000_000);
    let refused = results::read(&bomb, &plan(), Language::english(), &params);
    assert!(matches!(refused, Err(ResultsError::TooLarge { .. })));
}

#[test]
fn results_become_rows_of_the_lakes_campaigns() {
    let mut filled = english();
    filled.done("Team 1", 0, 3, 28.0);
    filled.put("Team 1", 0, "pledges", Put::Nothing);
    filled.put("Team 1", 1, "outcome", Put::Text("lost"));
    let results = read(&filled).accepted().unwrap();
    let (heading, rows) = rows(&results.campaigns_csv(Some("=partner")).unwrap());
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["place_id"], "village:248213");
    assert_eq!(rows[0]["date"], "2026-12-03");
    assert_eq!(rows[0]["households_reached"], "28");
    assert_eq!(rows[0]["pledges"], "");
    assert_eq!(rows[0]["partner"], "'=partner");

    // The mapping fills fields that the table has from columns that there are.
    let mapping: toml::Table = CAMPAIGNS_MAPPING.parse().unwrap();
    let schema = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../data-schema/tables/campaigns.schema.json"
    );
    let schema: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(schema).unwrap()).unwrap();
    let columns = mapping["columns"].as_table().unwrap();
    for (field, how) in columns {
        assert!(schema["properties"].get(field).is_some(), "{field}");
        let from = how["from"].as_str().unwrap();
        assert!(heading.iter().any(|key| key == from), "{from}");
    }
    for needed in schema["required"].as_array().unwrap() {
        let needed = needed.as_str().unwrap();
        assert!(
            needed == "place_id" || columns.contains_key(needed),
            "{needed}"
        );
    }
    for decided in mapping["pii"].as_table().unwrap().keys() {
        assert!(heading.contains(decided), "{decided}");
    }
}

#[test]
fn coverage_is_of_all_households_and_not_of_those_visited() {
    let mut filled = english();
    // All 30 of 30 planned households, of 520 that live there.
    filled.done("Team 1", 0, 3, 30.0);
    filled.done("Team 1", 1, 3, 60.0);
    filled.put("Team 2", 0, "outcome", Put::Text("refused"));
    filled.done("Team 1", 2, 4, 125.0);
    let reading = read(&filled);
    let coverage = coverage::of_villages(&plan(), &reading.results);
    let found: Vec<(Option<u64>, Band)> = coverage
        .iter()
        .map(|village| (village.households_reached, village.band))
        .collect();
    assert_eq!(
        found,
        [
            (Some(155), Band::Quarter),
            (Some(60), Band::Half),
            (None, Band::NotVisited),
            (None, Band::NotVisited),
        ]
    );
    assert_eq!(coverage[0].visits_done, 2);
    let share = coverage[0].share.unwrap();
    assert!((share - 155.0 / 520.0).abs() < 1e-12);
    let map = coverage::geojson(&plan(), &reading.results, Language::hindi()).unwrap();
    let map: serde_json::Value = serde_json::from_slice(&map).unwrap();
    let properties = &map["features"][2]["properties"];
    assert_eq!(properties["band"], "not_visited");
    assert_eq!(properties["label"], "दौरा नहीं हुआ");
    assert_eq!(properties["households_reached"], serde_json::Value::Null);
}

#[test]
fn no_damage_to_a_workbook_makes_the_reader_panic() {
    use std::io::Write as _;
    let parts = crate::exports::unpack(&english().bytes());
    let names: Vec<&String> = parts.keys().collect();
    let params = ReadParams::default();
    let mut state: u32 = 20_261_126;
    let mut next = |below: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as usize % below
    };
    for _ in 0..150 {
        let damaged = names[next(names.len())];
        let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for (name, content) in &parts {
            let mut content = content.clone();
            if name == damaged {
                for _ in 0..=next(3) {
                    let at = next(content.len());
                    match next(3) {
                        0 => content[at] = b"<>\"=&/09A-"[next(10)],
                        1 => content.truncate(at + 1),
                        _ => {
                            let copy = content[at..(at + 20).min(content.len())].to_vec();
                            content.splice(at..at, copy);
                        }
                    }
                }
            }
            let options = zip::write::SimpleFileOptions::default();
            zip.start_file(name.as_str(), options).unwrap();
            zip.write_all(&content).unwrap();
        }
        let bytes = zip.finish().unwrap().into_inner();
        // Refused, or read with faults or without: whatever is said is said
        // in words.
        match results::read(&bytes, &plan(), Language::english(), &params) {
            Ok(reading) => assert!(reading.results.visits.len() <= 4),
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
}
