//! Attack 13: homogeneity.

use std::collections::BTreeMap;

use crate::attack::{Attack, Control, Outcome};
use crate::world::{Protection, World};

/// Share of one kind of harm from which being in the cell tells it.
pub(crate) const SHARE: f64 = 0.9;

/// Kinds of harm: the sensitive value of a recorded child.
pub(crate) const HARMS: [&str; 6] = [
    "trafficking",
    "child_labour",
    "sexual_abuse",
    "child_marriage",
    "online_abuse",
    "missing",
];

/// Whoever knows that a child is recorded in a place learns what was done to
/// it, where nine of ten recorded there suffered the same. From what is stated
/// of each kind, withheld ones below the threshold, the share is bounded from
/// below. A claim counts where it is true.
pub(crate) struct Homogeneity;

impl Attack for Homogeneity {
    fn number(&self) -> u32 {
        13
    }

    fn name(&self) -> &'static str {
        "homogeneity: nearly all of a cell have one sensitive value"
    }

    fn passes_when(&self) -> &'static str {
        "no cell with 90 % or more of one value"
    }

    fn control(&self) -> Control {
        Control::Unprotected
    }

    fn run(&self, world: &World) -> anyhow::Result<Outcome> {
        let (mut tried, mut found, mut false_claims) = (0_u64, 0_u64, 0_u64);
        let mut by_layer: BTreeMap<String, u64> = BTreeMap::new();
        let mut nearest = 0.0_f64;
        for release in world.releases() {
            let most = release.k().saturating_sub(1) as f64;
            let mut groups: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
            for (layer, theme, period) in release.blocks.keys() {
                if HARMS.contains(&theme.as_str()) {
                    groups.entry((layer, period)).or_default().push(theme);
                }
            }
            for ((layer, period), themes) in groups {
                if themes.len() < 2 || release.protection(layer) == Protection::Noise {
                    continue;
                }
                let units = release
                    .block(layer, themes[0], period)
                    .map(|block| &block.units);
                for unit in units.into_iter().flat_map(|units| units.iter()) {
                    tried += 1;
                    let stated: Vec<(f64, f64)> = themes
                        .iter()
                        .filter_map(|theme| release.cell(layer, unit, theme, period))
                        .map(|cell| match cell.interval() {
                            (low, high) if cell.is_shown() => (low, high),
                            (low, _) => (low, most),
                        })
                        .collect();
                    let Some((kind, share)) = largest_share(&stated) else {
                        continue;
                    };
                    nearest = nearest.max(share.min(SHARE));
                    if share < SHARE {
                        continue;
                    }
                    let truth: Vec<f64> = themes
                        .iter()
                        .filter_map(|theme| world.truth.count(layer, unit, theme, period))
                        .map(|count| count as f64)
                        .collect();
                    let total: f64 = truth.iter().sum();
                    if total > 0.0 && truth[kind] >= SHARE * total {
                        found += 1;
                        let name = format!("{} {layer}", release.audience);
                        *by_layer.entry(name).or_default() += 1;
                    } else {
                        false_claims += 1;
                    }
                }
            }
        }
        let mut outcome = Outcome::none_allowed(tried, found, "homogeneous cells");
        for (layer, count) in by_layer {
            outcome = outcome.note(format!("{layer}: {count}"));
        }
        Ok(outcome
            .note(format!(
                "the largest share that can be derived of any place, up to {:.0} %: {:.1} %",
                100.0 * SHARE,
                100.0 * nearest
            ))
            .note(format!(
                "{false_claims} claims that were false and do not count"
            )))
    }
}

/// The kind whose share is surely the largest, and how large it is at least.
pub(crate) fn largest_share(stated: &[(f64, f64)]) -> Option<(usize, f64)> {
    let most: f64 = stated.iter().map(|(_, high)| high).sum();
    stated
        .iter()
        .enumerate()
        .filter(|(_, (low, _))| *low > 0.0)
        .map(|(kind, (low, high))| (kind, low / (low + most - high)))
        .max_by(|a, b| a.1.total_cmp(&b.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_is_bounded_by_what_the_others_may_hold() {
        assert_eq!(largest_share(&[(9.0, 9.0), (0.0, 1.0)]), Some((0, 0.9)));
        assert_eq!(largest_share(&[(0.0, 4.0), (0.0, 4.0)]), None);
    }
}
