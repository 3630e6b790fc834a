//! The audit: is a cell still open enough, given all that is published?

use super::Presentation;
use super::exchange::{Changes, exchange, is_consistent};
use super::knowledge::{Knowledge, Shown, UNBOUNDED};
use super::linear_program::{LinearProgramSolver, Program};
use super::neighbourhood::Neighbourhood;
use super::network::{Outcome, settle};

/// Numbers of variables of the programs tried, small first. A cell that is
/// not shown to be open within the last counts as exposed.
pub(super) const PROGRAM_SIZES: [usize; 2] = [150, 1_500];

/// What a cell must leave open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Demand {
    /// The cell.
    pub variable: u32,
    /// A value no greater than this must stay possible.
    pub low: i64,
    /// A value no smaller than this must stay possible.
    pub high: i64,
    /// Whether any range as wide will do.
    pub slides: bool,
}

impl Demand {
    /// What a cell must leave open as it is shown; `None` where nothing needs
    /// to, as for an atom, a count that may be seen, or a cell of an unpublished
    /// table that could be seen.
    ///
    /// - Withheld below the threshold: zero, and `min_width` values in all.
    /// - Withheld for another rule: a value below the threshold, so that not
    ///   even that can be excluded, and `min_width` values from there on. The
    ///   true count n is possible as well, so that with n >= k the values from
    ///   k - 1 to n are more than 20 % of it.
    /// - Withheld to protect others: any `min_width` values. It could be seen
    ///   for its own sake, but a reader cannot tell it from the others; see
    ///   [`Self::of_complement`] as well.
    /// - Shown as a band: any `width` values in it, so that the band is not
    ///   narrowed to a count; of an open band, values as far apart as 20 % of
    ///   the largest of them. The true count is one of the possible values, so
    ///   that 20 % of it are open as well.
    ///
    /// None depends on the count itself beyond its being below the threshold:
    /// otherwise the choice of complements would tell of it.
    pub(super) fn of(known: &Knowledge, variable: u32, is_sensitive: bool) -> Option<Self> {
        let cell = known.tables.cell(variable)?;
        let is_unpublished = known.tables.table_of(cell).presentation == Presentation::Unpublished;
        if is_unpublished && !is_sensitive {
            return None;
        }
        let start = known.start[variable as usize];
        let k = known.tables.thresholds_of(cell, known.rules).k as i64;
        let width = known.rules.min_width() as i64;
        let (low, high, slides) = match known.shown[variable as usize] {
            Shown::Exact => return None,
            Shown::Withheld if (cell.count.children as i64) < k => {
                (0, (width - 1).min(k - 1), false)
            }
            Shown::Withheld if is_sensitive => (k - 1, k + width - 2, false),
            Shown::Withheld => {
                let low = (start - width + 1).max(0);
                (low, low + width - 1, true)
            }
            Shown::Band(band) => {
                let (least, greatest) = known.bounds[variable as usize];
                let width = match band.high {
                    Some(high) => known.rules.width(high) as i64,
                    None => (known.rules.width(band.low) as i64).max(sliding_width(start)),
                };
                let width = width.min(greatest - least + 1);
                let low = (start - width + 1).max(least);
                (low, low + width - 1, true)
            }
        };
        Some(Self {
            variable,
            low,
            high,
            slides,
        })
    }

    /// What a cell that is withheld to protect others must leave open to a
    /// reader of the release: values as far apart as 20 % of the largest of
    /// them, and `min_width` of them. `None` for every other cell.
    ///
    /// The true count is one of the possible values, so that 20 % of it are
    /// open as well. It is asked for on top of [`Self::of`], which asks for
    /// less but of a reader who is granted more.
    pub(super) fn of_complement(
        known: &Knowledge,
        variable: u32,
        is_sensitive: bool,
    ) -> Option<Self> {
        let cell = known.tables.cell(variable)?;
        let is_unpublished = known.tables.table_of(cell).presentation == Presentation::Unpublished;
        if is_sensitive || is_unpublished || known.shown[variable as usize] != Shown::Withheld {
            return None;
        }
        let start = known.start[variable as usize];
        let width = sliding_width(start).max(known.rules.min_width() as i64);
        let low = (start - width + 1).max(0);
        Some(Self {
            variable,
            low,
            high: low + width - 1,
            slides: true,
        })
    }

    /// The end that values shown to be possible do not reach.
    pub(super) fn missed(&self, found: (i64, i64)) -> i64 {
        if found.0 > self.low {
            self.low
        } else {
            self.high
        }
    }

    /// Whether values shown to be possible are enough.
    pub(super) fn is_met_by(&self, found: (i64, i64)) -> bool {
        if self.slides {
            found.1 - found.0 >= self.high - self.low
        } else {
            found.0 <= self.low && found.1 >= self.high
        }
    }
}

/// Number of values around one that is possible, so that they are at least
/// 20 % of the largest: w values that end no higher than s + w − 1 are, if
/// w ≥ (s − 1)/4.
fn sliding_width(start: i64) -> i64 {
    start.saturating_sub(1).div_euclid(4) + 1
}

/// How often each method decided, for the report.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Effort {
    pub flows: usize,
    pub exchanges: usize,
    pub programs: usize,
    pub differences: usize,
}

/// Values of a demanding cell shown to be possible: the least and greatest
/// found, no further than the demand asks for.
pub(super) fn possible_values(
    known: &Knowledge,
    solver: &impl LinearProgramSolver,
    demand: &Demand,
    effort: &mut Effort,
) -> (i64, i64) {
    let value = known.start[demand.variable as usize];
    let low = reach(
        known,
        solver,
        demand.variable,
        demand.low.min(value),
        effort,
    );
    let wanted = if demand.slides {
        low + (demand.high - demand.low)
    } else {
        demand.high
    };
    let greatest = known.bounds[demand.variable as usize].1;
    let high = wanted.max(value).min(greatest);
    (low, reach(known, solver, demand.variable, high, effort))
}

/// The value nearest to the target for which a table is found that agrees
/// with all that is published; at worst the one at hand.
fn reach(
    known: &Knowledge,
    solver: &impl LinearProgramSolver,
    variable: u32,
    target: i64,
    effort: &mut Effort,
) -> i64 {
    let value = known.start[variable as usize];
    // Where the tables are a network, flow decides.
    let mut wanted = target;
    while wanted != value {
        effort.flows += 1;
        match settle(known, variable, wanted, None) {
            Outcome::Settled { changes, .. } if is_consistent(known, &changes) => return wanted,
            Outcome::Impossible { short } => {
                let back = short.clamp(1, (wanted - value).abs());
                wanted += back * (value - wanted).signum();
            }
            _ => break,
        }
    }
    if wanted == value {
        return value;
    }
    if exchange(known, variable, target).is_some() {
        effort.exchanges += 1;
        return target;
    }
    let mut nearest = value;
    for size in PROGRAM_SIZES {
        effort.programs += 1;
        let around = Neighbourhood::around(known.tables, variable, size, |other| {
            let (low, high) = known.bounds[other as usize];
            low < high
        });
        if let Some(changes) = furthest(known, solver, &around, variable, target) {
            let reached = value + changes.get(&variable).copied().unwrap_or(0);
            if (reached - value).abs() > (nearest - value).abs() {
                nearest = reached;
            }
        }
        if nearest == target || around.is_whole {
            break;
        }
    }
    nearest
}

/// The changes that bring a variable as near to a target as the variables
/// around it allow, found by linear program and checked in whole numbers.
///
/// Where the optimum is not whole, which sums over three or more crossing
/// classifications can bring about, the program is solved again with whole
/// variables.
fn furthest(
    known: &Knowledge,
    solver: &impl LinearProgramSolver,
    around: &Neighbourhood,
    variable: u32,
    target: i64,
) -> Option<Changes> {
    let value = known.start[variable as usize];
    let mut program = Program::default();
    let mut columns = std::collections::BTreeMap::new();
    for (column, other) in around.variables.iter().enumerate() {
        let (cost, low, high) = if *other == variable {
            let direction = if target > value { -1.0 } else { 1.0 };
            (direction, value.min(target), value.max(target))
        } else {
            let (low, high) = known.bounds[*other as usize];
            (0.0, low, high)
        };
        program.variables.push((cost, low, high));
        columns.insert(*other, vec![(column, 1.0)]);
    }
    around.equations(known.tables, &mut program, &columns, |other| {
        known.start[other as usize]
    });
    for whole in [false, true] {
        program.whole = whole;
        let solution = solver.minimise(&program)?;
        let changes: Changes = around
            .variables
            .iter()
            .zip(&solution)
            .map(|(other, found)| {
                let found = found.round().clamp(-1.0, UNBOUNDED as f64) as i64;
                (*other, found - known.start[*other as usize])
            })
            .filter(|(_, by)| *by != 0)
            .collect();
        if is_consistent(known, &changes) {
            return Some(changes);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_around_a_possible_one_are_a_fifth_of_the_largest() {
        for start in 0..2_000 {
            let width = sliding_width(start);
            assert!(5 * width >= start + width - 1, "{start}");
        }
    }
}
