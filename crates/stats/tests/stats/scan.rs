//! scan against other packages and naive twins.

use std::collections::HashMap;

use proptest::prelude::*;
use rand::{Rng as _, SeedableRng as _};
use safeground_stats::scan::*;
use safeground_stats::weights::{Position, SpatialWeights};

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
        let scan = circular_scan(&mexico.places, &counts, &params(1999)).unwrap();
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
        let scan = space_time_scan(places, &counts, &time, &params(999)).unwrap();
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
    let scan = temporal_scan(&counts, &time, &params(1999)).unwrap();
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
    let scan = space_time_permutation_scan(&mexico.places, &cases, &time, &params(999)).unwrap();
    let file = "new_mexico/nm_spacetime_permutation_retro_9999.json";
    compare(file, &scan, &mexico.ids, true);
    check_years(file, &scan);
}

/// A small area: places on a coarse raster, so that some are tied or
/// coincide, with cases and expected cases.
#[derive(Debug, Clone)]
struct Area {
    points: Vec<PlanarPoint>,
    cases: Vec<u64>,
    expected: Vec<f64>,
}

fn areas() -> impl Strategy<Value = Area> {
    let place = (0..7_u8, 0..7_u8, 0..30_u64, 0.5..20.0f64);
    prop::collection::vec(place, 3..14)
        .prop_filter("needs a case", |places| {
            places.iter().any(|place| place.2 > 0)
        })
        .prop_map(|places| Area {
            points: places
                .iter()
                .map(|place| PlanarPoint {
                    x: f64::from(place.0),
                    y: f64::from(place.1),
                })
                .collect(),
            cases: places.iter().map(|place| place.2).collect(),
            expected: places.iter().map(|place| place.3).collect(),
        })
}

impl Area {
    fn scan(&self, params: &ScanParams) -> Scan {
        let counts = SpatialCounts::poisson(&self.cases, &self.expected).unwrap();
        circular_scan(&Places::planar(&self.points).unwrap(), &counts, params).unwrap()
    }

    fn ratio(&self, members: &[usize], rates: Rates) -> f64 {
        let total = self.cases.iter().sum::<u64>() as f64;
        let scale = total / self.expected.iter().sum::<f64>();
        let observed = members.iter().map(|i| self.cases[*i]).sum::<u64>() as f64;
        let expected: f64 = members.iter().map(|i| self.expected[*i] * scale).sum();
        let high = observed > expected && observed >= 2.0 && rates != Rates::Low;
        let low = observed < expected && rates != Rates::High;
        let part = |n: f64, m: f64| if n > 0.0 { n * (n / m).ln() } else { 0.0 };
        if high || low {
            part(observed, expected) + part(total - observed, total - expected)
        } else {
            0.0
        }
    }

    fn share(&self, members: &[usize]) -> f64 {
        members.iter().map(|i| self.expected[*i]).sum::<f64>() / self.expected.iter().sum::<f64>()
    }

    /// All circles: each place as centre, each other one on the rim. O(n^3).
    fn circles(&self, limit: f64) -> Vec<Vec<usize>> {
        let n = self.points.len();
        let distance = |a: usize, b: usize| {
            let (a, b) = (self.points[a], self.points[b]);
            (a.x - b.x).powi(2) + (a.y - b.y).powi(2)
        };
        (0..n * n)
            .map(|pair| (pair / n, distance(pair / n, pair % n)))
            .map(|(centre, radius)| (0..n).filter(|i| distance(centre, *i) <= radius).collect())
            .filter(|members: &Vec<usize>| self.share(members) <= limit)
            .collect()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_most_likely_circle_is_the_best_of_all(area in areas(), side in 0..3_usize) {
        let rates = [Rates::High, Rates::Low, Rates::Both][side];
        let mut params = params(0);
        params.rates = rates;
        let scan = area.scan(&params);
        let best = area
            .circles(0.5)
            .iter()
            .map(|members| area.ratio(members, rates))
            .fold(0.0, f64::max);
        match scan.clusters.first() {
            Some(cluster) => {
                prop_assert!((cluster.log_likelihood_ratio - best).abs() < 1e-9 * best.max(1.0));
                let again = area.ratio(&cluster.members, rates);
                prop_assert!((again - best).abs() < 1e-9 * best.max(1.0));
                prop_assert!(area.share(&cluster.members) <= 0.5 + 1e-12);
            }
            None => prop_assert!(best <= 0.001),
        }
        // What is reported does not overlap.
        let mut seen = std::collections::HashSet::new();
        for member in scan.clusters.iter().flat_map(|cluster| &cluster.members) {
            prop_assert!(seen.insert(*member));
        }
    }

    #[test]
    fn names_units_and_axes_of_places_do_not_matter(area in areas(), turn in 1..13_usize) {
        let n = area.points.len();
        let new = |i: usize| (i * 17 + turn) % n;
        prop_assume!(n != 17);
        let mut moved = area.clone();
        for i in 0..n {
            let point = area.points[i];
            moved.points[new(i)] = PlanarPoint { x: -8.0 * point.y, y: 8.0 * point.x };
            moved.cases[new(i)] = area.cases[i];
            moved.expected[new(i)] = 1000.0 * area.expected[i];
        }
        let (plain, other) = (area.scan(&params(0)), moved.scan(&params(0)));
        let ratio = |scan: &Scan| scan.clusters.first().map_or(0.0, |c| c.log_likelihood_ratio);
        prop_assert!((ratio(&plain) - ratio(&other)).abs() < 1e-9 * (1.0 + ratio(&plain)));
        if let (Some(a), Some(b)) = (plain.clusters.first(), other.clusters.first()) {
            let back: Vec<usize> = a.members.iter().map(|i| new(*i)).collect();
            let again = moved.ratio(&back, Rates::High);
            prop_assert!((again - b.log_likelihood_ratio).abs() < 1e-9 * (1.0 + again));
        }
    }

    #[test]
    fn the_most_likely_flexible_window_is_the_best_connected_set(
        area in areas(),
        most in 1..8_usize,
        restricted in any::<bool>(),
    ) {
        let n = area.points.len();
        let linked = |a: usize, b: usize| {
            let (a, b) = (area.points[a], area.points[b]);
            (a.x - b.x).abs() + (a.y - b.y).abs() <= 2.0
        };
        let lists = (0..n).map(|a| (0..n).filter(|b| *b != a && linked(a, *b)).collect()).collect();
        let weights = SpatialWeights::from_lists(lists).unwrap();
        let counts = SpatialCounts::poisson(&area.cases, &area.expected).unwrap();
        let places = Places::planar(&area.points).unwrap();
        let restriction = if restricted { Restriction::MidP(0.3) } else { Restriction::None };
        let flexible = FlexibleParams::new(most, restriction).unwrap();
        let scan = flexible_scan(&places, &weights, &counts, &flexible, &params(0)).unwrap();

        let total = area.cases.iter().sum::<u64>() as f64;
        let scale = total / area.expected.iter().sum::<f64>();
        let mid_p = |i: usize| {
            let mean = area.expected[i] * scale;
            let (mut p, mut below) = ((-mean).exp(), 0.0);
            for k in 0..area.cases[i] {
                below += p;
                p *= mean / (k + 1) as f64;
            }
            1.0 - below - 0.5 * p
        };
        let mut best = 0.0_f64;
        for set in 1..1_u32 << n {
            let members: Vec<usize> = (0..n).filter(|i| set & (1 << i) != 0).collect();
            if members.len() > most || area.share(&members) > 0.5 {
                continue;
            }
            if restricted && members.iter().any(|i| mid_p(*i) >= 0.3) {
                continue;
            }
            let mut reached = vec![members[0]];
            for next in 0..members.len() {
                let Some(from) = reached.get(next).copied() else { break };
                for to in &members {
                    if linked(from, *to) && !reached.contains(to) {
                        reached.push(*to);
                    }
                }
            }
            // One of the members has all others among its nearest places.
            let near = |centre: usize| {
                let key = |i: usize| {
                    let (a, b) = (area.points[centre], area.points[i]);
                    ((a.x - b.x).powi(2) + (a.y - b.y).powi(2), i != centre, i)
                };
                let mut order: Vec<usize> = (0..n).collect();
                order.sort_by(|a, b| key(*a).partial_cmp(&key(*b)).unwrap());
                order.truncate(most);
                members.iter().all(|i| order.contains(i))
            };
            if reached.len() == members.len() && members.iter().any(|i| near(*i)) {
                best = best.max(area.ratio(&members, Rates::High));
            }
        }
        let found = scan.clusters.first().map_or(0.0, |cluster| cluster.log_likelihood_ratio);
        if best > 0.001 || found > 0.0 {
            prop_assert!((found - best).abs() < 1e-9 * best.max(1.0), "{found} {best}");
        }
    }

    #[test]
    fn the_most_likely_cylinder_is_the_best_of_all(
        area in areas(),
        extra in prop::collection::vec((0..20_u64, 0.5..20.0f64), 14 * 4),
        alive in any::<bool>(),
    ) {
        let (n, times) = (area.points.len(), 4);
        let cases: Vec<u64> = extra[..n * times].iter().map(|cell| cell.0).collect();
        let expected: Vec<f64> = extra[..n * times].iter().map(|cell| cell.1).collect();
        prop_assume!(cases.iter().sum::<u64>() > 0);
        let sum = |place: usize| (place * times..(place + 1) * times).map(|c| expected[c]).sum();
        let area = Area { expected: (0..n).map(sum).collect(), ..area };
        let cells = Area { points: Vec::new(), cases: cases.clone(), expected: expected.clone() };
        let mut best = 0.0_f64;
        for members in area.circles(0.5) {
            for first in 0..times {
                for after in first + 1..=times.min(first + 2) {
                    let inside: Vec<usize> = members
                        .iter()
                        .flat_map(|i| i * times + first..i * times + after)
                        .collect();
                    if !alive || after == times {
                        best = best.max(cells.ratio(&inside, Rates::High));
                    }
                }
            }
        }
        let counts = SpaceTimeCounts::poisson(times, &cases, &expected).unwrap();
        let places = Places::planar(&area.points).unwrap();
        let outlook = if alive { Outlook::Prospective } else { Outlook::Retrospective };
        let time = TemporalLimits::new(outlook);
        let scan = space_time_scan(&places, &counts, &time, &params(0)).unwrap();
        let found = scan.clusters.first().map_or(0.0, |cluster| cluster.log_likelihood_ratio);
        if best > 0.001 || found > 0.0 {
            prop_assert!((found - best).abs() < 1e-9 * best.max(1.0), "{found} {best}");
        }
    }
}

/// Data sets without clusters.
fn null_data(n: usize, cases: usize, seed: u64) -> Area {
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
    let mut area = Area {
        points: (0..n)
            .map(|_| PlanarPoint {
                x: random.random(),
                y: random.random(),
            })
            .collect(),
        cases: vec![0; n],
        expected: (0..n).map(|_| random.random_range(0.5..2.0)).collect(),
    };
    let total: f64 = area.expected.iter().sum();
    for _ in 0..cases {
        let mut at = random.random_range(0.0..total);
        let place = area.expected.iter().position(|mean| {
            at -= mean;
            at < 0.0
        });
        area.cases[place.unwrap_or(0)] += 1;
    }
    area
}

/// Kolmogorov–Smirnov distance of p-values from uniform, at steps of them.
fn distance_from_uniform(mut p: Vec<f64>) -> f64 {
    p.sort_by(f64::total_cmp);
    let n = p.len() as f64;
    let above = |(index, p): (usize, &f64)| (p - (index + 1) as f64 / n).abs();
    p.iter().enumerate().map(above).fold(0.0, f64::max)
}

#[test]
fn p_values_are_uniform_without_clusters() {
    let count = 400;
    let scans: Vec<Scan> = (0..count)
        .map(|seed| {
            let mut params = params(99);
            params.monte_carlo = MonteCarlo::new(99, seed);
            null_data(30, 150, seed + 1000).scan(&params)
        })
        .collect();
    let critical = 1.63 / (count as f64).sqrt();
    let p = |of: &dyn Fn(&Cluster) -> f64| scans.iter().map(|scan| of(&scan.clusters[0])).collect();
    let monte_carlo = distance_from_uniform(p(&|cluster| cluster.p.unwrap()));
    assert!(monte_carlo < critical + 0.01, "{monte_carlo}");
    // The Gumbel approximation is fitted to 99 maxima, which adds its error.
    let gumbel = distance_from_uniform(p(&|cluster| cluster.gumbel_p.unwrap()));
    assert!(gumbel < critical + 0.03, "{gumbel}");
}

#[test]
fn p_values_of_cylinders_and_permutations_are_uniform_without_clusters() {
    let count = 200;
    let (mut poisson, mut permutation) = (Vec::new(), Vec::new());
    for seed in 0..count {
        let area = null_data(12, 1, seed);
        let cells = null_data(12 * 6, 120, seed + 5000);
        let places = Places::planar(&area.points).unwrap();
        let time = TemporalLimits::new(Outlook::Retrospective);
        let mut params = params(99);
        params.monte_carlo = MonteCarlo::new(99, seed);
        let counts = SpaceTimeCounts::poisson(6, &cells.cases, &cells.expected).unwrap();
        let scan = space_time_scan(&places, &counts, &time, &params).unwrap();
        poisson.push(scan.clusters[0].p.unwrap());
        // Places and times that are independent, as the permutation assumes.
        let (mut cases, mut random) = (
            vec![0; 12 * 6],
            rand_chacha::ChaCha8Rng::seed_from_u64(seed),
        );
        for _ in 0..100 {
            let place = random
                .random_range(0..12_usize)
                .min(random.random_range(0..12));
            let interval = random
                .random_range(0..6_usize)
                .max(random.random_range(0..6));
            cases[place * 6 + interval] += 1;
        }
        let cases = StratifiedCases::new(1, 6, &cases).unwrap();
        let scan = space_time_permutation_scan(&places, &cases, &time, &params).unwrap();
        permutation.push(scan.clusters[0].p.unwrap());
    }
    let critical = 1.63 / (count as f64).sqrt() + 0.01;
    for p in [poisson, permutation] {
        let distance = distance_from_uniform(p);
        assert!(distance < critical, "{distance}");
    }
}

#[test]
fn the_number_of_threads_does_not_matter() {
    let area = null_data(60, 900, 7);
    let cells = null_data(60 * 4, 900, 8);
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| {
            let mut params = params(100);
            params.rates = Rates::Both;
            let places = Places::planar(&area.points).unwrap();
            let poisson = SpatialCounts::poisson(&area.cases, &area.expected).unwrap();
            let controls: Vec<u64> = area.expected.iter().map(|x| (40.0 * x) as u64).collect();
            let bernoulli = SpatialCounts::bernoulli(&area.cases, &controls).unwrap();
            let ellipses = EllipseParams::satscan(NonCompactness::Strong);
            let weights = (0..60).map(|i| vec![(i + 1) % 60, (i + 59) % 60]).collect();
            let weights = SpatialWeights::from_lists(weights).unwrap();
            let flexible = FlexibleParams::new(6, Restriction::None).unwrap();
            let space_time = SpaceTimeCounts::poisson(4, &cells.cases, &cells.expected).unwrap();
            let stratified = StratifiedCases::new(1, 4, &cells.cases).unwrap();
            let time = TemporalLimits::new(Outlook::Retrospective);
            let mut early = params;
            early.monte_carlo = params.monte_carlo.stop_after(5).unwrap();
            [
                circular_scan(&places, &poisson, &params),
                circular_scan(&places, &poisson, &early),
                circular_scan(&places, &bernoulli, &params),
                elliptic_scan(&places, &poisson, &ellipses, &params),
                flexible_scan(&places, &weights, &poisson, &flexible, &params),
                space_time_scan(&places, &space_time, &time, &params),
                space_time_permutation_scan(&places, &stratified, &time, &params),
                temporal_scan(&space_time, &time, &params),
            ]
            .map(Result::unwrap)
        })
    };
    assert_eq!(run(1), run(2));
}

#[test]
fn what_cannot_be_scanned_is_refused() {
    let cases = [1, 2, 3];
    for expected in [
        &[1.0, 2.0][..],
        &[1.0, 2.0, 0.0],
        &[1.0, 2.0, f64::NAN],
        &[1.0, -2.0, 1.0],
        &[f64::INFINITY, 2.0, 1.0],
    ] {
        assert!(SpatialCounts::poisson(&cases, expected).is_err());
    }
    assert!(SpatialCounts::poisson(&[0, 0], &[1.0, 1.0]).is_err());
    assert!(SpatialCounts::poisson(&[], &[]).is_err());
    assert!(SpatialCounts::poisson(&[u64::MAX, u64::MAX], &[1.0, 1.0]).is_err());
    assert!(SpatialCounts::bernoulli(&[1], &[0]).is_err());
    assert!(SpatialCounts::bernoulli(&[0], &[1]).is_err());
    assert!(SpaceTimeCounts::poisson(0, &cases, &[1.0; 3]).is_err());
    assert!(SpaceTimeCounts::poisson(2, &cases, &[1.0; 3]).is_err());
    let point = PlanarPoint { x: 0.0, y: 0.0 };
    assert!(
        Places::planar(&[PlanarPoint {
            x: f64::NAN,
            ..point
        }])
        .is_err()
    );
    // One place, or all at one position: there is no window with a complement.
    let places = Places::planar(&[point; 3]).unwrap();
    let counts = SpatialCounts::poisson(&cases, &[1.0; 3]).unwrap();
    let scan = circular_scan(&places, &counts, &params(19)).unwrap();
    assert!(scan.clusters.is_empty());
    let counts = SpatialCounts::poisson(&cases[..1], &[1.0]).unwrap();
    assert!(circular_scan(&places, &counts, &params(19)).is_err());
    // All of the area may be asked for and still has no ratio.
    let mut whole = params(19);
    whole.limits = WindowLimits::new(1.0).unwrap();
    let counts = SpatialCounts::poisson(&cases, &[1e300, 1e300, 1e300]).unwrap();
    assert!(
        circular_scan(&places, &counts, &whole)
            .unwrap()
            .clusters
            .is_empty()
    );
}
