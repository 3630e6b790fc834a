//! How many children and households live in a place.
//!
//! Rates need one denominator everywhere, so every source is brought to
//! children below 18, in this order:
//! 1. `children_under_18` as given;
//! 2. `children_0_6` × [`UNDER_18_PER_CHILD_0_6`];
//! 3. `population` × [`UNDER_18_SHARE`];
//! 4. the sum over the places that lie in it, of the one layer that adds up
//!    to most (villages and their habitations are never added together);
//! 5. nothing: the place has no denominator and its rates are undefined.

use std::collections::HashMap;

use safeground_schema::Level;

use super::Places;

/// Children below 18 per child aged 0 to 6 in India.
///
/// Census of India 2011: 444,153,330 persons aged 0–17 and 164,478,150 aged
/// 0–6, a ratio of 2.70.
pub const UNDER_18_PER_CHILD_0_6: f64 = 2.70;

/// Share of the population below 18 in India.
///
/// Census of India 2011: 444,153,330 of 1,210,854,977, that is 0.367.
pub const UNDER_18_SHARE: f64 = 0.367;

/// Where the children of places came from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ExposureSources {
    /// Places with `children_under_18`.
    pub under_18: u64,
    /// Places scaled from `children_0_6`.
    pub from_0_6: u64,
    /// Places scaled from `population`.
    pub from_population: u64,
    /// Places summed from those that lie in them.
    pub from_parts: u64,
    /// Places without any figure.
    pub unknown: u64,
}

/// Children below 18 of every place, and where the figures came from.
#[must_use]
pub fn children(places: &Places) -> (Vec<Option<f64>>, ExposureSources) {
    let mut sources = ExposureSources::default();
    let own: Vec<Option<f64>> = (0..places.len())
        .map(|p| {
            let given = |column: &[Option<i64>]| column[p].filter(|n| *n >= 0).map(|n| n as f64);
            if let Some(n) = given(&places.children_under_18) {
                sources.under_18 += 1;
                Some(n)
            } else if let Some(n) = given(&places.children_0_6) {
                sources.from_0_6 += 1;
                Some(n * UNDER_18_PER_CHILD_0_6)
            } else if let Some(n) = given(&places.population) {
                sources.from_population += 1;
                Some(n * UNDER_18_SHARE)
            } else {
                None
            }
        })
        .collect();
    let known = own.iter().flatten().count() as u64;
    let resolved = from_parts(places, own);
    let all = resolved.iter().flatten().count() as u64;
    sources.from_parts = all - known;
    sources.unknown = places.len() as u64 - all;
    (resolved, sources)
}

/// Households of every place.
#[must_use]
pub fn households(places: &Places) -> Vec<Option<f64>> {
    let own = places
        .households
        .iter()
        .map(|n| n.filter(|n| *n >= 0).map(|n| n as f64))
        .collect();
    from_parts(places, own)
}

/// Inhabitants of every place: as given, or by the national share from the
/// children below 18 where those alone are given.
#[must_use]
pub fn population(places: &Places) -> Vec<Option<f64>> {
    let given = |n: Option<i64>| n.filter(|n| *n >= 0).map(|n| n as f64);
    let own = places
        .population
        .iter()
        .zip(&places.children_under_18)
        .map(|(people, children)| {
            given(*people).or_else(|| Some(given(*children)? / UNDER_18_SHARE))
        })
        .collect();
    from_parts(places, own)
}

/// Fills places without a figure from the places that lie in them.
fn from_parts(places: &Places, own: Vec<Option<f64>>) -> Vec<Option<f64>> {
    let mut resolved = own;
    let mut sums: HashMap<u32, Vec<(u16, f64)>> = HashMap::new();
    for level in Level::ALL.into_iter().rev() {
        for place in 0..places.len() as u32 {
            if places.level_of(place) != level {
                continue;
            }
            if resolved[place as usize].is_none()
                && let Some(parts) = sums.get(&place)
            {
                resolved[place as usize] = parts.iter().map(|(_, sum)| *sum).reduce(f64::max);
            }
            if let (Some(parent), Some(value)) =
                (places.parent[place as usize], resolved[place as usize])
            {
                let layer = places.layer[place as usize];
                let parts = sums.entry(parent).or_default();
                match parts.iter_mut().find(|(l, _)| *l == layer) {
                    Some((_, sum)) => *sum += value,
                    None => parts.push((layer, value)),
                }
            }
        }
    }
    resolved
}
