//! Servers of the object stores' protocols, for the tests of lakes in them.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::command::Step;

/// Emulator of S3, from PyPI.
const MOTO: &str = "moto[server]==5.2.5";
/// Emulator of Azure's blob storage, from npm.
const AZURITE: &str = "azurite@3.37.0";

/// Name of the variable in which the tests find the folders of the servers.
/// Not `PATH`: build scripts watch that, and would run anew.
pub(crate) const FOLDERS: &str = "SAFEGROUND_STORE_SERVERS";

/// Installs the servers once, into the target folder, and gives the folders of
/// their programs, joined as in `PATH`. What cannot be installed is said, and
/// its tests skip.
pub(crate) fn folders() -> anyhow::Result<String> {
    let folder = crate::target_folder().join("stores");
    std::fs::create_dir_all(&folder).context("cannot make the folder of the stores")?;
    let mut folders = Vec::new();
    for (name, installed) in [("moto", moto(&folder)), ("azurite", azurite(&folder))] {
        match installed {
            Ok(bin) => folders.push(bin),
            Err(error) => println!("skipped: tests against {name}, it cannot be had: {error:#}"),
        }
    }
    std::env::join_paths(folders)
        .ok()
        .and_then(|joined| joined.into_string().ok())
        .context("the target folder's path is not text, or holds a colon")
}

fn moto(folder: &Path) -> anyhow::Result<PathBuf> {
    let bin = folder.join("python/bin");
    if !bin.join("moto_server").exists() {
        let python = text(&folder.join("python"))?.to_owned();
        Step::new("python3", &["-m", "venv", &python]).run()?;
        let arguments = [
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            MOTO,
        ];
        Step::new(text(&bin.join("python"))?, &arguments).run()?;
    }
    Ok(bin)
}

fn azurite(folder: &Path) -> anyhow::Result<PathBuf> {
    let bin = folder.join("node/node_modules/.bin");
    if !bin.join("azurite-blob").exists() {
        let node = text(&folder.join("node"))?.to_owned();
        let arguments = [
            "install",
            "--no-audit",
            "--no-fund",
            "--silent",
            "--prefix",
            &node,
            AZURITE,
        ];
        Step::new("npm", &arguments).run()?;
    }
    Ok(bin)
}

fn text(path: &Path) -> anyhow::Result<&str> {
    path.to_str().context("the target folder is not text")
}
