//! Names that a query may use.

use std::collections::BTreeSet;

/// Functions of the query engine that are registered: bounded in time and
/// memory by what they are given, and answering the same for the same input.
///
/// Left out on purpose: `repeat` makes gigabytes of a few letters; `random`,
/// `uuid`, `now` and its kin would give another answer each time; `version`,
/// `input_file_name` and `file_row_index` speak of the machine.
pub const BUILT_IN_FUNCTIONS: &[&str] = &[
    // Numbers
    "abs",
    "acos",
    "acosh",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "cbrt",
    "ceil",
    "cos",
    "cosh",
    "cot",
    "degrees",
    "exp",
    "factorial",
    "floor",
    "gcd",
    "isnan",
    "iszero",
    "lcm",
    "ln",
    "log",
    "log10",
    "log2",
    "nanvl",
    "pi",
    "pow",
    "power",
    "radians",
    "round",
    "signum",
    "sin",
    "sinh",
    "sqrt",
    "tan",
    "tanh",
    "trunc",
    // Any type
    "arrow_typeof",
    "coalesce",
    "greatest",
    "ifnull",
    "least",
    "nullif",
    "nvl",
    "nvl2",
    // Text
    "ascii",
    "bit_length",
    "btrim",
    "char_length",
    "character_length",
    "chr",
    "concat",
    "concat_ws",
    "contains",
    "decode",
    "encode",
    "ends_with",
    "find_in_set",
    "initcap",
    "instr",
    "left",
    "length",
    "levenshtein",
    "lower",
    "lpad",
    "ltrim",
    "octet_length",
    "overlay",
    "position",
    "regexp_count",
    "regexp_instr",
    "regexp_like",
    "regexp_match",
    "regexp_replace",
    "replace",
    "reverse",
    "right",
    "rpad",
    "rtrim",
    "split_part",
    "starts_with",
    "strpos",
    "substr",
    "substr_index",
    "substring",
    "substring_index",
    "to_hex",
    "translate",
    "trim",
    "upper",
    // Lists
    "array_contains",
    "array_distinct",
    "array_element",
    "array_has",
    "array_has_all",
    "array_has_any",
    "array_length",
    "array_max",
    "array_min",
    "array_position",
    "array_slice",
    "array_sort",
    "array_to_string",
    "cardinality",
    "list_contains",
    "list_element",
    "list_has",
    "list_length",
    "list_sort",
    "list_to_string",
    "make_array",
    "make_list",
    // Rows, for tiles
    "named_struct",
    // Dates
    "date_bin",
    "date_format",
    "date_part",
    "date_trunc",
    "datepart",
    "datetrunc",
    "from_unixtime",
    "make_date",
    "to_char",
    "to_date",
    "to_timestamp",
    "to_timestamp_micros",
    "to_timestamp_millis",
    "to_timestamp_nanos",
    "to_timestamp_seconds",
    "to_unixtime",
    // Aggregates
    "approx_distinct",
    "approx_median",
    "approx_percentile_cont",
    "approx_percentile_cont_with_weight",
    "array_agg",
    "avg",
    "bit_and",
    "bit_or",
    "bit_xor",
    "bool_and",
    "bool_or",
    "corr",
    "count",
    "covar",
    "covar_pop",
    "covar_samp",
    "first_value",
    "grouping",
    "last_value",
    "max",
    "mean",
    "median",
    "min",
    "nth_value",
    "percentile_cont",
    "quantile_cont",
    "regr_avgx",
    "regr_avgy",
    "regr_count",
    "regr_intercept",
    "regr_r2",
    "regr_slope",
    "regr_sxx",
    "regr_sxy",
    "regr_syy",
    "stddev",
    "stddev_pop",
    "stddev_samp",
    "string_agg",
    "sum",
    "var",
    "var_pop",
    "var_population",
    "var_samp",
    "var_sample",
    // Windows
    "cume_dist",
    "dense_rank",
    "lag",
    "lead",
    "ntile",
    "percent_rank",
    "rank",
    "row_number",
];

/// Table functions of the query engine that are registered.
pub const TABLE_FUNCTIONS: &[&str] = SERIES_FUNCTIONS;

/// Table functions that count: their bounds must be numbers in the text.
pub(super) const SERIES_FUNCTIONS: &[&str] = &["generate_series", "range"];

/// Most steps of a series.
pub(super) const SERIES_MOST_STEPS: u64 = 1_000_000;

/// Makes rows of a list, which is as long as something that was computed.
pub(super) const UNNEST: &str = "unnest";

/// Functions that lengthen a text to a length, which must be a number in the
/// query.
pub(super) const PADDING_FUNCTIONS: &[&str] = &["lpad", "rpad"];

/// Most characters of a padded text.
pub(super) const PADDING_MOST_CHARACTERS: i64 = 1_000;

/// Schemas whose tables may be named; the first needs no naming.
const SCHEMAS: &[&str] = &["public", "information_schema"];

/// Name of the one catalog.
pub(crate) const CATALOG: &str = "safeground";

/// What a session holds: the tables and functions that a query may name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Catalog {
    /// (schema, table).
    tables: BTreeSet<(String, String)>,
    functions: BTreeSet<String>,
    table_functions: BTreeSet<String>,
    /// Steps of a plan that are this crate's own.
    steps: BTreeSet<String>,
}

impl Catalog {
    /// A catalog of tables, each with its schema, of functions (scalar,
    /// aggregate and window) and of table functions.
    #[must_use]
    pub fn new(
        tables: impl IntoIterator<Item = (String, String)>,
        functions: impl IntoIterator<Item = String>,
        table_functions: impl IntoIterator<Item = String>,
    ) -> Self {
        Self {
            tables: tables.into_iter().collect(),
            functions: functions.into_iter().collect(),
            table_functions: table_functions.into_iter().collect(),
            steps: BTreeSet::new(),
        }
    }

    /// The same with steps of plans beyond those of the query engine, each by
    /// the name of its node: what table functions over a query plan to.
    #[must_use]
    pub fn with_steps(mut self, steps: impl IntoIterator<Item = String>) -> Self {
        self.steps.extend(steps);
        self
    }

    /// Whether a plan may hold a step of that name that is not the engine's.
    #[must_use]
    pub fn has_step(&self, name: &str) -> bool {
        self.steps.contains(name)
    }

    /// Whether a name of one to three parts is a table's.
    #[must_use]
    pub fn has_table(&self, parts: &[String]) -> bool {
        let (schema, table) = match parts {
            [table] => (SCHEMAS[0], table),
            [schema, table] => (schema.as_str(), table),
            [catalog, schema, table] if catalog == CATALOG => (schema.as_str(), table),
            _ => return false,
        };
        SCHEMAS.contains(&schema) && self.tables.contains(&(schema.to_owned(), table.clone()))
    }

    /// Whether a function of that name makes values.
    #[must_use]
    pub fn has_function(&self, name: &str) -> bool {
        self.functions.contains(name)
    }

    /// Whether a function of that name makes a table.
    #[must_use]
    pub fn has_table_function(&self, name: &str) -> bool {
        self.table_functions.contains(name)
    }

    /// Names of all functions, sorted.
    pub fn functions(&self) -> impl Iterator<Item = &str> {
        self.functions.iter().map(String::as_str)
    }

    /// Names of all table functions, sorted.
    pub fn table_functions(&self) -> impl Iterator<Item = &str> {
        self.table_functions.iter().map(String::as_str)
    }
}
