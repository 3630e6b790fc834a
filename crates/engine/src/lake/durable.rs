//! The local file system as a store that has written when it says so.

use std::fs::File;
use std::io::{ErrorKind, Write as _};
use std::ops::Range;
use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::{BoxStream, StreamExt as _};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMode, PutMultipartOptions, PutOptions, PutPayload, PutResult, RenameOptions, Result,
    UploadPart,
};

/// Name of this store in errors.
const STORE: &str = "DurableStore";

/// The local file system, rooted at `/`.
///
/// A put writes a file of another name, makes its content durable, gives it
/// its name in one step, and makes the folder durable before it answers. So a
/// power cut leaves the old file, no file or the whole new one, and what was
/// acknowledged is there. [`LocalFileSystem`] leaves both to the kernel's
/// leisure, and could after a power cut show a name without content.
#[derive(Debug, Clone)]
pub struct DurableStore {
    inner: Arc<LocalFileSystem>,
}

impl DurableStore {
    /// The store over the whole file system.
    #[must_use]
    pub fn new() -> Self {
        Self {
            inner: Arc::new(LocalFileSystem::new()),
        }
    }
}

impl Default for DurableStore {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Display for DurableStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(STORE)
    }
}

/// Runs file system calls off the async threads.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(work).await?
}

fn generic(source: std::io::Error) -> object_store::Error {
    object_store::Error::Generic {
        store: STORE,
        source: source.into(),
    }
}

/// Makes the entries of a folder durable.
pub(super) fn sync_folder(folder: &FilePath) -> std::io::Result<()> {
    if cfg!(unix) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

/// Makes a folder and all above it that are missing, each entry durable.
pub(super) fn make_folder(folder: &FilePath) -> std::io::Result<()> {
    match std::fs::create_dir(folder) {
        Ok(()) => {}
        Err(e) if e.kind() == ErrorKind::AlreadyExists => return Ok(()),
        Err(e) if e.kind() == ErrorKind::NotFound => {
            let Some(parent) = folder.parent() else {
                return Err(e);
            };
            make_folder(parent)?;
            match std::fs::create_dir(folder) {
                Err(e) if e.kind() != ErrorKind::AlreadyExists => return Err(e),
                _ => {}
            }
        }
        Err(e) => return Err(e),
    }
    folder.parent().map_or(Ok(()), sync_folder)
}

/// A name beside a file that listings do not show: the local file system of
/// `object_store` takes `#` and digits for an upload that is under way.
fn staging_name(path: &FilePath) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!("#{}", uuid::Uuid::new_v4().as_u128()));
    PathBuf::from(name)
}

/// Whether a file is an upload that was under way.
pub(super) fn is_staging(path: &FilePath) -> bool {
    path.file_name()
        .and_then(|name| name.to_str())
        .and_then(|name| name.rsplit_once('#'))
        .is_some_and(|(_, digits)| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
}

fn put(location: &Path, path: &FilePath, payload: &PutPayload, create: bool) -> Result<()> {
    let staging = staging_name(path);
    let written = write_staging(&staging, payload)
        .map_err(generic)
        .and_then(|()| give_name(location, &staging, path, create));
    if written.is_err() || create {
        // What cannot be removed is swept later.
        let _ = std::fs::remove_file(&staging);
    }
    written?;
    path.parent().map_or(Ok(()), sync_folder).map_err(generic)
}

fn write_staging(staging: &FilePath, payload: &PutPayload) -> std::io::Result<()> {
    let create = || File::create_new(staging);
    let mut file = match create() {
        Err(e) if e.kind() == ErrorKind::NotFound => {
            if let Some(folder) = staging.parent() {
                make_folder(folder)?;
            }
            create()?
        }
        other => other?,
    };
    for bytes in payload {
        file.write_all(bytes)?;
    }
    file.sync_all()
}

fn give_name(location: &Path, staging: &FilePath, path: &FilePath, create: bool) -> Result<()> {
    if !create {
        return std::fs::rename(staging, path).map_err(generic);
    }
    // A link fails where the name is taken, which a rename does not.
    std::fs::hard_link(staging, path).map_err(|source| match source.kind() {
        ErrorKind::AlreadyExists => object_store::Error::AlreadyExists {
            path: location.to_string(),
            source: source.into(),
        },
        _ => generic(source),
    })
}

fn sync_file(path: &FilePath) -> Result<()> {
    File::open(path)
        .and_then(|file| file.sync_all())
        .and_then(|()| path.parent().map_or(Ok(()), sync_folder))
        .map_err(generic)
}

#[async_trait]
impl ObjectStore for DurableStore {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        opts: PutOptions,
    ) -> Result<PutResult> {
        let create = match opts.mode {
            PutMode::Create => true,
            PutMode::Overwrite => false,
            PutMode::Update(_) => {
                return Err(object_store::Error::NotImplemented {
                    operation: "`put_opts` with mode `PutMode::Update`".into(),
                    implementer: STORE.into(),
                });
            }
        };
        let path = self.inner.path_to_filesystem(location)?;
        let location = location.clone();
        blocking(move || put(&location, &path, &payload, create)).await?;
        Ok(PutResult {
            e_tag: None,
            version: None,
        })
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        opts: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        Ok(Box::new(DurableUpload {
            path: self.inner.path_to_filesystem(location)?,
            inner: self.inner.put_multipart_opts(location, opts).await?,
        }))
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.inner.get_opts(location, options).await
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        self.inner.get_ranges(location, ranges).await
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        // What is reported as deleted must not come back with a power cut.
        let store = self.clone();
        self.inner
            .delete_stream(locations)
            .then(move |deleted| {
                let store = store.clone();
                async move {
                    let location = deleted?;
                    let path = store.inner.path_to_filesystem(&location)?;
                    blocking(move || path.parent().map_or(Ok(()), sync_folder).map_err(generic))
                        .await?;
                    Ok(location)
                }
            })
            .boxed()
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.inner.list(prefix)
    }

    fn list_with_offset(
        &self,
        prefix: Option<&Path>,
        offset: &Path,
    ) -> BoxStream<'static, Result<ObjectMeta>> {
        self.inner.list_with_offset(prefix, offset)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.inner.copy_opts(from, to, options).await?;
        let path = self.inner.path_to_filesystem(to)?;
        blocking(move || sync_file(&path)).await
    }

    async fn rename_opts(&self, from: &Path, to: &Path, options: RenameOptions) -> Result<()> {
        self.inner.rename_opts(from, to, options).await?;
        let path = self.inner.path_to_filesystem(to)?;
        blocking(move || sync_file(&path)).await
    }
}

/// An upload in parts, durable once complete.
#[derive(Debug)]
struct DurableUpload {
    path: PathBuf,
    inner: Box<dyn MultipartUpload>,
}

#[async_trait]
impl MultipartUpload for DurableUpload {
    fn put_part(&mut self, data: PutPayload) -> UploadPart {
        self.inner.put_part(data)
    }

    async fn complete(&mut self) -> Result<PutResult> {
        let result = self.inner.complete().await?;
        let path = self.path.clone();
        blocking(move || sync_file(&path)).await?;
        Ok(result)
    }

    async fn abort(&mut self) -> Result<()> {
        self.inner.abort().await
    }
}

#[cfg(test)]
mod tests {
    use object_store::ObjectStoreExt as _;

    use super::*;

    fn location(folder: &tempfile::TempDir, name: &str) -> Path {
        Path::from_absolute_path(folder.path()).unwrap().join(name)
    }

    fn create() -> PutOptions {
        PutOptions::from(PutMode::Create)
    }

    #[tokio::test]
    async fn of_many_that_create_one_name_one_wins_and_is_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let at = location(&folder, "deep").join("file");
        let store = DurableStore::new();
        let puts = (0..16_u8).map(|n| {
            let (store, at) = (store.clone(), at.clone());
            tokio::spawn(async move { store.put_opts(&at, vec![n; 100].into(), create()).await })
        });
        let mut won = Vec::new();
        for (n, put) in futures::future::join_all(puts)
            .await
            .into_iter()
            .enumerate()
        {
            match put.unwrap() {
                Ok(_) => won.push(n as u8),
                Err(e) => assert!(
                    matches!(e, object_store::Error::AlreadyExists { .. }),
                    "{e}"
                ),
            }
        }
        let bytes = store.get(&at).await.unwrap().bytes().await.unwrap();
        assert_eq!(won.len(), 1);
        assert_eq!(bytes, vec![won[0]; 100]);
        let left = std::fs::read_dir(folder.path().join("deep"))
            .unwrap()
            .count();
        assert_eq!(left, 1, "no staging file stays");
    }

    #[tokio::test]
    async fn an_overwrite_replaces_and_an_upload_in_parts_arrives() {
        let folder = tempfile::tempdir().unwrap();
        let store = DurableStore::new();
        let at = location(&folder, "file");
        store.put(&at, "old".into()).await.unwrap();
        store.put(&at, "new".into()).await.unwrap();
        assert_eq!(store.get(&at).await.unwrap().bytes().await.unwrap(), "new");
        let mut upload = store.put_multipart(&at).await.unwrap();
        upload.put_part("in ".into()).await.unwrap();
        upload.put_part("parts".into()).await.unwrap();
        upload.complete().await.unwrap();
        let bytes = store.get(&at).await.unwrap().bytes().await.unwrap();
        assert_eq!(bytes, "in parts");
    }

    #[test]
    fn uploads_under_way_are_told_from_files() {
        assert!(is_staging(&staging_name(FilePath::new("/lake/file.json"))));
        for name in ["part-00000.parquet", "a#b", "a#"] {
            assert!(!is_staging(FilePath::new(name)), "{name}");
        }
    }
}
