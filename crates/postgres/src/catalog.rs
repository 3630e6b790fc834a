//! What clients ask of `pg_catalog`, as far as it is answered: the list of
//! tables that psql asks for.
//!
//! There is no `pg_catalog` to ask. The statement that psql sends for `\dt` and
//! `\d` is known by its text, and answered with the names of the tables. All
//! others are refused as queries of tables that there are not;
//! `information_schema` says the same and more.

use bytes::{BufMut as _, BytesMut};
use pgwire::api::Type;
use pgwire::api::results::{FieldFormat, FieldInfo};
use pgwire::messages::data::DataRow;
use safeground_sql::TableEntry;

/// What a client asks of the catalog.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Listing {
    /// The tables of the release.
    Tables,
}

/// A table of texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Texts {
    /// Names of its columns.
    pub(crate) columns: Vec<String>,
    /// Its rows.
    pub(crate) rows: Vec<Vec<String>>,
}

/// What a statement asks of the catalog; `None` for any other.
pub(crate) fn read(sql: &str) -> Option<Listing> {
    let flat = sql.split_whitespace().collect::<Vec<_>>().join(" ");
    let begins = "SELECT n.nspname as \"Schema\", c.relname as \"Name\", CASE c.relkind WHEN 'r'";
    let has = |part: &str| flat.contains(part);
    let is_list = flat.starts_with(begins)
        && has("pg_catalog.pg_get_userbyid(c.relowner) as \"Owner\" FROM pg_catalog.pg_class c")
        && has("WHERE c.relkind IN ('r','p',")
        && has("pg_catalog.pg_table_is_visible(c.oid) ORDER BY 1,2")
        && !has("c.relname OPERATOR");
    is_list.then_some(Listing::Tables)
}

impl Listing {
    /// The columns of the answer.
    pub(crate) fn columns(self) -> Vec<String> {
        let Self::Tables = self;
        ["Schema", "Name", "Type", "Owner"]
            .map(str::to_owned)
            .into()
    }

    /// The answer.
    pub(crate) fn of(self, tables: &[TableEntry]) -> Texts {
        let mut rows: Vec<Vec<String>> = tables
            .iter()
            .filter(|table| table.schema == "public")
            .map(|table| {
                [
                    table.schema.as_str(),
                    table.name.as_str(),
                    "table",
                    "safeground",
                ]
                .map(str::to_owned)
                .into()
            })
            .collect();
        rows.sort();
        Texts {
            columns: self.columns(),
            rows,
        }
    }
}

impl Texts {
    /// Columns of texts as the protocol describes them.
    pub(crate) fn fields(columns: &[String]) -> Vec<FieldInfo> {
        let field =
            |name: &String| FieldInfo::new(name.clone(), None, None, Type::TEXT, FieldFormat::Text);
        columns.iter().map(field).collect()
    }

    /// The rows. Texts are the same bytes in both formats.
    pub(crate) fn data(&self) -> impl Iterator<Item = DataRow> {
        self.rows.iter().map(|row| {
            let mut data = BytesMut::new();
            for text in row {
                data.put_i32(i32::try_from(text.len()).expect("texts of the catalog are short"));
                data.put_slice(text.as_bytes());
            }
            let count = i16::try_from(row.len()).expect("lists of the catalog have few columns");
            DataRow::new(data, count)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As psql 15 sends it for `\dt`.
    const LIST: &str = r#"SELECT n.nspname as "Schema",
  c.relname as "Name",
  CASE c.relkind WHEN 'r' THEN 'table' WHEN 'v' THEN 'view' END as "Type",
  pg_catalog.pg_get_userbyid(c.relowner) as "Owner"
FROM pg_catalog.pg_class c
     LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r','p','')
      AND n.nspname <> 'pg_catalog'
      AND n.nspname <> 'information_schema'
  AND pg_catalog.pg_table_is_visible(c.oid)
ORDER BY 1,2;"#;

    #[test]
    fn the_list_of_tables_is_known_by_its_text_and_nothing_else_is() {
        assert_eq!(read(LIST), Some(Listing::Tables));
        for other in [
            "SELECT 1",
            "SELECT * FROM pg_catalog.pg_class",
            &LIST.replace("'r','p',''", "'v',''"),
            &LIST.replace("as \"Owner\"", "as \"Owner\", 1 AS \"Size\""),
        ] {
            assert_eq!(read(other), None, "{other}");
        }
    }

    #[test]
    fn tables_of_the_release_are_listed_by_name() {
        let table = |schema: &str, name: &str| TableEntry {
            schema: schema.into(),
            name: name.into(),
            columns: vec![],
        };
        let tables = [
            table("public", "scores"),
            table("public", "places"),
            table("information_schema", "tables"),
        ];
        let listed = Listing::Tables.of(&tables);
        let names: Vec<&str> = listed.rows.iter().map(|row| row[1].as_str()).collect();
        assert_eq!(names, ["places", "scores"]);
        assert_eq!(listed.data().count(), 2);
        assert_eq!(Texts::fields(&listed.columns).len(), 4);
    }
}
