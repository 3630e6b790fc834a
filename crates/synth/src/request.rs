//! What to generate, and what was generated.

use std::path::{Path, PathBuf};

use safeground_schema::Table;
use serde::Serialize;

use crate::SynthError;

/// Largest scale accepted: about 8 × 10⁹ incidents.
const MAX_SCALE: f64 = 100_000.0;

/// Most canaries: no more than there are villages of each kind for them.
const MAX_CANARIES: u64 = 3_000;

/// A checked order for one fictional state.
#[derive(Debug, Clone, PartialEq)]
pub struct SynthRequest {
    seed: u64,
    scale: f64,
    folder: PathBuf,
    canaries: u64,
}

impl SynthRequest {
    /// An order for the state of `seed`, written into `folder`.
    ///
    /// `scale` multiplies the number of incidents, 1 being the demo; the
    /// geography and the population stay as they are.
    ///
    /// # Errors
    /// [`SynthError::Scale`] unless the scale is above 0 and at most 100,000.
    pub fn new(seed: u64, scale: f64, folder: impl Into<PathBuf>) -> Result<Self, SynthError> {
        if scale > 0.0 && scale <= MAX_SCALE {
            Ok(Self {
                seed,
                scale,
                folder: folder.into(),
                canaries: 0,
            })
        } else {
            Err(SynthError::Scale {
                value: scale,
                most: MAX_SCALE,
            })
        }
    }

    /// The same order with so many canary children among the others: candidates
    /// of whom a coin decides who is in the data. Their truth is written to
    /// `truth/canaries.csv`, all incidents in one plain shape to
    /// `truth/records.csv`. Nothing else changes.
    ///
    /// # Errors
    /// [`SynthError::Canaries`] above 3,000.
    pub fn with_canaries(mut self, canaries: u64) -> Result<Self, SynthError> {
        if canaries > MAX_CANARIES {
            return Err(SynthError::Canaries {
                value: canaries,
                most: MAX_CANARIES,
            });
        }
        self.canaries = canaries;
        Ok(self)
    }

    /// Number of canary children.
    #[must_use]
    pub fn canaries(&self) -> u64 {
        self.canaries
    }

    /// Seed of every random stream.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Multiplier of the number of incidents.
    #[must_use]
    pub fn scale(&self) -> f64 {
        self.scale
    }

    /// Folder that receives the files.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

/// One file to load, with the mapping that describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SynthLoad {
    /// Input file, relative to the folder of the request.
    pub file: PathBuf,
    /// Table of the lake that it feeds.
    #[serde(serialize_with = "table_name")]
    pub table: Table,
    /// Mapping file, relative to the folder of the request.
    pub mapping: PathBuf,
    /// Part of the mapping, where one file feeds a table twice.
    pub part: Option<String>,
    /// Records in the file, as the loader will count them.
    pub records: u64,
}

/// What a generation wrote.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SynthReport {
    /// Seed of the request.
    pub seed: u64,
    /// Scale of the request.
    pub scale: f64,
    /// Folder of the request.
    pub folder: PathBuf,
    /// Files in the order in which they must be loaded: places before what
    /// happened in them.
    pub loads: Vec<SynthLoad>,
    /// The planted truth, relative to the folder.
    pub truth: PathBuf,
    /// Rows of all incident files together.
    pub incidents: u64,
    /// First and last day of the calendar, ISO 8601.
    pub calendar: (String, String),
}

fn table_name<S: serde::Serializer>(table: &Table, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(table.name())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_that_is_no_positive_number_is_refused_with_its_value() {
        for scale in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e9] {
            let error = SynthRequest::new(1, scale, "out").unwrap_err().to_string();
            assert!(error.contains(&scale.to_string()), "{error}");
        }
        assert!(SynthRequest::new(1, 0.01, "out").is_ok());
    }
}
