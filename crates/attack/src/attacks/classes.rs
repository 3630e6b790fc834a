//! Counts by class, such as girls and boys: attacks 6, 8 and 13 on them.

use std::collections::{BTreeMap, HashMap};

use super::cell_bounds::MIN_WIDTH;
use super::homogeneity::{HARMS, SHARE, largest_share};
use super::knowledge::{Believed, Bounds, OPEN, bounds, least_threshold, not_observed};
use super::system::{Name, System};
use crate::attack::{Attack, Control, Outcome};
use crate::chance::Coins;
use crate::world::{ClassKey, Release, World};

/// Layers that are broken down, wide before fine.
const LAYERS: [&str; 2] = ["district", "block"];

/// Share of the count that must stay possible.
const MIN_SHARE: f64 = 0.2;

/// Steps from a cell that the linear program reaches over sums: all of a
/// district.
const REACH: usize = 6;

/// Theme, year and breakdown.
type Table = (String, String, String);

/// Everything told by class, and the truth behind it.
pub(crate) struct Classes<'a> {
    world: &'a World,
    release: &'a Release,
    truth: HashMap<ClassKey, HashMap<String, u64>>,
    /// Classes of each table.
    tables: BTreeMap<Table, Vec<String>>,
    /// District of each block.
    district_of: BTreeMap<String, String>,
}

/// A cell of a system: a place and, of a class, its name.
#[derive(Clone)]
struct Place {
    layer: &'static str,
    unit: String,
    class: Option<String>,
}

impl<'a> Classes<'a> {
    /// What the releases tell by class; `None` where they tell nothing.
    pub(crate) fn of(world: &'a World) -> Option<Self> {
        let release = world
            .releases()
            .find(|release| !release.classes.is_empty())?;
        let truth = world.truth.classes();
        let mut tables: BTreeMap<Table, Vec<String>> = BTreeMap::new();
        for (layer, theme, period, by, class) in release.classes.keys() {
            // Of what is no incident the truth is not known here.
            if layer == LAYERS[0] && truth.keys().any(|key| key.1 == *theme && key.3 == *by) {
                let table = (theme.clone(), period.clone(), by.clone());
                tables.entry(table).or_default().push(class.clone());
            }
        }
        let villages = world.geography.villages.iter();
        Some(Self {
            world,
            release,
            truth,
            tables,
            district_of: villages
                .map(|village| (village.block.clone(), village.district.clone()))
                .collect(),
        })
    }

    fn told(&self, (theme, year, by): &Table, place: &Place) -> Option<Bounds> {
        let Some(class) = &place.class else {
            let (layer, unit) = (place.layer, &*place.unit);
            return bounds(self.world, layer, unit, theme, year, Believed::Certain);
        };
        let key = [place.layer, theme, year, by, class].map(str::to_owned);
        let [layer, theme, year, by, class] = key;
        let counts = self.release.classes.get(&(layer, theme, year, by, class))?;
        let told = counts.get(&place.unit)?.map(|count| Bounds {
            low: count as i64,
            high: count as i64,
        });
        Some(told.unwrap_or(Bounds::ANY))
    }

    fn truth(&self, (theme, year, by): &Table, place: &Place) -> u64 {
        let (layer, unit) = (place.layer, &place.unit);
        let Some(class) = &place.class else {
            return self
                .world
                .truth
                .count(layer, unit, theme, year)
                .unwrap_or(0);
        };
        let key = [layer, theme, year, by, class].map(str::to_owned);
        let [layer, theme, year, by, class] = key;
        let counts = self.truth.get(&(layer, theme, year, by, class));
        counts
            .and_then(|counts| counts.get(unit))
            .copied()
            .unwrap_or(0)
    }

    /// The cells of one table in one district: all children and each class, in
    /// the district and in its blocks; with their sums.
    fn system(&self, table: &Table, district: &str) -> (System, Vec<Place>) {
        let blocks = self.district_of.iter().filter(|(_, of)| *of == district);
        let units = std::iter::once((LAYERS[0], district.to_owned()))
            .chain(blocks.map(|(block, _)| (LAYERS[1], block.clone())));
        let units: Vec<(&'static str, String)> = units.collect();
        let classes = std::iter::once(None).chain(self.tables[table].iter().cloned().map(Some));
        let classes: Vec<Option<String>> = classes.collect();
        let mut places: Vec<Place> = Vec::new();
        let mut cells: Vec<(Name, Bounds)> = Vec::new();
        let mut at: BTreeMap<(usize, usize), usize> = BTreeMap::new();
        for (unit_number, (layer, unit)) in units.iter().enumerate() {
            for (class_number, class) in classes.iter().enumerate() {
                let place = Place {
                    layer,
                    unit: unit.clone(),
                    class: class.clone(),
                };
                if let Some(told) = self.told(table, &place) {
                    at.insert((unit_number, class_number), cells.len());
                    let name = format!("{unit} {}", class.as_deref().unwrap_or("all"));
                    cells.push(((layer, name, table.1.clone()), told));
                    places.push(place);
                }
            }
        }
        let mut sums = Vec::new();
        // Each class, and all children, over blocks.
        for class in 0..classes.len() {
            let parts: Vec<usize> = (1..units.len())
                .filter_map(|unit| at.get(&(unit, class)).copied())
                .collect();
            if let Some(whole) = at.get(&(0, class))
                && !parts.is_empty()
            {
                sums.push((*whole, parts, true));
            }
        }
        // All children of a place over classes.
        for unit in 0..units.len() {
            let parts: Vec<usize> = (1..classes.len())
                .filter_map(|class| at.get(&(unit, class)).copied())
                .collect();
            if let Some(whole) = at.get(&(unit, 0))
                && !parts.is_empty()
            {
                sums.push((*whole, parts, true));
            }
        }
        (System::planted(&cells, &sums), places)
    }

    fn districts(&self) -> Vec<String> {
        let mut districts: Vec<String> = self.district_of.values().cloned().collect();
        districts.sort();
        districts.dedup();
        districts
    }

    fn looked(&self, table: &Table, place: &Place) -> bool {
        !not_observed(self.world, place.layer, &place.unit, &table.0, &table.1)
    }

    /// Attack 6 over classes: withheld cells found exactly or too narrowly, by
    /// propagation over all sums and, for the narrowest and a sample of the
    /// others, by linear programs over the whole district.
    ///
    /// # Errors
    /// Where a count that is told is not the true one: a fault of the harness
    /// must not look like safety.
    pub(crate) fn bounds(&self, coins: &mut Coins) -> anyhow::Result<Outcome> {
        let (mut tried, mut found, mut false_claims, mut programs) = (0_u64, 0_u64, 0_u64, 0_u64);
        let mut shown = 0_u64;
        let tables: Vec<&Table> = self.tables.keys().collect();
        for table in coins.sample(tables, self.world.tries(6, usize::MAX)) {
            for district in self.districts() {
                let (mut system, places) = self.system(table, &district);
                let mut open = Vec::new();
                let stated = system.stated.clone();
                system.propagate();
                for (at, place) in places.iter().enumerate() {
                    let truth = self.truth(table, place);
                    let is_shown = stated[at].low == stated[at].high;
                    if place.class.is_some() && is_shown {
                        shown += 1;
                        anyhow::ensure!(
                            stated[at].holds(truth),
                            "the records and the release disagree on a class of {table:?}"
                        );
                    }
                    let small = truth < least_threshold(self.world, place.layer);
                    if (is_shown && !small) || !self.looked(table, place) {
                        continue;
                    }
                    tried += 1;
                    match verdict(system.bounds[at], truth) {
                        Verdict::Open => open.push((at, truth)),
                        Verdict::Found => found += 1,
                        Verdict::False => false_claims += 1,
                    }
                }
                open.sort_by_key(|(at, _)| system.bounds[*at].width());
                let most = self.world.tries(2, 6);
                for (at, truth) in open.into_iter().take(most) {
                    programs += 1;
                    if let Some(bounds) = system.linear_bounds(at, REACH) {
                        match verdict(bounds, truth) {
                            Verdict::Open => {}
                            Verdict::Found => found += 1,
                            Verdict::False => false_claims += 1,
                        }
                    }
                }
            }
        }
        Ok(
            Outcome::none_allowed(tried, found, "cells by class found exactly or too narrowly")
                .note(format!(
                    "by class: {tried} withheld cells, {shown} told; {found} found, \
                     {false_claims} bounds that were false; {programs} pairs of linear programs"
                )),
        )
    }

    /// Attack 8 over classes: a count less all that is told within it, known to
    /// be 1..k-1 and truly so.
    pub(crate) fn differences(&self) -> Outcome {
        let k = self.release.k() as i64;
        let (mut tried, mut found) = (0_u64, 0_u64);
        for table in self.tables.keys() {
            for district in self.districts() {
                let (mut system, places) = self.system(table, &district);
                system.propagate();
                let truth: Vec<i64> = places
                    .iter()
                    .map(|place| self.truth(table, place) as i64)
                    .collect();
                for (whole, parts) in system.sums_of_parts() {
                    let shown = |cell: usize| {
                        let Bounds { low, high } = system.stated[cell];
                        high < OPEN && (low > 0 || low == high)
                    };
                    let told: Vec<usize> = parts.iter().copied().filter(|p| shown(*p)).collect();
                    if told.is_empty() {
                        continue;
                    }
                    // All of them, and all but one.
                    let but_one = (0..told.len()).map(|left| {
                        let others = told.iter().enumerate().filter(|(at, _)| *at != left);
                        others.map(|(_, part)| *part).collect()
                    });
                    let claims: Vec<Vec<usize>> =
                        std::iter::once(told.clone()).chain(but_one).collect();
                    for parts in claims {
                        tried += 1;
                        let sum = |of: &dyn Fn(usize) -> i64| -> i64 {
                            parts.iter().map(|part| of(*part)).sum()
                        };
                        let low = system.bounds[whole].low - sum(&|part| system.bounds[part].high);
                        let high = system.bounds[whole].high - sum(&|part| system.bounds[part].low);
                        let rest = truth[whole] - sum(&|part| truth[part]);
                        let is_small = low >= 1 && high < k && (low..=high).contains(&rest);
                        found += u64::from(is_small);
                    }
                }
            }
        }
        Outcome::none_allowed(tried, found, "small differences by class").note(format!(
            "by class: {tried} differences, {found} known to be 1..k-1"
        ))
    }

    /// Attack 13 over classes: nine of ten girls recorded in a place, or of any
    /// other class, known to have suffered the same.
    pub(crate) fn homogeneous(&self, harms: &[&str], share: f64) -> Outcome {
        let most = self.release.k().saturating_sub(1) as f64;
        let (mut tried, mut found) = (0_u64, 0_u64);
        let mut groups: BTreeMap<(&str, &str, &str, &str), Vec<&ClassKey>> = BTreeMap::new();
        for key in self.release.classes.keys() {
            if harms.contains(&key.1.as_str()) {
                let group = (&*key.0, &*key.2, &*key.3, &*key.4);
                groups.entry(group).or_default().push(key);
            }
        }
        for keys in groups.values().filter(|keys| keys.len() > 1) {
            for unit in self.release.classes[keys[0]].keys() {
                tried += 1;
                let stated: Vec<(f64, f64)> = keys
                    .iter()
                    .filter_map(|key| self.release.classes[*key].get(unit))
                    .map(|told| told.map_or((0.0, most), |count| (count as f64, count as f64)))
                    .collect();
                let Some((kind, least)) = largest_share(&stated) else {
                    continue;
                };
                let truth: Vec<f64> = keys
                    .iter()
                    .map(|key| {
                        let counts = self.truth.get(*key);
                        counts.and_then(|of| of.get(unit)).copied().unwrap_or(0) as f64
                    })
                    .collect();
                let total: f64 = truth.iter().sum();
                found += u64::from(least >= share && total > 0.0 && truth[kind] >= share * total);
            }
        }
        Outcome::none_allowed(tried, found, "homogeneous cells by class")
            .note(format!("by class: {tried} cells, {found} homogeneous"))
    }
}

enum Verdict {
    Open,
    Found,
    False,
}

fn verdict(bounds: Bounds, truth: u64) -> Verdict {
    let least = MIN_WIDTH.max((MIN_SHARE * truth as f64).ceil() as i64);
    if bounds.width() >= least {
        Verdict::Open
    } else if bounds.holds(truth) {
        Verdict::Found
    } else {
        Verdict::False
    }
}

/// Says that nothing is told by class.
fn no_surface() -> Outcome {
    Outcome::no_surface("no release tells counts by class")
}

/// Attack 6 on counts by class.
pub(crate) struct CellBoundsByClass;

impl Attack for CellBoundsByClass {
    fn number(&self) -> u32 {
        6
    }

    fn name(&self) -> &'static str {
        "bounds on withheld cells by class, by linear programming"
    }

    fn passes_when(&self) -> &'static str {
        "none exact; at least max(5, 20 %) counts stay possible"
    }

    fn control(&self) -> Control {
        Control::Unprotected
    }

    fn run(&self, world: &World) -> anyhow::Result<Outcome> {
        let classes = Classes::of(world);
        classes.map_or_else(|| Ok(no_surface()), |of| of.bounds(&mut Coins::new(106)))
    }
}

/// Attack 8 on counts by class.
pub(crate) struct DifferencesByClass;

impl Attack for DifferencesByClass {
    fn number(&self) -> u32 {
        8
    }

    fn name(&self) -> &'static str {
        "differences of counts by class"
    }

    fn passes_when(&self) -> &'static str {
        "no derivable difference in 1..k-1"
    }

    fn control(&self) -> Control {
        Control::Unprotected
    }

    fn run(&self, world: &World) -> anyhow::Result<Outcome> {
        Ok(Classes::of(world).map_or_else(no_surface, |of| of.differences()))
    }
}

/// Attack 13 on counts by class.
pub(crate) struct HomogeneityByClass;

impl Attack for HomogeneityByClass {
    fn number(&self) -> u32 {
        13
    }

    fn name(&self) -> &'static str {
        "homogeneity: nearly all of one class have one sensitive value"
    }

    fn passes_when(&self) -> &'static str {
        "no cell with 90 % or more of one value"
    }

    fn control(&self) -> Control {
        Control::Unprotected
    }

    fn run(&self, world: &World) -> anyhow::Result<Outcome> {
        let of = Classes::of(world);
        Ok(of.map_or_else(no_surface, |of| of.homogeneous(&HARMS, SHARE)))
    }
}
