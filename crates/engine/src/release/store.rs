//! Release folders on disk: written whole or not at all, never changed.
//!
//! ```text
//! <releases>/.lock
//! <releases>/<audience>/current            names the release served
//! <releases>/<audience>/<release_id>/      manifest.json, places.parquet, scores.parquet,
//!                                          breakdowns.parquet where the audience sees classes
//! ```
//!
//! A release is written to a hidden folder, every file and the folder flushed
//! to disk, then renamed; `current` is replaced by renaming a new file over
//! it. Whatever is interrupted, readers see the old release or the new one.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::EngineError;

/// Prefix of folders that are being written.
const UNFINISHED: &str = ".unfinished-";

/// Name of the file that names the current release.
const CURRENT: &str = "current";

/// Moments of publishing, in order. A test lets each of them fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Before the hidden folder is made.
    Begin,
    /// Before a file is written.
    WriteFile,
    /// Before a file is flushed.
    FlushFile,
    /// Before the hidden folder gets its name.
    RenameFolder,
    /// Before the new `current` is written.
    WriteCurrent,
    /// Before it replaces the old one.
    RenameCurrent,
}

/// Whether a release was new.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Published {
    /// It was written.
    New,
    /// The very same release was there already; nothing was written but
    /// `current`, where it named another.
    AlreadyThere,
}

/// The folder that holds the releases of all audiences.
#[derive(Debug, Clone)]
pub struct Store {
    root: PathBuf,
}

impl Store {
    /// The store under a folder, which need not exist yet.
    #[must_use]
    pub fn new(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
        }
    }

    /// Folder of one release.
    ///
    /// # Errors
    /// [`EngineError::ReleaseId`] for an id that could name another folder.
    pub fn folder(&self, audience: &str, id: &str) -> Result<PathBuf, EngineError> {
        let valid = id.len() == 16 && id.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if !valid {
            return Err(EngineError::ReleaseId {
                value: id.to_owned(),
            });
        }
        Ok(self.root.join(audience).join(id))
    }

    /// Id of the release that is current for an audience, if there is one.
    ///
    /// # Errors
    /// The file system's.
    pub fn current(&self, audience: &str) -> Result<Option<String>, EngineError> {
        match fs::read_to_string(self.root.join(audience).join(CURRENT)) {
            Ok(id) => Ok(Some(id.trim().to_owned())),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(self.failed("read", e)),
        }
    }

    /// Ids of all releases of an audience, sorted.
    ///
    /// # Errors
    /// The file system's.
    pub fn ids(&self, audience: &str) -> Result<Vec<String>, EngineError> {
        let entries = match fs::read_dir(self.root.join(audience)) {
            Ok(entries) => entries,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(e) => return Err(self.failed("list", e)),
        };
        let mut ids = Vec::new();
        for entry in entries {
            let name = entry.map_err(|e| self.failed("list", e))?.file_name();
            if let Some(id) = name.to_str()
                && self
                    .folder(audience, id)
                    .is_ok_and(|folder| folder.is_dir())
            {
                ids.push(id.to_owned());
            }
        }
        ids.sort();
        Ok(ids)
    }

    /// Publishes the files of a release and makes it current.
    ///
    /// # Errors
    /// The file system's; nothing is visible then that was not before.
    pub fn publish(
        &self,
        audience: &str,
        id: &str,
        files: &[(&str, Vec<u8>)],
        reached: &mut dyn FnMut(Step) -> io::Result<()>,
    ) -> Result<Published, EngineError> {
        let folder = self.folder(audience, id)?;
        let parent = self.root.join(audience);
        let mut write = || -> io::Result<Published> {
            fs::create_dir_all(&parent)?;
            let _lock = self.lock()?;
            remove_unfinished(&parent)?;
            let published = if folder.is_dir() {
                Published::AlreadyThere
            } else {
                write_folder(&parent, &folder, id, files, reached)?;
                Published::New
            };
            point_to(&parent, id, reached)?;
            Ok(published)
        };
        write().map_err(|e| self.failed("write", e))
    }

    /// Takes a release back: the folder is removed and, where it was current,
    /// `current` names the one given instead, or nothing.
    ///
    /// # Errors
    /// The file system's.
    pub fn withdraw(
        &self,
        audience: &str,
        id: &str,
        instead: Option<&str>,
    ) -> Result<(), EngineError> {
        let folder = self.folder(audience, id)?;
        let was_current = self.current(audience)?.as_deref() == Some(id);
        if let Some(instead) = instead
            && !self.folder(audience, instead)?.is_dir()
        {
            return Err(EngineError::NoRelease {
                audience: audience.to_owned(),
            });
        }
        let parent = self.root.join(audience);
        let remove = || -> io::Result<()> {
            let _lock = self.lock()?;
            if was_current {
                match instead {
                    Some(instead) => point_to(&parent, instead, &mut |_| Ok(()))?,
                    None => fs::remove_file(parent.join(CURRENT))?,
                }
            }
            // Renamed first, so that no reader finds half a release.
            let hidden = parent.join(format!("{UNFINISHED}{id}-withdrawn"));
            fs::rename(&folder, &hidden)?;
            fs::remove_dir_all(&hidden)?;
            sync_folder(&parent)
        };
        remove().map_err(|e| self.failed("withdraw", e))
    }

    /// One writer at a time; released when dropped, by a killed process too.
    fn lock(&self) -> io::Result<File> {
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(self.root.join(".lock"))?;
        file.lock()?;
        Ok(file)
    }

    fn failed(&self, action: &'static str, source: io::Error) -> EngineError {
        EngineError::ReleaseFolder {
            action,
            path: self.root.clone(),
            source,
        }
    }
}

/// Removes what an interrupted run left. The lock is held, so nobody is
/// writing there.
fn remove_unfinished(parent: &Path) -> io::Result<()> {
    for entry in fs::read_dir(parent)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
            if entry.file_type()?.is_dir() {
                fs::remove_dir_all(entry.path())?;
            } else {
                fs::remove_file(entry.path())?;
            }
        }
    }
    Ok(())
}

fn write_folder(
    parent: &Path,
    folder: &Path,
    id: &str,
    files: &[(&str, Vec<u8>)],
    reached: &mut dyn FnMut(Step) -> io::Result<()>,
) -> io::Result<()> {
    reached(Step::Begin)?;
    let hidden = parent.join(format!("{UNFINISHED}{id}"));
    fs::create_dir(&hidden)?;
    for (name, bytes) in files {
        reached(Step::WriteFile)?;
        write_synced(&hidden.join(name), bytes, reached)?;
    }
    sync_folder(&hidden)?;
    reached(Step::RenameFolder)?;
    fs::rename(&hidden, folder)?;
    sync_folder(parent)
}

fn point_to(
    parent: &Path,
    id: &str,
    reached: &mut dyn FnMut(Step) -> io::Result<()>,
) -> io::Result<()> {
    let current = parent.join(CURRENT);
    let line = format!("{id}\n");
    if fs::read(&current).is_ok_and(|text| text == line.as_bytes()) {
        return Ok(());
    }
    reached(Step::WriteCurrent)?;
    let hidden = parent.join(format!("{UNFINISHED}{CURRENT}"));
    write_synced(&hidden, line.as_bytes(), &mut |_| Ok(()))?;
    reached(Step::RenameCurrent)?;
    fs::rename(&hidden, &current)?;
    sync_folder(parent)
}

fn write_synced(
    path: &Path,
    bytes: &[u8],
    reached: &mut dyn FnMut(Step) -> io::Result<()>,
) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    reached(Step::FlushFile)?;
    file.sync_all()
}

/// Flushes a folder's entries; Windows has no such thing and needs none.
fn sync_folder(folder: &Path) -> io::Result<()> {
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "00000000000000aa";
    const NEW: &str = "00000000000000bb";

    fn files(text: &str) -> Vec<(&'static str, Vec<u8>)> {
        vec![
            ("manifest.json", text.into()),
            ("scores.parquet", text.into()),
        ]
    }

    #[test]
    fn a_write_that_fails_at_any_step_leaves_the_old_release_current() {
        let mut failed = 0;
        for fail_at in 0.. {
            let root = tempfile::tempdir().unwrap();
            let store = Store::new(root.path());
            let done = |_| Ok(());
            store
                .publish("public", OLD, &files("old"), &mut { done })
                .unwrap();
            let mut step = 0;
            let outcome = store.publish("public", NEW, &files("new"), &mut |_| {
                step += 1;
                if step > fail_at {
                    return Err(io::Error::other("disk full"));
                }
                Ok(())
            });
            if outcome.is_ok() {
                break;
            }
            failed += 1;
            assert_eq!(store.current("public").unwrap().unwrap(), OLD);
            for id in store.ids("public").unwrap() {
                let folder = store.folder("public", &id).unwrap();
                assert_eq!(fs::read_dir(folder).unwrap().count(), 2, "{id} is whole");
            }
            let again = store.publish("public", NEW, &files("new"), &mut { done });
            assert!(again.is_ok(), "a rerun is safe");
            assert_eq!(store.current("public").unwrap().unwrap(), NEW);
            let names = fs::read_dir(root.path().join("public")).unwrap();
            assert_eq!(names.count(), 3, "nothing unfinished is left");
        }
        assert_eq!(failed, 8, "every step was made to fail once");
    }

    #[test]
    fn the_same_release_again_is_not_written_again() {
        let root = tempfile::tempdir().unwrap();
        let store = Store::new(root.path());
        let publish = |id| {
            store
                .publish("public", id, &files("x"), &mut |_| Ok(()))
                .unwrap()
        };
        assert_eq!(publish(OLD), Published::New);
        assert_eq!(publish(NEW), Published::New);
        assert_eq!(publish(OLD), Published::AlreadyThere);
        assert_eq!(store.current("public").unwrap().unwrap(), OLD);
    }

    #[test]
    fn a_withdrawn_release_is_gone_and_the_other_one_current() {
        let root = tempfile::tempdir().unwrap();
        let store = Store::new(root.path());
        for id in [OLD, NEW] {
            store
                .publish("public", id, &files("x"), &mut |_| Ok(()))
                .unwrap();
        }
        store.withdraw("public", NEW, Some(OLD)).unwrap();
        assert_eq!(store.ids("public").unwrap(), [OLD]);
        assert_eq!(store.current("public").unwrap().unwrap(), OLD);
        store.withdraw("public", OLD, None).unwrap();
        assert_eq!(store.current("public").unwrap(), None);
    }

    #[test]
    fn an_id_cannot_lead_out_of_the_folder() {
        let store = Store::new(Path::new("/nowhere"));
        for id in [
            "../../etc/passwd",
            "00000000000000A0",
            "",
            "00000000000000a",
        ] {
            assert!(store.folder("public", id).is_err(), "{id}");
        }
    }
}
