//! Which lake a command works on.

use safeground_engine::lake::{Lake, LakeOptions, LakeUrl};

use super::who::WhoArgs;

/// The lake, a local folder or the URL of an object store.
#[derive(Debug, Clone, clap::Args)]
pub struct LakeArgs {
    /// Folder of the lake, or its URL (`s3://`, `gs://`, `az://`). A lake in
    /// an object store keeps its secret in the file that the environment
    /// variable `SAFEGROUND_LAKE_SECRET_FILE` names.
    #[arg(long, value_name = "DIR", default_value = "lake")]
    lake: LakeUrl,
}

impl LakeArgs {
    /// The lake at a location.
    #[must_use]
    pub fn of(lake: LakeUrl) -> Self {
        Self { lake }
    }

    /// The lake that is there, with who writes to its audit log.
    ///
    /// # Errors
    /// As [`LakeArgs::open`].
    pub async fn open_as(&self, who: &WhoArgs) -> anyhow::Result<Lake> {
        let options = LakeOptions {
            scribe: who.scribe(),
            ..LakeOptions::from_env()
        };
        Ok(Lake::open(&self.lake, &options).await?)
    }

    /// The lake that is there.
    ///
    /// # Errors
    /// Where there is none, or it cannot be read.
    pub async fn open(&self) -> anyhow::Result<Lake> {
        Ok(Lake::open(&self.lake, &LakeOptions::from_env()).await?)
    }

    /// The lake, made with empty tables if it is not there.
    ///
    /// # Errors
    /// Where it cannot be made or read.
    pub async fn open_or_create(&self) -> anyhow::Result<Lake> {
        Ok(Lake::open_or_create(&self.lake, &LakeOptions::from_env()).await?)
    }
}
