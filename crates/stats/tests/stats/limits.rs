//! What no method takes: numbers that would end the process.

use safeground_stats::StatsError;
use safeground_stats::composite::{
    FirstOrder, RankDistributionParams, ScoreParams, SobolParams, WeightSpread,
};
use safeground_stats::forecast::{ComparisonParams, KnoxParams, ProtectedParams, TargetingParams};
use safeground_stats::global::Permutations;
use safeground_stats::permutation::PermutationParams;
use safeground_stats::scan::{
    MonteCarlo, Places, PlanarPoint, ScanParams, SpatialCounts, circular_scan,
};
use safeground_stats::significance::Alternative;
use safeground_stats::space_time::{CusumThresholdParams, cusum_threshold};
use safeground_stats::surface::{EnvelopeParams, RiskNull, RiskSimulations};

#[test]
fn repetitions_beyond_memory_are_refused() {
    let refused = |error: Option<StatsError>| matches!(error, Some(StatsError::Parameter { .. }));
    for many in [10_000_001, usize::MAX / 2, usize::MAX] {
        assert!(refused(Permutations::new(many, 1).err()));
        assert!(refused(PermutationParams::new(many, 1).err()));
        assert!(refused(EnvelopeParams::new(many, 1, 1).err()));
        let risk = RiskSimulations::new(RiskNull::ConstantRisk, many, Alternative::Greater, 1);
        assert!(refused(risk.err()));
        assert!(refused(ScoreParams::new(0.5, many, 1).err()));
        let ranks = RankDistributionParams::new(WeightSpread::Fixed, many, 1, 1);
        assert!(refused(ranks.err()));
        assert!(refused(SobolParams::new(many, FirstOrder::Jansen, 1).err()));
        assert!(refused(ComparisonParams::new(0.95, many, 1, 1).err()));
        let protected = ProtectedParams::new(TargetingParams::usual(), many, 1);
        assert!(refused(protected.err()));
        assert!(refused(KnoxParams::new(1, vec![1], many, 1).err()));
        assert!(refused(KnoxParams::new(many, vec![1], 99, 1).err()));
        let mut cusum = CusumThresholdParams::new(2.0, 0.05, 1).unwrap();
        cusum.simulations = many;
        assert!(refused(cusum_threshold(&[1.0; 4], &cusum).err()));
    }
}

#[test]
fn a_scan_refuses_more_simulations_than_memory_holds() {
    let points: Vec<_> = (0..5)
        .map(|i| PlanarPoint {
            x: f64::from(i),
            y: 0.0,
        })
        .collect();
    let places = Places::planar(&points).unwrap();
    let counts = SpatialCounts::poisson(&[1, 5, 1, 0, 2], &[1.0; 5]).unwrap();
    let params = ScanParams::new(MonteCarlo::new(usize::MAX, 1));
    let error = circular_scan(&places, &counts, &params).unwrap_err();
    assert!(matches!(
        error,
        StatsError::Parameter {
            what: "simulations",
            ..
        }
    ));
}
