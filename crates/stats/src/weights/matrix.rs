//! Spatial weights in compressed sparse rows.

use crate::StatsError;
use crate::error::check_length;

/// Spatial weights in compressed sparse row form.
///
/// Neighbours of a unit are sorted and unique, and never the unit itself: its
/// self-weight is kept apart (0 unless set). Units without a neighbour
/// (islands) are kept; methods say what they make of them. Binary weights,
/// by far the most frequent, store no weight at all.
#[derive(Debug, Clone, PartialEq)]
pub struct SpatialWeights {
    starts: Vec<usize>,
    neighbours: Vec<u32>,
    weights: Option<Vec<f64>>,
    self_weights: Option<Vec<f64>>,
}

impl SpatialWeights {
    /// Binary weights from a neighbour list for each unit. Self-links and
    /// repeated entries are dropped.
    ///
    /// # Errors
    /// [`StatsError::Neighbour`] for an index beyond the last unit.
    pub fn from_lists(lists: Vec<Vec<usize>>) -> Result<Self, StatsError> {
        let units = lists.len();
        let mut starts = Vec::with_capacity(units + 1);
        let mut neighbours = Vec::with_capacity(lists.iter().map(Vec::len).sum());
        starts.push(0);
        for (unit, mut list) in lists.into_iter().enumerate() {
            list.retain(|neighbour| *neighbour != unit);
            list.sort_unstable();
            list.dedup();
            for neighbour in list {
                neighbours.push(checked(unit, neighbour, units)?);
            }
            starts.push(neighbours.len());
        }
        Ok(Self {
            starts,
            neighbours,
            weights: None,
            self_weights: None,
        })
    }

    /// Weights from a list of neighbours and their weights for each unit. An
    /// entry for the unit itself becomes its self-weight. Entries of weight 0
    /// are kept: they are links, though they carry nothing.
    ///
    /// # Errors
    /// [`StatsError::Neighbour`] for an index beyond the last unit,
    /// [`StatsError::RepeatedNeighbour`] for one named twice,
    /// [`StatsError::Value`] for a weight that is negative or above 10¹⁰⁰.
    pub fn from_weighted_lists(lists: Vec<Vec<(usize, f64)>>) -> Result<Self, StatsError> {
        let units = lists.len();
        let mut lists = lists.into_iter();
        Self::from_sorted_rows(units, |_, row| {
            row.extend(lists.next().into_iter().flatten());
            row.sort_unstable_by_key(|(neighbour, _)| *neighbour);
        })
    }

    /// Checked weights from a function that puts a unit's neighbours and their
    /// weights, sorted, into the empty row it is given.
    pub(super) fn from_sorted_rows(
        units: usize,
        mut fill: impl FnMut(usize, &mut Vec<(usize, f64)>),
    ) -> Result<Self, StatsError> {
        let mut starts = Vec::with_capacity(units + 1);
        let mut neighbours = Vec::new();
        let mut weights = Vec::new();
        let mut self_weights = vec![0.0; units];
        let mut row = Vec::new();
        starts.push(0);
        for (unit, own) in self_weights.iter_mut().enumerate() {
            row.clear();
            fill(unit, &mut row);
            let mut previous = None;
            for (neighbour, weight) in row.iter().copied() {
                let index = checked(unit, neighbour, units)?;
                if previous.replace(neighbour) == Some(neighbour) {
                    return Err(StatsError::RepeatedNeighbour { unit, neighbour });
                }
                check_weight(unit, weight)?;
                if neighbour == unit {
                    *own = weight;
                } else {
                    neighbours.push(index);
                    weights.push(weight);
                }
            }
            starts.push(neighbours.len());
        }
        let is_binary = weights.iter().all(|weight| *weight == 1.0);
        let weights = (!is_binary).then_some(weights);
        Self::from_parts(starts, neighbours, weights, None).with_self_weights(self_weights)
    }

    /// Binary weights from rows that are known to be right: `starts` rises
    /// from 0 to the number of links, each row of `neighbours` is sorted,
    /// unique and without the unit itself.
    pub(super) fn from_rows(starts: Vec<usize>, neighbours: Vec<u32>) -> Self {
        Self::from_parts(starts, neighbours, None, None)
    }

    /// Weights from rows that are known to be right, as those of
    /// [`SpatialWeights::from_rows`], with a weight for each link.
    pub(super) fn from_parts(
        starts: Vec<usize>,
        neighbours: Vec<u32>,
        weights: Option<Vec<f64>>,
        self_weights: Option<Vec<f64>>,
    ) -> Self {
        debug_assert_eq!(starts.last(), Some(&neighbours.len()));
        debug_assert!(weights.as_ref().is_none_or(|w| w.len() == neighbours.len()));
        Self {
            starts,
            neighbours,
            weights,
            self_weights,
        }
    }

    /// Number of units.
    #[must_use]
    pub fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// Whether there are no units.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Number of links, self-weights not counted.
    #[must_use]
    pub fn links(&self) -> usize {
        self.neighbours.len()
    }

    /// Whether every link weighs 1.
    #[must_use]
    pub fn is_binary(&self) -> bool {
        self.weights
            .as_ref()
            .is_none_or(|weights| weights.iter().all(|w| *w == 1.0))
    }

    /// Weights of all links in the order of the rows; `None` where each is 1.
    pub(super) fn link_weights(&self) -> Option<&[f64]> {
        self.weights.as_deref()
    }

    /// Neighbours of a unit, sorted.
    ///
    /// # Panics
    /// If `unit` is not below [`SpatialWeights::len`].
    pub fn neighbours(&self, unit: usize) -> impl ExactSizeIterator<Item = usize> + '_ {
        self.row(unit)
            .neighbours
            .iter()
            .map(|index| *index as usize)
    }

    /// Neighbours of a unit with their weights, sorted by neighbour.
    ///
    /// # Panics
    /// If `unit` is not below [`SpatialWeights::len`].
    pub fn weighted(&self, unit: usize) -> impl ExactSizeIterator<Item = (usize, f64)> + '_ {
        let row = self.row(unit);
        row.neighbours
            .iter()
            .enumerate()
            .map(move |(at, index)| (*index as usize, row.weights.map_or(1.0, |w| w[at])))
    }

    /// The unit's row as slices, for inner loops.
    ///
    /// # Panics
    /// If `unit` is not below [`SpatialWeights::len`].
    #[must_use]
    pub fn row(&self, unit: usize) -> Row<'_> {
        let range = self.starts[unit]..self.starts[unit + 1];
        Row {
            neighbours: &self.neighbours[range.clone()],
            weights: self.weights.as_ref().map(|weights| &weights[range]),
        }
    }

    /// Number of neighbours of a unit.
    ///
    /// # Panics
    /// If `unit` is not below [`SpatialWeights::len`].
    #[must_use]
    pub fn cardinality(&self, unit: usize) -> usize {
        self.starts[unit + 1] - self.starts[unit]
    }

    /// Weight of a unit on itself; 0 unless set.
    ///
    /// # Panics
    /// If `unit` is not below [`SpatialWeights::len`].
    #[must_use]
    pub fn self_weight(&self, unit: usize) -> f64 {
        assert!(unit < self.len(), "unit {unit} of {}", self.len());
        self.self_weights.as_ref().map_or(0.0, |own| own[unit])
    }

    /// Whether any unit has a self-weight other than 0.
    #[must_use]
    pub fn has_self_weights(&self) -> bool {
        self.self_weights.is_some()
    }

    /// Sum of a unit's weights, its self-weight included.
    ///
    /// # Panics
    /// If `unit` is not below [`SpatialWeights::len`].
    #[must_use]
    pub fn row_sum(&self, unit: usize) -> f64 {
        let row = self.row(unit);
        let links = match row.weights {
            Some(weights) => weights.iter().sum(),
            None => row.neighbours.len() as f64,
        };
        links + self.self_weight(unit)
    }

    /// Weight of the link from `unit` to `neighbour`; `None` if there is none.
    ///
    /// # Panics
    /// If `unit` is not below [`SpatialWeights::len`].
    #[must_use]
    pub fn weight(&self, unit: usize, neighbour: usize) -> Option<f64> {
        let row = self.row(unit);
        let index = u32::try_from(neighbour).ok()?;
        let at = row.neighbours.binary_search(&index).ok()?;
        Some(row.weights.map_or(1.0, |weights| weights[at]))
    }

    /// The same links, each weighing 1, without self-weights.
    #[must_use]
    pub fn binary(&self) -> Self {
        Self::from_rows(self.starts.clone(), self.neighbours.clone())
    }

    /// Every unit's weights, its self-weight included, divided by their sum.
    /// Rows that sum to 0, islands among them, stay as they are.
    #[must_use]
    pub fn row_standardised(&self) -> Self {
        let mut weights = Vec::with_capacity(self.neighbours.len());
        let mut own = self.self_weights.clone();
        for unit in 0..self.len() {
            let sum = self.row_sum(unit);
            let divisor = if sum > 0.0 { sum } else { 1.0 };
            weights.extend(self.weighted(unit).map(|(_, weight)| weight / divisor));
            if let Some(own) = &mut own {
                own[unit] /= divisor;
            }
        }
        Self {
            weights: Some(weights),
            self_weights: own,
            ..self.binary()
        }
    }

    /// The same links without self-weights, each weight made from its unit's
    /// number and the old weight.
    pub(super) fn mapped(&self, weight: impl Fn(usize, f64) -> f64) -> Self {
        let weights = (0..self.len())
            .flat_map(|unit| self.weighted(unit).map(move |(_, old)| (unit, old)))
            .map(|(unit, old)| weight(unit, old))
            .collect();
        Self {
            weights: Some(weights),
            ..self.binary()
        }
    }

    /// The same links, the weights of each row times its factor.
    pub(super) fn scaled(&self, factor: impl Fn(usize) -> f64) -> Self {
        let rows = (0..self.len()).map(|unit| (unit, factor(unit)));
        let weights = rows
            .clone()
            .flat_map(|(unit, factor)| self.weighted(unit).map(move |(_, w)| w * factor))
            .collect();
        let own = self.self_weights.as_ref();
        Self {
            weights: Some(weights),
            self_weights: own.map(|own| rows.map(|(unit, factor)| own[unit] * factor).collect()),
            ..self.binary()
        }
    }

    /// The same links with a self-weight for each unit in place of those set.
    ///
    /// # Errors
    /// [`StatsError::Length`] unless there is one for each unit,
    /// [`StatsError::Value`] for one that is negative or above 10¹⁰⁰.
    pub fn with_self_weights(mut self, self_weights: Vec<f64>) -> Result<Self, StatsError> {
        check_length("self_weights", self_weights.len(), self.len())?;
        for (unit, weight) in self_weights.iter().enumerate() {
            check_weight(unit, *weight)?;
        }
        let is_any_set = self_weights.iter().any(|weight| *weight != 0.0);
        self.self_weights = is_any_set.then_some(self_weights);
        Ok(self)
    }

    /// The same links with the same self-weight for all units.
    ///
    /// # Errors
    /// [`StatsError::Value`] for a weight that is negative or above 10¹⁰⁰.
    pub fn with_self_weight(mut self, weight: f64) -> Result<Self, StatsError> {
        check_weight(0, weight)?;
        self.self_weights = (weight != 0.0).then(|| vec![weight; self.len()]);
        Ok(self)
    }

    /// The weights with rows and columns exchanged. O(units + links).
    #[must_use]
    pub fn transposed(&self) -> Self {
        let mut starts = vec![0_usize; self.len() + 1];
        for neighbour in &self.neighbours {
            starts[*neighbour as usize + 1] += 1;
        }
        for unit in 0..self.len() {
            starts[unit + 1] += starts[unit];
        }
        let mut next = starts.clone();
        let mut neighbours = vec![0_u32; self.neighbours.len()];
        let mut weights = self.weights.as_ref().map(|w| vec![0.0; w.len()]);
        // Rows are walked upward, so each new row comes out sorted.
        for unit in 0..self.len() {
            for (neighbour, weight) in self.weighted(unit) {
                let at = next[neighbour];
                next[neighbour] += 1;
                neighbours[at] = u32::try_from(unit).expect("checked when the rows were made");
                if let Some(weights) = &mut weights {
                    weights[at] = weight;
                }
            }
        }
        Self {
            starts,
            neighbours,
            weights,
            self_weights: self.self_weights.clone(),
        }
    }
}

/// One unit's links.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Row<'a> {
    /// Neighbours, sorted.
    pub neighbours: &'a [u32],
    /// Their weights; `None` where each is 1.
    pub weights: Option<&'a [f64]>,
}

fn checked(unit: usize, neighbour: usize, units: usize) -> Result<u32, StatsError> {
    u32::try_from(neighbour)
        .ok()
        .filter(|_| neighbour < units)
        .ok_or(StatsError::Neighbour {
            unit,
            neighbour,
            units,
        })
}

/// Largest weight: its square times that of a value does not overflow.
pub(super) const LARGEST_WEIGHT: f64 = 1e100;

fn check_weight(unit: usize, weight: f64) -> Result<(), StatsError> {
    if (0.0..=LARGEST_WEIGHT).contains(&weight) {
        Ok(())
    } else {
        Err(StatsError::Value {
            what: "weight",
            unit,
            value: weight,
            expected: "a number from 0 to 10^100",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_neighbour_beyond_the_last_unit_is_refused() {
        let error = SpatialWeights::from_lists(vec![vec![3]]).unwrap_err();
        assert!(error.to_string().contains("neighbour 3"));
    }

    #[test]
    fn an_entry_for_the_unit_itself_is_its_self_weight() {
        let weights =
            SpatialWeights::from_weighted_lists(vec![vec![(1, 0.5), (0, 2.0)], vec![]]).unwrap();
        assert_eq!(weights.self_weight(0), 2.0);
        assert_eq!(weights.weighted(0).collect::<Vec<_>>(), [(1, 0.5)]);
        assert_eq!(weights.row_sum(0), 2.5);
        let standardised = weights.row_standardised();
        assert_eq!(standardised.self_weight(0), 0.8);
        assert_eq!(standardised.weight(0, 1), Some(0.2));
        assert_eq!(standardised.row_sum(1), 0.0);
    }

    #[test]
    fn a_neighbour_named_twice_and_a_negative_weight_are_refused() {
        let twice = SpatialWeights::from_weighted_lists(vec![vec![(1, 1.0), (1, 2.0)], vec![]]);
        assert!(matches!(twice, Err(StatsError::RepeatedNeighbour { .. })));
        let negative = SpatialWeights::from_weighted_lists(vec![vec![(1, -1.0)], vec![]]);
        assert!(matches!(negative, Err(StatsError::Value { .. })));
    }

    #[test]
    fn transposing_twice_gives_the_same_weights() {
        let weights = SpatialWeights::from_weighted_lists(vec![
            vec![(1, 0.5), (2, 0.25)],
            vec![(2, 3.0)],
            vec![],
        ])
        .unwrap();
        let transposed = weights.transposed();
        assert_eq!(
            transposed.weighted(2).collect::<Vec<_>>(),
            [(0, 0.25), (1, 3.0)]
        );
        assert_eq!(transposed.transposed(), weights);
    }
}
