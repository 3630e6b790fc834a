//! A demo made by the code that users run.

use std::path::PathBuf;

use anyhow::Context as _;
use safeground_cli::commands::demo;
use safeground_engine::lake::{Lake, LakeOptions, LakeUrl};
use tokio::runtime::Runtime;

/// A demo in a folder of its own, gone with this value.
#[derive(Debug)]
pub struct Demo {
    folder: tempfile::TempDir,
    /// What asynchronous calls run on.
    pub runtime: Runtime,
}

impl Demo {
    /// Makes a demo with so many times the usual incidents.
    ///
    /// # Errors
    /// What keeps a demo from being made.
    pub fn make(scale: f64) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir().context("no folder for the demo")?;
        let runtime = Runtime::new().context("no runtime")?;
        runtime.block_on(demo::make(folder.path(), scale))?;
        Ok(Self { folder, runtime })
    }

    /// A folder of the demo: `input`, `lake` or `releases`.
    #[must_use]
    pub fn folder(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The lake of the demo.
    ///
    /// # Errors
    /// Where it cannot be opened.
    pub fn lake(&self) -> anyhow::Result<Lake> {
        let url = LakeUrl::local(&self.folder("lake"))?;
        Ok(self
            .runtime
            .block_on(Lake::open(&url, &LakeOptions::default()))?)
    }
}
