//! The stewards of a lake: whoever its log says got a key.

use safeground_privacy::audit::{Act, AuditError, Entry, Trail};

use super::{AuditLog, GovernError, StewardKey, person};
use crate::EngineError;
use crate::release::signature::fits;

/// What a vouch is signed for.
const VOUCH: &str = "steward";

/// What a retirement is signed for.
const RETIRE: &str = "retirement";

/// A steward.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Steward {
    /// Name.
    pub name: String,
    /// Public key, hexadecimal.
    pub public_key: String,
    /// Who vouched; absent for the first.
    pub vouched_by: Option<String>,
    /// When, in UTC (RFC 3339).
    pub since: String,
    /// Whether the key is believed.
    pub active: bool,
}

/// All who ever were stewards, in the order they came.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stewards(Vec<Steward>);

impl Stewards {
    /// The stewards that a log tells of, of the lake that signs with a key.
    ///
    /// 1. The first needs nobody's word;
    /// 2. each later one needs the signature of one who is a steward then, over
    ///    the lake, the name and the key;
    /// 3. a name and a key register once, for ever;
    /// 4. one who is retired, by the signature of any steward, approves and
    ///    vouches no more.
    ///
    /// # Errors
    /// [`AuditError::Steward`] at the first entry against these rules.
    pub fn of(trail: &Trail, lake: &str) -> Result<Self, AuditError> {
        let mut stewards = Self::default();
        for entry in trail.entries() {
            if !stewards.admit(entry, lake) {
                return Err(AuditError::Steward(entry.number));
            }
        }
        Ok(stewards)
    }

    /// All of them, those retired included.
    #[must_use]
    pub fn all(&self) -> &[Steward] {
        &self.0
    }

    /// The steward of that name whose key is believed.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&Steward> {
        self.active().find(|steward| steward.name == name)
    }

    /// The steward whose key it is.
    ///
    /// # Errors
    /// [`GovernError::UnknownKey`].
    pub fn of_key(&self, key: &StewardKey) -> Result<&Steward, GovernError> {
        let public_key = key.public_key();
        let mut active = self.active();
        let found = active.find(|steward| steward.public_key == public_key);
        found.ok_or(GovernError::UnknownKey(public_key))
    }

    fn active(&self) -> impl Iterator<Item = &Steward> {
        self.0.iter().filter(|steward| steward.active)
    }

    /// Takes in an entry; `false` where it is against the rules.
    fn admit(&mut self, entry: &Entry, lake: &str) -> bool {
        match &entry.act {
            Act::StewardRegistered {
                steward,
                public_key,
                vouched_by,
                vouch,
            } => {
                let vouched = match (vouched_by, vouch) {
                    (None, None) => self.0.is_empty(),
                    (Some(by), Some(vouch)) => self.named(by).is_some_and(|by| {
                        fits(&by.public_key, VOUCH, &[lake, steward, public_key], vouch)
                    }),
                    _ => false,
                };
                let sound = person(steward).as_ref() == Ok(steward);
                if !vouched || !sound || self.taken(steward, public_key).is_err() {
                    return false;
                }
                self.0.push(Steward {
                    name: steward.clone(),
                    public_key: public_key.clone(),
                    vouched_by: vouched_by.clone(),
                    since: entry.time.clone(),
                    active: true,
                });
                true
            }
            Act::StewardRetired {
                steward,
                retired_by,
                retirement,
            } => {
                let signed = self
                    .named(retired_by)
                    .is_some_and(|by| fits(&by.public_key, RETIRE, &[lake, steward], retirement));
                let last = self.active().count() < 2;
                let found = self.0.iter_mut().find(|s| s.active && s.name == *steward);
                match found {
                    Some(found) if signed && !last => {
                        found.active = false;
                        true
                    }
                    _ => false,
                }
            }
            _ => true,
        }
    }

    /// Whether a name or a key is free. Letters are compared without their
    /// case: Anita and ANITA are one name.
    fn taken(&self, name: &str, public_key: &str) -> Result<(), GovernError> {
        let folded = name.to_lowercase();
        for known in &self.0 {
            if known.name.to_lowercase() == folded {
                return Err(GovernError::NameTaken(known.name.clone()));
            }
            if known.public_key == public_key {
                return Err(GovernError::KeyTaken(known.name.clone()));
            }
        }
        Ok(())
    }
}

/// Registers a steward under a name: the first without more, each later one
/// with the word of one who is there. Registering the same again is no error.
///
/// # Errors
/// [`GovernError`] where the name or the key is taken or nobody vouches, and
/// what keeps the log from being read or written.
pub async fn register(
    log: &AuditLog,
    name: &str,
    key: &StewardKey,
    voucher: Option<&StewardKey>,
) -> Result<Steward, EngineError> {
    let (name, public_key, lake) = (person(name)?, key.public_key(), log.public_key());
    log.write_if(|trail| {
        let stewards = Stewards::of(trail, &lake)?;
        let same = |known: &Steward| known.name == name && known.public_key == public_key;
        if stewards.active().any(same) {
            return Ok(None);
        }
        stewards.taken(&name, &public_key)?;
        let (vouched_by, vouch) = match voucher {
            _ if stewards.0.is_empty() => (None, None),
            Some(voucher) => {
                let by = stewards.of_key(voucher)?.name.clone();
                let vouch = voucher.sign(VOUCH, &[&lake, &name, &public_key]);
                (Some(by), Some(vouch))
            }
            None => return Err(GovernError::NotVouched(name.clone()).into()),
        };
        Ok(Some(Act::StewardRegistered {
            steward: name.clone(),
            public_key: public_key.clone(),
            vouched_by,
            vouch,
        }))
    })
    .await?;
    let stewards = Stewards::of(&log.read().await?, &lake)?;
    let found = stewards.named(&name).cloned();
    Ok(found.ok_or(GovernError::UnknownSteward(name))?)
}

/// Retires a steward whose key was lost or stolen, or who left.
///
/// # Errors
/// [`GovernError`] where there is no such steward, it is the last one, or the
/// key is no steward's; and what keeps the log from being read or written.
pub async fn retire(log: &AuditLog, name: &str, key: &StewardKey) -> Result<(), EngineError> {
    let (name, lake) = (person(name)?, log.public_key());
    log.write_if(|trail| {
        let stewards = Stewards::of(trail, &lake)?;
        let retired_by = stewards.of_key(key)?.name.clone();
        if stewards.named(&name).is_none() {
            return Err(GovernError::UnknownSteward(name.clone()).into());
        }
        if stewards.active().count() < 2 {
            return Err(GovernError::LastSteward(name.clone()).into());
        }
        Ok(Some(Act::StewardRetired {
            steward: name.clone(),
            retired_by,
            retirement: key.sign(RETIRE, &[&lake, &name]),
        }))
    })
    .await?;
    Ok(())
}
