//! Attack 7: counts backed out of rates, intervals and shares.

use std::collections::BTreeMap;

use crate::attack::{Attack, Control, Outcome};
use crate::chance::correlation;
use crate::regression::ridge;
use crate::world::{Block, Cell, ExactBlock, Protection, World};

/// Rates are given per so many children.
const PER: [f64; 2] = [1e5, 100.0];

/// How near a whole number a count that was computed back must lie.
const WHOLE: f64 = 0.02;

/// Standard deviations from which a correlation within bands counts.
const DEVIATIONS: f64 = 4.0;

/// Whatever a count went into is solved for the count.
///
/// 1. A count that is shown below the threshold.
/// 2. Rate × exposure, and the ends of the exact Poisson interval, where the
///    count itself is not given.
/// 3. Empirical Bayes rates: eb·(R + n) = S + count is linear in the prior's R
///    and S; fitted on the counts that are given, it gives those that are not.
/// 4. Where only bands are given: of two units in one band with one exposure,
///    whether the one with the higher rate has more children. It tells so only
///    where rates know more than the band.
pub(crate) struct BackingOut;

impl Attack for BackingOut {
    fn number(&self) -> u32 {
        7
    }

    fn name(&self) -> &'static str {
        "counts backed out of rates, percentages, intervals, exposures"
    }

    fn passes_when(&self) -> &'static str {
        "none below k, and nothing within a band"
    }

    fn control(&self) -> Control {
        Control::Unprotected
    }

    fn run(&self, world: &World) -> anyhow::Result<Outcome> {
        let mut found = Found::default();
        let (mut within, mut true_within) = (Vec::new(), Vec::new());
        for release in world.releases() {
            let k = release.k() as f64;
            for (key, block) in &release.blocks {
                let Some(exact) = world.truth.exact.get(key) else {
                    continue;
                };
                let protection = release.protection(&key.0);
                let prior = prior(block);
                for (unit, cell) in block.cells() {
                    let Some(truth) = exact.get(unit).map(|count| *count as f64) else {
                        continue;
                    };
                    found.tried += 1;
                    // With noise a count is not the truth, but one below the
                    // threshold must not be computed back either.
                    let noise = protection == Protection::Noise;
                    let is_right = |count: f64| noise || count == truth;
                    for (way, count) in ways(cell, prior) {
                        let whole = count.round();
                        let near = (count - whole).abs() < WHOLE;
                        let small = whole < k && whole >= 0.0;
                        if near && small && is_right(whole) {
                            found.by_way[way as usize] += 1;
                            found.cells += 1;
                            break;
                        }
                    }
                }
                if protection == Protection::Banded {
                    let (rates, truths) = within_bands(block, exact);
                    within.extend(rates);
                    true_within.extend(truths);
                }
            }
        }
        let r = correlation(&within, &true_within);
        let limit = DEVIATIONS / (within.len().max(1) as f64).sqrt();
        let refined = u64::from(within.len() > 30 && r.abs() > limit);
        let [shown, rate, interval, eb] = found.by_way;
        Ok(Outcome::none_allowed(
            found.tried,
            found.cells + refined,
            "counts below k, backed out",
        )
        .note(format!(
            "shown below k {shown}; from rates {rate}; from intervals {interval}; from \
                     empirical Bayes rates {eb}"
        ))
        .note(format!(
            "{} pairs in one band with one exposure: correlation of which has the higher \
                     rate with which has more children {r:.3} (chance reaches {limit:.3})",
            within.len()
        )))
    }
}

/// How a count was come by.
#[derive(Debug, Clone, Copy)]
enum Way {
    Shown,
    Rate,
    Interval,
    EmpiricalBayes,
}

#[derive(Default)]
struct Found {
    tried: u64,
    cells: u64,
    by_way: [u64; 4],
}

/// R and S of the prior of empirical Bayes rates per child.
type Prior = (f64, f64);

fn ways(cell: Cell<'_>, prior: Option<Prior>) -> Vec<(Way, f64)> {
    if let Some(count) = cell.count() {
        return vec![(Way::Shown, count)];
    }
    let mut ways = Vec::new();
    let Some(exposure) = cell.number("exposure") else {
        return ways;
    };
    for per in PER {
        if let Some(rate) = cell.number("rate") {
            ways.push((Way::Rate, rate * exposure / per));
        }
        if let Some(low) = cell.number("rate_low").filter(|low| *low > 0.0) {
            ways.extend(poisson_from_low(low * exposure / per).map(|n| (Way::Interval, n)));
        }
        if let (Some(eb), Some((r, s))) = (cell.number("eb_rate"), prior) {
            ways.push((Way::EmpiricalBayes, eb / per * (r + exposure) - s));
        }
    }
    ways
}

/// The count whose exact Poisson interval begins here: the lower limit of n is
/// the 2.5 % point of a gamma of shape n.
fn poisson_from_low(limit: f64) -> Option<f64> {
    use statrs::distribution::{ContinuousCDF as _, Gamma};
    (1..200).map(f64::from).find(|n| {
        let point = Gamma::new(*n, 1.0)
            .map(|gamma| gamma.cdf(limit))
            .unwrap_or(0.0);
        (point - 0.025).abs() < 1e-4
    })
}

/// The prior that explains the counts given to the last digit, if one does.
fn prior(block: &Block) -> Option<Prior> {
    let mut rows = Vec::new();
    let mut right = Vec::new();
    for (_, cell) in block.cells() {
        let known = (
            cell.count(),
            cell.number("eb_rate"),
            cell.number("exposure"),
        );
        if let (Some(count), Some(eb), Some(exposure)) = known {
            let eb = eb / PER[0];
            rows.push(vec![eb]);
            right.push(count - eb * exposure);
        }
    }
    if rows.len() < 4 {
        return None;
    }
    // eb·R − S = count − eb·n.
    let fit = ridge(&rows, &right, 0.0);
    let (r, s) = (fit[1], -fit[0]);
    let worst = rows
        .iter()
        .zip(&right)
        .map(|(row, right)| (row[0] * r - s - right).abs())
        .fold(0.0, f64::max);
    (worst < 0.01).then_some((r, s))
}

/// Of the cells of a block with a band but no count, pairs in one band whose
/// exposures are as good as equal: how their rates differ, and how the truth
/// does. All that is public is the same for both.
fn within_bands(block: &Block, exact: &ExactBlock) -> (Vec<f64>, Vec<f64>) {
    /// Largest ratio of exposures that are as good as equal.
    const ALIKE: f64 = 1.02;
    /// Exposure, rate and truth of a unit.
    type Unit = (f64, f64, f64);
    let mut bands: BTreeMap<(u64, u64), Vec<Unit>> = BTreeMap::new();
    for (unit, cell) in block.cells() {
        let (low, high) = cell.interval();
        let rate = cell.number("eb_rate").zip(cell.number("exposure"));
        if cell.count().is_some() || !cell.is_shown() {
            continue;
        }
        if let (Some((eb, exposure)), Some(truth)) = (rate, exact.get(unit)) {
            let band = (
                low as u64,
                if high.is_finite() {
                    high as u64
                } else {
                    u64::MAX
                },
            );
            bands
                .entry(band)
                .or_default()
                .push((exposure, eb, *truth as f64));
        }
    }
    let (mut rates, mut truths) = (Vec::new(), Vec::new());
    for mut cells in bands.into_values() {
        cells.sort_by(|a, b| a.0.total_cmp(&b.0));
        for pair in cells.chunks_exact(2) {
            let [(small, eb, truth), (large, other_eb, other_truth)] = [pair[0], pair[1]];
            if large <= ALIKE * small {
                rates.push((eb - other_eb).signum());
                truths.push((truth - other_truth).signum());
            }
        }
    }
    (rates, truths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_is_found_from_the_lower_end_of_its_interval() {
        // Garwood: of 10 observed the 95 % interval begins at 4.795.
        assert_eq!(poisson_from_low(4.7954), Some(10.0));
        assert_eq!(poisson_from_low(5.0), None);
    }
}
