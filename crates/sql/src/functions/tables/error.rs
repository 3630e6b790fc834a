//! What can be wrong with a call of a statistical table function.

use datafusion::common::DataFusionError;
use safeground_stats::StatsError;

/// Why a table function cannot be planned or computed. Messages name columns
/// and arguments, which the query itself holds, and numbers of rows, never
/// what stands in them.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StatisticsError {
    /// An argument that the function does not have.
    #[error("{function} has no argument {name}: it takes {known}")]
    UnknownArgument {
        /// The function.
        function: &'static str,
        /// The name given.
        name: String,
        /// The names there are.
        known: String,
    },
    /// An argument given twice.
    #[error("argument {name} of {function} is given twice: give it once")]
    RepeatedArgument {
        /// The function.
        function: &'static str,
        /// The argument.
        name: &'static str,
    },
    /// An argument that the function cannot do without.
    #[error("argument {name} of {function} is missing: {remedy}")]
    MissingArgument {
        /// The function.
        function: &'static str,
        /// The argument.
        name: &'static str,
        /// What to write.
        remedy: &'static str,
    },
    /// An argument of a value that it cannot have.
    #[error("argument {name} of {function} is {value}: expected {expected}")]
    ArgumentValue {
        /// The function.
        function: &'static str,
        /// The argument.
        name: String,
        /// The value given.
        value: String,
        /// The values there are.
        expected: String,
    },
    /// A column that the query inside does not give.
    #[error(
        "argument {name} of {function} names column {column}, which its query does not give: it \
         gives {columns}"
    )]
    UnknownColumn {
        /// The function.
        function: &'static str,
        /// The argument.
        name: &'static str,
        /// The column named.
        column: String,
        /// The columns there are.
        columns: String,
    },
    /// A name that several columns of the query inside have.
    #[error(
        "argument {name} of {function} names column {column}, which its query gives more than \
         once: give each a name of its own with AS"
    )]
    AmbiguousColumn {
        /// The function.
        function: &'static str,
        /// The argument.
        name: &'static str,
        /// The column named.
        column: String,
    },
    /// A column of a type that the argument cannot take.
    #[error(
        "argument {name} of {function} names column {column} of type {found}: expected {expected}"
    )]
    ColumnType {
        /// The function.
        function: &'static str,
        /// The argument.
        name: &'static str,
        /// The column named.
        column: String,
        /// Its type.
        found: String,
        /// The types there are.
        expected: &'static str,
    },
    /// A column of ids that has the name of a column of results.
    #[error(
        "{function} gives a column {column} of its own: give the column of the query another name \
         with AS"
    )]
    ColumnName {
        /// The function.
        function: &'static str,
        /// The name.
        column: String,
    },
    /// More rows than the function takes.
    #[error(
        "{function} got more than {limit} rows from {input}: aggregate or filter its query, or set \
         max_rows, at most {most}"
    )]
    TooManyRows {
        /// The function.
        function: &'static str,
        /// Which query.
        input: &'static str,
        /// Limit met.
        limit: usize,
        /// Largest limit there is.
        most: usize,
    },
    /// More links between units than the function takes.
    #[error(
        "{function} would link each of {units} units with about {links} others: choose fewer \
         neighbours"
    )]
    TooManyLinks {
        /// The function.
        function: &'static str,
        /// Number of units.
        units: usize,
        /// Links of each, about.
        links: usize,
    },
    /// Rows that lack what every row must have.
    #[error("{function}: {rows} rows have no {name} (column {column}): filter them out")]
    Null {
        /// The function.
        function: &'static str,
        /// The argument.
        name: &'static str,
        /// The column.
        column: String,
        /// Number of rows.
        rows: usize,
    },
    /// Rows that share what must be theirs alone.
    #[error("{function}: {rows} rows repeat {name} of another row: group by it first")]
    Repeated {
        /// The function.
        function: &'static str,
        /// The argument or arguments.
        name: &'static str,
        /// Number of rows.
        rows: usize,
    },
    /// Rows whose value cannot be read as what the argument asks for.
    #[error("{function}: {rows} rows of column {column} are not {expected}")]
    Unreadable {
        /// The function.
        function: &'static str,
        /// The column.
        column: String,
        /// Number of rows.
        rows: usize,
        /// What they should be.
        expected: &'static str,
    },
    /// Links that name units the input does not have.
    #[error(
        "{function}: {rows} rows of weights name a unit that the input does not have: filter them \
         out"
    )]
    UnknownUnit {
        /// The function.
        function: &'static str,
        /// Number of rows.
        rows: usize,
    },
    /// What the statistic itself refuses.
    #[error("{function}: {source}")]
    Statistic {
        /// The function.
        function: &'static str,
        /// Why.
        source: StatsError,
    },
    /// A failure of Arrow.
    #[error("{function}: {source}")]
    Arrow {
        /// The function.
        function: &'static str,
        /// Why.
        source: arrow::error::ArrowError,
    },
}

impl From<StatisticsError> for DataFusionError {
    fn from(error: StatisticsError) -> Self {
        Self::External(Box::new(error))
    }
}
