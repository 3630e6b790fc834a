//! Attacks on differences: a district, its blocks and their villages, and
//! every whole-number table that agrees with what is released of them.

use proptest::prelude::*;

use super::attacks::{Release, bands, planning};
use super::difference::Difference;
use super::joint::{Differences, protect_under};
use super::knowledge::{Knowledge, Shown};
use super::linear_program::{LinearProgramSolver, MicroLp, Program};
use super::*;
use crate::{Policy, Protected};

/// Blocks of the district, by the villages in them.
const BLOCKS: [&[usize]; 2] = [&[0, 1, 2], &[3, 4]];
const VILLAGES: usize = 5;
const DISTRICT: usize = VILLAGES + BLOCKS.len();

/// Greatest count of a village that is tried.
const MOST: u64 = 12;

/// Researchers see counts of blocks and districts from 11 on, planners see
/// bands of these and of villages from 5 on.
fn district_of(villages: [u64; VILLAGES]) -> Tables {
    let mut release = Release::default();
    let wide = Presentation::ExactOrBanded {
        exact: Thresholds {
            k: 11,
            ..Thresholds::of(&Policy::default().research)
        },
        bands: PLANNING_BANDS.to_vec(),
    };
    let [village, block, district] = [bands(), wide.clone(), wide].map(|how| release.table(how));
    let cells = release.cells(village, villages);
    let blocks = BLOCKS.map(|inside| {
        let count = inside.iter().map(|village| villages[*village]).sum();
        let block = release.cell(block, count);
        let inside: Vec<CellId> = inside.iter().map(|village| cells[*village]).collect();
        release.sum(block, &inside);
        block
    });
    let district = release.cell(district, villages.iter().sum());
    release.sum(district, &blocks);
    release.build()
}

/// What is shown of a cell, and the threshold of those who are shown it.
fn threshold(seen: &Protected) -> Option<u64> {
    match (seen.count(), seen.band()) {
        (Some(_), _) => Some(11),
        (None, Some(_)) => Some(5),
        (None, None) => None,
    }
}

/// The differences a reader can take: whole and cells taken off, all or some.
fn differences(protected: &[Protected]) -> Vec<(usize, Vec<usize>)> {
    let is_shown = |cell: &usize| threshold(&protected[*cell]).is_some();
    let mut all = Vec::new();
    let mut add = |whole: usize, parts: &[usize]| {
        for some in 1..1_usize << parts.len() {
            let parts = (0..parts.len())
                .filter(|at| some >> at & 1 == 1)
                .map(|at| parts[at]);
            all.push((whole, parts.collect()));
        }
    };
    let blocks: Vec<usize> = (VILLAGES..DISTRICT).filter(is_shown).collect();
    let villages: Vec<usize> = (0..VILLAGES).filter(is_shown).collect();
    let (mut deep, mut of_withheld) = (Vec::new(), Vec::new());
    for (block, inside) in (VILLAGES..).zip(BLOCKS) {
        let shown: Vec<usize> = inside.iter().copied().filter(is_shown).collect();
        add(block, &shown);
        if is_shown(&block) {
            deep.push(block);
        } else {
            of_withheld.extend(shown);
        }
    }
    deep.extend(of_withheld);
    for parts in [&blocks, &villages, &deep] {
        add(DISTRICT, parts);
    }
    all.retain(|(whole, _)| is_shown(whole));
    all
}

/// Calls with every table that agrees with what is released.
fn for_each_table(protected: &[Protected], mut call: impl FnMut(&[u64; DISTRICT + 1])) {
    let agrees = |cell: usize, value: u64| match (protected[cell].count(), protected[cell].band()) {
        (Some(count), _) => value == count,
        (None, Some(band)) => band.contains(value),
        (None, None) => true,
    };
    let possible: Vec<Vec<u64>> = (0..VILLAGES)
        .map(|village| (0..=MOST).filter(|n| agrees(village, *n)).collect())
        .collect();
    let tables: usize = possible.iter().map(Vec::len).product();
    for mut number in 0..tables {
        let mut table = [0u64; DISTRICT + 1];
        for (cell, possible) in table.iter_mut().zip(&possible) {
            *cell = possible[number % possible.len()];
            number /= possible.len();
        }
        for (block, inside) in (VILLAGES..).zip(BLOCKS) {
            table[block] = inside.iter().map(|village| table[*village]).sum();
        }
        table[DISTRICT] = table[VILLAGES..DISTRICT].iter().sum();
        if (VILLAGES..=DISTRICT).all(|cell| agrees(cell, table[cell])) {
            call(&table);
        }
    }
}

/// Differences that every table that agrees puts within 1 to k − 1.
fn small_differences(protected: &[Protected]) -> usize {
    let taken = differences(protected);
    let mut bounds = vec![(i64::MAX, i64::MIN); taken.len()];
    for_each_table(protected, |table| {
        for ((whole, parts), bounds) in taken.iter().zip(&mut bounds) {
            let of_parts: u64 = parts.iter().map(|part| table[*part]).sum();
            let value = table[*whole] as i64 - of_parts as i64;
            *bounds = (bounds.0.min(value), bounds.1.max(value));
        }
    });
    let is_small = |((whole, parts), (low, high)): &(&(usize, Vec<usize>), &(i64, i64))| {
        let cells = parts.iter().chain([whole]);
        let k = cells.filter_map(|cell| threshold(&protected[*cell])).max();
        *low >= 1 && *high < k.unwrap_or(0) as i64
    };
    taken.iter().zip(&bounds).filter(is_small).count()
}

fn released(tables: &Tables, rule: Differences) -> Vec<Protected> {
    protect_under(tables, &planning(), &MicroLp, rule)
        .unwrap()
        .0
}

#[test]
fn a_block_of_twelve_less_a_village_of_five_to_nine_is_a_small_number() {
    // 3 to 7 in two villages: five values, not within 1 to 4, but below 11.
    let tables = district_of([8, 2, 2, 12, 9]);
    let before = released(&tables, Differences::Ignored);
    assert_eq!(before[VILLAGES].count(), Some(12));
    assert!(before[0].band().is_some() && before[1].band().is_none());
    assert!(small_differences(&before) > 0);
    let after = released(&tables, Differences::Closed);
    assert_eq!(small_differences(&after), 0);
    // The block is still told, or the village; not neither.
    assert!(
        threshold(&after[VILLAGES])
            .or(threshold(&after[0]))
            .is_some()
    );
}

#[test]
fn a_district_less_the_villages_of_a_withheld_block_is_a_difference() {
    let tables = district_of([8, 2, 1, 12, 9]);
    let rules = planning();
    let mut known = Knowledge::new(&tables, &rules, &[false; DISTRICT + 1]);
    known.shown = vec![Shown::Withheld; DISTRICT + 1];
    known.shown[0] = Shown::Band(Band::closed(5, 9));
    known.shown[VILLAGES + 1] = Shown::Exact;
    known.shown[DISTRICT] = Shown::Exact;
    // The first block is withheld: 32 less 21 is 11, and less a village of 8
    // besides 3.
    let taken = Difference::of(&known, DISTRICT as u32);
    assert_eq!(taken.len(), 1);
    known.shown[0] = Shown::Withheld;
    assert_eq!(Difference::of(&known, DISTRICT as u32).len(), 0);
}

#[test]
fn what_is_taken_off_a_whole_that_is_no_sum_counts_too() {
    // 29 children, of whom one was seen in two blocks: 29 less 25 is 4.
    let mut release = Release::default();
    let table = release.table(Presentation::Exact);
    let [whole, shown, few, fewer] = release.cells(table, [29, 25, 3, 2]);
    let parts = [shown, few, fewer];
    let all = release.builder.atom(30).unwrap();
    let twice = release.builder.atom(1).unwrap();
    release.sum(all, &parts);
    release.sum(all, &[whole, twice]);
    release.builder.difference(whole, &parts).unwrap();
    let tables = release.build();
    let both = |rule| {
        let released = released(&tables, rule);
        released[0].count().is_some() && released[1].count().is_some()
    };
    assert!(both(Differences::Ignored));
    assert!(!both(Differences::Closed));
}

/// A solver that answers wrongly, or not at all.
struct Liar(Option<f64>);

impl LinearProgramSolver for Liar {
    fn minimise(&self, program: &Program) -> Option<Vec<f64>> {
        self.0.map(|value| vec![value; program.variables.len()])
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_difference_is_certainly_small_over_all_whole_number_tables(
        villages in prop::array::uniform5(0u64..10),
    ) {
        let after = released(&district_of(villages), Differences::Closed);
        prop_assert_eq!(small_differences(&after), 0);
    }

    #[test]
    fn a_solver_that_errs_leaves_no_small_difference(
        villages in prop::array::uniform5(0u64..10),
        answer in prop::option::of(0f64..9.0),
    ) {
        let tables = district_of(villages);
        let solver = Liar(answer);
        if let Ok((after, _, _)) =
            protect_under(&tables, &planning(), &solver, Differences::Closed)
        {
            prop_assert_eq!(small_differences(&after), 0);
        }
    }
}
