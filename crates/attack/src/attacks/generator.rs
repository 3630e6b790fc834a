//! Attack 18: the generator of the noise, and time.

use std::time::Duration;

use super::noise_audit::draw;
use crate::attack::{Attack, Control, Outcome};
use crate::chance::{Coins, correlation};
use crate::world::{AUDIENCES, Answer, Web, World};

/// Standard deviations from which a correlation counts.
const DEVIATIONS: f64 = 4.5;

/// Looks for a pattern in the noise, and for the count in the time that an
/// answer takes.
///
/// 1. Noise of two layers of one draw, of neighbours in a table, and of draws
///    from seeds that differ in one bit must not go together.
/// 2. The time to answer for a unit, each asked several times in random order
///    and the quickest taken, must not go with its true count.
pub(crate) struct Generator;

impl Attack for Generator {
    fn number(&self) -> u32 {
        18
    }

    fn name(&self) -> &'static str {
        "patterns in the noise, and in the time of answers"
    }

    fn passes_when(&self) -> &'static str {
        "no correlation"
    }

    fn control(&self) -> Control {
        Control::Planted(|world| {
            let noise = patterns(world, true)?;
            let time = timing(world, &Slow(world.web.as_ref()))?;
            anyhow::ensure!(
                time.finding == crate::attack::Finding::Broken,
                "answers that take longer for larger counts were not noticed"
            );
            Ok(noise.and(time))
        })
    }

    fn run(&self, world: &World) -> anyhow::Result<Outcome> {
        Ok(patterns(world, false)?.and(timing(world, world.web.as_ref())?))
    }
}

fn patterns(world: &World, planted: bool) -> anyhow::Result<Outcome> {
    let n = world.tries(20_000, 100_000);
    let counts = vec![40; n];
    let first = draw(&counts, 18)?;
    let other = draw(&counts, 19)?;
    let numbers = |values: &[i64]| -> Vec<f64> { values.iter().map(|v| *v as f64).collect() };
    let (district, cell) = (numbers(&first.district), numbers(&first.cell));
    let neighbour = numbers(&other.district);
    let mut pairs = vec![
        ("two layers", correlation(&district, &cell)),
        ("seeds one bit apart", correlation(&district, &neighbour)),
    ];
    for lag in 1..=8 {
        pairs.push((
            "neighbours",
            correlation(&district[lag..], &district[..n - lag]),
        ));
    }
    if planted {
        // One stream for two tables.
        pairs.push(("planted", correlation(&district, &district)));
    }
    let limit = DEVIATIONS / (n as f64).sqrt();
    let (worst, name) = pairs
        .iter()
        .map(|(name, r)| (r.abs(), *name))
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .unwrap_or((0.0, ""));
    let found = pairs.iter().filter(|(_, r)| r.abs() > limit).count() as u64;
    let tried = (pairs.len() * n) as u64;
    Ok(
        Outcome::at_most(tried, found, worst, limit, "largest correlation").note(format!(
            "{} pairs of {n} draws: at most {worst:.4}, {name}",
            pairs.len()
        )),
    )
}

fn timing(world: &World, web: &dyn Web) -> anyhow::Result<Outcome> {
    const TURNS: usize = 5;
    let mut coins = Coins::new(18);
    let mut asked: Vec<(&str, String, f64)> = Vec::new();
    for audience in AUDIENCES {
        let Some(release) = world.releases.get(audience) else {
            continue;
        };
        let keys: Vec<_> = release
            .blocks
            .iter()
            .filter(|((layer, ..), _)| matches!(layer.as_str(), "village" | "block" | "h3_r5"))
            .collect();
        for ((layer, theme, period), block) in coins.sample(keys, 3) {
            for unit in coins.sample(block.units.to_vec(), world.tries(40, 200)) {
                let count = world.truth.count(layer, &unit, theme, period).unwrap_or(0);
                let path =
                    format!("/collections/{layer}/items/{unit}?theme={theme}&skipGeometry=true");
                asked.push((audience, path, count.min(20) as f64));
            }
        }
    }
    let mut quickest = vec![Duration::MAX; asked.len()];
    for _ in 0..TURNS {
        for at in coins.sample((0..asked.len()).collect(), usize::MAX) {
            let (audience, path, _) = &asked[at];
            quickest[at] = quickest[at].min(web.ask(audience, path, &[])?.took);
        }
    }
    // Layers differ in what they answer; compare ranks within each.
    let mut groups: std::collections::BTreeMap<String, Vec<usize>> = Default::default();
    for (at, (audience, path, _)) in asked.iter().enumerate() {
        let layer = path.split('/').nth(2).unwrap_or_default();
        groups
            .entry(format!("{audience} {layer}"))
            .or_default()
            .push(at);
    }
    let (mut times, mut counts) = (Vec::new(), Vec::new());
    for members in groups.into_values() {
        let mut order = members.clone();
        order.sort_by_key(|at| quickest[*at]);
        for (rank, at) in order.iter().enumerate() {
            times.push(rank as f64 / order.len() as f64 - 0.5);
            counts.push(asked[*at].2);
        }
    }
    let r = correlation(&times, &counts).abs();
    let n = times.len();
    let limit = DEVIATIONS / (n.max(1) as f64).sqrt();
    let found = u64::from(r > limit);
    Ok(Outcome::at_most(
        (n * TURNS) as u64,
        found,
        r,
        limit,
        "correlation of time and count",
    )
    .note(format!(
        "{n} addresses asked {TURNS} times: correlation with the count {r:.3}"
    )))
}

/// The planted leak: an answer that takes longer the more numbers it has.
struct Slow<'a>(&'a dyn Web);

impl Web for Slow<'_> {
    fn ask(&self, audience: &str, path: &str, headers: &[(&str, &str)]) -> anyhow::Result<Answer> {
        let mut answer = self.0.ask(audience, path, headers)?;
        let body = answer.json()?;
        let measures = body["properties"]["measures"].as_array();
        let sum: f64 = measures
            .into_iter()
            .flatten()
            .filter_map(|measure| measure["count"].as_f64().or(measure["count_low"].as_f64()))
            .sum();
        answer.took += Duration::from_millis(sum as u64);
        Ok(answer)
    }
}
