//! Opening a release: the only way from disk to a server.

use std::fs;
use std::path::Path;

use arrow::array::RecordBatch;
use safeground_privacy::{Audience, Released};
use safeground_schema::release::{Manifest, breakdowns_schema, places_schema, scores_schema};

use super::manifest::{MANIFEST, id_of, sha256};
use super::signature::{SIGNATURE, verify};
use super::store::Store;
use super::{BREAKDOWNS, PLACES, SCORES, UNPROTECTED, parquet_file};
use crate::EngineError;

/// A release in memory.
#[derive(Debug, Clone)]
pub struct ReleaseData {
    /// What it is made of and how.
    pub manifest: Manifest,
    /// Places, as [`places_schema`] says.
    pub places: RecordBatch,
    /// Scores, as [`scores_schema`] says.
    pub scores: RecordBatch,
    /// Counts by class, as [`breakdowns_schema`] says; `None` for an audience
    /// that sees none.
    pub breakdowns: Option<RecordBatch>,
}

/// Opens the current release of an audience.
///
/// Reads the release folder and nothing else; the lake is not touched. Every
/// file is checked against its hash in the manifest, and the manifest against
/// its signature and the id of the release, so a changed byte is refused.
///
/// # Errors
/// [`EngineError::NoRelease`] where there is none yet,
/// [`EngineError::ReleaseDamaged`] where anything does not match.
pub fn open(releases: &Path, audience: Audience) -> Result<Released<ReleaseData>, EngineError> {
    let id = Store::new(releases)
        .current(audience.as_str())?
        .ok_or_else(|| EngineError::NoRelease {
            audience: audience.to_string(),
        })?;
    open_id(releases, audience, &id)
}

/// Id of the current release of an audience, `None` where there is none. Cheap
/// enough to ask every few seconds whether there is a new one.
///
/// # Errors
/// The file system's.
pub fn current(releases: &Path, audience: Audience) -> Result<Option<String>, EngineError> {
    Store::new(releases).current(audience.as_str())
}

/// Opens a release by its id.
///
/// # Errors
/// As [`open`].
pub fn open_id(
    releases: &Path,
    audience: Audience,
    id: &str,
) -> Result<Released<ReleaseData>, EngineError> {
    open_trusted(releases, audience, id, None)
}

/// Opens a release by its id, signed by the public key that is trusted (64
/// hexadecimal digits), or by any if none is.
///
/// # Errors
/// As [`open`].
pub fn open_trusted(
    releases: &Path,
    audience: Audience,
    id: &str,
    trusted: Option<&str>,
) -> Result<Released<ReleaseData>, EngineError> {
    let folder = Store::new(releases).folder(audience.as_str(), id)?;
    let damaged = |reason: String| EngineError::ReleaseDamaged {
        audience: audience.to_string(),
        release_id: id.to_owned(),
        reason,
    };
    let read = |name: &str| {
        fs::read(folder.join(name)).map_err(|e| damaged(format!("{name} cannot be read: {e}")))
    };
    let text = String::from_utf8(read(MANIFEST)?)
        .map_err(|_| damaged("the manifest is not text".into()))?;
    verify(text.as_bytes(), &read(SIGNATURE)?, trusted).map_err(damaged)?;
    let manifest: Manifest =
        serde_json::from_str(&text).map_err(|e| damaged(format!("the manifest: {e}")))?;
    let table = |name: &str, schema| {
        let bytes = read(name)?;
        let listed = manifest.files.iter().find(|file| file.name == name);
        if listed.is_none_or(|file| file.sha256 != sha256(&bytes)) {
            return Err(damaged(format!("{name} differs from its hash")));
        }
        parquet_file::from_bytes(bytes, &schema)?
            .ok_or_else(|| damaged(format!("{name} has other columns than this version reads")))
    };
    let has_breakdowns = manifest.files.iter().any(|file| file.name == BREAKDOWNS);
    let data = ReleaseData {
        breakdowns: has_breakdowns
            .then(|| table(BREAKDOWNS, breakdowns_schema()))
            .transpose()?,
        places: table(PLACES, places_schema())?,
        scores: table(SCORES, scores_schema())?,
        manifest,
    };
    Released::reopen(data, |data| {
        let claimed = &data.manifest.release_id;
        if data.manifest.code_version.ends_with(UNPROTECTED) && !safeground_privacy::UNPROTECTED {
            return Err(damaged(
                "it was made by a test build without any protection".into(),
            ));
        }
        if claimed != id || id_of(&text, claimed) != id {
            Err(damaged("the manifest differs from its id".into()))
        } else if data.manifest.audience != audience.as_str() {
            Err(damaged(format!(
                "it was made for the {} audience",
                data.manifest.audience
            )))
        } else {
            Ok(())
        }
    })
}

/// One release as a list shows it.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct ReleaseEntry {
    /// Audience.
    pub audience: Audience,
    /// Id.
    pub release_id: String,
    /// Whether it is the one served.
    pub current: bool,
    /// Day of the last load it is made from.
    pub data_as_of: Option<String>,
}

/// All releases under a folder, by audience and id.
///
/// # Errors
/// The file system's, or a manifest that cannot be read.
pub fn list(releases: &Path) -> Result<Vec<ReleaseEntry>, EngineError> {
    let store = Store::new(releases);
    let mut entries = Vec::new();
    for audience in Audience::ALL {
        let current = store.current(audience.as_str())?;
        for id in store.ids(audience.as_str())? {
            let path = store.folder(audience.as_str(), &id)?.join(MANIFEST);
            let manifest: Option<Manifest> = fs::read(path)
                .ok()
                .and_then(|bytes| serde_json::from_slice(&bytes).ok());
            let Some(manifest) = manifest else {
                return Err(EngineError::ReleaseDamaged {
                    audience: audience.to_string(),
                    release_id: id,
                    reason: "its manifest cannot be read".into(),
                });
            };
            entries.push(ReleaseEntry {
                audience,
                current: current.as_deref() == Some(id.as_str()),
                release_id: id,
                data_as_of: manifest.data_as_of,
            });
        }
    }
    Ok(entries)
}

/// Takes a release back; where it was current, the one given takes its place.
///
/// # Errors
/// The file system's, or [`EngineError::NoRelease`] for an unknown successor.
pub fn withdraw(
    releases: &Path,
    audience: Audience,
    id: &str,
    instead: Option<&str>,
) -> Result<(), EngineError> {
    Store::new(releases).withdraw(audience.as_str(), id, instead)
}
