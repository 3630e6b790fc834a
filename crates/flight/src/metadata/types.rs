//! Types in the words of ODBC and JDBC.

use arrow::array::RecordBatch;
use arrow_flight::error::Result;
use arrow_flight::sql::metadata::{XdbcTypeInfo, XdbcTypeInfoDataBuilder};
use arrow_flight::sql::{
    CommandGetXdbcTypeInfo, Nullable, Searchable, XdbcDataType, XdbcDatetimeSubcode,
};

/// What there is to say of a type.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Truth,
    Signed,
    Unsigned,
    Float,
    Text,
    Bytes,
    Time(XdbcDatetimeSubcode),
}

/// A day. The protocol's own name for the code is another.
const DAY: Kind = Kind::Time(XdbcDatetimeSubcode::XdbcSubcodeYear);

/// A moment.
const MOMENT: Kind = Kind::Time(XdbcDatetimeSubcode::XdbcSubcodeTimestamp);

/// Types that columns have: name, code, digits or characters, and kind.
const TYPES: [(&str, XdbcDataType, Option<i32>, Kind); 12] = {
    use XdbcDataType as Code;
    [
        ("BOOLEAN", Code::XdbcBit, Some(1), Kind::Truth),
        ("TINYINT", Code::XdbcTinyint, Some(3), Kind::Signed),
        ("BIGINT", Code::XdbcBigint, Some(19), Kind::Signed),
        (
            "BIGINT UNSIGNED",
            Code::XdbcBigint,
            Some(20),
            Kind::Unsigned,
        ),
        ("BYTEA", Code::XdbcVarbinary, None, Kind::Bytes),
        ("INT", Code::XdbcInteger, Some(10), Kind::Signed),
        ("SMALLINT", Code::XdbcSmallint, Some(5), Kind::Signed),
        ("REAL", Code::XdbcReal, Some(24), Kind::Float),
        ("DOUBLE", Code::XdbcDouble, Some(53), Kind::Float),
        ("VARCHAR", Code::XdbcVarchar, None, Kind::Text),
        ("DATE", Code::XdbcDate, Some(10), DAY),
        ("TIMESTAMP", Code::XdbcTimestamp, Some(26), MOMENT),
    ]
};

/// The types of a number, or all, sorted by number and name.
///
/// # Errors
/// None.
pub(crate) fn xdbc_types(asked: CommandGetXdbcTypeInfo) -> Result<RecordBatch> {
    let mut types = XdbcTypeInfoDataBuilder::new();
    for (name, code, size, kind) in TYPES {
        types.append(described(name, code, size, kind));
    }
    asked.into_builder(&types.build()?).build()
}

fn described(name: &str, code: XdbcDataType, size: Option<i32>, kind: Kind) -> XdbcTypeInfo {
    // A literal is quoted behind these words.
    let (prefix, suffix) = match kind {
        Kind::Text => (Some("'".to_owned()), Some("'")),
        Kind::Bytes => (Some("X'".to_owned()), Some("'")),
        Kind::Time(_) => (Some(format!("{name}'")), Some("'")),
        _ => (None, None),
    };
    let is_number = matches!(kind, Kind::Signed | Kind::Unsigned | Kind::Float);
    XdbcTypeInfo {
        type_name: name.to_owned(),
        data_type: code,
        column_size: size,
        literal_prefix: prefix,
        literal_suffix: suffix.map(str::to_owned),
        create_params: None,
        nullable: Nullable::NullabilityNullable,
        case_sensitive: kind == Kind::Text,
        searchable: match kind {
            Kind::Text => Searchable::Full,
            // All but LIKE.
            _ => Searchable::Basic,
        },
        unsigned_attribute: is_number.then_some(kind == Kind::Unsigned),
        fixed_prec_scale: false,
        auto_increment: Some(false),
        local_type_name: Some(name.to_owned()),
        minimum_scale: None,
        maximum_scale: None,
        // Dates and moments are one concise type with a code of its own.
        sql_data_type: match kind {
            Kind::Time(_) => XdbcDataType::XdbcDatetime,
            _ => code,
        },
        datetime_subcode: match kind {
            Kind::Time(code) => Some(code),
            _ => None,
        },
        num_prec_radix: match kind {
            Kind::Signed | Kind::Unsigned => Some(10),
            Kind::Float => Some(2),
            _ => None,
        },
        interval_precision: None,
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::AsArray as _;

    use super::*;

    #[test]
    fn types_are_sorted_by_number_and_can_be_asked_for_by_it() {
        let of = |data_type| xdbc_types(CommandGetXdbcTypeInfo { data_type }).unwrap();
        let all = of(None);
        assert_eq!(all.num_columns(), 19);
        let numbers = all.column(1).as_primitive::<arrow::datatypes::Int32Type>();
        assert!(numbers.values().is_sorted());
        let text = of(Some(12));
        assert_eq!(text.num_rows(), 1);
        assert_eq!(text.column(0).as_string::<i32>().value(0), "VARCHAR");
        assert_eq!(of(Some(1111)).num_rows(), 0);
    }
}
