//! The key of a steward: a file outside the lake.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::path::Path;

use super::GovernError;
use crate::EngineError;
use crate::release::signature::TextKey;

/// What the file begins with.
const HEADER: &str = "safeground steward key 1";

/// Longest file looked at.
const LONGEST_FILE: u64 = 1_024;

/// The private key of a steward. Whoever has the file is that steward.
pub struct StewardKey(TextKey);

impl StewardKey {
    /// The key in a file, made where there is none: readable by its owner
    /// alone, and durable before it is used.
    ///
    /// # Errors
    /// [`GovernError::Key`] where the file cannot be made or read.
    pub fn read_or_create(path: &Path) -> Result<Self, EngineError> {
        let refused = |reason: std::io::Error| GovernError::Key {
            place: path.display().to_string(),
            reason: reason.to_string(),
        };
        if !path.try_exists().map_err(refused)? {
            let mut bytes = [0; 32];
            getrandom::fill(&mut bytes).map_err(|error| GovernError::Key {
                place: "the operating system's random numbers".into(),
                reason: error.to_string(),
            })?;
            match create(path, &bytes) {
                // Another process made it: its key is as good.
                Err(error) if error.kind() != ErrorKind::AlreadyExists => {
                    return Err(refused(error).into());
                }
                _ => {}
            }
        }
        Self::read(path)
    }

    /// The key in a file.
    ///
    /// # Errors
    /// [`GovernError::Key`] where there is none, or others can read it.
    pub fn read(path: &Path) -> Result<Self, EngineError> {
        let refused = |reason: String| GovernError::Key {
            place: path.display().to_string(),
            reason,
        };
        let mut text = String::new();
        let file = File::open(path).map_err(|error| refused(error.to_string()))?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let known = file
                .metadata()
                .map_err(|error| refused(error.to_string()))?;
            if known.permissions().mode() & 0o077 != 0 {
                let remedy =
                    "others may read it; `chmod 600` it, or register a new key if they did";
                return Err(refused(remedy.into()).into());
            }
        }
        file.take(LONGEST_FILE)
            .read_to_string(&mut text)
            .map_err(|error| refused(error.to_string()))?;
        let mut lines = text.lines();
        let key = match (lines.next(), lines.next(), lines.next()) {
            (Some(HEADER), Some(digits), None) => TextKey::of_hex(digits),
            _ => None,
        };
        let key = key.ok_or_else(|| refused("it holds no key of a steward".into()))?;
        Ok(Self(key))
    }

    /// The public key, 64 hexadecimal digits.
    #[must_use]
    pub fn public_key(&self) -> String {
        self.0.public_key()
    }

    /// Signs a list of parts for a purpose.
    pub(super) fn sign(&self, purpose: &str, parts: &[&str]) -> String {
        self.0.sign(purpose, parts)
    }
}

impl std::fmt::Debug for StewardKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "StewardKey({})", self.public_key())
    }
}

/// Makes the file whole or not at all.
fn create(path: &Path, key: &[u8; 32]) -> std::io::Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    // A temporary file is its owner's alone from its first moment.
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    let digits: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    writeln!(file, "{HEADER}\n{digits}")?;
    file.as_file().sync_all()?;
    file.persist_noclobber(path).map_err(|error| error.error)?;
    if cfg!(unix) {
        OpenOptions::new().read(true).open(folder)?.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_is_its_owners_alone_and_never_shown() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("anita.key");
        let made = StewardKey::read_or_create(&path).unwrap();
        let again = StewardKey::read_or_create(&path).unwrap();
        assert_eq!(made.public_key(), again.public_key());
        let text = std::fs::read_to_string(&path).unwrap();
        let digits = text.lines().nth(1).unwrap();
        assert!(!format!("{made:?}").contains(digits));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
            std::fs::set_permissions(&path, PermissionsExt::from_mode(0o644)).unwrap();
            let error = StewardKey::read(&path).unwrap_err().to_string();
            assert!(error.contains("chmod 600"), "{error}");
        }
        assert!(StewardKey::read(&folder.path().join("none")).is_err());
    }
}
