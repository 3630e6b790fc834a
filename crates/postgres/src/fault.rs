//! Every error that leaves the server, with its SQLSTATE.
//!
//! Texts are constant for a kind of error, those of HTTP; the detail holds the
//! `type` that a problem over HTTP has.

use std::io;

use pgwire::error::ErrorInfo;
use safeground_server::{Denied, DeniedKind};
use safeground_sql::{Limit, Refusal};

/// What the detail of an error begins with.
const TYPE: &str = "urn:safeground:problem:";

/// An error as clients see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// Of SQL, five letters and digits.
    pub(crate) state: &'static str,
    /// Stable name, the one that ends the `type` of HTTP's problems.
    pub(crate) name: String,
    /// Constant for the name, numbers and names of the query apart.
    pub(crate) text: String,
    /// Whether the connection ends with it.
    pub(crate) is_fatal: bool,
}

/// Why a message was not answered.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The client is told.
    Told(Fault),
    /// The client is gone, or does not read.
    Gone,
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::Told(fault)
    }
}

impl From<io::Error> for Failure {
    fn from(_: io::Error) -> Self {
        Self::Gone
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Told(Fault::refused(&refusal))
    }
}

impl Fault {
    fn new(state: &'static str, name: &str, text: impl Into<String>) -> Self {
        Self {
            state,
            name: name.to_owned(),
            text: text.into(),
            is_fatal: false,
        }
    }

    /// The same, as the end of the connection.
    #[must_use]
    pub(crate) fn fatal(mut self) -> Self {
        self.is_fatal = true;
        self
    }

    /// As the protocol has it.
    pub(crate) fn info(&self) -> ErrorInfo {
        let severity = if self.is_fatal { "FATAL" } else { "ERROR" };
        let (state, text) = (self.state.to_owned(), self.text.clone());
        let mut info = ErrorInfo::new(severity.to_owned(), state, text);
        info.severity_nonlocalized = Some(severity.to_owned());
        info.detail = Some(format!("{TYPE}{}", self.name));
        info
    }

    /// A query that is refused.
    pub(crate) fn refused(refusal: &Refusal) -> Self {
        let state = match refusal {
            Refusal::Limit { limit, .. } => match limit {
                Limit::Seconds | Limit::ComputeSeconds => "57014",
                Limit::MemoryBytes => "53200",
                Limit::TemporaryBytes => "53100",
                Limit::QueriesOfOne | Limit::QueriesWaiting | Limit::WaitSeconds => "53400",
                Limit::Rows | Limit::AnswerBytes | Limit::Parameters | Limit::ParameterBytes => {
                    "54000"
                }
                _ => "54001",
            },
            Refusal::Character { .. } => "22021",
            Refusal::Syntax { .. } | Refusal::Statements { .. } => "42601",
            Refusal::NotAllowed { .. } => "0A000",
            Refusal::UnknownTable { .. } => "42P01",
            Refusal::UnknownFunction { .. } => "42883",
            Refusal::UnknownColumn { .. } => "42703",
            Refusal::AmbiguousColumn { .. } => "42702",
            Refusal::Parameters => "22023",
            Refusal::Plan => "42804",
            Refusal::Value => "22000",
            Refusal::Unavailable => "57P03",
            _ => "58000",
        };
        let name = format!("sql-{}", refusal.code().replace('_', "-"));
        Self::new(state, &name, refusal.to_string())
    }

    /// Somebody who may not ask. The connection ends: whoever holds another
    /// token begins another.
    pub(crate) fn denied(denied: &Denied) -> Self {
        let state = match denied.kind() {
            DeniedKind::Invalid => "3D000",
            DeniedKind::Unauthenticated => "28P01",
            DeniedKind::Forbidden | DeniedKind::TooManyFailures => "28000",
            DeniedKind::Unavailable => "57P03",
            _ => "XX000",
        };
        Self::new(state, denied.name(), denied.to_string()).fatal()
    }

    /// What is no message of the protocol, or out of turn.
    pub(crate) fn malformed() -> Self {
        Self::new(
            "08P01",
            "bad-request",
            "the message is not one of the protocol, or longer than one may be",
        )
        .fatal()
    }

    /// A connection in the open to a server with TLS.
    pub(crate) fn needs_tls() -> Self {
        let text = "this server takes connections with TLS alone: use sslmode=require";
        Self::new("28000", "needs-tls", text).fatal()
    }

    /// Too many connections of one client.
    pub(crate) fn too_many_connections(most: usize) -> Self {
        let text = format!(
            "the number of connections meets a limit: at most {most} of one client at a time; \
             close some"
        );
        Self::new("53300", "too-many-connections", text).fatal()
    }

    /// A connection that nobody uses.
    pub(crate) fn idle(minutes: u64) -> Self {
        let text = format!("nothing was asked for {minutes} minutes: connect again");
        Self::new("57P05", "timeout", text).fatal()
    }

    /// The server stops.
    pub(crate) fn stopping() -> Self {
        Self::new("57P01", "stopping", "the server stops: connect again later").fatal()
    }

    /// A query that was stopped by who asked.
    pub(crate) fn cancelled() -> Self {
        Self::new("57014", "cancelled", "the query was cancelled")
    }

    /// A request that took too long to begin.
    pub(crate) fn too_late(seconds: u64) -> Self {
        let text = format!("the request took longer than {seconds} seconds: ask for less at once");
        Self::new("57014", "timeout", text)
    }

    /// A prepared statement or portal that is not there.
    pub(crate) fn unknown_statement() -> Self {
        Self::new(
            "26000",
            "no-statement",
            "there is no such prepared statement or portal: prepare it again",
        )
    }

    /// A name that is taken.
    pub(crate) fn taken() -> Self {
        Self::new(
            "42P05",
            "statement-taken",
            "a prepared statement or portal of this name is there already: close it first",
        )
    }

    /// Too many statements, or too many bytes of them.
    pub(crate) fn too_many_statements(most: usize, most_bytes: usize) -> Self {
        let text = format!(
            "the prepared statements meet a limit: at most {most} of a connection, with at most \
             {most_bytes} bytes; close some"
        );
        Self::new("54000", "too-many-statements", text)
    }

    /// Values or formats that do not fit.
    pub(crate) fn parameters() -> Self {
        Self::refused(&Refusal::Parameters)
    }

    /// A column that the protocol does not carry.
    pub(crate) fn column() -> Self {
        Self::new(
            "0A000",
            "column-type",
            "a column of the answer has a type or value that this protocol does not carry: cast \
             it to VARCHAR, or ask over HTTP or Flight SQL",
        )
    }

    /// A row that no client takes.
    pub(crate) fn too_large() -> Self {
        let text =
            "a row of the answer has more bytes than a message may have: ask for fewer columns";
        Self::new("54000", "sql-limit", text)
    }

    /// A statement in a transaction that failed.
    pub(crate) fn failed_transaction() -> Self {
        Self::new(
            "25P02",
            "failed-transaction",
            "a statement of this transaction failed: end it with ROLLBACK",
        )
    }

    /// Another release became current within a transaction.
    pub(crate) fn another_release() -> Self {
        Self::new(
            "40001",
            "another-release",
            "another release became current since the transaction began: begin it again",
        )
    }

    /// A transaction that is to write.
    pub(crate) fn read_only() -> Self {
        Self::new("25006", "read-only", "releases are read-only")
    }

    /// A setting that cannot be changed or shown.
    pub(crate) fn setting() -> Self {
        Self::new(
            "0A000",
            "setting",
            "there is no such setting here, or it cannot have this value: answers come as UTF8, \
             in UTC, with ISO dates",
        )
    }

    /// A defect. What it is was logged where it happened.
    pub(crate) fn internal() -> Self {
        Self::new("XX000", "internal", "the server failed")
    }

    /// The status of HTTP that the log and the metrics count it as.
    pub(crate) fn as_http(&self) -> u16 {
        match self.state {
            "28P01" => 401,
            "28000" => 403,
            "42P01" | "26000" => 404,
            "57014" if self.name == "cancelled" => 499,
            "57014" => 504,
            "53400" | "53300" | "53200" | "53100" => 429,
            "57P03" | "57P01" | "58000" => 503,
            "XX000" => 500,
            _ => 400,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_has_a_state_a_name_and_a_constant_text() {
        let refused = Fault::refused(&Refusal::UnknownTable {
            name: "incidents".into(),
            at: None,
        });
        let info = refused.info();
        assert_eq!(
            (info.severity.as_str(), info.code.as_str()),
            ("ERROR", "42P01")
        );
        let name = "urn:safeground:problem:sql-unknown-table";
        assert_eq!(info.detail.as_deref(), Some(name));
        assert_eq!(refused.as_http(), 404);
        assert_eq!(Fault::stopping().info().severity, "FATAL");
    }
}
