//! The sums that tie places and periods together, and what follows from them.
//!
//! Written for the attacks alone, without a line of the code that protects
//! releases against them.

use std::collections::{BTreeMap, BTreeSet};

use super::knowledge::{Believed, Bounds, OPEN, bounds};
use crate::linear_program::{Program, Sign};
use crate::world::World;

/// Rounds of propagation; it mostly settles in five.
const ROUNDS: usize = 30;

/// A cell: layer, unit, period.
pub(crate) type Name = (&'static str, String, String);

/// A whole and its parts.
#[derive(Debug, Clone)]
struct Sum {
    whole: usize,
    parts: Vec<usize>,
    /// Whether the parts make up the whole; otherwise they are at most it.
    complete: bool,
}

/// All cells of a theme and year with their sums.
pub(crate) struct System {
    pub(crate) names: Vec<Name>,
    pub(crate) bounds: Vec<Bounds>,
    /// Bounds as the releases state them, before anything followed.
    pub(crate) stated: Vec<Bounds>,
    index: BTreeMap<Name, usize>,
    sums: Vec<Sum>,
    sums_of: Vec<Vec<usize>>,
    /// Statements found to contradict each other.
    pub(crate) contradictions: Vec<String>,
}

impl System {
    /// The cells of a theme and year over places, from what is certain.
    ///
    /// A district is the sum of its blocks, and the state of its districts. A
    /// block is at least the sum of its villages, since some records name the
    /// block alone. A year is at most the sum of its quarters, since a child
    /// may come twice, and at least the largest of them.
    pub(crate) fn new(world: &World, theme: &str, year: &str) -> Self {
        let mut system = Self {
            names: Vec::new(),
            bounds: Vec::new(),
            stated: Vec::new(),
            index: BTreeMap::new(),
            sums: Vec::new(),
            sums_of: Vec::new(),
            contradictions: Vec::new(),
        };
        let periods: Vec<String> = std::iter::once(year.to_owned())
            .chain((1..=4).map(|quarter| format!("{year}-Q{quarter}")))
            .collect();
        let states: Vec<String> = world
            .releases()
            .flat_map(|r| {
                r.places
                    .iter()
                    .filter(|p| p.layer == "state")
                    .map(|p| p.id.clone())
            })
            .take(1)
            .collect();
        let mut layers: Vec<(&'static str, Vec<String>)> = vec![("state", states)];
        for layer in ["district", "block", "village"] {
            let units = world.geography.members.get(layer);
            layers.push((
                layer,
                units
                    .map(|u| u.keys().cloned().collect())
                    .unwrap_or_default(),
            ));
        }
        for (layer, units) in layers {
            for unit in units {
                for period in &periods {
                    let known = bounds(world, layer, &unit, theme, period, Believed::Certain);
                    if let Some(known) = known {
                        system.add((layer, unit.clone(), period.clone()), known);
                    }
                }
            }
        }
        system.tie_places(world, &periods);
        system.tie_periods(&periods);
        system.sums_of = vec![Vec::new(); system.names.len()];
        for (number, sum) in system.sums.iter().enumerate() {
            for cell in sum.parts.iter().chain([&sum.whole]) {
                system.sums_of[*cell].push(number);
            }
        }
        system
    }

    fn add(&mut self, name: Name, known: Bounds) {
        self.index.insert(name.clone(), self.names.len());
        self.names.push(name);
        self.bounds.push(known);
        self.stated.push(known);
    }

    fn find(&self, layer: &'static str, unit: &str, period: &str) -> Option<usize> {
        let name = (layer, unit.to_owned(), period.to_owned());
        self.index.get(&name).copied()
    }

    fn tie_places(&mut self, world: &World, periods: &[String]) {
        let state = self.names.iter().find(|(layer, ..)| *layer == "state");
        let state = state.map(|(_, unit, _)| unit.clone());
        let mut parent_of: BTreeMap<(&'static str, String), (&'static str, String)> =
            BTreeMap::new();
        for village in &world.geography.villages {
            let place = |layer, unit: &String| (layer, unit.clone());
            parent_of.insert(
                place("village", &village.id),
                place("block", &village.block),
            );
            parent_of.insert(
                place("block", &village.block),
                place("district", &village.district),
            );
            if let Some(state) = &state {
                parent_of.insert(place("district", &village.district), place("state", state));
            }
        }
        for period in periods {
            let mut families: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
            let mut incomplete: Vec<usize> = Vec::new();
            for ((layer, unit), (wide, parent)) in &parent_of {
                let Some(whole) = self.find(wide, parent, period) else {
                    continue;
                };
                match self.find(layer, unit, period) {
                    Some(part) => families.entry(whole).or_default().push(part),
                    None => incomplete.push(whole),
                }
            }
            for (whole, parts) in families {
                let complete = self.names[whole].0 != "block" && !incomplete.contains(&whole);
                self.sums.push(Sum {
                    whole,
                    parts,
                    complete,
                });
            }
        }
    }

    /// Cells with what is stated of them, and sums: whole, parts, and whether
    /// the parts make up the whole.
    pub(crate) fn planted(cells: &[(Name, Bounds)], sums: &[(usize, Vec<usize>, bool)]) -> Self {
        let mut system = Self {
            names: Vec::new(),
            bounds: Vec::new(),
            stated: Vec::new(),
            index: BTreeMap::new(),
            sums: Vec::new(),
            sums_of: vec![Vec::new(); cells.len()],
            contradictions: Vec::new(),
        };
        for (name, known) in cells {
            system.add(name.clone(), *known);
        }
        for (number, (whole, parts, complete)) in sums.iter().enumerate() {
            for cell in parts.iter().chain([whole]) {
                system.sums_of[*cell].push(number);
            }
            system.sums.push(Sum {
                whole: *whole,
                parts: parts.clone(),
                complete: *complete,
            });
        }
        system
    }

    fn tie_periods(&mut self, periods: &[String]) {
        let (year, quarters) = periods
            .split_first()
            .expect("a year comes before its quarters");
        for name in self
            .names
            .clone()
            .iter()
            .filter(|(.., period)| period == year)
        {
            let of = |period: &String| self.find(name.0, &name.1, period);
            let Some(whole) = of(year) else { continue };
            let parts: Vec<usize> = quarters.iter().filter_map(of).collect();
            // A year is at least each quarter, one at a time.
            for part in &parts {
                self.sums.push(Sum {
                    whole,
                    parts: vec![*part],
                    complete: false,
                });
            }
        }
    }

    /// Narrows all bounds by each sum in turn until nothing changes.
    pub(crate) fn propagate(&mut self) {
        for _ in 0..ROUNDS {
            let before = self.bounds.clone();
            for number in 0..self.sums.len() {
                self.narrow(number);
            }
            if before == self.bounds {
                break;
            }
        }
    }

    fn narrow(&mut self, number: usize) {
        let sum = &self.sums[number];
        let cap = |total: i64| total.min(OPEN);
        let low: i64 = sum.parts.iter().map(|p| self.bounds[*p].low).sum();
        let open = sum
            .parts
            .iter()
            .filter(|p| self.bounds[**p].high >= OPEN)
            .count();
        let high: i64 = sum
            .parts
            .iter()
            .map(|p| self.bounds[*p].high)
            .filter(|high| *high < OPEN)
            .sum();
        let whole = self.bounds[sum.whole];
        let mut narrowed = whole;
        narrowed.low = narrowed.low.max(low);
        if sum.complete && open == 0 {
            narrowed.high = narrowed.high.min(cap(high));
        }
        // Statements that contradict each other, as where a sum does not hold
        // after all, are left as they are: nothing follows from them.
        if narrowed.low > narrowed.high {
            let (layer, _, _) = &self.names[sum.whole];
            self.contradictions.push(format!(
                "a {layer} of {}..{} and {} parts of {low} to {}",
                whole.low,
                if whole.high >= OPEN {
                    "any".to_owned()
                } else {
                    whole.high.to_string()
                },
                sum.parts.len(),
                if open > 0 {
                    "any".to_owned()
                } else {
                    high.to_string()
                },
            ));
            return;
        }
        self.bounds[sum.whole] = narrowed;
        for part in &sum.parts {
            let own = self.bounds[*part];
            let mut next = own;
            if narrowed.high < OPEN {
                next.high = next.high.min(narrowed.high - (low - own.low));
            }
            if sum.complete {
                let others_open = open - usize::from(own.high >= OPEN);
                let own_high = if own.high >= OPEN { 0 } else { own.high };
                if others_open == 0 {
                    next.low = next.low.max(narrowed.low - (high - own_high));
                }
            }
            if next.low <= next.high {
                self.bounds[*part] = next;
            }
        }
    }

    /// Wholes with the parts that make them up, finer places in wider ones.
    pub(crate) fn families(&self) -> impl Iterator<Item = (usize, &[usize])> {
        let of_places = |sum: &&Sum| {
            let layer = |cell: usize| self.names[cell].0;
            sum.parts
                .first()
                .is_some_and(|part| layer(*part) != layer(sum.whole))
        };
        let sums = self.sums.iter().filter(of_places);
        sums.map(|sum| (sum.whole, sum.parts.as_slice()))
    }

    /// Every whole with its parts.
    pub(crate) fn sums_of_parts(&self) -> impl Iterator<Item = (usize, &[usize])> {
        self.sums
            .iter()
            .map(|sum| (sum.whole, sum.parts.as_slice()))
    }

    /// The tightest bounds on a cell that linear programming gives over all
    /// sums within `reach` steps of it. `None` where the solver finds nothing.
    pub(crate) fn linear_bounds(&self, target: usize, reach: usize) -> Option<Bounds> {
        self.linear_bounds_of(&[(target, 1.0)], reach)
    }

    /// The same of cells with factors, added up.
    pub(crate) fn linear_bounds_of(&self, terms: &[(usize, f64)], reach: usize) -> Option<Bounds> {
        let mut cells: Vec<usize> = terms.iter().map(|(cell, _)| *cell).collect();
        let mut taken: BTreeMap<usize, usize> = cells
            .iter()
            .enumerate()
            .map(|(at, cell)| (*cell, at))
            .collect();
        let mut sums: BTreeSet<usize> = BTreeSet::new();
        let mut from = 0;
        for _ in 0..reach {
            let until = cells.len();
            for at in from..until {
                for sum in &self.sums_of[cells[at]] {
                    if !sums.insert(*sum) {
                        continue;
                    }
                    let Sum { whole, parts, .. } = &self.sums[*sum];
                    for cell in parts.iter().chain([whole]) {
                        if !taken.contains_key(cell) {
                            taken.insert(*cell, cells.len());
                            cells.push(*cell);
                        }
                    }
                }
            }
            from = until;
        }
        let solve = |direction: f64| {
            let mut program = Program::minimise();
            for (at, cell) in cells.iter().enumerate() {
                let Bounds { low, high } = self.bounds[*cell];
                let factor = terms.get(at).map_or(0.0, |(_, factor)| *factor);
                let high = if high >= OPEN {
                    f64::INFINITY
                } else {
                    high as f64
                };
                program.variable(direction * factor, low as f64, high);
            }
            for sum in &sums {
                let Sum {
                    whole,
                    parts,
                    complete,
                } = &self.sums[*sum];
                let mut terms: Vec<(usize, f64)> = parts.iter().map(|p| (taken[p], 1.0)).collect();
                terms.push((taken[whole], -1.0));
                let sign = if *complete { Sign::Equal } else { Sign::AtMost };
                program.row(&terms, sign, 0.0);
            }
            let values = terms.iter().enumerate();
            program.solve().map(|solution| {
                values
                    .map(|(at, (_, factor))| factor * solution[at])
                    .sum::<f64>()
            })
        };
        let low = solve(1.0)?;
        let high = solve(-1.0);
        Some(Bounds {
            low: (low - 1e-6).ceil() as i64,
            high: high.map_or(OPEN, |high| (high + 1e-6).floor() as i64),
        })
    }
}
