//! The walk list of a team: where to go, and blank cells for what happened.
//!
//! The results are read back by the keys in the hidden row, so that columns may
//! be moved and headings translated. There is no column for remarks or names,
//! and none for scores: lists get lost.

use rust_xlsxwriter::{
    DataValidation, DataValidationErrorStyle, DataValidationRule, ExcelDateTime, Worksheet,
    XlsxError,
};

use super::SheetNames;
use super::sheets::{date, page};
use super::style::Styles;
use crate::document::{PlanDocument, Route, TeamAsked, Visit};
use crate::export::odk::visit_id;
use crate::language::Language;
use crate::language::dates::time;
use crate::safe_text::plain;

/// Key of the plan's identifier in each row.
pub(crate) const PLAN_ID: &str = "plan_id";
/// Key of the visit's identifier.
pub(crate) const VISIT_ID: &str = "visit_id";
/// Key of the village's identifier.
pub(crate) const PLACE_ID: &str = "place_id";
/// Keys of the columns that are filled in.
pub(crate) const RESULT_KEYS: [&str; 5] = [
    "visited_on",
    "outcome",
    "households_reached",
    "pledges",
    "refusals",
];
/// Largest number that a cell for results takes.
pub(crate) const MOST_COUNTED: u32 = 1_000_000;

/// Keys of the columns in order, with their widths; the first three are hidden.
const COLUMNS: [(&str, f64); 17] = [
    (PLAN_ID, 8.0),
    (VISIT_ID, 8.0),
    (PLACE_ID, 8.0),
    ("date", 11.0),
    ("order", 5.0),
    ("arrival", 7.0),
    ("leave", 7.0),
    ("name", 22.0),
    ("block", 16.0),
    ("lgd_code", 10.0),
    ("households_planned", 11.0),
    ("km", 7.0),
    ("visited_on", 12.0),
    ("outcome", 14.0),
    ("households_reached", 11.0),
    ("pledges", 9.0),
    ("refusals", 11.0),
];
const HIDDEN: u16 = 3;
const FIRST_RESULT: u16 = 12;
const KEY_ROW: u32 = 3;
const HEADING_ROW: u32 = 4;

/// Keys of all columns of a walk list.
pub(crate) fn keys() -> impl Iterator<Item = &'static str> {
    COLUMNS.iter().map(|(key, _)| *key)
}

pub(super) fn write(
    sheet: &mut Worksheet,
    team: &TeamAsked,
    document: &PlanDocument,
    language: &Language,
    styles: &Styles,
    names: &mut SheetNames,
) -> Result<(), XlsxError> {
    sheet.set_name(names.take(&team.label))?;
    let title = language.fill("list.title", &[("team", &team.label)]);
    sheet.write_string_with_format(0, HIDDEN, plain(&title), &styles.title)?;
    let footer = crate::words::footer(document, language);
    sheet.write_string_with_format(1, HIDDEN, plain(&footer), &styles.note)?;
    let fill = language.word("list.fill");
    sheet.write_string_with_format(2, HIDDEN, fill, &styles.note)?;
    for (number, (key, width)) in (0u16..).zip(COLUMNS) {
        sheet.write_string_with_format(KEY_ROW, number, key, &styles.key)?;
        let heading = language.of("column", key);
        sheet.write_string_with_format(HEADING_ROW, number, heading, &styles.heading)?;
        sheet.set_column_width(number, width)?;
        if number < HIDDEN {
            sheet.set_column_hidden(number)?;
        }
    }
    sheet.set_row_hidden(KEY_ROW)?;
    let mut row = HEADING_ROW;
    for route in document.routes.iter().filter(|r| r.team_id == team.id) {
        for (order, visit) in (1..).zip(&route.visits) {
            row += 1;
            visit_row(sheet, row, (route, order, visit), document, styles)?;
        }
    }
    if row > HEADING_ROW {
        validations(sheet, HEADING_ROW + 1, row, document, language)?;
    }
    sheet.set_freeze_panes(HEADING_ROW + 1, 0)?;
    page(sheet, document, language)?;
    sheet.set_repeat_rows(HEADING_ROW, HEADING_ROW)?;
    sheet.set_print_area(0, HIDDEN, row, COLUMNS.len() as u16 - 1)?;
    Ok(())
}

fn visit_row(
    sheet: &mut Worksheet,
    row: u32,
    (route, order, visit): (&Route, usize, &Visit),
    document: &PlanDocument,
    styles: &Styles,
) -> Result<(), XlsxError> {
    use crate::table::Kind;
    let village = document.village(&visit.place_id);
    sheet.set_row_height(row, 24)?;
    let texts = [
        (0, document.plan_id.clone()),
        (1, visit_id(&route.team_id, route.date, order)),
        (2, visit.place_id.clone()),
        (5, time(visit.arrival_minute)),
        (6, time(visit.leave_minute)),
        (7, village.map_or(String::new(), |v| plain(&v.name))),
        (8, village.map_or(String::new(), |v| plain(&v.block))),
        (
            9,
            plain(village.and_then(|v| v.lgd_code.as_deref()).unwrap_or("–")),
        ),
    ];
    for (column, text) in texts {
        sheet.write_string_with_format(row, column, text, &styles.wrapped)?;
    }
    date(sheet, row, 3, route.date, &styles.of(Kind::Date))?;
    let whole = styles.of(Kind::Whole);
    sheet.write_number_with_format(row, 4, order as f64, &whole)?;
    sheet.write_number_with_format(row, 10, visit.households, &whole)?;
    let km = styles.of(Kind::Number(1));
    sheet.write_number_with_format(row, 11, visit.km, &km)?;
    for column in FIRST_RESULT..COLUMNS.len() as u16 {
        let format = if column == FIRST_RESULT {
            &styles.blank_date
        } else {
            &styles.blank
        };
        sheet.write_blank(row, column, format)?;
    }
    Ok(())
}

/// What a spreadsheet lets into the blank cells.
fn validations(
    sheet: &mut Worksheet,
    first: u32,
    last: u32,
    document: &PlanDocument,
    language: &Language,
) -> Result<(), XlsxError> {
    use chrono::Datelike as _;
    let asked = &document.asked;
    let serial = |date: chrono::NaiveDate| {
        let year = u16::try_from(date.year().clamp(1900, 9999)).unwrap_or(1900);
        ExcelDateTime::from_ymd(year, date.month() as u8, date.day() as u8)
    };
    let days = [asked.from, asked.until].map(|day| day.to_string());
    let message = language.fill(
        "list.validation_date",
        &[("from", &days[0]), ("until", &days[1])],
    );
    let rule = DataValidationRule::Between(serial(asked.from)?, serial(asked.until)?);
    let visited = stop(DataValidation::new().allow_date(rule), &message)?;
    sheet.add_data_validation(first, FIRST_RESULT, last, FIRST_RESULT, &visited)?;

    let words = ["done", "lost", "refused"].map(|key| language.of("outcome", key));
    let message = language.word("list.validation_outcome");
    let outcome = stop(DataValidation::new().allow_list_strings(&words)?, message)?;
    sheet.add_data_validation(first, FIRST_RESULT + 1, last, FIRST_RESULT + 1, &outcome)?;

    let rule = DataValidationRule::Between(0, MOST_COUNTED as i32);
    let message = language.word("list.validation_number");
    let number = stop(DataValidation::new().allow_whole_number(rule), message)?;
    let last_column = COLUMNS.len() as u16 - 1;
    sheet.add_data_validation(first, FIRST_RESULT + 2, last, last_column, &number)?;
    Ok(())
}

/// Refuses other input, with a message of at most the 255 characters that a
/// workbook allows.
fn stop(validation: DataValidation, message: &str) -> Result<DataValidation, XlsxError> {
    let message: String = message.chars().take(120).collect();
    validation
        .set_error_style(DataValidationErrorStyle::Stop)
        .set_error_message(message)
}
