//! Who acts, for the audit log.

use safeground_engine::govern::{Scribe, person};

/// Who acts.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct WhoArgs {
    /// Your name, for the audit log; the user of the operating system is
    /// written down in any case.
    #[arg(long = "as", value_name = "NAME", value_parser = name)]
    named: Option<String>,
}

impl WhoArgs {
    /// The user of the operating system, under the name that was given.
    #[must_use]
    pub fn scribe(&self) -> Scribe {
        Scribe::of_system().named(self.named.clone())
    }
}

/// A name of a person.
pub(super) fn name(text: &str) -> Result<String, String> {
    person(text).map_err(|error| error.to_string())
}
