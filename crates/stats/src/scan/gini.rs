//! Which largest size of clusters to report.

use super::circular::circular_scan;
use super::cluster::{Cluster, Scan, ScanParams, SecondaryClusters};
use super::counts::SpatialCounts;
use super::monte_carlo::MonteCarlo;
use super::places::Places;
use crate::StatsError;

/// Largest sizes among which [`gini_scan`] chooses.
#[derive(Debug, Clone, PartialEq)]
pub struct GiniParams {
    shares: Vec<f64>,
    significance: f64,
}

impl GiniParams {
    /// Clusters of at most each of these shares of the population, with a
    /// p-value below `significance`.
    ///
    /// # Errors
    /// [`StatsError::Parameter`] unless all are above 0 and at most 1.
    pub fn new(shares: Vec<f64>, significance: f64) -> Result<Self, StatsError> {
        for value in shares.iter().copied().chain([significance]) {
            if !(value > 0.0 && value <= 1.0) {
                return Err(StatsError::Parameter {
                    what: "share of the population or significance",
                    value,
                    expected: "a share above 0 and at most 1",
                });
            }
        }
        Ok(Self {
            shares,
            significance,
        })
    }

    /// What `SaTScan` tries: 1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40
    /// and 50 % of the population, at p < 0.05.
    #[must_use]
    pub fn satscan() -> Self {
        let percent = [1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50];
        Self {
            shares: percent.map(|percent| f64::from(percent) / 100.0).to_vec(),
            significance: 0.05,
        }
    }
}

/// Clusters of the size that the Gini coefficient prefers.
#[derive(Debug, Clone, PartialEq)]
pub struct GiniScan {
    /// The scan up to the limits of the parameters.
    pub scan: Scan,
    /// Significant clusters of the preferred size. Empty if no size has any.
    pub clusters: Vec<Cluster>,
    /// Preferred largest share of the population, `None` without clusters.
    pub share: Option<f64>,
    /// Each share tried, with its Gini coefficient.
    pub coefficients: Vec<(f64, f64)>,
}

/// The circular scan with the reporting size of Han et al. (2016),
/// *International Journal of Health Geographics* 15:27.
///
/// A large circle that joins smaller clusters often has the largest ratio. To
/// tell which clusters describe the data best,
///
/// 1. the scan is run up to its own limit, for the simulated maxima;
/// 2. for each share clusters without overlap are found among windows of at
///    most this share, with p-values from these same maxima;
/// 3. the share whose significant clusters have the largest Gini coefficient
///    of cases over expected cases is preferred; of equal ones the smallest.
///
/// Shares above the limit of the parameters are not tried. Coefficients are
/// 0 for shares without significant clusters.
///
/// # Errors
/// As [`circular_scan`].
pub fn gini_scan(
    places: &Places,
    counts: &SpatialCounts,
    gini: &GiniParams,
    params: &ScanParams,
) -> Result<GiniScan, StatsError> {
    let scan = circular_scan(places, counts, params)?;
    let mut best = GiniScan {
        scan,
        clusters: Vec::new(),
        share: None,
        coefficients: Vec::new(),
    };
    let mut shares = gini.shares.clone();
    shares.retain(|share| *share <= params.limits.share());
    shares.sort_by(f64::total_cmp);
    let mut largest = 0.0;
    for share in shares {
        let smaller = ScanParams {
            limits: params.limits.with_share(share),
            secondary: SecondaryClusters::NoOverlap,
            monte_carlo: MonteCarlo::new(0, 0),
            ..*params
        };
        let mut clusters = circular_scan(places, counts, &smaller)?.clusters;
        for cluster in &mut clusters {
            cluster.p = best.scan.simulated.p(cluster.statistic);
            cluster.p_gumbel = best.scan.simulated.p_gumbel(cluster.statistic);
        }
        clusters.retain(|cluster| cluster.p.is_some_and(|p| p < gini.significance));
        let coefficient = gini_coefficient(&clusters, best.scan.cases);
        best.coefficients.push((share, coefficient));
        if coefficient > largest {
            largest = coefficient;
            best.share = Some(share);
            best.clusters = clusters;
        }
    }
    Ok(best)
}

/// Gini coefficient of cases over expected cases, of clusters without overlap
/// and the rest of the study area: 1 − 2 × the area under their Lorenz curve,
/// in ascending order of observed over expected. 0 without clusters.
#[must_use]
pub fn gini_coefficient(clusters: &[Cluster], cases: u64) -> f64 {
    let total = cases as f64;
    let mut parts: Vec<(f64, f64)> = clusters
        .iter()
        .map(|cluster| (cluster.observed as f64, cluster.expected))
        .collect();
    if parts.is_empty() || cases == 0 {
        return 0.0;
    }
    let (observed, expected) = parts
        .iter()
        .fold((0.0, 0.0), |sum, part| (sum.0 + part.0, sum.1 + part.1));
    parts.push((total - observed, total - expected));
    parts.sort_by(|a, b| (a.0 * b.1).total_cmp(&(b.0 * a.1)));
    let (mut height, mut twice_area) = (0.0, 0.0);
    for (observed, expected) in parts {
        twice_area += expected / total * (2.0 * height + observed / total);
        height += observed / total;
    }
    1.0 - twice_area
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scan::{Excess, PlanarPoint, Shape};

    fn cluster(observed: u64, expected: f64) -> Cluster {
        Cluster {
            centre: 0,
            members: vec![0],
            shape: Shape::Circle { radius: 0.0 },
            intervals: None,
            excess: Excess::High,
            observed,
            expected,
            relative_risk: None,
            log_likelihood_ratio: 1.0,
            statistic: 1.0,
            p: None,
            p_gumbel: None,
        }
    }

    #[test]
    fn one_cluster_has_the_excess_of_its_share() {
        // Lorenz curve through (1 - e, 1 - o): 1 - 2B = o - e.
        let found = gini_coefficient(&[cluster(40, 10.0)], 100);
        assert!((found - 0.3).abs() < 1e-12);
        let low = gini_coefficient(&[cluster(10, 40.0)], 100);
        assert!((low - 0.3).abs() < 1e-12);
        assert_eq!(gini_coefficient(&[], 100), 0.0);
    }

    #[test]
    fn two_hot_places_are_not_joined_across_a_cool_one() {
        let points: Vec<_> = (0..20)
            .map(|i| PlanarPoint {
                x: f64::from(i) * (1.0 + 0.001 * f64::from(i)),
                y: 0.0,
            })
            .collect();
        let mut cases = vec![50; 20];
        (cases[4], cases[6]) = (150, 150);
        let expected = [1.0; 20];
        let places = Places::planar(&points).unwrap();
        let counts = SpatialCounts::poisson(&cases, &expected).unwrap();
        let params = ScanParams::new(MonteCarlo::new(99, 1));
        let found = gini_scan(&places, &counts, &GiniParams::satscan(), &params).unwrap();
        assert_eq!(found.scan.clusters[0].members.len(), 3);
        let mut members: Vec<_> = found
            .clusters
            .iter()
            .flat_map(|c| c.members.clone())
            .collect();
        members.sort_unstable();
        assert_eq!(members, [4, 6]);
        assert_eq!(found.share, Some(0.05));
        assert!(GiniParams::new(vec![0.0], 0.05).is_err());
    }
}
