//! The catalog: its schemas, its tables, their columns.

use std::collections::{BTreeSet, HashMap};

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow_flight::error::Result;
use arrow_flight::sql::{
    CommandGetCatalogs, CommandGetDbSchemas, CommandGetTableTypes, CommandGetTables,
};
use safeground_sql::{RELEASE_ID, TableEntry, TextTypes};

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
///
/// # Errors
/// None.
pub(crate) fn catalogs(asked: CommandGetCatalogs) -> Result<RecordBatch> {
    let mut catalogs = asked.into_builder();
    catalogs.append(CATALOG);
    catalogs.build()
}

/// The types of tables: one.
///
/// # Errors
/// None.
pub(crate) fn table_types(asked: CommandGetTableTypes) -> Result<RecordBatch> {
    let mut types = asked.into_builder();
    types.append(TABLE);
    types.build()
}

/// The schemas of a catalog whose names are like a pattern, sorted.
///
/// # Errors
/// None.
pub(crate) fn schemas(listing: &Listing, asked: CommandGetDbSchemas) -> Result<RecordBatch> {
    let tables = listing.tables.iter();
    let names: BTreeSet<&str> = tables.map(|table| table.schema.as_str()).collect();
    let mut schemas = asked.into_builder();
    for name in names {
        schemas.append(CATALOG, name);
    }
    schemas.build()
}

/// The tables that are asked for, sorted, with their schemas if wanted.
///
/// # Errors
/// If a type of a column cannot be read.
pub(crate) fn tables(listing: &Listing, asked: CommandGetTables) -> Result<RecordBatch> {
    let mut tables = asked.into_builder();
    for table in &listing.tables {
        let schema = schema(table, listing)?;
        tables.append(CATALOG, &table.schema, &table.name, TABLE, &schema)?;
    }
    tables.build()
}

/// The Arrow schema of a table, as a query for all of its columns has it.
fn schema(table: &TableEntry, listing: &Listing) -> Result<SchemaRef> {
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
    let fields = fields.collect::<std::result::Result<Vec<_>, ArrowError>>()?;
    let metadata = HashMap::from([(RELEASE_ID.to_owned(), listing.release_id.clone())]);
    let schema = Schema::new_with_metadata(fields, metadata);
    Ok(listing.texts.written(&schema))
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
        let of = |asked: CommandGetTables| names(&tables(&listing, asked).unwrap(), 2);
        assert_eq!(
            of(CommandGetTables::default()),
            ["tables", "places", "scores"]
        );
        let with = |schema: &str, table: &str| CommandGetTables {
            db_schema_filter_pattern: Some(schema.into()),
            table_name_filter_pattern: Some(table.into()),
            ..CommandGetTables::default()
        };
        assert_eq!(of(with("public", "%")), ["places", "scores"]);
        assert_eq!(of(with("%", "s_or%")), ["scores"]);
        assert_eq!(of(with("", "%")), Vec::<String>::new());
        let other = CommandGetTables {
            catalog: Some("other".into()),
            ..CommandGetTables::default()
        };
        assert!(of(other).is_empty());
        let views = CommandGetTables {
            table_types: vec!["VIEW".into()],
            ..CommandGetTables::default()
        };
        assert!(of(views).is_empty());
        let all = schemas(&listing, CommandGetDbSchemas::default()).unwrap();
        assert_eq!(names(&all, 1), ["information_schema", "public"]);
    }

    #[test]
    fn the_schema_of_a_table_has_types_as_asked_for_and_says_what_columns_mean() {
        let asked = CommandGetTables {
            table_name_filter_pattern: Some("scores".into()),
            include_schema: true,
            ..CommandGetTables::default()
        };
        for (texts, expected) in [
            (TextTypes::AsComputed, DataType::Utf8View),
            (TextTypes::Classic, DataType::Utf8),
        ] {
            let found = tables(&listing(texts), asked.clone()).unwrap();
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
