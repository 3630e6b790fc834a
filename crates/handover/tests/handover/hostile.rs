//! Names that would act, through every export.

use std::io::Cursor;

use calamine::{Data, Reader as _, Xlsx};
use safeground_handover::Language;
use safeground_handover::export::{self, Export};

use crate::exports::{rows, unpack};
use crate::sample::{HOSTILE, hostile};

/// What a spreadsheet might take for a formula.
fn would_run(cell: &str) -> bool {
    let number = cell.parse::<f64>().is_ok();
    let begin = cell.trim_start_matches(|c: char| c.is_whitespace() || c.is_control());
    !number && begin.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
}

#[test]
fn no_cell_of_a_csv_file_begins_like_a_formula() {
    for name in HOSTILE {
        let plan = hostile(name);
        for export in [
            Export::Csv,
            Export::ScoresCsv,
            Export::LeftOutCsv,
            Export::UnplannableCsv,
            Export::CurveCsv,
            Export::OdkEntities,
        ] {
            let (heading, rows) = rows(&export.write(&plan, Language::hindi()).unwrap());
            for row in &rows {
                assert_eq!(row.len(), heading.len());
                for cell in row.values() {
                    assert!(!would_run(cell), "{cell:?} in {export:?}");
                    assert!(!cell.contains(char::is_control), "{cell:?} in {export:?}");
                }
            }
        }
    }
}

#[test]
fn a_workbook_has_no_formula_and_the_names_as_they_are() {
    for name in HOSTILE {
        let bytes = export::xlsx(&hostile(name), Language::english()).unwrap();
        for (part, content) in unpack(&bytes) {
            let text = String::from_utf8(content).unwrap();
            let formula = text.contains("<f>") || text.contains("<f ");
            assert!(!formula, "{part} with {name:?}");
            assert!(!text.contains("<hyperlink"), "{part} with {name:?}");
        }
        let mut workbook: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(bytes)).unwrap();
        let plan = workbook.worksheet_range("Plan").unwrap();
        let keys: Vec<String> = plan
            .rows()
            .next()
            .unwrap()
            .iter()
            .map(Data::to_string)
            .collect();
        let column = keys.iter().position(|key| key == "name").unwrap();
        let found = plan.rows().nth(2).unwrap()[column].to_string();
        let plain: String = name
            .chars()
            .filter(|c| *c != '\u{202e}')
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();
        assert_eq!(found, plain);
    }
}

#[test]
fn a_page_has_no_tag_that_we_did_not_write() {
    let tags = |page: &str| -> std::collections::BTreeSet<String> {
        page.split('<')
            .skip(1)
            .map(|part| {
                let end = part.find(|c: char| !c.is_alphanumeric() && c != '/' && c != '!');
                part[..end.unwrap_or(part.len())].to_owned()
            })
            .collect()
    };
    let ours = export::html(&crate::sample::plan(), Language::english()).unwrap();
    let ours = tags(&String::from_utf8(ours).unwrap());
    for name in HOSTILE {
        let page = export::html(&hostile(name), Language::english()).unwrap();
        let page = String::from_utf8(page).unwrap();
        assert_eq!(tags(&page), ours, "{name:?}");
        assert!(!page.contains("onerror=alert(1)>"));
        assert!(!page.contains('\u{0}') && !page.contains('\u{202e}'));
    }
}

#[test]
fn what_is_filled_in_is_not_filled_again() {
    let page = export::html(&hostile("{team} {date}"), Language::english()).unwrap();
    let page = String::from_utf8(page).unwrap();
    assert!(page.contains("Walk list {team} {date}"));
}

#[test]
fn identifiers_that_could_leave_their_folder_are_refused() {
    for id in ["../x", "a/b", "a\\b", "", ".hidden", "-rf", "a b", "é"] {
        let mut plan = crate::sample::plan();
        plan.asked.teams[0].id = id.to_owned();
        assert!(
            export::bundle(&plan, Language::english()).is_err(),
            "{id:?}"
        );
    }
}
