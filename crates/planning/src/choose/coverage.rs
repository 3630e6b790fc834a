//! Which place covers which demand.

use rayon::prelude::*;

use super::distance::{DistanceTable, GlobeIndex};
use super::place::LatLng;

/// Lists of numbers, one list for each row, without a box for each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Coverage {
    starts: Vec<usize>,
    items: Vec<u32>,
}

impl Coverage {
    /// Each of `count` rows holds itself.
    pub(super) fn identity(count: usize) -> Self {
        Self {
            starts: (0..=count).collect(),
            items: (0u32..).take(count).collect(),
        }
    }

    /// For each of `centres` the numbers of `points` within the radius.
    ///
    /// O((n + m) log m) and one step for each pair within the radius; centres
    /// are shared out over threads and put together in their order.
    pub(super) fn within_radius(centres: &[LatLng], points: &[LatLng], radius_km: f64) -> Self {
        /// Centres whose lists are put together at a time.
        const CHUNK: usize = 1024;
        let index = GlobeIndex::new(points);
        let chunks: Vec<(Vec<usize>, Vec<u32>)> = centres
            .par_chunks(CHUNK)
            .map(|centres| {
                let mut lengths = Vec::with_capacity(centres.len());
                let mut items = Vec::new();
                for centre in centres {
                    let found = index.within(*centre, radius_km, points);
                    lengths.push(found.len());
                    items.extend(found);
                }
                (lengths, items)
            })
            .collect();
        let mut starts = Vec::with_capacity(centres.len() + 1);
        starts.push(0);
        let mut items = Vec::with_capacity(chunks.iter().map(|(_, items)| items.len()).sum());
        let mut end = 0;
        for (lengths, found) in chunks {
            for length in lengths {
                end += length;
                starts.push(end);
            }
            items.extend(found);
        }
        Self { starts, items }
    }

    /// For each place of a table the demand within the radius.
    pub(super) fn from_table(table: &DistanceTable, radius_km: f64) -> Self {
        Self::from_lists((0..table.places()).map(|place| {
            (0u32..)
                .take(table.demand())
                .filter(move |demand| table.km(*demand as usize, place) <= radius_km)
        }))
    }

    /// From lists in ascending order.
    pub(super) fn from_lists<List: IntoIterator<Item = u32>>(
        lists: impl IntoIterator<Item = List>,
    ) -> Self {
        let mut starts = vec![0];
        let mut items = Vec::new();
        for list in lists {
            items.extend(list);
            starts.push(items.len());
        }
        Self { starts, items }
    }

    /// The other way round: for each of `columns` numbers the rows that list
    /// it, ascending.
    pub(super) fn transposed(&self, columns: usize) -> Self {
        let mut starts = vec![0usize; columns + 1];
        for item in &self.items {
            starts[*item as usize + 1] += 1;
        }
        for column in 0..columns {
            starts[column + 1] += starts[column];
        }
        let mut next = starts.clone();
        let mut items = vec![0; self.items.len()];
        for (row, number) in (0..self.rows()).zip(0u32..) {
            for item in self.row(row) {
                items[next[*item as usize]] = number;
                next[*item as usize] += 1;
            }
        }
        Self { starts, items }
    }

    /// Number of rows.
    pub(super) fn rows(&self) -> usize {
        self.starts.len() - 1
    }

    /// Numbers in all rows together.
    pub(super) fn entries(&self) -> usize {
        self.items.len()
    }

    /// The list of a row.
    pub(super) fn row(&self, row: usize) -> &[u32] {
        &self.items[self.starts[row]..self.starts[row + 1]]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transposing_twice_gives_the_same_lists() {
        let lists = Coverage::from_lists([vec![0, 2], vec![], vec![1, 2]]);
        let back = lists.transposed(3);
        assert_eq!(back.row(2), [0, 2]);
        assert_eq!(back.transposed(3), lists);
    }

    #[test]
    fn lists_of_many_chunks_keep_the_order_of_the_centres() {
        let points: Vec<LatLng> = (0..3_000)
            .map(|number| LatLng {
                latitude: 0.0,
                longitude: f64::from(number) * 0.01,
            })
            .collect();
        let coverage = Coverage::within_radius(&points, &points, 1.2);
        assert_eq!(coverage.row(2_000), [1_999, 2_000, 2_001]);
        assert_eq!(coverage.entries(), 3 * 3_000 - 2);
        assert_eq!(coverage, coverage.transposed(3_000));
    }
}
