//! The units of a layer: who is in it, and what lies where.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use h3o::{CellIndex, Resolution};
use safeground_schema::{Layer, Level};

use super::cover::cover;
use super::{LayerKey, Places, polygons};

/// Marks a place that lies in no unit of the layer.
const NOWHERE: u32 = u32::MAX;

/// The complete list of units of a layer, in the order of their identifiers.
///
/// The list depends on the places alone, never on what happened in them.
#[derive(Debug)]
pub struct Units {
    /// Which layer.
    pub key: LayerKey,
    /// Place identifiers or H3 cells in lowercase hexadecimal, sorted.
    pub ids: Vec<String>,
    /// Place index of each unit; empty for cells.
    pub places: Vec<u32>,
    /// Cell of each unit; empty for places.
    pub cells: Vec<CellIndex>,
    /// Children below 18.
    pub children: Vec<Option<f64>>,
    /// Households.
    pub households: Vec<Option<f64>>,
    /// Inhabitants.
    pub population: Vec<Option<f64>>,
    unit_of_place: Vec<u32>,
    unit_of_cell: HashMap<CellIndex, u32>,
}

/// What the units of every layer are made from.
#[derive(Debug)]
pub struct Ground<'a> {
    /// All places.
    pub places: &'a Places,
    /// Children of each place.
    pub children: &'a [Option<f64>],
    /// Households of each place.
    pub households: &'a [Option<f64>],
    /// Inhabitants of each place.
    pub population: &'a [Option<f64>],
    /// Earlier place → later place where a whole place became another.
    pub successors: &'a HashMap<u32, Vec<u32>>,
    /// Polygons that cells must cover.
    pub territory: &'a BTreeMap<u32, Vec<u8>>,
}

impl Units {
    /// Number of units.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// The unit an event belongs to.
    ///
    /// In a layer of places: the place's own unit or the one it lies in (an
    /// event without a place takes that of its cell's centre). In a
    /// layer of cells: the cell of the event, or of the village where the
    /// place is a village or habitation with a point; an event known only by
    /// its block or district has no cell.
    #[must_use]
    pub fn unit(&self, place: Option<u32>, cell: Option<CellIndex>) -> Option<u32> {
        let of_place = || {
            let unit = self.unit_of_place[place? as usize];
            (unit != NOWHERE).then_some(unit)
        };
        match self.key {
            LayerKey::Place(_) => of_place(),
            LayerKey::H3(resolution) => {
                let resolution = Resolution::try_from(resolution).ok()?;
                match cell.and_then(|cell| cell.parent(resolution)) {
                    Some(parent) => self.unit_of_cell.get(&parent).copied(),
                    None => of_place(),
                }
            }
        }
    }

    /// The units of a layer of places.
    #[must_use]
    pub fn of_places(layer: &Layer, ground: &Ground) -> Self {
        let places = ground.places;
        let members = places.of_layer(layer);
        let mut unit_of_place = vec![NOWHERE; places.len()];
        for (unit, place) in members.iter().enumerate() {
            unit_of_place[*place as usize] = unit as u32;
        }
        let own = unit_of_place.clone();
        for place in 0..places.len() as u32 {
            if places.level_of(place) < layer.level {
                continue;
            }
            let direct = places
                .lineage(place)
                .map(|p| own[p as usize])
                .find(|unit| *unit != NOWHERE);
            let successor = || {
                places
                    .lineage(place)
                    .filter_map(|p| ground.successors.get(&p))
                    .flatten()
                    .map(|p| own[*p as usize])
                    .find(|unit| *unit != NOWHERE)
            };
            if let Some(unit) = direct.or_else(successor) {
                unit_of_place[place as usize] = unit;
            }
        }
        let of = |column: &[Option<f64>]| members.iter().map(|p| column[*p as usize]).collect();
        Self {
            key: LayerKey::Place(layer.clone()),
            ids: members
                .iter()
                .map(|p| places.ids[*p as usize].clone())
                .collect(),
            children: of(ground.children),
            households: of(ground.households),
            population: of(ground.population),
            places: members,
            cells: Vec::new(),
            unit_of_place,
            unit_of_cell: HashMap::new(),
        }
    }

    /// The units of a layer of cells: all cells that cover the territory or
    /// hold a village or habitation.
    ///
    /// Children and households of a cell are the sums over the points of one
    /// level, villages or habitations, whichever holds more children.
    #[must_use]
    pub fn of_cells(resolution: Resolution, ground: &Ground) -> Self {
        let places = ground.places;
        let mut universe = BTreeSet::new();
        for shape in ground.territory.values() {
            if let Some(shape) = polygons::parse(shape) {
                cover(&shape, resolution, &mut universe);
            }
        }
        let cell_of = |place: u32| {
            (places.level_of(place) >= Level::Village)
                .then(|| places.cell[place as usize]?.parent(resolution))
                .flatten()
        };
        let placed: Vec<(u32, CellIndex)> = (0..places.len() as u32)
            .filter_map(|place| Some((place, cell_of(place)?)))
            .collect();
        universe.extend(placed.iter().map(|(_, cell)| *cell));
        let cells: Vec<CellIndex> = universe.into_iter().collect();
        let unit_of_cell: HashMap<CellIndex, u32> = cells.iter().copied().zip(0..).collect();
        let mut unit_of_place = vec![NOWHERE; places.len()];
        for (place, cell) in &placed {
            unit_of_place[*place as usize] = unit_of_cell[cell];
        }
        let sum = |column: &[Option<f64>]| {
            let by_level = [Level::Village, Level::Habitation].map(|level| {
                let mut sums: Vec<Option<f64>> = vec![None; cells.len()];
                for (place, _) in &placed {
                    if places.level_of(*place) == level
                        && let Some(value) = column[*place as usize]
                    {
                        let unit = unit_of_place[*place as usize] as usize;
                        sums[unit] = Some(sums[unit].unwrap_or(0.0) + value);
                    }
                }
                (sums.iter().flatten().sum::<f64>(), sums)
            });
            let [villages, habitations] = by_level;
            if habitations.0 > villages.0 {
                habitations.1
            } else {
                villages.1
            }
        };
        Self {
            key: LayerKey::H3(resolution.into()),
            ids: cells.iter().map(ToString::to_string).collect(),
            children: sum(ground.children),
            households: sum(ground.households),
            population: sum(ground.population),
            places: Vec::new(),
            cells,
            unit_of_place,
            unit_of_cell,
        }
    }
}
