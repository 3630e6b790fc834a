//! Merging of places with too few people.

use std::collections::BTreeMap;

/// A unit after merging: one or more of the places given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergedUnit {
    /// Indices of the places merged, ascending; one where nothing was merged.
    pub members: Vec<usize>,
    /// Population of them all; places of unknown population count as empty.
    pub population: u64,
    /// Whether even all of them are below the floor, so that the unit is to
    /// be shown at its parent alone.
    pub only_at_parent: bool,
}

/// Merges places below a population floor with siblings of the same parent.
///
/// Place `i` has population `places[i].1`, unknown if `None`, and lies in
/// parent `places[i].0`. Within each parent:
/// 1. places at or above the floor stand alone;
/// 2. the others are gathered in the order given until a group reaches the
///    floor;
/// 3. a last group that does not reach it joins the least populous unit of
///    the parent that does (the first of equals);
/// 4. where there is none, it is to be shown at the parent alone.
///
/// The grouping rests on population alone, never on counts, so it tells
/// nothing about them and is the same in every period. A place of unknown
/// population is taken to be below the floor. O(n log n); units are sorted by
/// their first member.
#[must_use]
pub fn merge_upward(places: &[(u64, Option<u64>)], floor: u64) -> Vec<MergedUnit> {
    let mut by_parent: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    for (place, (parent, _)) in places.iter().enumerate() {
        by_parent.entry(*parent).or_default().push(place);
    }
    let mut merged: Vec<MergedUnit> = by_parent
        .into_values()
        .flat_map(|members| merge_siblings(&members, places, floor))
        .collect();
    merged.sort_by_key(|unit| unit.members[0]);
    merged
}

fn merge_siblings(members: &[usize], places: &[(u64, Option<u64>)], floor: u64) -> Vec<MergedUnit> {
    let unit = |members: Vec<usize>, population| MergedUnit {
        members,
        population,
        only_at_parent: false,
    };
    let mut done = Vec::new();
    let mut open = unit(Vec::new(), 0);
    for place in members {
        let population = places[*place].1.unwrap_or(0);
        if places[*place].1.is_some() && population >= floor {
            done.push(unit(vec![*place], population));
            continue;
        }
        open.members.push(*place);
        open.population += population;
        if open.population >= floor {
            done.push(std::mem::replace(&mut open, unit(Vec::new(), 0)));
        }
    }
    if open.members.is_empty() {
        return done;
    }
    let least = done.iter_mut().min_by_key(|unit| unit.population);
    match least {
        Some(least) => {
            least.members.append(&mut open.members);
            least.members.sort_unstable();
            least.population += open.population;
        }
        None => {
            open.only_at_parent = true;
            done.push(open);
        }
    }
    done
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn small_villages_join_siblings_of_the_same_block_only() {
        let places = [
            (1, Some(400)),
            (1, Some(5_000)),
            (1, Some(700)),
            (1, Some(100)),
            (2, Some(900)),
            (2, None),
        ];
        let merged = merge_upward(&places, 1_000);
        let members: Vec<_> = merged.iter().map(|u| u.members.clone()).collect();
        assert_eq!(members, [vec![0, 2, 3], vec![1], vec![4, 5]]);
        assert!(merged[2].only_at_parent, "block 2 has 900 people in all");
    }

    proptest! {
        #[test]
        fn every_place_is_in_one_unit_and_every_shown_unit_reaches_the_floor(
            places in prop::collection::vec((0u64..4, prop::option::of(0u64..3_000)), 0..40),
        ) {
            let merged = merge_upward(&places, 1_000);
            let mut seen: Vec<usize> = merged.iter().flat_map(|u| u.members.clone()).collect();
            seen.sort_unstable();
            prop_assert_eq!(seen, (0..places.len()).collect::<Vec<_>>());
            for unit in merged {
                prop_assert_eq!(unit.only_at_parent, unit.population < 1_000);
                let parent = places[unit.members[0]].0;
                prop_assert!(unit.members.iter().all(|m| places[*m].0 == parent));
            }
        }
    }
}
