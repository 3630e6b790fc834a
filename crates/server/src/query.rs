//! Query strings, read strictly.
//!
//! A parameter that an address does not take, and one given twice, are
//! refused: a misspelt filter must not look like an unfiltered answer.

use std::collections::BTreeMap;

use safeground_schema::Period;

use crate::problem::Problem;

/// Parameters of a request.
#[derive(Debug, Default)]
pub(crate) struct Params(BTreeMap<String, String>);

impl Params {
    /// Reads a query string. `audience` is always allowed; it was dealt with
    /// before.
    pub(crate) fn parse(query: Option<&str>, allowed: &[&str]) -> Result<Self, Problem> {
        let mut params = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            let known = allowed.contains(&name.as_ref()) || name == "audience";
            if !known || params.contains_key(name.as_ref()) {
                let mut valid: Vec<String> = allowed.iter().map(|&a| a.to_owned()).collect();
                valid.push("audience".to_owned());
                return Err(Problem::UnknownParameter { valid });
            }
            params.insert(name.into_owned(), value.into_owned());
        }
        Ok(Self(params))
    }

    /// Reads a query string that may hold anything; the first of a name wins.
    pub(crate) fn parse_any(query: Option<&str>) -> Self {
        let mut params = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            params
                .entry(name.into_owned())
                .or_insert_with(|| value.into_owned());
        }
        Self(params)
    }

    /// Names and values, sorted by name.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(n, v)| (n.as_str(), v.as_str()))
    }

    /// A parameter as text; empty counts as absent.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// `true` or `false`.
    pub(crate) fn flag(&self, name: &'static str) -> Result<bool, Problem> {
        match self.text(name) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(Problem::bad(name, "expected `true` or `false`")),
        }
    }

    /// `bbox`: west, south, east, north in degrees.
    pub(crate) fn bbox(&self) -> Result<Option<[f64; 4]>, Problem> {
        let Some(text) = self.text("bbox") else {
            return Ok(None);
        };
        let expected = || {
            Problem::bad(
                "bbox",
                "expected west,south,east,north in degrees, within ±180 and ±90",
            )
        };
        let numbers: Vec<f64> = text
            .split(',')
            .map(|part| part.trim().parse().ok().filter(|n: &f64| n.is_finite()))
            .collect::<Option<_>>()
            .ok_or_else(expected)?;
        let bbox = match numbers[..] {
            [west, south, east, north] | [west, south, _, east, north, _] => {
                [west, south, east, north]
            }
            _ => return Err(expected()),
        };
        let valid = bbox[0].abs() <= 180.0
            && bbox[2].abs() <= 180.0
            && -90.0 <= bbox[1]
            && bbox[1] <= bbox[3]
            && bbox[3] <= 90.0;
        if valid {
            Ok(Some(bbox))
        } else {
            Err(expected())
        }
    }

    /// `datetime`: an instant or an interval of RFC 3339 dates, `..` for open.
    pub(crate) fn datetime(&self) -> Result<Option<Interval>, Problem> {
        self.text("datetime").map(Interval::parse).transpose()
    }
}

/// An interval of months, both ends included; open where `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Interval {
    from: Option<(i32, u8)>,
    to: Option<(i32, u8)>,
}

impl Interval {
    fn parse(text: &str) -> Result<Self, Problem> {
        let interval = match text.split_once('/') {
            None => Self {
                from: Self::end(text, false)?,
                to: Self::end(text, true)?,
            },
            Some((from, to)) => Self {
                from: Self::end(from, false)?,
                to: Self::end(to, true)?,
            },
        };
        let single = !text.contains('/') && interval.from.is_none();
        let reversed = matches!((interval.from, interval.to), (Some(from), Some(to)) if from > to);
        if single || reversed {
            return Err(Self::expected());
        }
        Ok(interval)
    }

    fn expected() -> Problem {
        Problem::bad(
            "datetime",
            "expected a date such as 2021-07-01, or an interval such as 2019-01-01/2021-12-31 \
             or 2019-01-01/..",
        )
    }

    /// The month of one end. A year alone is its first or last month.
    fn end(text: &str, last: bool) -> Result<Option<(i32, u8)>, Problem> {
        if text.is_empty() || text == ".." {
            return Ok(None);
        }
        let date = text.split(['T', 't', ' ']).next().unwrap_or_default();
        let mut parts = date.split('-');
        let year = parts.next().unwrap_or_default();
        let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        if year.len() != 4 || !digits(year) || date.len() > 10 {
            return Err(Self::expected());
        }
        let year = year.parse().map_err(|_| Self::expected())?;
        let month = match parts.next() {
            None => return Ok(Some((year, if last { 12 } else { 1 }))),
            Some(month) if month.len() == 2 && digits(month) => month
                .parse()
                .ok()
                .filter(|month| (1..=12).contains(month))
                .ok_or_else(Self::expected)?,
            Some(_) => return Err(Self::expected()),
        };
        match parts.next() {
            None => Ok(Some((year, month))),
            Some(day) if day.len() == 2 && digits(day) && ("01"..="31").contains(&day) => {
                Ok(Some((year, month)))
            }
            Some(_) => Err(Self::expected()),
        }
    }

    /// Whether a period shares a month with the interval.
    pub(crate) fn meets(&self, period: Period) -> bool {
        let (first, last) = period.months();
        self.from.is_none_or(|from| from <= last) && self.to.is_none_or(|to| first <= to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interval(text: &str) -> Result<Interval, Problem> {
        Interval::parse(text)
    }

    #[test]
    fn an_interval_meets_the_periods_that_share_a_month() {
        let meets =
            |text: &str, period: &str| interval(text).unwrap().meets(period.parse().unwrap());
        assert!(meets("2021-07-15", "2021"));
        assert!(meets("2021-07-15T00:00:00Z", "2021-Q3"));
        assert!(meets("2020/..", "2019/2021"));
        assert!(meets("../2019-03-31", "2019-Q1"));
        assert!(!meets("../2018", "2019"));
        assert!(!meets("2021-10-01/2021-12-31", "2021-09"));
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "",
            "..",
            "July",
            "2021-13",
            "2021-1-1",
            "2022/2021",
            "2021-01-40",
        ] {
            assert!(interval(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_misspelt_or_repeated_parameter_is_refused() {
        let parse = |query| Params::parse(Some(query), &["theme"]);
        assert!(parse("theme=a&audience=public").is_ok());
        assert!(parse("themes=a").is_err());
        assert!(parse("theme=a&theme=b").is_err());
    }
}
