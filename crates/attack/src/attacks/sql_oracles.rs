//! Attack 24: order, limits and time of answers in SQL.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use anyhow::Context as _;
use url::form_urlencoded::byte_serialize;

use super::none_or_some::{Pair, Told, most_telling, pairs};
use crate::attack::{Attack, Control, Outcome};
use crate::chance::{Coins, median};
use crate::world::{Release, World};

/// Largest area under the curve allowed of an order or a limit.
const ALLOWED_AREA: f64 = 0.55;

/// Pairs below which an area says nothing.
const FEWEST_PAIRS: usize = 400;

/// Largest deviate allowed of the sign test on times: p = 0.001 on two sides.
const ALLOWED_DEVIATE: f64 = 3.29;

/// Pairs of times below which the sign test could not reach its bound.
const FEWEST_TIMED: u64 = 20;

/// How often each question of a pair is timed; the least counts.
const REPEATS: usize = 3;

/// Rows that are multiplied where somebody is there.
const ROWS: u64 = 400_000;

/// Ways to put units in order.
const ORDERS: [(&str, &str); 6] = [
    ("place by count", "count DESC NULLS LAST"),
    ("place by highest count", "count_high"),
    ("place by rate", "rate DESC"),
    ("place by EB rate", "eb_rate DESC NULLS LAST"),
    ("place by Gi* z", "gi_z"),
    ("place by width of band", "count_high - count_low"),
];

/// Whether where a withheld unit stands in an order, whether a limit cuts it
/// off, or how long a question about it takes, tells none from one to four.
///
/// Pairs are those of attack 16. The timed question multiplies rows only where
/// the unit's count is at least one.
pub(crate) struct SqlOracles;

impl Attack for SqlOracles {
    fn number(&self) -> u32 {
        24
    }

    fn name(&self) -> &'static str {
        "order, limits and time of questions in SQL"
    }

    fn passes_when(&self) -> &'static str {
        "area of telling 0 from 1-4 by order or limit at most 0.55; no significant difference of times (sign test, p < 0.001)"
    }

    fn control(&self) -> Control {
        Control::Unprotected
    }

    fn run(&self, world: &World) -> anyhow::Result<Outcome> {
        let mut coins = Coins::new(24);
        let mut told = Told::new();
        let mut timed = Vec::new();
        let mut protected = true;
        for release in world.releases() {
            protected &= release.states_protection();
            // Where counts carry noise, what is shown is theirs: attack 17.
            let mut pairs = pairs(world, release, &mut coins);
            pairs.retain(|pair| !release.is_noisy(&pair.layer));
            by_order(world, release, &pairs, &mut told)?;
            for pair in coins.sample(pairs, world.tries(20, 120)) {
                timed.push(by_time(world, release, &pair)?);
            }
        }
        let (worst, telling, tried, lines) = most_telling(&told, FEWEST_PAIRS);
        let found = u64::from(worst > ALLOWED_AREA);
        let mut order = Outcome::at_most(
            tried,
            found,
            worst,
            ALLOWED_AREA,
            "largest area under the curve",
        );
        order.detail = lines;
        let order = order.note(format!("the most telling order: {telling}"));
        let time = sign_test(&timed);
        // Without protection each way must be seen to work by itself.
        Ok(if protected {
            order.and(time)
        } else {
            order.both(time)
        })
    }
}

/// Where each unit of the pairs stands in each order.
fn by_order(
    world: &World,
    release: &Release,
    pairs: &[Pair],
    told: &mut Told,
) -> anyhow::Result<()> {
    let mut seen: HashMap<[&str; 3], HashMap<String, Vec<f64>>> = HashMap::new();
    for pair in pairs {
        for period in [&pair.none, &pair.some] {
            let key = [&*pair.layer, &*pair.theme, period];
            if let Entry::Vacant(entry) = seen.entry(key) {
                entry.insert(places_in_orders(world, release, key)?);
            }
        }
        let of = |period| {
            seen.get(&[&*pair.layer, &*pair.theme, period])?
                .get(&pair.unit)
        };
        let (Some(none), Some(some)) = (of(&*pair.none), of(&*pair.some)) else {
            continue;
        };
        for (at, (sign, _)) in ORDERS.iter().enumerate() {
            told.entry(sign).or_default().push((none[at], some[at]));
        }
    }
    Ok(())
}

/// Of each unit whether it stands before, among or behind most withheld units,
/// in each order. Places themselves would compare the periods: in a year with
/// more counts all withheld units stand elsewhere, which tells nothing about
/// one of them. Where nothing is withheld it is the place, as a share of all.
fn places_in_orders(
    world: &World,
    release: &Release,
    [layer, theme, period]: [&str; 3],
) -> anyhow::Result<HashMap<String, Vec<f64>>> {
    let ranks: Vec<String> = ORDERS
        .iter()
        .enumerate()
        .map(|(at, (_, order))| format!("rank() OVER (ORDER BY {order}) AS o{at}"))
        .collect();
    let sql = format!(
        "SELECT unit_id, status, count(*) OVER () AS units, {} FROM scores \
         WHERE layer = '{layer}' AND theme = '{theme}' AND period = '{period}'",
        ranks.join(", ")
    );
    let rows = ask(world, &release.audience, &sql)?.0;
    let rows = rows.as_array().context("an answer is no list of rows")?;
    let number = |row: &serde_json::Value, name: &str| -> f64 {
        // Counts come as text where JavaScript could not hold them.
        let value = &row[name];
        let text = value.as_str().and_then(|text| text.parse().ok());
        value.as_f64().or(text).unwrap_or(f64::NAN)
    };
    let places = |row: &serde_json::Value| -> Vec<f64> {
        let units = number(row, "units");
        (0..ORDERS.len())
            .map(|at| number(row, &format!("o{at}")) / units)
            .collect()
    };
    let withheld: Vec<Vec<f64>> = rows
        .iter()
        .filter(|row| row["status"] == "below_threshold")
        .map(places)
        .collect();
    let middles: Vec<Option<f64>> = (0..ORDERS.len())
        .map(|at| {
            let mut places: Vec<f64> = withheld.iter().map(|places| places[at]).collect();
            median(&mut places)
        })
        .collect();
    Ok(rows
        .iter()
        .map(|row| {
            let unit = row["unit_id"].as_str().unwrap_or_default().to_owned();
            let seen = places(row)
                .iter()
                .zip(&middles)
                .map(|(place, middle)| match middle {
                    Some(middle) if place == middle => 0.0,
                    Some(middle) => (place - middle).signum(),
                    None => *place,
                })
                .collect();
            (unit, seen)
        })
        .collect())
}

/// Least times of a question about a unit without and with somebody.
fn by_time(world: &World, release: &Release, pair: &Pair) -> anyhow::Result<(Duration, Duration)> {
    let sql = |period: &str| {
        format!(
            "SELECT count(*) AS n FROM (SELECT unit_id FROM scores WHERE layer = '{}' AND theme = \
             '{}' AND period = '{period}' AND unit_id = '{}' AND count >= 1) AS there \
             CROSS JOIN (SELECT value FROM generate_series(1, {ROWS})) AS many WHERE sqrt(value) > 0",
            pair.layer, pair.theme, pair.unit
        )
    };
    let mut least = BTreeMap::from([(false, Duration::MAX), (true, Duration::MAX)]);
    for _ in 0..REPEATS {
        for (some, period) in [(false, &pair.none), (true, &pair.some)] {
            let took = ask(world, &release.audience, &sql(period))?.1;
            least
                .entry(some)
                .and_modify(|least| *least = took.min(*least));
        }
    }
    Ok((least[&false], least[&true]))
}

fn sign_test(timed: &[(Duration, Duration)]) -> Outcome {
    let longer = timed.iter().filter(|(none, some)| some > none).count() as f64;
    let n = timed.len() as f64;
    let deviate = ((longer - n / 2.0) / (n / 4.0).sqrt()).abs();
    let found = u64::from(deviate > ALLOWED_DEVIATE);
    let tried = match timed.len() as u64 {
        few if few < FEWEST_TIMED => 0,
        enough => enough,
    };
    Outcome::at_most(
        tried,
        found,
        deviate,
        ALLOWED_DEVIATE,
        "deviate of the sign test on times",
    )
    .note(format!(
        "with somebody it took longer in {longer} of {n} pairs of times"
    ))
}

/// The rows of a question, and how long it took.
fn ask(world: &World, audience: &str, sql: &str) -> anyhow::Result<(serde_json::Value, Duration)> {
    let sql: String = byte_serialize(sql.as_bytes()).collect();
    let path = format!("/v1/sql?format=json&rows=1000000&sql={sql}");
    let answer = world.web.ask(audience, &path, &[])?;
    anyhow::ensure!(
        answer.status == 200,
        "a question in SQL is answered with {}: {}",
        answer.status,
        String::from_utf8_lossy(&answer.body)
    );
    Ok((answer.json()?, answer.took))
}
