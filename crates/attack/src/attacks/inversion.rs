//! Attack 12: from scores back to counts.

use std::collections::BTreeMap;

use crate::attack::{Attack, Control, Outcome};
use crate::chance::mean;
use crate::regression::{foretell, ridge, standardised};
use crate::world::{Block, BlockKey, ExactBlock, Release, World};

/// Scores that an adversary would invert.
const SCORES: [&str; 6] = ["gi_z", "gi_p", "score", "score_burden", "rank", "eb_rate"];

/// Share of the squared error that scores may take away by chance.
const ALLOWED_GAIN: f64 = 0.01;

/// Villages around a village that say what its surroundings are.
const NEAREST: usize = 6;

/// Rings of fine cells in which they are looked for.
const RINGS: [u32; 3] = [4, 8, 12];

/// Standard errors that a gain must reach to count.
const DEVIATIONS: f64 = 4.0;

/// Withheld counts are foretold from what protection left (exposure, and the
/// visible counts of the unit and around it), and again with the scores
/// besides. If scores are functions of protected counts, they add nothing.
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
            gather(release, (block, scores), exact, near, &mut data);
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
    release: &Release,
    (block, scores): (&Block, &Block),
    exact: &ExactBlock,
    near: &Near,
    data: &mut Data,
) {
    let (mut plain, mut scored, mut counts) = (Vec::new(), Vec::new(), Vec::new());
    for (unit, cell) in block.cells() {
        let (Some(exposure), Some(count)) = (cell.number("exposure"), exact.get(unit)) else {
            continue;
        };
        if cell.is_shown() || cell.status() != "below_threshold" {
            continue;
        }
        let around = Around::of(block, near.get(unit), release.k());
        let mut row = vec![
            exposure.ln_1p(),
            exposure,
            around.visible,
            around.shown,
            around.neighbours,
            around.exposure,
            around.rate,
            around.expected,
        ];
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

/// Units near each unit.
type Near = BTreeMap<String, Vec<String>>;

/// Of a cell its ring; of a village those in the fine cells around it, out to
/// where there are some.
fn near_units(world: &World, layer: &str, block: &Block) -> Near {
    let cell = |text: &str| text.parse::<h3o::CellIndex>().ok();
    if layer != "village" {
        let ring = |unit: &String| {
            let near = cell(unit)?.grid_disk::<Vec<_>>(1);
            Some((unit.clone(), near.iter().map(ToString::to_string).collect()))
        };
        return block.units.iter().filter_map(ring).collect();
    }
    let mut at: BTreeMap<h3o::CellIndex, Vec<&str>> = BTreeMap::new();
    for village in &world.geography.villages {
        if let Some(cell) = cell(&village.h3) {
            at.entry(cell).or_default().push(&village.id);
        }
    }
    let near = |village: &crate::world::Village| {
        let centre = cell(&village.h3)?;
        RINGS.into_iter().find_map(|rings| {
            let around = centre.grid_disk::<Vec<_>>(rings);
            let found = around.iter().filter_map(|cell| at.get(cell)).flatten();
            let found: Vec<String> = found.map(|id| (*id).to_owned()).collect();
            (found.len() >= NEAREST).then(|| (village.id.clone(), found))
        })
    };
    world.geography.villages.iter().filter_map(near).collect()
}

/// What is visible next to a cell.
struct Around {
    visible: f64,
    shown: f64,
    neighbours: f64,
    exposure: f64,
    rate: f64,
    expected: f64,
}

impl Around {
    fn of(block: &Block, near: Option<&Vec<String>>, k: u64) -> Self {
        let mut around = Self {
            visible: 0.0,
            shown: 0.0,
            neighbours: 0.0,
            exposure: 0.0,
            rate: 0.0,
            expected: 0.0,
        };
        for near in near.into_iter().flatten() {
            let Some(near) = block.cell(near) else {
                continue;
            };
            around.neighbours += 1.0;
            let exposure = near.number("exposure").unwrap_or(0.0);
            around.exposure += exposure;
            if near.is_shown() {
                let (low, high) = near.interval();
                let count = if high.is_finite() {
                    0.5 * (low + high)
                } else {
                    low
                };
                around.visible += count;
                around.shown += 1.0;
                around.rate += count / exposure.max(1.0);
            } else {
                // What a withheld neighbour is at most: the rest is k and
                // exposure.
                around.expected += (k as f64) / exposure.max(1.0);
            }
        }
        around
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
