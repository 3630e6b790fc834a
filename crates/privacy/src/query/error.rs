//! What can be wrong with a schema of questions, or with their policy.

/// Why a schema or its policy is refused. Speaks to the steward who wrote it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SchemaError {
    /// Not a name.
    #[error(
        "`{0}` cannot name a table or column to ask about; use a lower-case word that is neither \
         part of the grammar nor the name of a key (`…_key`)"
    )]
    Name(String),
    /// Twice the same table.
    #[error("table `{0}` comes twice; list each once")]
    Twice(String),
    /// A calendar that is none.
    #[error("`{first}` to `{last}` is no run of at most 400 years (2024) or quarters (2024-Q1)")]
    Calendar {
        /// First period.
        first: String,
        /// Last period.
        last: String,
    },
    /// Something finer than research may see.
    #[error("`{table}` offers {offered}, finer than the research policy; offer {allowed}")]
    TooFine {
        /// Table.
        table: String,
        /// What is offered.
        offered: String,
        /// What may be.
        allowed: String,
    },
    /// A public list that cannot be one.
    #[error(
        "the keys of `{table}.{column}` are not a public list; give 1 to 20000 keys, sorted, \
         distinct, each 1 to 80 characters of plain ASCII without a quotation mark"
    )]
    Keys {
        /// Table.
        table: String,
        /// Column.
        column: String,
    },
    /// A range of numbers that noise cannot cover.
    #[error(
        "`{table}.{column}` ranges over {lowest}..={highest}; give lowest < highest such that the \
         rows of a child times the larger magnitude are at most 1000, in a coarser unit if need be"
    )]
    Range {
        /// Table.
        table: String,
        /// Column.
        column: String,
        /// Lowest value.
        lowest: i64,
        /// Highest value.
        highest: i64,
    },
    /// A contribution bound outside 1..=1000.
    #[error("contribution bound {bound} of `{table}` is not between 1 and 1000")]
    Bound {
        /// Table.
        table: String,
        /// Bound.
        bound: u32,
    },
    /// Keys of sexual abuse that are not in the table.
    #[error("`{table}` says that `{column}` marks sexual abuse, but has no such keys there")]
    SexualAbuse {
        /// Table.
        table: String,
        /// Column.
        column: String,
    },
    /// Epsilons out of order.
    #[error(
        "epsilons {least} (least) ≤ {most} (most a question) ≤ {yearly} (a year) ≤ 1 do not hold; \
         put them in order"
    )]
    Epsilons {
        /// Least of a question.
        least: String,
        /// Most of a question.
        most: String,
        /// Of a year.
        yearly: String,
    },
}
