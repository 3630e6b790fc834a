//! What the tests run beside our code: emulators of object stores, and the
//! reference implementation of H3.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::command::Step;

/// Emulator of S3, and H3's reference implementation, from PyPI.
const FROM_PYPI: [&str; 2] = ["moto[server]==5.2.5", "h3==4.5.0"];
/// Emulator of Azure's blob storage, from npm.
const AZURITE: &str = "azurite@3.37.0";

/// Installs them once, into the target folder, and gives the variables in
/// which the tests find them. What cannot be installed is said, and its tests
/// skip. Nothing is added to `PATH`: build scripts watch that, and would run
/// anew.
pub(crate) fn variables() -> anyhow::Result<Vec<(&'static str, String)>> {
    let folder = crate::target_folder().join("test-tools");
    std::fs::create_dir_all(&folder).context("cannot make the folder of the test tools")?;
    let mut variables = Vec::new();
    let mut servers = Vec::new();
    match python(&folder) {
        Ok(bin) => {
            variables.push(("SAFEGROUND_PYTHON", text(&bin.join("python"))?.to_owned()));
            servers.push(bin);
        }
        Err(error) => println!("skipped: tests against S3 and h3-py: {error:#}"),
    }
    match azurite(&folder) {
        Ok(bin) => servers.push(bin),
        Err(error) => println!("skipped: tests against Azure's protocol: {error:#}"),
    }
    let joined = std::env::join_paths(servers)
        .ok()
        .and_then(|joined| joined.into_string().ok())
        .context("the target folder's path is not text, or holds a colon")?;
    variables.push(("SAFEGROUND_STORE_SERVERS", joined));
    Ok(variables)
}

fn python(folder: &Path) -> anyhow::Result<PathBuf> {
    let bin = folder.join("python/bin");
    // Written last, so that half an installation is made anew.
    let done = folder.join("python-is-complete");
    let wanted = FROM_PYPI.join("\n");
    if std::fs::read_to_string(&done).is_ok_and(|found| found == wanted) {
        return Ok(bin);
    }
    let environment = folder.join("python");
    Step::new("python3", &["-m", "venv", text(&environment)?]).run()?;
    let mut arguments = vec![
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ];
    arguments.extend(FROM_PYPI);
    Step::new(text(&bin.join("python"))?, &arguments).run()?;
    std::fs::write(&done, wanted).context("cannot write to the target folder")?;
    Ok(bin)
}

fn azurite(folder: &Path) -> anyhow::Result<PathBuf> {
    let bin = folder.join("node/node_modules/.bin");
    let done = folder.join("node-is-complete");
    if std::fs::read_to_string(&done).is_ok_and(|found| found == AZURITE) {
        return Ok(bin);
    }
    let prefix = folder.join("node");
    let arguments = [
        "install",
        "--no-audit",
        "--no-fund",
        "--silent",
        "--prefix",
        text(&prefix)?,
        AZURITE,
    ];
    Step::new("npm", &arguments).run()?;
    std::fs::write(&done, AZURITE).context("cannot write to the target folder")?;
    Ok(bin)
}

fn text(path: &Path) -> anyhow::Result<&str> {
    path.to_str().context("the target folder is not text")
}
