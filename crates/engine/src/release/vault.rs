//! The ledger, the kept draws, the kept decisions and the audit log of a lake.
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
use crate::govern::{AuditLog, Scribe};

/// Name of the one data set of a lake in its ledger: the children in it.
pub const DATASET: &str = "children";

/// How often an append is tried again when others append too.
const ATTEMPTS: u32 = 100;

/// Ledger, kept draws, noise seed, signing key and audit log of a lake.
#[derive(Clone)]
pub struct Vault {
    store: Arc<dyn ObjectStore>,
    folder: Path,
    seed: Arc<NoiseSeed>,
    signer: ReleaseSigner,
    scribe: Scribe,
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
    /// The releases are in the audit log; nothing is told yet.
    Logged,
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
            scribe: Scribe::of_system(),
        }
    }

    /// The same, with who writes to its audit log.
    #[must_use]
    pub fn written_by(mut self, scribe: Scribe) -> Self {
        self.scribe = scribe;
        self
    }

    /// The audit log of the lake.
    #[must_use]
    pub fn audit(&self) -> AuditLog {
        let (store, key) = (Arc::clone(&self.store), self.signer.texts());
        AuditLog::new(store, &self.folder, Some(key), self.scribe.clone())
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
        let names = self.list(&self.location(&["ledger"])).await?;
        let mut entries = Vec::with_capacity(names.len());
        for name in names {
            let bytes = self.store.get(&name).await?.bytes().await?;
            entries.push(serde_json::from_slice::<Entry>(&bytes)?);
        }
        Ok(Ledger::replay(&entries, heads)?)
    }

    /// Writes an entry if none has its number; whether it was written now.
    ///
    /// The same bytes there already are either ours, if the answer to our own
    /// write was lost, or those of another run that came first with the same
    /// question. Both mean: look at the ledger again. A lost answer is then
    /// told as paid before, which is true a moment later, and no two runs tell
    /// that they paid one charge.
    async fn append(&self, entry: &Entry) -> Result<bool, EngineError> {
        let name = format!("{:012}.json", entry.sequence);
        let location = self.location(&["ledger", &name]);
        let options = PutOptions::from(PutMode::Create);
        let sent = PutPayload::from(serde_json::to_vec_pretty(entry)?);
        match self.store.put_opts(&location, sent, options).await {
            Ok(_) => Ok(true),
            Err(object_store::Error::AlreadyExists { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Name of the part of the vault in a folder of its own.
    pub(crate) fn location(&self, parts: &[&str]) -> Path {
        let folder = self.folder.clone();
        parts.iter().fold(folder, |path, part| path.join(*part))
    }

    /// Bytes of a file, if it is there.
    pub(crate) async fn read(&self, location: &Path) -> Result<Option<Vec<u8>>, EngineError> {
        match self.store.get(location).await {
            Ok(found) => Ok(Some(found.bytes().await?.to_vec())),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Files in a folder and below it, sorted.
    pub(crate) async fn list(&self, folder: &Path) -> Result<Vec<Path>, EngineError> {
        let mut names: Vec<Path> = self
            .store
            .list(Some(folder))
            .map_ok(|found| found.location)
            .try_collect()
            .await?;
        names.sort();
        Ok(names)
    }

    /// Makes a file that must not be there yet; `false` where it is.
    pub(crate) async fn create(
        &self,
        location: &Path,
        bytes: Vec<u8>,
    ) -> Result<bool, EngineError> {
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
        let Some(bytes) = self.read(&self.draw_location(year)).await? else {
            return Ok(None);
        };
        let sealed: SealedDraw = serde_json::from_slice(&bytes)?;
        Ok(Some(sealed.open(&self.seed)?))
    }

    /// What an account of a year has left or, where there is none yet, what
    /// it would be opened with: `cap`, or less where the other accounts of the
    /// year leave less of 1.
    #[must_use]
    pub fn left(ledger: &Ledger, dataset: &str, year: i32, cap: Epsilon) -> Epsilon {
        ledger
            .remaining(dataset, year)
            .unwrap_or_else(|| Self::cap(ledger, year, cap))
    }

    /// What a new account of a year may spend: the accounts of a year together
    /// never more than 1, whatever the policies were under which they opened.
    fn cap(ledger: &Ledger, year: i32, wanted: Epsilon) -> Epsilon {
        let others = ledger.accounts().filter(|account| account.year == year);
        let taken = others.fold(Epsilon::ZERO, |sum, account| sum.and(account.cap));
        wanted.min(Epsilon::ONE.minus(taken).unwrap_or(Epsilon::ZERO))
    }

    /// Opens the accounts of the years that have none.
    ///
    /// # Errors
    /// The store's failures.
    pub(crate) async fn open_years(
        &self,
        ledger: &mut Ledger,
        dataset: &str,
        years: &[i32],
        cap: Epsilon,
    ) -> Result<(), EngineError> {
        for year in years {
            self.settle(ledger, |ledger| {
                Ok(match ledger.remaining(dataset, *year) {
                    Some(_) => Ok(()),
                    None => Err(ledger.open(dataset, *year, Self::cap(ledger, *year, cap))?),
                })
            })
            .await?
            .ok();
        }
        Ok(())
    }

    /// Pays for a draw; whether it was paid for now, and not before.
    ///
    /// # Errors
    /// What `reserve` returns, and the store's failures.
    pub(crate) async fn pay(
        &self,
        ledger: &mut Ledger,
        mut reserve: impl FnMut(&Ledger) -> Result<Reservation, EngineError>,
    ) -> Result<(Charge, bool), EngineError> {
        let paid = self.settle(ledger, |ledger| {
            Ok(match reserve(ledger)? {
                Reservation::Paid(charge) => Ok(charge),
                Reservation::New(proposal) => Err(proposal),
            })
        });
        match paid.await? {
            Ok(charge) => Ok((charge, false)),
            Err(Some(charge)) => Ok((charge, true)),
            Err(None) => Err(EngineError::Threads {
                reason: "the ledger gave no charge for a reservation".into(),
            }),
        }
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
        self.open_years(ledger, DATASET, prepared.years(), cap)
            .await?;
        reached(VaultStep::Opened)?;
        let reserve = |ledger: &Ledger| Ok(prepared.reserve(ledger)?);
        let (charge, _) = self.pay(ledger, reserve).await?;
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
        let Some(bytes) = self.read(&self.decisions_location(theme, period)).await? else {
            return Ok(Vec::new());
        };
        let sealed: Vec<SealedDecisions> = serde_json::from_slice(&bytes)?;
        let opened = sealed.into_iter().map(|sealed| sealed.open(&self.seed));
        Ok(opened.collect::<Result<_, NotSealed>>()?)
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
        self.location(&["decisions", period, &format!("{theme}.json")])
    }

    fn draw_location(&self, year: i32) -> Path {
        self.location(&["draws", &format!("{year:04}.json")])
    }
}
