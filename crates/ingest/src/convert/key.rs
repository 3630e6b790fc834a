//! Pseudonyms of identifiers.

use hmac::{Hmac, Mac};
use sha2::Sha256;

use super::text::normal_text;

/// Turns identifiers into pseudonyms: HMAC-SHA-256 (RFC 2104) in lower-case
/// hexadecimal.
///
/// 1. The key of a domain is HMAC(secret of the lake, `safeground key v1`,
///    field, namespace), each part preceded by its length, so that the same
///    identifier in two fields, or of two partners, gives unlinked
///    pseudonyms, and no choice of names can make two domains one.
/// 2. The pseudonym is HMAC(key of the domain, identifier), the identifier
///    in Unicode form C and trimmed.
#[derive(Clone)]
pub(crate) struct KeyHasher {
    keyed: Hmac<Sha256>,
}

// The state is as secret as the key itself.
impl std::fmt::Debug for KeyHasher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("KeyHasher")
    }
}

fn keyed(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes keys of any length")
}

impl KeyHasher {
    /// A hasher for one field and, where given, one namespace.
    pub(crate) fn new(secret: &[u8], field: &str, namespace: Option<&str>) -> Self {
        let mut derive = keyed(secret);
        for part in ["safeground key v1", field, namespace.unwrap_or("")] {
            derive.update(&(part.len() as u64).to_be_bytes());
            derive.update(part.as_bytes());
        }
        Self {
            keyed: keyed(&derive.finalize().into_bytes()),
        }
    }

    /// Writes the pseudonym of an identifier to `hex`.
    pub(crate) fn hash_into(&self, identifier: &str, hex: &mut [u8; 64]) {
        let mut mac = self.keyed.clone();
        mac.update(normal_text(identifier).as_bytes());
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        for (index, byte) in mac.finalize().into_bytes().iter().enumerate() {
            hex[2 * index] = DIGITS[usize::from(byte >> 4)];
            hex[2 * index + 1] = DIGITS[usize::from(byte & 15)];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(secret: &[u8], field: &str, namespace: Option<&str>, value: &str) -> String {
        let mut hex = [0; 64];
        KeyHasher::new(secret, field, namespace).hash_into(value, &mut hex);
        String::from_utf8(hex.to_vec()).unwrap()
    }

    #[test]
    fn one_identifier_gives_one_pseudonym_per_domain() {
        let base = hash(b"secret", "child_key", None, "C1");
        assert_eq!(base.len(), 64);
        assert_eq!(base, hash(b"secret", "child_key", None, "  C1 "));
        assert_ne!(base, hash(b"secret", "incident_key", None, "C1"));
        assert_ne!(base, hash(b"secret", "child_key", Some("partner-a"), "C1"));
        assert_ne!(base, hash(b"other", "child_key", None, "C1"));
        assert_ne!(
            hash(b"s", "child_key", Some("ab"), "c"),
            hash(b"s", "child_keya", Some("b"), "c")
        );
    }

    #[test]
    fn composed_and_decomposed_letters_are_one_identifier() {
        assert_eq!(
            hash(b"s", "child_key", None, "Cafe\u{301}"),
            hash(b"s", "child_key", None, "Café")
        );
    }
}
