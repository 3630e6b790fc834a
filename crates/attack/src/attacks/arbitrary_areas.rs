//! Attack 9: counts of arbitrary boxes, polygons and circles.

use std::collections::BTreeSet;

use anyhow::Context as _;
use serde_json::Value;

use crate::attack::{Attack, Control, Outcome};
use crate::chance::Coins;
use crate::world::{AUDIENCES, Answer, Web, World};

/// Ways in which services elsewhere count over an area.
const ASKED: [&str; 14] = [
    "polygon=POLYGON((0 0,1 0,1 1,0 1,0 0))",
    "intersects=POINT(0 0)",
    "geometry={\"type\":\"Point\",\"coordinates\":[0,0]}",
    "lat=0&lon=0&radius=5000",
    "within=5000",
    "filter=count>0",
    "filter-lang=cql2-text&filter=S_INTERSECTS(geometry,POINT(0 0))",
    "aggregate=sum",
    "groupby=parent_id",
    "sum=count",
    "statistics=true",
    "resulttype=hits",
    "outStatistics=count",
    "zoom=0&aggregation=true",
];

/// Asks for counts over areas of its own: boxes by `bbox`, and everything else
/// by parameters that other services have. No answer may hold a number that
/// the release does not hold for a unit of its own, nor say how many children
/// are in a box.
pub(crate) struct ArbitraryAreas;

impl Attack for ArbitraryAreas {
    fn number(&self) -> u32 {
        9
    }

    fn name(&self) -> &'static str {
        "counts of arbitrary boxes, polygons, circles"
    }

    fn passes_when(&self) -> &'static str {
        "not expressible"
    }

    fn control(&self) -> Control {
        Control::Planted(|world| ask(world, &Aggregating(world.web.as_ref())))
    }

    fn run(&self, world: &World) -> anyhow::Result<Outcome> {
        ask(world, world.web.as_ref())
    }
}

fn ask(world: &World, web: &dyn Web) -> anyhow::Result<Outcome> {
    let mut coins = Coins::new(9);
    let (mut tried, mut given, mut refused) = (0, 0, 0);
    for audience in AUDIENCES {
        let Some(release) = world.releases.get(audience) else {
            continue;
        };
        let keys: Vec<_> = release.blocks.iter().collect();
        for ((layer, theme, period), block) in coins.sample(keys, world.tries(6, 40)) {
            let path = format!("/collections/{layer}/items?theme={theme}&period={period}");
            let allowed: BTreeSet<String> = block
                .cells()
                .map(|(unit, cell)| format!("{unit}={:?}", cell.count()))
                .collect();
            for _ in 0..world.tries(4, 10) {
                // A box around some village, from 100 m to a whole degree.
                let villages = &world.geography.villages;
                let village = &villages[coins.below(villages.len())];
                let Ok(cell) = village.h3.parse::<h3o::CellIndex>() else {
                    continue;
                };
                let centre = h3o::LatLng::from(cell);
                let half = [0.001, 0.01, 0.1, 0.5][coins.below(4)];
                let (west, south) = (centre.lng() - half, centre.lat() - half);
                let (east, north) = (centre.lng() + half, centre.lat() + half);
                let query = format!("&bbox={west},{south},{east},{north}&limit=10000");
                tried += 1;
                let answer = web.ask(audience, &format!("{path}{query}"), &[])?;
                anyhow::ensure!(answer.status == 200, "a box was answered {}", answer.status);
                given += u64::from(!only_released(&answer, &allowed)?);
            }
            for asked in ASKED {
                tried += 1;
                let answer = web.ask(audience, &format!("{path}&{}", escaped(asked)), &[])?;
                if answer.status == 200 {
                    given += 1;
                } else {
                    refused += 1;
                }
            }
        }
    }
    Ok(Outcome::none_allowed(tried, given, "areas counted")
        .note(format!("{refused} parameters of other services refused")))
}

/// Whether an answer holds units of the release with its very counts, and no
/// number beside them but how many units there are.
fn only_released(answer: &Answer, allowed: &BTreeSet<String>) -> anyhow::Result<bool> {
    let answer = answer.json()?;
    let features = answer["features"].as_array().context("no features")?;
    let counts = features.iter().all(|feature| {
        let unit = feature["id"].as_str().unwrap_or_default();
        let count = feature["properties"]["count"].as_f64();
        allowed.contains(&format!("{unit}={count:?}"))
    });
    let beside = answer
        .as_object()
        .into_iter()
        .flatten()
        .all(|(name, value)| {
            let units = matches!(name.as_str(), "numberMatched" | "numberReturned");
            let true_units = value.as_u64() == Some(features.len() as u64);
            (units && true_units) || !value.is_number()
        });
    Ok(counts && beside)
}

fn escaped(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b if b.is_ascii_alphanumeric() || b"-._~=&".contains(&b) => char::from(b).to_string(),
            b => format!("%{b:02X}"),
        })
        .collect()
}

/// The planted leak: a service that sums what lies in a box.
struct Aggregating<'a>(&'a dyn Web);

impl Web for Aggregating<'_> {
    fn ask(&self, audience: &str, path: &str, headers: &[(&str, &str)]) -> anyhow::Result<Answer> {
        let mut answer = self.0.ask(audience, path, headers)?;
        if answer.status == 200 && path.contains("bbox=") {
            let mut body = answer.json()?;
            let features = body["features"].as_array().cloned().unwrap_or_default();
            let sum: f64 = features
                .iter()
                .filter_map(|feature| feature["properties"]["count"].as_f64())
                .sum();
            body["sum"] = Value::from(sum);
            answer.body = serde_json::to_vec(&body)?;
        }
        Ok(answer)
    }
}
