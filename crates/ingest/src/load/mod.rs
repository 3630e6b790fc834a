//! A load: what it is, what it is given, how it runs and what it reports.

mod control;
mod identify;
mod inspect;
mod keys;
mod pipeline;
mod quarantine;
mod repeats;
mod report;
mod request;
mod run;

pub use control::{ColumnTotal, NamesFound};
pub(crate) use identify::hex;
pub use identify::{FileIdentity, LoadId, identify};
pub use quarantine::quarantine_schema;
pub use report::{ColumnUse, LoadReport, RejectCount};
pub use request::{LoadRequest, MaxRejects, Sink};
pub use run::load;
