//! Chromium for the browser tests.

use crate::command::{Step, exists};

const PROGRAMS: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// Path or name of a Chromium, installed if this is Debian and we are root.
pub(crate) fn chromium() -> anyhow::Result<String> {
    if let Ok(path) = std::env::var("CHROMIUM") {
        anyhow::ensure!(
            exists(&path),
            "CHROMIUM names `{path}`, which does not start"
        );
        return Ok(path);
    }
    if let Some(found) = find() {
        return Ok(found);
    }
    if crate::debian::install("chromium")?
        && let Some(found) = find()
    {
        return Ok(found);
    }
    anyhow::bail!(
        "the browser tests need Chromium: install it (on Debian: apt-get install chromium), \
         or name it in the environment variable CHROMIUM"
    )
}

fn find() -> Option<String> {
    PROGRAMS
        .into_iter()
        .find(|program| exists(program))
        .and_then(|program| Step::new("which", &[program]).output().ok())
        .map(|path| path.trim().to_owned())
}
