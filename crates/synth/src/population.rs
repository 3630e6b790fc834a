//! Villages and who lives in them.

use geo::{Contains as _, Coord, LineString, Point, Polygon};
use h3o::{CellIndex, LatLng, Resolution};

use crate::geography::{Block, Geography, Shape, Vertex, apportion};
use crate::names::{Form, Names};
use crate::random::Stream;

/// Villages of the state.
pub(crate) const VILLAGES: usize = 5_000;

/// Codes of villages follow this one: seven digits, where real ones have six.
const VILLAGE_CODES_FROM: u32 = 9_900_000;

/// Fewest villages of a block.
const FEWEST_VILLAGES: usize = 6;

/// Smallest and largest population of a village.
const POPULATION_RANGE: (f64, f64) = (90.0, 24_000.0);

/// Largest shift of a village from the centre of its cell, in millionths of a
/// degree: about 250 m, well inside a cell of resolution 8.
const SHIFT: f64 = 2_200.0;

/// A village.
#[derive(Debug)]
pub(crate) struct Village {
    pub(crate) code: u32,
    pub(crate) name: String,
    pub(crate) block: usize,
    /// Where it lies.
    pub(crate) point: Vertex,
    /// Its H3 cell of resolution 8, whose centre lies in the same block.
    pub(crate) cell: CellIndex,
    pub(crate) households: u32,
    pub(crate) population: u32,
    pub(crate) children_0_6: u32,
    pub(crate) children_under_18: u32,
}

/// All villages, block by block.
pub(crate) fn settle(geography: &Geography, seed: u64) -> Vec<Village> {
    let rooms: Vec<f64> = geography.blocks.iter().map(|block| block.room).collect();
    let counts = apportion(VILLAGES, &rooms, FEWEST_VILLAGES);
    let mut sites = Stream::new(0, "sites of villages");
    let mut people = Stream::new(seed, "population");
    let mut names = Names::new(Stream::new(0, "names of villages"));
    let mut villages = Vec::with_capacity(VILLAGES);
    let mut sizes_of_districts = Vec::new();
    for _ in &geography.districts {
        sizes_of_districts.push((people.around_one(0.35), people.around_one(0.06)));
    }
    for (number, (block, count)) in geography.blocks.iter().zip(counts).enumerate() {
        let (size, young) = sizes_of_districts[block.district];
        let mut siblings: Vec<String> = Vec::new();
        for (point, cell) in choose_sites(block, count, &mut sites) {
            let name = names.next(Form::Village, &siblings);
            siblings.push(name.clone());
            let code = VILLAGE_CODES_FROM + villages.len() as u32 + 1;
            let typical = 2_000.0 * (0.6 + 0.9 * block.crowding) * size;
            villages.push(inhabit(
                Village {
                    code,
                    name,
                    block: number,
                    point,
                    cell,
                    households: 0,
                    population: 0,
                    children_0_6: 0,
                    children_under_18: 0,
                },
                typical,
                young,
                &mut people,
            ));
        }
    }
    villages
}

fn inhabit(village: Village, typical: f64, young: f64, people: &mut Stream) -> Village {
    let (least, most) = POPULATION_RANGE;
    let population = (typical * people.around_one(0.75))
        .clamp(least, most)
        .floor();
    let household = 4.8 * people.around_one(0.08);
    let under_18 = (0.365 * young * people.around_one(0.05)).min(0.6);
    let under_7 = under_18 * (0.37 * people.around_one(0.04)).min(0.6);
    Village {
        population: population as u32,
        households: (population / household).ceil() as u32,
        children_0_6: (population * under_7).floor() as u32,
        children_under_18: (population * under_18).floor() as u32,
        ..village
    }
}

/// Points for the villages of a block, each in a cell of its own.
fn choose_sites(block: &Block, count: usize, stream: &mut Stream) -> Vec<(Vertex, CellIndex)> {
    let polygons: Vec<Polygon> = block.shapes.iter().map(polygon).collect();
    let inside = |vertex: Vertex| {
        let point = Point::new(f64::from(vertex.east) / 1e6, f64::from(vertex.north) / 1e6);
        polygons.iter().any(|polygon| polygon.contains(&point))
    };
    let mut candidates: Vec<CellIndex> = block
        .cells
        .iter()
        .flat_map(|cell| cell.children(Resolution::Eight))
        .collect();
    candidates.sort_unstable();
    let mut sites = Vec::with_capacity(count);
    while sites.len() < count && !candidates.is_empty() {
        let cell = candidates.swap_remove(stream.below(candidates.len()));
        let centre = Vertex::of(LatLng::from(cell));
        let shift = |stream: &mut Stream| libm::round(stream.between(-SHIFT, SHIFT)) as i32;
        let point = Vertex {
            east: centre.east + shift(stream),
            north: centre.north + shift(stream),
        };
        if inside(centre) && inside(point) {
            sites.push((point, cell));
        }
    }
    assert_eq!(sites.len(), count, "a block has room for its villages");
    sites
}

fn polygon(shape: &Shape) -> Polygon {
    let mut rings = shape.iter().map(|ring| {
        let coordinates = ring.iter().map(|vertex| Coord {
            x: f64::from(vertex.east) / 1e6,
            y: f64::from(vertex.north) / 1e6,
        });
        LineString::from_iter(coordinates)
    });
    let outer = rings.next().unwrap_or_else(|| LineString::new(Vec::new()));
    Polygon::new(outer, rings.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn villages_lie_in_cells_of_their_own_and_have_plausible_people() {
        let geography = Geography::new();
        let villages = settle(&geography, 7);
        assert_eq!(villages.len(), VILLAGES);
        let mut cells: Vec<_> = villages.iter().map(|village| village.cell).collect();
        cells.sort_unstable();
        cells.dedup();
        assert_eq!(cells.len(), VILLAGES);
        for village in &villages {
            let Vertex { east, north } = village.point;
            let point = LatLng::new(f64::from(north) / 1e6, f64::from(east) / 1e6).unwrap();
            assert_eq!(point.to_cell(Resolution::Eight), village.cell);
            assert!(village.children_0_6 < village.children_under_18);
            assert!(village.children_under_18 < village.population);
            assert!(village.households < village.population);
        }
    }
}
