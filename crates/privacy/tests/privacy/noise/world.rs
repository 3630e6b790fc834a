//! A small world to attack: two layers of places and two of cells.

use safeground_privacy::ledger::{Charge, Ledger, LedgerError, Reservation};
use safeground_privacy::noise::{
    Allocation, ConsistentTable, ContributionBound, DrawContext, ExactTable, Hierarchy,
    HierarchyLayer, NoiseSeed, NoisyTable, ParentLayer, PreparedDraw, TableKey,
};

pub const DATASET: &str = "demo";
pub const YEAR: i32 = 2025;
pub const DISTRICTS: usize = 5;
pub const CELLS: usize = 10;

/// A seed that differs by run.
pub fn seed(run: u64) -> NoiseSeed {
    let mut bytes = [0x5a; 32];
    bytes[..8].copy_from_slice(&run.to_le_bytes());
    NoiseSeed::from_bytes(bytes).unwrap()
}

pub fn allocation() -> Allocation {
    let strata = [("district", "0.2"), ("h3_r5", "0.8")]
        .map(|(stratum, share)| (stratum.to_owned(), share.parse().unwrap()));
    Allocation::new(strata.into(), 1, ContributionBound::new(1).unwrap()).unwrap()
}

pub fn context(inputs: &str) -> DrawContext {
    DrawContext {
        dataset: DATASET.into(),
        inputs: inputs.into(),
        policy: "policy".into(),
    }
}

/// A ledger with a whole year's budget.
pub fn ledger() -> Ledger {
    let mut ledger = Ledger::default();
    let proposal = ledger.open(DATASET, YEAR, "1".parse().unwrap()).unwrap();
    ledger.accept(proposal).unwrap();
    ledger
}

/// Pays for a draw as the engine does.
pub fn pay(ledger: &mut Ledger, draw: &PreparedDraw) -> Result<Charge, LedgerError> {
    Ok(match draw.reserve(ledger)? {
        Reservation::New(proposal) => ledger.accept(proposal)?.unwrap(),
        Reservation::Paid(charge) => charge,
    })
}

/// Prepares, pays and draws, as a first release of version `v1`.
pub fn release(tables: Vec<ExactTable>, allocation: &Allocation, run: u64) -> Vec<NoisyTable> {
    let seed = seed(run);
    let prepared = PreparedDraw::new(tables, allocation, &context("v1"), &seed).unwrap();
    let charge = pay(&mut ledger(), &prepared).unwrap();
    prepared.draw(&seed, &charge).unwrap()
}

pub fn key(stratum: &str) -> TableKey {
    TableKey {
        stratum: stratum.into(),
        theme: "missing".into(),
        period: "2025".into(),
        year: YEAR,
    }
}

pub fn units(prefix: &str, n: usize) -> Vec<String> {
    (0..n).map(|i| format!("{prefix}:{i:06}")).collect()
}

pub fn table(stratum: &str, counts: &[u64]) -> ExactTable {
    let units = units(stratum, counts.len());
    ExactTable::new(key(stratum), units, counts.to_vec()).unwrap()
}

/// One release with a fresh seed.
pub fn noisy(run: u64, districts: &[u64], cells: &[u64]) -> Vec<NoisyTable> {
    release(both(districts, cells), &allocation(), run)
}

pub fn both(districts: &[u64], cells: &[u64]) -> Vec<ExactTable> {
    vec![table("district", districts), table("h3_r5", cells)]
}

/// A state over its districts, and a coarse cell over every five fine ones.
pub fn hierarchy(districts: usize, cells: usize) -> Hierarchy {
    let layer = |stratum: &str, n, parent| HierarchyLayer {
        stratum: stratum.into(),
        units: units(stratum, n),
        parent,
    };
    let below = |stratum: &str, of: Vec<usize>| {
        Some(ParentLayer {
            stratum: stratum.into(),
            of: of.into_iter().map(Some).collect(),
            exhaustive: true,
        })
    };
    Hierarchy::new(vec![
        layer("state", 1, None),
        layer("district", districts, below("state", vec![0; districts])),
        layer("h3_r4", cells.div_ceil(5), None),
        layer(
            "h3_r5",
            cells,
            below("h3_r4", (0..cells).map(|i| i / 5).collect()),
        ),
    ])
    .unwrap()
}

pub fn find<'a>(tables: &'a [ConsistentTable], stratum: &str) -> &'a ConsistentTable {
    tables.iter().find(|t| t.key.stratum == stratum).unwrap()
}

/// A generator for the tests' own coins and data (SplitMix64).
pub struct Coins(pub u64);

impl Coins {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn uniform(&mut self) -> f64 {
        ((self.next() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    pub fn normal(&mut self) -> f64 {
        (-2.0 * self.uniform().ln()).sqrt() * (std::f64::consts::TAU * self.uniform()).cos()
    }
}
