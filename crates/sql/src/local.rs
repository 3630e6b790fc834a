//! SQL in the caller's own process, over tables that the caller hands in.
//!
//! For the steward at the lake, who may read its rows anyway: the statement
//! passes the same gate and knows the same functions as one about a release, so
//! that it can only read, but no worker confines it, and errors stay as short.
//! Servers have no use for it: it takes no release.

use std::io::Write;
use std::sync::Arc;

use datafusion::catalog::TableProvider;
use futures::StreamExt as _;
use object_store::ObjectStore;

use crate::format::{Encoder, Format, TextTypes};
use crate::gate::GateLimits;
use crate::refusal::Refusal;
use crate::session::{EngineLimits, Parameters, Planned, Session, failed};

/// Why a statement is not answered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LocalError {
    /// The tables cannot be opened.
    #[error("the tables cannot be opened: {0}")]
    Tables(#[source] datafusion::error::DataFusionError),
    /// The statement is refused, or what it computes fails.
    #[error("{0}")]
    Refused(Refusal),
    /// The answer cannot be written.
    #[error("the answer cannot be written: {0}")]
    Written(#[from] arrow::error::ArrowError),
}

impl From<Refusal> for LocalError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// A session over tables in one store.
pub struct LocalSession(Session);

/// A statement that passed the gate and has not read a row.
pub struct LocalPlan(Planned);

impl LocalSession {
    /// Opens a session. `address` is any address in the store.
    ///
    /// # Errors
    /// [`LocalError::Tables`].
    pub fn open(
        tables: Vec<(String, Arc<dyn TableProvider>)>,
        address: url::Url,
        store: Arc<dyn ObjectStore>,
        memory_bytes: u64,
    ) -> Result<Self, LocalError> {
        let limits = EngineLimits {
            memory_bytes,
            temporary: None,
            temporary_bytes: 0,
        };
        let session = Session::over(tables, address, store, limits);
        session.map(Self).map_err(LocalError::Tables)
    }

    /// Takes a statement through the gate.
    ///
    /// # Errors
    /// [`LocalError::Refused`].
    pub async fn plan(&self, sql: &str) -> Result<LocalPlan, LocalError> {
        let (parameters, gate) = (Parameters::default(), GateLimits::default());
        Ok(LocalPlan(self.0.plan(sql, &parameters, None, &gate).await?))
    }

    /// Runs it and writes its answer; the number of rows.
    ///
    /// # Errors
    /// [`LocalError::Refused`] where it fails, [`LocalError::Written`].
    pub async fn run<W: Write + Send>(
        &self,
        plan: LocalPlan,
        format: Format,
        sink: W,
    ) -> Result<(u64, W), LocalError> {
        let (schema, mut rows) = self.0.run(plan.0).await?;
        let mut encoder = Encoder::new(format, TextTypes::Classic, &schema, sink)?;
        let mut count = 0;
        while let Some(batch) = rows.next().await {
            let batch = batch.map_err(|error| failed(&error, self.0.limits()))?;
            count += batch.num_rows() as u64;
            encoder.write(&batch)?;
        }
        Ok((count, encoder.finish()?))
    }
}

impl LocalPlan {
    /// Tables that it reads, sorted.
    #[must_use]
    pub fn tables(&self) -> Vec<String> {
        self.0.tables()
    }
}
