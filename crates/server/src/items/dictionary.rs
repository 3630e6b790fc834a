//! What the columns of a table mean.

use arrow::datatypes::DataType;
use safeground_schema::release::{SCORES_DICTIONARY, scores_schema};
use serde::Serialize;

use super::select::Field;

/// A Frictionless Table Schema: the columns of `/collections/{layer}/items` as
/// CSV, in their order.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TableSchema {
    fields: Vec<Column>,
    /// What stands where there is no value; `status` says why.
    missing_values: [&'static str; 1],
    primary_key: [&'static str; 4],
}

/// A column.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct Column {
    name: &'static str,
    /// `string`, `integer` or `number`.
    r#type: &'static str,
    /// Unit of the values; absent for text.
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<&'static str>,
    description: &'static str,
}

/// Columns that tell of the unit itself: name, type, unit, meaning.
const ABOUT_UNITS: [(&str, &str, &str, &str); 10] = [
    (
        "id",
        "string",
        "",
        "Place identifier, or H3 cell as lowercase hexadecimal text.",
    ),
    ("name", "string", "", "Name of a place."),
    ("parent_id", "string", "", "Place that it is part of."),
    ("parent_name", "string", "", "Name of that place."),
    (
        "lgd_code",
        "string",
        "",
        "Code in the Local Government Directory.",
    ),
    (
        "census2011_code",
        "string",
        "",
        "Code in the Census of India 2011.",
    ),
    ("population", "integer", "persons", "Inhabitants."),
    ("children", "integer", "children", "Children below 18."),
    ("households", "integer", "households", "Households."),
    ("area_km2", "number", "square kilometres", "Area."),
];

/// The dictionary of every table.
pub(crate) fn dictionary() -> TableSchema {
    TableSchema {
        fields: Field::all().filter_map(column).collect(),
        missing_values: [""],
        primary_key: ["layer", "id", "theme", "period"],
    }
}

fn column(field: Field) -> Option<Column> {
    let name = field.name();
    let (kind, unit, description) = match field {
        Field::Unit(_) => {
            let (_, kind, unit, meaning) = ABOUT_UNITS.iter().find(|(known, ..)| *known == name)?;
            (*kind, *unit, *meaning)
        }
        Field::Key(_) | Field::Measure(_) => {
            let (_, unit, meaning) = SCORES_DICTIONARY
                .iter()
                .find(|(known, ..)| *known == name)?;
            (kind_of(name), *unit, *meaning)
        }
    };
    Some(Column {
        name,
        r#type: kind,
        unit: (!unit.is_empty()).then_some(unit),
        description,
    })
}

/// Type of a column of the released table, in the words of the standard.
pub(crate) fn kind_of(name: &str) -> &'static str {
    let schema = scores_schema();
    match schema.field_with_name(name).map(|field| field.data_type()) {
        Ok(DataType::Int32 | DataType::Int64) => "integer",
        Ok(DataType::Float64) => "number",
        _ => "string",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_is_described_in_the_order_of_the_table() {
        let columns: Vec<_> = Field::all().map(Field::name).collect();
        let described = dictionary().fields;
        let names: Vec<_> = described.iter().map(|column| column.name).collect();
        assert_eq!(names, columns);
        let low = described
            .iter()
            .find(|column| column.name == "count_low")
            .unwrap();
        assert_eq!(low.r#type, "integer");
        assert!(low.description.contains("band"));
    }
}
