//! Small releases, made again and again with one child in or out.
//!
//! The second half of attack 4: where a real release is one draw, here the
//! adversary learns from thousands of them what gives a child away.

use safeground_privacy::ledger::{Ledger, Reservation};
use safeground_privacy::noise::{
    Allocation, ContributionBound, DrawContext, Epsilon, ExactTable, Hierarchy, HierarchyLayer,
    NoiseSeed, ParentLayer, PreparedDraw, TableKey, UnitContext, publish,
};
use safeground_privacy::{Audience, Policy};

use crate::attack::Outcome;
use crate::chance::{Coins, accuracy_at, two_sigma};
use crate::regression::{foretell, logistic, standardised};

const DATASET: &str = "remade";
const YEAR: i32 = 2024;

/// The others, whom the adversary knows: by district and by cell.
const IN_DISTRICTS: [u64; 4] = [52, 31, 18, 77];
const IN_CELLS: [u64; 8] = [20, 32, 11, 20, 9, 9, 37, 40];

/// Where the child lives, if it is there.
const DISTRICT: usize = 2;
const CELL: usize = 5;

/// Advantage of a classifier that learned from one half of so many releases, on
/// the other half. `noise` off is the same without protection.
pub(crate) fn advantage(releases: usize, noise: bool) -> anyhow::Result<Outcome> {
    let mut coins = Coins::new(404);
    let maker = Maker::new()?;
    let (mut rows, mut labels) = (Vec::new(), Vec::new());
    for number in 0..releases {
        let present = coins.flip();
        rows.push(maker.release(number as u64, present, noise)?);
        labels.push(present);
    }
    let rows = standardised(&rows);
    let mut right = 0;
    for half in 0..2 {
        let of = |same: bool| (0..rows.len()).filter(move |row| (row % 2 == half) == same);
        let learn: Vec<Vec<f64>> = of(false).map(|row| rows[row].clone()).collect();
        let told: Vec<bool> = of(false).map(|row| labels[row]).collect();
        let fit = logistic(&learn, &told, 1.0);
        right += of(true)
            .filter(|row| (foretell(&fit, &rows[*row]) > 0.0) == labels[*row])
            .count() as u64;
    }
    let epsilon = maker.allocation.epsilon_of_draw().millionths() as f64 / 1e6;
    let n = releases as u64;
    let advantage = 2.0 * right as f64 / n.max(1) as f64 - 1.0;
    let allowed = 2.0 * accuracy_at(epsilon) - 1.0 + 2.0 * two_sigma(n);
    Ok(
        Outcome::at_most(n, right, advantage, allowed, "advantage of the best guess").note(
            format!("{n} releases made again, one child in or out: advantage {advantage:.3}"),
        ),
    )
}

struct Maker {
    allocation: Allocation,
    hierarchy: Hierarchy,
    policy: Policy,
}

impl Maker {
    fn new() -> anyhow::Result<Self> {
        let layer = |stratum: &str, n: usize, parent: Option<(&str, Vec<usize>)>| HierarchyLayer {
            stratum: stratum.into(),
            units: units(n),
            parent: parent.map(|(wide, of)| ParentLayer {
                stratum: wide.into(),
                of: of.into_iter().map(Some).collect(),
                exhaustive: true,
            }),
        };
        let (districts, cells) = (IN_DISTRICTS.len(), IN_CELLS.len());
        Ok(Self {
            allocation: Allocation::public(1, ContributionBound::new(1)?)?,
            hierarchy: Hierarchy::new(vec![
                layer("state", 1, None),
                layer("district", districts, Some(("state", vec![0; districts]))),
                layer("h3_r4", cells / 4, None),
                layer(
                    "h3_r5",
                    cells,
                    Some(("h3_r4", (0..cells).map(|cell| cell / 4).collect())),
                ),
            ])?,
            policy: Policy::default(),
        })
    }

    /// Everything that one release publishes, and what its scores are made
    /// from.
    fn release(&self, number: u64, present: bool, noise: bool) -> anyhow::Result<Vec<f64>> {
        let (mut districts, mut cells) = (IN_DISTRICTS, IN_CELLS);
        districts[DISTRICT] += u64::from(present);
        cells[CELL] += u64::from(present);
        if !noise {
            return Ok(districts
                .iter()
                .chain(&cells)
                .map(|count| *count as f64)
                .collect());
        }
        let table = |stratum: &str, counts: &[u64]| {
            let key = TableKey {
                stratum: stratum.into(),
                theme: "missing".into(),
                period: YEAR.to_string(),
                year: YEAR,
            };
            ExactTable::new(key, units(counts.len()), counts.to_vec())
        };
        let context = DrawContext {
            dataset: DATASET.into(),
            inputs: number.to_string(),
            policy: "default".into(),
        };
        let mut bytes = [0x77; 32];
        bytes[..8].copy_from_slice(&number.to_le_bytes());
        let seed = NoiseSeed::from_bytes(bytes)?;
        let tables = vec![table("district", &districts)?, table("h3_r5", &cells)?];
        let prepared = PreparedDraw::new(tables, &self.allocation, &context, &seed)?;
        let mut ledger = Ledger::default();
        let opened = ledger.open(DATASET, YEAR, Epsilon::ONE)?;
        ledger.accept(opened)?;
        let Reservation::New(proposal) = prepared.reserve(&ledger)? else {
            anyhow::bail!("a new draw was taken for paid");
        };
        let charge = ledger.accept(proposal)?;
        let charge = charge.ok_or_else(|| anyhow::anyhow!("a reservation gave no charge"))?;
        let noisy = prepared.draw(&seed, &charge)?;
        let mut features = Vec::new();
        for table in self.hierarchy.reconcile(noisy)? {
            let unit = UnitContext {
                observed: true,
                exposure: Some(1e4),
                inhabited: true,
            };
            let context = vec![unit; table.units.len()];
            let (counts, _) = publish(&table, &context, self.policy.audience(Audience::Public))?;
            for count in counts {
                features.push(
                    count
                        .protected
                        .count()
                        .map_or(f64::NAN, |count| count as f64),
                );
                features.push(count.for_scoring().map_or(f64::NAN, |best| best.value));
            }
        }
        Ok(features)
    }
}

fn units(n: usize) -> Vec<String> {
    (0..n).map(|unit| format!("{unit:03}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::Finding;

    #[test]
    fn releases_without_noise_give_the_child_away_and_with_noise_do_not() {
        assert_eq!(advantage(400, false).unwrap().finding, Finding::Broken);
        let held = advantage(400, true).unwrap();
        assert_eq!(held.finding, Finding::Held, "{held:?}");
    }
}
