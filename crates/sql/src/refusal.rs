//! Why a query is not answered: codes and texts that are always the same.

use std::fmt;

use datafusion::sql::sqlparser::tokenizer::Location;
use serde::{Deserialize, Serialize};

/// Longest name out of a query that a refusal repeats, in characters.
const MOST_NAME_CHARACTERS: usize = 64;

/// Why a query is not answered.
///
/// The text of a refusal is constant but for three things: the number of a
/// limit, a position in the text of the query, and a name that stands in it.
/// No value of the data and no path enters it, and no message of the query
/// engine, since those repeat values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "code", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Refusal {
    /// A limit was met.
    #[error("the query meets a limit: at most {most} {limit}; {}", limit.remedy())]
    Limit {
        /// Which.
        limit: Limit,
        /// Its number, in the unit that [`Limit`] names.
        most: u64,
    },
    /// A character that the text may not hold.
    #[error(
        "the character at {at} is not allowed there: outside quotes use ASCII, inside them no \
         control or direction marks"
    )]
    Character {
        /// Where.
        at: Position,
    },
    /// The text is not SQL.
    #[error("the query is not valid SQL{}", Place(*at))]
    Syntax {
        /// Where, if the parser says so.
        at: Option<Position>,
    },
    /// None or several statements.
    #[error("the text must hold exactly one statement (got {got}): send them one by one")]
    Statements {
        /// How many it held.
        got: u64,
    },
    /// Something that SQL knows and that may not be used here.
    #[error("{what} may not be used{}{}: see the list of what may", Named(name), Place(*at))]
    NotAllowed {
        /// What kind of thing.
        what: Forbidden,
        /// Its name in the query.
        name: Option<String>,
        /// Where it stands.
        at: Option<Position>,
    },
    /// A table that the release does not hold.
    #[error("there is no table \"{name}\"{}: see the list of tables", Place(*at))]
    UnknownTable {
        /// Its name in the query.
        name: String,
        /// Where it stands.
        at: Option<Position>,
    },
    /// A function that cannot be called.
    #[error("there is no function \"{name}\"{}: see the list of functions", Place(*at))]
    UnknownFunction {
        /// Its name in the query.
        name: String,
        /// Where it stands.
        at: Option<Position>,
    },
    /// A column that no table of the query has.
    #[error("there is no column \"{name}\" where it is used: see the list of tables")]
    UnknownColumn {
        /// Its name in the query.
        name: String,
    },
    /// A column that several tables of the query have.
    #[error("the column \"{name}\" is in several tables of the query: put the table's name first")]
    AmbiguousColumn {
        /// Its name in the query.
        name: String,
    },
    /// Parameters that do not fit the placeholders.
    #[error("the parameters do not fit the query: give one value of the right type for each $")]
    Parameters,
    /// A statement whose types, names or groups do not fit together.
    #[error(
        "the query cannot be planned: the types of its expressions, its groups or its names do \
         not fit together"
    )]
    Plan,
    /// An operation that failed on a value.
    #[error(
        "an operation of the query failed on a value, such as a cast, a division or an overflow: \
         use TRY_CAST, NULLIF or a filter"
    )]
    Value,
    /// No worker can be started or reached.
    #[error("no worker can answer the query now: try again later")]
    Unavailable,
    /// The worker ended before the answer did, for no reason that it gave.
    #[error("the worker ended before the answer did: try a smaller query")]
    Ended,
}

impl Refusal {
    /// Stable code, as in its JSON.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Limit { .. } => "limit",
            Self::Character { .. } => "character",
            Self::Syntax { .. } => "syntax",
            Self::Statements { .. } => "statements",
            Self::NotAllowed { .. } => "not_allowed",
            Self::UnknownTable { .. } => "unknown_table",
            Self::UnknownFunction { .. } => "unknown_function",
            Self::UnknownColumn { .. } => "unknown_column",
            Self::AmbiguousColumn { .. } => "ambiguous_column",
            Self::Parameters => "parameters",
            Self::Plan => "plan",
            Self::Value => "value",
            Self::Unavailable => "unavailable",
            Self::Ended => "ended",
        }
    }

    /// The same with names cut to what a refusal may repeat. Whoever takes a
    /// refusal from another process calls this.
    #[must_use]
    pub(crate) fn with_short_names(mut self) -> Self {
        match &mut self {
            Self::NotAllowed {
                name: Some(name), ..
            }
            | Self::UnknownTable { name, .. }
            | Self::UnknownFunction { name, .. }
            | Self::UnknownColumn { name }
            | Self::AmbiguousColumn { name } => *name = shortened(name),
            _ => {}
        }
        self
    }
}

/// A name of the query, without marks that would garble a message.
pub(crate) fn shortened(name: &str) -> String {
    let clean = name.chars().filter(|c| !c.is_control());
    clean.take(MOST_NAME_CHARACTERS).collect()
}

/// What a query may not use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Forbidden {
    /// A statement other than a query.
    Statement,
    /// A clause of a query.
    Clause,
    /// A kind of table: of a file, a sample, a pivot.
    TableKind,
    /// A kind of join.
    Join,
    /// An expression.
    Expression,
    /// An operator.
    Operator,
    /// A type.
    Type,
    /// An argument of a function that must be a constant within bounds.
    Argument,
    /// A common table expression that refers to itself.
    Recursion,
    /// A placeholder other than `$1` or `$name`.
    Placeholder,
    /// A step of the plan.
    PlanStep,
}

impl fmt::Display for Forbidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Statement => "a statement other than SELECT, VALUES, WITH or EXPLAIN",
            Self::Clause => "this clause",
            Self::TableKind => "this kind of table",
            Self::Join => "this kind of join",
            Self::Expression => "this kind of expression",
            Self::Operator => "this operator",
            Self::Type => "this type",
            Self::Argument => "an argument that is not a small enough constant number",
            Self::Recursion => "a recursive query",
            Self::Placeholder => "a placeholder other than $1 or $name",
            Self::PlanStep => "this step of a plan",
        })
    }
}

/// What is limited. The [`fmt::Display`] form reads after a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Limit {
    /// Bytes of the text.
    TextBytes,
    /// Words, numbers and signs of the text.
    Tokens,
    /// Parentheses within parentheses.
    Nesting,
    /// Levels of the parsed statement.
    Depth,
    /// Parts of the parsed statement, common table expressions counted where
    /// they are used.
    Nodes,
    /// Tables, likewise.
    Tables,
    /// UNION, EXCEPT and INTERSECT, likewise.
    SetOperations,
    /// Sets that CUBE, ROLLUP and GROUPING SETS stand for.
    GroupingSets,
    /// Steps and expressions of the plan.
    PlanNodes,
    /// Parameters.
    Parameters,
    /// Bytes of all parameters.
    ParameterBytes,
    /// Rows of the answer.
    Rows,
    /// Bytes of the answer.
    AnswerBytes,
    /// Seconds from its start to the end of the answer.
    Seconds,
    /// Seconds of computing.
    ComputeSeconds,
    /// Bytes of memory.
    MemoryBytes,
    /// Bytes of temporary files.
    TemporaryBytes,
    /// Queries of one user at a time, waiting ones included.
    QueriesOfOne,
    /// Queries of all users that wait.
    QueriesWaiting,
    /// Seconds of waiting for a free worker.
    WaitSeconds,
}

impl Limit {
    fn remedy(self) -> &'static str {
        match self {
            Self::Rows | Self::AnswerBytes => "add LIMIT, a filter or GROUP BY",
            Self::Seconds | Self::ComputeSeconds | Self::MemoryBytes | Self::TemporaryBytes => {
                "filter earlier, join less or ask for less at a time"
            }
            Self::QueriesOfOne | Self::QueriesWaiting | Self::WaitSeconds => {
                "wait for others to end, then try again"
            }
            Self::Parameters | Self::ParameterBytes => "send fewer or shorter values",
            _ => "split the query or write it shorter",
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TextBytes => "bytes of text",
            Self::Tokens => "words and signs",
            Self::Nesting => "parentheses within one another",
            Self::Depth => "levels of expressions within one another",
            Self::Nodes => "parts, common table expressions counted at every use",
            Self::Tables => "tables, common table expressions counted at every use",
            Self::SetOperations => {
                "UNION, EXCEPT and INTERSECT, common table expressions counted at every use"
            }
            Self::GroupingSets => "grouping sets",
            Self::PlanNodes => "steps and expressions of the plan",
            Self::Parameters => "parameters",
            Self::ParameterBytes => "bytes of parameters",
            Self::Rows => "rows in the answer",
            Self::AnswerBytes => "bytes in the answer",
            Self::Seconds => "seconds",
            Self::ComputeSeconds => "seconds of computing",
            Self::MemoryBytes => "bytes of memory",
            Self::TemporaryBytes => "bytes of temporary files",
            Self::QueriesOfOne => "queries of one user at a time",
            Self::QueriesWaiting => "queries waiting",
            Self::WaitSeconds => "seconds of waiting",
        })
    }
}

/// A place in the text of a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// Line, from 1.
    pub line: u64,
    /// Column in characters, from 1.
    pub column: u64,
}

impl Position {
    /// From the parser's location, which is 0 where it knows none.
    pub(crate) fn of(location: Location) -> Option<Self> {
        (location.line > 0).then_some(Self {
            line: location.line,
            column: location.column,
        })
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// Prints a position, if there is one.
struct Place(Option<Position>);

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |at| write!(f, " at {at}"))
    }
}

/// Prints a name, if there is one.
struct Named<'a>(&'a Option<String>);

impl fmt::Display for Named<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.0.as_ref();
        name.map_or(Ok(()), |name| write!(f, " (\"{name}\")"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_reads_as_a_sentence_and_survives_json() {
        let refusal = Refusal::UnknownTable {
            name: "incidents".into(),
            at: Some(Position {
                line: 1,
                column: 15,
            }),
        };
        assert_eq!(
            refusal.to_string(),
            "there is no table \"incidents\" at line 1, column 15: see the list of tables"
        );
        let json = serde_json::to_value(&refusal).unwrap();
        assert_eq!(json["code"], refusal.code());
        assert_eq!(serde_json::from_value::<Refusal>(json).unwrap(), refusal);
    }

    #[test]
    fn a_limit_is_told_with_its_number() {
        let refusal = Refusal::Limit {
            limit: Limit::Rows,
            most: 10,
        };
        assert!(refusal.to_string().contains("at most 10 rows"));
        assert_eq!(
            serde_json::to_string(&refusal).unwrap(),
            r#"{"code":"limit","limit":"rows","most":10}"#
        );
    }
}
