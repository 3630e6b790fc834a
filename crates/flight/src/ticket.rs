//! Tickets: what a query is fetched with, sealed by the server.
//!
//! A ticket holds the query itself, so that nothing has to be remembered for
//! those that are never used. The server alone can make one: it ends with a
//! keyed hash (HMAC-SHA-256, RFC 2104) under a key that is drawn when the
//! server starts and never leaves it.

use bytes::Bytes;
use hmac::{Hmac, Mac as _};
use prost::Message;
use sha2::Sha256;

use crate::ServeError;

/// How long a ticket can be used.
pub(crate) const LIFETIME_SECONDS: u64 = 600;

/// Bytes of the keyed hash.
const SEAL_BYTES: usize = 32;

/// A query that may be fetched.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct SealedQuery {
    /// The statement.
    #[prost(string, tag = "1")]
    pub(crate) sql: String,
    /// Values for its placeholders, an Arrow stream of one row.
    #[prost(bytes = "bytes", optional, tag = "2")]
    pub(crate) row: Option<Bytes>,
    /// Whether texts come in classic types.
    #[prost(bool, tag = "3")]
    pub(crate) classic: bool,
    /// Whose it is.
    #[prost(bytes = "bytes", tag = "4")]
    pub(crate) owner: Bytes,
    /// Release that it is of.
    #[prost(string, tag = "5")]
    pub(crate) release_id: String,
    /// When it ends, in seconds since 1970.
    #[prost(uint64, tag = "6")]
    pub(crate) expires: u64,
    /// Tells this ticket from all others.
    #[prost(bytes = "bytes", tag = "7")]
    pub(crate) id: Bytes,
}

/// Makes and opens tickets.
pub(crate) struct Sealer(Hmac<Sha256>);

impl Sealer {
    /// A sealer with a new key.
    ///
    /// # Errors
    /// If the system gives no random numbers.
    pub(crate) fn new() -> Result<Self, ServeError> {
        Ok(Self::with(&random::<32>()?))
    }

    fn with(key: &[u8; 32]) -> Self {
        let keyed = Hmac::new_from_slice(key);
        Self(keyed.expect("a key of any length is a key"))
    }

    /// The bytes of a ticket.
    pub(crate) fn seal(&self, query: &SealedQuery) -> Bytes {
        let mut bytes = query.encode_to_vec();
        let seal = self.0.clone().chain_update(&bytes).finalize().into_bytes();
        bytes.extend_from_slice(&seal);
        bytes.into()
    }

    /// What is in a ticket that this server made. `None` for any other: forged,
    /// changed, of another server or of before its last start.
    pub(crate) fn open(&self, ticket: &[u8]) -> Option<SealedQuery> {
        let (bytes, seal) = ticket.split_at_checked(ticket.len().checked_sub(SEAL_BYTES)?)?;
        // In constant time.
        let checked = self.0.clone().chain_update(bytes).verify_slice(seal);
        checked.ok()?;
        SealedQuery::decode(bytes).ok()
    }
}

/// Random bytes from the operating system.
///
/// # Errors
/// If it gives none.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], ServeError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| ServeError::Random(error.to_string()))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query() -> SealedQuery {
        SealedQuery {
            sql: "SELECT 1".into(),
            row: None,
            classic: true,
            owner: Bytes::from_static(&[1; 32]),
            release_id: "0123456789abcdef".into(),
            expires: 600,
            id: Bytes::from_static(&[2; 16]),
        }
    }

    #[test]
    fn a_ticket_opens_as_it_was_sealed() {
        let sealer = Sealer::new().unwrap();
        assert_eq!(sealer.open(&sealer.seal(&query())), Some(query()));
    }

    #[test]
    fn no_bit_of_a_ticket_can_be_changed_and_no_other_key_makes_one() {
        let sealer = Sealer::new().unwrap();
        let ticket = sealer.seal(&query());
        for bit in 0..8 * ticket.len() {
            let mut forged = ticket.to_vec();
            forged[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(sealer.open(&forged), None, "bit {bit}");
        }
        for length in 0..ticket.len() {
            assert_eq!(sealer.open(&ticket[..length]), None);
        }
        assert_eq!(Sealer::new().unwrap().open(&ticket), None);
        assert_eq!(sealer.open(&query().encode_to_vec()), None);
    }
}
