//! Attack 8: one geography less another.

use std::collections::BTreeMap;

use super::knowledge::OPEN;
use super::unions::small_unions;
use crate::attack::{Attack, Control, Outcome};
use crate::world::{Protection, World};

/// A released count with its area.
struct Piece<'a> {
    layer: &'a str,
    unit: &'a str,
    villages: &'a [usize],
    low: i64,
    high: i64,
    /// The largest threshold of the audiences that are shown it.
    k: i64,
}

/// Cells, districts, blocks and villages overlap. Where one released area lies
/// within another, or several within one, the difference is the count of the
/// slice between them.
///
/// For each theme and period, over what all accounts see together:
/// 1. each area less each single area within it;
/// 2. each area less all areas of one layer that lie within it.
///
/// Then whole places less all that is shown within them, over all depths and
/// audiences: [`small_unions`].
///
/// Counts with noise enter with the interval that the release states. A
/// difference counts if it is certain to lie in 1..k-1 and truly does, k being
/// the largest threshold of all audiences that are shown a count of it.
pub(crate) struct Geographies;

impl Attack for Geographies {
    fn number(&self) -> u32 {
        8
    }

    fn name(&self) -> &'static str {
        "geography differencing: H3 × district × block × village"
    }

    fn passes_when(&self) -> &'static str {
        "no derivable difference in 1..k-1"
    }

    fn control(&self) -> Control {
        Control::Unprotected
    }

    fn run(&self, world: &World) -> anyhow::Result<Outcome> {
        let mut groups: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
        for release in world.releases() {
            for (layer, theme, period) in release.blocks.keys() {
                let layers = groups.entry((theme, period)).or_default();
                if !layers.contains(&layer.as_str()) {
                    layers.push(layer);
                }
            }
        }
        let (mut tried, mut found, mut false_claims) = (0_u64, 0_u64, 0_u64);
        let mut by_pair: BTreeMap<(String, String), u64> = BTreeMap::new();
        for ((theme, period), layers) in groups {
            let pieces = pieces(world, theme, period, &layers);
            let mut at: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
            for (number, piece) in pieces.iter().enumerate() {
                for village in piece.villages {
                    at.entry(*village).or_default().push(number);
                }
            }
            for whole in &pieces {
                for (layer, parts) in within(whole, &pieces, &at) {
                    let mut claims = Vec::new();
                    for part in &parts {
                        claims.push(vec![*part]);
                    }
                    if parts.len() > 1 {
                        claims.push(parts);
                    }
                    for claim in claims {
                        tried += 1;
                        let parts = || claim.iter().map(|part| &pieces[*part]);
                        let k = parts().map(|part| part.k).fold(whole.k, i64::max);
                        let low = whole.low - parts().map(|part| part.high).sum::<i64>();
                        let high = whole.high - parts().map(|part| part.low).sum::<i64>();
                        if low < 1 || high >= k {
                            continue;
                        }
                        let truth = |piece: &Piece| {
                            world.truth.count(piece.layer, piece.unit, theme, period)
                        };
                        let parts: Option<Vec<u64>> = parts().map(truth).collect();
                        let (Some(all), Some(parts)) = (truth(whole), parts) else {
                            continue;
                        };
                        let slice = all as i64 - parts.iter().sum::<u64>() as i64;
                        if (low..=high).contains(&slice) {
                            found += 1;
                            let pair = (whole.layer.to_owned(), layer.to_owned());
                            *by_pair.entry(pair).or_default() += 1;
                        } else {
                            false_claims += 1;
                        }
                    }
                }
            }
        }
        let mut outcome = Outcome::none_allowed(tried, found, "differences in 1..k-1");
        for ((whole, part), count) in by_pair {
            outcome = outcome.note(format!("{whole} less {part}: {count}"));
        }
        let outcome = outcome.note(format!(
            "{false_claims} differences that were false and do not count"
        ));
        Ok(outcome.and(small_unions(world)))
    }
}

/// Everything that is released of a theme and period, each area once.
fn pieces<'a>(world: &'a World, theme: &str, period: &str, layers: &[&'a str]) -> Vec<Piece<'a>> {
    let mut pieces = Vec::new();
    for layer in layers {
        let units = world.geography.members.get(*layer);
        for (unit, villages) in units.into_iter().flatten() {
            let (mut low, mut high, mut k) = (0, OPEN, 0);
            for release in world.releases() {
                let Some(cell) = release.cell(layer, unit, theme, period) else {
                    continue;
                };
                // A count with noise and no interval states nothing.
                let noise = release.protection(layer) == Protection::Noise;
                if !cell.is_shown() || (noise && cell.number("count_low").is_none()) {
                    continue;
                }
                let (least, most) = cell.interval();
                k = k.max(release.k() as i64);
                low = low.max(least as i64);
                if most.is_finite() {
                    high = high.min(most as i64);
                }
            }
            if high < OPEN && low <= high {
                pieces.push(Piece {
                    layer,
                    unit,
                    villages,
                    low,
                    high,
                    k,
                });
            }
        }
    }
    pieces
}

/// Areas within an area, by layer, each layer's being disjoint.
fn within<'a>(
    whole: &Piece<'a>,
    pieces: &[Piece<'a>],
    at: &BTreeMap<usize, Vec<usize>>,
) -> BTreeMap<&'a str, Vec<usize>> {
    let mut near: Vec<usize> = whole
        .villages
        .iter()
        .filter_map(|village| at.get(village))
        .flatten()
        .copied()
        .collect();
    near.sort_unstable();
    near.dedup();
    let mut parts: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for number in near {
        let piece = &pieces[number];
        let other = piece.layer != whole.layer;
        let smaller = piece.villages.len() <= whole.villages.len();
        let inside = || {
            piece
                .villages
                .iter()
                .all(|v| whole.villages.binary_search(v).is_ok())
        };
        if other && smaller && inside() {
            parts.entry(piece.layer).or_default().push(number);
        }
    }
    parts
}
