//! Bound values: from the protocol to a row of Arrow data, which the worker
//! binds.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryArray, BooleanArray, Date32Array, Float32Array, Float64Array, Int16Array,
    Int32Array, Int64Array, NullArray, RecordBatch, StringArray, Time64MicrosecondArray,
    TimestampMicrosecondArray, UInt64Array,
};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType, TimeUnit};
use arrow::ipc::writer::StreamWriter;
use arrow::util::display::FormatOptions;
use bytes::Bytes;
use pgwire::api::Type;
use safeground_sql::ArrowRow;

use crate::fault::Fault;

/// Days and microseconds from 1970, which Arrow counts from, to 2000, which the
/// protocol counts from.
const DAYS_TO_2000: i32 = 10_957;
const MICROSECONDS_TO_2000: i64 = 946_684_800_000_000;

/// Most digits of a decimal number.
const MOST_DIGITS: usize = 38;

/// A value as a client sends it; `None` for null.
pub(crate) type Sent = Option<Bytes>;

/// The row of the values of a statement, each of its type. `None` where there
/// are none.
///
/// # Errors
/// [`Fault::parameters`] for a value that is none of its type.
pub(crate) fn row(
    values: &[Sent],
    types: &[Type],
    is_binary: impl Fn(usize) -> bool,
) -> Result<Option<ArrowRow>, Fault> {
    if values.is_empty() {
        return Ok(None);
    }
    if values.len() != types.len() {
        return Err(Fault::parameters());
    }
    let columns = values.iter().zip(types).enumerate();
    let columns = columns.map(|(position, (value, data_type))| {
        let array = match value {
            None => Some(Arc::new(NullArray::new(1)) as ArrayRef),
            Some(value) if is_binary(position) => binary(value, data_type),
            Some(value) => std::str::from_utf8(value)
                .ok()
                .and_then(|value| text(value, data_type)),
        };
        let array = array.ok_or_else(Fault::parameters)?;
        Ok(((position + 1).to_string(), array, true))
    });
    let columns = columns.collect::<Result<Vec<_>, Fault>>()?;
    let written = || {
        let batch = RecordBatch::try_from_iter_with_nullable(columns)?;
        let mut writer = StreamWriter::try_new(Vec::new(), &batch.schema())?;
        writer.write(&batch)?;
        writer.finish()?;
        writer.into_inner()
    };
    let stream = written().map_err(|_| Fault::internal())?;
    Ok(Some(ArrowRow::new(&stream)))
}

/// A value in its text form.
fn text(value: &str, data_type: &Type) -> Option<ArrayRef> {
    let target = match *data_type {
        Type::BOOL => {
            let truth = match value.trim().to_ascii_lowercase().as_str() {
                "t" | "true" | "1" | "on" | "yes" | "y" => true,
                "f" | "false" | "0" | "off" | "no" | "n" => false,
                _ => return None,
            };
            return Some(Arc::new(BooleanArray::from(vec![truth])));
        }
        Type::NUMERIC => return number(value.trim()),
        Type::BYTEA => return hexadecimal(value.strip_prefix("\\x")?),
        Type::INT2 => DataType::Int16,
        Type::INT4 => DataType::Int32,
        Type::INT8 | Type::OID => DataType::Int64,
        Type::FLOAT4 => DataType::Float32,
        Type::FLOAT8 => DataType::Float64,
        Type::DATE => DataType::Date32,
        Type::TIME => DataType::Time64(TimeUnit::Microsecond),
        Type::TIMESTAMP => DataType::Timestamp(TimeUnit::Microsecond, None),
        Type::TIMESTAMPTZ => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        _ if is_text(data_type) => {
            return Some(Arc::new(StringArray::from(vec![value])));
        }
        _ => return None,
    };
    parsed(value.trim(), &target)
}

/// Whether values of a type can be bound.
pub(crate) fn is_read(data_type: &Type) -> bool {
    is_text(data_type)
        || matches!(
            *data_type,
            Type::BOOL
                | Type::INT2
                | Type::INT4
                | Type::INT8
                | Type::OID
                | Type::FLOAT4
                | Type::FLOAT8
                | Type::NUMERIC
                | Type::BYTEA
                | Type::DATE
                | Type::TIME
                | Type::TIMESTAMP
                | Type::TIMESTAMPTZ
        )
}

/// Whether values of a type are texts.
fn is_text(data_type: &Type) -> bool {
    matches!(
        *data_type,
        Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::UNKNOWN
    )
}

/// A text read as a type.
fn parsed(value: &str, target: &DataType) -> Option<ArrayRef> {
    let value: ArrayRef = Arc::new(StringArray::from(vec![value]));
    let options = CastOptions {
        safe: false,
        format_options: FormatOptions::default(),
    };
    cast_with_options(&value, target, &options).ok()
}

/// A decimal number: a whole one if it is, else one of as many digits as it
/// has.
fn number(value: &str) -> Option<ArrayRef> {
    if let Ok(whole) = value.parse::<i64>() {
        return Some(Arc::new(Int64Array::from(vec![whole])));
    }
    if let Ok(whole) = value.parse::<u64>() {
        return Some(Arc::new(UInt64Array::from(vec![whole])));
    }
    let digits = value.trim_start_matches(['-', '+']);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !all_digits(whole) || !all_digits(fraction) || whole.len() + fraction.len() > MOST_DIGITS {
        // What has an exponent, or is no number such as `NaN`.
        return parsed(value, &DataType::Float64);
    }
    let scale = i8::try_from(fraction.len()).ok()?;
    parsed(value, &DataType::Decimal128(MOST_DIGITS as u8, scale))
}

fn hexadecimal(digits: &str) -> Option<ArrayRef> {
    let pairs = digits.as_bytes().chunks(2).map(|pair| {
        let pair = std::str::from_utf8(pair).ok()?;
        (pair.len() == 2 && pair.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(())?;
        u8::from_str_radix(pair, 16).ok()
    });
    let bytes = pairs.collect::<Option<Vec<u8>>>()?;
    Some(Arc::new(BinaryArray::from(vec![bytes.as_slice()])))
}

/// A value in its binary form.
fn binary(value: &[u8], data_type: &Type) -> Option<ArrayRef> {
    let long = || value.try_into().ok().map(i64::from_be_bytes);
    let int = || value.try_into().ok().map(i32::from_be_bytes);
    let moment = || long()?.checked_add(MICROSECONDS_TO_2000);
    Some(match *data_type {
        Type::BOOL => match value {
            [0] => Arc::new(BooleanArray::from(vec![false])),
            [1] => Arc::new(BooleanArray::from(vec![true])),
            _ => return None,
        },
        Type::INT2 => {
            let short = i16::from_be_bytes(value.try_into().ok()?);
            Arc::new(Int16Array::from(vec![short]))
        }
        Type::INT4 => Arc::new(Int32Array::from(vec![int()?])),
        Type::OID => {
            let unsigned = u32::from_be_bytes(value.try_into().ok()?);
            Arc::new(Int64Array::from(vec![i64::from(unsigned)]))
        }
        Type::INT8 => Arc::new(Int64Array::from(vec![long()?])),
        Type::FLOAT4 => {
            let float = f32::from_be_bytes(value.try_into().ok()?);
            Arc::new(Float32Array::from(vec![float]))
        }
        Type::FLOAT8 => {
            let float = f64::from_be_bytes(value.try_into().ok()?);
            Arc::new(Float64Array::from(vec![float]))
        }
        Type::NUMERIC => number(&decimal(value)?)?,
        Type::BYTEA => Arc::new(BinaryArray::from(vec![value])),
        Type::DATE => {
            let days = int()?.checked_add(DAYS_TO_2000)?;
            Arc::new(Date32Array::from(vec![days]))
        }
        Type::TIME => Arc::new(Time64MicrosecondArray::from(vec![long()?])),
        Type::TIMESTAMP => Arc::new(TimestampMicrosecondArray::from(vec![moment()?])),
        Type::TIMESTAMPTZ => {
            let array = TimestampMicrosecondArray::from(vec![moment()?]);
            Arc::new(array.with_timezone("UTC"))
        }
        _ if is_text(data_type) => {
            let text = std::str::from_utf8(value).ok()?;
            Arc::new(StringArray::from(vec![text]))
        }
        _ => return None,
    })
}

/// The digits of a decimal number in binary: groups of four, the position of
/// the first, a sign, and the digits after the point.
fn decimal(value: &[u8]) -> Option<String> {
    let shorts: Vec<u16> = value
        .chunks(2)
        .map(|pair| pair.try_into().ok().map(u16::from_be_bytes))
        .collect::<Option<_>>()?;
    let [count, first, sign, scale, groups @ ..] = shorts.as_slice() else {
        return None;
    };
    let (first, scale) = (i32::from(first.cast_signed()), usize::from(*scale));
    let fits = usize::from(*count) == groups.len() && scale <= MOST_DIGITS;
    if !fits || groups.len() > 16 || !(-16..=16).contains(&first) {
        return None;
    }
    let mut digits = match sign {
        0 => String::new(),
        0x4000 => "-".to_owned(),
        _ => return None,
    };
    let group = |position: i32| {
        let place = usize::try_from(first - position).ok()?;
        groups.get(place).copied()
    };
    digits.push('0');
    for position in (0..=first).rev() {
        digits.push_str(&format!("{:04}", group(position).unwrap_or(0)));
    }
    if scale > 0 {
        let mut fraction = String::new();
        let mut position = -1;
        while fraction.len() < scale {
            fraction.push_str(&format!("{:04}", group(position).unwrap_or(0)));
            position -= 1;
        }
        digits.push('.');
        digits.push_str(&fraction[..scale]);
    }
    // Zeros before the number count as digits: take them away.
    let (sign, number) = match digits.strip_prefix('-') {
        Some(number) => ("-", number),
        None => ("", digits.as_str()),
    };
    let number = number.trim_start_matches('0');
    let zero = if number.is_empty() || number.starts_with('.') {
        "0"
    } else {
        ""
    };
    Some(format!("{sign}{zero}{number}"))
}

#[cfg(test)]
mod tests {
    use arrow::util::display::array_value_to_string;
    use proptest::prelude::*;

    use super::*;

    fn shown(array: Option<ArrayRef>) -> Option<String> {
        let array = array?;
        let shown = array_value_to_string(&array, 0).unwrap();
        Some(format!("{} {shown}", array.data_type()))
    }

    #[test]
    fn texts_are_read_as_their_type_or_not_at_all() {
        for (value, data_type, expected) in [
            ("t", Type::BOOL, "Boolean true"),
            ("-7", Type::INT4, "Int32 -7"),
            ("1.5", Type::FLOAT8, "Float64 1.5"),
            ("12", Type::NUMERIC, "Int64 12"),
            (
                "18446744073709551615",
                Type::NUMERIC,
                "UInt64 18446744073709551615",
            ),
            ("-1.50", Type::NUMERIC, "Decimal128(38, 2) -1.50"),
            ("2024-01-31", Type::DATE, "Date32 2024-01-31"),
            ("\\x00ff", Type::BYTEA, "Binary 00ff"),
            ("' OR 1=1", Type::TEXT, "Utf8 ' OR 1=1"),
        ] {
            assert_eq!(shown(text(value, &data_type)).as_deref(), Some(expected));
        }
        for (value, data_type) in [
            ("maybe", Type::BOOL),
            ("1.5", Type::INT4),
            ("9999999999", Type::INT4),
            ("one", Type::NUMERIC),
            ("2024-02-31", Type::DATE),
            ("00ff", Type::BYTEA),
            ("\\x0+", Type::BYTEA),
            ("{1}", Type::INT4_ARRAY),
        ] {
            assert_eq!(shown(text(value, &data_type)), None, "{value}");
        }
    }

    #[test]
    fn binary_values_are_those_of_postgresql() {
        let numeric = |shorts: &[u16]| {
            let bytes: Vec<u8> = shorts
                .iter()
                .flat_map(|short| short.to_be_bytes())
                .collect();
            shown(binary(&bytes, &Type::NUMERIC))
        };
        // 12345.678, -0.0001 and 100000000.
        let expected = Some("Decimal128(38, 3) 12345.678".to_owned());
        assert_eq!(numeric(&[3, 1, 0, 3, 1, 2345, 6780]), expected);
        let expected = Some("Decimal128(38, 4) -0.0001".to_owned());
        assert_eq!(numeric(&[1, 0xffff, 0x4000, 4, 1]), expected);
        assert_eq!(numeric(&[1, 2, 0, 0, 1]), Some("Int64 100000000".into()));
        assert_eq!(numeric(&[0, 0, 0, 0]), Some("Int64 0".into()));
        assert_eq!(numeric(&[0, 0, 0xc000, 0]), None);
        assert_eq!(numeric(&[9, 0, 0, 0, 1]), None);
        let day = shown(binary(&8_796_i32.to_be_bytes(), &Type::DATE));
        assert_eq!(day.as_deref(), Some("Date32 2024-01-31"));
        let end_of_time = binary(&i32::MAX.to_be_bytes(), &Type::DATE);
        assert!(end_of_time.is_none());
        let moment = shown(binary(&0_i64.to_be_bytes(), &Type::TIMESTAMP));
        assert!(moment.unwrap().ends_with("2000-01-01T00:00:00"));
        assert!(binary(b"abc", &Type::INT4).is_none());
    }

    #[test]
    fn types_that_are_read_are_those_that_are_told() {
        for (value, data_type) in [
            ("t", Type::BOOL),
            ("1", Type::INT2),
            ("1", Type::INT8),
            ("1", Type::FLOAT4),
            ("1", Type::NUMERIC),
            ("\\x00", Type::BYTEA),
            ("2024-01-31", Type::DATE),
            ("10:20:30", Type::TIME),
            ("2024-01-31 10:20:30", Type::TIMESTAMP),
            ("2024-01-31 10:20:30", Type::TIMESTAMPTZ),
            ("text", Type::VARCHAR),
        ] {
            assert!(is_read(&data_type) && text(value, &data_type).is_some());
        }
        for data_type in [Type::INTERVAL, Type::INT4_ARRAY, Type::JSON] {
            assert!(!is_read(&data_type) && text("1", &data_type).is_none());
        }
    }

    #[test]
    fn values_are_as_many_as_their_types() {
        assert_eq!(row(&[], &[], |_| false), Ok(None));
        let one = [Some(Bytes::from_static(b"1"))];
        assert_eq!(row(&one, &[], |_| false), Err(Fault::parameters()));
        assert!(row(&one, &[Type::INT4], |_| false).unwrap().is_some());
        assert!(row(&[None], &[Type::INT4], |_| true).unwrap().is_some());
    }

    proptest! {
        #[test]
        fn no_value_makes_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            for data_type in [
                Type::BOOL, Type::INT2, Type::INT4, Type::INT8, Type::FLOAT4, Type::FLOAT8,
                Type::NUMERIC, Type::BYTEA, Type::DATE, Type::TIME, Type::TIMESTAMP,
                Type::TIMESTAMPTZ, Type::TEXT, Type::OID,
            ] {
                shown(binary(&bytes, &data_type).filter(|_| false));
                if let Ok(value) = std::str::from_utf8(&bytes) {
                    text(value, &data_type);
                }
            }
        }
    }
}
