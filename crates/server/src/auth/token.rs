//! The text of a token.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use crate::error::ServerError;

/// Says what the text is to people, and to scanners that look for secrets.
const PREFIX: &str = "sgt_";
const BYTES: usize = 32;

/// A token. It has no `Debug` or `Display`, so that it reaches no log.
pub struct Secret(String);

impl Secret {
    /// A new token of 256 random bits from the operating system.
    ///
    /// # Errors
    /// If the system gives no random numbers.
    pub fn random() -> Result<Self, ServerError> {
        let bytes = random::<BYTES>()?;
        Ok(Self(format!("{PREFIX}{}", hex(&bytes))))
    }

    /// A token as presented; `None` if it cannot be one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix(PREFIX)?;
        let valid = digits.len() == 2 * BYTES
            && digits
                .bytes()
                .all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        valid.then(|| Self(text.to_owned()))
    }

    /// The text, to be shown once to whom it is made for.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is stored of it.
    pub(crate) fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0.as_bytes()).into()
    }
}

/// Random bytes from the operating system.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], ServerError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| ServerError::Random(error.to_string()))?;
    Ok(bytes)
}

/// Lowercase hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_reads_back_and_two_differ() {
        let (a, b) = (Secret::random().unwrap(), Secret::random().unwrap());
        assert_ne!(a.reveal(), b.reveal());
        assert_eq!(Secret::parse(a.reveal()).unwrap().hash(), a.hash());
        assert!(Secret::parse("sgt_1234").is_none());
        assert!(Secret::parse(&a.reveal().to_uppercase()).is_none());
    }
}
