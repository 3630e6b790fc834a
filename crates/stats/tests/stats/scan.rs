//! scan against other packages and naive twins.

use std::collections::HashMap;

use safeground_stats::scan::*;
use safeground_stats::weights::Position;

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
        let mut params = params(if file.contains("9999") { 9999 } else { 999 });
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

/// New Mexico: brain cancer by county, year, age and sex.
struct Mexico {
    ids: Vec<String>,
    places: Places,
    planar: Places,
    intervals: TimeIntervals,
}

fn words(path: &str) -> Option<Vec<Vec<String>>> {
    let text = std::fs::read_to_string(shared(path)?).unwrap();
    let split = |line: &str| line.split_whitespace().map(str::to_owned).collect();
    Some(
        text.lines()
            .map(split)
            .filter(|words: &Vec<_>| !words.is_empty())
            .collect(),
    )
}

impl Mexico {
    fn read() -> Option<Self> {
        let positions = words("oracles/new_mexico/nm.geo")?;
        let planar = words("oracles/new_mexico/nm_cartesian_km.geo")?;
        let ids: Vec<_> = positions.iter().map(|line| line[0].clone()).collect();
        assert!(planar.iter().zip(&ids).all(|(line, id)| line[0] == *id));
        let numbers = |line: &[String]| -> (f64, f64) {
            (line[1].parse().unwrap(), line[2].parse().unwrap())
        };
        let geographic: Vec<_> = positions
            .iter()
            .map(|line| numbers(line))
            .map(|(latitude, longitude)| Position {
                latitude,
                longitude,
            })
            .collect();
        let points: Vec<_> = planar
            .iter()
            .map(|line| numbers(line))
            .map(|(x, y)| PlanarPoint { x, y })
            .collect();
        Some(Self {
            ids,
            places: Places::geographic(&geographic).unwrap(),
            planar: Places::planar(&points).unwrap(),
            intervals: TimeIntervals::years(1973, 1991).unwrap(),
        })
    }

    /// Cases by county, age and sex, and year.
    fn stratified_cases(&self) -> (usize, Vec<u64>) {
        let lines = words("oracles/new_mexico/nm.cas").unwrap();
        let mut strata: Vec<Vec<String>> = lines.iter().map(|line| line[3..].to_vec()).collect();
        strata.sort();
        strata.dedup();
        let mut cases = vec![0; self.ids.len() * strata.len() * self.intervals.len()];
        for line in &lines {
            let place = self.ids.iter().position(|id| *id == line[0]).unwrap();
            let stratum = strata
                .iter()
                .position(|stratum| *stratum == line[3..])
                .unwrap();
            let year = line[2].parse::<usize>().unwrap() - 1973;
            let series = place * strata.len() + stratum;
            cases[series * self.intervals.len() + year] += line[1].parse::<u64>().unwrap();
        }
        (strata.len(), cases)
    }

    /// Cases and expected cases by county and year.
    fn counts(&self, covariates: bool) -> (Vec<u64>, Vec<f64>) {
        let name = if covariates { "nm" } else { "nm_nocov" };
        let place = |id: &str| self.ids.iter().position(|other| other == id).unwrap();
        let mut strata: Vec<Vec<String>> = Vec::new();
        let census = [1973, 1982, 1991].map(|year| Day::new(year, 7, 1).unwrap());
        let lines = words(&format!("oracles/new_mexico/{name}.pop")).unwrap();
        for line in &lines {
            if !strata.contains(&line[3..].to_vec()) {
                strata.push(line[3..].to_vec());
            }
        }
        let stratum = |words: &[String]| strata.iter().position(|other| other == words).unwrap();
        let mut population = vec![0.0; self.ids.len() * strata.len() * 3];
        for line in &lines {
            let census = ["73", "82", "91"]
                .iter()
                .position(|year| *year == line[1])
                .unwrap();
            let index = (place(&line[0]) * strata.len() + stratum(&line[3..])) * 3 + census;
            population[index] += line[2].parse::<f64>().unwrap();
        }
        let mut cases = vec![0; self.ids.len() * self.intervals.len()];
        let mut of_stratum = vec![0; strata.len()];
        for line in words(&format!("oracles/new_mexico/{name}.cas")).unwrap() {
            let count: u64 = line[1].parse().unwrap();
            let year: usize = line[2].parse().unwrap();
            cases[place(&line[0]) * self.intervals.len() + year - 1973] += count;
            of_stratum[stratum(&line[3..])] += count;
        }
        let population = CensusPopulation::new(&census, strata.len(), &population).unwrap();
        let expected = standardised_expected(&population, &of_stratum, &self.intervals).unwrap();
        (cases, expected)
    }
}

/// The calendar years of a cluster, as `SaTScan` writes them.
fn check_years(file: &str, scan: &Scan) {
    let report = json(&format!("oracles/{file}"));
    for (ours, theirs) in scan
        .clusters
        .iter()
        .zip(report["clusters"].as_array().unwrap())
    {
        let (from, to) = theirs["time"].as_str().unwrap().split_once(" to ").unwrap();
        let year = |text: &str| text[..4].parse::<usize>().unwrap() - 1973;
        assert_eq!(ours.intervals, Some(year(from)..year(to) + 1), "{file}");
    }
}

#[test]
fn space_in_new_mexico_is_that_of_satscan() {
    let Some(mexico) = Mexico::read() else {
        return;
    };
    for (file, covariates) in [("nm_spatial", true), ("nm_nocov_spatial", false)] {
        let (cases, expected) = mexico.counts(covariates);
        let years = mexico.intervals.len();
        let cases: Vec<u64> = cases
            .chunks(years)
            .map(|years| years.iter().sum())
            .collect();
        let expected: Vec<f64> = expected
            .chunks(years)
            .map(|years| years.iter().sum())
            .collect();
        let counts = SpatialCounts::poisson(&cases, &expected).unwrap();
        let scan = circular_scan(&mexico.places, &counts, &params(9999)).unwrap();
        let file = format!("new_mexico/{file}_poisson_9999.json");
        compare(&file, &scan, &mexico.ids, true);
    }
}

#[test]
fn space_and_time_in_new_mexico_are_those_of_satscan() {
    let Some(mexico) = Mexico::read() else {
        return;
    };
    for (file, covariates, planar, outlook) in [
        (
            "nm_spacetime_poisson_retro",
            true,
            false,
            Outlook::Retrospective,
        ),
        (
            "nm_nocov_spacetime_poisson_retro",
            false,
            false,
            Outlook::Retrospective,
        ),
        ("nm_nocov_spacetime_xy", false, true, Outlook::Retrospective),
        (
            "nm_spacetime_poisson_prospective",
            true,
            false,
            Outlook::Prospective,
        ),
    ] {
        let (cases, expected) = mexico.counts(covariates);
        let counts = SpaceTimeCounts::poisson(mexico.intervals.len(), &cases, &expected).unwrap();
        let places = if planar {
            &mexico.planar
        } else {
            &mexico.places
        };
        let time = TemporalLimits::new(outlook);
        let scan = space_time_scan(places, &counts, &time, &params(1999)).unwrap();
        let file = format!("new_mexico/{file}_9999.json");
        compare(&file, &scan, &mexico.ids, true);
        check_years(&file, &scan);
    }
}

#[test]
fn time_in_new_mexico_is_that_of_satscan() {
    let Some(mexico) = Mexico::read() else {
        return;
    };
    let (cases, expected) = mexico.counts(true);
    let counts = SpaceTimeCounts::poisson(mexico.intervals.len(), &cases, &expected).unwrap();
    let time = TemporalLimits::new(Outlook::Retrospective);
    let scan = temporal_scan(&counts, &time, &params(9999)).unwrap();
    let file = "new_mexico/nm_temporal_poisson_9999.json";
    compare(file, &scan, &mexico.ids, false);
    check_years(file, &scan);
    assert_eq!(scan.clusters[0].members.len(), 32);
}

#[test]
fn interaction_in_new_mexico_is_that_of_satscan() {
    let Some(mexico) = Mexico::read() else {
        return;
    };
    let (strata, cases) = mexico.stratified_cases();
    let cases = StratifiedCases::new(strata, mexico.intervals.len(), &cases).unwrap();
    let time = TemporalLimits::new(Outlook::Retrospective);
    let scan = space_time_permutation_scan(&mexico.places, &cases, &time, &params(1999)).unwrap();
    let file = "new_mexico/nm_spacetime_permutation_retro_9999.json";
    compare(file, &scan, &mexico.ids, true);
    check_years(file, &scan);
}
