//! Signatures: who made a release.
//!
//! The hashes of a manifest tell whether a release is whole; the signature
//! tells that the lake it claims to come from made it. Ed25519 (Bernstein,
//! Duif, Lange, Schwabe and Yang 2012, *Journal of Cryptographic Engineering*
//! 2) over the bytes of the manifest, which name the hash of every file.

use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use safeground_privacy::chain::digest;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// File name of the signature.
pub const SIGNATURE: &str = "manifest.sig";

/// Marks the purpose of the key, so that no two purposes share one.
const PURPOSE: &[u8] = b"safeground signing key 1\0";

/// The key that a lake signs its releases with, derived from its secret.
#[derive(Clone)]
pub struct ReleaseSigner(SigningKey);

impl std::fmt::Debug for ReleaseSigner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ReleaseSigner({})", self.public_key())
    }
}

/// What the signature file holds.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Signed {
    algorithm: String,
    public_key: String,
    signature: String,
}

impl ReleaseSigner {
    /// The signer of the lake with this secret.
    #[must_use]
    pub fn of_lake(secret: &[u8]) -> Self {
        let mut hash = Sha256::new();
        hash.update(PURPOSE);
        hash.update(secret);
        Self(SigningKey::from_bytes(&hash.finalize().into()))
    }

    /// The public key, 64 hexadecimal digits: what a reader compares with.
    #[must_use]
    pub fn public_key(&self) -> String {
        hex(self.0.verifying_key().as_bytes())
    }

    /// The signature file of a manifest. The same manifest gives the same
    /// bytes.
    #[must_use]
    pub fn sign(&self, manifest: &[u8]) -> Vec<u8> {
        let signed = Signed {
            algorithm: "ed25519".to_owned(),
            public_key: self.public_key(),
            signature: hex(&self.0.sign(manifest).to_bytes()),
        };
        serde_json::to_vec_pretty(&signed).expect("three texts are JSON")
    }
}

/// Signatures of short texts, each for a stated purpose: entries of the audit
/// log, stewards, approvals.
#[derive(Clone)]
pub(crate) struct TextKey(SigningKey);

impl TextKey {
    /// The key of 64 hexadecimal digits.
    pub(crate) fn of_hex(digits: &str) -> Option<Self> {
        Some(Self(SigningKey::from_bytes(&bytes::<32>(digits)?)))
    }

    /// The public key, 64 hexadecimal digits.
    pub(crate) fn public_key(&self) -> String {
        hex(self.0.verifying_key().as_bytes())
    }

    /// Signs parts for a purpose, 128 hexadecimal digits. No signature for one
    /// purpose fits another, and none of them a manifest, which begins with a
    /// brace.
    pub(crate) fn sign(&self, purpose: &str, parts: &[&str]) -> String {
        hex(&self.0.sign(statement(purpose, parts).as_bytes()).to_bytes())
    }
}

impl ReleaseSigner {
    /// The same key for short texts.
    pub(crate) fn texts(&self) -> TextKey {
        TextKey(self.0.clone())
    }
}

/// Whether a signature of [`TextKey::sign`] fits.
pub(crate) fn fits(public_key: &str, purpose: &str, parts: &[&str], signature: &str) -> bool {
    let key = bytes::<32>(public_key).and_then(|key| VerifyingKey::from_bytes(&key).ok());
    let of = bytes::<64>(signature).map(|of| Signature::from_bytes(&of));
    match (key, of) {
        (Some(key), Some(of)) => key
            .verify_strict(statement(purpose, parts).as_bytes(), &of)
            .is_ok(),
        _ => false,
    }
}

fn statement(purpose: &str, parts: &[&str]) -> String {
    format!("safeground {purpose} 1\n{}", digest(parts))
}

/// Checks a signature file against its manifest and, where a key is trusted,
/// against that key. Returns the key that signed, or what is wrong.
pub(super) fn verify(
    manifest: &[u8],
    signature: &[u8],
    trusted: Option<&str>,
) -> Result<String, String> {
    let signed: Signed = serde_json::from_slice(signature)
        .map_err(|_| format!("{SIGNATURE} is no signature file"))?;
    if trusted.is_some_and(|key| !key.eq_ignore_ascii_case(&signed.public_key)) {
        return Err(format!(
            "it is signed by {} and not by the key that is trusted",
            signed.public_key
        ));
    }
    let key = bytes::<32>(&signed.public_key).and_then(|key| VerifyingKey::from_bytes(&key).ok());
    let of = bytes::<64>(&signed.signature).map(|of| Signature::from_bytes(&of));
    match (key, of) {
        (Some(key), Some(of)) if key.verify_strict(manifest, &of).is_ok() => Ok(signed.public_key),
        _ => Err("the signature does not fit the manifest".into()),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes<const N: usize>(text: &str) -> Option<[u8; N]> {
    if text.len() != 2 * N || !text.is_ascii() {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8032, section 7.1, test 1: the empty message.
    #[test]
    fn the_algorithm_is_that_of_the_standard() {
        let secret = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
        let signer = ReleaseSigner(SigningKey::from_bytes(&bytes(secret).unwrap()));
        assert_eq!(
            signer.public_key(),
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
        );
        let text = String::from_utf8(signer.sign(b"")).unwrap();
        assert!(text.contains(
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
        ));
    }

    #[test]
    fn a_signature_of_a_text_fits_no_other_purpose_parts_or_key() {
        let key = TextKey::of_hex(&"17".repeat(32)).unwrap();
        let other = TextKey::of_hex(&"18".repeat(32)).unwrap();
        let signature = key.sign("approval", &["a", "bc"]);
        let ours = key.public_key();
        assert!(fits(&ours, "approval", &["a", "bc"], &signature));
        assert!(!fits(&ours, "steward", &["a", "bc"], &signature));
        assert!(!fits(&ours, "approval", &["ab", "c"], &signature));
        assert!(!fits(
            &other.public_key(),
            "approval",
            &["a", "bc"],
            &signature
        ));
        assert!(!fits(
            &ours,
            "approval",
            &["a", "bc"],
            "no hexadecimal digits"
        ));
        assert!(!fits("", "approval", &["a", "bc"], &signature));
    }

    #[test]
    fn a_changed_manifest_another_key_and_a_forged_file_are_told() {
        let (ours, theirs) = (
            ReleaseSigner::of_lake(&[1; 32]),
            ReleaseSigner::of_lake(&[2; 32]),
        );
        let file = ours.sign(b"manifest");
        let key = ours.public_key();
        assert_eq!(verify(b"manifest", &file, None), Ok(key.clone()));
        assert_eq!(verify(b"manifest", &file, Some(&key)), Ok(key.clone()));
        assert!(verify(b"Manifest", &file, None).is_err());
        assert!(verify(b"manifest", &theirs.sign(b"manifest"), Some(&key)).is_err());
        // Their signature under our name.
        let text = String::from_utf8(theirs.sign(b"manifest")).unwrap();
        let forged = text.replace(&theirs.public_key(), &key);
        assert!(verify(b"manifest", forged.as_bytes(), Some(&key)).is_err());
        assert!(verify(b"manifest", b"{}", None).is_err());
    }
}
