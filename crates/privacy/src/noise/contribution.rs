//! Bounding what one child can add, before anything is counted.

use super::NoiseError;
use super::seed::keyed_hash;

/// The most (theme, period) pairs one child may be counted under in one draw,
/// of the periods of one year.
///
/// This is the L1 sensitivity of every stratum: each kept contribution adds at
/// most one to one unit of each layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ContributionBound(u32);

impl ContributionBound {
    /// A bound between 1 and 1000.
    ///
    /// # Errors
    /// [`NoiseError::Bound`] outside that range.
    pub fn new(most: u32) -> Result<Self, NoiseError> {
        if !(1..=1000).contains(&most) {
            return Err(NoiseError::Bound(most));
        }
        Ok(Self(most))
    }

    /// The bound.
    #[must_use]
    pub fn get(self) -> u32 {
        self.0
    }
}

/// Where one event would count one child.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Contribution<'a> {
    /// Theme.
    pub theme: &'a str,
    /// Period, as the release names it.
    pub period: &'a str,
    /// Finest place or cell known; it decides the unit in every layer.
    pub place: &'a str,
    /// Event.
    pub event: &'a str,
}

/// Which contributions of ONE child count, as positions in ascending order.
///
/// `child` is [`super::NoiseSeed::child`] of the child's pseudonym, so that
/// nobody outside can tell which contributions were kept.
/// 1. Every contribution gets a rank: HMAC-SHA-256 under `child` of its names.
/// 2. Of each (theme, period) the one of lowest rank stays: a child is counted
///    in one place only, so layers add up: a state's count is the sum of its
///    districts'.
/// 3. Of these the `bound` of lowest rank stay.
///
/// The choice depends on this child's own contributions and on nothing else,
/// neither on other children nor on the order of rows; so adding or removing
/// a child changes every layer by at most `bound` in L1. It must run over ALL
/// contributions of the child in one year that a draw covers: of a quarter if
/// each quarter is drawn for itself, of the year if the year is. O(n log n).
#[must_use]
pub fn keep(
    child: &[u8; 32],
    contributions: &[Contribution<'_>],
    bound: ContributionBound,
) -> Vec<usize> {
    let mut ranked: Vec<([u8; 32], usize)> = contributions
        .iter()
        .enumerate()
        .map(|(position, c)| {
            let names = [c.theme, c.period, c.place, c.event].map(str::as_bytes);
            (keyed_hash(child, &names), position)
        })
        .collect();
    ranked.sort_unstable();
    let mut pairs = std::collections::BTreeSet::new();
    let mut kept: Vec<usize> = ranked
        .into_iter()
        .map(|(_, position)| position)
        .filter(|position| {
            let c = &contributions[*position];
            pairs.insert((c.theme, c.period))
        })
        .take(bound.0 as usize)
        .collect();
    kept.sort_unstable();
    kept
}

/// The most children of one event that a unit's count may hold, so that fewer
/// than `min_events` events cannot bring an exact count to `k`.
///
/// The count of a unit is then Σ over its events of min(children, cap). Each
/// kept contribution belongs to one event, so removing a child still changes
/// the sum by at most one per contribution: the sensitivity stays. A rule on
/// the exact number of events would not: it would switch a count on and off,
/// which no noise covers. Never below one.
///
/// Capped by event and finest place, before places are summed, layers still
/// add up; capped by event in each layer anew, an event that spans districts
/// would count less in the state than in its districts.
#[must_use]
pub fn event_cap(k: u64, min_events: u64) -> u64 {
    let fewer = min_events.saturating_sub(1);
    if fewer == 0 {
        return u64::MAX;
    }
    (k.saturating_sub(1) / fewer).max(1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const THEMES: [&str; 3] = ["trafficking", "child_labour", "missing"];
    const PERIODS: [&str; 2] = ["2025-Q1", "2025-Q2"];
    const PLACES: [&str; 4] = ["d:1", "d:2", "d:3", "d:4"];

    fn any_contributions() -> impl Strategy<Value = Vec<Contribution<'static>>> {
        prop::collection::vec((0usize..3, 0usize..2, 0usize..4), 0..12).prop_map(|all| {
            all.into_iter()
                .map(|(theme, period, place)| Contribution {
                    theme: THEMES[theme],
                    period: PERIODS[period],
                    place: PLACES[place],
                    event: "e",
                })
                .collect()
        })
    }

    proptest! {
        #[test]
        fn a_child_counts_at_most_as_often_as_the_bound_says(
            all in any_contributions(), most in 1u32..5, child in any::<[u8; 32]>(),
        ) {
            let kept = keep(&child, &all, ContributionBound::new(most).unwrap());
            prop_assert!(kept.len() <= most as usize);
            let mut pairs: Vec<_> = kept.iter().map(|i| (all[*i].theme, all[*i].period)).collect();
            pairs.sort_unstable();
            pairs.dedup();
            prop_assert_eq!(pairs.len(), kept.len());
            prop_assert_eq!(kept.is_empty(), all.is_empty());
        }

        #[test]
        fn the_order_of_rows_does_not_matter(
            all in any_contributions(), child in any::<[u8; 32]>(),
        ) {
            let bound = ContributionBound::new(2).unwrap();
            let pick = |list: &[Contribution<'static>]| {
                let mut kept: Vec<_> = keep(&child, list, bound).into_iter().map(|i| list[i]).collect();
                kept.sort_unstable();
                kept
            };
            let reversed: Vec<_> = all.iter().rev().copied().collect();
            prop_assert_eq!(pick(&all), pick(&reversed));
        }
    }

    #[test]
    fn the_choice_among_places_is_even() {
        let all = PLACES.map(|place| Contribution {
            theme: "missing",
            period: "2025",
            place,
            event: "e",
        });
        let bound = ContributionBound::new(1).unwrap();
        let mut seen = [0_u32; 4];
        for child in 0..4000_u32 {
            let mut key = [0; 32];
            key[..4].copy_from_slice(&child.to_le_bytes());
            seen[keep(&key, &all, bound)[0]] += 1;
        }
        assert!(seen.iter().all(|n| (850..1150).contains(n)), "{seen:?}");
    }

    #[test]
    fn two_capped_events_stay_below_k() {
        assert_eq!(event_cap(11, 3), 5);
        assert!(2 * event_cap(11, 3) < 11);
        assert_eq!(event_cap(11, 1), u64::MAX);
        assert_eq!(event_cap(1, 3), 1);
    }
}
