//! The tables of a release, opened once and handed to every worker.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;
use std::sync::Arc;

use safeground_privacy::Released;
use safeground_schema::release::Manifest;
use sha2::{Digest as _, Sha256};

/// How the files of tables end.
const TABLE_SUFFIX: &str = ".parquet";

/// Why the tables of a release cannot be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReleasedTablesError {
    /// A file cannot be read.
    #[error("{name} of release {release_id} cannot be read: check the release folder")]
    Read {
        /// File name.
        name: String,
        /// Release.
        release_id: String,
        /// What the file system said.
        #[source]
        source: io::Error,
    },
    /// A file is not the one that the manifest lists.
    #[error("{name} of release {release_id} differs from its hash: restore the release folder")]
    Differs {
        /// File name.
        name: String,
        /// Release.
        release_id: String,
    },
    /// A table of a part cannot be kept in memory.
    #[error("{name} of a part of release {release_id} cannot be kept: give the server more memory")]
    Keep {
        /// Table.
        name: String,
        /// Release.
        release_id: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The manifest lists no table.
    #[error("release {release_id} lists no table: make the release again")]
    Empty {
        /// Release.
        release_id: String,
    },
}

/// The tables of one release and audience, open for reading.
///
/// Each file is opened once and hashed through that very handle, and workers
/// get copies of the handle: what they read is what was checked, whatever
/// becomes of the folder meanwhile, and they need no path at all.
#[derive(Debug)]
pub struct ReleasedTables {
    pub(crate) manifest: Manifest,
    pub(crate) tables: Vec<ReleasedTable>,
}

/// One table.
#[derive(Debug)]
pub(crate) struct ReleasedTable {
    pub(crate) name: String,
    pub(crate) file: File,
    pub(crate) bytes: u64,
}

impl ReleasedTables {
    /// Opens the tables that a manifest lists, in the folder of that release.
    /// It takes the manifest of a release whose signature was checked, and
    /// nothing else.
    ///
    /// Reads every file once, for its hash. Blocking.
    ///
    /// # Errors
    /// [`ReleasedTablesError`].
    pub fn open(
        folder: &Path,
        manifest: &Released<Manifest>,
    ) -> Result<Arc<Self>, ReleasedTablesError> {
        let manifest = manifest.get().clone();
        let release_id = &manifest.release_id;
        let mut tables = Vec::new();
        for listed in &manifest.files {
            let Some(name) = listed.name.strip_suffix(TABLE_SUFFIX) else {
                continue;
            };
            let unreadable = |source| ReleasedTablesError::Read {
                name: listed.name.clone(),
                release_id: release_id.clone(),
                source,
            };
            let file = File::open(folder.join(&listed.name)).map_err(unreadable)?;
            let (bytes, sha256) = hashed(&file).map_err(unreadable)?;
            if bytes != listed.bytes || sha256 != listed.sha256 {
                return Err(ReleasedTablesError::Differs {
                    name: listed.name.clone(),
                    release_id: release_id.clone(),
                });
            }
            tables.push(ReleasedTable {
                name: name.to_owned(),
                file,
                bytes,
            });
        }
        if tables.is_empty() {
            return Err(ReleasedTablesError::Empty {
                release_id: release_id.clone(),
            });
        }
        tables.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(Arc::new(Self { manifest, tables }))
    }

    /// What the release is made of and how.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Id of the release.
    #[must_use]
    pub fn release_id(&self) -> &str {
        &self.manifest.release_id
    }

    /// Its audience.
    #[must_use]
    pub fn audience(&self) -> &str {
        &self.manifest.audience
    }
}

/// Size and SHA-256 of a file, in lowercase hexadecimal.
fn hashed(mut file: &File) -> io::Result<(u64, String)> {
    let (mut digest, mut bytes) = (Sha256::new(), 0);
    let mut part = vec![0; 1 << 20];
    loop {
        let read = file.read(&mut part)?;
        if read == 0 {
            break;
        }
        digest.update(&part[..read]);
        bytes += read as u64;
    }
    let digest = digest.finalize();
    Ok((
        bytes,
        digest.iter().map(|byte| format!("{byte:02x}")).collect(),
    ))
}
