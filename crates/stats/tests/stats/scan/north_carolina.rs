//! Sudden infant deaths in North Carolina, as `SaTScan` and R see them.

use std::collections::HashMap;

use safeground_stats::scan::*;
use safeground_stats::weights::Position;

use super::{close_p, compare, json, names, number, params};
use crate::oracle::{columns, shared};

/// Identifiers and columns of North Carolina.
struct Carolina {
    ids: Vec<String>,
    columns: HashMap<String, Vec<Option<f64>>>,
}

impl Carolina {
    fn read() -> Option<Self> {
        let path = shared("oracles/nc_sids/units.csv")?;
        let columns = columns(path);
        let ids = columns["id"]
            .iter()
            .map(|id| format!("{:.0}", id.unwrap()))
            .collect();
        Some(Self { ids, columns })
    }

    fn column(&self, name: &str) -> Vec<f64> {
        self.columns[name].iter().map(|x| x.unwrap()).collect()
    }

    fn planar(&self) -> Places {
        let points: Vec<_> = (self.column("x").into_iter().zip(self.column("y")))
            .map(|(x, y)| PlanarPoint { x, y })
            .collect();
        Places::planar(&points).unwrap()
    }

    fn geographic(&self) -> Places {
        let positions: Vec<_> = (self.column("lat").into_iter().zip(self.column("lon")))
            .map(|(latitude, longitude)| Position {
                latitude,
                longitude,
            })
            .collect();
        Places::geographic(&positions).unwrap()
    }

    /// Cases and population of 1974–78, 1979–84 or both.
    fn counts(&self, file: &str) -> (Vec<u64>, Vec<f64>) {
        let sum = |names: &[&str]| -> Vec<f64> {
            let columns: Vec<_> = names.iter().map(|name| self.column(name)).collect();
            (0..100)
                .map(|i| columns.iter().map(|column| column[i]).sum())
                .collect()
        };
        let (cases, population) = if file.contains("both") {
            (sum(&["cases", "cases79"]), sum(&["pop", "pop79"]))
        } else if file.contains("79") {
            (sum(&["cases79"]), sum(&["pop79"]))
        } else {
            (sum(&["cases"]), sum(&["pop"]))
        };
        (cases.iter().map(|x| *x as u64).collect(), population)
    }
}

#[test]
fn circles_in_north_carolina_are_those_of_satscan() {
    let Some(carolina) = Carolina::read() else {
        return;
    };
    for file in [
        "poisson_xy_9999",
        "poisson_xy_999",
        "poisson_both_xy_999",
        "poisson79_xy_999",
        "poisson_latlon_999",
        "poisson_both_latlon_999",
        "poisson_xy_max20_999",
        "poisson_xy_highlow_999",
    ] {
        let (cases, population) = carolina.counts(file);
        let counts = SpatialCounts::poisson(&cases, &population).unwrap();
        let places = if file.contains("latlon") {
            carolina.geographic()
        } else {
            carolina.planar()
        };
        let mut params = params(if file.contains("9999") { 1999 } else { 999 });
        if file.contains("max20") {
            params.limits = WindowLimits::new(0.2).unwrap();
        }
        if file.contains("highlow") {
            params.rates = Rates::Both;
        }
        let scan = circular_scan(&places, &counts, &params).unwrap();
        compare(
            &format!("nc_sids/satscan_{file}.json"),
            &scan,
            &carolina.ids,
            true,
        );
        let report = json(&format!("oracles/nc_sids/satscan_{file}.json"));
        for (ours, theirs) in scan
            .clusters
            .iter()
            .zip(report["clusters"].as_array().unwrap())
        {
            let text = theirs["coords"].as_str().unwrap();
            let radius = text
                .rsplit('/')
                .next()
                .unwrap()
                .trim()
                .trim_end_matches(" km");
            let radius: f64 = radius.parse().unwrap();
            let Shape::Circle { radius: mine } = ours.shape else {
                panic!("not a circle");
            };
            let unit = if file.contains("latlon") { 1000.0 } else { 1.0 };
            assert!(
                (mine / unit - radius).abs() < 0.00501,
                "{file}: {mine} {radius}"
            );
        }
    }
}

#[test]
fn cases_and_controls_in_north_carolina_are_those_of_satscan() {
    let Some(carolina) = Carolina::read() else {
        return;
    };
    let file = "nc_sids/satscan_bernoulli_xy_999.json";
    let (cases, population) = carolina.counts(file);
    let controls: Vec<u64> = cases
        .iter()
        .zip(population)
        .map(|(c, n)| n as u64 - c)
        .collect();
    let counts = SpatialCounts::bernoulli(&cases, &controls).unwrap();
    let scan = circular_scan(&carolina.planar(), &counts, &params(999)).unwrap();
    compare(file, &scan, &carolina.ids, true);
}

/// `SpatialEpi` truncates expected counts, so that only its clusters are
/// compared, not its ratios.
#[test]
fn circles_in_north_carolina_are_those_of_smerc() {
    let Some(carolina) = Carolina::read() else {
        return;
    };
    for (file, which) in [("scanR_nc74_xy", "74"), ("scanR_ncboth_xy", "both")] {
        let (cases, population) = carolina.counts(which);
        let counts = SpatialCounts::poisson(&cases, &population).unwrap();
        let mut params = params(999);
        params.secondary = SecondaryClusters::NoOverlapOfAnyWindow;
        let scan = circular_scan(&carolina.planar(), &counts, &params).unwrap();
        let report = json(&format!("oracles/nc_sids/{file}.json"));
        let theirs = report["smerc_scan"]["clusters"].as_array().unwrap();
        for (ours, theirs) in scan.clusters.iter().zip(theirs) {
            let members: Vec<_> = ours
                .members
                .iter()
                .map(|i| carolina.ids[*i].clone())
                .collect();
            assert_eq!(members, names(&theirs["ids"]), "{file}");
            let close = |mine: f64, name: &str| {
                let reference = number(&theirs[name]);
                assert!(
                    (mine - reference).abs() <= 1e-10 * reference,
                    "{file} {name} {mine}"
                );
            };
            close(ours.log_likelihood_ratio, "llr");
            close(ours.expected, "expected");
            close(ours.relative_risk.unwrap(), "rr");
            assert!(close_p(ours.p.unwrap(), number(&theirs["p"]), 999.0, 999.0));
        }
        // It lists clusters up to p = 0.2.
        assert!(scan.clusters[theirs.len()].p.unwrap() > 0.15);
        let most_likely = names(&report["SpatialEpi"]["mlc"]["ids"]);
        let members: Vec<_> = scan.clusters[0]
            .members
            .iter()
            .map(|i| carolina.ids[*i].clone())
            .collect();
        assert_eq!(members, most_likely);
    }
}

#[test]
fn ellipses_in_north_carolina_are_those_of_satscan() {
    let Some(carolina) = Carolina::read() else {
        return;
    };
    let file = "nc_sids/satscan_poisson_elliptic_xy_999.json";
    let (cases, population) = carolina.counts(file);
    let counts = SpatialCounts::poisson(&cases, &population).unwrap();
    let ellipses = EllipseParams::satscan(NonCompactness::Medium);
    let scan = elliptic_scan(&carolina.planar(), &counts, &ellipses, &params(999)).unwrap();
    compare(file, &scan, &carolina.ids, true);
}
