//! Rows of walk lists judged against the plan.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::cells::{Sheet, Value};
use super::fault::{self, CellFault, ResultsError, Warning};
use super::{Outcome, ReadParams, Reading, Results, VisitResult};
use crate::document::{PlanDocument, Route, Visit};
use crate::export::visit_id;
use crate::export::walk_list::{MOST_COUNTED, PLACE_ID, PLAN_ID, RESULT_KEYS, VISIT_ID, keys};
use crate::language::Language;

/// Judges all walk lists of a workbook.
pub(super) fn judge(
    sheets: &[Sheet],
    document: &PlanDocument,
    language: &Language,
    params: &ReadParams,
) -> Result<Reading, ResultsError> {
    let mut judge = Judge {
        document,
        language,
        params,
        visits: document
            .visits()
            .map(|(route, order, visit)| {
                (visit_id(&route.team_id, route.date, order), (route, visit))
            })
            .collect(),
        seen: BTreeMap::new(),
        found: BTreeMap::new(),
        faults: Vec::new(),
        warnings: Vec::new(),
        empty_rows: 0,
    };
    let mut lists = 0;
    for sheet in sheets {
        if let Some(header) = Header::find(sheet) {
            lists += 1;
            judge.sheet(sheet, &header);
        }
    }
    if lists == 0 {
        return Err(ResultsError::NoWalkList { expected: VISIT_ID });
    }
    let mut visits: Vec<VisitResult> = judge.found.into_values().collect();
    visits.sort_by(|a, b| {
        let key = |visit: &VisitResult| (visit.planned_on, visit.team_id.clone());
        key(a)
            .cmp(&key(b))
            .then_with(|| a.visit_id.cmp(&b.visit_id))
    });
    Ok(Reading {
        results: Results {
            plan_id: document.plan_id.clone(),
            release_id: document.release_id.clone(),
            visits,
        },
        faults: judge.faults,
        warnings: judge.warnings,
        empty_rows: judge.empty_rows,
    })
}

/// Where the keys stand.
struct Header {
    row: u32,
    columns: BTreeMap<&'static str, u32>,
    /// Columns whose key came before; what stands under them is not read.
    repeated: Vec<u32>,
}

impl Header {
    /// The first row that holds the key of visits beside another key.
    fn find(sheet: &Sheet) -> Option<Self> {
        let known: Vec<&'static str> = keys().collect();
        let is_key = |value: &Value, key: &str| matches!(value, Value::Text(text) if text == key);
        let row = sheet
            .cells
            .iter()
            .find(|(_, value)| is_key(value, VISIT_ID))
            .map(|((row, _), _)| *row)?;
        let mut columns = BTreeMap::new();
        let mut repeated = Vec::new();
        for ((_, column), value) in sheet.cells.range((row, 0)..=(row, u32::MAX)) {
            if let Some(key) = known.iter().find(|key| is_key(value, key)) {
                if columns.contains_key(key) {
                    repeated.push(*column);
                } else {
                    columns.insert(*key, *column);
                }
            }
        }
        (columns.len() > 1).then_some(Self {
            row,
            columns,
            repeated,
        })
    }
}

/// A row of a walk list.
struct Row<'a> {
    sheet: &'a Sheet,
    header: &'a Header,
    number: u32,
}

impl<'a> Row<'a> {
    fn value(&self, key: &str) -> Option<&'a Value> {
        let column = self.header.columns.get(key)?;
        self.sheet.cells.get(&(self.number, *column))
    }

    fn text(&self, key: &str) -> Option<String> {
        self.value(key).map(shown)
    }

    fn cell(&self, key: &str) -> String {
        let column = self.header.columns.get(key).copied().unwrap_or(0);
        fault::name(column, self.number)
    }

    fn fault(&self, key: &str, expected: impl Into<String>, remedy: &'static str) -> CellFault {
        let value = self.text(key).unwrap_or_default();
        CellFault {
            sheet: self.sheet.name.clone(),
            cell: self.cell(key),
            value: value.chars().take(60).collect(),
            expected: expected.into(),
            remedy,
        }
    }
}

struct Judge<'a> {
    document: &'a PlanDocument,
    language: &'a Language,
    params: &'a ReadParams,
    visits: BTreeMap<String, (&'a Route, &'a Visit)>,
    /// Cell in which each visit with a result was seen.
    seen: BTreeMap<String, String>,
    found: BTreeMap<String, VisitResult>,
    faults: Vec<CellFault>,
    warnings: Vec<Warning>,
    empty_rows: usize,
}

impl Judge<'_> {
    fn sheet(&mut self, sheet: &Sheet, header: &Header) {
        let needed = [PLAN_ID, PLACE_ID].into_iter().chain(RESULT_KEYS);
        let missing: Vec<&str> = needed
            .filter(|key| !header.columns.contains_key(key))
            .collect();
        if !missing.is_empty() {
            let visit_column = header.columns.get(VISIT_ID).copied().unwrap_or(0);
            self.faults.push(CellFault {
                sheet: sheet.name.clone(),
                cell: fault::name(visit_column, header.row),
                value: String::new(),
                expected: format!("the keys {} in this row", missing.join(", ")),
                remedy: "bring the deleted columns back from the workbook of the plan",
            });
            return;
        }
        for column in &header.repeated {
            self.faults.push(CellFault {
                sheet: sheet.name.clone(),
                cell: fault::name(*column, header.row),
                value: "a key that stands further left too".to_owned(),
                expected: "each key once".to_owned(),
                remedy: "delete the column that was copied",
            });
        }
        let rows: BTreeSet<u32> = sheet
            .cells
            .range((header.row + 1, 0)..)
            .map(|((row, _), _)| *row)
            .collect();
        for number in rows {
            let row = Row {
                sheet,
                header,
                number,
            };
            self.foreign_text(&row);
            // Headings and whatever else stands under the keys without one.
            let is_visit = [PLAN_ID, VISIT_ID, PLACE_ID]
                .iter()
                .any(|key| row.value(key).is_some());
            let has_results = RESULT_KEYS.iter().any(|key| row.value(key).is_some());
            if number == header.row + 1 && is_heading(&row) {
                continue;
            }
            if is_visit || has_results {
                self.row(&row, has_results);
            }
        }
    }

    fn foreign_text(&mut self, row: &Row<'_>) {
        let known: BTreeSet<u32> = row.header.columns.values().copied().collect();
        let cells = row
            .sheet
            .cells
            .range((row.number, 0)..=(row.number, u32::MAX));
        for ((_, column), value) in cells {
            if !known.contains(column) && !row.header.repeated.contains(column) {
                self.warnings.push(Warning::ForeignText {
                    sheet: row.sheet.name.clone(),
                    cell: fault::name(*column, row.number),
                    characters: shown(value).chars().count(),
                });
            }
        }
    }

    fn row(&mut self, row: &Row<'_>, has_results: bool) {
        let plan_id = &self.document.plan_id;
        if row.text(PLAN_ID).as_ref() != Some(plan_id) {
            self.faults.push(row.fault(
                PLAN_ID,
                format!("the plan {plan_id:?}"),
                "send the row with the workbook of its own plan",
            ));
            return;
        }
        let visit_id = row.text(VISIT_ID).unwrap_or_default();
        let Some((route, visit)) = self.visits.get(&visit_id).copied() else {
            self.faults.push(row.fault(
                VISIT_ID,
                "a visit of this plan",
                "bring the hidden cell back from the workbook of the plan",
            ));
            return;
        };
        if row.text(PLACE_ID).as_ref() != Some(&visit.place_id) {
            self.faults.push(row.fault(
                PLACE_ID,
                format!("{:?}, the village of the visit {visit_id}", visit.place_id),
                "undo the sorting of single columns: a row belongs together",
            ));
            return;
        }
        if !has_results {
            self.empty_rows += 1;
            return;
        }
        if let Some(first) = self.seen.get(&visit_id) {
            self.faults.push(row.fault(
                VISIT_ID,
                format!("a visit once; its results stand in {first} already"),
                "delete the row that was copied",
            ));
            return;
        }
        let place = format!("{}!{}", row.sheet.name, row.cell(VISIT_ID));
        self.seen.insert(visit_id.clone(), place);
        let before = self.faults.len();
        let outcome = self.outcome(row);
        let visited_on = self.visited_on(row, outcome);
        let reached = self.reached(row, outcome, visit);
        let pledges = self.count(row, "pledges");
        let refusals = self.count(row, "refusals");
        if let Some(outcome) = outcome.filter(|_| self.faults.len() == before) {
            self.found.insert(
                visit_id.clone(),
                VisitResult {
                    visit_id,
                    place_id: visit.place_id.clone(),
                    team_id: route.team_id.clone(),
                    planned_on: route.date,
                    visited_on,
                    outcome,
                    households_reached: reached,
                    pledges,
                    refusals,
                },
            );
        }
    }

    fn outcome(&mut self, row: &Row<'_>) -> Option<Outcome> {
        let text = row.text("outcome").unwrap_or_default();
        let spelled = text.to_lowercase();
        let found = Outcome::ALL.into_iter().find(|outcome| {
            let languages = Language::built_in().iter().chain([self.language]);
            let mut words = languages.map(|language| language.of("outcome", outcome.key()));
            spelled == outcome.key() || words.any(|word| word.to_lowercase() == spelled)
        });
        if found.is_none() {
            let words = Outcome::ALL.map(|o| self.language.of("outcome", o.key()));
            self.faults.push(row.fault(
                "outcome",
                format!("one of {}", words.join(", ")),
                "choose from the list, or empty the whole row if there is no result yet",
            ));
        }
        found
    }

    fn visited_on(&mut self, row: &Row<'_>, outcome: Option<Outcome>) -> Option<NaiveDate> {
        let asked = &self.document.asked;
        let Some(value) = row.value("visited_on") else {
            if outcome == Some(Outcome::Done) {
                let expected = "the day of the visit";
                let remedy = "write the day, or choose another outcome";
                self.faults.push(row.fault("visited_on", expected, remedy));
            }
            return None;
        };
        let Some(date) = date_of(value) else {
            let expected = "a date such as 2026-12-03 or 3/12/2026 (day first)";
            let remedy = "write the day as a date";
            self.faults.push(row.fault("visited_on", expected, remedy));
            return None;
        };
        if !(asked.from..=asked.until).contains(&date) {
            let expected = format!("a day of the plan, {} to {}", asked.from, asked.until);
            let remedy = "correct the day; visits of other weeks belong to other plans";
            self.faults.push(row.fault("visited_on", expected, remedy));
            return None;
        }
        Some(date)
    }

    fn reached(&mut self, row: &Row<'_>, outcome: Option<Outcome>, visit: &Visit) -> Option<u32> {
        const KEY: &str = "households_reached";
        if row.value(KEY).is_none() {
            if outcome == Some(Outcome::Done) {
                let expected = "the number of households reached, 0 included";
                let remedy = "write the number, or choose another outcome";
                self.faults.push(row.fault(KEY, expected, remedy));
            }
            return None;
        }
        let reached = self.count(row, KEY)?;
        if matches!(outcome, Some(Outcome::Lost | Outcome::Refused)) && reached > 0 {
            let expected = "nothing or 0, since the visit was not done";
            let remedy = "choose the outcome \"done\", or remove the number";
            self.faults.push(row.fault(KEY, expected, remedy));
            return None;
        }
        let households = self.households(visit);
        let most = (households as f64 * self.params.most_times_households).floor();
        if f64::from(reached) > most {
            let expected = format!(
                "at most {most}, {} times the {households} households of the village",
                self.params.most_times_households
            );
            let remedy = "correct the number; if it is right, correct the households of the village \
                          in the lake and plan anew";
            self.faults.push(row.fault(KEY, expected, remedy));
            return None;
        }
        if u64::from(reached) > households {
            self.warnings.push(Warning::MoreThanHouseholds {
                sheet: row.sheet.name.clone(),
                cell: row.cell(KEY),
                reached,
                households,
            });
        }
        Some(reached)
    }

    /// Households of the village as far as they are known, and at least those
    /// planned.
    fn households(&self, visit: &Visit) -> u64 {
        let figure = self.document.village(&visit.place_id).map(|v| v.households);
        let known = figure.and_then(|figure| figure.high.or(figure.value).or(figure.low));
        let known = known.map_or(0, |known| known.round() as u64);
        known.max(visit.households.into())
    }

    fn count(&mut self, row: &Row<'_>, key: &str) -> Option<u32> {
        let value = row.value(key)?;
        let number = match value {
            Value::Number(number) => Some(*number),
            Value::Text(text) => digits(text),
            Value::Date(_) => None,
        };
        let whole = number.filter(|number| {
            number.fract() == 0.0 && (0.0..=f64::from(MOST_COUNTED)).contains(number)
        });
        if whole.is_none() {
            let expected = format!("a whole number from 0 to {MOST_COUNTED}");
            let remedy = "write digits only, or leave the cell empty if it is not known";
            self.faults.push(row.fault(key, expected, remedy));
        }
        whole.map(|number| number as u32)
    }
}

/// Whether a row repeats the headings: it has text where dates and numbers of
/// visits are, and no identifier of a plan.
fn is_heading(row: &Row<'_>) -> bool {
    let languages = Language::built_in().iter();
    let mut titles = languages.map(|language| language.of("column", VISIT_ID));
    let text = row.text(VISIT_ID);
    text.as_deref()
        .is_some_and(|text| titles.any(|t| t == text))
        || (row.value("outcome").is_some() && matches!(row.value("order"), Some(Value::Text(_))))
}

/// A value as text: dates as ISO, whole numbers without a fraction.
fn shown(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Date(date) => date.to_string(),
    }
}

/// Digits of Latin or Devanagari script with commas, as a number.
fn digits(text: &str) -> Option<f64> {
    let plain: String = text
        .chars()
        .filter(|c| *c != ',')
        .map(|c| match c {
            '०'..='९' => char::from_digit(c as u32 - '०' as u32, 10).unwrap_or(c),
            _ => c,
        })
        .collect();
    let all = !plain.is_empty() && plain.len() <= 15;
    let whole = all && plain.bytes().all(|byte| byte.is_ascii_digit());
    whole.then(|| plain.parse().ok()).flatten()
}

fn date_of(value: &Value) -> Option<NaiveDate> {
    match value {
        Value::Date(date) => Some(*date),
        // A serial number whose cell lost its format; before March 1900 Excel
        // counts a day that never was.
        Value::Number(serial) if serial.fract() == 0.0 && (61.0..2_958_466.0).contains(serial) => {
            let first = NaiveDate::from_ymd_opt(1899, 12, 30)?;
            first.checked_add_days(chrono::Days::new(*serial as u64))
        }
        Value::Number(_) => None,
        Value::Text(text) => text.parse().ok().or_else(|| {
            let mut parts = text.split(['/', '.', '-']).map(str::trim);
            let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
            if parts.next().is_some() || year.len() != 4 {
                return None;
            }
            let number = |part: &str| digits(part).map(|number| number as u32);
            let year = i32::try_from(number(year)?).ok()?;
            NaiveDate::from_ymd_opt(year, number(month)?, number(day)?)
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_as_dates_texts_and_serial_numbers() {
        let expected = NaiveDate::from_ymd_opt(2026, 12, 3);
        for text in [
            "2026-12-03",
            "3/12/2026",
            "03.12.2026",
            "3-12-2026",
            "३/१२/2026",
        ] {
            assert_eq!(date_of(&Value::Text(text.to_owned())), expected, "{text}");
        }
        assert_eq!(date_of(&Value::Number(46_359.0)), expected);
        for text in ["12/2026", "3/12/26", "31/11/2026", "soon", "1/2/3/2026"] {
            assert_eq!(date_of(&Value::Text(text.to_owned())), None, "{text}");
        }
        assert_eq!(date_of(&Value::Number(0.5)), None);
    }

    #[test]
    fn numbers_are_read_in_both_scripts_and_nothing_else_is() {
        assert_eq!(digits("1,23,456"), Some(123_456.0));
        assert_eq!(digits("१२"), Some(12.0));
        for text in ["", "12 houses", "-1", "1.5", "1e3", "=1"] {
            assert_eq!(digits(text), None, "{text}");
        }
    }
}
