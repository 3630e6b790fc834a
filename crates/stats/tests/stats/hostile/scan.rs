//! Scan statistics.

use safeground_stats::scan::{
    CensusPopulation, Day, EllipseParams, EllipseShape, FlexibleParams, GiniParams, MonteCarlo,
    NonCompactness, Outlook, Places, PlanarPoint, Rates, Restriction, ScanParams, SpaceTimeCounts,
    SpatialCounts, StratifiedCases, TemporalLimits, TimeIntervals, WindowLimits, circular_scan,
    elliptic_scan, flexible_scan, gini_coefficient, gini_scan, person_days,
    space_time_permutation_scan, space_time_scan, standardised_expected, temporal_scan,
};
use safeground_stats::weights::Position;

use super::faults::Faults;
use super::inputs::{SIZES, columns, graphs};

const MAXIMUM: u64 = u64::MAX;

fn case_columns(n: usize) -> Vec<Vec<u64>> {
    let make = |f: &dyn Fn(u64) -> u64| (0..n as u64).map(f).collect::<Vec<_>>();
    vec![
        make(&|_| 0),
        make(&|i| u64::from(i == 0)),
        make(&|i| i * i % 7),
        make(&|_| 5),
        make(&|_| MAXIMUM),
        make(&|i| if i == 1 { MAXIMUM } else { 3 }),
        make(&|_| 1 << 16),
    ]
}

fn point_sets(n: usize) -> Vec<Places> {
    let at = |f: &dyn Fn(f64) -> (f64, f64)| {
        let points: Vec<_> = (0..n)
            .map(|i| f(i as f64))
            .map(|(x, y)| PlanarPoint { x, y })
            .collect();
        Places::planar(&points).unwrap()
    };
    vec![
        at(&|_| (3.0, 4.0)),
        at(&|i| (i % 3.0, (i / 3.0).floor())),
        at(&|i| (1e300 * i, -1e300 * i)),
        at(&|i| (1e-300 * i, 0.0)),
        at(&|i| (1e15 + i, 1e15)),
    ]
}

fn plans() -> Vec<ScanParams> {
    [Rates::High, Rates::Low, Rates::Both]
        .into_iter()
        .map(|rates| ScanParams {
            rates,
            ..ScanParams::new(MonteCarlo::new(19, 1))
        })
        .collect()
}

#[test]
fn scans_of_space_stay_sane() {
    let mut faults = Faults::default();
    for n in [0, 1, 3, 7] {
        for places in point_sets(n).into_iter().step_by(2) {
            for cases in case_columns(n) {
                for params in plans() {
                    for controls in case_columns(n) {
                        let call = format!("bernoulli scan of {cases:?} among {controls:?}");
                        faults.sane(&call, || {
                            circular_scan(
                                &places,
                                &SpatialCounts::bernoulli(&cases, &controls)?,
                                &params,
                            )
                        });
                    }
                    for (column, expected) in columns(n).into_iter().skip(2).step_by(3) {
                        let expected: Vec<f64> =
                            expected.into_iter().map(|e| e.unwrap_or(0.0)).collect();
                        let call = |name: &str| format!("{name} of {cases:?} over {column}");
                        faults.sane(&call("circular_scan"), || {
                            circular_scan(
                                &places,
                                &SpatialCounts::poisson(&cases, &expected)?,
                                &params,
                            )
                        });
                        faults.sane(&call("elliptic_scan"), || {
                            let counts = SpatialCounts::poisson(&cases, &expected)?;
                            let shapes = EllipseParams::satscan(NonCompactness::Medium);
                            elliptic_scan(&places, &counts, &shapes, &params)
                        });
                        faults.sane(&call("gini_scan"), || {
                            let counts = SpatialCounts::poisson(&cases, &expected)?;
                            let scan =
                                gini_scan(&places, &counts, &GiniParams::satscan(), &params)?;
                            let gini = gini_coefficient(&scan.scan.clusters, scan.scan.cases);
                            Ok::<_, safeground_stats::StatsError>((gini, scan))
                        });
                    }
                }
            }
        }
    }
    faults.none();
}

#[test]
fn flexible_scans_stay_sane() {
    let mut faults = Faults::default();
    for n in SIZES {
        for places in point_sets(n) {
            for (graph, weights) in graphs(n) {
                for cases in case_columns(n) {
                    let expected = vec![1.0; n];
                    for restriction in [Restriction::None, Restriction::MidP(0.2)] {
                        let call = format!("flexible_scan of {cases:?} on {graph}");
                        faults.sane(&call, || {
                            let counts = SpatialCounts::poisson(&cases, &expected)?;
                            let flexible = FlexibleParams::new(4, restriction)?;
                            flexible_scan(&places, &weights, &counts, &flexible, &plans()[0])
                        });
                    }
                }
            }
        }
    }
    for count in [0, 25, usize::MAX] {
        faults.refused("FlexibleParams", || {
            FlexibleParams::new(count, Restriction::None)
        });
    }
    for level in [f64::NAN, 0.0, -1.0, 1.5] {
        faults.refused("FlexibleParams", || {
            FlexibleParams::new(3, Restriction::MidP(level))
        });
    }
    faults.none();
}

#[test]
fn scans_of_time_stay_sane() {
    let mut faults = Faults::default();
    let time = TemporalLimits::new(Outlook::Retrospective);
    for n in SIZES {
        for places in point_sets(n) {
            for intervals in [0, 1, 3, usize::MAX] {
                let cells = n * intervals.min(4);
                for cases in case_columns(cells).into_iter().take(5) {
                    let expected = vec![0.5; cells];
                    let call = |name: &str| format!("{name} of {n} × {intervals}: {cases:?}");
                    for outlook in [Outlook::Retrospective, Outlook::Prospective] {
                        let time = TemporalLimits::new(outlook);
                        faults.sane(&call("space_time_scan"), || {
                            let counts = SpaceTimeCounts::poisson(intervals, &cases, &expected)?;
                            space_time_scan(&places, &counts, &time, &plans()[2])
                        });
                        faults.sane(&call("temporal_scan"), || {
                            let counts = SpaceTimeCounts::poisson(intervals, &cases, &expected)?;
                            temporal_scan(&counts, &time, &plans()[2])
                        });
                    }
                    for strata in [0, 1, 2, usize::MAX] {
                        faults.sane(&call("space_time_permutation_scan"), || {
                            let cases = StratifiedCases::new(strata, intervals, &cases)?;
                            space_time_permutation_scan(&places, &cases, &time, &plans()[0])
                        });
                    }
                }
            }
        }
    }
    faults.none();
}

#[test]
fn limits_of_scans_are_checked() {
    let mut faults = Faults::default();
    let three = point_sets(3).remove(1);
    let (cases, expected) = ([3, 1, 2], [1.0; 3]);
    let counts = SpatialCounts::poisson(&cases, &expected).unwrap();
    for many in [10_000_001, usize::MAX] {
        faults.refused("simulations", || {
            circular_scan(&three, &counts, &ScanParams::new(MonteCarlo::new(many, 1)))
        });
    }
    faults.refused("lengths", || {
        circular_scan(&point_sets(2)[0], &counts, &plans()[0])
    });
    for odd in [f64::NAN, f64::INFINITY, 0.0, -1.0] {
        faults.refused("WindowLimits", || WindowLimits::new(odd));
        faults.refused("with_radius", || WindowLimits::default().with_radius(odd));
        faults.refused("GiniParams", || GiniParams::new(vec![odd], 0.05));
        faults.refused("GiniParams", || GiniParams::new(vec![0.5], odd));
        faults.refused("EllipseParams", || {
            let shapes = vec![EllipseShape {
                ratio: odd,
                angles: 4,
            }];
            EllipseParams::new(shapes, NonCompactness::None)
        });
        let time = TemporalLimits::new(Outlook::Retrospective);
        faults.refused("with_share", || time.with_share(odd));
        faults.refused("Places", || {
            Places::planar(&[PlanarPoint {
                x: odd.ln(),
                y: f64::NAN,
            }])
        });
        faults.refused("Places", || {
            Places::geographic(&[Position {
                latitude: 91.0,
                longitude: odd,
            }])
        });
    }
    for angles in [0, usize::MAX] {
        faults.refused("EllipseParams", || {
            let shapes = vec![EllipseShape { ratio: 2.0, angles }];
            elliptic_scan(
                &three,
                &counts,
                &EllipseParams::new(shapes, NonCompactness::None)?,
                &plans()[0],
            )
        });
    }
    let tiny = ScanParams {
        limits: WindowLimits::new(1e-300)
            .unwrap()
            .with_radius(1e-300)
            .unwrap(),
        minimum_cases: u32::MAX,
        ..plans()[2]
    };
    faults.sane("tiny limits", || circular_scan(&three, &counts, &tiny));
    for (least, most) in [(1, usize::MAX), (usize::MAX, usize::MAX), (3, 1)] {
        faults.sane("with_intervals", || {
            let time = TemporalLimits::new(Outlook::Retrospective).with_intervals(least, most)?;
            let cases = [1, 2, 3, 4, 5, 6];
            let expected = [1.0; 6];
            let counts = SpaceTimeCounts::poisson(2, &cases, &expected)?;
            space_time_scan(&three, &counts, &time, &plans()[0])
        });
    }
    // A season of single days for a thousand years has so many windows that
    // no memory holds them.
    faults.refused("windows in time", || {
        let time = TemporalLimits::new(Outlook::Retrospective);
        let cases = vec![1; 365_000];
        let expected = vec![1.0; 365_000];
        let counts = SpaceTimeCounts::poisson(365_000, &cases, &expected)?;
        temporal_scan(&counts, &time, &plans()[0])
    });
    faults.none();
}

#[test]
fn days_and_intervals_are_checked() {
    let mut faults = Faults::default();
    for (year, month, day) in [
        (i32::MIN, 1, 1),
        (i32::MAX, 12, 31),
        (2024, u32::MAX, 1),
        (2024, 1, u32::MAX),
        (2023, 2, 29),
        (2024, 0, 0),
    ] {
        faults.refused("Day", || Day::new(year, month, day));
    }
    let (first, last) = (Day::from_1970(i32::MIN), Day::from_1970(i32::MAX));
    for length in [0, 1, 7] {
        faults.refused("of_days", || TimeIntervals::of_days(first, last, length));
    }
    faults.sane("of_days", || TimeIntervals::of_days(first, last, u32::MAX));
    faults.refused("of_days", || TimeIntervals::of_days(last, first, 7));
    faults.refused("years", || TimeIntervals::years(i32::MIN, i32::MAX));
    faults.refused("intervals", || TimeIntervals::new(vec![]));
    faults.refused("intervals", || TimeIntervals::new(vec![first, first]));
    let wide = TimeIntervals::new(vec![first, Day::from_1970(0), last]).unwrap();
    faults.sane("days", || {
        (
            wide.first_day(usize::MAX),
            wide.last_day(0),
            wide.interval_of(last),
        )
    });
    for n in SIZES {
        for (column, counts) in columns(n) {
            let counts: Vec<f64> = counts.into_iter().flatten().collect();
            for days in [vec![], vec![first], vec![first, last], vec![last, first]] {
                for strata in [0, 1, 3, usize::MAX] {
                    let call = format!("CensusPopulation of {n} {column}, {strata} strata");
                    faults.sane(&call, || {
                        let census = CensusPopulation::new(&days, strata, &counts)?;
                        let cases = vec![3; strata.min(9)];
                        Ok::<_, safeground_stats::StatsError>((
                            census.places(),
                            person_days(&census, &wide),
                            standardised_expected(&census, &cases, &wide),
                        ))
                    });
                }
            }
        }
    }
    faults.none();
}
