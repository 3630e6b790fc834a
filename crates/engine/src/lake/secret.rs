//! The key of a lake's pseudonyms.

use std::io::{ErrorKind, Read as _, Write as _};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::durable::{make_folder, sync_folder};
use crate::EngineError;

/// Length of the key.
const BYTES: usize = 32;

/// Longest secret file looked at: digits and some white space.
const LONGEST_FILE: u64 = 1_024;

/// What the fingerprint of a secret hashes before the secret itself.
const FINGERPRINT: &[u8] = b"safeground lake secret\0";

/// 32 random bytes that key the hashes of identifiers. Whoever has them can
/// find out whose pseudonym is whose by trying numbers; they never leave the
/// steward's hands.
#[derive(Clone, PartialEq, Eq)]
pub struct LakeSecret([u8; BYTES]);

impl LakeSecret {
    /// The key.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// A new secret from the operating system's generator.
    fn generate() -> Result<Self, EngineError> {
        let mut bytes = [0; BYTES];
        getrandom::fill(&mut bytes).map_err(|e| EngineError::LakeSecret {
            place: "the operating system's random numbers".into(),
            reason: e.to_string(),
        })?;
        Ok(Self(bytes))
    }

    /// Sixteen digits that tell one secret from another and nothing else.
    pub(super) fn fingerprint(&self) -> String {
        let mut hash = Sha256::new();
        hash.update(FINGERPRINT);
        hash.update(self.0);
        hex(&hash.finalize()[..8])
    }

    /// Reads a secret: 64 hexadecimal digits.
    pub(super) fn read(path: &Path) -> Result<Self, EngineError> {
        let refused = |reason: String| EngineError::LakeSecret {
            place: path.display().to_string(),
            reason,
        };
        let mut text = String::new();
        std::fs::File::open(path)
            .and_then(|file| file.take(LONGEST_FILE).read_to_string(&mut text))
            .map_err(|e| refused(e.to_string()))?;
        parse(text.trim()).ok_or_else(|| {
            refused("expected 64 hexadecimal digits; `openssl rand -hex 32` makes a new one".into())
        })
    }

    /// The secret of a local lake, made where there is none.
    ///
    /// The file appears whole and under its owner's eyes alone, or not at
    /// all; of two processes that make one at the same time, one wins and
    /// both read the winner's.
    pub(super) fn read_or_create(path: &Path) -> Result<Self, EngineError> {
        let refused = |e: std::io::Error| EngineError::LakeSecret {
            place: path.display().to_string(),
            reason: e.to_string(),
        };
        if !path.try_exists().map_err(refused)? {
            create(path, &Self::generate()?).map_err(refused)?;
        }
        Self::read(path)
    }
}

impl std::fmt::Debug for LakeSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LakeSecret(…)")
    }
}

fn create(path: &Path, secret: &LakeSecret) -> std::io::Result<()> {
    let folder = path.parent().ok_or(ErrorKind::InvalidInput)?;
    make_folder(folder)?;
    // A temporary file is its owner's alone from its first moment.
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    writeln!(file, "{}", hex(&secret.0))?;
    file.as_file().sync_all()?;
    match file.persist_noclobber(path) {
        Err(e) if e.error.kind() != ErrorKind::AlreadyExists => return Err(e.error),
        _ => {}
    }
    sync_folder(folder)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn parse(text: &str) -> Option<LakeSecret> {
    if text.len() != 2 * BYTES || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let mut bytes = [0; BYTES];
    for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
        let digits = std::str::from_utf8(digits).ok()?;
        *byte = u8::from_str_radix(digits, 16).ok()?;
    }
    Some(LakeSecret(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_made_once_and_is_its_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("inner/secret");
        let first = LakeSecret::read_or_create(&path).unwrap();
        assert!(LakeSecret::read_or_create(&path).unwrap() == first);
        assert_ne!(first.as_bytes(), [0; BYTES]);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        let files = std::fs::read_dir(path.parent().unwrap()).unwrap().count();
        assert_eq!(files, 1);
    }

    #[test]
    fn many_that_make_it_at_once_get_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        let all: Vec<LakeSecret> = std::thread::scope(|scope| {
            let makers: Vec<_> = (0..8)
                .map(|_| scope.spawn(|| LakeSecret::read_or_create(&path).unwrap()))
                .collect();
            makers.into_iter().map(|m| m.join().unwrap()).collect()
        });
        assert!(all.iter().all(|secret| *secret == all[0]));
    }

    #[test]
    fn a_secret_is_never_shown() {
        let secret = LakeSecret::generate().unwrap();
        let text = format!("{secret:?}");
        assert!(!text.contains(&hex(secret.as_bytes())[..8]));
        assert_ne!(secret.fingerprint(), hex(secret.as_bytes())[..16]);
    }

    #[test]
    fn what_is_no_secret_is_refused_with_a_remedy() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        for text in ["", "short", &"g".repeat(64), &"é".repeat(32)] {
            std::fs::write(&path, text).unwrap();
            let message = LakeSecret::read(&path).unwrap_err().to_string();
            assert!(message.contains("openssl rand -hex 32"), "{message}");
        }
    }
}
