//! From the exact counts of a lake to what each audience may know.
//!
//! This is where exact counts end: [`protect_counts`] takes them by value, and
//! nothing after it sees more than protected ones.

use std::collections::BTreeMap;
use std::sync::Arc;

use safeground_privacy::{
    Audience, AudiencePolicy, CalendarPeriod, ExactCount, Policy, Protection, protect,
};
use safeground_schema::{Layer, Level, PeriodKind, Theme};

use crate::count::{ExactBlock, ExactCounts, LayerKey, Pair, Wanted};
use crate::score::CountBlock;

/// What one audience may know, and the proof that protection ran.
#[derive(Debug)]
pub struct ProtectedCounts {
    /// Layers × themes × periods.
    pub blocks: Vec<CountBlock>,
    /// Proof of protection.
    pub proof: Protection,
}

/// Kind of period that an audience sees.
fn period_kind(policy: &AudiencePolicy) -> PeriodKind {
    match policy.period {
        CalendarPeriod::Quarter => PeriodKind::Quarter,
        CalendarPeriod::Year => PeriodKind::Year,
    }
}

/// Layers an audience sees: every vintage of its levels, and its cells.
pub(super) fn layers_of(policy: &AudiencePolicy, layers: &[Layer]) -> Vec<LayerKey> {
    let places = layers
        .iter()
        .filter(|layer| policy.allows_level(layer.level.as_str(), false))
        .map(|layer| LayerKey::Place(layer.clone()));
    let cells = policy.h3_resolutions.iter().map(|r| LayerKey::H3(*r));
    let mut keys: Vec<LayerKey> = places.chain(cells).collect();
    keys.sort();
    keys.dedup();
    keys
}

/// Everything that has to be counted for these audiences.
pub(super) fn wanted(policy: &Policy, audiences: &[Audience], layers: &[Layer]) -> Wanted {
    audiences
        .iter()
        .map(|audience| policy.audience(*audience))
        .flat_map(|policy| {
            let kind = period_kind(policy);
            layers_of(policy, layers)
                .into_iter()
                .map(move |key| (key, kind))
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

/// Protects the counts for each audience, consuming them.
///
/// A layer that holds fewer children than the threshold over all themes and
/// periods is left out: it is a vintage or resolution that the events do not
/// reach, and a map of nothing but `below_threshold` helps nobody.
#[must_use]
pub fn protect_counts(
    exact: ExactCounts,
    policy: &Policy,
    audiences: &[Audience],
) -> BTreeMap<Audience, ProtectedCounts> {
    audiences
        .iter()
        .map(|audience| (*audience, for_audience(&exact, policy.audience(*audience))))
        .collect()
}

/// The proof for an audience where there was no count to protect.
pub(super) fn nothing_to_protect(policy: &AudiencePolicy) -> ProtectedCounts {
    let (_, proof) = protect(Vec::new(), policy);
    ProtectedCounts {
        blocks: Vec::new(),
        proof,
    }
}

fn for_audience(exact: &ExactCounts, policy: &AudiencePolicy) -> ProtectedCounts {
    let mut result = nothing_to_protect(policy);
    let kind = period_kind(policy);
    for pair in exact.frame().pairs.iter().filter(|pair| pair.kind == kind) {
        let mut layer = Vec::new();
        let mut total = 0;
        for theme in exact.themes() {
            if !allowed(policy, &pair.units.key, theme) {
                continue;
            }
            for slot in 0..pair.periods.len() {
                if let Some(block) = exact.block(theme, pair, slot) {
                    total += block.amounts.iter().sum::<u64>();
                    layer.push(protect_block(block, pair, policy));
                }
            }
        }
        if total >= policy.k {
            result.blocks.extend(layer);
        }
    }
    result
}

fn protect_block(exact: ExactBlock, pair: &Pair, policy: &AudiencePolicy) -> CountBlock {
    let units = Arc::clone(&pair.units);
    let public = match exact.theme {
        Theme::Outreach => &units.households,
        _ => &units.children,
    };
    let counts = |amounts: &[u64], public: &dyn Fn(usize) -> Option<f64>| -> Vec<ExactCount> {
        amounts
            .iter()
            .enumerate()
            .map(|(unit, amount)| ExactCount {
                children: *amount,
                events: exact.events[unit],
                partners: exact.partners[unit],
                observed: exact.observed[unit],
                exposure: public(unit),
            })
            .collect()
    };
    let Some(among) = &exact.among else {
        let of_unit = |unit: usize| public[unit].filter(|n| *n > 0.0);
        let (protected, proof) = protect(counts(&exact.amounts, &of_unit), policy);
        return CountBlock::protected(units, exact.theme, exact.period, &protected, &proof);
    };
    // The denominator is a count of ours: its presence must not tell whether
    // there is one, so the part and the rest are protected as if there were.
    let rest: Vec<u64> = among
        .iter()
        .zip(&exact.amounts)
        .map(|(whole, part)| whole.saturating_sub(*part))
        .collect();
    let (part, proof) = protect(counts(&exact.amounts, &|_| Some(1.0)), policy);
    let (rest, _) = protect(counts(&rest, &|_| Some(1.0)), policy);
    CountBlock::protected_share(units, exact.theme, exact.period, &part, &rest, &proof)
}
