//! The web app's assets: installed and built by npm, never by a build script.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::Context as _;

use crate::command::{Step, exists};

/// Folder of the web app.
pub(crate) fn folder() -> PathBuf {
    crate::root().join("crates/server/web")
}

/// Installs the packages of the lock file if they are not there yet.
pub(crate) fn install() -> anyhow::Result<()> {
    anyhow::ensure!(
        exists("npm"),
        "npm is missing: install Node.js 20.19 or later (on Debian: apt-get install nodejs npm)"
    );
    let web = folder();
    let stamp = web.join("node_modules/.package-lock.json");
    if newest(&[web.join("package-lock.json")])? <= modified(&stamp) {
        return Ok(());
    }
    Step::new("npm", &["ci", "--no-audit", "--no-fund"])
        .folder(&web)
        .run()
}

/// Builds `dist/` if a source is newer.
pub(crate) fn build() -> anyhow::Result<()> {
    install()?;
    let web = folder();
    let sources = [
        web.join("src"),
        web.join("public"),
        web.join("index.html"),
        web.join("package-lock.json"),
        web.join("vite.config.ts"),
    ];
    let built = modified(&web.join("dist/index.html"));
    if built.is_some() && newest(&sources)? <= built {
        return Ok(());
    }
    Step::new("npm", &["run", "build"]).folder(&web).run()
}

fn modified(path: &Path) -> Option<SystemTime> {
    path.metadata().and_then(|meta| meta.modified()).ok()
}

/// Latest change among files and whole folders; what is absent counts as old.
fn newest(paths: &[PathBuf]) -> anyhow::Result<Option<SystemTime>> {
    let mut latest = None;
    let mut waiting: Vec<PathBuf> = paths.to_vec();
    while let Some(path) = waiting.pop() {
        latest = latest.max(modified(&path));
        if path.is_dir() {
            let entries =
                std::fs::read_dir(&path).with_context(|| format!("cannot list {path:?}"))?;
            for entry in entries {
                waiting.push(entry?.path());
            }
        }
    }
    Ok(latest)
}
