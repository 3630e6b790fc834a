//! How much of each village was reached, against all its households.
//!
//! The denominator is everyone who lives there, not what was planned or
//! visited: a village where ten of ten planned households were reached and two
//! hundred live is covered to a twentieth.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::document::{Figure, PlanDocument, Status};
use crate::export::ExportError;
use crate::language::Language;
use crate::results::{Outcome, Results};
use crate::safe_text::plain;

/// Share of the households reached, in bands for a map.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Band {
    /// No visit was made there. That is not the same as reaching nobody.
    NotVisited,
    /// Below a quarter, zero included.
    BelowQuarter,
    /// A quarter to below a half.
    Quarter,
    /// A half to below three quarters.
    Half,
    /// Three quarters and more.
    ThreeQuarters,
    /// Visited, but how many households there are is not known.
    NoDenominator,
}

impl Band {
    /// All of them, in the order of a legend.
    pub const ALL: [Self; 6] = [
        Self::NotVisited,
        Self::BelowQuarter,
        Self::Quarter,
        Self::Half,
        Self::ThreeQuarters,
        Self::NoDenominator,
    ];

    /// The text in files, and its key in a language (`coverage.…`).
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::NotVisited => "not_visited",
            Self::BelowQuarter => "below_quarter",
            Self::Quarter => "quarter",
            Self::Half => "half",
            Self::ThreeQuarters => "three_quarters",
            Self::NoDenominator => "no_denominator",
        }
    }

    fn of(share: f64) -> Self {
        match share {
            share if share < 0.25 => Self::BelowQuarter,
            share if share < 0.5 => Self::Quarter,
            share if share < 0.75 => Self::Half,
            _ => Self::ThreeQuarters,
        }
    }
}

/// Coverage of a village.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VillageCoverage {
    /// Identifier of the village.
    pub place_id: String,
    /// Visits done.
    pub visits_done: u32,
    /// Households reached on them; `None` where no visit was done.
    pub households_reached: Option<u64>,
    /// All households of the village.
    pub households: Figure,
    /// Reached over all, at most 1; `None` where either is not known.
    pub share: Option<f64>,
    /// Its band.
    pub band: Band,
}

/// Coverage of every village of a plan, in the order of the document.
///
/// Households of several visits are summed: replanning sends a team only to
/// those not yet reached. Where the households are a band, its upper end is
/// taken, so that coverage is never overstated; an open band has no
/// denominator. O(villages + results · log).
#[must_use]
pub fn of_villages(document: &PlanDocument, results: &Results) -> Vec<VillageCoverage> {
    let mut reached: BTreeMap<&str, (u32, u64)> = BTreeMap::new();
    let done = results.visits.iter();
    for visit in done.filter(|visit| visit.outcome == Outcome::Done) {
        let (visits, households) = reached.entry(&visit.place_id).or_default();
        *visits += 1;
        *households += u64::from(visit.households_reached.unwrap_or(0));
    }
    let villages = document.villages.iter();
    let coverage = villages.map(|village| {
        let found = reached.get(village.place_id.as_str()).copied();
        let all = denominator(&village.households);
        let share = found
            .zip(all)
            .map(|((_, households), all)| (households as f64 / all).min(1.0));
        VillageCoverage {
            place_id: village.place_id.clone(),
            visits_done: found.map_or(0, |(visits, _)| visits),
            households_reached: found.map(|(_, households)| households),
            households: village.households,
            share,
            band: match (found, share) {
                (None, _) => Band::NotVisited,
                (Some(_), Some(share)) => Band::of(share),
                (Some(_), None) => Band::NoDenominator,
            },
        }
    });
    coverage.collect()
}

/// Coverage as GeoJSON points for a map: band, its words, visits done,
/// households reached and share, with plan and release.
///
/// # Errors
/// [`ExportError::Document`] for a document with faults.
pub fn geojson(
    document: &PlanDocument,
    results: &Results,
    language: &Language,
) -> Result<Vec<u8>, ExportError> {
    document.check().map_err(ExportError::Document)?;
    let coverage = of_villages(document, results);
    let features: Vec<_> = document
        .villages
        .iter()
        .zip(&coverage)
        .map(|(village, covered)| {
            let band = covered.band.key();
            json!({
                "type": "Feature",
                "geometry": {
                    "type": "Point",
                    "coordinates": [village.position.longitude, village.position.latitude],
                },
                "properties": {
                    "plan_id": document.plan_id,
                    "release_id": document.release_id,
                    "place_id": village.place_id,
                    "name": plain(&village.name),
                    "band": band,
                    "label": language.of("coverage", band),
                    "visits_done": covered.visits_done,
                    "households_reached": covered.households_reached,
                    "households": language.figure(&covered.households, 0),
                    "households_status": covered.households.status,
                    "share": covered.share,
                },
            })
        })
        .collect();
    let collection = json!({
        "type": "FeatureCollection",
        "plan_id": document.plan_id,
        "release_id": document.release_id,
        "audience": document.audience,
        "features": features,
    });
    let failed = ExportError::write("GeoJSON");
    serde_json::to_vec(&collection).map_err(|error| failed(&error))
}

fn denominator(households: &Figure) -> Option<f64> {
    let known = match (households.status, households.value) {
        (Status::Available, Some(value)) => Some(value),
        (Status::Available, None) => households.high,
        _ => None,
    };
    known.filter(|all| *all > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_begin_at_their_lower_end() {
        for (share, band) in [
            (0.0, Band::BelowQuarter),
            (0.2499, Band::BelowQuarter),
            (0.25, Band::Quarter),
            (0.5, Band::Half),
            (0.75, Band::ThreeQuarters),
            (1.0, Band::ThreeQuarters),
        ] {
            assert_eq!(Band::of(share), band);
        }
    }

    #[test]
    fn a_band_counts_with_its_upper_end_and_nothing_is_no_denominator() {
        assert_eq!(denominator(&Figure::exact(200.0)), Some(200.0));
        assert_eq!(denominator(&Figure::band(50.0, Some(99.0))), Some(99.0));
        assert_eq!(denominator(&Figure::band(50.0, None)), None);
        assert_eq!(denominator(&Figure::exact(0.0)), None);
        assert_eq!(denominator(&Figure::absent(Status::NoData)), None);
    }
}
