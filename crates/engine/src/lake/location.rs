//! Where a lake is and how it is reached.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use object_store::ObjectStore;
use url::Url;

use super::DurableStore;
use crate::EngineError;
use crate::govern::Scribe;

/// Environment variable that names the file of a lake's secret.
pub const SECRET_FILE_VARIABLE: &str = "SAFEGROUND_LAKE_SECRET_FILE";

/// Most rows of a stored file unless the caller says otherwise: some ten
/// megabytes, few enough files for 10⁸ rows and enough for several threads.
const ROWS_PER_FILE: usize = 1 << 20;

/// Schemes of lakes outside the local file system.
const REMOTE_SCHEMES: [&str; 3] = ["s3", "gs", "az"];

/// Scheme of a lake in the memory of this process, for tests.
const MEMORY: &str = "memory";

/// Location of a lake: a folder, or a URL of an object store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LakeUrl {
    url: Url,
    folder: Option<PathBuf>,
}

impl LakeUrl {
    /// The lake in a folder.
    ///
    /// # Errors
    /// [`EngineError::LakeUrl`] where the folder has no absolute form.
    pub fn local(folder: &Path) -> Result<Self, EngineError> {
        let refused = |reason: String| EngineError::LakeUrl {
            value: folder.display().to_string(),
            reason,
        };
        let absolute = std::path::absolute(folder).map_err(|e| refused(e.to_string()))?;
        let url = Url::from_directory_path(&absolute)
            .map_err(|()| refused("the folder has no absolute path".into()))?;
        Ok(Self {
            url,
            folder: Some(absolute),
        })
    }

    /// The URL, ending in a slash.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The folder of a local lake.
    #[must_use]
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// The store at the root of the URL's scheme and host.
    pub(super) fn root(&self, options: &LakeOptions) -> Result<Arc<dyn ObjectStore>, EngineError> {
        if let Some(store) = &options.store {
            return Ok(Arc::clone(store));
        }
        if self.folder.is_some() {
            return Ok(Arc::new(DurableStore::new()));
        }
        // Commits are conditional writes. Google and Azure offer them as they
        // are, S3 and its likes by `If-None-Match`, the default of its client.
        let mut root = self.url.clone();
        root.set_path("/");
        let (store, _) = object_store::parse_url_opts(&root, &options.storage).map_err(|e| {
            EngineError::LakeUrl {
                value: self.url.to_string(),
                reason: e.to_string(),
            }
        })?;
        Ok(Arc::from(store))
    }
}

impl std::str::FromStr for LakeUrl {
    type Err = EngineError;

    /// Reads a folder or a URL: whatever has no `://` is a folder.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if !text.contains("://") {
            return Self::local(Path::new(text));
        }
        let refused = |reason: &str| EngineError::LakeUrl {
            value: text.to_owned(),
            reason: reason.to_owned(),
        };
        let mut url = Url::parse(text).map_err(|e| refused(&e.to_string()))?;
        if url.scheme() == "file" {
            let folder = url
                .to_file_path()
                .map_err(|()| refused("it names no local folder"))?;
            return Self::local(&folder);
        }
        if url.scheme() != MEMORY && !REMOTE_SCHEMES.contains(&url.scheme()) {
            return Err(refused(
                "expected a folder or a URL that begins with s3://, gs:// or az://",
            ));
        }
        if url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
            return Err(refused(
                "it must not hold a password, a query or a fragment; give credentials in the environment",
            ));
        }
        if url.scheme() != MEMORY && url.host_str().is_none_or(str::is_empty) {
            return Err(refused("it names no bucket or container"));
        }
        if !url.path().ends_with('/') {
            url.set_path(&format!("{}/", url.path()));
        }
        Ok(Self { url, folder: None })
    }
}

impl std::fmt::Display for LakeUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.folder {
            Some(folder) => write!(f, "{}", folder.display()),
            None => f.write_str(self.url.as_str()),
        }
    }
}

/// How a lake is reached.
#[derive(Clone)]
pub struct LakeOptions {
    /// File that holds the lake's secret. A local lake keeps its own unless
    /// this names another; a lake in an object store needs one.
    pub secret_file: Option<PathBuf>,
    /// Settings of the object store, such as `aws_region`, by name.
    pub storage: BTreeMap<String, String>,
    /// Files encoded or read at the same time.
    pub threads: usize,
    /// Most rows of a stored file.
    pub rows_per_file: usize,
    /// Who writes to the lake's audit log.
    pub scribe: Scribe,
    /// Store to use in place of the one the URL names, at the root of its
    /// scheme and host.
    pub store: Option<Arc<dyn ObjectStore>>,
}

impl Default for LakeOptions {
    fn default() -> Self {
        Self {
            secret_file: None,
            storage: BTreeMap::new(),
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            rows_per_file: ROWS_PER_FILE,
            scribe: Scribe::of_system(),
            store: None,
        }
    }
}

impl LakeOptions {
    /// Options from the environment: [`SECRET_FILE_VARIABLE`], and the
    /// variables of the object stores (`AWS_…`, `GOOGLE_…`, `AZURE_…`).
    #[must_use]
    pub fn from_env() -> Self {
        let storage = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .filter(|(name, _)| {
                ["AWS_", "GOOGLE_", "AZURE_"]
                    .iter()
                    .any(|prefix| name.starts_with(prefix))
            })
            .map(|(name, value)| (name.to_ascii_lowercase(), value))
            .collect();
        Self {
            secret_file: std::env::var_os(SECRET_FILE_VARIABLE)
                .filter(|name| !name.is_empty())
                .map(PathBuf::from),
            storage,
            ..Self::default()
        }
    }
}

impl std::fmt::Debug for LakeOptions {
    /// Settings of the store may be credentials: their names alone are shown.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LakeOptions")
            .field("secret_file", &self.secret_file)
            .field("storage", &self.storage.keys())
            .field("threads", &self.threads)
            .field("rows_per_file", &self.rows_per_file)
            .field("scribe", &self.scribe)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_becomes_absolute_and_keeps_its_name() {
        let lake: LakeUrl = "some lake/of mine".parse().unwrap();
        let folder = lake.folder().unwrap();
        assert!(folder.is_absolute() && folder.ends_with("some lake/of mine"));
        assert!(lake.url().path().ends_with("/some%20lake/of%20mine/"));
        let again: LakeUrl = lake.url().as_str().parse().unwrap();
        assert_eq!(again.folder(), lake.folder());
    }

    #[test]
    fn other_schemes_and_urls_with_credentials_are_refused() {
        for text in [
            "http://host/lake",
            "s3://",
            "s3://key:word@bucket/lake",
            "gs://bucket/lake?token=1",
        ] {
            assert!(text.parse::<LakeUrl>().is_err(), "{text}");
        }
        let lake: LakeUrl = "s3://bucket/lake".parse().unwrap();
        assert_eq!(lake.to_string(), "s3://bucket/lake/");
    }

    #[test]
    fn settings_of_the_store_are_not_shown() {
        let mut options = LakeOptions::default();
        options
            .storage
            .insert("aws_secret_access_key".into(), "hush".into());
        let text = format!("{options:?}");
        assert!(text.contains("aws_secret_access_key") && !text.contains("hush"));
    }
}
