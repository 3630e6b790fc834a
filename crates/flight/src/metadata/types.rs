//! Types in the words of ODBC and JDBC.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Int32Array, ListBuilder, RecordBatch, StringArray, StringBuilder,
};
use arrow::datatypes::{DataType, Field};
use arrow::error::ArrowError;

use super::tables::batch;

/// A type.
struct Type {
    name: &'static str,
    /// Its number in ODBC.
    number: i32,
    /// Digits or characters.
    size: Option<i32>,
    /// What encloses a literal.
    quote: Option<&'static str>,
    /// What a literal begins with before the quote.
    literal: Option<&'static str>,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Truth,
    Signed,
    Unsigned,
    Float,
    Text,
    Bytes,
    Time,
}

/// Types that columns have, sorted by number, the closest first.
const TYPES: [Type; 12] = [
    of("BOOLEAN", -7, Some(1), Kind::Truth),
    of("TINYINT", -6, Some(3), Kind::Signed),
    of("BIGINT", -5, Some(19), Kind::Signed),
    of("BIGINT UNSIGNED", -5, Some(20), Kind::Unsigned),
    of("BYTEA", -3, None, Kind::Bytes),
    of("INT", 4, Some(10), Kind::Signed),
    of("SMALLINT", 5, Some(5), Kind::Signed),
    of("REAL", 7, Some(24), Kind::Float),
    of("DOUBLE", 8, Some(53), Kind::Float),
    of("VARCHAR", 12, None, Kind::Text),
    of("DATE", 91, Some(10), Kind::Time),
    of("TIMESTAMP", 93, Some(26), Kind::Time),
];

const fn of(name: &'static str, number: i32, size: Option<i32>, kind: Kind) -> Type {
    let (literal, quote) = match kind {
        Kind::Text => (None, Some("'")),
        Kind::Bytes => (Some("X"), Some("'")),
        Kind::Time => (Some(name), Some("'")),
        _ => (None, None),
    };
    Type {
        name,
        number,
        size,
        quote,
        literal,
        kind,
    }
}

/// The types of a number, or all.
pub(crate) fn xdbc_types(asked: Option<i32>) -> Result<RecordBatch, ArrowError> {
    let types: Vec<&Type> = TYPES
        .iter()
        .filter(|known| asked.is_none_or(|number| number == known.number))
        .collect();
    let text = |of: &dyn Fn(&Type) -> Option<String>| -> ArrayRef {
        Arc::new(types.iter().map(|known| of(known)).collect::<StringArray>())
    };
    let number = |of: &dyn Fn(&Type) -> Option<i32>| -> ArrayRef {
        Arc::new(types.iter().map(|known| of(known)).collect::<Int32Array>())
    };
    let truth = |of: &dyn Fn(&Type) -> Option<bool>| -> ArrayRef {
        Arc::new(
            types
                .iter()
                .map(|known| of(known))
                .collect::<BooleanArray>(),
        )
    };
    let is_number =
        |known: &Type| matches!(known.kind, Kind::Signed | Kind::Unsigned | Kind::Float);
    let item = Field::new("item", DataType::Utf8, false);
    let mut parameters = ListBuilder::new(StringBuilder::new()).with_field(item.clone());
    types.iter().for_each(|_| parameters.append(false));
    let parameters: ArrayRef = Arc::new(parameters.finish());
    let prefix = |known: &Type| {
        let quote = known.quote?;
        Some(format!("{}{quote}", known.literal.unwrap_or_default()))
    };
    // Searchable: 2, but for LIKE; texts: 3, with it.
    let searchable = |known: &Type| Some(if known.kind == Kind::Text { 3 } else { 2 });
    let unsigned = |known: &Type| is_number(known).then_some(known.kind == Kind::Unsigned);
    let radix = |known: &Type| match known.kind {
        Kind::Signed | Kind::Unsigned => Some(10),
        Kind::Float => Some(2),
        _ => None,
    };
    // Dates and moments are one concise type with a subcode: 1 and 3.
    let sql_type = |known: &Type| {
        Some(if known.kind == Kind::Time {
            9
        } else {
            known.number
        })
    };
    let subcode = |known: &Type| (known.kind == Kind::Time).then_some(known.number - 90);
    let list = parameters.data_type().clone();
    batch(vec![
        (
            "type_name",
            DataType::Utf8,
            false,
            text(&|t| Some(t.name.into())),
        ),
        (
            "data_type",
            DataType::Int32,
            false,
            number(&|t| Some(t.number)),
        ),
        ("column_size", DataType::Int32, true, number(&|t| t.size)),
        ("literal_prefix", DataType::Utf8, true, text(&prefix)),
        (
            "literal_suffix",
            DataType::Utf8,
            true,
            text(&|t| t.quote.map(Into::into)),
        ),
        ("create_params", list, true, parameters),
        ("nullable", DataType::Int32, false, number(&|_| Some(1))),
        (
            "case_sensitive",
            DataType::Boolean,
            false,
            truth(&|t| Some(t.kind == Kind::Text)),
        ),
        ("searchable", DataType::Int32, false, number(&searchable)),
        (
            "unsigned_attribute",
            DataType::Boolean,
            true,
            truth(&unsigned),
        ),
        (
            "fixed_prec_scale",
            DataType::Boolean,
            false,
            truth(&|_| Some(false)),
        ),
        (
            "auto_increment",
            DataType::Boolean,
            true,
            truth(&|_| Some(false)),
        ),
        (
            "local_type_name",
            DataType::Utf8,
            true,
            text(&|t| Some(t.name.into())),
        ),
        ("minimum_scale", DataType::Int32, true, number(&|_| None)),
        ("maximum_scale", DataType::Int32, true, number(&|_| None)),
        ("sql_data_type", DataType::Int32, false, number(&sql_type)),
        ("datetime_subcode", DataType::Int32, true, number(&subcode)),
        ("num_prec_radix", DataType::Int32, true, number(&radix)),
        (
            "interval_precision",
            DataType::Int32,
            true,
            number(&|_| None),
        ),
    ])
}

#[cfg(test)]
mod tests {
    use arrow::array::AsArray as _;

    use super::*;

    #[test]
    fn types_are_sorted_by_number_and_can_be_asked_for_by_it() {
        let all = xdbc_types(None).unwrap();
        assert_eq!(all.num_columns(), 19);
        let numbers = all.column(1).as_primitive::<arrow::datatypes::Int32Type>();
        assert!(numbers.values().is_sorted());
        let text = xdbc_types(Some(12)).unwrap();
        assert_eq!(text.num_rows(), 1);
        assert_eq!(text.column(0).as_string::<i32>().value(0), "VARCHAR");
        assert_eq!(xdbc_types(Some(1111)).unwrap().num_rows(), 0);
    }
}
