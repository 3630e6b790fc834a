//! Attack 16: presence, absence, size.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use anyhow::Context as _;

use super::none_or_some::{Told, most_telling, pairs};
use crate::attack::{Attack, Control, Outcome};
use crate::chance::Coins;
use crate::world::World;

/// Largest area under the curve allowed.
const ALLOWED: f64 = 0.55;

/// Pairs below which an area says nothing.
const FEWEST_PAIRS: usize = 400;

/// Whether anything about an answer but its numbers tells none from some.
///
/// Each pair is one unit and theme in two periods, in one of which nobody is
/// recorded there and in the other one to four are; so everything public about
/// the unit is the same. Compared are status, the bytes of the feature, of the
/// row, of the attributes in the tile, whether the feature is in the tile, how
/// many numbers are given, and whether the unit has an address of its own.
pub(crate) struct Presence;

impl Attack for Presence {
    fn number(&self) -> u32 {
        16
    }

    fn name(&self) -> &'static str {
        "presence, absence and size of tiles, features, rows, 404s"
    }

    fn passes_when(&self) -> &'static str {
        "area under the curve of telling 0 from 1-4 at most 0.55"
    }

    fn control(&self) -> Control {
        Control::Unprotected
    }

    fn run(&self, world: &World) -> anyhow::Result<Outcome> {
        let mut coins = Coins::new(16);
        let mut told = Told::new();
        for release in world.releases() {
            let mut seen: HashMap<(String, String, String), Signs> = HashMap::new();
            for pair in pairs(world, release, &mut coins) {
                for period in [&pair.none, &pair.some] {
                    let key = (pair.layer.clone(), pair.theme.clone(), period.clone());
                    if let Entry::Vacant(entry) = seen.entry(key) {
                        let signs =
                            signs(world, &release.audience, &pair.layer, &pair.theme, period)?;
                        entry.insert(signs);
                    }
                }
                // A unit that one period lists and the other does not tells by
                // that.
                let empty = BTreeMap::new();
                let of = |period: &String| {
                    let key = (pair.layer.clone(), pair.theme.clone(), period.clone());
                    seen.get(&key)
                        .and_then(|signs| signs.get(&pair.unit))
                        .unwrap_or(&empty)
                };
                let (none, some) = (of(&pair.none), of(&pair.some));
                for sign in none.keys().chain(some.keys()).collect::<BTreeSet<_>>() {
                    let value = |signs: &BTreeMap<&'static str, f64>| {
                        signs.get(sign).copied().unwrap_or(-2.0)
                    };
                    told.entry(sign)
                        .or_default()
                        .push((value(none), value(some)));
                }
            }
        }
        let (worst, telling, tried, lines) = most_telling(&told, FEWEST_PAIRS);
        let found = u64::from(worst > ALLOWED);
        let mut outcome =
            Outcome::at_most(tried, found, worst, ALLOWED, "largest area under the curve");
        outcome.detail = lines;
        Ok(outcome.note(format!("the most telling sign: {telling}")))
    }
}

/// What an onlooker sees of each unit without reading a number.
type Signs = HashMap<String, BTreeMap<&'static str, f64>>;

fn signs(
    world: &World,
    audience: &str,
    layer: &str,
    theme: &str,
    period: &str,
) -> anyhow::Result<Signs> {
    let mut signs = Signs::new();
    let query = format!("theme={theme}&period={period}");
    let items = format!("/collections/{layer}/items?{query}&limit=10000&skipGeometry=true");
    let body = world.web.ask(audience, &items, &[])?.json()?;
    for feature in body["features"].as_array().context("no features")? {
        let unit = feature["id"].as_str().unwrap_or_default().to_owned();
        let properties = &feature["properties"];
        let status = properties["status"].as_str().unwrap_or_default();
        let numbers = properties
            .as_object()
            .into_iter()
            .flat_map(|object| object.values())
            .filter(|value| !value.is_null())
            .count();
        let of_unit = signs.entry(unit).or_default();
        // Statuses in the order of how much they say.
        let order = [
            "no_data",
            "not_observed",
            "below_threshold",
            "zero",
            "available",
        ];
        let rank = order.iter().position(|known| *known == status);
        of_unit.insert("status", rank.map_or(-1.0, |rank| rank as f64));
        of_unit.insert("values of the feature", numbers as f64);
        of_unit.insert(
            "bytes of the feature",
            serde_json::to_string(feature)?.len() as f64,
        );
    }
    let table = world.web.ask(audience, &format!("{items}&f=csv"), &[])?;
    for line in String::from_utf8_lossy(&table.body).lines().skip(1) {
        let unit = line.split(',').next().unwrap_or_default();
        if let Some(of_unit) = signs.get_mut(unit) {
            of_unit.insert("bytes of the row", line.len() as f64);
        }
    }
    let tile = world
        .web
        .ask(audience, &format!("/tiles/{layer}/0/0/0?{query}"), &[])?;
    if tile.status == 200 {
        let reader = mvt_reader::Reader::new(tile.body)
            .map_err(|error| anyhow::anyhow!("a tile cannot be read: {error}"))?;
        let features = reader
            .get_features(0)
            .map_err(|error| anyhow::anyhow!("a tile cannot be read: {error}"))?;
        let mut in_tile: HashMap<String, usize> = HashMap::new();
        for properties in features
            .into_iter()
            .filter_map(|feature| feature.properties)
        {
            if let Some(mvt_reader::feature::Value::String(unit)) = properties.get("id") {
                in_tile.insert(unit.clone(), properties.len());
            }
        }
        for (unit, of_unit) in &mut signs {
            let attributes = in_tile.get(unit);
            of_unit.insert(
                "feature in the tile",
                f64::from(u8::from(attributes.is_some())),
            );
            of_unit.insert(
                "attributes in the tile",
                attributes.map_or(-1.0, |n| *n as f64),
            );
        }
    }
    Ok(signs)
}
