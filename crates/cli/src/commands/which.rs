//! Which release a command reads.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use chrono::NaiveDate;
use safeground_engine::release::{ReleaseData, Store, current, list, open_id};
use safeground_privacy::{Audience, Released};

/// Which release is read.
#[derive(Debug, clap::Args)]
pub struct ReleaseArgs {
    /// Folder of the releases.
    #[arg(long, value_name = "DIR", default_value = "releases")]
    releases: PathBuf,
    /// Audience of the release.
    #[arg(long, default_value = "public")]
    audience: Audience,
    /// Release; the current one of the audience if absent.
    #[arg(long, value_name = "ID", conflicts_with = "as_of")]
    release: Option<String>,
    /// The last release whose data are of this day or an earlier one.
    #[arg(long, value_name = "DATE")]
    as_of: Option<NaiveDate>,
}

impl ReleaseArgs {
    /// Id of the release.
    ///
    /// # Errors
    /// No release, or several that the day alone does not tell apart.
    pub(super) fn id(&self) -> anyhow::Result<String> {
        if let Some(id) = &self.release {
            return Ok(id.clone());
        }
        if let Some(day) = self.as_of {
            return self.last_until(day);
        }
        current(&self.releases, self.audience)?.with_context(|| {
            format!(
                "there is no {} release in {}; run `safeground release`",
                self.audience,
                self.releases.display()
            )
        })
    }

    fn last_until(&self, day: NaiveDate) -> anyhow::Result<String> {
        let day = day.to_string();
        let entries = list(&self.releases)?;
        let until: Vec<_> = entries
            .iter()
            .filter(|entry| entry.audience == self.audience)
            // Days as ISO 8601 sort as texts.
            .filter(|entry| entry.data_as_of.as_ref().is_some_and(|of| *of <= day))
            .collect();
        let Some(last) = until.iter().map(|entry| &entry.data_as_of).max() else {
            bail!(
                "no {} release in {} has data as of {day} or earlier; `safeground release list` lists them",
                self.audience,
                self.releases.display()
            );
        };
        let of_last: Vec<_> = until
            .iter()
            .filter(|entry| entry.data_as_of == *last)
            .collect();
        let chosen = match of_last.as_slice() {
            [one] => Some(one),
            several => several.iter().find(|entry| entry.current),
        };
        match chosen {
            Some(entry) => Ok(entry.release_id.clone()),
            None => {
                let ids: Vec<_> = of_last.iter().map(|e| e.release_id.as_str()).collect();
                bail!(
                    "several releases have data as of {}: {}; name one with --release",
                    last.as_deref().unwrap_or_default(),
                    ids.join(", ")
                )
            }
        }
    }

    /// The release, its signature and hashes checked.
    ///
    /// # Errors
    /// A release that is absent, withdrawn or damaged.
    pub(super) fn open(&self, id: &str) -> anyhow::Result<Released<ReleaseData>> {
        Ok(open_id(&self.releases, self.audience, id)?)
    }

    /// Folder of the release's files.
    ///
    /// # Errors
    /// An id that is none.
    pub(super) fn folder(&self, id: &str) -> anyhow::Result<PathBuf> {
        Ok(Store::new(&self.releases).folder(self.audience.as_str(), id)?)
    }
}
