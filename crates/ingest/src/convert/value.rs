//! A single value of a field, such as a constant of the mapping.

use chrono::NaiveDate;
use safeground_schema::{ErrorCode, FieldKind, FieldSpec, PlaceId};

use super::date::{DateReading, parse_date};
use super::number::{Dress, parse_integer, parse_number};
use super::text::{normal_text, parse_period};

/// A value of a field.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    /// Text, code, period or place.
    Text(String),
    /// Whole number.
    Integer(i64),
    /// Decimal number.
    Number(f64),
    /// Days from 1970-01-01.
    Date(i32),
}

impl Value {
    /// Reads a value written in a mapping: codes as stored, dates in ISO form.
    pub(crate) fn parse(field: &FieldSpec, text: &str) -> Result<Self, ErrorCode> {
        let text = text.trim();
        if text.is_empty() {
            return Err(ErrorCode::ValueMissing);
        }
        match field.kind {
            FieldKind::Text => Ok(Self::Text(normal_text(text).into_owned())),
            FieldKind::Code { codes, .. } => {
                if codes().contains(&text) {
                    Ok(Self::Text(text.to_owned()))
                } else {
                    Err(ErrorCode::UnknownCode)
                }
            }
            FieldKind::Period => parse_period(text).map(Self::Text),
            FieldKind::Place => text
                .parse::<PlaceId>()
                .map(|id| Self::Text(id.to_string()))
                .map_err(|_| ErrorCode::PlaceUnmatched),
            FieldKind::Integer => {
                parse_integer(text, 1.0, false, Dress::default()).map(Self::Integer)
            }
            FieldKind::Number => parse_number(text, Dress::default()).map(Self::Number),
            FieldKind::Date => {
                let reading = DateReading {
                    order: None,
                    serials: false,
                    latest: None::<NaiveDate>,
                    coarsen: None,
                };
                parse_date(text, reading).map(Self::Date)
            }
            _ => Err(ErrorCode::Inconsistent),
        }
    }
}
