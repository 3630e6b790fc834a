//! Network flow: the exact and fast answer where every cell stands in at most
//! two sums.
//!
//! Such tables are a network (Cox, "Network models for complementary cell
//! suppression", *JASA* 90, 1995): sums are nodes, a cell is the edge between
//! the two sums it stands in, and a cell in one sum alone leads to the ground.
//! Places in districts and in H3 cells, each with its own hierarchy, are of
//! this kind; a year of quarters on top of both is not.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap};

use super::exchange::Changes;
use super::knowledge::{Knowledge, UNBOUNDED};

/// Paths pushed before giving up.
const MAX_PATHS: usize = 4_096;

/// Marks the end of a path.
const END: u32 = u32::MAX;

/// Whether a cell can take a value.
pub(super) enum Outcome {
    /// With these changes and, where a cost was given, with these published
    /// cells withheld.
    Settled {
        /// Changes to the table at hand.
        changes: Changes,
        /// Cells to withhold for it, ascending.
        withheld: Vec<u32>,
    },
    /// It cannot, and not by this much at least.
    Impossible {
        /// Units that could not be balanced.
        short: i64,
    },
    /// The tables around it are not a network.
    Unknown,
}

/// Moves a cell to a target and restores every sum by flow, free where
/// published knowledge leaves room and, if `cost` is given, beyond it at the
/// cost of withholding.
///
/// 1. Move the cell; its sums are off by that much.
/// 2. From a sum that is off, find the cheapest path (Dijkstra; fewer cells
///    among equals) of cells with room to a sum that is off the other way or
///    to a cell in no other sum.
/// 3. Push as much as the path takes; cells that had to be paid for are free
///    from then on. Repeat until all sums hold.
///
/// Without costs this is Ford and Fulkerson's method and decides: a sum from
/// which no path leads on proves that the target is out of reach. With costs
/// it is the heuristic of successive shortest paths (Castro, "Network flows
/// heuristics for complementary cell suppression", 2002).
pub(super) fn settle(
    known: &Knowledge,
    variable: u32,
    target: i64,
    cost: Option<&dyn Fn(u32) -> u64>,
) -> Outcome {
    let mut search = Search::new(known, variable, cost);
    search.shift(variable, target - known.start[variable as usize]);
    search.balance(MAX_PATHS)
}

/// Restores the sums listed, starting from a table in which they may be off.
/// Needs no cell to be moved first; otherwise as [`settle`] without costs.
pub(super) fn balance(known: &Knowledge, relations: &[u32]) -> Outcome {
    let mut search = Search::new(known, END, None);
    for relation in relations {
        let off: i64 = known.tables.relations[*relation as usize]
            .iter()
            .map(|(variable, coefficient)| coefficient * known.start[*variable as usize])
            .sum();
        if off != 0 {
            search.imbalance.insert(*relation, off);
        }
    }
    search.balance(MAX_PATHS.saturating_mul(relations.len()))
}

/// How a sum was reached: from which one, over which cell in which direction,
/// and which way it would be off.
#[derive(Clone, Copy)]
struct Label {
    cost: (u64, u32),
    from: u32,
    step: (u32, i64),
    sign: i64,
}

/// Cells with directions, and the sum that the path ends in, if it does.
struct Path {
    steps: Vec<(u32, i64)>,
    sink: Option<u32>,
}

struct Search<'a> {
    known: &'a Knowledge<'a>,
    centre: u32,
    cost: Option<&'a dyn Fn(u32) -> u64>,
    changes: Changes,
    imbalance: BTreeMap<u32, i64>,
    withheld: BTreeSet<u32>,
    off_the_network: bool,
}

impl<'a> Search<'a> {
    fn new(known: &'a Knowledge<'a>, centre: u32, cost: Option<&'a dyn Fn(u32) -> u64>) -> Self {
        Self {
            known,
            centre,
            cost,
            changes: Changes::new(),
            imbalance: BTreeMap::new(),
            withheld: BTreeSet::new(),
            off_the_network: false,
        }
    }

    fn balance(mut self, max_paths: usize) -> Outcome {
        for _ in 0..max_paths {
            let Some((relation, off)) = self.imbalance.iter().next() else {
                return Outcome::Settled {
                    changes: self.changes,
                    withheld: self.withheld.into_iter().collect(),
                };
            };
            let (relation, off) = (*relation, *off);
            match self.path(relation, off.signum()) {
                Some(path) => self.push(&path, off.abs()),
                None if self.off_the_network => return Outcome::Unknown,
                None => return Outcome::Impossible { short: off.abs() },
            }
        }
        Outcome::Unknown
    }

    fn shift(&mut self, variable: u32, by: i64) {
        *self.changes.entry(variable).or_default() += by;
        for (relation, coefficient) in &self.known.tables.incident[variable as usize] {
            let off = self.imbalance.entry(*relation).or_default();
            *off += coefficient * by;
            if *off == 0 {
                self.imbalance.remove(relation);
            }
        }
    }

    /// Room of a variable in a direction: free, and if it were withheld.
    fn room(&self, variable: u32, direction: i64) -> (i64, i64) {
        let changed = self.changes.get(&variable).copied().unwrap_or(0);
        let value = self.known.start[variable as usize] + changed;
        let within = |(low, high): (i64, i64)| {
            if direction > 0 {
                high - value
            } else {
                value - low
            }
        };
        let open = within((0, UNBOUNDED));
        if self.withheld.contains(&variable) {
            return (open, open);
        }
        let free = within(self.known.bounds[variable as usize]);
        let payable = self.cost.is_some() && self.known.is_published(variable);
        (free, if payable { open } else { free })
    }

    fn path(&mut self, source: u32, sign: i64) -> Option<Path> {
        let start = Label {
            cost: (0, 0),
            from: END,
            step: (END, 0),
            sign,
        };
        let mut labels = HashMap::from([(source, start)]);
        let mut queue = BinaryHeap::from([Reverse(((0, 0), source))]);
        let mut end: Option<(Label, Option<u32>)> = None;
        while let Some(Reverse((cost, relation))) = queue.pop() {
            if end.is_some_and(|(end, _)| end.cost <= cost) {
                break;
            }
            let label = labels[&relation];
            if label.cost < cost {
                continue;
            }
            for (variable, coefficient) in &self.known.tables.relations[relation as usize] {
                if *variable == self.centre || *variable == label.step.0 {
                    continue;
                }
                let direction = -label.sign * coefficient;
                let (free, payable) = self.room(*variable, direction);
                let price = match self.cost {
                    _ if free > 0 => 0,
                    Some(cost) if payable > 0 => cost(*variable),
                    _ => continue,
                };
                let incident = &self.known.tables.incident[*variable as usize];
                if incident.len() > 2 {
                    self.off_the_network = true;
                    continue;
                }
                let mut next = Label {
                    cost: (cost.0 + price, cost.1 + 1),
                    from: relation,
                    step: (*variable, direction),
                    sign: 0,
                };
                let other = incident.iter().find(|(other, _)| *other != relation);
                let sink = match other {
                    None => Some(None),
                    Some((other, coefficient)) => {
                        next.sign = coefficient * direction;
                        let off = self.imbalance.get(other).copied().unwrap_or(0);
                        (off * next.sign < 0).then_some(Some(*other))
                    }
                };
                if let Some(sink) = sink {
                    if end.is_none_or(|(end, _)| next.cost < end.cost) {
                        end = Some((next, sink));
                    }
                } else if let Some((other, _)) = other {
                    match labels.get(other) {
                        Some(known) if known.sign != next.sign => self.off_the_network = true,
                        Some(known) if known.cost <= next.cost => {}
                        _ => {
                            labels.insert(*other, next);
                            queue.push(Reverse((next.cost, *other)));
                        }
                    }
                }
            }
        }
        let (mut label, sink) = end?;
        let mut steps = vec![label.step];
        while label.from != source {
            label = labels[&label.from];
            steps.push(label.step);
        }
        Some(Path { steps, sink })
    }

    fn push(&mut self, path: &Path, wanted: i64) {
        let sink = path.sink.map_or(wanted, |sink| self.imbalance[&sink].abs());
        let amount = path
            .steps
            .iter()
            .map(
                |(variable, direction)| match self.room(*variable, *direction) {
                    (free, _) if free > 0 => free,
                    (_, payable) => payable,
                },
            )
            .fold(wanted.min(sink), i64::min);
        for (variable, direction) in &path.steps {
            if self.room(*variable, *direction).0 <= 0 {
                self.withheld.insert(*variable);
            }
            self.shift(*variable, direction * amount);
        }
    }
}
