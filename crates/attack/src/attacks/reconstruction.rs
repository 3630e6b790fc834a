//! Attack 5: linear reconstruction from all answers.

use std::collections::BTreeMap;

use super::knowledge::{Believed, OPEN, bounds};
use crate::attack::{Attack, Control, Outcome};
use crate::chance::Coins;
use crate::linear_program::{Program, Sign};
use crate::world::{Canary, Village, World};

/// What a year's records of a theme let expect per child, unless the releases
/// tell: the adversary's prior for a village.
const PRIOR_PER_CHILD: f64 = 1e-3;

/// Points above the majority that recovery may reach.
const ALLOWED_POINTS: f64 = 0.05;

/// Every village's count fitted to everything that all accounts see together.
///
/// For each theme, year and district with candidates, a linear program finds
/// the counts of villages that contradict the fewest answers (least sum of
/// deviations from bounds), and among those the nearest to what exposure lets
/// expect. A candidate is guessed to be there where its village has more than
/// expected by a limit learned on the other half of the candidates.
pub(crate) struct Reconstruction;

impl Attack for Reconstruction {
    fn number(&self) -> u32 {
        5
    }

    fn name(&self) -> &'static str {
        "linear reconstruction from all answers of all accounts"
    }

    fn passes_when(&self) -> &'static str {
        "canary recovery at most the majority + 5 points"
    }

    fn control(&self) -> Control {
        Control::Unprotected
    }

    fn run(&self, world: &World) -> anyhow::Result<Outcome> {
        let mut groups: BTreeMap<(&str, &str, &str), Vec<&Canary>> = BTreeMap::new();
        for canary in world.truth.singles() {
            let key = (
                canary.theme.as_str(),
                canary.year.as_str(),
                canary.district.as_str(),
            );
            groups.entry(key).or_default().push(canary);
        }
        // Large groups first, so that few programs judge many candidates.
        let mut groups: Vec<_> = groups.into_iter().collect();
        groups.sort_by_key(|(_, canaries)| std::cmp::Reverse(canaries.len()));
        groups.truncate(world.tries(100, usize::MAX));
        let mut guesses: Vec<(f64, bool)> = Vec::new();
        let mut unsolved = 0;
        for ((theme, year, district), canaries) in groups {
            match surplus(world, theme, year, district) {
                Some(surplus) => {
                    for canary in canaries {
                        let found = surplus.get(&canary.village).copied().unwrap_or(0.0);
                        guesses.push((found, canary.present));
                    }
                }
                None => unsolved += 1,
            }
        }
        let guesses = Coins::new(5).sample(guesses, usize::MAX);
        let n = guesses.len() as u64;
        let right = cross_guessed(&guesses);
        let present = guesses.iter().filter(|(_, present)| *present).count() as u64;
        let majority = present.max(n - present) as f64 / n.max(1) as f64;
        Ok(Outcome::at_most(
            n,
            right,
            right as f64 / n.max(1) as f64,
            majority + ALLOWED_POINTS,
            "share of candidates guessed right",
        )
        .note(format!(
            "majority {majority:.3}; {unsolved} programs without a solution"
        )))
    }
}

/// Guesses right with the limit learned on the other half.
fn cross_guessed(guesses: &[(f64, bool)]) -> u64 {
    let mut right = 0;
    for half in 0..2 {
        let of = |same: bool| {
            guesses
                .iter()
                .enumerate()
                .filter(move |(at, _)| (at % 2 == half) == same)
        };
        let mut limits: Vec<f64> = of(false).map(|(_, (found, _))| *found).collect();
        limits.push(f64::INFINITY);
        let score = |limit: f64| {
            of(false)
                .filter(|(_, (found, present))| (*found >= limit) == *present)
                .count()
        };
        let limit = limits
            .into_iter()
            .max_by_key(|limit| score(*limit))
            .unwrap_or(0.5);
        right += of(true)
            .filter(|(_, (found, present))| (*found >= limit) == *present)
            .count();
    }
    right as u64
}

/// What each village of a district has more than expected, in the fit.
fn surplus(
    world: &World,
    theme: &str,
    year: &str,
    district: &str,
) -> Option<BTreeMap<String, f64>> {
    let villages: Vec<&Village> = world
        .geography
        .of("district", district)
        .iter()
        .map(|v| &world.geography.villages[*v])
        .collect();
    let rate = rate(world, theme, year, district, &villages);
    let mut program = Program::minimise();
    // Of each village the count that its row tells, and what only cell and
    // block tell; of each block what only the block tells.
    let mut told = BTreeMap::new();
    let mut untold = BTreeMap::new();
    let mut blocks: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    let mut cells: BTreeMap<(String, String), Vec<usize>> = BTreeMap::new();
    for village in &villages {
        let expected = rate * village.children;
        let named = near(&mut program, 0.6 * expected);
        let unnamed = near(&mut program, 0.4 * expected);
        told.insert(village.id.as_str(), named);
        untold.insert(village.id.as_str(), unnamed);
        blocks
            .entry(&village.block)
            .or_default()
            .extend([named, unnamed]);
        for resolution in 3..=6 {
            if let Some(cell) = crate::world::parent(&village.h3, resolution) {
                let key = (format!("h3_r{resolution}"), cell);
                cells.entry(key).or_default().extend([named, unnamed]);
            }
        }
    }
    let answer = |layer: &str, unit: &str| {
        bounds(world, layer, unit, theme, year, Believed::Intervals).map(|b| {
            (
                b.low as f64,
                if b.high >= OPEN {
                    f64::INFINITY
                } else {
                    b.high as f64
                },
            )
        })
    };
    for village in &villages {
        if let Some(known) = answer("village", &village.id) {
            within(&mut program, &[told[village.id.as_str()]], known);
        }
    }
    let mut all = Vec::new();
    for (block, mut terms) in blocks {
        terms.push(near(&mut program, 0.5));
        if let Some(known) = answer("block", block) {
            within(&mut program, &terms, known);
        }
        all.extend(terms);
    }
    if let Some(known) = answer("district", district) {
        within(&mut program, &all, known);
    }
    for ((layer, cell), terms) in cells {
        // A cell that reaches into other districts has others' children too.
        let whole = world.geography.of(&layer, &cell).len() * 2 == terms.len();
        if let (true, Some(known)) = (whole, answer(&layer, &cell)) {
            within(&mut program, &terms, known);
        }
    }
    let solution = program.solve()?;
    let surplus = villages.iter().map(|village| {
        let id = village.id.as_str();
        let found = solution[told[id]] + solution[untold[id]];
        (village.id.clone(), found - rate * village.children)
    });
    Some(surplus.collect())
}

/// Children recorded per child of the district, as far as releases tell.
fn rate(world: &World, theme: &str, year: &str, district: &str, villages: &[&Village]) -> f64 {
    let children: f64 = villages.iter().map(|village| village.children).sum();
    let known = bounds(
        world,
        "district",
        district,
        theme,
        year,
        Believed::Intervals,
    );
    match known {
        Some(b) if b.high < OPEN && children > 0.0 => 0.5 * (b.low + b.high) as f64 / children,
        _ => PRIOR_PER_CHILD,
    }
}

/// A count that costs a little for each child away from what is expected.
fn near(program: &mut Program, expected: f64) -> usize {
    const COST: f64 = 0.01;
    let count = program.variable(0.0, 0.0, f64::INFINITY);
    let above = program.variable(COST, 0.0, f64::INFINITY);
    let below = program.variable(COST, 0.0, f64::INFINITY);
    program.row(
        &[(count, 1.0), (above, -1.0), (below, 1.0)],
        Sign::Equal,
        expected,
    );
    count
}

/// A sum that costs one for each child outside of its bounds.
fn within(program: &mut Program, terms: &[usize], (low, high): (f64, f64)) {
    let below = program.variable(1.0, 0.0, f64::INFINITY);
    let mut row: Vec<(usize, f64)> = terms.iter().map(|term| (*term, -1.0)).collect();
    row.push((below, -1.0));
    program.row(&row, Sign::AtMost, -low);
    if high.is_finite() {
        let above = program.variable(1.0, 0.0, f64::INFINITY);
        let mut row: Vec<(usize, f64)> = terms.iter().map(|term| (*term, 1.0)).collect();
        row.push((above, -1.0));
        program.row(&row, Sign::AtMost, high);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_surplus_that_follows_the_coin_is_guessed_and_a_blind_one_is_not() {
        let coin = |i: u64| i.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 63 == 1;
        let telling: Vec<_> = (0..400)
            .map(|i| (f64::from(u8::from(coin(i))), coin(i)))
            .collect();
        assert_eq!(cross_guessed(&telling), 400);
        let blind: Vec<_> = (0..400).map(|i| (0.0, coin(i))).collect();
        assert!(cross_guessed(&blind) < 230);
    }
}
