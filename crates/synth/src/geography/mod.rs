//! The geography of the fictional state: one state, its districts and blocks,
//! grown on H3 cells in the open ocean.
//!
//! The geography is the same for every seed, so that maps and tests of
//! different seeds can be compared; what lives and happens in it is not.

mod borders;
mod land;
mod noise;
mod regions;

use std::cmp::Reverse;
use std::ops::Range;

use h3o::CellIndex;

pub(crate) use borders::{Shape, Vertex};
pub(crate) use land::Spot;

use crate::names::{Form, Names};
use crate::random::Stream;
use borders::Borders;
use land::Land;

/// Districts of the state.
pub(crate) const DISTRICTS: usize = 36;

/// Blocks of the state.
pub(crate) const BLOCKS: usize = 220;

/// Code of the state: no state of India has it.
pub(crate) const STATE_CODE: u32 = 99;

/// Codes of districts follow this one: above all in use.
const DISTRICT_CODES_FROM: u32 = 9900;

/// Codes of blocks follow this one: above all in use.
const BLOCK_CODES_FROM: u32 = 99_000;

/// Fewest blocks of a district.
const FEWEST_BLOCKS: usize = 3;

/// A district.
#[derive(Debug)]
pub(crate) struct District {
    pub(crate) code: u32,
    pub(crate) name: String,
    /// Its blocks.
    pub(crate) blocks: Range<usize>,
    pub(crate) shapes: Vec<Shape>,
    /// Districts that share a border.
    pub(crate) neighbours: Vec<usize>,
    /// Mean position.
    pub(crate) middle: Spot,
}

/// A block.
#[derive(Debug)]
pub(crate) struct Block {
    pub(crate) code: u32,
    pub(crate) name: String,
    pub(crate) district: usize,
    /// Its cells of resolution 7, before the border was smoothed.
    pub(crate) cells: Vec<CellIndex>,
    pub(crate) shapes: Vec<Shape>,
    /// Blocks that share a border.
    pub(crate) neighbours: Vec<usize>,
    /// How much settled ground it has, in cells.
    pub(crate) room: f64,
    /// How crowded it is, 0 to 1.
    pub(crate) crowding: f64,
}

/// The state.
#[derive(Debug)]
pub(crate) struct Geography {
    pub(crate) state_shapes: Vec<Shape>,
    pub(crate) districts: Vec<District>,
    pub(crate) blocks: Vec<Block>,
}

impl Geography {
    /// Makes the state.
    pub(crate) fn new() -> Self {
        let land = Land::new();
        let costs = regions::crossing_costs(&land);
        let all: Vec<u32> = (0..land.cells.len() as u32).collect();
        let district_of_cell = reading_order(
            &land,
            &all,
            &regions::divide(&land, &all, &costs, DISTRICTS),
            DISTRICTS,
        );
        let (block_of_cell, blocks_of_district) =
            divide_districts(&land, &costs, &district_of_cell);
        let borders = Borders::new(&land, &block_of_cell);
        name_and_assemble(&land, &borders, &block_of_cell, &blocks_of_district)
    }

    /// District of a block.
    pub(crate) fn district_of(&self, block: usize) -> &District {
        &self.districts[self.blocks[block].district]
    }
}

/// Renumbers regions as one reads a map: bands from north to south, each from
/// west to east.
fn reading_order(land: &Land, members: &[u32], regions: &[u16], count: usize) -> Vec<u16> {
    const BAND_KM: f64 = 55.0;
    let middles = middles(land, members, regions, count);
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by_key(|region| {
        let Spot { east_km, north_km } = middles[*region];
        (Reverse((north_km / BAND_KM).floor() as i64), east_km as i64)
    });
    let mut renumbered = vec![0; count];
    for (new, old) in order.iter().enumerate() {
        renumbered[*old] = new as u16;
    }
    regions
        .iter()
        .map(|old| renumbered[usize::from(*old)])
        .collect()
}

fn middles(land: &Land, members: &[u32], regions: &[u16], count: usize) -> Vec<Spot> {
    let mut sums = vec![(0.0, 0.0, 0.0); count];
    for (cell, region) in members.iter().zip(regions) {
        let spot = land.spots[*cell as usize];
        let sum = &mut sums[usize::from(*region)];
        *sum = (sum.0 + spot.east_km, sum.1 + spot.north_km, sum.2 + 1.0);
    }
    let spot = |(east, north, n): &(f64, f64, f64)| Spot {
        east_km: east / n,
        north_km: north / n,
    };
    sums.iter().map(spot).collect()
}

/// Block of every cell, and the blocks of every district: more where the
/// ground is settled more densely.
fn divide_districts(
    land: &Land,
    costs: &[u64],
    district_of_cell: &[u16],
) -> (Vec<u16>, Vec<Range<usize>>) {
    let mut members: Vec<Vec<u32>> = vec![Vec::new(); DISTRICTS];
    for (cell, district) in (0_u32..).zip(district_of_cell) {
        members[usize::from(*district)].push(cell);
    }
    let weights: Vec<f64> = members
        .iter()
        .map(|cells| cells.iter().map(|cell| costs[*cell as usize] as f64).sum())
        .collect();
    let counts = apportion(BLOCKS, &weights, FEWEST_BLOCKS);
    let mut block_of_cell = vec![0; land.cells.len()];
    let mut ranges = Vec::with_capacity(DISTRICTS);
    let mut first = 0;
    for (cells, count) in members.iter().zip(counts) {
        let regions = regions::divide(land, cells, costs, count);
        let regions = reading_order(land, cells, &regions, count);
        for (cell, region) in cells.iter().zip(regions) {
            block_of_cell[*cell as usize] = first as u16 + region;
        }
        ranges.push(first..first + count);
        first += count;
    }
    (block_of_cell, ranges)
}

/// Shares `total` out by weight, at least `least` each; largest remainders
/// decide.
pub(crate) fn apportion(total: usize, weights: &[f64], least: usize) -> Vec<usize> {
    let sum: f64 = weights.iter().sum();
    let free = (total - least * weights.len()) as f64;
    let shares: Vec<f64> = weights.iter().map(|weight| free * weight / sum).collect();
    let mut counts: Vec<usize> = shares
        .iter()
        .map(|share| least + share.floor() as usize)
        .collect();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by(|a, b| {
        shares[*b]
            .fract()
            .total_cmp(&shares[*a].fract())
            .then(a.cmp(b))
    });
    let missing = total - counts.iter().sum::<usize>();
    for place in order.into_iter().cycle().take(missing) {
        counts[place] += 1;
    }
    counts
}

fn name_and_assemble(
    land: &Land,
    borders: &Borders,
    block_of_cell: &[u16],
    blocks_of_district: &[Range<usize>],
) -> Geography {
    let mut names = Names::new(Stream::new(0, "names of districts and blocks"));
    let mut district_names: Vec<String> = Vec::new();
    for _ in blocks_of_district {
        let name = names.next(Form::District, &district_names);
        district_names.push(name);
    }
    let mut cells_of_block: Vec<Vec<usize>> = vec![Vec::new(); BLOCKS];
    for (cell, block) in block_of_cell.iter().enumerate() {
        cells_of_block[usize::from(*block)].push(cell);
    }
    let block_neighbours = symmetric(borders.neighbours(), BLOCKS);
    let mut blocks: Vec<Block> = Vec::with_capacity(BLOCKS);
    let mut districts: Vec<District> = Vec::with_capacity(DISTRICTS);
    for (number, (range, name)) in blocks_of_district.iter().zip(district_names).enumerate() {
        let mut block_names: Vec<String> = Vec::new();
        for block in range.clone() {
            let name = names.next(Form::Block, &block_names);
            block_names.push(name.clone());
            let cells = &cells_of_block[block];
            let crowding = |cell: &usize| land::crowding(land.spots[*cell]);
            let room: f64 = cells.iter().map(|cell| 0.35 + crowding(cell)).sum();
            let mean = cells.iter().map(crowding).sum::<f64>() / cells.len() as f64;
            blocks.push(Block {
                code: BLOCK_CODES_FROM + block as u32 + 1,
                name,
                district: number,
                cells: cells.iter().map(|cell| land.cells[*cell]).collect(),
                shapes: borders.shapes(|region| usize::from(region) == block),
                neighbours: block_neighbours[block].clone(),
                room,
                crowding: mean,
            });
        }
        let of_district = |region: u16| range.contains(&usize::from(region));
        let cells = cells_of_block[range.clone()].concat();
        let (mut east_km, mut north_km) = (0.0, 0.0);
        for cell in &cells {
            east_km += land.spots[*cell].east_km / cells.len() as f64;
            north_km += land.spots[*cell].north_km / cells.len() as f64;
        }
        districts.push(District {
            code: DISTRICT_CODES_FROM + number as u32 + 1,
            name,
            blocks: range.clone(),
            shapes: borders.shapes(of_district),
            neighbours: Vec::new(),
            middle: Spot { east_km, north_km },
        });
    }
    for (number, district) in districts.iter_mut().enumerate() {
        let mut around: Vec<usize> = district
            .blocks
            .clone()
            .flat_map(|block| &blocks[block].neighbours)
            .map(|other| blocks[*other].district)
            .filter(|other| *other != number)
            .collect();
        around.sort_unstable();
        around.dedup();
        district.neighbours = around;
    }
    Geography {
        state_shapes: borders.shapes(|_| true),
        districts,
        blocks,
    }
}

fn symmetric(pairs: impl IntoIterator<Item = (u16, u16)>, count: usize) -> Vec<Vec<usize>> {
    let mut around = vec![Vec::new(); count];
    for (a, b) in pairs {
        around[usize::from(a)].push(usize::from(b));
        around[usize::from(b)].push(usize::from(a));
    }
    for list in &mut around {
        list.sort_unstable();
    }
    around
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_add_up_and_keep_the_least() {
        let counts = apportion(20, &[0.0, 1.0, 2.0, 3.5], 2);
        assert_eq!(counts.iter().sum::<usize>(), 20);
        assert_eq!(counts[0], 2);
        assert!(counts.is_sorted());
    }

    #[test]
    fn every_district_and_block_is_one_polygon_with_neighbours() {
        let geography = Geography::new();
        assert_eq!(geography.state_shapes.len(), 1);
        assert_eq!(geography.districts.len(), DISTRICTS);
        assert_eq!(geography.blocks.len(), BLOCKS);
        for district in &geography.districts {
            assert_eq!(district.shapes.len(), 1, "{}", district.name);
            assert!(!district.neighbours.is_empty());
        }
        for block in &geography.blocks {
            assert_eq!(block.shapes.len(), 1, "{}", block.name);
            assert!(!block.neighbours.is_empty());
        }
    }
}
