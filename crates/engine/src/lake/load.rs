//! What a lake remembers of a load.

use std::collections::HashMap;

use chrono::NaiveDate;
use safeground_schema::Table;
use serde::{Deserialize, Serialize};

use super::LoadWriter;
use crate::EngineError;

/// Longest identifier of a load.
const LONGEST_ID: usize = 64;

/// What a load is, before it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLoad {
    /// Identity of the content: the same content has the same.
    pub load_id: String,
    /// Names of the source files, without folders.
    pub files: Vec<String>,
    /// SHA-256 of the content of the source files, in hexadecimal.
    pub content_sha256: String,
    /// SHA-256 of the mapping, in hexadecimal.
    pub mapping_sha256: String,
    /// Part of the mapping, where one file feeds a table more than once.
    pub part: Option<String>,
    /// Day of the load, as the caller has it.
    pub loaded_on: NaiveDate,
}

/// What came of reading the source, known at its end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LoadSummary {
    /// Records read.
    pub read: u64,
    /// Records rejected; with the rows written they make up those read.
    pub quarantined: u64,
}

/// A load of the lake.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadRecord {
    /// Identity of the content.
    pub load_id: String,
    /// Table it was loaded into.
    #[serde(with = "table_name")]
    pub table: Table,
    /// Part of the mapping.
    pub part: Option<String>,
    /// Names of the source files.
    pub files: Vec<String>,
    /// Records read from them.
    pub read: u64,
    /// Rows stored.
    pub rows: u64,
    /// Records rejected.
    pub quarantined: u64,
    /// SHA-256 of the content of the source files.
    pub content_sha256: String,
    /// SHA-256 of the mapping.
    pub mapping_sha256: String,
    /// Day of the load.
    pub loaded_on: NaiveDate,
    /// Version of the table that brought it.
    pub delta_version: u64,
    /// Number of stored files.
    pub stored_files: u64,
    /// Identity of this attempt: a load that is undone and loaded again is
    /// the same load and another attempt.
    pub attempt: String,
}

/// What beginning a load finds.
#[derive(Debug)]
pub enum Begun {
    /// Nothing like it is there: write.
    New(Box<LoadWriter>),
    /// The same content under the same mapping is there: nothing to do.
    Already(Box<LoadRecord>),
}

/// What committing a load came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Committed {
    /// The load is in the lake.
    Loaded(LoadRecord),
    /// Another process committed the same load first; this one wrote nothing
    /// that counts.
    Already(LoadRecord),
}

impl Committed {
    /// The load that is in the lake.
    #[must_use]
    pub fn record(&self) -> &LoadRecord {
        match self {
            Self::Loaded(record) | Self::Already(record) => record,
        }
    }
}

impl NewLoad {
    /// Refuses what cannot be a load's identity: it becomes part of paths.
    pub(super) fn check(&self) -> Result<(), EngineError> {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        if (1..=LONGEST_ID).contains(&self.load_id.len()) && self.load_id.bytes().all(allowed) {
            return Ok(());
        }
        Err(EngineError::LoadId {
            value: self.load_id.clone(),
        })
    }

    /// Refuses a load that is there under another mapping.
    pub(super) fn compare(&self, record: &LoadRecord) -> Result<(), EngineError> {
        if self.mapping_sha256 == record.mapping_sha256 {
            return Ok(());
        }
        Err(EngineError::OtherMapping {
            load_id: record.load_id.clone(),
            table: record.table.name(),
        })
    }
}

/// Beginning of the name of a load's folder below its table.
pub(super) const FOLDER_PREFIX: &str = "load-";

/// Tag of every stored file: the load it belongs to.
const LOAD_TAG: &str = "safeground.load";

/// Tag of the first stored file of a load: its record as JSON.
const RECORD_TAG: &str = "safeground.record";

/// Tags of a stored file. They live in the log with the file and go with it.
pub(super) fn tags(
    record: &LoadRecord,
    first: bool,
) -> Result<HashMap<String, Option<String>>, EngineError> {
    let mut tags = HashMap::from([(LOAD_TAG.to_owned(), Some(record.load_id.clone()))]);
    if first {
        tags.insert(RECORD_TAG.to_owned(), Some(serde_json::to_string(record)?));
    }
    Ok(tags)
}

/// Load and record that the tags of a file tell of.
pub(super) fn from_tags(
    tags: &HashMap<String, Option<String>>,
) -> Result<Option<(String, Option<LoadRecord>)>, EngineError> {
    let value = |name: &str| tags.get(name).cloned().flatten();
    let Some(load_id) = value(LOAD_TAG) else {
        return Ok(None);
    };
    let record = value(RECORD_TAG)
        .map(|text| serde_json::from_str(&text))
        .transpose()?;
    Ok(Some((load_id, record)))
}

mod table_name {
    use safeground_schema::Table;
    use serde::{Deserialize, Deserializer, Serializer, de::Error as _};

    pub(super) fn serialize<S: Serializer>(table: &Table, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(table.name())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Table, D::Error> {
        String::deserialize(from)?.parse().map_err(D::Error::custom)
    }
}
