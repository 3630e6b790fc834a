//! Attack 16: presence, absence, size.

use std::collections::{BTreeMap, HashMap};

use anyhow::Context as _;

use crate::attack::{Attack, Control, Outcome};
use crate::chance::{Coins, paired_area};
use crate::world::World;

/// Largest area under the curve allowed.
const ALLOWED: f64 = 0.55;

/// Layers of places with many units.
const FINE: [&str; 2] = ["village", "block"];

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
        let mut pairs: BTreeMap<&'static str, Vec<(f64, f64)>> = BTreeMap::new();
        for release in world.releases() {
            let mut groups: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
            for (layer, theme, period) in release.blocks.keys() {
                groups.entry((layer, theme)).or_default().push(period);
            }
            // Of each layer the themes with most pairs; layers of few units
            // hardly ever hold nobody.
            let mut groups: Vec<_> = groups
                .into_iter()
                .filter(|((layer, _), _)| layer.starts_with("h3_") || FINE.contains(layer))
                .map(|((layer, theme), mut periods)| {
                    periods.truncate(world.tries(5, 8));
                    let pairs = possible_pairs(world, layer, theme, &periods);
                    (pairs, layer, theme, periods)
                })
                .filter(|(pairs, ..)| *pairs > 0)
                .collect();
            groups.sort_by_key(|(pairs, layer, ..)| (*layer, std::cmp::Reverse(*pairs)));
            let mut taken: BTreeMap<&str, usize> = BTreeMap::new();
            groups.retain(|(_, layer, ..)| {
                let number = taken.entry(layer).or_default();
                *number += 1;
                *number <= world.tries(1, 4)
            });
            for (_, layer, theme, periods) in groups {
                let mut seen = Vec::new();
                for period in periods {
                    let signs = signs(world, &release.audience, layer, theme, period)?;
                    seen.push((period, signs));
                }
                pair(world, layer, theme, &seen, &mut coins, &mut pairs);
            }
        }
        let (mut worst, mut tried) = (0.5, 0);
        let mut told = "";
        let mut lines = Vec::new();
        for (sign, pairs) in &pairs {
            let area = paired_area(pairs);
            tried += pairs.len() as u64;
            lines.push(format!("{sign}: area {area:.3} over {} pairs", pairs.len()));
            if area > worst {
                (worst, told) = (area, sign);
            }
        }
        if pairs.values().any(|pairs| pairs.len() < FEWEST_PAIRS) {
            tried = 0;
            lines.push(format!(
                "fewer than {FEWEST_PAIRS} pairs: this says nothing"
            ));
        }
        let found = u64::from(worst > ALLOWED);
        let mut outcome =
            Outcome::at_most(tried, found, worst, ALLOWED, "largest area under the curve");
        outcome.detail = lines;
        Ok(outcome.note(format!("the most telling sign: {told}")))
    }
}

/// Units that hold nobody in one period and one to four in another.
fn possible_pairs(world: &World, layer: &str, theme: &str, periods: &[&str]) -> usize {
    let of = |period: &&str| {
        let key = (layer.to_owned(), theme.to_owned(), (*period).to_owned());
        world.truth.exact.get(&key)
    };
    let blocks: Vec<_> = periods.iter().filter_map(of).collect();
    let units = blocks.first().into_iter().flat_map(|block| block.keys());
    units
        .filter(|unit| {
            let counts = || {
                blocks
                    .iter()
                    .map(|block| block.get(*unit).copied().unwrap_or(0))
            };
            counts().any(|n| n == 0) && counts().any(|n| (1..5).contains(&n))
        })
        .count()
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

/// Pairs each unit's periods without anybody with those with one to four.
fn pair(
    world: &World,
    layer: &str,
    theme: &str,
    seen: &[(&str, Signs)],
    coins: &mut Coins,
    pairs: &mut BTreeMap<&'static str, Vec<(f64, f64)>>,
) {
    let Some((_, first)) = seen.first() else {
        return;
    };
    let mut units: Vec<&String> = first.keys().collect();
    units.sort_unstable();
    for unit in units {
        let of = |some: bool| -> Vec<&Signs> {
            seen.iter()
                .filter(|(period, _)| {
                    let count = world.truth.count(layer, unit, theme, period);
                    let looked = !super::knowledge::not_observed(world, layer, unit, theme, period);
                    looked && count.is_some_and(|n| if some { (1..5).contains(&n) } else { n == 0 })
                })
                .map(|(_, signs)| signs)
                .collect()
        };
        let (none, some) = (of(false), of(true));
        if none.is_empty() || some.is_empty() {
            continue;
        }
        let (none, some) = (none[coins.below(none.len())], some[coins.below(some.len())]);
        // A unit that one period lists and the other does not tells by that.
        let empty = BTreeMap::new();
        let (none, some) = (
            none.get(unit).unwrap_or(&empty),
            some.get(unit).unwrap_or(&empty),
        );
        for sign in first[unit].keys() {
            let value =
                |signs: &BTreeMap<&'static str, f64>| signs.get(sign).copied().unwrap_or(-2.0);
            pairs
                .entry(sign)
                .or_default()
                .push((value(none), value(some)));
        }
    }
}
