//! How the units hang together.

use super::SpatialWeights;

impl SpatialWeights {
    /// Units without a neighbour, in order.
    #[must_use]
    pub fn islands(&self) -> Vec<usize> {
        (0..self.len())
            .filter(|unit| self.cardinality(*unit) == 0)
            .collect()
    }

    /// Number of links whose reverse is missing. O(units + links).
    #[must_use]
    pub fn asymmetries(&self) -> usize {
        let reverse = self.transposed();
        let missing = |unit| {
            let mut theirs = reverse.row(unit).neighbours.iter().copied().peekable();
            let ours = self.row(unit).neighbours.iter();
            ours.filter(|neighbour| {
                while theirs.next_if(|other| other < *neighbour).is_some() {}
                theirs.peek() != Some(*neighbour)
            })
            .count()
        };
        (0..self.len()).map(missing).sum()
    }

    /// For each unit the number of its connected component, counted from 0 in
    /// order of first unit. Links count in both directions.
    #[must_use]
    pub fn components(&self) -> Vec<usize> {
        let reverse = self.transposed();
        let mut component = vec![usize::MAX; self.len()];
        let mut count = 0;
        for first in 0..self.len() {
            if component[first] != usize::MAX {
                continue;
            }
            let mut waiting = vec![first];
            component[first] = count;
            while let Some(unit) = waiting.pop() {
                for neighbour in self.neighbours(unit).chain(reverse.neighbours(unit)) {
                    if component[neighbour] == usize::MAX {
                        component[neighbour] = count;
                        waiting.push(neighbour);
                    }
                }
            }
            count += 1;
        }
        component
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn islands_components_and_asymmetries_are_reported() {
        let weights =
            SpatialWeights::from_lists(vec![vec![1], vec![0, 0, 1], vec![], vec![4], vec![]])
                .unwrap();
        assert_eq!(weights.islands(), [2, 4]);
        assert_eq!(weights.asymmetries(), 1);
        assert_eq!(weights.components(), [0, 0, 1, 2, 2]);
        let both = weights.symmetrised();
        assert_eq!(both.asymmetries(), 0);
        assert_eq!(both.neighbours(4).collect::<Vec<_>>(), [3]);
    }
}
