//! The workbook: summary, villages by team and day, a printable walk list for
//! each team, scores, left out, what cannot be planned, budgets, dictionary.
//!
//! Every text is written as a string, never as a formula. A cell without a
//! number is empty and has its status in the next column.

mod sheets;
mod style;
pub(crate) mod walk_list;

use std::collections::BTreeSet;

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook, XlsxError};

use super::{ExportError, checked};
use crate::document::PlanDocument;
use crate::language::Language;
use crate::table;
use style::Styles;

/// Most teams, which have a sheet each.
const MOST_TEAMS: usize = 500;

/// The workbook of a plan.
///
/// # Errors
/// [`ExportError::Document`] for a document with faults;
/// [`ExportError::TooMany`] for more than 500 teams; [`ExportError::Write`]
/// for more rows or longer texts than a sheet holds.
pub fn xlsx(document: &PlanDocument, language: &Language) -> Result<Vec<u8>, ExportError> {
    checked(document)?;
    let teams = document.asked.teams.len();
    if teams > MOST_TEAMS {
        return Err(ExportError::TooMany {
            what: "teams",
            found: teams,
            most: MOST_TEAMS,
            format: "a workbook",
        });
    }
    let failed = ExportError::write("XLSX");
    workbook(document, language).map_err(|error| failed(&error))
}

fn workbook(document: &PlanDocument, language: &Language) -> Result<Vec<u8>, XlsxError> {
    let styles = Styles::new(language);
    let mut names = SheetNames::default();
    let mut workbook = Workbook::new();
    workbook.set_properties(&properties(document)?);
    sheets::summary(
        workbook.add_worksheet(),
        document,
        language,
        &styles,
        &mut names,
    )?;
    let plan = table::plan(document, language);
    sheets::table(
        workbook.add_worksheet(),
        &plan,
        document,
        language,
        &styles,
        &mut names,
    )?;
    for team in &document.asked.teams {
        let has_days = document.routes.iter().any(|route| route.team_id == team.id);
        if has_days {
            let sheet = workbook.add_worksheet();
            walk_list::write(sheet, team, document, language, &styles, &mut names)?;
        }
    }
    let tables = [
        table::scores(document, language),
        table::left_out(document, language),
        table::unplannable(document, language),
        table::curve(document, language),
    ];
    for table in &tables {
        let sheet = workbook.add_worksheet();
        sheets::table(sheet, table, document, language, &styles, &mut names)?;
    }
    let [scores, left_out, unplannable, curve] = &tables;
    let all = [&plan, scores, left_out, unplannable, curve];
    sheets::dictionary(
        workbook.add_worksheet(),
        &all,
        document,
        language,
        &styles,
        &mut names,
    )?;
    workbook.save_to_buffer()
}

/// Title and day of the document; without them the writer would take the clock.
fn properties(document: &PlanDocument) -> Result<DocProperties, XlsxError> {
    use chrono::Datelike as _;
    let made = document.made_on;
    let year = u16::try_from(made.year().clamp(1900, 9999)).unwrap_or(1900);
    let (month, day) = (made.month() as u8, made.day() as u8);
    Ok(DocProperties::new()
        .set_title(&document.title)
        .set_subject(format!("{} · {}", document.plan_id, document.release_id))
        .set_author("Safeground")
        .set_creation_datetime(&ExcelDateTime::from_ymd(year, month, day)?))
}

/// Names of sheets that a workbook allows, each once.
#[derive(Default)]
pub(crate) struct SheetNames(BTreeSet<String>);

impl SheetNames {
    /// At most 31 characters (UTF-16 units), none of `[]:*?/\`, no apostrophe
    /// at either end; a number is added where two would be alike.
    fn take(&mut self, wanted: &str) -> String {
        let plain: String = crate::safe_text::plain(wanted)
            .chars()
            .map(|c| if "[]:*?/\\'".contains(c) { ' ' } else { c })
            .collect();
        let plain = match plain.trim() {
            "" => "Team",
            plain => plain,
        };
        let shortened = |most: usize| {
            let mut units = 0;
            let fits = |c: &char| {
                units += c.len_utf16();
                units <= most
            };
            let short: String = plain.chars().take_while(fits).collect();
            short.trim().to_owned()
        };
        let mut name = shortened(31);
        let mut number = 2;
        // Excel keeps one sheet of this name for itself.
        while name.to_lowercase() == "history" || self.0.contains(&name.to_lowercase()) {
            name = format!("{} ({number})", shortened(24));
            number += 1;
        }
        self.0.insert(name.to_lowercase());
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sheet_names_are_allowed_and_differ() {
        let mut names = SheetNames::default();
        let long = "टीम ".repeat(20);
        for wanted in [
            "Team 1", "team 1", "a/b:c", "'x'", "", "", "History", &long, &long,
        ] {
            let name = names.take(wanted);
            assert!(name.encode_utf16().count() <= 31, "{name}");
            assert!(!name.is_empty() && !name.contains(['/', ':', '\'']));
        }
        assert_eq!(names.0.len(), 9);
    }
}
