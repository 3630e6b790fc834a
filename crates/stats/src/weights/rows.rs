//! Rows of weights made in parallel, whatever the method.

use rayon::prelude::*;

use super::SpatialWeights;
use crate::StatsError;

/// Units that one piece of parallel work makes the rows of.
const BLOCK: usize = 256;

/// Binary weights from a function that pushes the neighbours of a unit, in
/// any order, each once and never the unit itself. `scratch` makes what one
/// thread keeps between units.
pub(super) fn collect_rows<S>(
    units: usize,
    scratch: impl Fn() -> S + Sync + Send,
    fill: impl Fn(&mut S, usize, &mut Vec<u32>) -> Result<(), StatsError> + Sync + Send,
) -> Result<SpatialWeights, StatsError> {
    let (starts, neighbours) = collect(units, scratch, fill, |neighbour| *neighbour)?;
    Ok(SpatialWeights::from_rows(starts, neighbours))
}

/// The same for weights with a value on each link.
pub(super) fn collect_weighted_rows<S>(
    units: usize,
    scratch: impl Fn() -> S + Sync + Send,
    fill: impl Fn(&mut S, usize, &mut Vec<(u32, f64)>) -> Result<(), StatsError> + Sync + Send,
) -> Result<SpatialWeights, StatsError> {
    let (starts, entries) = collect(units, scratch, fill, |entry| entry.0)?;
    let (neighbours, weights) = entries.into_iter().unzip();
    Ok(SpatialWeights::from_parts(
        starts,
        neighbours,
        Some(weights),
        None,
    ))
}

/// Fails if there are more units than an index of 32 bits can name.
pub(super) fn check_units(units: usize) -> Result<(), StatsError> {
    if u32::try_from(units).is_ok() {
        Ok(())
    } else {
        Err(StatsError::Parameter {
            what: "number of units",
            value: units as f64,
            expected: "at most 4,294,967,295",
        })
    }
}

/// Where rows begin or end, and their entries.
type Rows<T> = (Vec<usize>, Vec<T>);

fn collect<S, T: Copy + Send>(
    units: usize,
    scratch: impl Fn() -> S + Sync + Send,
    fill: impl Fn(&mut S, usize, &mut Vec<T>) -> Result<(), StatsError> + Sync + Send,
    key: impl Fn(&T) -> u32 + Sync,
) -> Result<Rows<T>, StatsError> {
    check_units(units)?;
    let blocks: Vec<Result<Rows<T>, StatsError>> = (0..units.div_ceil(BLOCK))
        .into_par_iter()
        .map_init(scratch, |scratch, block| {
            let range = block * BLOCK..units.min((block + 1) * BLOCK);
            let mut ends = Vec::with_capacity(range.len());
            let mut entries = Vec::new();
            for unit in range {
                let start = entries.len();
                fill(scratch, unit, &mut entries)?;
                entries[start..].sort_unstable_by_key(&key);
                ends.push(entries.len());
            }
            Ok((ends, entries))
        })
        .collect();
    let size = blocks.iter().flatten().map(|(_, entries)| entries.len());
    let mut all = Vec::with_capacity(size.sum());
    let mut starts = Vec::with_capacity(units + 1);
    starts.push(0);
    // In order, so that the first fault is the same on any number of threads.
    for block in blocks {
        let (ends, entries) = block?;
        let before = all.len();
        starts.extend(ends.into_iter().map(|end| before + end));
        all.extend(entries);
    }
    Ok((starts, all))
}
