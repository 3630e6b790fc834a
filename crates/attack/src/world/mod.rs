//! A released and served lake, and everything that an attack may look at.

mod accounts;
mod geography;
pub mod make;
mod process;
mod questions;
mod release;
mod truth;
mod web;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

pub(crate) use accounts::{Gate, Token};
pub use geography::{Geography, Village};
pub(crate) use make::{SEED, copy_anew, release_lake};
pub(crate) use process::run;
pub use process::{Printed, Served};
pub(crate) use questions::{
    Desk, Questions, Reply, Told, Way, by_command, millionths, reply_of, vault,
};
pub use release::{Block, BlockKey, Cell, ClassKey, HOUSEHOLDS, Place, Protection, Release};
pub(crate) use truth::parent;
pub use truth::{Canary, ExactBlock, Record, Sources, Truth};
pub use web::{Answer, Client, Web};

/// Audiences, in the order of the releases.
pub const AUDIENCES: [&str; 3] = ["public", "research", "planning"];

/// One side of the comparison: a lake released by one program and served.
pub struct World {
    /// Releases by audience, read from their files.
    pub releases: BTreeMap<String, Release>,
    /// The service.
    pub web: Box<dyn Web>,
    /// What commands printed, by command.
    pub printed: Vec<Printed>,
    /// What is public knowledge besides: places and who lives there.
    pub geography: Arc<Geography>,
    /// The truth, which no adversary sees whole.
    pub truth: Arc<Truth>,
    /// The program.
    pub program: PathBuf,
    /// Folder of the lake.
    pub lake: PathBuf,
    /// Folder of the releases.
    pub folder: PathBuf,
    /// Whether only the fast subset runs, with fewer tries.
    pub fast: bool,
    /// Keeps the served process alive as long as the world.
    pub served: Option<Served>,
    /// Releases of another lake that was loaded with the same files; none
    /// where fast.
    pub twins: BTreeMap<String, Release>,
}

impl World {
    /// A sample size: the first where fast, else the second.
    #[must_use]
    pub fn tries(&self, fast: usize, full: usize) -> usize {
        if self.fast { fast } else { full }
    }

    /// Releases the same lake once more, with another seed, elsewhere.
    ///
    /// # Errors
    /// Where the program fails or the world has none.
    pub fn release_again(&self) -> anyhow::Result<BTreeMap<String, Release>> {
        let elsewhere = self.folder.with_extension("again");
        release_lake(&self.program, &self.lake, &elsewhere, SEED + 1)
    }

    /// Tries of a check on noisy counts. A release that says how it is protected
    /// must have some; one by thresholds has none, which is no lack of tries.
    #[must_use]
    pub fn tries_on_noise(&self, tried: u64) -> u64 {
        let stated = self.releases().any(Release::states_protection);
        if stated { tried } else { tried.max(1) }
    }

    /// Releases in the order of audiences.
    pub fn releases(&self) -> impl Iterator<Item = &Release> {
        AUDIENCES.iter().filter_map(|a| self.releases.get(*a))
    }
}

/// Whether the protection of a layer is meant to withstand an adversary who
/// knows every other child. Noise is; thresholds and bands are meant for one
/// who knows what is published and nothing else of our data.
#[must_use]
pub fn withstands_full_knowledge(audience: &str, layer: &str) -> bool {
    audience == "public" || layer.starts_with("h3_")
}
