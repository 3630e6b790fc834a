//! Threads and memory of a run.

use safeground_engine::Resources;

/// Limits that change how long a run takes, never what it gives.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct ResourceArgs {
    /// Threads; all cores if absent.
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// Memory that queries hold before they spill to disk, in mebibytes.
    #[arg(long, value_name = "MIB", default_value_t = 2048)]
    memory: usize,
}

impl ResourceArgs {
    /// Threads to use.
    pub fn threads(self) -> usize {
        self.threads
            .map_or_else(|| Resources::default().threads, |threads| threads.max(1))
    }
}

impl From<ResourceArgs> for Resources {
    fn from(args: ResourceArgs) -> Self {
        Self {
            threads: args.threads(),
            memory_bytes: args.memory.saturating_mul(1 << 20),
        }
    }
}
