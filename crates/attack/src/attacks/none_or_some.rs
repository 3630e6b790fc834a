//! Units that hold nobody in one period and one to four in another.
//!
//! Everything public about such a unit is the same in both, so whatever tells
//! the periods apart tells whether somebody is there.

use std::collections::{BTreeMap, BTreeSet};

use super::knowledge::not_observed;
use crate::chance::{Coins, paired_area};
use crate::world::{Release, World};

/// Layers of places with many units.
const FINE: [&str; 2] = ["village", "block"];

/// A unit and theme with the two periods.
pub(super) struct Pair {
    pub(super) layer: String,
    pub(super) theme: String,
    pub(super) unit: String,
    /// Nobody is recorded here then.
    pub(super) none: String,
    /// One to four are.
    pub(super) some: String,
}

/// The pairs of a release, of each layer from the themes with most of them;
/// layers of few units hardly ever hold nobody.
pub(super) fn pairs(world: &World, release: &Release, coins: &mut Coins) -> Vec<Pair> {
    let mut groups: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for (layer, theme, period) in release.blocks.keys() {
        if layer.starts_with("h3_") || FINE.contains(&layer.as_str()) {
            groups.entry((layer, theme)).or_default().push(period);
        }
    }
    let mut groups: Vec<_> = groups
        .into_iter()
        .map(|((layer, theme), mut periods)| {
            periods.truncate(world.tries(5, 8));
            (layer, theme, of_group(world, layer, theme, &periods, coins))
        })
        .filter(|(.., pairs)| !pairs.is_empty())
        .collect();
    groups.sort_by_key(|(layer, _, pairs)| (*layer, std::cmp::Reverse(pairs.len())));
    let mut taken: BTreeMap<&str, usize> = BTreeMap::new();
    groups.retain(|(layer, ..)| {
        let number = taken.entry(layer).or_default();
        *number += 1;
        *number <= world.tries(1, 4)
    });
    groups.into_iter().flat_map(|(.., pairs)| pairs).collect()
}

fn of_group(
    world: &World,
    layer: &str,
    theme: &str,
    periods: &[&str],
    coins: &mut Coins,
) -> Vec<Pair> {
    let key = |period: &str| (layer.to_owned(), theme.to_owned(), period.to_owned());
    let units: BTreeSet<&String> = periods
        .iter()
        .filter_map(|period| world.truth.exact.get(&key(period)))
        .flat_map(|block| block.keys())
        .collect();
    let mut pairs = Vec::new();
    for unit in units {
        let of = |some: bool| -> Vec<&str> {
            periods
                .iter()
                .copied()
                .filter(|period| {
                    let count = world.truth.count(layer, unit, theme, period);
                    let looked = !not_observed(world, layer, unit, theme, period);
                    looked && count.is_some_and(|n| if some { (1..5).contains(&n) } else { n == 0 })
                })
                .collect()
        };
        let (none, some) = (of(false), of(true));
        if none.is_empty() || some.is_empty() {
            continue;
        }
        pairs.push(Pair {
            layer: layer.to_owned(),
            theme: theme.to_owned(),
            unit: unit.clone(),
            none: none[coins.below(none.len())].to_owned(),
            some: some[coins.below(some.len())].to_owned(),
        });
    }
    pairs
}

/// Values of a sign without and with somebody, by sign.
pub(super) type Told = BTreeMap<&'static str, Vec<(f64, f64)>>;

/// The largest area under the curve among signs, which sign that is, the pairs
/// in all, and a line for each. Signs with fewer pairs than asked for say
/// nothing, and then nothing was tried.
pub(super) fn most_telling(told: &Told, fewest: usize) -> (f64, &'static str, u64, Vec<String>) {
    let (mut worst, mut telling, mut tried) = (0.5, "none", 0);
    let mut lines = Vec::new();
    for (sign, pairs) in told {
        let area = paired_area(pairs);
        tried += pairs.len() as u64;
        lines.push(format!("{sign}: area {area:.3} over {} pairs", pairs.len()));
        if area > worst {
            (worst, telling) = (area, sign);
        }
    }
    if told.values().any(|pairs| pairs.len() < fewest) {
        tried = 0;
        lines.push(format!("fewer than {fewest} pairs: this says nothing"));
    }
    (worst, telling, tried, lines)
}
