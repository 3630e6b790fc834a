//! What an adversary makes of protected counts alone: the standard that scores
//! are held against.

use std::collections::HashMap;

use super::knowledge::{Believed, OPEN, bounds};
use crate::world::{Block, World};

/// Neighbours of a place, as the manifest of a release tells: the eight
/// nearest points. Cells have their ring.
const NEAREST: usize = 8;

/// Rounds in which the rate of a block and its withheld counts settle.
const ROUNDS: usize = 20;

/// Units near each unit of a layer.
pub(super) type Near = HashMap<String, Vec<String>>;

/// Neighbours as everybody can compute them, by the rule that scores use: with
/// any other the scores would tell of nearer places than the inputs do, which is
/// no leak.
pub(super) fn near_units(world: &World, layer: &str, block: &Block) -> Near {
    if layer != "village" {
        let ring = |unit: &String| {
            let cell: h3o::CellIndex = unit.parse().ok()?;
            let near = cell.grid_disk::<Vec<_>>(1).into_iter();
            let others = near.filter(|other| *other != cell);
            Some((unit.clone(), others.map(|cell| cell.to_string()).collect()))
        };
        return block.units.iter().filter_map(ring).collect();
    }
    let villages = &world.geography.villages;
    let points: Vec<[f64; 3]> = villages
        .iter()
        .map(|village| {
            let (latitude, longitude) = (
                village.latitude.to_radians(),
                village.longitude.to_radians(),
            );
            let level = latitude.cos();
            [
                level * longitude.cos(),
                level * longitude.sin(),
                latitude.sin(),
            ]
        })
        .collect();
    let nearest = |at: usize| {
        // The chord grows with the great circle.
        let mut others: Vec<(f64, usize)> = points
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != at)
            .map(|(other, point)| {
                let square = point.iter().zip(&points[at]).map(|(a, b)| (a - b).powi(2));
                (square.sum(), other)
            })
            .collect();
        let last = NEAREST.min(others.len());
        if last < others.len() {
            others.select_nth_unstable_by(last, |a, b| a.0.total_cmp(&b.0));
            others.truncate(last);
        }
        let ids = others
            .into_iter()
            .map(|(_, other)| villages[other].id.clone());
        (villages[at].id.clone(), ids.collect())
    };
    (0..villages.len()).map(nearest).collect()
}

/// A block of protected counts with the best guess of each of its counts.
pub(super) struct Inputs<'a> {
    block: &'a Block,
    /// Counts per exposure, over the whole block.
    rate: f64,
    /// Best guesses by unit: what is shown, or what a count below the threshold
    /// is at the rate.
    guesses: Vec<f64>,
    exposures: Vec<f64>,
    k: u64,
    /// What is known of the wider places that hold a unit: count, exposure, and
    /// what of both is shown within.
    wider: Vec<HashMap<&'a str, Wider>>,
    wider_of: Vec<Vec<Option<&'a str>>>,
}

/// What is known of a wider place.
#[derive(Debug, Clone, Copy, Default)]
struct Wider {
    count: Option<f64>,
    exposure: f64,
    shown: f64,
    exposure_of_withheld: f64,
    guessed: f64,
}

impl<'a> Inputs<'a> {
    /// Reads a block, over what all audiences state of the places around it.
    pub(super) fn new(
        world: &'a World,
        (layer, theme, period): (&str, &str, &str),
        block: &'a Block,
        k: u64,
    ) -> Self {
        let exposures: Vec<f64> = block
            .cells()
            .map(|(_, cell)| cell.number("exposure").unwrap_or(0.0))
            .collect();
        let shown: Vec<Option<f64>> = block
            .cells()
            .map(|(_, cell)| {
                let (low, high) = cell.interval();
                let middle = if high.is_finite() {
                    0.5 * (low + high)
                } else {
                    low
                };
                cell.is_shown().then_some(middle)
            })
            .collect();
        let looked: Vec<bool> = block
            .cells()
            .map(|(_, cell)| cell.is_shown() || cell.status() == "below_threshold")
            .collect();
        let mut rate = 0.0;
        let mut guesses = vec![0.0; exposures.len()];
        for _ in 0..ROUNDS {
            for (at, guess) in guesses.iter_mut().enumerate() {
                *guess = match (looked[at], shown[at]) {
                    (false, _) => 0.0,
                    (true, Some(count)) => count,
                    (true, None) => below(rate * exposures[at], k),
                };
            }
            let people = exposures.iter().zip(&looked).filter(|(_, looked)| **looked);
            let people: f64 = people.map(|(exposure, _)| exposure).sum();
            let started = rate > 0.0;
            rate = guesses.iter().sum::<f64>() / people.max(1.0);
            if !started && rate == 0.0 {
                rate = 0.5 * k as f64 / (people / exposures.len().max(1) as f64).max(1.0);
            }
        }
        let mut inputs = Self {
            block,
            rate,
            guesses,
            exposures,
            k,
            wider: Vec::new(),
            wider_of: Vec::new(),
        };
        if layer == "village" {
            let of: HashMap<&str, (&str, &str)> = world
                .geography
                .villages
                .iter()
                .map(|v| (v.id.as_str(), (v.block.as_str(), v.district.as_str())))
                .collect();
            for wide in ["block", "district"] {
                let holds = |unit: &String| {
                    let (block, district) = of.get(unit.as_str())?;
                    Some(if wide == "block" { *block } else { *district })
                };
                let holding: Vec<Option<&str>> = block.units.iter().map(holds).collect();
                let mut known: HashMap<&str, Wider> = HashMap::new();
                for (at, unit) in holding.iter().enumerate() {
                    let Some(unit) = unit else { continue };
                    let wider = known.entry(unit).or_insert_with(|| Wider {
                        count: bounds(world, wide, unit, theme, period, Believed::Certain)
                            .filter(|known| known.low > 0 && known.high < OPEN)
                            .map(|known| 0.5 * (known.low + known.high) as f64),
                        ..Wider::default()
                    });
                    wider.exposure += inputs.exposures[at];
                    wider.guessed += inputs.guesses[at];
                    match shown[at] {
                        Some(count) => wider.shown += count,
                        None => wider.exposure_of_withheld += inputs.exposures[at],
                    }
                }
                inputs.wider.push(known);
                inputs.wider_of.push(holding);
            }
        }
        inputs
    }

    /// What protected inputs say of a unit, in numbers to learn from.
    pub(super) fn of(&self, at: usize, near: Option<&Vec<String>>) -> Vec<f64> {
        let exposure = self.exposures[at];
        let own = below(self.rate * exposure, self.k);
        let mut row = vec![
            exposure.ln_1p(),
            exposure,
            exposure.powi(2),
            1.0 / exposure.max(1.0),
        ];
        let (mut shown, mut neighbours, mut people) = (0.0, 0.0, 0.0);
        let (mut visible, mut guessed, mut rates, mut withheld) = (0.0, 0.0, 0.0, 0.0);
        for near in near.into_iter().flatten() {
            let Ok(other) = self.block.units.binary_search(near) else {
                continue;
            };
            let of_other = self.exposures[other].max(1.0);
            neighbours += 1.0;
            people += self.exposures[other];
            guessed += self.guesses[other];
            rates += self.guesses[other] / of_other;
            if self.block.cell(near).is_some_and(|cell| cell.is_shown()) {
                shown += 1.0;
                visible += self.guesses[other];
            } else {
                withheld += self.k as f64 / of_other;
            }
        }
        let around = guessed / people.max(1.0);
        let mixed = (guessed + own) / (people + exposure).max(1.0);
        row.extend([shown, neighbours, people, visible, guessed, rates, withheld]);
        row.extend([own, own.powi(2), below(around * exposure, self.k)]);
        row.extend([
            below(mixed * exposure, self.k),
            around.ln_1p(),
            mixed.sqrt(),
        ]);
        for (known, holding) in self.wider.iter().zip(&self.wider_of) {
            let wider = holding[at].and_then(|unit| known.get(unit)).copied();
            let wider = wider.unwrap_or_default();
            let guessed = wider.guessed / wider.exposure.max(1.0);
            row.extend([wider.shown, below(guessed * exposure, self.k)]);
            let of_count = |count: f64| {
                let left = (count - wider.shown).max(0.0) / wider.exposure_of_withheld.max(1.0);
                let whole = count / wider.exposure.max(1.0);
                [
                    below(left * exposure, self.k),
                    below(whole * exposure, self.k),
                ]
            };
            row.extend(wider.count.map_or([f64::NAN; 2], of_count));
        }
        row
    }
}

/// Mean of a Poisson count that is known to be below k.
fn below(mean: f64, k: u64) -> f64 {
    let mut term = 1.0;
    let (mut weight, mut sum) = (0.0, 0.0);
    for count in 0..k {
        weight += term;
        sum += count as f64 * term;
        term *= mean / (count + 1) as f64;
    }
    if weight.is_finite() && weight > 0.0 {
        sum / weight
    } else {
        k.saturating_sub(1) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_below_a_threshold_has_its_known_mean() {
        assert_eq!(below(0.0, 5), 0.0);
        // P(1)/(P(0) + P(1)) at mean 1 is a half.
        assert!((below(1.0, 2) - 0.5).abs() < 1e-12);
        assert!(below(1e9, 5) > 3.99 && below(1e300, 5) <= 4.0);
    }
}
