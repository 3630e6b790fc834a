//! What a load is given.

use std::path::{Path, PathBuf};

use arrow::array::RecordBatch;
use chrono::NaiveDate;

use crate::locate::Gazetteer;
use crate::{IngestError, Mapping};

/// Input of a load. It has no debug form, which would show the secret.
#[derive(Clone, Copy)]
pub struct LoadRequest<'a> {
    /// Files of one kind, read in this order.
    pub files: &'a [PathBuf],
    /// What their columns mean.
    pub mapping: &'a Mapping,
    /// Places that are known.
    pub gazetteer: &'a Gazetteer,
    /// Secret of the lake, the key of all pseudonyms.
    pub secret: &'a [u8],
    /// Latest day that may stand in the files.
    pub today: NaiveDate,
    /// How many records may be rejected.
    pub max_rejects: MaxRejects,
    /// Threads that convert rows; at least one is used.
    pub threads: usize,
    /// Folder for temporary files, which hold hashes of rows and no values.
    pub scratch: &'a Path,
}

/// How many records may be rejected before a load stops.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum MaxRejects {
    /// Any number.
    #[default]
    Unlimited,
    /// So many records.
    Rows(u64),
    /// Such a share of the records read, 0 to 1.
    Share(f64),
}

impl MaxRejects {
    /// Whether so many rejects are too many.
    #[must_use]
    pub fn is_exceeded(self, rejected: u64, read: u64) -> bool {
        match self {
            Self::Unlimited => false,
            Self::Rows(most) => rejected > most,
            Self::Share(share) => rejected as f64 > share * read as f64,
        }
    }
}

impl std::fmt::Display for MaxRejects {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unlimited => f.write_str("any number"),
            Self::Rows(rows) => write!(f, "{rows}"),
            Self::Share(share) => write!(f, "{}%", share * 100.0),
        }
    }
}

impl std::str::FromStr for MaxRejects {
    type Err = IngestError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || IngestError::RejectLimit(text.to_owned());
        match text.trim().strip_suffix('%') {
            Some(percent) => match percent.trim().parse::<f64>() {
                Ok(percent) if (0.0..=100.0).contains(&percent) => Ok(Self::Share(percent / 100.0)),
                _ => Err(error()),
            },
            None => text.trim().parse().map(Self::Rows).map_err(|_| error()),
        }
    }
}

/// What takes the accepted rows.
pub trait Sink {
    /// Takes a batch of the schema [`safeground_schema::Table::arrow_schema`].
    /// Batches come in the order of the files, whatever the number of threads.
    ///
    /// # Errors
    /// Whatever stops the load; it is reported as [`IngestError::Sink`].
    fn write(&mut self, batch: RecordBatch)
    -> Result<(), Box<dyn std::error::Error + Send + Sync>>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_a_number_or_a_share() {
        assert_eq!("100".parse::<MaxRejects>().unwrap(), MaxRejects::Rows(100));
        assert_eq!("5%".parse::<MaxRejects>().unwrap(), MaxRejects::Share(0.05));
        for text in ["", "-1", "101%", "five", "5 %%"] {
            assert!(text.parse::<MaxRejects>().is_err(), "{text}");
        }
        assert!(MaxRejects::Share(0.05).is_exceeded(6, 100));
        assert!(!MaxRejects::Share(0.05).is_exceeded(5, 100));
        assert!(MaxRejects::Rows(0).is_exceeded(1, 100));
        assert!(!MaxRejects::Unlimited.is_exceeded(100, 100));
    }
}
