//! One line of the log.

use serde::{Deserialize, Serialize};

use super::Act;
use crate::chain::digest;

/// Who did it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Author {
    /// User of the operating system.
    pub user: String,
    /// Name given with `--as`: what the user says, which nothing checks.
    #[serde(rename = "as", default, skip_serializing_if = "Option::is_none")]
    pub named: Option<String>,
}

/// An entry of the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Position, from 0. A number is missing where a write was cut short.
    pub number: u64,
    /// Hash of the entry before; empty for the first.
    pub previous: String,
    /// When, in UTC (RFC 3339).
    pub time: String,
    /// Who.
    #[serde(flatten)]
    pub author: Author,
    /// What.
    #[serde(flatten)]
    pub act: Act,
    /// SHA-256 of all of the above, hexadecimal.
    pub hash: String,
    /// The lake's signature of the hash; empty in the log of a folder of
    /// releases, where there is no key.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub signature: String,
}

impl Entry {
    /// The entry that follows an entry of the hash `previous`; not signed.
    #[must_use]
    pub fn following(number: u64, previous: &str, time: String, author: Author, act: Act) -> Self {
        let mut entry = Self {
            number,
            previous: previous.to_owned(),
            time,
            author,
            act,
            hash: String::new(),
            signature: String::new(),
        };
        entry.hash = entry.own_hash();
        entry
    }

    /// Whether it stands behind that entry and is as it was written.
    #[must_use]
    pub fn fits(&self, number: u64, previous: &str) -> bool {
        self.number == number && self.previous == previous && self.hash == self.own_hash()
    }

    pub(super) fn own_hash(&self) -> String {
        let number = self.number.to_string();
        let mut parts = vec![
            "safeground audit 1",
            &number,
            &self.previous,
            &self.time,
            &self.author.user,
        ];
        if let Some(named) = &self.author.named {
            parts.extend(["as", named]);
        }
        parts.extend(["act", self.act.code()]);
        for (what, value) in self.act.details() {
            parts.extend([what, value]);
        }
        digest(parts)
    }
}
