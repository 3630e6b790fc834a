//! The ledger, the kept draws and the kept decisions of a lake, on disk.
//!
//! Each entry of the ledger is a file of its own, made only where there is
//! none: of two runs that append at the same place one wins, on a local disk
//! as in an object store, and the other looks again. An entry that was
//! acknowledged is durable. Nothing here is ever changed or removed.

use std::sync::Arc;

use futures::TryStreamExt as _;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _, PutMode, PutOptions, PutPayload};
use safeground_privacy::NotSealed;
use safeground_privacy::ledger::{Charge, Entry, Ledger, Proposal, Reservation};
use safeground_privacy::noise::{
    DrawTerms, Epsilon, NoiseSeed, NoisyTable, PreparedDraw, SealedDraw,
};
use safeground_privacy::suppression::{Decision, DecisionSubject, SealedDecisions};

use super::signature::ReleaseSigner;
use crate::EngineError;

/// Name of the one data set of a lake in its ledger: the children in it.
pub const DATASET: &str = "children";

/// How often an append is tried again when others append too.
const ATTEMPTS: u32 = 100;

/// Ledger, kept draws, noise seed and signing key of a lake.
#[derive(Clone)]
pub struct Vault {
    store: Arc<dyn ObjectStore>,
    folder: Path,
    seed: Arc<NoiseSeed>,
    signer: ReleaseSigner,
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Vault").field(&self.folder).finish()
    }
}

/// What a run may be stopped after, for tests of faults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VaultStep {
    /// Before anything.
    Begin,
    /// The year's budget was opened.
    Opened,
    /// The draw was paid for.
    Reserved,
    /// The draw was made and not yet kept.
    Drawn,
    /// The draw was kept.
    Kept,
    /// What is shown without noise was decided and kept; nothing is told yet.
    Decided,
}

/// Called at each step; an error stops the run there.
pub type Reached<'a> = &'a mut (dyn FnMut(VaultStep) -> Result<(), EngineError> + Send);

impl Vault {
    /// The vault in a folder of a store, under the lake's secret.
    #[must_use]
    pub fn new(store: Arc<dyn ObjectStore>, folder: Path, secret: &[u8]) -> Self {
        Self {
            store,
            folder,
            seed: Arc::new(NoiseSeed::of_lake(secret)),
            signer: ReleaseSigner::of_lake(secret),
        }
    }

    /// The seed of all noise.
    #[must_use]
    pub fn seed(&self) -> &Arc<NoiseSeed> {
        &self.seed
    }

    /// What signs the releases of the lake.
    #[must_use]
    pub fn signer(&self) -> &ReleaseSigner {
        &self.signer
    }

    /// The ledger as it stands, with the heads that releases were published
    /// under.
    ///
    /// # Errors
    /// [`EngineError::Ledger`] where it was changed or cut back.
    pub async fn ledger(&self, heads: &[&str]) -> Result<Ledger, EngineError> {
        let folder = self.folder.clone().join("ledger");
        let mut names: Vec<Path> = self
            .store
            .list(Some(&folder))
            .map_ok(|found| found.location)
            .try_collect()
            .await?;
        names.sort();
        let mut entries = Vec::with_capacity(names.len());
        for name in names {
            let bytes = self.store.get(&name).await?.bytes().await?;
            entries.push(serde_json::from_slice::<Entry>(&bytes)?);
        }
        Ok(Ledger::replay(&entries, heads)?)
    }

    /// Appends an entry; `false` where another came first.
    async fn append(&self, entry: &Entry) -> Result<bool, EngineError> {
        let name = format!("{:012}.json", entry.sequence);
        let location = self.folder.clone().join("ledger").join(name);
        self.create(&location, serde_json::to_vec_pretty(entry)?)
            .await
    }

    /// Makes a file that must not be there yet; `false` where it is.
    async fn create(&self, location: &Path, bytes: Vec<u8>) -> Result<bool, EngineError> {
        let options = PutOptions::from(PutMode::Create);
        let sent = PutPayload::from(bytes.clone());
        match self.store.put_opts(location, sent, options).await {
            Ok(_) => Ok(true),
            // A lost answer may hide our own write: look before giving way.
            Err(object_store::Error::AlreadyExists { .. }) => {
                let found = self.store.get(location).await?.bytes().await?;
                Ok(found == bytes)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Appends what a rule proposes, looking again where others come first.
    async fn settle<T>(
        &self,
        ledger: &mut Ledger,
        mut propose: impl FnMut(&Ledger) -> Result<Result<T, Proposal>, EngineError>,
    ) -> Result<Result<T, Option<Charge>>, EngineError> {
        for _ in 0..ATTEMPTS {
            let proposal = match propose(ledger)? {
                Ok(done) => return Ok(Ok(done)),
                Err(proposal) => proposal,
            };
            if self.append(proposal.entry()).await? {
                return Ok(Err(ledger.accept(proposal)?));
            }
            *ledger = self.ledger(&[]).await?;
        }
        Err(EngineError::Busy {
            table: "the privacy ledger",
            attempts: ATTEMPTS,
        })
    }

    /// The kept draw of a year.
    ///
    /// # Errors
    /// [`EngineError::NotSealed`] where it was changed.
    pub async fn draw_of(
        &self,
        year: i32,
    ) -> Result<Option<(DrawTerms, Vec<NoisyTable>)>, EngineError> {
        match self.store.get(&self.draw_location(year)).await {
            Ok(found) => {
                let sealed: SealedDraw = serde_json::from_slice(&found.bytes().await?)?;
                Ok(Some(sealed.open(&self.seed)?))
            }
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Whether a year's budget is spent though its draw was not kept.
    #[must_use]
    pub fn is_spent(ledger: &Ledger, year: i32, epsilon: Epsilon) -> bool {
        ledger
            .remaining(DATASET, year)
            .is_some_and(|left| left < epsilon)
    }

    /// Pays for a draw of one year, makes it and keeps it.
    ///
    /// `cap` is what all draws of a year may spend, if the year has no budget
    /// yet. Then reserve → durable → draw → keep. Whatever stops in between leaves the
    /// budget spent; the same draw then runs again at no cost and with the
    /// same bytes.
    ///
    /// # Errors
    /// [`EngineError::Ledger`] where the year's budget is spent by another
    /// draw, and the store's failures.
    pub async fn draw(
        &self,
        ledger: &mut Ledger,
        prepared: PreparedDraw,
        cap: Epsilon,
        terms: impl FnOnce(String) -> DrawTerms,
        reached: Reached<'_>,
    ) -> Result<(), EngineError> {
        reached(VaultStep::Begin)?;
        for year in prepared.years().to_vec() {
            self.settle(ledger, |ledger| {
                Ok(match ledger.remaining(DATASET, year) {
                    Some(_) => Ok(()),
                    None => Err(ledger.open(DATASET, year, cap)?),
                })
            })
            .await?
            .ok();
        }
        reached(VaultStep::Opened)?;
        let paid = self
            .settle(ledger, |ledger| {
                Ok(match prepared.reserve(ledger)? {
                    Reservation::Paid(charge) => Ok(charge),
                    Reservation::New(proposal) => Err(proposal),
                })
            })
            .await?;
        let charge = match paid {
            Ok(charge) | Err(Some(charge)) => charge,
            Err(None) => {
                return Err(EngineError::Threads {
                    reason: "the ledger gave no charge for a reservation".into(),
                });
            }
        };
        reached(VaultStep::Reserved)?;
        let year = prepared.years().first().copied().unwrap_or_default();
        let entry = ledger
            .entry_of(charge.fingerprint())
            .unwrap_or_default()
            .to_owned();
        let tables = prepared.draw(&self.seed, &charge)?;
        reached(VaultStep::Drawn)?;
        let sealed = SealedDraw::seal(terms(entry), tables, &self.seed);
        let bytes = serde_json::to_vec(&sealed)?;
        // Another run that kept the same draw first kept the same bytes.
        self.create(&self.draw_location(year), bytes).await?;
        reached(VaultStep::Kept)?;
        Ok(())
    }

    /// Notes that the draws of a release are published.
    ///
    /// # Errors
    /// The store's failures.
    pub async fn commit(
        &self,
        ledger: &mut Ledger,
        fingerprints: impl IntoIterator<Item = String>,
    ) -> Result<(), EngineError> {
        for fingerprint in fingerprints {
            self.settle(ledger, |ledger| {
                Ok(match ledger.commit_of(&fingerprint)? {
                    Some(proposal) => Err(proposal),
                    None => Ok(()),
                })
            })
            .await?
            .ok();
        }
        Ok(())
    }

    /// What was decided before of a theme and period, by layer.
    ///
    /// # Errors
    /// [`EngineError::NotSealed`] where it was changed.
    pub async fn decisions(
        &self,
        theme: &str,
        period: &str,
    ) -> Result<Vec<(DecisionSubject, Vec<Decision>)>, EngineError> {
        match self
            .store
            .get(&self.decisions_location(theme, period))
            .await
        {
            Ok(found) => {
                let sealed: Vec<SealedDecisions> = serde_json::from_slice(&found.bytes().await?)?;
                let opened = sealed.into_iter().map(|sealed| sealed.open(&self.seed));
                Ok(opened.collect::<Result<_, NotSealed>>()?)
            }
            Err(object_store::Error::NotFound { .. }) => Ok(Vec::new()),
            Err(error) => Err(error.into()),
        }
    }

    /// Keeps what was decided of a theme and period, before it is told.
    ///
    /// # Errors
    /// [`EngineError::Busy`] where another run decided otherwise at the same
    /// time: that one stands, and running again follows it.
    pub async fn keep_decisions(
        &self,
        theme: &str,
        period: &str,
        decisions: &[&SealedDecisions],
    ) -> Result<(), EngineError> {
        let location = self.decisions_location(theme, period);
        if self
            .create(&location, serde_json::to_vec(decisions)?)
            .await?
        {
            return Ok(());
        }
        Err(EngineError::Busy {
            table: "the kept decisions",
            attempts: 1,
        })
    }

    fn decisions_location(&self, theme: &str, period: &str) -> Path {
        let folder = self.folder.clone().join("decisions");
        folder.join(period).join(format!("{theme}.json"))
    }

    fn draw_location(&self, year: i32) -> Path {
        self.folder
            .clone()
            .join("draws")
            .join(format!("{year:04}.json"))
    }
}
