//! What is known of the data beforehand, checked on what came of it.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, ensure};
use serde_json::Value;

use super::loads::{Loaded, Report};
use crate::command::Step;
use crate::served::Served;

/// Rural population of India in the 2011 census, as published.
const RURAL_POPULATION: u64 = 833_748_852;
/// Population of India in the 2011 census, as published.
const POPULATION: u64 = 1_210_854_977;
/// Spellings of state and police district in the police file, 2001 to 2013.
const POLICE_SPELLINGS: u64 = 1_502;
/// Those of them on rows that the mapping does not leave out as a whole.
const POLICE_SPELLINGS_LOOKED_UP: u64 = 1_368;
/// Those that name no place: two border units, a rural one, and a territory
/// written as a district.
const POLICE_SPELLINGS_UNMATCHED: u64 = 4;
/// Cases in the rows of that file: 304,117 of police districts and 303,746 in
/// the totals of the states, which miss one state's year and differ in two.
const POLICE_CASES: f64 = 607_863.0;

/// What a layer of the lake must hold.
struct Layer {
    name: &'static str,
    places: u64,
    with_geometry: u64,
    population: Option<u64>,
}

/// Layers of the lake whose content is known from the publishers.
const LAYERS: [Layer; 9] = [
    Layer {
        name: "state",
        places: 36,
        with_geometry: 0,
        population: None,
    },
    Layer {
        name: "district",
        places: 763,
        with_geometry: 0,
        population: None,
    },
    Layer {
        name: "subdistrict",
        places: 6_921,
        with_geometry: 0,
        population: None,
    },
    Layer {
        name: "habitation",
        places: 855_353,
        with_geometry: 0,
        population: None,
    },
    Layer {
        name: "district@2011",
        places: 640,
        with_geometry: 640,
        population: Some(POPULATION),
    },
    Layer {
        name: "district@2019",
        places: 707,
        with_geometry: 707,
        population: None,
    },
    Layer {
        name: "subdistrict@2011",
        places: 5_988,
        with_geometry: 0,
        population: Some(POPULATION),
    },
    Layer {
        name: "block",
        places: 7_223,
        with_geometry: 534,
        population: None,
    },
    Layer {
        name: "village@2011",
        places: 640_949,
        with_geometry: 0,
        population: Some(RURAL_POPULATION),
    },
];

/// What a load must read and store, and what it must reject: under these codes
/// so many records, and none under any other.
struct Known {
    name: &'static str,
    read: u64,
    accepted: u64,
    rejected: &'static [(&'static str, u64)],
}

/// Loads whose files are known: what the publishers say they hold, and the
/// records that were counted in them by other means (rows of totals, repeated
/// identifiers). The two districts of the raw census are sound: 93 fields in
/// each line, and no line twice, so that nothing in them is to be repaired.
const LOADS: [Known; 15] = [
    all("lgd_states", 36),
    all("lgd_districts", 763),
    all("lgd_subdistricts", 6_921),
    Known {
        name: "lgd_blocks",
        read: 7_233,
        accepted: 7_223,
        rejected: &[("duplicate_key", 10)],
    },
    all("bihar_blocks", 534),
    all("census_districts", 640),
    all("nfhs5_districts", 707),
    Known {
        name: "nfhs5_place_changes",
        read: 707,
        accepted: 576,
        rejected: &[("excluded_row", 131)],
    },
    // Nine figures in two rounds of the survey.
    all("nfhs_indicators", 707 * 18),
    // Twelve heads of crime for each year of a district.
    all("ncrb_panel", 8_054 * 12),
    all("courts_cases", 1_446),
    Known {
        name: "census_subdistricts",
        read: 3 * 5_988,
        accepted: 5_988,
        rejected: &[("excluded_row", 2 * 5_988)],
    },
    Known {
        name: "census_villages",
        read: 649_346,
        accepted: 640_949,
        rejected: &[("excluded_row", 8_397)],
    },
    Known {
        name: "census_raw_villages",
        read: 1_099,
        accepted: 974,
        rejected: &[("excluded_row", 125)],
    },
    Known {
        name: "pmgsy_habitations",
        read: 859_805,
        accepted: 855_353,
        rejected: &[
            ("duplicate_row", 3_735),
            ("duplicate_key", 662),
            ("excluded_row", 55),
        ],
    },
];

/// A load of which every record is stored.
const fn all(name: &'static str, records: u64) -> Known {
    Known {
        name,
        read: records,
        accepted: records,
        rejected: &[],
    }
}

impl Known {
    fn check(&self, report: &Report) -> anyhow::Result<()> {
        let name = self.name;
        ensure!(
            report.read == self.read && report.accepted == self.accepted,
            "{name}: {} records read and {} stored, not {} and {}",
            report.read,
            report.accepted,
            self.read,
            self.accepted
        );
        for (code, count) in self.rejected {
            let found = report.rejected(code);
            ensure!(
                found == *count,
                "{name}: {found} records are {code}, not {count}"
            );
        }
        let counted = self.rejected.iter().map(|(_, count)| count).sum::<u64>();
        ensure!(
            report.quarantined == counted && report.repaired == 0,
            "{name}: {} records are in the quarantine and {} repaired, not {counted} and none",
            report.quarantined,
            report.repaired
        );
        Ok(())
    }
}

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
    for known in &LOADS {
        known.check(report(known.name)?)?;
    }
    let police = "ncrb_2001_2013_as_published";
    check_police_districts(police, report(police)?)
}

/// Checks what the lake itself holds, whatever the loads said of it.
pub(super) fn check_lake(binary: &Path, lake: &Path) -> anyhow::Result<()> {
    let lake = lake.to_str().context("the target folder is not text")?;
    let program = binary.to_str().context("the target folder is not text")?;
    let printed = Step::new(program, &["describe", "--json", "--lake", lake]).output()?;
    let description: Value =
        serde_json::from_str(&printed).context("the description of the lake is not JSON")?;
    let layers = description["layers"]
        .as_array()
        .context("the description of the lake has no layers")?;
    for expected in LAYERS {
        let layer = layers
            .iter()
            .find(|layer| layer["layer"] == expected.name)
            .with_context(|| format!("the lake has no layer {}", expected.name))?;
        for (figure, expected_figure) in [
            ("places", Some(expected.places)),
            ("with_geometry", Some(expected.with_geometry)),
            ("population", expected.population),
        ] {
            let found = layer[figure].as_u64();
            ensure!(
                expected_figure.is_none() || found == expected_figure,
                "{}: {figure} is {found:?} in the lake, not {expected_figure:?}",
                expected.name
            );
        }
        print!(
            "  {}: {} places, {} with polygon",
            expected.name, expected.places, expected.with_geometry
        );
        match expected.population {
            Some(people) => println!(", population {people} exactly"),
            None => println!(),
        }
    }
    Ok(())
}

/// Every spelling of a police district leads to a district or into the
/// quarantine, and so does every case.
fn check_police_districts(name: &str, report: &Report) -> anyhow::Result<()> {
    let spellings = report.spellings("DISTRICT")?;
    let lost = spellings.unmatched + spellings.ambiguous + spellings.parent_unmatched;
    ensure!(
        spellings.found() + lost == spellings.spellings,
        "{name}: {} spellings found and {lost} not found are not the {} looked up",
        spellings.found(),
        spellings.spellings
    );
    ensure!(
        spellings.spellings == POLICE_SPELLINGS_LOOKED_UP && lost == POLICE_SPELLINGS_UNMATCHED,
        "{name}: {} spellings looked up and {lost} not found, not \
         {POLICE_SPELLINGS_LOOKED_UP} and {POLICE_SPELLINGS_UNMATCHED}",
        spellings.spellings
    );
    let cases = report.sums("Total")?;
    ensure!(
        cases.read == POLICE_CASES && cases.accepted + cases.quarantined == POLICE_CASES,
        "{name}: {} cases stored and {} in the quarantine are not the {POLICE_CASES} of the file",
        cases.accepted,
        cases.quarantined
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
                .filter_map(|feature| feature["properties"]["population"].as_u64())
                .sum::<u64>();
            ensure!(
                people == expected,
                "{layer}: the population served is {people}, not {expected}"
            );
        }
        println!("  {layer}: {units} polygons served");
    }
    check_hotspots(&features(
        served,
        "district@2019",
        "indicator:child_marriage",
        "2019/2021",
        true,
    )?)
}

fn is_polygon(geometry: &Value) -> bool {
    matches!(geometry["type"].as_str(), Some("Polygon" | "MultiPolygon"))
}

/// Child marriage must cluster where it is known to, and nowhere that it is
/// rare.
fn check_hotspots(features: &[Value]) -> anyhow::Result<()> {
    let classes: BTreeMap<&str, &str> = features
        .iter()
        .filter_map(|feature| {
            let id = feature["properties"]["id"].as_str()?;
            let class = feature["properties"]["gi_class"].as_str().unwrap_or("none");
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

#[cfg(test)]
mod tests {
    use super::*;

    fn report(json: &str) -> Report {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_record_that_is_neither_stored_nor_quarantined_is_noticed() {
        let lost = Loaded {
            name: "lgd_states".into(),
            report: report(
                r#"{"load_id":"a1","read":36,"accepted":35,"quarantined":0,"repaired":0,
                "rejects":[],"totals":[],"names":[]}"#,
            ),
        };
        let error = check_loads(&[lost]).unwrap_err().to_string();
        assert!(error.contains("lgd_states: 35 accepted"), "{error}");
    }

    #[test]
    fn a_lost_case_or_spelling_of_a_police_district_is_noticed() {
        let of = |found: u64, accepted: f64| {
            report(&format!(
                r#"{{"load_id":"a1","read":1,"accepted":1,"quarantined":0,"repaired":0,
                "rejects":[],
                "totals":[{{"column":"Total","read":607863,"accepted":{accepted},
                    "quarantined":318895}}],
                "names":[{{"column":"DISTRICT","spellings":1368,"alias":0,"exact":{found},
                    "part_of_district":0,"fuzzy":0,"unmatched":4,"ambiguous":0,
                    "parent_unmatched":0}}]}}"#
            ))
        };
        assert!(check_police_districts("police", &of(1_364, 288_968.0)).is_ok());
        assert!(check_police_districts("police", &of(1_364, 288_967.0)).is_err());
        assert!(check_police_districts("police", &of(1_363, 288_968.0)).is_err());
    }

    #[test]
    fn a_record_that_is_rejected_for_another_reason_is_noticed() {
        let of = |code: &str, count: u64| {
            report(&format!(
                r#"{{"load_id":"a1","read":7233,"accepted":7223,"quarantined":10,"repaired":0,
                "rejects":[{{"code":"{code}","column":"place_id","count":{count}}}],
                "totals":[],"names":[]}}"#
            ))
        };
        let known = LOADS.iter().find(|known| known.name == "lgd_blocks");
        let known = known.unwrap();
        assert!(known.check(&of("duplicate_key", 10)).is_ok());
        assert!(known.check(&of("duplicate_key", 9)).is_err());
        assert!(known.check(&of("duplicate_row", 10)).is_err());
    }

    fn districts(class: impl Fn(&str) -> &'static str) -> Vec<Value> {
        let known = HOTSPOTS.iter().flat_map(|(state, districts)| {
            districts.iter().map(move |name| format!("{state}-{name}"))
        });
        known
            .chain(NO_HOTSPOTS.map(|state| format!("{state}-somewhere")))
            .map(|id| {
                let class = class(&id);
                serde_json::json!({
                    "properties": { "id": format!("district@2019:{id}"), "gi_class": class }
                })
            })
            .collect()
    }

    #[test]
    fn a_hotspot_that_is_missing_or_in_the_wrong_place_is_noticed() {
        let rare = |id: &str| NO_HOTSPOTS.iter().any(|state| id.starts_with(state));
        let right = |id: &str| if rare(id) { "cold_95" } else { "hot_99" };
        assert!(check_hotspots(&districts(right)).is_ok());
        let missing = |id: &str| match id {
            "west-bengal-murshidabad" => "not_significant",
            id => right(id),
        };
        assert!(check_hotspots(&districts(missing)).is_err());
        assert!(check_hotspots(&districts(|_| "hot_90")).is_err());
        assert!(check_hotspots(&[]).is_err());
    }
}
