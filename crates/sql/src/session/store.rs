//! A store of files that are open already, and nothing else.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use datafusion::common::exec_datafusion_err;
use datafusion::error::{DataFusionError, Result as EngineResult};
use datafusion::execution::object_store::ObjectStoreRegistry;
use futures::StreamExt as _;
use futures::stream::{self, BoxStream};
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, GetResultPayload, ListResult, MultipartUpload,
    ObjectMeta, ObjectStore, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};

/// Scheme of addresses in the store.
const SCHEME: &str = "released";

/// Where the tables of a release are, for the query engine.
pub(super) const ADDRESS: &str = "released://tables/";

/// Files of a release that were opened before the process was confined.
///
/// It reads by position from what is open. It cannot open, list, write or
/// remove anything, whatever path it is asked for. Reads are made in place:
/// the bytes are in the page cache and no other task waits for the thread.
#[derive(Debug)]
pub(super) struct ReleasedFiles {
    files: BTreeMap<Path, (File, u64)>,
}

impl ReleasedFiles {
    /// A store of files by name, each with its size in bytes.
    pub(super) fn new(files: impl IntoIterator<Item = (String, File, u64)>) -> Self {
        let files = files.into_iter();
        Self {
            files: files
                .map(|(name, file, bytes)| (Path::from(name), (file, bytes)))
                .collect(),
        }
    }

    fn meta(&self, location: &Path) -> Result<(&File, ObjectMeta)> {
        let (file, size) = self.files.get(location).ok_or_else(|| Error::NotFound {
            path: location.to_string(),
            source: "it is not a table of the release".into(),
        })?;
        let meta = ObjectMeta {
            location: location.clone(),
            // A release never changes, and its plans must not differ by the
            // day a copy of it was made.
            last_modified: DateTime::<Utc>::UNIX_EPOCH,
            size: *size,
            e_tag: None,
            version: None,
        };
        Ok((file, meta))
    }
}

impl fmt::Display for ReleasedFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("released tables")
    }
}

/// What a store that only reads says of everything else.
fn read_only() -> Error {
    Error::NotSupported {
        source: "released tables can only be read".into(),
    }
}

#[cfg(unix)]
fn read_at(file: &File, range: Range<u64>) -> std::io::Result<Vec<u8>> {
    use std::os::unix::fs::FileExt as _;
    let length = usize::try_from(range.end - range.start).map_err(std::io::Error::other)?;
    let mut bytes = vec![0; length];
    file.read_exact_at(&mut bytes, range.start)?;
    Ok(bytes)
}

#[cfg(not(unix))]
fn read_at(_file: &File, _range: Range<u64>) -> std::io::Result<Vec<u8>> {
    Err(std::io::ErrorKind::Unsupported.into())
}

#[async_trait]
impl ObjectStore for ReleasedFiles {
    async fn put_opts(&self, _: &Path, _: PutPayload, _: PutOptions) -> Result<PutResult> {
        Err(read_only())
    }

    async fn put_multipart_opts(
        &self,
        _: &Path,
        _: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        Err(read_only())
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        let (file, meta) = self.meta(location)?;
        options.check_preconditions(&meta)?;
        let failed = |source: Box<dyn std::error::Error + Send + Sync>| Error::Generic {
            store: "released",
            source,
        };
        let range = match &options.range {
            Some(range) => range.as_range(meta.size).map_err(|e| failed(e.into()))?,
            None => 0..meta.size,
        };
        let bytes = if options.head {
            Bytes::new()
        } else {
            let read = read_at(file, range.clone()).map_err(|e| failed(e.into()))?;
            Bytes::from(read)
        };
        Ok(GetResult {
            payload: GetResultPayload::Stream(stream::once(async { Ok(bytes) }).boxed()),
            meta,
            range,
            attributes: Default::default(),
        })
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        locations.map(|_| Err(read_only())).boxed()
    }

    fn list(&self, _prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        stream::once(async { Err(read_only()) }).boxed()
    }

    async fn list_with_delimiter(&self, _prefix: Option<&Path>) -> Result<ListResult> {
        Err(read_only())
    }

    async fn copy_opts(&self, _: &Path, _: &Path, _: CopyOptions) -> Result<()> {
        Err(read_only())
    }
}

/// A registry that knows the released tables and takes no other store: not
/// even the local file system, which the engine's own registry starts with.
#[derive(Debug)]
pub(super) struct OnlyReleased(pub(super) Arc<ReleasedFiles>);

impl ObjectStoreRegistry for OnlyReleased {
    fn register_store(
        &self,
        _url: &url::Url,
        _store: Arc<dyn ObjectStore>,
    ) -> Option<Arc<dyn ObjectStore>> {
        None
    }

    fn get_store(&self, url: &url::Url) -> EngineResult<Arc<dyn ObjectStore>> {
        if url.scheme() == SCHEME {
            return Ok(Arc::clone(&self.0) as Arc<dyn ObjectStore>);
        }
        let refused: DataFusionError = exec_datafusion_err!("only released tables can be read");
        Err(refused)
    }
}

/// A registry that knows one store and takes no other.
#[derive(Debug)]
pub(super) struct OnlyOne {
    /// An address in it.
    pub(super) address: url::Url,
    /// The store, at the root of the address's scheme and host.
    pub(super) store: Arc<dyn ObjectStore>,
}

impl ObjectStoreRegistry for OnlyOne {
    fn register_store(
        &self,
        _url: &url::Url,
        _store: Arc<dyn ObjectStore>,
    ) -> Option<Arc<dyn ObjectStore>> {
        None
    }

    fn get_store(&self, url: &url::Url) -> EngineResult<Arc<dyn ObjectStore>> {
        let known = (self.address.scheme(), self.address.host_str());
        if (url.scheme(), url.host_str()) == known {
            return Ok(Arc::clone(&self.store));
        }
        let refused: DataFusionError = exec_datafusion_err!("only the lake can be read");
        Err(refused)
    }
}
