//! Why planners are told calendar years and no rolling twelve months: bands of
//! overlapping windows tell of single quarters.
//!
//! Not part of the product. What is found here is written to `DECISIONS.md`,
//! from which the decision follows.

use std::fmt::Write as _;

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

use super::linear_program::{LinearProgramSolver, MicroLp, Program};
use super::{Band, PLANNING_BANDS};

/// Quarters of a window.
const QUARTERS: usize = 4;

/// Threshold of planners, and fewest values that must stay possible.
const K: i64 = 5;

/// No upper end.
const OPEN: i64 = i64::MAX / 4;

/// The band that a window is told as; below the threshold it is 0–4, which a
/// reader knows of a withheld count.
fn band_of(count: i64) -> (i64, i64) {
    let band = Band::of(count as u64, &PLANNING_BANDS, K as u64);
    band.map_or((0, K - 1), |band| (band.low as i64, end(&band)))
}

fn end(band: &Band) -> i64 {
    band.high.map_or(OPEN, |high| high as i64)
}

/// All bands a window can have.
fn bands() -> impl Iterator<Item = (i64, i64)> {
    let shown = PLANNING_BANDS.iter().map(|b| (b.low as i64, end(b)));
    std::iter::once((0, K - 1)).chain(shown)
}

/// What a reader knows of the quarters of one place.
///
/// With P(i) the children of the first i quarters, every sum of successive
/// quarters is P(j) − P(i), and a band bounds one such difference. The tightest
/// bounds on all of them are shortest paths, exact in whole numbers
/// (difference constraints).
#[derive(Clone)]
struct Quarters {
    /// Greatest P(j) − P(i), at `[i][j]`.
    most: Vec<Vec<i64>>,
}

impl Quarters {
    /// Nothing is known but that no quarter is negative.
    fn new(quarters: usize) -> Self {
        let row = |i: usize| (0..=quarters).map(move |j| if j <= i { 0 } else { OPEN });
        Self {
            most: (0..=quarters).map(|i| row(i).collect()).collect(),
        }
    }

    /// Least and greatest sum of the quarters from the i-th up to the j-th.
    fn sum(&self, i: usize, j: usize) -> (i64, i64) {
        (-self.most[j][i], self.most[i][j])
    }

    /// Tells the band of the window that starts with a quarter. O(quarters²).
    fn tell(&mut self, first: usize, (low, high): (i64, i64)) {
        for (from, to, bound) in [
            (first, first + QUARTERS, high),
            (first + QUARTERS, first, -low),
        ] {
            if bound >= self.most[from][to] {
                continue;
            }
            let nodes = self.most.len();
            for i in 0..nodes {
                for j in 0..nodes {
                    let around = self.most[i][from] + bound + self.most[to][j];
                    if self.most[i][from] < OPEN && self.most[to][j] < OPEN {
                        self.most[i][j] = self.most[i][j].min(around);
                    }
                }
            }
        }
    }

    /// Whether the band of a window could be this.
    fn allows(&self, first: usize, (low, high): (i64, i64)) -> bool {
        let (least, most) = self.sum(first, first + QUARTERS);
        low <= most && least <= high
    }

    /// Sums of successive quarters, as bounds.
    fn sums(&self) -> impl Iterator<Item = (i64, i64)> {
        let nodes = self.most.len();
        (0..nodes).flat_map(move |i| (i + 1..nodes).map(move |j| self.sum(i, j)))
    }
}

/// Whether a sum is known to be 1 to k − 1.
fn is_small((low, high): (i64, i64)) -> bool {
    low >= 1 && high < K
}

/// Whether a sum is known to be small, or to fewer than five values.
fn is_exposed(bounds: (i64, i64)) -> bool {
    is_small(bounds) || bounds.1 - bounds.0 + 1 < K
}

/// Whether a window may be told whatever its band turns out to be. What is
/// not told then follows from what was told before, and tells nothing.
fn may_tell(known: &Quarters, first: usize) -> bool {
    bands()
        .filter(|band| known.allows(first, *band))
        .all(|band| {
            let mut then = known.clone();
            then.tell(first, band);
            !then.sums().any(is_exposed)
        })
}

fn uniform(random: &mut ChaCha20Rng) -> f64 {
    ((random.next_u64() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
}

/// A Poisson count, by waiting times.
fn poisson(mean: f64, random: &mut ChaCha20Rng) -> i64 {
    let (mut n, mut waited) = (0, -uniform(random).ln());
    while waited < mean {
        n += 1;
        waited -= uniform(random).ln();
    }
    n
}

/// Quarters of a place with so many children a year.
fn quarters(a_year: f64, number: usize, random: &mut ChaCha20Rng) -> Vec<i64> {
    let mean = a_year / QUARTERS as f64;
    (0..number).map(|_| poisson(mean, random)).collect()
}

fn window(quarters: &[i64], first: usize) -> i64 {
    quarters[first..first + QUARTERS].iter().sum()
}

/// Successive windows tried.
const WINDOWS: usize = 8;

/// Places simulated for each rate.
const PLACES: usize = 1_000;

/// Children a year of the places simulated.
const RATES: [f64; 7] = [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0];

/// What happens to places of one rate, in shares of them.
struct Found {
    /// By number of windows told: some sum is known to be 1 to 4.
    small: [f64; WINDOWS],
    /// The same or known to fewer than five values.
    exposed: [f64; WINDOWS],
    /// Windows that may be told, by their place in the row.
    told: [f64; WINDOWS],
}

fn simulate(a_year: f64) -> Found {
    let mut random = ChaCha20Rng::from_seed([19; 32]);
    let mut found = Found {
        small: [0.0; WINDOWS],
        exposed: [0.0; WINDOWS],
        told: [0.0; WINDOWS],
    };
    let share = 1.0 / PLACES as f64;
    for _ in 0..PLACES {
        let number = WINDOWS + QUARTERS - 1;
        let truth = quarters(a_year, number, &mut random);
        let (mut all, mut safe) = (Quarters::new(number), Quarters::new(number));
        for first in 0..WINDOWS {
            let band = band_of(window(&truth, first));
            all.tell(first, band);
            found.small[first] += share * f64::from(u8::from(all.sums().any(is_small)));
            found.exposed[first] += share * f64::from(u8::from(all.sums().any(is_exposed)));
            if may_tell(&safe, first) {
                safe.tell(first, band);
                found.told[first] += share;
            }
        }
    }
    found
}

#[test]
fn three_windows_in_bands_give_a_quarter_away() {
    let mut known = Quarters::new(6);
    for (first, band) in [(0, 4), (5, 9), (0, 4)].into_iter().enumerate() {
        known.tell(first, band);
    }
    // What made the middle window large is in neither of the others.
    assert!(known.sums().any(is_small));
    assert_eq!(
        known.sum(4, 5),
        (1, 4),
        "the last quarter of the middle window"
    );
}

#[test]
fn shortest_paths_find_what_trying_all_tables_finds() {
    let mut random = ChaCha20Rng::from_seed([3; 32]);
    for _ in 0..20 {
        let truth = quarters(6.0, 6, &mut random);
        let told: Vec<(i64, i64)> = (0..3).map(|w| band_of(window(&truth, w))).collect();
        if told.iter().any(|(_, high)| *high > 9) {
            continue;
        }
        let mut known = Quarters::new(6);
        for (first, band) in told.iter().enumerate() {
            known.tell(first, *band);
        }
        let mut found = vec![vec![(i64::MAX, i64::MIN); 7]; 7];
        for mut number in 0..10_i64.pow(6) {
            let mut table = [0; 6];
            for quarter in &mut table {
                *quarter = number % 10;
                number /= 10;
            }
            let agrees = |(first, (low, high)): (usize, &(i64, i64))| {
                (*low..=*high).contains(&window(&table, first))
            };
            if told.iter().enumerate().all(agrees) {
                for (i, row) in found.iter_mut().enumerate() {
                    let mut sum = 0;
                    for (quarter, bounds) in table.iter().zip(&mut row[1..]).skip(i) {
                        sum += quarter;
                        *bounds = (bounds.0.min(sum), bounds.1.max(sum));
                    }
                }
            }
        }
        for (i, row) in found.iter().enumerate() {
            for (j, bounds) in row.iter().enumerate().skip(i + 1) {
                assert_eq!(known.sum(i, j), *bounds, "{i} to {j} of {told:?}");
            }
        }
    }
}

#[test]
fn a_refusal_that_looks_at_the_count_tells_the_count() {
    // Told 0-4 and 5-9, only 0-4 would give the quarter away: whoever withholds
    // the third window for that has told that it is 0-4.
    let mut known = Quarters::new(6);
    known.tell(0, (0, 4));
    known.tell(1, (5, 9));
    let exposes = |band: &(i64, i64)| {
        let mut then = known.clone();
        then.tell(2, *band);
        known.allows(2, *band) && then.sums().any(is_small)
    };
    assert_eq!(bands().filter(exposes).collect::<Vec<_>>(), [(0, 4)]);
    assert!(!may_tell(&known, 2));
}

/// Villages of a block in the joint trial.
const VILLAGES: usize = 3;

/// Blocks in the joint trial.
const BLOCKS: usize = 60;

/// Share of blocks of which researchers see the exact years and planners
/// windows of each village, and in which both together put a sum of successive
/// quarters of a village within 1 to 4 or to fewer than five values. A window
/// starts every so many quarters and is told if the village by itself may
/// tell it. Blocks with years below 11 are left out.
fn joint_exposure(a_year: f64, every: usize) -> f64 {
    let mut random = ChaCha20Rng::from_seed([23; 32]);
    let number = 2 * QUARTERS;
    let windows = number - QUARTERS + 1;
    let (mut blocks, mut exposed) = (0, 0);
    while blocks < BLOCKS {
        let truth: Vec<Vec<i64>> = (0..VILLAGES)
            .map(|_| quarters(a_year, number, &mut random))
            .collect();
        let year = |year: usize| -> i64 {
            let of_year = truth.iter().map(|village| window(village, QUARTERS * year));
            of_year.sum()
        };
        if year(0) < 11 || year(1) < 11 {
            continue;
        }
        blocks += 1;
        let mut program = Program {
            variables: vec![(0.0, 0, OPEN); VILLAGES * number],
            ..Program::default()
        };
        let at = |village: usize, quarter: usize| village * number + quarter;
        for (village, quarters) in truth.iter().enumerate() {
            let mut known = Quarters::new(number);
            for first in (0..windows).step_by(every) {
                if may_tell(&known, first) {
                    let (low, high) = band_of(window(quarters, first));
                    known.tell(first, (low, high));
                    let band = program.variables.len();
                    program.variables.push((0.0, low, high));
                    let inside = first..first + QUARTERS;
                    let mut terms: Vec<(usize, f64)> =
                        inside.map(|quarter| (at(village, quarter), 1.0)).collect();
                    terms.push((band, -1.0));
                    program.equations.push((terms, 0));
                }
            }
        }
        for whole in 0..2 {
            let inside = QUARTERS * whole..QUARTERS * (whole + 1);
            let cells = (0..VILLAGES)
                .flat_map(|village| inside.clone().map(move |quarter| (village, quarter)));
            let terms = cells.map(|(village, quarter)| (at(village, quarter), 1.0));
            program.equations.push((terms.collect(), year(whole)));
        }
        let bound = |village: usize, from: usize, to: usize, direction: f64| {
            let mut program = program.clone();
            for quarter in from..to {
                program.variables[at(village, quarter)].0 = direction;
            }
            let solution = MicroLp.minimise(&program)?;
            let sum: f64 = (from..to)
                .map(|quarter| solution[at(village, quarter)])
                .sum();
            Some(sum)
        };
        let is_known = |village: usize, from: usize, to: usize| {
            let low = bound(village, from, to, 1.0).map_or(0, |low| (low - 1e-6).ceil() as i64);
            let high = bound(village, from, to, -1.0);
            is_exposed((low, high.map_or(OPEN, |high| (high + 1e-6).floor() as i64)))
        };
        let any = (0..VILLAGES).any(|village| {
            (0..number).any(|from| (from + 1..=number).any(|to| is_known(village, from, to)))
        });
        exposed += u32::from(any);
    }
    f64::from(exposed) / BLOCKS as f64
}

/// The table of `DECISIONS.md`.
fn table() -> String {
    let mut text = String::from(
        "| children a year | known to be 1–4 after 2, 3, 4, 8 windows | or to fewer than five \
         values | may be told of windows 2–8 |\n|--:|---|---|--:|\n",
    );
    for rate in RATES {
        let found = simulate(rate);
        let at = |shares: &[f64; WINDOWS]| {
            [2, 3, 4, 8]
                .map(|windows| format!("{:.0} %", 100.0 * shares[windows - 1]))
                .join(", ")
        };
        let told: f64 = found.told[1..].iter().sum::<f64>() / (WINDOWS - 1) as f64;
        let _ = writeln!(
            text,
            "| {rate} | {} | {} | {:.0} % |",
            at(&found.small),
            at(&found.exposed),
            100.0 * told
        );
    }
    text
}

/// The table of `DECISIONS.md` on villages and their block together.
fn joint() -> String {
    let mut text = String::from(
        "| children a year in each of three villages | windows every quarter | calendar years alone |\n\
         |--:|--:|--:|\n",
    );
    for rate in [4.0, 8.0] {
        let [windows, years] = [1, QUARTERS].map(|every| 100.0 * joint_exposure(rate, every));
        let _ = writeln!(text, "| {rate} | {windows:.0} % | {years:.0} % |");
    }
    text
}

#[test]
fn the_figures_of_the_decision_are_those_of_the_simulation() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/DECISIONS.md");
    let before = std::fs::read_to_string(path).unwrap();
    let mut after = before.clone();
    for (name, made) in [("rolling windows", table()), ("joint windows", joint())] {
        let (start, end) = (format!("<!-- {name} -->\n"), format!("<!-- end {name} -->"));
        let from = after.find(&start).unwrap() + start.len();
        let to = after.find(&end).unwrap();
        after.replace_range(from..to, &format!("\n{made}\n"));
    }
    if before != after {
        std::fs::write(path, after).unwrap();
        panic!("the figures of {path} were stale and are rewritten: commit them");
    }
}
