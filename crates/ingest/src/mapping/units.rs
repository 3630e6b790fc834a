//! Conversion of units.

use safeground_schema::{FieldKind, FieldSpec};

use super::file::Unit;

impl Unit {
    /// Name in a mapping.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::One => "one",
            Self::Hundred => "hundred",
            Self::Thousand => "thousand",
            Self::Lakh => "lakh",
            Self::Million => "million",
            Self::Crore => "crore",
            Self::Hectare => "hectare",
            Self::Acre => "acre",
            Self::SquareMetre => "square_metre",
            Self::SquareMile => "square_mile",
            Self::Percent => "percent",
            Self::Share => "share",
        }
    }
}

/// By what a figure in `unit` is multiplied to stand in the field, where the
/// unit of the record is `record_unit` (fields "as `unit` says"). `None`
/// where the unit does not fit the field.
///
/// An acre is 4,046.8564224 m², a square mile 2.589988110336 km² (both by the
/// international yard and pound agreement of 1959).
pub(crate) fn factor(unit: Unit, field: &FieldSpec, record_unit: Option<&str>) -> Option<f64> {
    if !matches!(field.kind, FieldKind::Integer | FieldKind::Number) {
        return None;
    }
    let target = if field.unit == "as `unit` says" {
        record_unit
    } else {
        Some(field.unit)
    };
    let is_percent = target == Some("percent");
    let is_share = target.is_some_and(|unit| unit.starts_with("share"));
    let is_area = target == Some("square kilometres");
    let is_angle = target.is_some_and(|unit| unit.starts_with("degrees"));
    match unit {
        Unit::One => Some(1.0),
        Unit::Percent if is_percent => Some(1.0),
        Unit::Percent if is_share => Some(0.01),
        Unit::Share if is_percent => Some(100.0),
        Unit::Share if is_share => Some(1.0),
        Unit::Hectare if is_area => Some(0.01),
        Unit::Acre if is_area => Some(0.004_046_856_422_4),
        Unit::SquareMetre if is_area => Some(1e-6),
        Unit::SquareMile if is_area => Some(2.589_988_110_336),
        _ if is_percent || is_share || is_angle || target.is_none() => None,
        Unit::Hundred => Some(1e2),
        Unit::Thousand => Some(1e3),
        Unit::Lakh => Some(1e5),
        Unit::Million => Some(1e6),
        Unit::Crore => Some(1e7),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use safeground_schema::Table;

    #[test]
    fn units_convert_to_the_unit_of_the_field() {
        let area = Table::Places.field("area_km2").unwrap();
        let people = Table::Places.field("population").unwrap();
        let weight = Table::PlaceChanges.field("weight").unwrap();
        let value = Table::Indicators.field("value").unwrap();
        assert_eq!(factor(Unit::Hectare, area, None), Some(0.01));
        assert_eq!(factor(Unit::Lakh, people, None), Some(1e5));
        assert_eq!(factor(Unit::Percent, weight, None), Some(0.01));
        assert_eq!(factor(Unit::Share, value, Some("percent")), Some(100.0));
        assert_eq!(factor(Unit::Thousand, value, Some("people")), Some(1e3));
        assert_eq!(factor(Unit::Share, value, None), None);
        assert_eq!(factor(Unit::Hectare, people, None), None);
        assert_eq!(factor(Unit::Lakh, weight, None), None);
    }
}
