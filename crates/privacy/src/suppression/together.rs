//! What follows from several releases put together, from what they show alone.
//!
//! [`super::protect_jointly`] protects what it knows of. Two releases that were
//! not decided as one, as of two lakes or after a lake lost what it had
//! decided, can tell together what neither tells. Here a reader with both is
//! played, without any exact count.

use std::collections::{BTreeMap, BTreeSet};

use super::knowledge::UNBOUNDED;
use super::linear_program::{LinearProgramSolver, MicroLp, Program};

/// Rounds of narrowing; it mostly settles in five.
const ROUNDS: usize = 40;

/// How a whole compares with its parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tie {
    /// The parts make up the whole.
    Equal,
    /// The whole holds the parts and maybe more: records that name no part.
    AtLeast,
    /// The parts together hold the whole and maybe more: a year of quarters,
    /// where a child may come in several.
    AtMost,
}

/// Least and greatest value, both included; `None` where nothing bounds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// Least.
    pub low: Option<i64>,
    /// Greatest.
    pub high: Option<i64>,
}

impl Range {
    /// Number of whole numbers in it; `None` where it is open.
    #[must_use]
    pub fn width(&self) -> Option<u64> {
        Some(self.low?.abs_diff(self.high?) + 1)
    }
}

/// Two statements that cannot both be true.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the statements on cell {cell} contradict each other; look at them one by one")]
pub struct Contradiction {
    /// Cell of which no value is left.
    pub cell: usize,
}

#[derive(Debug, Clone)]
struct Sum {
    whole: usize,
    parts: Vec<usize>,
    tie: Tie,
}

/// Cells with what is told of them, and the sums between them. Values may be
/// negative, as changes are.
#[derive(Debug, Clone, Default)]
pub struct Together {
    bounds: Vec<(i64, i64)>,
    sums: Vec<Sum>,
    sums_of: Vec<Vec<usize>>,
}

impl Together {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a cell of which a range is told; its number.
    pub fn cell(&mut self, told: Range) -> usize {
        self.bounds.push((
            told.low.unwrap_or(-UNBOUNDED),
            told.high.unwrap_or(UNBOUNDED),
        ));
        self.sums_of.push(Vec::new());
        self.bounds.len() - 1
    }

    /// Says how a whole compares with its parts, all of them cells.
    ///
    /// # Panics
    /// On a number that [`Self::cell`] did not give.
    pub fn tie(&mut self, whole: usize, parts: &[usize], tie: Tie) {
        for cell in parts.iter().chain([&whole]) {
            self.sums_of[*cell].push(self.sums.len());
        }
        self.sums.push(Sum {
            whole,
            parts: parts.to_vec(),
            tie,
        });
    }

    /// What is known of a cell by now.
    ///
    /// # Panics
    /// On a number that [`Self::cell`] did not give.
    #[must_use]
    pub fn range(&self, cell: usize) -> Range {
        let (low, high) = self.bounds[cell];
        Range {
            low: (low > -UNBOUNDED).then_some(low),
            high: (high < UNBOUNDED).then_some(high),
        }
    }

    /// Narrows every range by each sum in turn until nothing changes.
    ///
    /// O(rounds × terms of all sums).
    ///
    /// # Errors
    /// [`Contradiction`] where no value is left of a cell; the ranges are then
    /// as far as they had come.
    pub fn narrow(&mut self) -> Result<(), Contradiction> {
        for _ in 0..ROUNDS {
            let before = self.bounds.clone();
            for number in 0..self.sums.len() {
                self.narrow_by(number)?;
            }
            if before == self.bounds {
                break;
            }
        }
        Ok(())
    }

    /// Whole less parts is 0, at least 0 or at most 0.
    fn narrow_by(&mut self, number: usize) -> Result<(), Contradiction> {
        let Sum { whole, parts, tie } = &self.sums[number];
        let total = |pick: fn(&(i64, i64)) -> i64, open: i64| {
            let values = parts.iter().map(|part| pick(&self.bounds[*part]));
            let closed = values.clone().filter(|value| *value != open).sum::<i64>();
            (closed, values.filter(|value| *value == open).count())
        };
        let (low, open_low) = total(|(low, _)| *low, -UNBOUNDED);
        let (high, open_high) = total(|(_, high)| *high, UNBOUNDED);
        let mut changed: Vec<(usize, (i64, i64))> = Vec::new();
        let mut own = self.bounds[*whole];
        let at_least = *tie != Tie::AtMost;
        let at_most = *tie != Tie::AtLeast;
        if at_least && open_low == 0 {
            own.0 = own.0.max(low);
        }
        if at_most && open_high == 0 {
            own.1 = own.1.min(high);
        }
        changed.push((*whole, own));
        for part in parts {
            let (least, greatest) = self.bounds[*part];
            let mut next = (least, greatest);
            let others_open = open_low - usize::from(least == -UNBOUNDED);
            if at_least && own.1 < UNBOUNDED && others_open == 0 {
                let others = low - if least == -UNBOUNDED { 0 } else { least };
                next.1 = next.1.min(own.1 - others);
            }
            let others_open = open_high - usize::from(greatest == UNBOUNDED);
            if at_most && own.0 > -UNBOUNDED && others_open == 0 {
                let others = high - if greatest == UNBOUNDED { 0 } else { greatest };
                next.0 = next.0.max(own.0 - others);
            }
            changed.push((*part, next));
        }
        for (cell, (low, high)) in changed {
            if low > high {
                return Err(Contradiction { cell });
            }
            self.bounds[cell] = (low, high);
        }
        Ok(())
    }

    /// The range that linear programming gives of a cell over all sums between
    /// it and up to `most` cells around it; sums that reach further are left
    /// out, so that it holds whatever is there. Never wider than what is known
    /// already.
    ///
    /// # Panics
    /// On a number that [`Self::cell`] did not give.
    #[must_use]
    pub fn by_linear_program(&self, cell: usize, most: usize) -> Range {
        let known = self.range(cell);
        let (columns, sums) = self.around(cell, most);
        let free = |other: &usize| {
            let (low, high) = self.bounds[*other];
            (0.0, low, high)
        };
        let mut program = Program {
            variables: columns.keys().map(free).collect(),
            ..Program::default()
        };
        for number in sums {
            let Sum { whole, parts, tie } = &self.sums[number];
            let mut terms: Vec<(usize, f64)> =
                parts.iter().map(|part| (columns[part], 1.0)).collect();
            terms.push((columns[whole], -1.0));
            let slack = match tie {
                Tie::Equal => None,
                Tie::AtLeast => Some(1.0),
                Tie::AtMost => Some(-1.0),
            };
            if let Some(sign) = slack {
                terms.push((program.variables.len(), sign));
                program.variables.push((0.0, 0, UNBOUNDED));
            }
            program.equations.push((terms, 0));
        }
        let at = columns[&cell];
        let mut end = |cost: f64| {
            program.variables[at].0 = cost;
            MicroLp.minimise(&program).map(|solution| solution[at])
        };
        // Without a solution the end is open, or the solver gave up.
        let (low, high) = (end(1.0), end(-1.0));
        let tighter =
            |one: Option<i64>, other: Option<i64>, pick: fn(i64, i64) -> i64| match (one, other) {
                (Some(a), Some(b)) => Some(pick(a, b)),
                (a, b) => a.or(b),
            };
        Range {
            low: tighter(known.low, low.map(|v| (v - 1e-6).ceil() as i64), i64::max),
            high: tighter(
                known.high,
                high.map(|v| (v + 1e-6).floor() as i64),
                i64::min,
            ),
        }
    }

    /// Cells around one with their columns, and the sums that lie wholly among
    /// them.
    fn around(&self, cell: usize, most: usize) -> (BTreeMap<usize, usize>, Vec<usize>) {
        let mut taken = BTreeSet::from([cell]);
        let mut next = vec![cell];
        while !next.is_empty() {
            let mut further = Vec::new();
            for number in next.iter().flat_map(|cell| &self.sums_of[*cell]) {
                let Sum { whole, parts, .. } = &self.sums[*number];
                let new: Vec<usize> = parts
                    .iter()
                    .chain([whole])
                    .copied()
                    .filter(|other| !taken.contains(other))
                    .collect();
                if taken.len() + new.len() > most {
                    continue;
                }
                taken.extend(&new);
                // What is known to be one value ties nothing beyond it.
                let moves = |other: &usize| self.bounds[*other].0 < self.bounds[*other].1;
                further.extend(new.into_iter().filter(moves));
            }
            next = further;
        }
        let inside = |number: &usize| {
            let Sum { whole, parts, .. } = &self.sums[*number];
            parts
                .iter()
                .chain([whole])
                .all(|other| taken.contains(other))
        };
        let touching: BTreeSet<usize> = taken
            .iter()
            .flat_map(|cell| self.sums_of[*cell].iter().copied())
            .filter(inside)
            .collect();
        let columns = taken.iter().enumerate().map(|(at, cell)| (*cell, at));
        (columns.collect(), touching.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exactly(value: i64) -> Range {
        Range {
            low: Some(value),
            high: Some(value),
        }
    }

    fn count() -> Range {
        Range {
            low: Some(0),
            high: None,
        }
    }

    #[test]
    fn a_total_of_one_release_and_the_parts_of_another_give_the_last_part() {
        let mut both = Together::new();
        let whole = both.cell(exactly(40));
        let parts = [both.cell(exactly(25)), both.cell(exactly(14))];
        let hidden = both.cell(count());
        both.tie(whole, &[parts[0], parts[1], hidden], Tie::Equal);
        assert_eq!(both.range(hidden), count(), "not before it is worked out");
        both.narrow().unwrap();
        assert_eq!(both.range(hidden), exactly(1));
    }

    #[test]
    fn a_year_bounds_its_quarters_and_they_bound_it() {
        let mut both = Together::new();
        let year = both.cell(exactly(20));
        let quarters = [9, 8, 2].map(|n| both.cell(exactly(n)));
        let last = both.cell(count());
        let all: Vec<usize> = quarters.into_iter().chain([last]).collect();
        both.tie(year, &all, Tie::AtMost);
        both.tie(year, &[last], Tie::AtLeast);
        both.narrow().unwrap();
        let range = both.range(last);
        assert_eq!((range.low, range.high), (Some(1), Some(20)));
    }

    #[test]
    fn changes_may_be_negative_and_a_contradiction_is_said() {
        let mut both = Together::new();
        let district = both.cell(exactly(-1));
        let same = both.cell(exactly(0));
        let hidden = both.cell(Range {
            low: None,
            high: None,
        });
        both.tie(district, &[same, hidden], Tie::Equal);
        both.narrow().unwrap();
        assert_eq!(both.range(hidden), exactly(-1));
        let other = both.cell(exactly(2));
        both.tie(district, &[other], Tie::AtLeast);
        assert_eq!(both.narrow(), Err(Contradiction { cell: district }));
    }

    #[test]
    fn linear_programs_find_what_narrowing_one_sum_at_a_time_does_not() {
        // a + b, c + d, a + c and a + d are known; only all four together tell
        // a.
        let mut both = Together::new();
        let cells = [(); 4].map(|()| both.cell(count()));
        let [a, b, c, d] = cells;
        for (total, parts) in [(10, [a, b]), (10, [c, d]), (12, [a, c]), (8, [a, d])] {
            let whole = both.cell(exactly(total));
            both.tie(whole, &parts, Tie::Equal);
        }
        both.narrow().unwrap();
        assert!(both.range(a).width().is_some_and(|width| width > 1));
        assert_eq!(both.by_linear_program(a, 100), exactly(5));
        // Too few cells around it to see all sums: less follows, not more.
        let near = both.by_linear_program(a, 3);
        assert!(near.low <= Some(5) && near.high >= Some(5));
    }
}
