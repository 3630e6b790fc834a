//! Graphs that unit tests of several families stand on.

use crate::weights::SpatialWeights;

/// Units in a row, each with the one before and the one after.
pub(crate) fn path(n: usize) -> SpatialWeights {
    grid(1, n)
}

/// Units in a circle, each with the `reach` next ones on both sides.
pub(crate) fn ring(n: usize, reach: usize) -> SpatialWeights {
    let lists = (0..n)
        .map(|i| {
            (1..=reach)
                .flat_map(|step| [(i + step) % n, (i + n - step) % n])
                .collect()
        })
        .collect();
    SpatialWeights::from_lists(lists).unwrap()
}

/// Cells of a rectangle, row by row, rook neighbours.
pub(crate) fn grid(rows: usize, columns: usize) -> SpatialWeights {
    let lists = (0..rows * columns)
        .map(|unit| {
            let (x, y) = (unit % columns, unit / columns);
            [
                (x > 0).then(|| unit - 1),
                (x + 1 < columns).then_some(unit + 1),
                (y > 0).then(|| unit - columns),
                (y + 1 < rows).then_some(unit + columns),
            ]
            .into_iter()
            .flatten()
            .collect()
        })
        .collect();
    SpatialWeights::from_lists(lists).unwrap()
}

/// Neighbours of each unit.
pub(crate) fn lists(weights: &SpatialWeights) -> Vec<Vec<usize>> {
    (0..weights.len())
        .map(|unit| weights.neighbours(unit).collect())
        .collect()
}
