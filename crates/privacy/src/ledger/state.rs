//! The rules of spending.

use std::collections::{BTreeMap, BTreeSet};

use super::{Entry, Event, LedgerError};
use crate::noise::Epsilon;

/// The ledger as its entries leave it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ledger {
    length: u64,
    head: String,
    accounts: BTreeMap<(String, i32), Account>,
    draws: BTreeMap<String, Draw>,
    hashes: BTreeSet<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Account {
    cap: Epsilon,
    spent: Epsilon,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Draw {
    dataset: String,
    years: Vec<i32>,
    epsilon: Epsilon,
    committed: bool,
    /// Hash of the entry that reserved it.
    entry: String,
}

/// The budget of a data set and year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccountView<'a> {
    /// Data set.
    pub dataset: &'a str,
    /// Year of the rows.
    pub year: i32,
    /// The most that may ever be spent.
    pub cap: Epsilon,
    /// What was spent.
    pub spent: Epsilon,
}

impl AccountView<'_> {
    /// What is left.
    #[must_use]
    pub fn remaining(&self) -> Epsilon {
        self.cap.minus(self.spent).unwrap_or(Epsilon::ZERO)
    }
}

/// An entry that may be appended; it counts only once accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "append the entry, fsync, then accept it"]
pub struct Proposal {
    entry: Entry,
}

impl Proposal {
    /// What to append.
    #[must_use]
    pub fn entry(&self) -> &Entry {
        &self.entry
    }
}

/// Answer to a request for a charge.
#[derive(Debug)]
#[must_use = "append and accept a new reservation before drawing"]
pub enum Reservation {
    /// A new draw: append the entry, fsync, accept.
    New(Proposal),
    /// The same draw was paid before: run it again, it gives the same bytes.
    Paid(Charge),
}

/// Proof that a draw is paid for. Only the ledger makes one.
///
/// ```compile_fail
/// use safeground_privacy::ledger::Charge;
/// let forged = Charge { dataset: "lake".into() }; // the fields are private
/// ```
#[derive(Debug, PartialEq, Eq)]
pub struct Charge {
    dataset: String,
    years: Vec<i32>,
    fingerprint: String,
    epsilon: Epsilon,
}

impl Charge {
    /// Name of the draw.
    #[must_use]
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// Whether it pays for this draw.
    pub(crate) fn covers(
        &self,
        dataset: &str,
        years: &[i32],
        fingerprint: &str,
        epsilon: Epsilon,
    ) -> bool {
        self.dataset == dataset
            && self.years == years
            && self.fingerprint == fingerprint
            && self.epsilon >= epsilon
    }
}

impl Ledger {
    /// Rebuilds a ledger from its entries.
    ///
    /// `heads` are the heads that earlier releases were published under, from
    /// their manifests: a chain of hashes shows a change, but not that its end
    /// was cut off, and cutting it off would refill the budget.
    ///
    /// # Errors
    /// [`LedgerError::Broken`] where the chain or a rule is broken,
    /// [`LedgerError::CutBack`] if a head is missing.
    pub fn replay<'a>(
        entries: impl IntoIterator<Item = &'a Entry>,
        heads: &[&str],
    ) -> Result<Self, LedgerError> {
        let mut ledger = Self::default();
        for entry in entries {
            let at = ledger.length;
            ledger.admit(entry).map_err(|_| LedgerError::Broken(at))?;
        }
        match heads.iter().find(|head| !ledger.hashes.contains(**head)) {
            Some(missing) => Err(LedgerError::CutBack((*missing).to_owned())),
            None => Ok(ledger),
        }
    }

    /// Hash of the last entry; a release names it in its manifest.
    #[must_use]
    pub fn head(&self) -> &str {
        &self.head
    }

    /// Number of entries.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.length
    }

    /// Whether there is no entry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// What each data set and year may spend and has spent, in order.
    pub fn accounts(&self) -> impl Iterator<Item = AccountView<'_>> {
        self.accounts
            .iter()
            .map(|((dataset, year), account)| AccountView {
                dataset,
                year: *year,
                cap: account.cap,
                spent: account.spent,
            })
    }

    /// What may still be spent on the rows of a year.
    #[must_use]
    pub fn remaining(&self, dataset: &str, year: i32) -> Option<Epsilon> {
        let account = self.accounts.get(&(dataset.to_owned(), year))?;
        account.cap.minus(account.spent)
    }

    /// Whether a draw was published.
    #[must_use]
    pub fn is_committed(&self, fingerprint: &str) -> bool {
        self.draws
            .get(fingerprint)
            .is_some_and(|draw| draw.committed)
    }

    /// Hash of the entry that paid for a draw: the head that its releases name.
    /// Unlike [`Ledger::head`] it stays what it is.
    #[must_use]
    pub fn entry_of(&self, fingerprint: &str) -> Option<&str> {
        Some(self.draws.get(fingerprint)?.entry.as_str())
    }

    /// What each of its years paid for a draw, if it was ever reserved.
    #[must_use]
    pub fn paid_for(&self, fingerprint: &str) -> Option<Epsilon> {
        self.draws.get(fingerprint).map(|draw| draw.epsilon)
    }

    /// Proposes the budget of a data set and year.
    ///
    /// # Errors
    /// [`LedgerError::AlreadyOpen`], [`LedgerError::CapTooHigh`].
    pub fn open(&self, dataset: &str, year: i32, cap: Epsilon) -> Result<Proposal, LedgerError> {
        self.propose(Event::Open {
            dataset: dataset.to_owned(),
            year,
            cap,
        })
    }

    /// Asks for a charge of `epsilon` on each of the years, or none at all.
    ///
    /// # Errors
    /// [`LedgerError::Exhausted`] if any year has too little left,
    /// [`LedgerError::NoAccount`], [`LedgerError::OtherTerms`],
    /// [`LedgerError::Empty`].
    pub fn reserve(
        &self,
        dataset: &str,
        years: &[i32],
        fingerprint: &str,
        epsilon: Epsilon,
    ) -> Result<Reservation, LedgerError> {
        let mut years = years.to_vec();
        years.sort_unstable();
        years.dedup();
        if let Some(draw) = self.draws.get(fingerprint) {
            let same = draw.dataset == dataset && draw.years == years && draw.epsilon == epsilon;
            return if same {
                Ok(Reservation::Paid(draw.charge(fingerprint)))
            } else {
                Err(LedgerError::OtherTerms(fingerprint.to_owned()))
            };
        }
        let proposal = self.propose(Event::Reserve {
            dataset: dataset.to_owned(),
            years,
            fingerprint: fingerprint.to_owned(),
            epsilon,
        })?;
        Ok(Reservation::New(proposal))
    }

    /// Proposes to note that a draw was published; absent if it was before.
    ///
    /// # Errors
    /// [`LedgerError::NotReserved`].
    pub fn commit(&self, charge: &Charge) -> Result<Option<Proposal>, LedgerError> {
        self.commit_of(&charge.fingerprint)
    }

    /// The same for a draw that an earlier run paid for.
    ///
    /// # Errors
    /// [`LedgerError::NotReserved`].
    pub fn commit_of(&self, fingerprint: &str) -> Result<Option<Proposal>, LedgerError> {
        if self.is_committed(fingerprint) {
            return Ok(None);
        }
        let fingerprint = fingerprint.to_owned();
        self.propose(Event::Commit { fingerprint }).map(Some)
    }

    /// Takes in an entry that is on disk. Gives the charge of a reservation.
    ///
    /// # Errors
    /// [`LedgerError::Stale`] if another entry came first: the appended line
    /// must then be undone or, better, appending must hold a lock.
    pub fn accept(&mut self, proposal: Proposal) -> Result<Option<Charge>, LedgerError> {
        let entry = proposal.entry;
        self.admit(&entry)?;
        Ok(match entry.event {
            Event::Reserve { fingerprint, .. } => self
                .draws
                .get(&fingerprint)
                .map(|draw| draw.charge(&fingerprint)),
            _ => None,
        })
    }

    fn propose(&self, event: Event) -> Result<Proposal, LedgerError> {
        self.check(&event)?;
        Ok(Proposal {
            entry: Entry::following(self.length, &self.head, event),
        })
    }

    /// The rules, the same for a request and for a replayed entry.
    fn check(&self, event: &Event) -> Result<(), LedgerError> {
        match event {
            Event::Open { dataset, year, cap } => {
                if self.accounts.contains_key(&(dataset.clone(), *year)) {
                    return Err(LedgerError::AlreadyOpen {
                        dataset: dataset.clone(),
                        year: *year,
                    });
                }
                if *cap > Epsilon::ONE {
                    return Err(LedgerError::CapTooHigh {
                        cap: cap.to_string(),
                        most: Epsilon::ONE.to_string(),
                    });
                }
                Ok(())
            }
            Event::Reserve {
                dataset,
                years,
                fingerprint,
                epsilon,
            } => {
                if years.is_empty() || *epsilon == Epsilon::ZERO {
                    return Err(LedgerError::Empty);
                }
                // Twice the same year would pay once for two; out of order
                // would make two names for one set of terms.
                if self.draws.contains_key(fingerprint) || !years.is_sorted_by(|a, b| a < b) {
                    return Err(LedgerError::OtherTerms(fingerprint.clone()));
                }
                for year in years {
                    let remaining =
                        self.remaining(dataset, *year)
                            .ok_or_else(|| LedgerError::NoAccount {
                                dataset: dataset.clone(),
                                year: *year,
                            })?;
                    if *epsilon > remaining {
                        return Err(LedgerError::Exhausted {
                            dataset: dataset.clone(),
                            year: *year,
                            asked: epsilon.to_string(),
                            remaining: remaining.to_string(),
                        });
                    }
                }
                Ok(())
            }
            Event::Commit { fingerprint } => match self.draws.get(fingerprint) {
                Some(draw) if !draw.committed => Ok(()),
                _ => Err(LedgerError::NotReserved(fingerprint.clone())),
            },
        }
    }

    fn admit(&mut self, entry: &Entry) -> Result<(), LedgerError> {
        if !entry.fits(self.length, &self.head) {
            return Err(LedgerError::Stale(self.length));
        }
        self.check(&entry.event)?;
        match &entry.event {
            Event::Open { dataset, year, cap } => {
                let account = Account {
                    cap: *cap,
                    spent: Epsilon::ZERO,
                };
                self.accounts.insert((dataset.clone(), *year), account);
            }
            Event::Reserve {
                dataset,
                years,
                fingerprint,
                epsilon,
            } => {
                for year in years {
                    if let Some(account) = self.accounts.get_mut(&(dataset.clone(), *year)) {
                        account.spent = account.spent.and(*epsilon);
                    }
                }
                let draw = Draw {
                    dataset: dataset.clone(),
                    years: years.clone(),
                    epsilon: *epsilon,
                    committed: false,
                    entry: entry.hash.clone(),
                };
                self.draws.insert(fingerprint.clone(), draw);
            }
            Event::Commit { fingerprint } => {
                if let Some(draw) = self.draws.get_mut(fingerprint) {
                    draw.committed = true;
                }
            }
        }
        self.length += 1;
        self.head.clone_from(&entry.hash);
        self.hashes.insert(entry.hash.clone());
        Ok(())
    }
}

impl Draw {
    fn charge(&self, fingerprint: &str) -> Charge {
        Charge {
            dataset: self.dataset.clone(),
            years: self.years.clone(),
            fingerprint: fingerprint.to_owned(),
            epsilon: self.epsilon,
        }
    }
}
