//! The bound on contributions, from events to the sensitivity of every layer.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use safeground_privacy::noise::{Contribution, ContributionBound, event_cap, keep};

use super::world;

const THEMES: [&str; 3] = ["child_labour", "missing", "trafficking"];
const PERIODS: [&str; 4] = ["2025-Q1", "2025-Q2", "2025-Q3", "2025-Q4"];
/// Districts, two by two in a state.
const PLACES: [&str; 6] = ["a:1", "a:2", "b:1", "b:2", "c:1", "c:2"];
const EVENTS: [&str; 5] = ["e1", "e2", "e3", "e4", "e5"];

/// Child, theme, period, place and event of one row, by number.
type Row = (u8, usize, usize, usize, usize);

fn rows() -> impl Strategy<Value = Vec<Row>> {
    prop::collection::vec((0u8..8, 0usize..3, 0usize..4, 0usize..6, 0usize..5), 0..80)
}

/// Counts by unit, theme and period, of districts or of states.
type Counts = BTreeMap<(String, &'static str, &'static str), u64>;

fn contribution(row: &Row) -> Contribution<'static> {
    Contribution {
        theme: THEMES[row.1],
        period: PERIODS[row.2],
        place: PLACES[row.3],
        event: EVENTS[row.4],
    }
}

/// Counts as a release makes them: bounded by child, capped by event.
fn bounded(rows: &[Row], bound: u32, cap: u64, unit: fn(&str) -> &str) -> Counts {
    let (seed, bound) = (world::seed(1), ContributionBound::new(bound).unwrap());
    let children: BTreeSet<u8> = rows.iter().map(|row| row.0).collect();
    let mut by_event: BTreeMap<_, u64> = BTreeMap::new();
    for child in children {
        let own: Vec<_> = rows
            .iter()
            .filter(|row| row.0 == child)
            .map(contribution)
            .collect();
        for kept in keep(&seed.child(&child.to_string()), &own, bound) {
            let c = own[kept];
            *by_event
                .entry((unit(c.place), c.theme, c.period, c.event))
                .or_default() += 1;
        }
    }
    let mut counts = Counts::new();
    for ((unit, theme, period, _), children) in by_event {
        *counts.entry((unit.to_owned(), theme, period)).or_default() += children.min(cap);
    }
    counts
}

/// Counts of distinct children without any bound.
fn unbounded(rows: &[Row], unit: fn(&str) -> &str) -> Counts {
    let mut children: BTreeMap<_, BTreeSet<u8>> = BTreeMap::new();
    for row in rows {
        let c = contribution(row);
        let key = (unit(c.place).to_owned(), c.theme, c.period);
        children.entry(key).or_default().insert(row.0);
    }
    let count = |(key, set): (_, BTreeSet<u8>)| (key, set.len() as u64);
    children.into_iter().map(count).collect()
}

fn distance(a: &Counts, b: &Counts) -> u64 {
    let keys: BTreeSet<_> = a.keys().chain(b.keys()).collect();
    let at = |counts: &Counts, key| counts.get(key).copied().unwrap_or_default();
    keys.into_iter()
        .map(|key| at(a, key).abs_diff(at(b, key)))
        .sum()
}

fn district(place: &str) -> &str {
    place
}

fn state(place: &str) -> &str {
    &place[..1]
}

proptest! {
    #[test]
    fn removing_a_child_changes_every_layer_by_at_most_the_bound(
        rows in rows(), child in 0u8..8, bound in 1u32..4, cap in 1u64..4,
    ) {
        let without: Vec<Row> = rows.iter().filter(|row| row.0 != child).copied().collect();
        for unit in [district as fn(&str) -> &str, state] {
            let (with, without) = (
                bounded(&rows, bound, cap, unit),
                bounded(&without, bound, cap, unit),
            );
            prop_assert!(distance(&with, &without) <= u64::from(bound));
        }
    }

    #[test]
    fn a_state_is_the_sum_of_its_districts(rows in rows(), bound in 1u32..4) {
        let mut sums = Counts::new();
        for ((unit, theme, period), n) in bounded(&rows, bound, u64::MAX, district) {
            *sums.entry((state(&unit).to_owned(), theme, period)).or_default() += n;
        }
        prop_assert_eq!(sums, bounded(&rows, bound, u64::MAX, state));
    }

    #[test]
    fn two_events_never_bring_a_count_to_k(rows in rows()) {
        let cap = event_cap(4, 3);
        let two: Vec<Row> = rows.into_iter().map(|row| (row.0, 0, 0, 0, row.4 % 2)).collect();
        let counts = bounded(&two, 1, cap, district);
        prop_assert!(counts.values().all(|n| *n < 4));
    }
}

#[test]
fn without_the_bound_one_child_moves_many_counts() {
    let rows: Vec<Row> = (0..3)
        .flat_map(|theme| (0..4).map(move |period| (0, theme, period, period, 0)))
        .collect();
    assert_eq!(distance(&unbounded(&rows, district), &Counts::new()), 12);
    assert_eq!(
        distance(&bounded(&rows, 2, u64::MAX, district), &Counts::new()),
        2
    );
    // Nor do distinct children add up: one child in two districts is one in
    // the state.
    let moved = [(0, 0, 0, 0, 0), (0, 0, 0, 1, 1)];
    assert_eq!(unbounded(&moved, district).values().sum::<u64>(), 2);
    assert_eq!(unbounded(&moved, state).values().sum::<u64>(), 1);
}

#[test]
fn without_the_cap_one_raid_makes_a_place_visible() {
    let raid: Vec<Row> = (0..40).map(|child| (child, 0, 0, 0, 0)).collect();
    let visible = |counts: Counts| counts.values().any(|n| *n >= 11);
    assert!(visible(bounded(&raid, 1, u64::MAX, district)));
    assert!(!visible(bounded(&raid, 1, event_cap(11, 3), district)));
}
