//! scan against other packages and naive twins.

mod naive;
mod new_mexico;
mod north_carolina;
mod null_data;

use safeground_stats::scan::*;

use crate::oracle::shared;

fn json(path: &str) -> serde_json::Value {
    let path = shared(path).unwrap();
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// A figure that a package wrote as text.
fn number(value: &serde_json::Value) -> f64 {
    value
        .as_str()
        .map_or_else(|| value.as_f64().unwrap(), |text| text.parse().unwrap())
}

fn names(value: &serde_json::Value) -> Vec<String> {
    match value.as_str() {
        Some(one) => vec![one.to_owned()],
        None => value
            .as_array()
            .unwrap()
            .iter()
            .map(|id| id.as_str().unwrap().to_owned())
            .collect(),
    }
}

/// Both p-values are binomial, with their own number of simulations.
fn close_p(ours: f64, theirs: f64, our_count: f64, their_count: f64) -> bool {
    let p = (ours + theirs) / 2.0;
    let error = (p * (1.0 - p) * (1.0 / our_count + 1.0 / their_count)).sqrt();
    (ours - theirs).abs() <= 4.0 * error + 1.0 / their_count
}

/// Compares clusters with a report of `SaTScan`.
fn compare(file: &str, scan: &Scan, ids: &[String], same_members: bool) {
    let report = json(&format!("oracles/{file}"));
    let theirs = report["clusters"].as_array().unwrap();
    let simulations: f64 = number(&report["params"]["MonteCarloReps"]);
    assert_eq!(
        scan.clusters.len(),
        theirs.len(),
        "{file}: number of clusters"
    );
    for (ours, theirs) in scan.clusters.iter().zip(theirs) {
        if same_members {
            // The centre of equal windows is arbitrary, and with it the order.
            let mut mine: Vec<_> = ours
                .members
                .iter()
                .map(|place| ids[*place].clone())
                .collect();
            let mut other = names(&theirs["ids"]);
            mine.sort();
            other.sort();
            assert_eq!(mine, other, "{file}");
        }
        let ratio = number(&theirs["llr"]);
        assert!(
            (ours.log_likelihood_ratio - ratio).abs() <= 1e-6 * ratio.max(1.0),
            "{file}: {} {ratio}",
            ours.log_likelihood_ratio
        );
        assert_eq!(ours.observed as f64, number(&theirs["cases"]), "{file}");
        assert!(
            (ours.expected - number(&theirs["expected"])).abs() < 0.00501,
            "{file}"
        );
        if !theirs["rr"].is_null() {
            let risk = ours.relative_risk.unwrap();
            assert!((risk - number(&theirs["rr"])).abs() < 0.00501, "{file}");
        }
        let (p, reference) = (ours.p.unwrap(), number(&theirs["p"]));
        let count = scan.simulated.values().len() as f64;
        assert!(
            close_p(p, reference, count, simulations),
            "{file}: p {p} {reference}"
        );
    }
}

fn params(simulations: usize) -> ScanParams {
    ScanParams::new(MonteCarlo::new(simulations, 20_260_101))
}
