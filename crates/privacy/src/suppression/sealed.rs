//! Decisions as they are kept, so that later releases show the same.

use serde::{Deserialize, Serialize};

use super::{Band, Earlier, Thresholds};
use crate::noise::NoiseSeed;
use crate::protect::{ExactCount, Protected};
use crate::{NotSealed, noise};

/// What joint suppression decided for the units of one layer, theme and
/// period: what each may show at most.
///
/// A period is decided once. Later data change nothing of it, since the
/// difference would be a small number. It holds no withheld count, and a keyed
/// seal binds it to its lake.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealedDecisions {
    subject: DecisionSubject,
    shown: Vec<Kept>,
    seal: String,
}

/// What decisions are about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecisionSubject {
    /// Layer, and side of a share.
    pub layer: String,
    /// Theme.
    pub theme: String,
    /// Period.
    pub period: String,
    /// Number of units.
    pub units: usize,
    /// Hash of the list of units.
    pub units_sha256: String,
}

/// A unit of which something may be shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    unit: usize,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    count: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    low: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    high: Option<u64>,
}

/// What of a unit may be shown at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Decision {
    count: Option<u64>,
    band: Option<Band>,
}

impl Decision {
    /// What a reader of all audiences is told, for tables that are protected
    /// beside it.
    #[must_use]
    pub fn as_told(&self) -> Earlier {
        match (self.count, self.band) {
            (Some(_), _) => Earlier::Exact,
            (None, Some(band)) => Earlier::Band(band),
            (None, None) => Earlier::Withheld,
        }
    }

    /// As an audience sees it that is shown counts as they are: the count, if
    /// it may be shown. `context` gives effort and exposure; its counts are not
    /// looked at.
    #[must_use]
    pub fn as_count(&self, context: &ExactCount) -> Protected {
        match self.count {
            Some(children) => Protected::shown(
                &ExactCount {
                    children,
                    ..*context
                },
                None,
            ),
            None => Protected::withheld(context),
        }
    }

    /// As an audience sees it that is shown bands: the band of a count that
    /// may be shown, or the band.
    #[must_use]
    pub fn as_band(&self, context: &ExactCount, bands: &[Band], least: &Thresholds) -> Protected {
        if crate::UNPROTECTED {
            return self.as_count(context);
        }
        let of_count = self.count.and_then(|count| Band::of(count, bands, least.k));
        match of_count.or(self.band) {
            Some(band) => Protected::shown(context, Some(band)),
            None => Protected::withheld(context),
        }
    }
}

impl SealedDecisions {
    /// Seals what [`super::protect_jointly`] returned for the units of a
    /// subject, in order.
    #[must_use]
    pub fn seal(subject: DecisionSubject, cells: &[Protected], seed: &NoiseSeed) -> Self {
        let shown: Vec<Kept> = cells
            .iter()
            .enumerate()
            .filter(|(_, cell)| cell.count().is_some() || cell.band().is_some())
            .map(|(unit, cell)| Kept {
                unit,
                count: cell.count(),
                low: cell.band().map(|band| band.low),
                high: cell.band().and_then(|band| band.high),
            })
            .collect();
        let seal = seal(&subject, &shown, seed);
        Self {
            subject,
            shown,
            seal,
        }
    }

    /// What they are about.
    #[must_use]
    pub fn subject(&self) -> &DecisionSubject {
        &self.subject
    }

    /// What was decided, one entry per unit.
    ///
    /// # Errors
    /// [`NotSealed`] where anything differs from what was sealed under this
    /// seed.
    pub fn open(self, seed: &NoiseSeed) -> Result<(DecisionSubject, Vec<Decision>), NotSealed> {
        let Self {
            subject,
            shown,
            seal: claimed,
        } = self;
        if seal(&subject, &shown, seed) != claimed {
            return Err(NotSealed {
                what: format!(
                    "{} of {} in {}",
                    subject.theme, subject.layer, subject.period
                ),
            });
        }
        let mut decisions = vec![Decision::default(); subject.units];
        for kept in shown {
            if let Some(decision) = decisions.get_mut(kept.unit) {
                decision.count = kept.count;
                decision.band = kept.low.map(|low| Band {
                    low,
                    high: kept.high,
                });
            }
        }
        Ok((subject, decisions))
    }
}

fn seal(subject: &DecisionSubject, shown: &[Kept], seed: &NoiseSeed) -> String {
    let mut bytes = Vec::new();
    for part in [
        &subject.layer,
        &subject.theme,
        &subject.period,
        &subject.units_sha256,
    ] {
        bytes.extend((part.len() as u64).to_le_bytes());
        bytes.extend(part.as_bytes());
    }
    bytes.extend((subject.units as u64).to_le_bytes());
    for kept in shown {
        bytes.extend((kept.unit as u64).to_le_bytes());
        for number in [kept.count, kept.low, kept.high] {
            bytes.push(u8::from(number.is_some()));
            bytes.extend(number.unwrap_or(0).to_le_bytes());
        }
    }
    noise::seal_of(seed, b"safeground sealed decisions 1", &bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Policy;
    use crate::suppression::PLANNING_BANDS;

    fn context(children: u64) -> ExactCount {
        ExactCount {
            children,
            events: 9,
            partners: 3,
            observed: true,
            exposure: Some(1_000.0),
        }
    }

    #[test]
    fn decisions_open_as_sealed_and_hold_no_withheld_count() {
        let seed = NoiseSeed::of_lake(&[5; 32]);
        let subject = DecisionSubject {
            layer: "block".into(),
            theme: "missing".into(),
            period: "2024".into(),
            units: 3,
            units_sha256: "u".into(),
        };
        let cells = [
            Protected::shown(&context(37), None),
            Protected::withheld(&context(3)),
            Protected::shown(&context(7), Some(Band::closed(5, 9))),
        ];
        let sealed = SealedDecisions::seal(subject, &cells, &seed);
        assert_eq!(sealed.shown.len(), 2);
        let (_, decisions) = sealed.clone().open(&seed).unwrap();
        // The context has another count by now: it is not looked at.
        let now = context(12);
        let least = Thresholds::of(&Policy::default().planning);
        let counts = decisions.iter().map(|d| d.as_count(&now).count());
        assert_eq!(counts.collect::<Vec<_>>(), [Some(37), None, None]);
        let bands: Vec<_> = decisions
            .iter()
            .map(|d| d.as_band(&now, &PLANNING_BANDS, &least).band())
            .collect();
        assert_eq!(
            bands,
            [Some(Band::closed(20, 49)), None, Some(Band::closed(5, 9))]
        );
        let mut changed = sealed.clone();
        changed.shown[0].count = Some(36);
        assert!(changed.open(&seed).is_err());
        assert!(sealed.open(&NoiseSeed::of_lake(&[6; 32])).is_err());
    }
}
