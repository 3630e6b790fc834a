//! Attack 11: the same release in several forms.

use std::collections::{BTreeMap, HashMap};

use anyhow::Context as _;
use mvt_reader::feature::Value as TileValue;
use serde_json::Value;

use crate::attack::{Attack, Control, Outcome};
use crate::chance::Coins;
use crate::world::{AUDIENCES, Answer, Block, Protection, Web, World};

/// Compares what features, tables, tiles, profiles and files of a release
/// say: every number must be the same to the last bit, and every answer name
/// the same release. Two audiences who see the same noisy counts must see the
/// very same ones, else their mean is nearer the truth than either.
pub(crate) struct CrossProduct;

impl Attack for CrossProduct {
    fn number(&self) -> u32 {
        11
    }

    fn name(&self) -> &'static str {
        "cross-product differencing: tiles, API, CSV, files, audiences"
    }

    fn passes_when(&self) -> &'static str {
        "same release id, identical values"
    }

    fn control(&self) -> Control {
        Control::Planted(|world| compare(world, &OtherInCsv(world.web.as_ref())))
    }

    fn run(&self, world: &World) -> anyhow::Result<Outcome> {
        Ok(compare(world, world.web.as_ref())?
            .and(reports(world))
            .and(audiences(world)))
    }
}

#[derive(Default)]
struct Compared {
    values: u64,
    different: u64,
    by_form: BTreeMap<&'static str, u64>,
}

impl Compared {
    fn value(&mut self, form: &'static str, same: bool) {
        self.values += 1;
        if !same {
            self.different += 1;
            *self.by_form.entry(form).or_default() += 1;
        }
    }
}

fn compare(world: &World, web: &dyn Web) -> anyhow::Result<Outcome> {
    let mut coins = Coins::new(11);
    let mut compared = Compared::default();
    for audience in AUDIENCES {
        let Some(release) = world.releases.get(audience) else {
            continue;
        };
        let keys: Vec<_> = release.blocks.iter().collect();
        for ((layer, theme, period), block) in coins.sample(keys, world.tries(8, 60)) {
            let query = format!("theme={theme}&period={period}");
            let items = format!("/collections/{layer}/items?{query}&limit=10000&skipGeometry=true");
            let json = web.ask(audience, &items, &[])?;
            let named = |answer: &Answer| answer.header("safeground-release") == release.id;
            compared.value("release id", named(&json));
            features(&json, block, &mut compared)?;
            let csv = web.ask(audience, &format!("{items}&f=csv"), &[])?;
            compared.value("release id", named(&csv));
            table(&csv, block, &mut compared)?;
            let tile = web.ask(audience, &format!("/tiles/{layer}/0/0/0?{query}"), &[])?;
            if tile.status == 200 {
                compared.value("release id", named(&tile));
                tiles(&tile, block, &mut compared)?;
            }
            let unit = &block.units[coins.below(block.units.len())];
            let path = format!("/collections/{layer}/items/{unit}?theme={theme}&skipGeometry=true");
            let profile = web.ask(audience, &path, &[])?.json()?;
            let measures = profile["properties"]["measures"].as_array();
            let measured = measures
                .into_iter()
                .flatten()
                .find(|m| m["period"] == **period);
            compared.value("profile", measured.is_some());
            if let Some(measured) = measured {
                against_json(block, unit, "profile", &mut compared, measured);
            }
        }
    }
    let mut outcome = Outcome::none_allowed(
        compared.values,
        compared.different,
        "values that differ between forms",
    );
    for (form, count) in compared.by_form {
        outcome = outcome.note(format!("{form}: {count}"));
    }
    Ok(outcome)
}

/// Compares all numbers of a unit with those of the files.
fn against(
    block: &Block,
    unit: &str,
    form: &'static str,
    compared: &mut Compared,
    value: impl Fn(&str) -> Option<f64>,
) {
    let Some(cell) = block.cell(unit) else {
        compared.value(form, false);
        return;
    };
    for name in block.numbers.keys() {
        compared.value(form, value(name) == cell.number(name));
    }
}

/// Compares the numbers of a JSON object with those of the files. The reader
/// of JSON may be off in the last place, so both go through it.
fn against_json(
    block: &Block,
    unit: &str,
    form: &'static str,
    compared: &mut Compared,
    object: &Value,
) {
    let Some(cell) = block.cell(unit) else {
        compared.value(form, false);
        return;
    };
    for name in block.numbers.keys() {
        let as_json = cell
            .number(name)
            .map(|number| Value::from(number).to_string());
        let known = as_json.and_then(|text| serde_json::from_str::<f64>(&text).ok());
        compared.value(form, object[name].as_f64() == known);
    }
}

fn features(answer: &Answer, block: &Block, compared: &mut Compared) -> anyhow::Result<()> {
    let body = answer.json()?;
    let features = body["features"].as_array().context("no features")?;
    compared.value("features", features.len() == block.units.len());
    for feature in features {
        let unit = feature["id"].as_str().unwrap_or_default();
        let properties = &feature["properties"];
        against_json(block, unit, "features", compared, properties);
        let status = block.cell(unit).map(|cell| cell.status());
        compared.value("features", properties["status"].as_str() == status);
    }
    Ok(())
}

fn table(answer: &Answer, block: &Block, compared: &mut Compared) -> anyhow::Result<()> {
    let mut rows = 0;
    for row in csv::Reader::from_reader(answer.body.as_slice()).deserialize() {
        let row: HashMap<String, String> = row?;
        rows += 1;
        against(block, &row["id"], "table", compared, |name| {
            row.get(name)?.parse().ok()
        });
    }
    compared.value("table", rows == block.units.len());
    Ok(())
}

/// A tile leaves out what is empty and carries part of the measures only.
fn tiles(answer: &Answer, block: &Block, compared: &mut Compared) -> anyhow::Result<()> {
    let reader = mvt_reader::Reader::new(answer.body.clone())
        .map_err(|error| anyhow::anyhow!("a tile cannot be read: {error}"))?;
    let features = reader
        .get_features(0)
        .map_err(|error| anyhow::anyhow!("a tile cannot be read: {error}"))?;
    for feature in features {
        let Some(properties) = feature.properties else {
            continue;
        };
        let Some(TileValue::String(unit)) = properties.get("id") else {
            compared.value("tiles", false);
            continue;
        };
        for (name, value) in &properties {
            let number = match value {
                TileValue::Double(number) => *number,
                TileValue::Float(number) => f64::from(*number),
                TileValue::Int(number) | TileValue::SInt(number) => *number as f64,
                TileValue::UInt(number) => *number as f64,
                _ => continue,
            };
            let known = block.cell(unit).and_then(|cell| cell.number(name));
            compared.value("tiles", known == Some(number));
        }
    }
    Ok(())
}

/// What `safeground release` reported against what is served.
fn reports(world: &World) -> Outcome {
    let (mut tried, mut different) = (0, 0);
    let report = world
        .printed
        .iter()
        .find(|printed| printed.command == "release");
    let report: Value = report
        .and_then(|printed| serde_json::from_str(&printed.output).ok())
        .unwrap_or_default();
    for made in report["releases"].as_array().into_iter().flatten() {
        let release = made["audience"]
            .as_str()
            .and_then(|a| world.releases.get(a));
        let Some(release) = release else { continue };
        tried += 1;
        different += u64::from(made["release_id"] != *release.id);
    }
    Outcome::none_allowed(tried, different, "reports that name another release")
}

/// Noisy counts of the same cell in two audiences.
fn audiences(world: &World) -> Outcome {
    let (mut tried, mut different) = (0_u64, 0_u64);
    for (number, one) in world.releases().enumerate() {
        for other in world.releases().skip(number + 1) {
            for (key, block) in &one.blocks {
                let noise = |r: &crate::world::Release| r.protection(&key.0) == Protection::Noise;
                let (Some(theirs), true) = (other.blocks.get(key), noise(one) && noise(other))
                else {
                    continue;
                };
                for (unit, cell) in block.cells() {
                    let again = theirs.cell(unit).and_then(|cell| cell.count());
                    tried += 1;
                    let both = cell.count().zip(again);
                    different += u64::from(both.is_some_and(|(a, b)| a != b));
                }
            }
        }
    }
    let note = format!("{tried} noisy cells that two audiences see");
    Outcome::none_allowed(
        world.tries_on_noise(tried),
        different,
        "noisy counts drawn twice",
    )
    .note(note)
}

/// The planted leak: a table whose counts are drawn again.
struct OtherInCsv<'a>(&'a dyn Web);

impl Web for OtherInCsv<'_> {
    fn ask(&self, audience: &str, path: &str, headers: &[(&str, &str)]) -> anyhow::Result<Answer> {
        let mut answer = self.0.ask(audience, path, headers)?;
        if path.contains("f=csv") {
            let text = String::from_utf8_lossy(&answer.body).replace(",1", ",2");
            answer.body = text.into_bytes();
        }
        Ok(answer)
    }
}
