//! Attack 4: automated search for an attack on membership.

use crate::attack::{Attack, Control, Finding, Outcome};
use crate::chance::{accuracy_at, two_sigma};
use crate::regression::{foretell, logistic, standardised};
use crate::world::{Canary, Release, World, withstands_full_knowledge};

use super::complement::unit_of;
use super::remade;

/// Columns that are tried as they are.
const COLUMNS: [&str; 12] = [
    "count",
    "count_low",
    "count_high",
    "rate",
    "rate_low",
    "eb_rate",
    "eb_low",
    "gi_z",
    "gi_p",
    "score",
    "score_burden",
    "rank",
];

/// A search over everything that is released around each canary.
///
/// 1. For each single canary, each audience, layer and period that holds it,
///    every column is a feature; counts and rates, turned into counts, less
///    what the adversary knows: all others where noise protects, what the
///    exposure lets expect where thresholds do.
/// 2. On half of the canaries, whose coins the adversary is told, it learns the
///    best single sign and a logistic regression on all of them.
/// 3. Both guess the other half; then the halves change places.
///
/// And likewise over many small releases made again with one child in or out,
/// which must first give the child away where there is no noise.
pub(crate) struct Search;

impl Attack for Search {
    fn number(&self) -> u32 {
        4
    }

    fn name(&self) -> &'static str {
        "automated attack search on membership"
    }

    fn passes_when(&self) -> &'static str {
        "advantage at most (e^ε-1)/(e^ε+1) + 2σ at the ledger's ε"
    }

    fn control(&self) -> Control {
        Control::Unprotected
    }

    fn run(&self, world: &World) -> anyhow::Result<Outcome> {
        let releases = world.tries(1_000, 10_000);
        let without = remade::advantage(releases / 4, false)?;
        anyhow::ensure!(
            without.finding == Finding::Broken,
            "the search over releases made again finds nothing where there is no noise"
        );
        Ok(around_canaries(world).and(remade::advantage(releases, true)?))
    }
}

/// The search over one release.
fn around_canaries(world: &World) -> Outcome {
    let canaries: Vec<&Canary> = world.truth.singles().collect();
    let labels: Vec<bool> = canaries.iter().map(|canary| canary.present).collect();
    let mut names = Vec::new();
    let mut columns: Vec<Vec<f64>> = Vec::new();
    for release in world.releases() {
        for layer in release.layers() {
            collect(world, release, layer, &canaries, &mut names, &mut columns);
        }
    }
    // A column that is nearly always empty tells too little to be learned.
    let enough = canaries.len() / 20;
    let kept: Vec<usize> = (0..columns.len())
        .filter(|c| columns[*c].iter().filter(|x| x.is_finite()).count() > enough)
        .collect();
    let rows: Vec<Vec<f64>> = (0..canaries.len())
        .map(|row| kept.iter().map(|c| columns[*c][row]).collect())
        .collect();
    if rows.is_empty() || kept.is_empty() {
        return Outcome::none_allowed(0, 0, "advantage of the best guess");
    }
    let (signs, best) = by_best_sign(&rows, &labels);
    let learned = by_regression(&standardised(&rows), &labels);
    let epsilon = world.releases.get("public").map_or(1.0, Release::epsilon);
    let n = labels.len() as u64;
    let right = signs.max(learned);
    let advantage = 2.0 * right as f64 / n as f64 - 1.0;
    let allowed = 2.0 * accuracy_at(epsilon) - 1.0 + 2.0 * two_sigma(n);
    Outcome::at_most(n, right, advantage, allowed, "advantage of the best guess")
        .note(format!("{} features of {} canaries", kept.len(), n))
        .note(format!(
            "best single sign: {signs} of {n} right, by {} in the first half",
            names[kept[best]]
        ))
        .note(format!("logistic regression: {learned} of {n} right"))
}

/// The features of one layer.
fn collect(
    world: &World,
    release: &Release,
    layer: &str,
    canaries: &[&Canary],
    names: &mut Vec<String>,
    columns: &mut Vec<Vec<f64>>,
) {
    let full = withstands_full_knowledge(&release.audience, layer);
    for yearly in [true, false] {
        let mut features = vec![vec![f64::NAN; canaries.len()]; COLUMNS.len() + 3];
        for (row, canary) in canaries.iter().enumerate() {
            let period = if yearly {
                &canary.year
            } else {
                &canary.quarter
            };
            let Some(block) = release.block(layer, &canary.theme, period) else {
                continue;
            };
            let unit = match layer {
                "state" => block.units.first().cloned(),
                _ => unit_of(canary, layer),
            };
            let Some((unit, cell)) = unit.and_then(|unit| Some((unit.clone(), block.cell(&unit)?)))
            else {
                continue;
            };
            let exposure = cell.number("exposure");
            let others = if full {
                let key = (layer.to_owned(), canary.theme.clone(), period.clone());
                let base = world.truth.base(release.is_noisy(layer));
                base.get(&key)
                    .and_then(|block| block.get(&unit).copied())
                    .map(|exact| exact as f64 - f64::from(u8::from(canary.present)))
            } else {
                expected(block, exposure)
            };
            for (feature, column) in features.iter_mut().zip(COLUMNS) {
                let Some(value) = cell.number(column) else {
                    continue;
                };
                let value = match (column, others, exposure) {
                    ("count" | "count_low" | "count_high", Some(others), _) => value - others,
                    ("rate" | "rate_low" | "eb_rate" | "eb_low", Some(others), Some(n)) => {
                        value * n / 1e5 - others
                    }
                    _ => value,
                };
                feature[row] = value;
            }
            let extra = COLUMNS.len();
            features[extra][row] = f64::from(u8::from(cell.is_shown()));
            features[extra + 1][row] = f64::from(u8::from(cell.status() == "below_threshold"));
            features[extra + 2][row] = cell.number("neighbours").unwrap_or(f64::NAN);
        }
        let period = if yearly { "year" } else { "quarter" };
        let all = COLUMNS.into_iter().chain(["shown", "below", "neighbours"]);
        for (feature, column) in features.into_iter().zip(all) {
            names.push(format!("{} {layer} {period} {column}", release.audience));
            columns.push(feature);
        }
    }
}

/// What the exposure of a unit lets expect, from the visible counts of others.
fn expected(block: &crate::world::Block, exposure: Option<f64>) -> Option<f64> {
    let (mut children, mut among) = (0.0, 0.0);
    for (_, cell) in block.cells() {
        if let (Some(count), Some(n)) = (cell.count(), cell.number("exposure")) {
            children += count;
            among += n;
        }
    }
    (among > 0.0).then_some(exposure? * children / among)
}

/// Guesses right by the sign that was best on the other half, and its number.
fn by_best_sign(rows: &[Vec<f64>], labels: &[bool]) -> (u64, usize) {
    let mut right = 0;
    let mut first = None;
    for half in 0..2 {
        let learn: Vec<usize> = (0..rows.len()).filter(|row| row % 2 != half).collect();
        let (column, limit, above) = best_sign(rows, labels, &learn);
        first.get_or_insert(column);
        for row in (0..rows.len()).filter(|row| row % 2 == half) {
            let value = rows[row][column];
            // What is not given is guessed by the row's number, as by a coin.
            let guess = if value.is_finite() {
                (value > limit) == above
            } else {
                row % 4 < 2
            };
            right += u64::from(guess == labels[row]);
        }
    }
    (right, first.unwrap_or(0))
}

/// Column, limit and direction that tell most labels right. O(p n log n).
fn best_sign(rows: &[Vec<f64>], labels: &[bool], learn: &[usize]) -> (usize, f64, bool) {
    let mut best = (0, 0.0, true);
    let mut most = 0;
    let columns: Vec<usize> = (0..rows.first().map_or(0, Vec::len)).collect();
    for column in columns {
        let of = |row: &usize| (rows[*row][column], labels[*row]);
        let mut known: Vec<(f64, bool)> = learn
            .iter()
            .map(of)
            .filter(|(value, _)| value.is_finite())
            .collect();
        known.sort_by(|a, b| a.0.total_cmp(&b.0));
        let present = known.iter().filter(|(_, label)| *label).count();
        let mut absent_below = 0;
        let mut present_below = 0;
        for at in 0..known.len() {
            if known[at].1 {
                present_below += 1;
            } else {
                absent_below += 1;
            }
            if known.get(at + 1).is_some_and(|next| next.0 == known[at].0) {
                continue;
            }
            let limit = known
                .get(at + 1)
                .map_or(f64::MAX, |next| 0.5 * (known[at].0 + next.0));
            let above = absent_below + present - present_below;
            for (right, direction) in [(above, true), (known.len() - above, false)] {
                // Blind guesses where nothing is given are right half the time.
                let right = right + (learn.len() - known.len()) / 2;
                if right > most {
                    most = right;
                    best = (column, limit, direction);
                }
            }
        }
    }
    best
}

fn by_regression(rows: &[Vec<f64>], labels: &[bool]) -> u64 {
    let mut right = 0;
    for half in 0..2 {
        let of = |same: bool| (0..rows.len()).filter(move |row| (row % 2 == half) == same);
        let learn: Vec<Vec<f64>> = of(false).map(|row| rows[row].clone()).collect();
        let told: Vec<bool> = of(false).map(|row| labels[row]).collect();
        let coefficients = logistic(&learn, &told, 10.0);
        right += of(true)
            .filter(|row| (foretell(&coefficients, &rows[*row]) > 0.0) == labels[*row])
            .count() as u64;
    }
    right
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_that_tells_the_coin_is_found_among_many() {
        let labels: Vec<bool> = (0..200).map(|i| (i * 7919) % 13 < 6).collect();
        let rows: Vec<Vec<f64>> = labels
            .iter()
            .enumerate()
            .map(|(i, label)| {
                let noise = |k: usize| ((i * k) % 101) as f64;
                vec![noise(31), noise(57), f64::from(u8::from(*label)), noise(83)]
            })
            .collect();
        let (right, column) = by_best_sign(&rows, &labels);
        assert_eq!((right, column), (200, 2));
        assert!(by_regression(&standardised(&rows), &labels) >= 195);
    }
}
