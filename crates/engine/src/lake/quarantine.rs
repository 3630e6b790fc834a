//! Where the rejected rows of a load go.

use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;

use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _, WriteMultipart};
use tokio::io::AsyncReadExt as _;

use super::LoadRecord;
use super::durable::{make_folder, sync_folder};
use crate::EngineError;

/// Folder of the quarantines, below the lake's own folder.
pub(super) const FOLDER: &str = "quarantine";

/// Bytes of one part of an upload.
const CHUNK: usize = 8 << 20;

/// Name of the quarantine of an attempt.
pub(super) fn file_name(load_id: &str, attempt: &str) -> String {
    format!("{load_id}-{attempt}.parquet")
}

/// Name of the quarantine of a load.
pub(super) fn name_of(record: &LoadRecord) -> String {
    file_name(&record.load_id, &record.attempt)
}

/// A quarantine before its load is committed: a file under a temporary name,
/// gone with this value unless published.
#[derive(Debug)]
pub(super) struct StagedQuarantine {
    path: PathBuf,
    target: Target,
}

#[derive(Debug)]
enum Target {
    Local(PathBuf),
    Remote {
        store: Arc<dyn ObjectStore>,
        location: Path,
        /// Keeps the folder of the temporary file.
        _folder: tempfile::TempDir,
    },
}

impl StagedQuarantine {
    /// In the folder of a local lake.
    pub(super) fn local(folder: &FilePath, name: &str) -> Result<Self, EngineError> {
        let folder = folder.join(FOLDER);
        make_folder(&folder).map_err(EngineError::quarantine)?;
        let staging = format!("{name}#{}", uuid::Uuid::new_v4().as_u128());
        Ok(Self {
            path: folder.join(staging),
            target: Target::Local(folder.join(name)),
        })
    }

    /// In a folder of this machine that its owner alone can read, until it
    /// is copied to the store.
    pub(super) fn remote(store: Arc<dyn ObjectStore>, location: Path) -> Result<Self, EngineError> {
        let folder = tempfile::tempdir().map_err(EngineError::quarantine)?;
        Ok(Self {
            path: folder.path().join("quarantine.parquet"),
            target: Target::Remote {
                store,
                location,
                _folder: folder,
            },
        })
    }

    /// Where the loader writes rejected rows.
    pub(super) fn path(&self) -> &FilePath {
        &self.path
    }

    /// Makes the file durable under its own name, if there is one.
    pub(super) async fn publish(&self) -> Result<(), EngineError> {
        let written = tokio::fs::try_exists(&self.path)
            .await
            .map_err(EngineError::quarantine)?;
        if !written {
            return Ok(());
        }
        match &self.target {
            Target::Local(target) => {
                let (from, to) = (self.path.clone(), target.clone());
                let renamed = tokio::task::spawn_blocking(move || {
                    std::fs::File::open(&from)?.sync_all()?;
                    std::fs::rename(&from, &to)?;
                    to.parent().map_or(Ok(()), sync_folder)
                });
                renamed
                    .await
                    .map_err(EngineError::threads)?
                    .map_err(EngineError::quarantine)
            }
            Target::Remote {
                store, location, ..
            } => upload(&self.path, store.as_ref(), location).await,
        }
    }
}

impl Drop for StagedQuarantine {
    fn drop(&mut self) {
        // After publishing there is nothing left to remove.
        let _ = std::fs::remove_file(&self.path);
    }
}

async fn upload(
    path: &FilePath,
    store: &dyn ObjectStore,
    location: &Path,
) -> Result<(), EngineError> {
    let mut file = tokio::fs::File::open(path)
        .await
        .map_err(EngineError::quarantine)?;
    let upload = store.put_multipart(location).await?;
    let mut upload = WriteMultipart::new_with_chunk_size(upload, CHUNK);
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = file
            .read(&mut buffer)
            .await
            .map_err(EngineError::quarantine)?;
        if read == 0 {
            break;
        }
        upload.wait_for_capacity(2).await?;
        upload.write(&buffer[..read]);
    }
    upload.finish().await?;
    Ok(())
}
