//! What weights look like at a glance.

use super::SpatialWeights;

/// Figures that tell whether weights are what they were meant to be.
#[derive(Debug, Clone, PartialEq)]
pub struct WeightsSummary {
    /// Number of units.
    pub units: usize,
    /// Number of links, self-weights not counted.
    pub links: usize,
    /// Units without a neighbour.
    pub islands: usize,
    /// Connected components, each island one; links count both ways.
    pub components: usize,
    /// Units in the largest component; 0 without units.
    pub largest_component: usize,
    /// Fewest neighbours of a unit; `None` without units, as the three below.
    pub least_neighbours: Option<usize>,
    /// Most neighbours of a unit.
    pub most_neighbours: Option<usize>,
    /// Mean number of neighbours, islands included.
    pub mean_neighbours: Option<f64>,
    /// Median number of neighbours, islands included.
    pub median_neighbours: Option<f64>,
    /// How many units have 0, 1, 2, … neighbours, up to the most.
    pub histogram: Vec<usize>,
    /// Links whose reverse is missing.
    pub asymmetries: usize,
    /// Whether every link has a reverse of the same weight.
    pub is_symmetric: bool,
    /// Whether every link weighs 1.
    pub is_binary: bool,
    /// Links, and self-weights that are set, out of all cells of the matrix,
    /// percent; libpysal's `pct_nonzero`. `None` without units.
    pub percent_nonzero: Option<f64>,
}

impl SpatialWeights {
    /// A summary of the weights. O(units + links log cardinality).
    #[must_use]
    pub fn summary(&self) -> WeightsSummary {
        let units = self.len();
        let mut histogram = Vec::new();
        for unit in 0..units {
            let cardinality = self.cardinality(unit);
            if histogram.len() <= cardinality {
                histogram.resize(cardinality + 1, 0);
            }
            histogram[cardinality] += 1;
        }
        let component = self.components();
        let mut sizes = vec![0_usize; component.iter().max().map_or(0, |last| last + 1)];
        for number in component {
            sizes[number] += 1;
        }
        let own = (0..units)
            .filter(|unit| self.self_weight(*unit) != 0.0)
            .count();
        let of_units = |figure: f64| (units > 0).then_some(figure / units as f64);
        WeightsSummary {
            units,
            links: self.links(),
            islands: histogram.first().copied().unwrap_or(0),
            components: sizes.len(),
            largest_component: sizes.iter().copied().max().unwrap_or(0),
            least_neighbours: histogram.iter().position(|count| *count > 0),
            most_neighbours: histogram.len().checked_sub(1),
            mean_neighbours: of_units(self.links() as f64),
            median_neighbours: median(&histogram, units),
            asymmetries: self.asymmetries(),
            is_symmetric: self.is_symmetric(),
            is_binary: self.is_binary(),
            percent_nonzero: of_units(100.0 * (self.links() + own) as f64 / units as f64),
            histogram,
        }
    }
}

/// Median of a histogram over 0, 1, 2, …
fn median(histogram: &[usize], units: usize) -> Option<f64> {
    let ranked = |rank: usize| {
        let mut below = 0;
        histogram.iter().position(|count| {
            below += count;
            below > rank
        })
    };
    let (low, high) = (ranked(units.checked_sub(1)? / 2)?, ranked(units / 2)?);
    Some((low + high) as f64 / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_counts_what_it_names() {
        let weights =
            SpatialWeights::from_lists(vec![vec![1, 2], vec![0], vec![], vec![]]).unwrap();
        let summary = weights.summary();
        assert_eq!((summary.units, summary.links, summary.islands), (4, 3, 2));
        assert_eq!((summary.components, summary.largest_component), (2, 3));
        assert_eq!(summary.least_neighbours, Some(0));
        assert_eq!(summary.most_neighbours, Some(2));
        assert_eq!(summary.mean_neighbours, Some(0.75));
        assert_eq!(summary.median_neighbours, Some(0.5));
        assert_eq!(summary.histogram, [2, 1, 1]);
        assert_eq!((summary.asymmetries, summary.is_symmetric), (1, false));
        assert_eq!(summary.percent_nonzero, Some(18.75));
    }

    #[test]
    fn a_summary_of_no_units_has_no_mean() {
        let summary = SpatialWeights::from_lists(vec![]).unwrap().summary();
        assert_eq!(summary.mean_neighbours, None);
        assert_eq!(summary.median_neighbours, None);
        assert_eq!(summary.components, 0);
    }
}
