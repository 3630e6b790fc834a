//! The list of tokens: `access/tokens.json` in the folder of releases.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::scope::Scope;
use super::token::{Secret, hex, random};
use crate::error::ServerError;
use safeground_privacy::Audience;

/// A token as stored: everything but the token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenRecord {
    /// Identifier, to revoke it by.
    pub id: String,
    /// SHA-256 of the token, hexadecimal.
    pub sha256: String,
    /// Release that it opens.
    pub audience: Audience,
    /// What it is for, in the steward's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The part of the release that it opens.
    #[serde(default, skip_serializing_if = "Scope::is_everything")]
    pub scope: Scope,
    /// When it was made.
    pub created: DateTime<Utc>,
    /// From when on it is not valid.
    pub expires: DateTime<Utc>,
}

/// What a new token is for.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// Release that it opens.
    pub audience: Audience,
    /// How long it is valid.
    pub lifetime: TimeDelta,
    /// What it is for, in the steward's words.
    pub label: Option<String>,
    /// The part of the release that it opens.
    pub scope: Scope,
    /// Now.
    pub now: DateTime<Utc>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Listed {
    version: u32,
    tokens: Vec<TokenRecord>,
}

/// The list of tokens of a folder of releases.
///
/// Changes take a lock, write a new file beside the old one and rename it, so
/// that a reader sees the list before or after a change and nothing between.
#[derive(Debug, Clone)]
pub struct TokenStore {
    folder: PathBuf,
}

impl TokenStore {
    /// The list of the folder of releases `releases`; nothing is read yet.
    #[must_use]
    pub fn new(releases: &Path) -> Self {
        Self {
            folder: releases.join("access"),
        }
    }

    /// Makes a token. It is shown once and cannot be shown again.
    ///
    /// # Errors
    /// If the audience needs none, or the list cannot be written.
    pub fn create(&self, new: NewToken) -> Result<(Secret, TokenRecord), ServerError> {
        let (secret, record) = self.prepare(new)?;
        self.add(record.clone())?;
        Ok((secret, record))
    }

    /// A token that opens nothing until [`TokenStore::add`] adds it: whoever
    /// keeps a log writes it down in between.
    ///
    /// # Errors
    /// If the audience needs none.
    pub fn prepare(&self, new: NewToken) -> Result<(Secret, TokenRecord), ServerError> {
        if new.audience == Audience::Public {
            return Err(ServerError::PublicToken);
        }
        let secret = Secret::random()?;
        let expires = new.now.checked_add_signed(new.lifetime);
        let record = TokenRecord {
            id: hex(&random::<4>()?),
            sha256: hex(&secret.hash()),
            audience: new.audience,
            label: new.label,
            scope: new.scope,
            created: new.now,
            expires: expires.ok_or_else(|| ServerError::Tokens {
                action: "change",
                reason: "the token would expire after the end of time".into(),
            })?,
        };
        Ok((secret, record))
    }

    /// Adds a token that was prepared.
    ///
    /// # Errors
    /// If the list cannot be written.
    pub fn add(&self, record: TokenRecord) -> Result<(), ServerError> {
        self.change(|tokens| {
            tokens.push(record);
            Ok(())
        })
    }

    /// Makes a token invalid for good.
    ///
    /// # Errors
    /// If no token has this identifier, or the list cannot be written.
    pub fn revoke(&self, id: &str) -> Result<TokenRecord, ServerError> {
        let mut revoked = None;
        self.change(|tokens| {
            let position = tokens.iter().position(|token| token.id == id);
            let position = position.ok_or_else(|| ServerError::UnknownToken(id.to_owned()))?;
            revoked = Some(tokens.remove(position));
            Ok(())
        })?;
        revoked.ok_or_else(|| ServerError::UnknownToken(id.to_owned()))
    }

    /// All tokens, the oldest first.
    ///
    /// # Errors
    /// If there is a list and it cannot be read.
    pub fn list(&self) -> Result<Vec<TokenRecord>, ServerError> {
        let text = match std::fs::read(self.file()) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(failed("read")(error)),
        };
        let listed: Listed =
            serde_json::from_slice(&text).map_err(|error| ServerError::Tokens {
                action: "read",
                reason: format!("line {}: not the expected JSON", error.line()),
            })?;
        Ok(listed.tokens)
    }

    fn file(&self) -> PathBuf {
        self.folder.join("tokens.json")
    }

    fn change(
        &self,
        change: impl FnOnce(&mut Vec<TokenRecord>) -> Result<(), ServerError>,
    ) -> Result<(), ServerError> {
        let failed = failed("write");
        private_folder(&self.folder).map_err(&failed)?;
        let lock = private_file(&self.folder.join("lock")).map_err(&failed)?;
        lock.lock().map_err(&failed)?;
        let mut tokens = self.list()?;
        change(&mut tokens)?;
        let listed = Listed { version: 1, tokens };
        let text = serde_json::to_vec_pretty(&listed).map_err(|_| ServerError::Tokens {
            action: "write",
            reason: "it cannot be written as JSON".into(),
        })?;
        let beside = self.folder.join("tokens.json.new");
        let mut file = private_file(&beside).map_err(&failed)?;
        file.write_all(&text)
            .and_then(|()| file.sync_all())
            .and_then(|()| std::fs::rename(&beside, self.file()))
            .and_then(|()| File::open(&self.folder)?.sync_all())
            .map_err(&failed)
    }
}

fn failed(action: &'static str) -> impl Fn(std::io::Error) -> ServerError {
    move |error| ServerError::Tokens {
        action,
        reason: error.to_string(),
    }
}

/// A folder that only its owner can enter.
fn private_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(folder)
}

/// An empty file that only its owner can read.
fn private_file(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new() -> NewToken {
        NewToken {
            audience: Audience::Planning,
            lifetime: TimeDelta::days(90),
            label: Some("district office".into()),
            scope: Scope::default(),
            now: Utc::now(),
        }
    }

    #[test]
    fn the_list_holds_no_token_and_only_its_owner_reads_it() {
        let folder = tempfile::tempdir().unwrap();
        let store = TokenStore::new(folder.path());
        let (secret, record) = store.create(new()).unwrap();
        let file = folder.path().join("access/tokens.json");
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(!text.contains(&secret.reveal()[4..]));
        assert_eq!(store.list().unwrap(), [record]);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(&file).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn a_revoked_token_is_gone_and_an_unknown_one_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let store = TokenStore::new(folder.path());
        let (_, record) = store.create(new()).unwrap();
        assert_eq!(store.revoke(&record.id).unwrap(), record);
        assert!(store.list().unwrap().is_empty());
        assert!(matches!(
            store.revoke(&record.id),
            Err(ServerError::UnknownToken(_))
        ));
    }

    #[test]
    fn the_public_release_has_no_tokens() {
        let folder = tempfile::tempdir().unwrap();
        let public = NewToken {
            audience: Audience::Public,
            ..new()
        };
        let result = TokenStore::new(folder.path()).create(public);
        assert!(matches!(result, Err(ServerError::PublicToken)));
    }

    #[test]
    fn tokens_made_at_the_same_time_are_all_kept() {
        let folder = tempfile::tempdir().unwrap();
        let store = TokenStore::new(folder.path());
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| store.create(new()).unwrap());
            }
        });
        assert_eq!(store.list().unwrap().len(), 8);
    }
}
