//! Summary, tables and dictionary.

use chrono::Datelike as _;
use rust_xlsxwriter::{ExcelDateTime, Format, Worksheet, XlsxError};

use super::SheetNames;
use super::style::Styles;
use crate::document::{PlanDocument, Status};
use crate::language::Language;
use crate::safe_text::plain;
use crate::summary_lines;
use crate::table::{Cell, Kind, Table};
use crate::words;

/// A4, by its number in the file format.
const A4: u8 = 9;
/// Width of a column of sentences.
const WIDE: f64 = 60.0;

/// Paper, footer and titles that every printed sheet has.
pub(super) fn page(
    sheet: &mut Worksheet,
    document: &PlanDocument,
    language: &Language,
) -> Result<(), XlsxError> {
    sheet
        .set_paper_size(A4)
        .set_landscape()
        .set_print_fit_to_pages(1, 0)
        .set_margins(0.4, 0.4, 0.5, 0.6, 0.2, 0.3);
    // An ampersand would begin a code of the footer.
    let footer = words::footer(document, language).replace('&', "&&");
    let footer: String = footer.chars().take(200).collect();
    sheet.set_footer(format!("&L&8 {footer}&R&8 &P / &N"));
    Ok(())
}

/// A date as the serial number of a sheet; text where the year is beyond it.
pub(super) fn date(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    date: chrono::NaiveDate,
    format: &Format,
) -> Result<(), XlsxError> {
    match u16::try_from(date.year()) {
        Ok(year @ 1900..=9999) => {
            let serial = ExcelDateTime::from_ymd(year, date.month() as u8, date.day() as u8)?;
            sheet.write_datetime_with_format(row, column, &serial, format)?;
        }
        _ => {
            sheet.write_string_with_format(row, column, date.to_string(), format)?;
        }
    }
    Ok(())
}

/// Label and value of each line of the summary.
pub(super) fn summary(
    sheet: &mut Worksheet,
    document: &PlanDocument,
    language: &Language,
    styles: &Styles,
    names: &mut SheetNames,
) -> Result<(), XlsxError> {
    sheet.set_name(names.take(language.word("sheet.summary")))?;
    sheet.set_column_width(0, 38)?.set_column_width(1, 80)?;
    sheet.write_string_with_format(0, 0, plain(&document.title), &styles.title)?;
    let mut last = 1;
    for (row, (label, text)) in (2..).zip(summary_lines::lines(document, language)) {
        sheet.write_string_with_format(row, 0, label, &styles.heading)?;
        sheet.write_string_with_format(row, 1, plain(&text), &styles.wrapped)?;
        last = row;
    }
    page(sheet, document, language)?;
    sheet.set_print_area(0, 0, last, 1)?;
    Ok(())
}

/// A table: a row of keys (hidden), a row of headings (frozen, repeated on
/// every page), then its rows.
pub(super) fn table(
    sheet: &mut Worksheet,
    table: &Table,
    document: &PlanDocument,
    language: &Language,
    styles: &Styles,
    names: &mut SheetNames,
) -> Result<(), XlsxError> {
    sheet.set_name(names.take(language.of("sheet", table.name)))?;
    let last_column = (table.columns.len() - 1) as u16;
    for (number, column) in (0u16..).zip(&table.columns) {
        sheet.write_string_with_format(0, number, column.key(), &styles.key)?;
        sheet.write_string_with_format(1, number, column.title(language), &styles.heading)?;
        let width = match (column.kind, column.key().as_str()) {
            (_, "reasons" | "why_not" | "reason") => WIDE,
            (Kind::Text, "name" | "block" | "district" | "label") => 20.0,
            (Kind::Text, _) => 15.0,
            _ => 11.0,
        };
        sheet.set_column_width(number, width)?;
    }
    let formats: Vec<Format> = table.columns.iter().map(|c| styles.of(c.kind)).collect();
    for (row, cells) in (2u32..).zip(&table.rows) {
        for ((number, cell), format) in (0u16..).zip(cells).zip(&formats) {
            match cell {
                Cell::Empty => {
                    sheet.write_blank(row, number, format)?;
                }
                Cell::Text(text) => {
                    sheet.write_string_with_format(row, number, plain(text), format)?;
                }
                Cell::Number(value) => {
                    sheet.write_number_with_format(row, number, *value, format)?;
                }
                Cell::Date(day) => date(sheet, row, number, *day, format)?,
            }
        }
    }
    let last_row = 1 + table.rows.len() as u32;
    sheet.set_row_hidden(0)?;
    sheet.set_freeze_panes(2, 0)?;
    if !table.rows.is_empty() {
        sheet.autofilter(1, 0, last_row, last_column)?;
    }
    page(sheet, document, language)?;
    sheet.set_repeat_rows(1, 1)?;
    sheet.set_print_area(1, 0, last_row, last_column)?;
    Ok(())
}

/// What every column and code means.
pub(super) fn dictionary(
    sheet: &mut Worksheet,
    tables: &[&Table],
    document: &PlanDocument,
    language: &Language,
    styles: &Styles,
    names: &mut SheetNames,
) -> Result<(), XlsxError> {
    sheet.set_name(names.take(language.word("sheet.dictionary")))?;
    let headings = ["sheet", "column", "key", "unit", "meaning"];
    let widths = [16.0, 28.0, 26.0, 14.0, 90.0];
    for ((number, heading), width) in (0u16..).zip(headings).zip(widths) {
        let word = language.of("dictionary", heading);
        sheet.write_string_with_format(0, number, word, &styles.heading)?;
        sheet.set_column_width(number, width)?;
    }
    let mut rows: Vec<[String; 5]> = Vec::new();
    for table in tables {
        for column in &table.columns {
            rows.push([
                language.of("sheet", table.name).to_owned(),
                column.title(language),
                column.key(),
                column.unit.to_owned(),
                column.meaning(language).to_owned(),
            ]);
        }
    }
    for key in super::walk_list::RESULT_KEYS {
        rows.push([
            language.fill("list.title", &[("team", "")]),
            language.of("column", key).to_owned(),
            key.to_owned(),
            String::new(),
            language.of("describe", key).to_owned(),
        ]);
    }
    let codes = Status::ALL
        .iter()
        .map(|status| ("status", "status_meaning", status.key()));
    let outcomes = ["done", "lost", "refused"].map(|key| ("outcome", "outcome_meaning", key));
    for (table, meaning, key) in codes.chain(outcomes) {
        rows.push([
            String::new(),
            language.of(table, key).to_owned(),
            key.to_owned(),
            String::new(),
            language.of(meaning, key).to_owned(),
        ]);
    }
    let last = rows.len() as u32;
    for (row, cells) in (1u32..).zip(rows) {
        for (number, text) in (0u16..).zip(cells) {
            sheet.write_string_with_format(row, number, text, &styles.wrapped)?;
        }
    }
    sheet.set_freeze_panes(1, 0)?;
    page(sheet, document, language)?;
    sheet.set_repeat_rows(0, 0)?;
    sheet.set_print_area(0, 0, last, 4)?;
    Ok(())
}
