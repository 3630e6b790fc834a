//! What a table function is made of.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray,
};
use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use datafusion::logical_expr::{DocSection, Documentation};

use super::call::{Argument, Call, Kind};
use super::error::StatisticsError;
use crate::geoarrow;

type Result<T> = std::result::Result<T, StatisticsError>;

/// What stands in a column of results.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ColumnKind {
    /// The column of ids of the input, under its own name and of its type.
    Id,
    /// An id of the input under the column's own name.
    Unit,
    /// A number, `Float64`.
    Number,
    /// A count, `Int64`.
    Count,
    /// A word, `Utf8`.
    Word,
    /// A truth value, `Boolean`.
    Boolean,
    /// A geometry in degrees, WKB marked as GeoArrow.
    Geometry,
}

/// A column of results.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column {
    pub(super) name: &'static str,
    pub(super) kind: ColumnKind,
    pub(super) description: &'static str,
}

/// A column of results, in short.
pub(super) const fn column(
    name: &'static str,
    kind: ColumnKind,
    description: &'static str,
) -> Column {
    Column {
        name,
        kind,
        description,
    }
}

/// The column of ids.
pub(super) const ID: Column = column(
    "id",
    ColumnKind::Id,
    "The column of ids, under its own name.",
);

/// A table function.
pub(super) struct TableFunctionSpec {
    pub(super) name: &'static str,
    pub(super) description: &'static str,
    /// Arguments in groups, of which several functions share some.
    pub(super) arguments: &'static [&'static [Argument]],
    pub(super) columns: &'static [Column],
    pub(super) example: &'static str,
    /// Rows it takes if nothing else is said, and at most.
    pub(super) rows: RowLimits,
    /// Checks the settings against the columns of the inputs.
    pub(super) bind: fn(&Call, &Inputs) -> Result<Task>,
}

/// How many rows a function takes.
#[derive(Debug, Clone, Copy)]
pub(super) struct RowLimits {
    pub(super) default: usize,
    pub(super) most: usize,
}

/// Rows of functions whose work grows with the number of links.
pub(super) const MANY_ROWS: RowLimits = RowLimits {
    default: 1_000_000,
    most: 5_000_000,
};

impl TableFunctionSpec {
    /// All arguments.
    pub(super) fn arguments(&self) -> impl Iterator<Item = &'static Argument> {
        self.arguments.iter().copied().flatten()
    }

    /// The function's documentation, in the form DataFusion's functions have.
    pub(super) fn documentation(&self) -> Documentation {
        let mut syntax = format!("{}(", self.name);
        for (place, argument) in self.arguments().enumerate() {
            if place > 0 {
                syntax.push_str(", ");
            }
            let placeholder = match argument.kind {
                Kind::Query => "(query)",
                Kind::Column => "column",
                Kind::Word => "'word'",
                Kind::Integer => "integer",
                Kind::Number => "number",
                Kind::Boolean => "boolean",
            };
            match argument.default {
                None => syntax.push_str(&format!("{} => {placeholder}", argument.name)),
                Some(_) => syntax.push_str(&format!("[{} => {placeholder}]", argument.name)),
            }
        }
        syntax.push(')');
        let section = DocSection {
            include: true,
            label: "Statistical table functions",
            description: None,
        };
        self.arguments()
            .fold(
                Documentation::builder(section, self.description, syntax)
                    .with_sql_example(self.example),
                |builder, argument| {
                    let description = match argument.default {
                        None => format!("{} Required.", argument.description),
                        Some("") => argument.description.to_owned(),
                        Some(default) => {
                            format!("{} Default {default}.", argument.description)
                        }
                    };
                    builder.with_argument(argument.name, description)
                },
            )
            .build()
    }

    /// Name, type and meaning of each column of results.
    pub(super) fn column_documentation(
        &self,
    ) -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
        self.columns.iter().map(|column| {
            let kind = match column.kind {
                ColumnKind::Id | ColumnKind::Unit => "as given",
                ColumnKind::Geometry => "Binary",
                ColumnKind::Number => "Float64",
                ColumnKind::Count => "Int64",
                ColumnKind::Word => "Utf8",
                ColumnKind::Boolean => "Boolean",
            };
            (column.name, kind, column.description)
        })
    }

    /// The schema of results, with the column of ids that the input has.
    pub(super) fn schema(&self, id: Option<&FieldRef>) -> Result<SchemaRef> {
        if let Some(id) = id
            && self
                .columns
                .iter()
                .any(|column| column.kind == ColumnKind::Id)
            && self
                .columns
                .iter()
                .any(|column| column.kind != ColumnKind::Id && column.name == id.name())
        {
            return Err(StatisticsError::ColumnName {
                function: self.name,
                column: id.name().clone(),
            });
        }
        let fields: Vec<FieldRef> = self
            .columns
            .iter()
            .filter_map(|column| {
                let data_type = match column.kind {
                    ColumnKind::Id => {
                        let id = id?;
                        return Some(Arc::new(id.as_ref().clone().with_nullable(false)));
                    }
                    ColumnKind::Unit => {
                        let unit = id?.as_ref().clone().with_name(column.name);
                        return Some(Arc::new(unit.with_nullable(false)));
                    }
                    ColumnKind::Geometry => {
                        let geometry = Field::new(column.name, DataType::Binary, true);
                        return Some(Arc::new(geoarrow::marked(geometry)));
                    }
                    ColumnKind::Number => DataType::Float64,
                    ColumnKind::Count => DataType::Int64,
                    ColumnKind::Word => DataType::Utf8,
                    ColumnKind::Boolean => DataType::Boolean,
                };
                Some(Arc::new(Field::new(column.name, data_type, true)))
            })
            .collect();
        Ok(Arc::new(Schema::new(fields)))
    }
}

/// The schemas of a call's queries.
pub(super) struct Inputs {
    pub(super) input: SchemaRef,
    pub(super) weights: Option<SchemaRef>,
}

/// The rows of a call's queries.
pub(super) struct Rows {
    pub(super) input: RecordBatch,
    pub(super) weights: Option<RecordBatch>,
}

/// A checked call: what it gives, and how.
pub(super) struct Task {
    pub(super) schema: SchemaRef,
    pub(super) run: Run,
}

/// The work of a call.
pub(super) type Run = Box<dyn Fn(&Rows) -> Result<Vec<ArrayRef>> + Send + Sync>;

/// Numbers, null where there is none.
pub(super) fn numbers(values: impl IntoIterator<Item = Option<f64>>) -> ArrayRef {
    Arc::new(values.into_iter().collect::<Float64Array>())
}

/// Counts, null where there is none.
pub(super) fn counts(values: impl IntoIterator<Item = Option<usize>>) -> ArrayRef {
    Arc::new(
        values
            .into_iter()
            .map(|count| count.and_then(|count| i64::try_from(count).ok()))
            .collect::<Int64Array>(),
    )
}

/// Words, null where there is none.
pub(super) fn words<'a>(values: impl IntoIterator<Item = Option<&'a str>>) -> ArrayRef {
    Arc::new(values.into_iter().collect::<StringArray>())
}

/// Truth values.
pub(super) fn booleans(values: impl IntoIterator<Item = Option<bool>>) -> ArrayRef {
    Arc::new(values.into_iter().collect::<BooleanArray>())
}

/// The rows of results of a call.
pub(super) fn batch(
    function: &'static str,
    schema: &SchemaRef,
    columns: Vec<ArrayRef>,
) -> Result<RecordBatch> {
    debug_assert!(
        columns
            .iter()
            .all(|column| column.len() == columns[0].len())
    );
    RecordBatch::try_new(Arc::clone(schema), columns)
        .map_err(|source| StatisticsError::Arrow { function, source })
}
