//! The catalog: its schemas, its tables, their columns.

use std::collections::BTreeSet;
use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array as _, ArrayRef, BinaryArray, RecordBatch, Scalar, StringArray};
use arrow::compute::kernels::comparison::like;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use safeground_sql::{RELEASE_ID, TableEntry, TextTypes};

use crate::messages::schema_message;
use crate::protocol::{GetSchemas, GetTables};

/// Name of the one catalog.
const CATALOG: &str = "safeground";

/// The one type of tables.
const TABLE: &str = "BASE TABLE";

/// Key of a column's description in the metadata of its field.
const REMARKS: &str = "ARROW:FLIGHT:SQL:REMARKS";

/// What is listed.
#[derive(Debug, Clone)]
pub(crate) struct Listing {
    /// Tables of the release and of its own catalog.
    pub(crate) tables: Vec<TableEntry>,
    /// Id of the release.
    pub(crate) release_id: String,
    /// Types of texts in schemas.
    pub(crate) texts: TextTypes,
}

/// The catalogs: one.
pub(crate) fn catalogs() -> Result<RecordBatch, ArrowError> {
    let names = StringArray::from(vec![CATALOG]);
    batch(vec![(
        "catalog_name",
        DataType::Utf8,
        false,
        Arc::new(names),
    )])
}

/// The types of tables: one.
pub(crate) fn table_types() -> Result<RecordBatch, ArrowError> {
    let names = StringArray::from(vec![TABLE]);
    batch(vec![("table_type", DataType::Utf8, false, Arc::new(names))])
}

/// The schemas of a catalog whose names are like a pattern, sorted.
pub(crate) fn schemas(listing: &Listing, asked: &GetSchemas) -> Result<RecordBatch, ArrowError> {
    let names: BTreeSet<&str> = if is_ours(asked.catalog.as_deref()) {
        let tables = listing.tables.iter();
        tables.map(|table| table.schema.as_str()).collect()
    } else {
        BTreeSet::new()
    };
    let names: Vec<&str> = names.into_iter().collect();
    let kept = are_like(&names, asked.schema_pattern.as_deref())?;
    let names: StringArray = names
        .iter()
        .zip(kept)
        .filter_map(|(name, kept)| kept.then_some(Some(*name)))
        .collect();
    let catalogs = StringArray::from(vec![CATALOG; names.len()]);
    batch(vec![
        ("catalog_name", DataType::Utf8, true, Arc::new(catalogs)),
        ("db_schema_name", DataType::Utf8, false, Arc::new(names)),
    ])
}

/// The tables that are asked for, sorted, with their schemas if wanted.
pub(crate) fn tables(listing: &Listing, asked: &GetTables) -> Result<RecordBatch, ArrowError> {
    let of_type = asked.table_types.is_empty() || asked.table_types.iter().any(|t| t == TABLE);
    let mut found: Vec<&TableEntry> = Vec::new();
    if of_type && is_ours(asked.catalog.as_deref()) {
        let all: Vec<&TableEntry> = listing.tables.iter().collect();
        let schemas: Vec<&str> = all.iter().map(|table| table.schema.as_str()).collect();
        let names: Vec<&str> = all.iter().map(|table| table.name.as_str()).collect();
        let in_schema = are_like(&schemas, asked.schema_pattern.as_deref())?;
        let named = are_like(&names, asked.table_pattern.as_deref())?;
        let kept = in_schema.into_iter().zip(named).map(|(a, b)| a && b);
        found.extend(
            all.iter()
                .zip(kept)
                .filter_map(|(t, kept)| kept.then_some(*t)),
        );
    }
    found.sort_by_key(|table| (&table.schema, &table.name));
    let text = |of: fn(&TableEntry) -> &str| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(
            found.iter().map(|table| of(table)),
        ))
    };
    let mut columns = vec![
        ("catalog_name", DataType::Utf8, true, text(|_| CATALOG)),
        (
            "db_schema_name",
            DataType::Utf8,
            true,
            text(|table| &table.schema),
        ),
        (
            "table_name",
            DataType::Utf8,
            false,
            text(|table| &table.name),
        ),
        ("table_type", DataType::Utf8, false, text(|_| TABLE)),
    ];
    if asked.include_schema {
        let schemas = found.iter().map(|table| {
            let schema = schema(table, listing)?;
            Ok(schema_message(&schema)?.to_vec())
        });
        let schemas = schemas.collect::<Result<Vec<_>, ArrowError>>()?;
        let schemas = BinaryArray::from_iter_values(schemas);
        columns.push(("table_schema", DataType::Binary, false, Arc::new(schemas)));
    }
    batch(columns)
}

/// The Arrow schema of a table, as a query for all of its columns has it.
fn schema(table: &TableEntry, listing: &Listing) -> Result<SchemaRef, ArrowError> {
    let fields = table.columns.iter().map(|column| {
        let data_type: DataType = column.data_type.parse()?;
        let remarks = match (column.meaning.as_str(), column.unit.as_str()) {
            ("", "") => None,
            (meaning, "") => Some(meaning.to_owned()),
            (meaning, unit) => Some(format!("{meaning} ({unit})")),
        };
        let remarks = remarks.map(|text| (REMARKS.to_owned(), text));
        let field = Field::new(&column.name, data_type, column.nullable);
        Ok(field.with_metadata(remarks.into_iter().collect()))
    });
    let fields = fields.collect::<Result<Vec<_>, ArrowError>>()?;
    let metadata = HashMap::from([(RELEASE_ID.to_owned(), listing.release_id.clone())]);
    let schema = Schema::new_with_metadata(fields, metadata);
    Ok(listing.texts.written(&schema))
}

/// Whether a filter on catalogs lets ours through.
fn is_ours(catalog: Option<&str>) -> bool {
    catalog.is_none_or(|name| name == CATALOG)
}

/// Which names are like a pattern of SQL; all without one.
fn are_like(names: &[&str], pattern: Option<&str>) -> Result<Vec<bool>, ArrowError> {
    let Some(pattern) = pattern else {
        return Ok(vec![true; names.len()]);
    };
    let names = StringArray::from(names.to_vec());
    let pattern = Scalar::new(StringArray::from(vec![pattern]));
    let matches = like(&names, &pattern)?;
    Ok(matches.iter().map(Option::unwrap_or_default).collect())
}

/// A batch of named columns, each with its type and whether it may be empty.
pub(super) fn batch(
    columns: Vec<(&str, DataType, bool, ArrayRef)>,
) -> Result<RecordBatch, ArrowError> {
    let fields: Vec<Field> = columns
        .iter()
        .map(|(name, data_type, nullable, _)| Field::new(*name, data_type.clone(), *nullable))
        .collect();
    let arrays = columns.into_iter().map(|(.., array)| array).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)
}

#[cfg(test)]
mod tests {
    use arrow::array::AsArray as _;
    use safeground_sql::ColumnEntry;

    use super::*;

    fn listing(texts: TextTypes) -> Listing {
        let table = |schema: &str, name: &str| TableEntry {
            schema: schema.into(),
            name: name.into(),
            columns: vec![ColumnEntry {
                name: "unit_id".into(),
                data_type: DataType::Utf8View.to_string(),
                nullable: false,
                unit: "id".into(),
                meaning: "place or cell".into(),
            }],
        };
        Listing {
            tables: vec![
                table("public", "scores"),
                table("public", "places"),
                table("information_schema", "tables"),
            ],
            release_id: "0123456789abcdef".into(),
            texts,
        }
    }

    fn names(batch: &RecordBatch, column: usize) -> Vec<String> {
        let column = batch.column(column).as_string::<i32>();
        column.iter().flatten().map(str::to_owned).collect()
    }

    #[test]
    fn tables_are_sorted_and_filtered_by_patterns() {
        let listing = listing(TextTypes::AsComputed);
        let of = |asked: GetTables| names(&tables(&listing, &asked).unwrap(), 2);
        assert_eq!(of(GetTables::default()), ["tables", "places", "scores"]);
        let with = |schema: &str, table: &str| GetTables {
            schema_pattern: Some(schema.into()),
            table_pattern: Some(table.into()),
            ..GetTables::default()
        };
        assert_eq!(of(with("public", "%")), ["places", "scores"]);
        assert_eq!(of(with("%", "s_or%")), ["scores"]);
        assert_eq!(of(with("", "%")), Vec::<String>::new());
        let other = GetTables {
            catalog: Some("other".into()),
            ..GetTables::default()
        };
        assert!(of(other).is_empty());
        let views = GetTables {
            table_types: vec!["VIEW".into()],
            ..GetTables::default()
        };
        assert!(of(views).is_empty());
        let all = schemas(&listing, &GetSchemas::default()).unwrap();
        assert_eq!(names(&all, 1), ["information_schema", "public"]);
    }

    #[test]
    fn the_schema_of_a_table_has_types_as_asked_for_and_says_what_columns_mean() {
        let asked = GetTables {
            table_pattern: Some("scores".into()),
            include_schema: true,
            ..GetTables::default()
        };
        for (texts, expected) in [
            (TextTypes::AsComputed, DataType::Utf8View),
            (TextTypes::Classic, DataType::Utf8),
        ] {
            let found = tables(&listing(texts), &asked).unwrap();
            let bytes = found.column(4).as_binary::<i32>().value(0);
            // A message of a schema is a stream without an end.
            let reader = arrow::ipc::reader::StreamReader::try_new(bytes, None).unwrap();
            let schema = reader.schema();
            assert_eq!(*schema.field(0).data_type(), expected);
            assert_eq!(schema.field(0).metadata()[REMARKS], "place or cell (id)");
            assert_eq!(schema.metadata()[RELEASE_ID], "0123456789abcdef");
        }
    }
}
