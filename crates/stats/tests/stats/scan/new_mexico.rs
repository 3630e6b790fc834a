//! Brain cancer in New Mexico, the sample data of `SaTScan`.

use safeground_stats::scan::*;
use safeground_stats::weights::Position;

use super::{compare, json, params};
use crate::oracle::shared;

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
