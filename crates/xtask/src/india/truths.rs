//! What is known of the data beforehand, checked on what came of it.

use std::collections::BTreeMap;

use anyhow::{Context as _, ensure};
use serde_json::Value;

use super::loads::{Loaded, Report};
use crate::served::Served;

/// Rural population of the 2011 census, as published.
const RURAL_POPULATION: f64 = 833_748_852.0;
/// Population of the districts of the boundary file: the published total.
const POPULATION: f64 = 1_210_854_977.0;
/// Spellings of state and police district between 2001 and 2013.
const POLICE_SPELLINGS: u64 = 1_502;

/// Where NFHS-5 is known to find most child marriages: eastern Bihar, the
/// Santhal Parganas of Jharkhand, and Murshidabad in West Bengal.
const HOTSPOTS: [(&str, &[&str]); 3] = [
    (
        "bihar",
        &[
            "araria",
            "banka",
            "bhagalpur",
            "jamui",
            "katihar",
            "khagaria",
            "kishanganj",
            "lakhisarai",
            "madhepura",
            "munger",
            "purnia",
            "saharsa",
            "supaul",
        ],
    ),
    (
        "jharkhand",
        &["deoghar", "dumka", "godda", "jamtara", "pakur", "sahibganj"],
    ),
    ("west-bengal", &["murshidabad"]),
];

/// States where child marriage is rare: none of their districts may be hot.
const NO_HOTSPOTS: [&str; 2] = ["kerala", "himachal-pradesh"];

/// Checks the reports of the loads.
pub(super) fn check_loads(loads: &[Loaded]) -> anyhow::Result<()> {
    let by_name: BTreeMap<&str, &Report> = loads
        .iter()
        .map(|load| (load.name.as_str(), &load.report))
        .collect();
    let report = |name: &str| {
        by_name
            .get(name)
            .copied()
            .with_context(|| format!("the plan has no load `{name}`"))
    };
    for Loaded { name, report } in loads {
        ensure!(
            report.accepted + report.quarantined == report.read,
            "{name}: {} accepted and {} quarantined are not the {} read",
            report.accepted,
            report.quarantined,
            report.read
        );
    }
    for (name, accepted) in [
        ("census_district_list", 640),
        ("census_districts", 640),
        ("nfhs5_districts", 707),
        ("bihar_blocks", 534),
        ("census_subdistricts", 5_988),
        ("census_villages", 640_949),
    ] {
        let found = report(name)?.accepted;
        ensure!(
            found == accepted,
            "{name}: {found} accepted, not {accepted}"
        );
    }
    for (name, read) in [("nfhs5_districts", 707), ("pmgsy_habitations", 859_805)] {
        let found = report(name)?.read;
        ensure!(found == read, "{name}: {found} read, not {read}");
    }
    for (name, code, rows) in [
        ("census_villages", "excluded_row", 8_397),
        ("census_subdistricts", "excluded_row", 11_976),
        ("pmgsy_habitations", "coordinate_outside_area", 0),
    ] {
        let found = report(name)?.rejected(code);
        ensure!(found == rows, "{name}: {found} rows {code}, not {rows}");
    }
    for (name, column, people) in [
        ("census_villages", "TOT_P", RURAL_POPULATION),
        ("census_subdistricts", "TOT_P", POPULATION),
        ("census_districts", "TOT_P", POPULATION),
    ] {
        let found = report(name)?.sums(column)?.accepted;
        ensure!(
            found == people,
            "{name}: the population stored is {found}, not {people}"
        );
        println!("  {name}: population {people} exactly");
    }
    let police = "ncrb_2001_2013_as_published";
    check_police_districts(police, report(police)?)
}

/// Every spelling of a police district leads to a district or into the
/// quarantine, and so does every case.
fn check_police_districts(name: &str, report: &Report) -> anyhow::Result<()> {
    let spellings = report.spellings("DISTRICT")?;
    let lost = spellings.unmatched + spellings.ambiguous + spellings.parent_unmatched;
    ensure!(
        spellings.found() + lost == spellings.spellings,
        "{name}: {} spellings found and {lost} not are not the {} looked up",
        spellings.found(),
        spellings.spellings
    );
    ensure!(
        spellings.ambiguous == 0 && spellings.parent_unmatched == 0,
        "{name}: {} spellings are ambiguous and {} have no state",
        spellings.ambiguous,
        spellings.parent_unmatched
    );
    ensure!(
        spellings.spellings <= POLICE_SPELLINGS,
        "{name}: {} spellings looked up of {POLICE_SPELLINGS}",
        spellings.spellings
    );
    let cases = report.sums("Total")?;
    ensure!(
        cases.accepted + cases.quarantined == cases.read,
        "{name}: {} cases stored and {} in the quarantine are not the {} read",
        cases.accepted,
        cases.quarantined,
        cases.read
    );
    println!(
        "  {name}: {} spellings led to a district, {lost} to none, {} were left out with a reason; \
         {} cases = {} stored + {} in the quarantine",
        spellings.found(),
        POLICE_SPELLINGS - spellings.spellings,
        cases.read,
        cases.accepted,
        cases.quarantined
    );
    Ok(())
}

/// Checks what the server says.
pub(super) fn check_served(served: &Served) -> anyhow::Result<()> {
    for (layer, theme, period, units, population) in [
        (
            "district@2019",
            "indicator:child_marriage",
            "2019/2021",
            707,
            None,
        ),
        (
            "district@2011",
            "indicator:child_marriage",
            "2015/2016",
            640,
            Some(POPULATION),
        ),
    ] {
        let features = features(served, layer, theme, period, false)?;
        ensure!(
            features.len() == units,
            "{layer}: {} features are served, not {units}",
            features.len()
        );
        let bare = features.iter().filter(|f| !is_polygon(&f["geometry"]));
        let bare = bare.count();
        ensure!(bare == 0, "{layer}: {bare} features have no polygon");
        if let Some(expected) = population {
            let people = features
                .iter()
                .filter_map(|feature| feature["properties"]["population"].as_f64())
                .sum::<f64>();
            ensure!(
                people == expected,
                "{layer}: the population served is {people}, not {expected}"
            );
        }
        println!("  {layer}: {units} polygons served");
    }
    check_hotspots(served)
}

fn is_polygon(geometry: &Value) -> bool {
    matches!(geometry["type"].as_str(), Some("Polygon" | "MultiPolygon"))
}

fn check_hotspots(served: &Served) -> anyhow::Result<()> {
    let features = features(
        served,
        "district@2019",
        "indicator:child_marriage",
        "2019/2021",
        true,
    )?;
    let classes: BTreeMap<&str, &str> = features
        .iter()
        .filter_map(|feature| {
            let id = feature["properties"]["id"].as_str()?;
            let class = feature["properties"]["class"].as_str().unwrap_or("none");
            Some((id.strip_prefix("district@2019:")?, class))
        })
        .collect();
    for (state, districts) in HOTSPOTS {
        for district in districts {
            let id = format!("{state}-{district}");
            let class = classes
                .get(id.as_str())
                .with_context(|| format!("district@2019:{id} is not served"))?;
            ensure!(
                class.starts_with("hot_"),
                "district@2019:{id} is known for child marriage and its class is {class}"
            );
        }
        println!("  hotspots of {state}: {} of {0}", districts.len());
    }
    for state in NO_HOTSPOTS {
        let mut of_state = classes
            .iter()
            .filter(|(id, _)| id.starts_with(state))
            .peekable();
        ensure!(
            of_state.peek().is_some(),
            "no district of {state} is served"
        );
        if let Some((id, class)) = of_state.find(|(_, class)| class.starts_with("hot_")) {
            anyhow::bail!("child marriage is rare in {state}, and {id} is served as {class}");
        }
    }
    Ok(())
}

fn features(
    served: &Served,
    layer: &str,
    theme: &str,
    period: &str,
    skip_geometry: bool,
) -> anyhow::Result<Vec<Value>> {
    let path = format!(
        "/collections/{layer}/items?theme={theme}&period={period}&limit=10000\
         &skipGeometry={skip_geometry}"
    );
    let (_, body) = served.get(&path)?;
    let mut page: Value =
        serde_json::from_slice(&body).with_context(|| format!("GET {path}: not JSON"))?;
    match page["features"].take() {
        Value::Array(features) => Ok(features),
        _ => anyhow::bail!("GET {path}: no features"),
    }
}
