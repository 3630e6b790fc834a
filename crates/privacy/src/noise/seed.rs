//! The sealed seed, and the stream of random bits of each table.

use hmac::{Hmac, Mac};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use sha2::Sha256;

use super::NoiseError;

/// Marks the purpose of a derived key, so that no two purposes share one.
const OF_LAKE: &[u8] = b"safeground noise seed 1";
const STREAM: &[u8] = b"safeground noise stream 1";
const CHILD: &[u8] = b"safeground noise child 1";
const COMMITMENT: &[u8] = b"safeground noise commitment 1";

/// The 256-bit secret that every draw of a lake derives from.
///
/// Derived from the lake's secret or drawn by the operating system's
/// generator, never released: who holds it can subtract the noise. It is not
/// `Clone`, is not serialisable, and does not print.
pub struct NoiseSeed([u8; 32]);

impl NoiseSeed {
    /// Takes 32 bytes from a cryptographic generator.
    ///
    /// # Errors
    /// [`NoiseError::WeakSeed`] if all bytes are equal, as in a buffer that
    /// nobody filled.
    pub fn from_bytes(bytes: [u8; 32]) -> Result<Self, NoiseError> {
        if bytes.iter().all(|byte| *byte == bytes[0]) {
            return Err(NoiseError::WeakSeed);
        }
        Ok(Self(bytes))
    }

    /// The seed of a lake, derived from the lake's secret so that there is one
    /// thing to guard: HMAC-SHA-256 of a fixed text under the secret. The
    /// secret has to come from a cryptographic generator.
    #[must_use]
    pub fn of_lake(secret: &[u8]) -> Self {
        Self(keyed_hash(secret, &[OF_LAKE]))
    }

    /// A value to publish that binds a release to its seed without telling it:
    /// HMAC-SHA-256 of a fixed text under the seed, in hexadecimal.
    #[must_use]
    pub fn commitment(&self) -> String {
        hexadecimal(&self.key_for(COMMITMENT))
    }

    /// The key that decides which contributions of a child are kept, from its
    /// pseudonym: see [`super::keep`]. HMAC-SHA-256 under a key of its own.
    #[must_use]
    pub fn child(&self, pseudonym: &str) -> [u8; 32] {
        keyed_hash(&self.key_for(CHILD), &[pseudonym.as_bytes()])
    }

    /// A key for one purpose, derived from the seed.
    pub(crate) fn key_for(&self, purpose: &[u8]) -> [u8; 32] {
        keyed_hash(&self.0, &[purpose])
    }

    /// The stream of one table.
    ///
    /// Its ChaCha20 key is the HMAC-SHA-256, under the seed, of everything in
    /// `bindings`, each with its length before it. Streams of different tables
    /// are thus independent, and the order of tables and the number of threads
    /// do not matter.
    pub(crate) fn stream(&self, bindings: &[&[u8]]) -> ChaCha20Rng {
        let mut parts = vec![STREAM];
        parts.extend_from_slice(bindings);
        ChaCha20Rng::from_seed(keyed_hash(&self.0, &parts))
    }
}

impl std::fmt::Debug for NoiseSeed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NoiseSeed(sealed)")
    }
}

impl Drop for NoiseSeed {
    fn drop(&mut self) {
        self.0 = std::hint::black_box([0; 32]);
        std::hint::black_box(&self.0);
    }
}

/// A seal of bytes for one purpose under a seed.
pub(crate) fn seal_of(seed: &NoiseSeed, purpose: &[u8], bytes: &[u8]) -> String {
    hexadecimal(&keyed_hash(&seed.key_for(purpose), &[bytes]))
}

/// HMAC-SHA-256 of parts, each preceded by its length.
pub(crate) fn keyed_hash(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    for part in parts {
        mac.update(&(part.len() as u64).to_le_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// Lowercase hexadecimal.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use rand_chacha::rand_core::RngCore;

    use super::*;

    fn seed(last: u8) -> NoiseSeed {
        let mut bytes = [7; 32];
        bytes[31] = last;
        NoiseSeed::from_bytes(bytes).unwrap()
    }

    #[test]
    fn streams_differ_by_seed_and_by_every_binding() {
        let first = |seed: &NoiseSeed, bindings: &[&[u8]]| seed.stream(bindings).next_u64();
        let here = first(&seed(1), &[b"ab", b"c"]);
        assert_eq!(here, first(&seed(1), &[b"ab", b"c"]));
        assert_ne!(here, first(&seed(1), &[b"a", b"bc"]));
        assert_ne!(here, first(&seed(1), &[b"ab", b"c", b""]));
        assert_ne!(here, first(&seed(2), &[b"ab", b"c"]));
    }

    #[test]
    fn an_unfilled_buffer_is_no_seed_and_a_seed_does_not_print() {
        assert!(NoiseSeed::from_bytes([0; 32]).is_err());
        let of = |secret: u8| NoiseSeed::of_lake(&[secret; 32]).commitment();
        assert_ne!(of(1), of(2));
        assert_eq!(format!("{:?}", seed(1)), "NoiseSeed(sealed)");
        assert_ne!(seed(1).commitment(), seed(2).commitment());
    }
}
