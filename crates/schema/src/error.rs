//! Errors of parsing domain values.

/// A text that is not the domain value it was taken for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SchemaError {
    /// A code outside its closed list.
    #[error("unknown {list} code `{value}`; expected one of: {expected}")]
    UnknownCode {
        /// Name of the code list.
        list: &'static str,
        /// The text found.
        value: String,
        /// The codes allowed, comma separated.
        expected: String,
    },
    /// A place identifier that does not parse.
    #[error("invalid place id `{value}`: {reason}; expected `level:code` such as `district:220`")]
    PlaceId {
        /// The text found.
        value: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A period that does not parse.
    #[error(
        "invalid period `{value}`; expected `2021`, `2021-Q3`, `2021-07` or a span such as `2019/2021`"
    )]
    Period {
        /// The text found.
        value: String,
    },
    /// A table that the lake does not have.
    #[error("unknown table `{value}`; expected one of: {expected}")]
    Table {
        /// The text found.
        value: String,
        /// All table names, comma separated.
        expected: String,
    },
    /// A theme that is neither built in nor `indicator:CODE`.
    #[error("unknown theme `{value}`; expected one of: {expected}, or `indicator:CODE`")]
    Theme {
        /// The text found.
        value: String,
        /// The built-in themes, comma separated.
        expected: String,
    },
}
