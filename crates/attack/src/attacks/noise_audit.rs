//! Attack 17: the noise on neighbouring inputs.

use safeground_privacy::ledger::{Ledger, Reservation};
use safeground_privacy::noise::{
    Allocation, ContributionBound, DrawContext, Epsilon, ExactTable, NoiseSeed, PreparedDraw,
    TableKey,
};
use statrs::distribution::{ChiSquared, ContinuousCDF as _};

use crate::attack::{Attack, Control, Outcome};
use crate::chance::{share_at_least, share_at_most};
use crate::world::World;

/// One-sided level of each end of an interval; both hold with 99.9 %.
const ALPHA: f64 = 0.0005;

/// Level below which a distribution does not fit.
const FIT: f64 = 1e-4;

/// The mechanism is run on two inputs that differ by one child, once for each
/// unit of a long table, and the event that tells them best apart gives a lower
/// bound on the ε that is really spent (Jagielski, Ullman and Oprea 2020). The
/// distribution of the noise is held against the discrete Laplace law.
pub(crate) struct NoiseAudit;

impl Attack for NoiseAudit {
    fn number(&self) -> u32 {
        17
    }

    fn name(&self) -> &'static str {
        "audit of the noise on neighbouring inputs"
    }

    fn passes_when(&self) -> &'static str {
        "lower bound on ε at most the ε claimed; the distribution fits"
    }

    fn control(&self) -> Control {
        // A child that is counted twice where the bound says once.
        Control::Planted(|world| audit(runs(world), 2))
    }

    fn run(&self, world: &World) -> anyhow::Result<Outcome> {
        Ok(audit(runs(world), 1)?.and(fit(runs(world))?))
    }
}

fn runs(world: &World) -> usize {
    world.tries(20_000, 100_000)
}

/// Counts with noise: one release of a district and a cell for each run.
pub(super) struct Noisy {
    pub(super) district: Vec<i64>,
    pub(super) cell: Vec<i64>,
}

/// Draws one release a run, of these counts, from the seed of a number.
pub(super) fn draw(counts: &[u64], seed: u64) -> anyhow::Result<Noisy> {
    let allocation = Allocation::public(1, ContributionBound::new(1)?)?;
    let mut bytes = [0x3c; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let seed = NoiseSeed::from_bytes(bytes)?;
    let table = |stratum: &str| {
        let key = TableKey {
            stratum: stratum.into(),
            theme: "missing".into(),
            period: "2024".into(),
            year: 2024,
        };
        let units = (0..counts.len()).map(|unit| format!("{unit:07}")).collect();
        ExactTable::new(key, units, counts.to_vec())
    };
    let context = DrawContext {
        dataset: "audit".into(),
        inputs: "none".into(),
        policy: "default".into(),
    };
    let tables = vec![table("district")?, table("h3_r5")?];
    let prepared = PreparedDraw::new(tables, &allocation, &context, &seed)?;
    let mut ledger = Ledger::default();
    let opened = ledger.open("audit", 2024, Epsilon::ONE)?;
    ledger.accept(opened)?;
    let charge = match prepared.reserve(&ledger)? {
        Reservation::New(proposal) => ledger.accept(proposal)?,
        Reservation::Paid(charge) => Some(charge),
    };
    let charge = charge.ok_or_else(|| anyhow::anyhow!("a reservation gave no charge"))?;
    let mut noisy = prepared.draw(&seed, &charge)?.into_iter();
    let mut next = || {
        noisy
            .next()
            .map(|table| table.values().to_vec())
            .unwrap_or_default()
    };
    Ok(Noisy {
        district: next(),
        cell: next(),
    })
}

fn audit(runs: usize, child: u64) -> anyhow::Result<Outcome> {
    let with = draw(&vec![40 + child; runs], 1)?;
    let without = draw(&vec![40; runs], 2)?;
    let n = runs as u64;
    let hits = |of: &Noisy, a: i64, b: i64| {
        of.district
            .iter()
            .zip(&of.cell)
            .filter(|(x, y)| **x >= a && **y >= b)
            .count() as u64
    };
    let mut bound = f64::NEG_INFINITY;
    for a in 38..=44 {
        for b in 38..=44 {
            let low = share_at_least(hits(&with, a, b), n, ALPHA);
            let high = share_at_most(hits(&without, a, b), n, ALPHA);
            bound = bound.max((low / high).ln());
        }
    }
    let allocation = Allocation::public(1, ContributionBound::new(1)?)?;
    let claimed = allocation.epsilon_of_draw().millionths() as f64 / 1e6;
    let found = u64::from(bound > claimed);
    Ok(
        Outcome::at_most(n, found, bound, claimed, "lower bound on ε").note(format!(
            "{n} runs on each of two inputs: ε is at least {bound:.3}"
        )),
    )
}

/// Whether the noise of a district follows the discrete Laplace law of scale 5.
fn fit(runs: usize) -> anyhow::Result<Outcome> {
    const SCALE: f64 = 5.0;
    const TAIL: i64 = 25;
    let noisy = draw(&vec![40; runs], 3)?;
    let q = (-1.0 / SCALE).exp();
    let mass = |x: i64| (1.0 - q) / (1.0 + q) * q.powi(x.unsigned_abs() as i32);
    let mut square = 0.0;
    let mut cells = 0;
    for x in -TAIL..=TAIL {
        let of_noise = noisy.district.iter().map(|count| *count - 40);
        let seen = of_noise
            .filter(|noise| (*noise).clamp(-TAIL, TAIL) == x)
            .count();
        let tail = x.abs() == TAIL;
        let expected = runs as f64 * if tail { mass(x) / (1.0 - q) } else { mass(x) };
        square += (seen as f64 - expected).powi(2) / expected;
        cells += 1;
    }
    let p = 1.0 - ChiSquared::new(f64::from(cells - 1))?.cdf(square);
    let found = u64::from(p < FIT);
    Ok(Outcome::at_most(
        runs as u64,
        found,
        FIT - p,
        0.0,
        "misfit of the noise (level - p)",
    )
    .note(format!("distribution of {runs} draws: p = {p:.4}")))
}
