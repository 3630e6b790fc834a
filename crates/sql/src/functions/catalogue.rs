//! What functions there are, from their own documentation.

use datafusion::logical_expr::Documentation;

use super::{aggregates, h3, st, tables, tiles};

/// What a function is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FunctionKind {
    /// Gives a value for each row.
    Scalar,
    /// Gives a value for each group of rows.
    Aggregate,
    /// Gives a table, and stands after `FROM`.
    Table,
}

impl FunctionKind {
    /// The word in lists.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Scalar => "scalar",
            Self::Aggregate => "aggregate",
            Self::Table => "table",
        }
    }
}

/// A column that a table function gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogueColumn {
    /// Its name.
    pub name: String,
    /// Its Arrow type; `as given` where the query decides.
    pub data_type: String,
    /// What stands in it, with its unit.
    pub description: String,
}

/// A function as it documents itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogueEntry {
    /// Its name in SQL.
    pub name: String,
    /// Other names that call it too.
    pub aliases: Vec<String>,
    /// What it is.
    pub kind: FunctionKind,
    /// The family it belongs to.
    pub section: String,
    /// How to call it.
    pub signature: String,
    /// What it gives.
    pub description: String,
    /// Arguments, by name and description.
    pub arguments: Vec<(String, String)>,
    /// Columns of a table function; empty for others.
    pub columns: Vec<CatalogueColumn>,
    /// Rows a table function takes if nothing else is said, and at most.
    pub rows: Option<(usize, usize)>,
    /// A query that uses it.
    pub example: Option<String>,
    /// Where it does something other than DuckDB's function of that name.
    pub difference: Option<String>,
}

impl CatalogueEntry {
    fn new(name: &str, kind: FunctionKind, documentation: &Documentation) -> Self {
        Self {
            name: name.to_owned(),
            aliases: Vec::new(),
            kind,
            section: documentation.doc_section.label.to_owned(),
            signature: documentation.syntax_example.clone(),
            description: documentation.description.clone(),
            arguments: documentation.arguments.clone().unwrap_or_default(),
            columns: Vec::new(),
            rows: None,
            example: documentation.sql_example.clone(),
            difference: None,
        }
    }
}

/// All functions that [`register`](super::register()) adds to a session: h3
/// functions, `st_*`, statistical table functions, aggregates; each family in
/// the order of its files, `st_*` by name.
#[must_use]
pub fn catalogue() -> Vec<CatalogueEntry> {
    let mut entries = Vec::new();
    for (function, (_, difference)) in h3::functions().iter().zip(h3::differences()) {
        let documentation = function
            .documentation()
            .expect("h3 functions are documented");
        entries.push(CatalogueEntry {
            difference: (!difference.is_empty()).then(|| difference.to_owned()),
            ..CatalogueEntry::new(function.name(), FunctionKind::Scalar, documentation)
        });
    }
    let geometry =
        |name: &str, aliases: &[String], kind, theirs: Option<&Documentation>| CatalogueEntry {
            aliases: aliases.to_vec(),
            ..CatalogueEntry::new(name, kind, &st::documentation(name, theirs))
        };
    let (scalars, unions) = st::functions();
    entries.extend(scalars.iter().map(|function| {
        geometry(
            function.name(),
            function.aliases(),
            FunctionKind::Scalar,
            function.documentation(),
        )
    }));
    entries.extend(unions.iter().map(|function| {
        geometry(
            function.name(),
            function.aliases(),
            FunctionKind::Aggregate,
            function.documentation(),
        )
    }));
    entries.extend(tiles::functions().iter().map(|function| {
        let documentation = function.documentation();
        let documentation = documentation.expect("functions of tiles are documented");
        CatalogueEntry::new(function.name(), FunctionKind::Scalar, documentation)
    }));
    entries.extend(tiles::aggregates().iter().map(|function| {
        let documentation = function.documentation();
        let documentation = documentation.expect("functions of tiles are documented");
        CatalogueEntry::new(function.name(), FunctionKind::Aggregate, documentation)
    }));
    entries.extend(tables::functions().map(|function| {
        CatalogueEntry {
            columns: function
                .columns
                .iter()
                .map(|(name, data_type, description)| CatalogueColumn {
                    name: (*name).to_owned(),
                    data_type: (*data_type).to_owned(),
                    description: (*description).to_owned(),
                })
                .collect(),
            rows: Some(function.rows),
            ..CatalogueEntry::new(function.name, FunctionKind::Table, &function.documentation)
        }
    }));
    entries.extend(aggregates::functions().iter().map(|function| {
        let documentation = function.documentation().expect("aggregates are documented");
        CatalogueEntry::new(function.name(), FunctionKind::Aggregate, documentation)
    }));
    entries
}
