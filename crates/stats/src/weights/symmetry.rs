//! Weights made alike in both directions.

use super::SpatialWeights;
use super::rows::collect_weighted_rows;
use crate::StatsError;

impl SpatialWeights {
    /// The union of the binary weights and their transpose, so that `a` is a
    /// neighbour of `b` whenever `b` is one of `a`. spdep's `make.sym.nb`.
    #[must_use]
    pub fn symmetrised(&self) -> Self {
        let reverse = self.transposed();
        let mut starts = Vec::with_capacity(self.len() + 1);
        let mut neighbours = Vec::with_capacity(self.links());
        starts.push(0);
        for unit in 0..self.len() {
            let (mut ours, mut theirs) = (self.row(unit).neighbours, reverse.row(unit).neighbours);
            while let (Some(a), Some(b)) = (ours.first(), theirs.first()) {
                neighbours.push(*a.min(b));
                ours = &ours[usize::from(a <= b)..];
                theirs = &theirs[usize::from(b <= a)..];
            }
            neighbours.extend_from_slice(ours);
            neighbours.extend_from_slice(theirs);
            starts.push(neighbours.len());
        }
        Self::from_rows(starts, neighbours)
    }

    /// The links that go both ways, binary: the intersection of the weights and
    /// their transpose ("mutual neighbours").
    ///
    /// # Errors
    /// None in practice: the transpose is of the same units.
    pub fn mutual(&self) -> Result<Self, StatsError> {
        self.intersection(&self.transposed())
    }

    /// The mean of the weights and their transpose, (W + Wᵀ) ⁄ 2, with a link
    /// wherever either has one; self-weights stay. spdep's `listw2U`: Moran's I
    /// and its like do not change, since each pair counts in both directions.
    ///
    /// # Errors
    /// None in practice: the transpose is of the same units.
    pub fn averaged(&self) -> Result<Self, StatsError> {
        let reverse = self.transposed();
        let weights = collect_weighted_rows(
            self.len(),
            || (),
            |(), unit, row| {
                let mut ours = self.weighted(unit).peekable();
                let mut theirs = reverse.weighted(unit).peekable();
                loop {
                    let next = match (ours.peek(), theirs.peek()) {
                        (None, None) => return Ok(()),
                        (Some((a, _)), None) => *a,
                        (None, Some((b, _))) => *b,
                        (Some((a, _)), Some((b, _))) => *a.min(b),
                    };
                    let a = ours.next_if(|(at, _)| *at == next).map_or(0.0, |(_, w)| w);
                    let b = theirs
                        .next_if(|(at, _)| *at == next)
                        .map_or(0.0, |(_, w)| w);
                    // Halved first, so that the largest weights do not overflow.
                    row.push((next as u32, a / 2.0 + b / 2.0));
                }
            },
        )?;
        weights.with_self_weights((0..self.len()).map(|unit| self.self_weight(unit)).collect())
    }

    /// Whether every link has a reverse of the same weight. O(units + links).
    #[must_use]
    pub fn is_symmetric(&self) -> bool {
        let reverse = self.transposed();
        (0..self.len()).all(|unit| self.weighted(unit).eq(reverse.weighted(unit)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one_way() -> SpatialWeights {
        SpatialWeights::from_weighted_lists(vec![
            vec![(0, 3.0), (1, 0.5), (2, 0.5)],
            vec![(0, 1.0)],
            vec![],
        ])
        .unwrap()
    }

    #[test]
    fn union_mutual_and_mean_differ_as_they_say() {
        let weights = one_way();
        assert!(!weights.is_symmetric());
        let union = weights.symmetrised();
        assert_eq!((union.links(), union.is_symmetric()), (4, true));
        let mutual = weights.mutual().unwrap();
        assert_eq!(mutual.links(), 2);
        assert_eq!(mutual.islands(), [2]);
        let mean = weights.averaged().unwrap();
        assert!(mean.is_symmetric());
        assert_eq!(mean.weight(0, 1), Some(0.75));
        assert_eq!(mean.weight(2, 0), Some(0.25));
        assert_eq!(mean.self_weight(0), 3.0);
        assert_eq!(mean.sums().s0, weights.sums().s0);
    }
}
