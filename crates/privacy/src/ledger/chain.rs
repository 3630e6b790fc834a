//! Entries of the ledger, chained by hash.

use serde::{Deserialize, Serialize};

use crate::chain::digest;
use crate::noise::Epsilon;

/// What an entry says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case", deny_unknown_fields)]
pub enum Event {
    /// A data set and year get their budget, once.
    Open {
        /// Data set.
        dataset: String,
        /// Year of the rows.
        year: i32,
        /// The most that may ever be spent on them.
        cap: Epsilon,
    },
    /// A draw is paid for, before it runs.
    Reserve {
        /// Data set.
        dataset: String,
        /// Years whose rows are read; each pays the whole.
        years: Vec<i32>,
        /// Name of the draw.
        fingerprint: String,
        /// Paid from each year.
        epsilon: Epsilon,
    },
    /// A draw was published.
    Commit {
        /// Name of the draw.
        fingerprint: String,
    },
}

/// One line of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Position, from 0.
    pub sequence: u64,
    /// Hash of the entry before; empty for the first.
    pub previous: String,
    /// What it says.
    #[serde(flatten)]
    pub event: Event,
    /// SHA-256 of all of the above, in hexadecimal.
    pub hash: String,
}

impl Entry {
    pub(super) fn following(sequence: u64, previous: &str, event: Event) -> Self {
        let hash = hash(sequence, previous, &event);
        Self {
            sequence,
            previous: previous.to_owned(),
            event,
            hash,
        }
    }

    /// Whether it stands at this place of the chain and is unchanged.
    pub(super) fn fits(&self, sequence: u64, previous: &str) -> bool {
        self.sequence == sequence
            && self.previous == previous
            && self.hash == hash(sequence, previous, &self.event)
    }
}

fn hash(sequence: u64, previous: &str, event: &Event) -> String {
    let mut parts = vec![
        "safeground ledger 1".to_owned(),
        sequence.to_string(),
        previous.to_owned(),
    ];
    match event {
        Event::Open { dataset, year, cap } => {
            let parts_of = ["open", dataset, &year.to_string(), &cap.to_string()];
            parts.extend(parts_of.map(str::to_owned));
        }
        Event::Reserve {
            dataset,
            years,
            fingerprint,
            epsilon,
        } => {
            let parts_of = ["reserve", dataset, fingerprint, &epsilon.to_string()];
            parts.extend(parts_of.map(str::to_owned));
            parts.extend(years.iter().map(ToString::to_string));
        }
        Event::Commit { fingerprint } => {
            parts.extend(["commit".to_owned(), fingerprint.clone()]);
        }
    }
    digest(&parts)
}
