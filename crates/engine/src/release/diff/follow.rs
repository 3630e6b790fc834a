//! What follows from sums over what two releases tell.

use std::collections::{BTreeMap, BTreeSet};

use safeground_privacy::suppression::{Range, Tie, Together};

use super::told::{Ranges, Told};
use super::{ChangeFollows, Ends, Exposure, Follows, ReleaseDiff};

/// Fewest values that a count neither tells must leave open.
const LEAST_WIDTH: u64 = 5;

/// Counts of a theme and year, those of which least is open, that linear
/// programs are solved for.
const PROGRAMS: usize = 20;

/// Counts around one that a linear program holds.
const PROGRAM_SIZE: usize = 150;

/// Sums left out of a theme and year before it is given up.
const MOST_LEFT_OUT: usize = 50;

/// A place and period within a theme and year.
type Cell = (String, String, String);

/// Finds what follows of every theme and year of which both tell something and
/// not all the same.
pub(super) fn add_what_follows(one: &Told, other: &Told, found: &mut ReleaseDiff) {
    let places = Places::of(one, other);
    let mut groups: BTreeMap<(String, String), Group> = BTreeMap::new();
    for (number, told) in [one, other].into_iter().enumerate() {
        for (key, ends) in &told.counts {
            if told.is_noisy(key) || key.layer.starts_with("h3_") {
                continue;
            }
            let year: String = key.period.chars().take(4).collect();
            let group = groups.entry((key.theme.clone(), year)).or_default();
            let cell = (key.layer.clone(), key.unit_id.clone(), key.period.clone());
            group.told[number].insert(cell, *ends);
        }
    }
    let k = one.k.max(other.k);
    for ((theme, year), group) in groups {
        if group.told.iter().any(BTreeMap::is_empty) || group.told[0] == group.told[1] {
            continue;
        }
        group.follow(&theme, &year, k, &places, found);
        group.follow_changes(&theme, k, &places, found);
    }
}

/// Which place lies in which.
struct Places {
    parents: BTreeMap<String, String>,
    layers: BTreeMap<String, String>,
    /// Number of places of a layer in a place.
    within: BTreeMap<(String, String), usize>,
}

impl Places {
    fn of(one: &Told, other: &Told) -> Self {
        let mut parents = one.parents.clone();
        parents.extend(other.parents.clone());
        let mut layers = one.layers.clone();
        layers.extend(other.layers.clone());
        let mut within: BTreeMap<(String, String), usize> = BTreeMap::new();
        for (place, parent) in &parents {
            if let Some(layer) = layers.get(place) {
                *within.entry((parent.clone(), layer.clone())).or_default() += 1;
            }
        }
        Self {
            parents,
            layers,
            within,
        }
    }

    /// Wholes with their parts among cells, and how they compare.
    fn ties(&self, cells: &BTreeSet<Cell>) -> Vec<(Cell, Vec<Cell>, Tie)> {
        let mut families: BTreeMap<(Cell, String), Vec<Cell>> = BTreeMap::new();
        let mut quarters: BTreeMap<Cell, Vec<Cell>> = BTreeMap::new();
        for cell in cells {
            let (layer, unit, period) = cell;
            let parent = self.parents.get(unit);
            let above = parent.and_then(|parent| Some((self.layers.get(parent)?, parent)));
            if let Some((wide, parent)) = above {
                let whole = (wide.clone(), parent.clone(), period.clone());
                if cells.contains(&whole) {
                    let parts = families.entry((whole, layer.clone())).or_default();
                    parts.push(cell.clone());
                }
            }
            let year: String = period.chars().take(4).collect();
            if year != *period {
                let whole = (layer.clone(), unit.clone(), year);
                if cells.contains(&whole) {
                    quarters.entry(whole).or_default().push(cell.clone());
                }
            }
        }
        let mut ties = Vec::new();
        for ((whole, layer), parts) in families {
            let within = self.within.get(&(whole.1.clone(), layer));
            // Records may name a block alone.
            let complete = !whole.0.starts_with("block") && within == Some(&parts.len());
            let tie = if complete { Tie::Equal } else { Tie::AtLeast };
            ties.push((whole, parts, tie));
        }
        for (year, parts) in quarters {
            for part in &parts {
                ties.push((year.clone(), vec![part.clone()], Tie::AtLeast));
            }
            if parts.len() == 4 {
                ties.push((year, parts, Tie::AtMost));
            }
        }
        ties
    }
}

/// What both tell of a theme and year.
#[derive(Default)]
struct Group {
    told: [BTreeMap<Cell, Option<Ends>>; 2],
}

impl Group {
    fn cells(&self) -> BTreeSet<Cell> {
        self.told.iter().flat_map(BTreeMap::keys).cloned().collect()
    }

    /// What is told of a cell by those of the two that are believed. What they
    /// say differently is no longer known.
    fn known(&self, cell: &Cell, believed: &[usize]) -> Ends {
        let told = believed.iter().filter_map(|number| {
            let told = self.told[*number].get(cell)?;
            *told
        });
        let mut known = Some((0, None));
        for ends in told {
            known = known.and_then(|known| Ranges::meet(known, ends));
        }
        known.unwrap_or((0, None))
    }

    /// Step 2: what follows of each cell from both and from neither alone.
    fn follow(&self, theme: &str, year: &str, k: i64, places: &Places, found: &mut ReleaseDiff) {
        let cells = self.cells();
        let ties = places.ties(&cells);
        let system = |believed: &[usize]| {
            System::narrowed(&cells, &ties, |cell| {
                let (low, high) = self.known(cell, believed);
                Range {
                    low: Some(low),
                    high,
                }
            })
        };
        let (both, first, second) = (system(&[0, 1]), system(&[0]), system(&[1]));
        found.sums_that_do_not_hold += usize::from(both.left_out > 0);
        let ends = |range: Range| (range.low.unwrap_or(0), range.high);
        let mut open: Vec<(&Cell, Ends)> = Vec::new();
        let mut judge = |cell: &Cell, together: Ends, alone: [Ends; 2]| {
            let told = self.known(cell, &[0, 1]);
            let Some(because) = exposure(together, told, k) else {
                return false;
            };
            // What one release gives away by itself is not news of the other.
            if alone
                .iter()
                .any(|alone| exposure(*alone, told, k).is_some())
            {
                return true;
            }
            let (layer, unit_id, period) = cell.clone();
            found.follows.push(Follows {
                layer,
                unit_id,
                theme: theme.to_owned(),
                period,
                ends: together,
                alone,
                because,
            });
            true
        };
        for cell in &cells {
            let together = ends(both.range(cell));
            let alone = [&first, &second].map(|system| ends(system.range(cell)));
            if !judge(cell, together, alone) && width(together).is_some_and(|width| width > 1) {
                open.push((cell, together));
            }
        }
        open.sort_by_key(|(_, ends)| width(*ends));
        for (cell, _) in open.into_iter().take(PROGRAMS) {
            let together = ends(both.by_linear_program(cell));
            let alone = [&first, &second].map(|system| ends(system.by_linear_program(cell)));
            judge(cell, together, alone);
        }
        tracing::debug!(theme, year, left_out = both.left_out, "put together");
    }

    /// Step 3: the changes of cells that both list.
    fn follow_changes(&self, theme: &str, k: i64, places: &Places, found: &mut ReleaseDiff) {
        let [one, other] = &self.told;
        let cells: BTreeSet<Cell> = one
            .keys()
            .filter(|cell| other.contains_key(*cell))
            .cloned()
            .collect();
        let differs = |cell: &Cell| match (one[cell], other[cell]) {
            (Some(a), Some(b)) => Ranges::meet(a, b).is_none(),
            _ => false,
        };
        if !cells.iter().any(differs) {
            return;
        }
        // Of a whole with a rest, the rest may have changed.
        let mut ties = places.ties(&cells);
        ties.retain(|(_, _, tie)| *tie == Tie::Equal);
        let change = |cell: &Cell| {
            let (Some(a), Some(b)) = (one[cell], other[cell]) else {
                return Range {
                    low: None,
                    high: None,
                };
            };
            if a == b && a.1 != Some(a.0) {
                // The same range twice; what changed within it is not known.
                return Range {
                    low: a.1.map(|high| a.0 - high),
                    high: a.1.map(|high| high - a.0),
                };
            }
            Range {
                low: a.1.map(|high| b.0 - high),
                high: b.1.map(|high| high - a.0),
            }
        };
        let system = System::narrowed(&cells, &ties, change);
        for cell in &cells {
            let is_told = |told: Option<Ends>| told.is_some_and(|(low, high)| high == Some(low));
            if is_told(one[cell]) && is_told(other[cell]) {
                continue;
            }
            let Range {
                low: Some(low),
                high: Some(high),
            } = system.range(cell)
            else {
                continue;
            };
            if low > 0 && high < k || high < 0 && low > -k {
                let (layer, unit_id, period) = cell.clone();
                found.change_follows.push(ChangeFollows {
                    layer,
                    unit_id,
                    theme: theme.to_owned(),
                    period,
                    by: [low, high],
                });
            }
        }
    }
}

/// Number of values between ends.
fn width(ends: Ends) -> Option<u64> {
    Some(ends.0.abs_diff(ends.1?) + 1)
}

/// Why what follows of a count is too much, if it is: nothing that a release
/// itself tells so closely.
fn exposure(follows: Ends, told: Ends, k: i64) -> Option<Exposure> {
    let values = width(follows)?;
    if width(told).is_some_and(|told| told <= values) {
        return None;
    }
    let (low, high) = (follows.0, follows.1?);
    let share = u64::try_from(high.max(0)).unwrap_or(0).div_ceil(5);
    if values == 1 {
        Some(Exposure::Exact)
    } else if low >= 1 && high < k {
        Some(Exposure::Small)
    } else if values < LEAST_WIDTH.max(share) {
        Some(Exposure::Narrow)
    } else {
        None
    }
}

/// Cells with all that follows by narrowing.
struct System {
    numbers: BTreeMap<Cell, usize>,
    together: Together,
    left_out: usize,
}

impl System {
    /// Leaves out sums that contradict what is told, as far as it takes.
    fn narrowed(
        cells: &BTreeSet<Cell>,
        ties: &[(Cell, Vec<Cell>, Tie)],
        known: impl Fn(&Cell) -> Range,
    ) -> Self {
        let numbers: BTreeMap<Cell, usize> = cells.iter().cloned().zip(0..).collect();
        let names: Vec<&Cell> = cells.iter().collect();
        let mut left_out: BTreeSet<usize> = BTreeSet::new();
        loop {
            let mut together = Together::new();
            for cell in &names {
                together.cell(known(cell));
            }
            let told = together.clone();
            for (number, (whole, parts, tie)) in ties.iter().enumerate() {
                if !left_out.contains(&number) {
                    let parts: Vec<usize> = parts.iter().map(|part| numbers[part]).collect();
                    together.tie(numbers[whole], &parts, *tie);
                }
            }
            let Err(contradiction) = together.narrow() else {
                return Self {
                    numbers,
                    together,
                    left_out: left_out.len(),
                };
            };
            let before = left_out.len();
            let name = names[contradiction.cell];
            left_out.extend(
                ties.iter()
                    .enumerate()
                    .filter(|(_, (whole, parts, _))| whole == name || parts.contains(name))
                    .map(|(number, _)| number),
            );
            if left_out.len() == before || left_out.len() > MOST_LEFT_OUT {
                return Self {
                    numbers,
                    together: told,
                    left_out: ties.len(),
                };
            }
        }
    }

    fn range(&self, cell: &Cell) -> Range {
        self.together.range(self.numbers[cell])
    }

    fn by_linear_program(&self, cell: &Cell) -> Range {
        self.together
            .by_linear_program(self.numbers[cell], PROGRAM_SIZE)
    }
}

#[cfg(test)]
mod tests {
    use super::super::told::Key;
    use super::*;

    const BLOCKS: [&str; 3] = ["block:1", "block:2", "block:3"];

    /// A release of a district and its three blocks, `None` where withheld.
    fn told(district: Option<i64>, blocks: [Option<i64>; 3], period: &str) -> Told {
        let key = |layer: &str, unit: &str| Key {
            layer: layer.into(),
            theme: "missing".into(),
            period: period.into(),
            unit_id: unit.into(),
        };
        let exactly = |count: Option<i64>| count.map(|count| (count, Some(count)));
        let mut told = Told {
            k: 11,
            ..Told::default()
        };
        told.counts
            .insert(key("district", "district:1"), exactly(district));
        told.layers.insert("district:1".into(), "district".into());
        for (block, count) in BLOCKS.iter().zip(blocks) {
            told.counts.insert(key("block", block), exactly(count));
            told.layers.insert((*block).into(), "block".into());
            told.parents.insert((*block).into(), "district:1".into());
        }
        told
    }

    fn put_together(one: &Told, other: &Told) -> ReleaseDiff {
        let mut found = super::super::same_counts(one, other);
        add_what_follows(one, other, &mut found);
        found
    }

    #[test]
    fn a_total_told_by_one_and_parts_told_by_another_give_a_child_away() {
        // The first withholds the district, the second a block beside the one
        // of one child.
        let first = told(None, [Some(25), Some(14), None], "2024");
        let second = told(Some(40), [Some(25), None, None], "2024");
        let found = put_together(&first, &second);
        assert_eq!(found.follows.len(), 1, "{found:?}");
        let follows = &found.follows[0];
        assert_eq!(
            (follows.unit_id.as_str(), follows.ends, follows.because),
            ("block:3", (1, Some(1)), Exposure::Exact)
        );
        assert_eq!(follows.alone[1], (0, Some(15)));
        assert!(found.changed.is_empty() && !found.is_clean());
        // Each with itself tells nothing new.
        for alone in [&first, &second] {
            assert!(put_together(alone, alone).is_clean());
        }
    }

    #[test]
    fn a_child_more_in_a_district_is_a_child_more_in_the_withheld_block() {
        let first = told(Some(40), [Some(25), None, Some(12)], "2024");
        let second = told(Some(41), [Some(25), None, Some(12)], "2024");
        let found = put_together(&first, &second);
        assert_eq!(found.changed.len(), 1);
        assert_eq!(found.change_follows.len(), 1, "{found:?}");
        let change = &found.change_follows[0];
        assert_eq!((change.unit_id.as_str(), change.by), ("block:2", [1, 1]));
        // Twenty more is no small number.
        let second = told(Some(60), [Some(25), None, Some(12)], "2024");
        assert!(put_together(&first, &second).change_follows.is_empty());
    }

    #[test]
    fn a_year_of_one_release_and_a_quarter_of_another_leave_a_block_one_child() {
        // By the year two blocks share 15; by the quarter one of them has 14.
        let year = told(Some(40), [Some(25), None, None], "2024");
        let quarter = told(None, [None, Some(14), None], "2024-Q1");
        let found = put_together(&year, &quarter);
        let follows = found.follows.iter();
        let mut follows = follows.filter(|f| f.unit_id == "block:3" && f.period == "2024");
        let narrow = follows.next().unwrap();
        assert_eq!(
            (narrow.ends, narrow.because),
            ((0, Some(1)), Exposure::Narrow)
        );
        assert_eq!(narrow.alone, [(0, Some(15)), (0, None)]);
    }

    #[test]
    fn ranges_that_hold_the_number_are_no_change_and_noise_is_no_statement() {
        let exact = told(Some(40), [Some(25), None, None], "2024");
        let mut banded = told(Some(40), [Some(25), None, None], "2024");
        for ends in banded.counts.values_mut().flatten() {
            *ends = (20, Some(49));
        }
        let found = put_together(&exact, &banded);
        assert_eq!((found.closer_in_one, found.changed.len()), (2, 0));
        assert!(found.is_clean());
    }

    #[test]
    fn sums_that_do_not_hold_are_left_out_and_said() {
        // A child that counts in two blocks.
        let first = told(Some(30), [Some(20), Some(11), None], "2024");
        let second = told(Some(30), [Some(20), None, None], "2024");
        let found = put_together(&first, &second);
        assert_eq!(found.sums_that_do_not_hold, 1);
        assert!(found.is_clean(), "{found:?}");
    }
}
