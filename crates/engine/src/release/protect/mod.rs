//! From the exact counts of a lake to what each audience may know.
//!
//! This is where exact counts end. Two ways lead on, and nothing after them
//! sees more than protected counts:
//! - [`joint`]: counts of places for researchers and planners, exact or as
//!   bands, all audiences protected as one system; [`by_class`]: the counts of
//!   researchers by class, decided on top;
//! - [`public`]: counts with the noise of one draw for each calendar year, the
//!   same for every audience that sees them.
//!
//! A period is told once, when it has ended and settled. What comes in later
//! is not told: the difference between two releases would be a small number.

mod board;
mod by_class;
mod closed;
mod homogeneity;
mod joint;
mod public;
mod system;

use std::collections::{BTreeMap, BTreeSet};

use safeground_privacy::suppression::SuppressionReport;
use safeground_privacy::{
    Audience, AudiencePolicy, CalendarPeriod, CountsShown, Policy, Protection,
};
use safeground_schema::release::CountProtection;
use safeground_schema::{Breakdown, CodeList as _, Level, PeriodKind, Theme};

pub(crate) use by_class::ClassBlock;
pub(crate) use closed::Closed;
pub(super) use joint::{Joint, Kept, periods, protect_jointly};
pub(super) use public::{Draws, make_draws, noisy_blocks};

use crate::count::{LayerKey, Places, Wanted};
use crate::score::CountBlock;

/// How the counts of a layer and theme are protected, for the manifest.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shown {
    /// In which way.
    pub protection: CountProtection,
    /// Standard deviation of the noise, where there is any.
    pub noise_standard_deviation: Option<f64>,
}

/// What one audience may know, and the proof that protection ran.
#[derive(Debug)]
pub struct ProtectedCounts {
    /// Layers × themes × periods.
    pub blocks: Vec<CountBlock>,
    /// How counts are shown, by layer and theme.
    pub shown: BTreeMap<(String, String), Shown>,
    /// Counts by class; `None` for an audience that sees none.
    pub(crate) classes: Option<Vec<ClassBlock>>,
    /// Proof of protection.
    pub proof: Protection,
}

/// What joint suppression did, by theme; for the steward alone.
pub type Reports = BTreeMap<Theme, SuppressionReport>;

/// Kind of period in which an audience sees exact counts or bands.
fn period_kind(policy: &AudiencePolicy) -> PeriodKind {
    match policy.period {
        CalendarPeriod::Quarter => PeriodKind::Quarter,
        CalendarPeriod::Year => PeriodKind::Year,
    }
}

/// Layers that published figures are shown in: every vintage of an audience's
/// levels, and its cells.
pub(super) fn layers_of(policy: &AudiencePolicy, places: &Places) -> BTreeSet<LayerKey> {
    let levels = places
        .layers
        .iter()
        .filter(|layer| policy.allows_level(layer.level.as_str(), false))
        .map(|layer| LayerKey::Place(layer.clone()));
    let cells = policy.h3_resolutions.iter().map(|r| LayerKey::H3(*r));
    levels.chain(cells).collect()
}

/// The layers of places in which an audience's events are counted, wide
/// before fine: one of each level.
fn counted_layers(policy: &AudiencePolicy, places: &Places) -> Vec<LayerKey> {
    let mut levels: Vec<Level> = policy
        .levels
        .iter()
        .filter_map(|level| level.parse().ok())
        .collect();
    levels.sort_unstable();
    levels.dedup();
    levels
        .into_iter()
        .filter_map(|level| places.counted_layer(level))
        .map(|layer| LayerKey::Place(layer.clone()))
        .collect()
}

/// Everything that has to be counted.
///
/// All audiences of the policy are counted for, whoever gets a release now:
/// what they see is decided together.
pub(super) fn wanted(policy: &Policy, places: &Places) -> Wanted {
    let mut wanted = Wanted {
        largest: true,
        ..Wanted::default()
    };
    for of in Audience::ALL {
        let audience = policy.audience(of);
        let kind = period_kind(audience);
        let layers = counted_layers(audience, places);
        if audience.counts == CountsShown::Noise {
            wanted.noisy.extend(layers.iter().cloned());
        }
        if of == Audience::Research {
            wanted.divided = divided(policy, &layers, kind);
        }
        wanted
            .exact
            .extend(layers.into_iter().map(|key| (key, kind)));
        let cells = audience.h3_resolutions.iter().map(|r| LayerKey::H3(*r));
        wanted.noisy.extend(cells);
    }
    if !wanted.noisy.is_empty() {
        wanted
            .noisy
            .extend(strata(policy, places).into_iter().map(|(_, key)| key));
    }
    wanted
}

/// What researchers see by class. Names that are none of ours are refused
/// before a release is made.
fn divided(
    policy: &Policy,
    layers: &[LayerKey],
    kind: PeriodKind,
) -> Vec<(LayerKey, PeriodKind, Breakdown)> {
    let divides = |key: &&LayerKey| matches!(key, LayerKey::Place(layer) if policy.breakdowns.divides(layer.level.as_str()));
    let named: BTreeSet<Breakdown> = policy
        .breakdowns
        .by
        .iter()
        .filter_map(|name| Breakdown::parse(name).ok())
        .collect();
    let layers = layers.iter().filter(divides);
    layers
        .flat_map(|key| named.iter().map(|by| (key.clone(), kind, *by)))
        .collect()
}

/// The layers that the draw measures, by the name of their share.
fn strata(policy: &Policy, places: &Places) -> Vec<(String, LayerKey)> {
    policy
        .noise
        .shares
        .keys()
        .filter_map(|name| {
            let key = match name.strip_prefix("h3_r") {
                Some(resolution) => LayerKey::H3(resolution.parse().ok()?),
                None => {
                    let level = name.parse().ok()?;
                    LayerKey::Place(places.counted_layer(level)?.clone())
                }
            };
            Some((name.clone(), key))
        })
        .collect()
}

/// Finest cells that are no finer than a level of places.
///
/// The mean district of India has 4,600 km², the mean block 450 km²; cells of
/// resolution 3 have 12,400 km², of 4 1,770 km², of 5 253 km².
fn finest_cells(level: &str) -> u8 {
    match level.parse() {
        Ok(Level::State) => 2,
        Ok(Level::District) => 3,
        Ok(Level::Subdistrict | Level::Block) => 4,
        _ => 6,
    }
}

/// Whether an audience may see this theme in this layer.
fn allowed(policy: &AudiencePolicy, key: &LayerKey, theme: &Theme) -> bool {
    let sexual_abuse = *theme == Theme::SexualAbuse;
    match key {
        LayerKey::Place(layer) => policy.allows_level(layer.level.as_str(), sexual_abuse),
        LayerKey::H3(resolution) => {
            policy.h3_resolutions.contains(resolution)
                && (!sexual_abuse || *resolution <= finest_cells(&policy.sexual_abuse_finest_level))
        }
    }
}

/// Whether an audience sees this theme without noise. Counts of children are
/// not for an audience whose counts carry noise; households reached by a
/// campaign are no children.
fn without_noise(policy: &AudiencePolicy, theme: &Theme) -> bool {
    policy.counts != CountsShown::Noise || *theme == Theme::Outreach
}
