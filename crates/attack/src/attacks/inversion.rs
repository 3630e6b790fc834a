//! Attack 12: from scores back to counts.

use std::collections::BTreeMap;

use super::protected_inputs::{Inputs, Near, near_units};
use crate::attack::{Attack, Control, Outcome};
use crate::chance::mean;
use crate::regression::{foretell, ridge, standardised};
use crate::world::{Block, BlockKey, ExactBlock, World};

/// Scores that an adversary would invert.
const SCORES: [&str; 6] = ["gi_z", "gi_p", "score", "score_burden", "rank", "eb_rate"];

/// Share of the squared error that scores may take away by chance.
const ALLOWED_GAIN: f64 = 0.001;

/// Standard errors that a gain must reach to count.
const DEVIATIONS: f64 = 4.0;

/// Withheld counts are foretold from what protection left, and again with the
/// scores besides. If scores are functions of protected counts, they add
/// nothing to a prediction that uses those counts as well as they do: see
/// [`Inputs`] for exposure, neighbours by the rule of the scores, counts of the
/// places that hold the unit, and what a withheld count is at each rate that
/// these tell.
///
/// Cells of H3 and villages, where everybody can compute who lies near whom. A
/// layer with noise is left to attack 4: its scores rest on noisy counts that
/// are withheld where small, and what these tell of a child ε bounds. Within
/// each layer, theme and period all quantities are at mean 0 and deviation 1, so
/// that a score, which is linear in its neighbourhood, is linear here too. The
/// regressions are fitted on one half and compared on the other.
pub(crate) struct Inversion;

impl Attack for Inversion {
    fn number(&self) -> u32 {
        12
    }

    fn name(&self) -> &'static str {
        "inversion of Gi*, empirical Bayes rates and scores to counts"
    }

    fn passes_when(&self) -> &'static str {
        "no better than the protected inputs"
    }

    fn control(&self) -> Control {
        // Scores on exact counts beside protected counts: what a product does
        // that scores before it protects.
        Control::Planted(|world| Ok(invert(world, &world.truth.steward)))
    }

    fn run(&self, world: &World) -> anyhow::Result<Outcome> {
        Ok(invert(world, &BTreeMap::new()))
    }
}

/// Rows of one kind of features with the counts to foretell.
#[derive(Default)]
struct Data {
    plain: Vec<Vec<f64>>,
    scored: Vec<Vec<f64>>,
    counts: Vec<f64>,
}

/// Inverts the scores of the releases, or those given in their place.
fn invert(world: &World, scores: &BTreeMap<BlockKey, Block>) -> Outcome {
    let mut data = Data::default();
    let mut near: BTreeMap<&str, Near> = BTreeMap::new();
    for release in world.releases() {
        for (key, block) in &release.blocks {
            let places = ["village", "h3_r5", "h3_r6"].contains(&key.0.as_str());
            let Some(exact) = world.truth.exact.get(key).filter(|_| places) else {
                continue;
            };
            if release.is_noisy(&key.0) {
                continue;
            }
            let near = near.entry(key.0.as_str());
            let near = near.or_insert_with(|| near_units(world, &key.0, block));
            let scores = scores.get(key).unwrap_or(block);
            let names = (key.0.as_str(), key.1.as_str(), key.2.as_str());
            let inputs = Inputs::new(world, names, block, release.k());
            gather(&inputs, (block, scores), exact, near, &mut data);
        }
    }
    let (plain, scored) = (
        errors(&data.plain, &data.counts),
        errors(&data.scored, &data.counts),
    );
    let gains: Vec<f64> = plain.iter().zip(&scored).map(|(a, b)| a - b).collect();
    let n = gains.len() as u64;
    let gain = mean(&gains) / mean(&plain).max(f64::MIN_POSITIVE);
    let average = mean(&gains);
    let spread = gains.iter().map(|g| (g - average).powi(2)).sum::<f64>();
    let error = (spread / gains.len().max(1) as f64 / gains.len().max(1) as f64).sqrt();
    let certain = average > DEVIATIONS * error;
    let measured = if certain {
        gain
    } else {
        gain.min(ALLOWED_GAIN)
    };
    Outcome::at_most(
        n,
        if certain && gain > ALLOWED_GAIN { n } else { 0 },
        measured,
        ALLOWED_GAIN,
        "share of the squared error that scores take away",
    )
    .note(format!(
        "{n} withheld cells: squared error {:.4} from protected counts, {:.4} with scores; gain \
         {gain:.4}, {:.1} standard errors",
        mean(&plain),
        mean(&scored),
        average / error.max(f64::MIN_POSITIVE)
    ))
}

/// The withheld cells of a block.
fn gather(
    inputs: &Inputs<'_>,
    (block, scores): (&Block, &Block),
    exact: &ExactBlock,
    near: &Near,
    data: &mut Data,
) {
    let (mut plain, mut scored, mut counts) = (Vec::new(), Vec::new(), Vec::new());
    for (unit, cell) in block.cells() {
        let Some(count) = exact
            .get(unit)
            .filter(|_| cell.number("exposure").is_some())
        else {
            continue;
        };
        if cell.is_shown() || cell.status() != "below_threshold" {
            continue;
        }
        let mut row = inputs.of(cell.at, near.get(unit));
        plain.push(row.clone());
        let scores = scores.cell(unit);
        let score = |name: &str| {
            scores
                .and_then(|cell| cell.number(name))
                .unwrap_or(f64::NAN)
        };
        row.extend(SCORES.map(score));
        scored.push(row);
        counts.push(vec![*count as f64]);
    }
    if counts.len() >= 30 {
        data.plain.extend(standardised(&plain));
        data.scored.extend(standardised(&scored));
        data.counts
            .extend(standardised(&counts).into_iter().flatten());
    }
}

/// Squared errors on each half of regressions fitted on the other.
fn errors(rows: &[Vec<f64>], targets: &[f64]) -> Vec<f64> {
    let mut errors = vec![0.0; rows.len()];
    for half in 0..2 {
        let of = |same: bool| (0..rows.len()).filter(move |row| (row % 2 == half) == same);
        let learn: Vec<Vec<f64>> = of(false).map(|row| rows[row].clone()).collect();
        let told: Vec<f64> = of(false).map(|row| targets[row]).collect();
        if learn.is_empty() {
            return Vec::new();
        }
        let fit = ridge(&learn, &told, 1.0);
        for row in of(true) {
            errors[row] = (foretell(&fit, &rows[row]) - targets[row]).powi(2);
        }
    }
    errors
}
