//! Calendar days as they stand in partners' files.

use chrono::{Datelike, NaiveDate};
use safeground_schema::ErrorCode;

use super::number::ascii_digits;
use crate::mapping::file::{CoarsenDate, DateOrder};

/// How the dates of one column are read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DateReading {
    /// Order of the parts where a date is not in ISO form.
    pub order: Option<DateOrder>,
    /// Numbers are day serials of a spreadsheet.
    pub serials: bool,
    /// Last day that may stand in the file; `None` where any may.
    pub latest: Option<NaiveDate>,
    /// Part of the date that is kept.
    pub coarsen: Option<CoarsenDate>,
}

/// Days from 1970-01-01 to the day that the text tells.
pub(crate) fn parse_date(text: &str, reading: DateReading) -> Result<i32, ErrorCode> {
    let date = read(text, reading).ok_or(ErrorCode::NotADate)?;
    if date.year() < 1900 || reading.latest.is_some_and(|latest| date > latest) {
        return Err(ErrorCode::DateOutOfRange);
    }
    let kept = match reading.coarsen {
        None => Some(date),
        Some(CoarsenDate::Month) => date.with_day(1),
        Some(CoarsenDate::Year) => NaiveDate::from_ymd_opt(date.year(), 1, 1),
    };
    Ok(kept.unwrap_or(date).to_epoch_days())
}

fn read(text: &str, reading: DateReading) -> Option<NaiveDate> {
    let ascii = ascii_digits(text);
    let text = without_time(ascii.trim());
    if let Some(date) = iso(text) {
        return Some(date);
    }
    if reading.serials
        && let Some(date) = serial(text)
    {
        return Some(date);
    }
    ordered(text, reading.order?)
}

/// Text before a time of day such as `T10:30` or ` 10:30:00 AM`.
fn without_time(text: &str) -> &str {
    let Some(colon) = text.find(':') else {
        return text;
    };
    match text[..colon].rfind(['T', ' ']) {
        Some(end) => text[..end].trim_end(),
        None => text,
    }
}

fn iso(text: &str) -> Option<NaiveDate> {
    let bytes = text.as_bytes();
    if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return None;
    }
    NaiveDate::from_ymd_opt(digits(&text[..4])?, part(&text[5..7])?, part(&text[8..])?)
}

/// Day serials count from 1899-12-30. Numbers of fewer than five digits (days
/// before 1927) are refused: they are years rather than serials.
fn serial(text: &str) -> Option<NaiveDate> {
    let number: f64 = text.parse().ok()?;
    if !(10_000.0..=2_958_465.0).contains(&number) {
        return None;
    }
    let days = number as u64;
    NaiveDate::from_ymd_opt(1899, 12, 30)?.checked_add_days(chrono::Days::new(days))
}

fn ordered(text: &str, order: DateOrder) -> Option<NaiveDate> {
    let mut parts = [""; 3];
    let mut count = 0;
    for piece in text.split(['/', '-', '.', ' ', ',']) {
        if piece.is_empty() {
            continue;
        }
        *parts.get_mut(count)? = piece;
        count += 1;
    }
    if count != 3 {
        return None;
    }
    let (day, month, year) = match order {
        DateOrder::Dmy => (parts[0], parts[1], parts[2]),
        DateOrder::Mdy => (parts[1], parts[0], parts[2]),
        DateOrder::Ymd => (parts[2], parts[1], parts[0]),
    };
    NaiveDate::from_ymd_opt(full_year(year)?, month_number(month)?, part(day)?)
}

/// Two digits are 1970 to 2069.
fn full_year(text: &str) -> Option<i32> {
    let year = digits(text)?;
    match text.len() {
        4 => Some(year),
        2 => Some(if year < 70 { 2000 + year } else { 1900 + year }),
        _ => None,
    }
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

fn month_number(text: &str) -> Option<u32> {
    if text.bytes().all(|b| b.is_ascii_digit()) {
        return part(text);
    }
    let name = text.to_ascii_lowercase();
    let found = MONTHS
        .iter()
        .position(|month| *month == name || (name.len() >= 3 && month.starts_with(&name)))
        .or_else(|| (name == "sept").then_some(8))?;
    u32::try_from(found + 1).ok()
}

fn part(text: &str) -> Option<u32> {
    if (1..=2).contains(&text.len()) {
        digits(text).and_then(|number| u32::try_from(number).ok())
    } else {
        None
    }
}

fn digits(text: &str) -> Option<i32> {
    if text.bytes().all(|b| b.is_ascii_digit()) {
        text.parse().ok()
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(order: Option<DateOrder>) -> DateReading {
        DateReading {
            order,
            serials: false,
            latest: NaiveDate::from_ymd_opt(2025, 6, 30),
            coarsen: None,
        }
    }

    fn day(year: i32, month: u32, day: u32) -> i32 {
        NaiveDate::from_ymd_opt(year, month, day)
            .unwrap()
            .to_epoch_days()
    }

    #[test]
    fn day_first_dates_are_read_when_the_order_is_stated() {
        let dmy = reading(Some(DateOrder::Dmy));
        for text in [
            "31/01/2024",
            "31-1-24",
            "31.01.2024 10:30",
            "31 Jan 2024",
            "31-January-2024",
            "2024-01-31",
            "2024-01-31T08:00:00Z",
            "३१/०१/२०२४",
        ] {
            assert_eq!(parse_date(text, dmy), Ok(day(2024, 1, 31)), "{text}");
        }
        assert_eq!(
            parse_date("01/31/2024", reading(Some(DateOrder::Mdy))),
            Ok(day(2024, 1, 31))
        );
        assert_eq!(
            parse_date("2024/01/31", reading(Some(DateOrder::Ymd))),
            Ok(day(2024, 1, 31))
        );
    }

    #[test]
    fn without_a_stated_order_only_iso_dates_are_read() {
        assert_eq!(
            parse_date("01/02/2024", reading(None)),
            Err(ErrorCode::NotADate)
        );
        assert_eq!(parse_date("2024-02-01", reading(None)), Ok(day(2024, 2, 1)));
    }

    #[test]
    fn days_that_do_not_exist_or_lie_outside_are_refused() {
        let dmy = reading(Some(DateOrder::Dmy));
        for text in ["31/02/2024", "1/1/1", "12/2024", "1/2/3/4", "", "soon"] {
            assert_eq!(parse_date(text, dmy), Err(ErrorCode::NotADate), "{text}");
        }
        for text in ["01/07/2025", "31/12/1899"] {
            assert_eq!(
                parse_date(text, dmy),
                Err(ErrorCode::DateOutOfRange),
                "{text}"
            );
        }
    }

    #[test]
    fn serials_of_a_sheet_and_coarse_dates() {
        let mut sheet = reading(None);
        sheet.serials = true;
        assert_eq!(parse_date("45322", sheet), Ok(day(2024, 1, 31)));
        sheet.coarsen = Some(CoarsenDate::Month);
        assert_eq!(parse_date("45322.5", sheet), Ok(day(2024, 1, 1)));
        sheet.coarsen = Some(CoarsenDate::Year);
        assert_eq!(parse_date("2024-05-06", sheet), Ok(day(2024, 1, 1)));
    }
}
