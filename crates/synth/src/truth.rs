//! What was planted, written beside the data for tests and back-tests.

use std::collections::{BTreeMap, BTreeSet};

use safeground_schema::CodeList as _;
use serde::Serialize;
use serde_json::{Value, json};

use crate::burden::CHANCE_CATEGORY;
use crate::calendar::{FESTIVAL, FIRST_YEAR, Month};
use crate::files::write_text;
use crate::geography::STATE_CODE;
use crate::incidents::{ON_CORRIDOR, Tally};
use crate::names::STATE_NAME;
use crate::partners::Partner;
use crate::planted::{
    CHANCE_DEVIATIONS, CHANCE_YEAR, Extent, UNDER_REPORTED, UNDER_REPORTED_EFFORT,
    UNDER_REPORTED_RISK,
};
use crate::profiles::{PROFILES, REPEAT_SHARE, index};
use crate::world::{Model, World};
use crate::{SynthError, SynthRequest, incident_files, interventions, welfare};

/// File of the truth.
pub(crate) const FILE: &str = "truth.json";

/// Months in which nothing is planted that changes over time.
const QUIET: (&str, &str) = ("2021-01", "2022-12");

#[derive(Serialize)]
struct HotspotTruth<'a> {
    id: &'a str,
    category: &'static str,
    extent: &'static str,
    places: Vec<String>,
    districts_touched: Vec<String>,
    relative_risk: f64,
    from: String,
    to: &'static str,
}

/// Writes the truth; the tables that it points to are written before.
pub(crate) fn write(
    model: &Model,
    request: &SynthRequest,
    tally: &Tally,
) -> Result<(), SynthError> {
    let truth = json!({
        "synthetic": true,
        "statement": "Everything here is invented: a fictional state with planted truth. It describes no real place and no real child.",
        "version": 1,
        "seed": request.seed(),
        "scale": request.scale(),
        "calendar": { "from": "2020-01-01", "to": "2024-12-31" },
        "state": { "place": format!("state:{STATE_CODE}"), "name": STATE_NAME },
        "partners": partners(&model.world),
        "categories": categories(tally),
        "hotspots": hotspots(&model.world),
        "under_reporting": {
            "place": district(&model.world, model.world.planted.under_reported),
            "categories": UNDER_REPORTED.map(|category| category.as_str()),
            "true_relative_risk": UNDER_REPORTED_RISK,
            "effort_share": UNDER_REPORTED_EFFORT,
        },
        "unobserved": { "place": district(&model.world, model.world.planted.unobserved) },
        "service_gap": service_gap(&model.world),
        "seasonality": seasonality(),
        "effort_push": {
            "places": districts(&model.world, &model.world.planted.campaign_push),
            "from": "2023-01",
        },
        "negative_controls": negative_controls(model, tally),
        "corridors": corridors(&model.world),
        "repeat_share": REPEAT_SHARE,
        "interventions": {
            "share_of_recorded_child_marriages": interventions::ANSWERED,
            "outcomes_by_method": interventions::OUTCOMES,
        },
        "tables": {
            "districts": "truth/districts.csv: true and recorded incidents by district, category and year",
            "blocks": "truth/blocks.csv: true rate and planted relative risk by block and category",
            "villages": "truth/villages.csv: true rate by village and category",
            "indicators": "truth/indicators.csv: true percentages behind the survey",
        },
    });
    let text = serde_json::to_string_pretty(&sorted(truth)).expect("the truth has text keys only");
    write_text(request.folder(), FILE, &(text + "\n"))
}

/// The same document with the keys of every object in order, however the JSON
/// library was built to keep them.
fn sorted(value: Value) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(sorted).collect(),
        Value::Object(map) => {
            let map: BTreeMap<String, Value> = map.into_iter().collect();
            let map = map.into_iter().map(|(key, value)| (key, sorted(value)));
            Value::Object(map.collect())
        }
        other => other,
    }
}

fn district(world: &World, number: usize) -> String {
    format!("district:{}", world.geography.districts[number].code)
}

fn districts(world: &World, numbers: &[usize]) -> Vec<String> {
    numbers
        .iter()
        .map(|number| district(world, *number))
        .collect()
}

fn partners(world: &World) -> Vec<Value> {
    Partner::ALL
        .iter()
        .zip(incident_files::FILES)
        .map(|(partner, file)| {
            let works: Vec<usize> = (0..world.geography.districts.len())
                .filter(|number| *number != world.planted.unobserved)
                .filter(|number| partner.works_in(&world.geography.districts[*number]))
                .collect();
            json!({ "name": partner.name(), "incidents": file, "places": districts(world, &works) })
        })
        .collect()
}

fn categories(tally: &Tally) -> Vec<Value> {
    PROFILES
        .iter()
        .enumerate()
        .map(|(category, profile)| {
            let recorded: u64 = tally.iter().flat_map(|of| of[category]).sum();
            json!({
                "category": profile.category.as_str(),
                "base_rate_per_100000_per_year": profile.rate,
                "typical_detection": profile.detection,
                "detection_follows_effort": profile.channels.iter().any(|share| *share > 0.0),
                "children_recorded": recorded,
            })
        })
        .collect()
}

fn hotspots(world: &World) -> Vec<HotspotTruth<'_>> {
    let blocks = &world.geography.blocks;
    world
        .planted
        .hotspots
        .iter()
        .map(|hotspot| {
            let touched: BTreeSet<usize> = hotspot
                .blocks
                .iter()
                .map(|block| blocks[*block].district)
                .collect();
            let touched: Vec<usize> = touched.into_iter().collect();
            let (extent, places) = match hotspot.extent {
                Extent::Districts => ("districts", districts(world, &hotspot.districts)),
                Extent::Blocks => {
                    let place = |block: &usize| format!("block:{}", blocks[*block].code);
                    ("blocks", hotspot.blocks.iter().map(place).collect())
                }
            };
            HotspotTruth {
                id: &hotspot.id,
                category: hotspot.category.as_str(),
                extent,
                places,
                districts_touched: districts(world, &touched),
                relative_risk: hotspot.relative_risk,
                from: Month(hotspot.from).text(),
                to: "2024-12",
            }
        })
        .collect()
}

fn service_gap(world: &World) -> Value {
    json!({
        "places": districts(world, &world.planted.service_gap),
        "enrolled_of_eligible": welfare::APPLY * welfare::ENROLLED_IN_GAP,
        "enrolled_of_eligible_elsewhere": welfare::APPLY * welfare::ENROLLED,
    })
}

fn seasonality() -> Value {
    let festivals: Vec<String> = FESTIVAL
        .iter()
        .enumerate()
        .map(|(year, (month, day))| format!("{:04}-{month:02}-{day:02}", FIRST_YEAR + year))
        .collect();
    let factors: Vec<Value> = PROFILES
        .iter()
        .map(|profile| {
            json!({
                "category": profile.category.as_str(),
                "month_factors": profile.season().to_vec(),
            })
        })
        .collect();
    json!({
        "festival_days": festivals,
        "festival_category": "child_marriage",
        "first_month": Month(0).text(),
        "factors": factors,
    })
}

fn negative_controls(model: &Model, tally: &Tally) -> Value {
    let world = &model.world;
    let place = world.planted.chance_high;
    let category = index(CHANCE_CATEGORY);
    let expected = model
        .burden
        .expected_records(world, place, category, CHANCE_YEAR);
    let controls: Vec<&str> = PROFILES
        .iter()
        .filter(|profile| profile.village_shape.is_none())
        .map(|profile| profile.category.as_str())
        .collect();
    json!({
        "categories": controls,
        "categories_statement": "one rate per child everywhere and in every month; found alike wherever anybody looks",
        "indicators": ["control_no_pattern"],
        "chance_high": {
            "place": district(world, place),
            "category": CHANCE_CATEGORY.as_str(),
            "year": FIRST_YEAR + CHANCE_YEAR,
            "true_relative_risk": 1.0,
            "standard_deviations_above_mean": CHANCE_DEVIATIONS,
            "expected_without_chance": expected / model.burden.chance_factor,
            "recorded": tally[place][category][CHANCE_YEAR],
        },
        "period": {
            "from": QUIET.0,
            "to": QUIET.1,
            "statement": "nothing planted changes over time but the season: risks, effort and enrolment stay as they are",
        },
    })
}

fn corridors(world: &World) -> Value {
    let ways: Vec<Value> = world
        .planted
        .corridors
        .iter()
        .map(|corridor| {
            json!({
                "source": district(world, corridor.source),
                "transit": district(world, corridor.transit),
                "destination": district(world, corridor.destination),
            })
        })
        .collect();
    json!({ "share_on_corridor": ON_CORRIDOR, "ways": ways })
}
