//! Hashes that make a list of entries a chain.

use sha2::{Digest, Sha256};

use crate::noise::hexadecimal;

/// SHA-256 over length-prefixed parts, in hexadecimal, so that it does not
/// depend on how entries are written down and no two lists of parts share one.
///
/// ```
/// use safeground_privacy::chain::digest;
/// assert_ne!(digest(["a", "bc"]), digest(["ab", "c"]));
/// assert_eq!(digest(["a"]).len(), 64);
/// ```
#[must_use]
pub fn digest<P: AsRef<str>>(parts: impl IntoIterator<Item = P>) -> String {
    let mut sha = Sha256::new();
    for part in parts {
        let part = part.as_ref();
        sha.update((part.len() as u64).to_le_bytes());
        sha.update(part.as_bytes());
    }
    hexadecimal(&sha.finalize())
}
