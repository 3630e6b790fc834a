//! Links of two weights put together, shared, or taken away.

use super::SpatialWeights;
use super::rows::collect_rows;
use crate::StatsError;
use crate::error::check_length;

impl SpatialWeights {
    /// Links that are in either, binary and without self-weights; as
    /// libpysal's `w_union` and spdep's `union.nb`. O(units + links).
    ///
    /// # Errors
    /// [`StatsError::Length`] unless both are of the same number of units.
    pub fn union(&self, other: &Self) -> Result<Self, StatsError> {
        self.merged(other, |ours, theirs| ours || theirs)
    }

    /// Links that are in both, binary and without self-weights; as libpysal's
    /// `w_intersection` and spdep's `intersect.nb`. O(units + links).
    ///
    /// # Errors
    /// [`StatsError::Length`] unless both are of the same number of units.
    pub fn intersection(&self, other: &Self) -> Result<Self, StatsError> {
        self.merged(other, |ours, theirs| ours && theirs)
    }

    /// Links that are here but not in `other`, binary and without
    /// self-weights; as libpysal's `w_difference` and spdep's `setdiff.nb`.
    /// O(units + links).
    ///
    /// # Errors
    /// [`StatsError::Length`] unless both are of the same number of units.
    pub fn difference(&self, other: &Self) -> Result<Self, StatsError> {
        self.merged(other, |ours, theirs| ours && !theirs)
    }

    /// Links that are in exactly one of both, binary and without self-weights;
    /// as libpysal's `w_symmetric_difference`. O(units + links).
    ///
    /// # Errors
    /// [`StatsError::Length`] unless both are of the same number of units.
    pub fn symmetric_difference(&self, other: &Self) -> Result<Self, StatsError> {
        self.merged(other, |ours, theirs| ours != theirs)
    }

    /// Links for which `keep` says yes, given whether each side has them.
    fn merged(
        &self,
        other: &Self,
        keep: impl Fn(bool, bool) -> bool + Sync + Send,
    ) -> Result<Self, StatsError> {
        check_length("weights", other.len(), self.len())?;
        collect_rows(
            self.len(),
            || (),
            |(), unit, row| {
                let (mut ours, mut theirs) =
                    (self.row(unit).neighbours, other.row(unit).neighbours);
                while let Some(next) = ours.first().into_iter().chain(theirs.first()).min() {
                    let (in_ours, in_theirs) =
                        (ours.first() == Some(next), theirs.first() == Some(next));
                    if keep(in_ours, in_theirs) {
                        row.push(*next);
                    }
                    ours = &ours[usize::from(in_ours)..];
                    theirs = &theirs[usize::from(in_theirs)..];
                }
                Ok(())
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_operation_keeps_the_links_it_names() {
        let a = SpatialWeights::from_lists(vec![vec![1, 2], vec![0], vec![]]).unwrap();
        let b = SpatialWeights::from_lists(vec![vec![2], vec![0, 2], vec![1]]).unwrap();
        let lists = |weights: SpatialWeights| -> Vec<Vec<usize>> {
            (0..3)
                .map(|unit| weights.neighbours(unit).collect())
                .collect()
        };
        assert_eq!(
            lists(a.union(&b).unwrap()),
            [vec![1, 2], vec![0, 2], vec![1]]
        );
        assert_eq!(
            lists(a.intersection(&b).unwrap()),
            [vec![2], vec![0], vec![]]
        );
        assert_eq!(lists(a.difference(&b).unwrap()), [vec![1], vec![], vec![]]);
        assert_eq!(
            lists(a.symmetric_difference(&b).unwrap()),
            [vec![1], vec![2], vec![1]]
        );
        let fewer = SpatialWeights::from_lists(vec![vec![]]).unwrap();
        assert!(a.union(&fewer).is_err());
    }
}
