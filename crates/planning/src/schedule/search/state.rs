//! Days planned so far, with a way back.

use super::SAME;
use super::model::Model;
use super::route::Route;

/// How good a plan is: compared by households, wanted days, kilometres.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Value {
    /// Households in no day.
    pub(super) left_out: u64,
    /// Visits off the days wanted for them.
    pub(super) misses: u64,
    /// Kilometres, those counted at borders included.
    pub(super) km: f64,
}

impl Value {
    pub(super) fn is_better_than(&self, other: &Self) -> bool {
        let first = (self.left_out, self.misses).cmp(&(other.left_out, other.misses));
        first.is_lt() || first.is_eq() && self.km < other.km - SAME
    }
}

impl std::iter::Sum for Value {
    fn sum<I: Iterator<Item = Self>>(values: I) -> Self {
        values.fold(Self::default(), |sum, value| Self {
            left_out: sum.left_out + value.left_out,
            misses: sum.misses + value.misses,
            km: sum.km + value.km,
        })
    }
}

/// What was found out about a visit on a day, as long as the day's version
/// stands.
#[derive(Debug, Clone, Copy)]
struct Known {
    version: u32,
    position: u32,
    /// Infinite where the visit does not fit.
    cost: f64,
}

/// A plan that is changed in steps, each kept or taken back.
pub(super) struct State<'a> {
    pub(super) model: &'a Model,
    pub(super) routes: Vec<Route>,
    /// Day of each visit; none where it is left out.
    pub(super) day_of: Vec<Option<usize>>,
    pub(super) left_out: Vec<usize>,
    pub(super) value: Value,
    miss_km: f64,
    versions: Vec<u32>,
    last_version: u32,
    known: Vec<Known>,
    /// Days as they were before the step, with their versions.
    before: Vec<(usize, Route, u32)>,
    touched: Vec<bool>,
}

impl<'a> State<'a> {
    pub(super) fn new(model: &'a Model, days: &[Vec<usize>], miss_km: f64) -> Self {
        let mut day_of = vec![None; model.visits.len()];
        let mut value = Value::default();
        let routes: Vec<Route> = days
            .iter()
            .enumerate()
            .map(|(day, visits)| {
                let mut route = Route::of(visits);
                route.refresh(model, day);
                for visit in visits {
                    day_of[*visit] = Some(day);
                }
                value.misses += u64::from(route.misses);
                value.km += route.km + route.border_km;
                route
            })
            .collect();
        let left_out: Vec<usize> = (0..day_of.len())
            .filter(|visit| day_of[*visit].is_none())
            .collect();
        value.left_out = left_out
            .iter()
            .map(|visit| u64::from(model.households(*visit)))
            .sum();
        let unknown = Known {
            version: 0,
            position: 0,
            cost: f64::INFINITY,
        };
        Self {
            model,
            day_of,
            left_out,
            value,
            miss_km,
            versions: (1..=routes.len() as u32).collect(),
            last_version: routes.len() as u32,
            known: vec![unknown; model.visits.len() * routes.len()],
            before: Vec::new(),
            touched: vec![false; routes.len()],
            routes,
        }
    }

    pub(super) fn days(&self) -> Vec<Vec<usize>> {
        self.routes
            .iter()
            .map(|route| route.visits().collect())
            .collect()
    }

    pub(super) fn is_touched(&self, day: usize) -> bool {
        self.touched[day]
    }

    /// Days changed in this step.
    pub(super) fn touched(&self) -> impl Iterator<Item = usize> {
        self.before.iter().map(|(day, _, _)| *day)
    }

    fn touch(&mut self, day: usize) {
        if !self.touched[day] {
            self.touched[day] = true;
            self.before
                .push((day, self.routes[day].clone(), self.versions[day]));
        }
        self.last_version += 1;
        self.versions[day] = self.last_version;
    }

    /// Takes visits at some positions out of a day.
    pub(super) fn remove(&mut self, day: usize, from: usize, count: usize, out: &mut Vec<usize>) {
        self.touch(day);
        for slot in self.routes[day].slots.drain(from..from + count) {
            self.day_of[slot.visit] = None;
            out.push(slot.visit);
        }
        self.routes[day].refresh(self.model, day);
    }

    pub(super) fn insert(&mut self, visit: usize, day: usize, position: usize) {
        self.touch(day);
        self.routes[day].insert(self.model, day, position, visit);
        self.day_of[visit] = Some(day);
    }

    /// Cost of a visit on a day in kilometres and where it costs that; infinite
    /// where it does not fit.
    pub(super) fn cost(&mut self, visit: usize, day: usize) -> (f64, usize) {
        let known = &mut self.known[visit * self.routes.len() + day];
        if known.version != self.versions[day] {
            let model = self.model;
            let found = self.routes[day].cheapest(model, day, visit);
            *known = Known {
                version: self.versions[day],
                position: found.map_or(0, |(_, position)| position as u32),
                cost: found.map_or(f64::INFINITY, |(km, _)| {
                    let miss = if model.misses(visit, day) {
                        self.miss_km
                    } else {
                        0.0
                    };
                    km + model.border_km(visit, day) + miss
                }),
            };
        }
        (known.cost, known.position as usize)
    }

    /// Value of the plan as it stands within the step, if `left_out` is what it
    /// leaves out.
    pub(super) fn value_with(&self, left_out: &[usize]) -> Value {
        let mut value = self.value;
        value.left_out = left_out
            .iter()
            .map(|visit| u64::from(self.model.households(*visit)))
            .sum();
        for (day, old, _) in &self.before {
            let new = &self.routes[*day];
            value.misses = value.misses + u64::from(new.misses) - u64::from(old.misses);
            value.km += (new.km + new.border_km) - (old.km + old.border_km);
        }
        value
    }

    /// Ends the step, and keeps it.
    pub(super) fn keep(&mut self, left_out: &mut Vec<usize>, value: Value) {
        std::mem::swap(&mut self.left_out, left_out);
        self.value = value;
        for (day, _, _) in self.before.drain(..) {
            self.touched[day] = false;
        }
    }

    /// Ends the step, and takes it back.
    pub(super) fn take_back(&mut self) {
        for (day, route, version) in self.before.drain(..) {
            self.touched[day] = false;
            self.versions[day] = version;
            self.routes[day] = route;
            for slot in &self.routes[day].slots {
                self.day_of[slot.visit] = Some(day);
            }
        }
        for visit in &self.left_out {
            self.day_of[*visit] = None;
        }
    }
}
