//! Errors that stop a load. What is wrong with single rows goes to the
//! quarantine instead.

use std::path::PathBuf;

use crate::gate::Finding;
use crate::locate::LocateError;

/// Why a mapping was refused or a load stopped. No message holds a value of
/// an input column.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IngestError {
    /// The mapping is not TOML of the documented shape.
    #[error("the mapping does not parse: {0}")]
    MappingSyntax(#[from] Box<toml::de::Error>),
    /// The mapping parses and contradicts itself, the table or the file.
    #[error("mapping key `{key}`: {reason}; {remedy}")]
    Mapping {
        /// The key, such as `columns.date.from`.
        key: String,
        /// What is wrong.
        reason: String,
        /// What to write instead.
        remedy: String,
    },
    /// A way to locate rows by name does not fit the places that are known.
    #[error("mapping key `locate`: {source}")]
    Locate {
        /// What is wrong.
        source: LocateError,
    },
    /// A file could not be opened, read or written.
    #[error("{doing} {}: {source}", path.display())]
    File {
        /// What was being done, such as `reading`.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// A file is not what its format says, or cannot be used as it is.
    #[error("{}: {reason}; {remedy}", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
        /// What to do about it.
        remedy: String,
    },
    /// A column that the mapping names is not in the file.
    #[error(
        "{}: there is no column `{column}`, which the mapping names under `{key}`; the columns are: {columns}",
        path.display()
    )]
    ColumnMissing {
        /// The file.
        path: PathBuf,
        /// The column sought.
        column: String,
        /// Key of the mapping that names it.
        key: String,
        /// The columns of the file.
        columns: String,
    },
    /// Columns look like personal data and the mapping does not decide about them.
    #[error("{}", personal_data(.0))]
    PersonalData(Vec<Finding>),
    /// More rows were rejected than the caller allows.
    #[error(
        "{rejected} of {read} records were rejected, more than the {allowed} allowed by --max-rejects; nothing was stored. Most frequent causes:{}",
        causes(.top)
    )]
    TooManyRejects {
        /// Records rejected.
        rejected: u64,
        /// Records read.
        read: u64,
        /// The limit as given.
        allowed: String,
        /// The most frequent causes, most frequent first.
        top: Vec<TopCause>,
    },
    /// A limit on rejects that is neither a number nor a percentage.
    #[error(
        "`{0}` is not a limit of rejects; write a number of rows such as `100`, or a share such as `5%`"
    )]
    RejectLimit(String),
    /// The keys of a long file could not be put aside.
    #[error(
        "a temporary file for the keys of the rows failed: {0}; make room in the folder of \
         temporary files, or name another one in TMPDIR"
    )]
    Temporary(std::io::Error),
    /// The receiver of the batches failed.
    #[error("storing a batch of `{table}` failed: {source}")]
    Sink {
        /// The table being loaded.
        table: &'static str,
        /// The cause.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The columnar engine failed.
    #[error("{doing} {}: {reason}", path.display())]
    Columns {
        /// What was being done.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// The cause as told by the engine.
        reason: String,
    },
    /// Arrow or Parquet failed.
    #[error("{doing}: {source}")]
    Arrow {
        /// What was being done.
        doing: &'static str,
        /// The cause.
        source: arrow::error::ArrowError,
    },
}

/// One of the most frequent causes of rejection, with its first occurrence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopCause {
    /// Stable code.
    pub code: &'static str,
    /// Column, empty where the whole row is meant.
    pub column: String,
    /// Records.
    pub count: u64,
    /// Name of the file of the first occurrence.
    pub file: String,
    /// Row of the first occurrence.
    pub row: u64,
    /// What to do about it.
    pub action: &'static str,
}

fn personal_data(findings: &[Finding]) -> String {
    use std::fmt::Write as _;
    let mut text = String::from(
        "the load was stopped before anything was stored: columns look like personal data and the mapping does not decide about them",
    );
    let mut names: Vec<&str> = Vec::new();
    for finding in findings {
        let _ = write!(text, "\n  {finding}. {}", finding.detector.description());
        if !names.contains(&finding.column.as_str()) {
            names.push(&finding.column);
        }
    }
    text.push_str("\nwrite one line for each of them under [pii] in the mapping:\n  [pii]");
    for name in names {
        let key = toml_key(name);
        let _ = write!(
            text,
            "\n  {key} = \"drop\"                 # is not stored\n  {key} = \"key_hash\"             # becomes a pseudonym (identifiers only)\n  {key} = {{ coarsen = 2 }}        # decimals kept of a number; \"month\" or \"year\" for dates\n  {key} = {{ allow = \"why it is harmless\" }}"
        );
    }
    text
}

/// A column name as a quoted TOML key.
pub(crate) fn toml_key(name: &str) -> String {
    toml::Value::String(name.to_owned()).to_string()
}

fn causes(top: &[TopCause]) -> String {
    use std::fmt::Write as _;
    let mut text = String::new();
    for cause in top {
        let _ = write!(text, "\n  {} ", cause.code);
        if !cause.column.is_empty() {
            let _ = write!(text, "in column `{}` ", cause.column);
        }
        let _ = write!(
            text,
            "{} times, first in {} row {}. {}",
            cause.count, cause.file, cause.row, cause.action
        );
    }
    text
}

impl IngestError {
    /// A contradiction in the mapping.
    pub(crate) fn mapping(
        key: impl Into<String>,
        reason: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self::Mapping {
            key: key.into(),
            reason: reason.into(),
            remedy: remedy.into(),
        }
    }

    /// A file that cannot be used as it is.
    pub(crate) fn format(
        path: &std::path::Path,
        reason: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self::Format {
            path: path.to_owned(),
            reason: reason.into(),
            remedy: remedy.into(),
        }
    }

    /// Wraps an error of the file system.
    pub(crate) fn file(
        doing: &'static str,
        path: &std::path::Path,
    ) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::File {
            doing,
            path: path.to_owned(),
            source,
        }
    }

    /// Wraps an error of the columnar engine.
    pub(crate) fn columns(
        doing: &'static str,
        path: &std::path::Path,
    ) -> impl FnOnce(polars::error::PolarsError) -> Self {
        move |source| Self::Columns {
            doing,
            path: path.to_owned(),
            reason: source.to_string(),
        }
    }

    /// Wraps an error of Arrow.
    pub(crate) fn arrow(doing: &'static str) -> impl FnOnce(arrow::error::ArrowError) -> Self {
        move |source| Self::Arrow { doing, source }
    }
}
