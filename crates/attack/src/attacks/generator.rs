//! Attack 18: the generator of the noise, and time.

use std::collections::BTreeMap;
use std::time::Duration;

use super::noise_audit::draw;
use crate::attack::{Attack, Control, Finding, Outcome};
use crate::chance::{Coins, correlation};
use crate::world::{AUDIENCES, Answer, Protection, Web, World};

/// Standard deviations from which a correlation counts.
const DEVIATIONS: f64 = 4.5;

/// Share of counts that may be equal by chance in two draws: the sharpest
/// noise, of scale 1.25, is equal twice in about a quarter of all.
const SAME: f64 = 0.4;

/// Looks for a pattern in the noise, and for the count in the time that an
/// answer takes.
///
/// 1. Noise of two layers of one draw, of neighbours in a table, and of draws
///    from seeds that differ in one bit must not go together.
/// 2. The time to answer for a unit of which nothing is shown, each asked
///    several times in random order and the quickest taken, must not go with
///    how many children are there.
/// 3. Two lakes of the same files must not carry the same noise.
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
        Control::Planted(planted)
    }

    fn run(&self, world: &World) -> anyhow::Result<Outcome> {
        let mut coins = Coins::new(18);
        let asked = hidden_units(world, &mut coins);
        let outcome = patterns(world, false)?.and(timing(&asked, world.web.as_ref(), &mut coins)?);
        Ok(if world.twins.is_empty() {
            outcome
        } else {
            outcome.and(same_noise(world))
        })
    }
}

/// Both leaks planted; each must be noticed by itself.
fn planted(world: &World) -> anyhow::Result<Outcome> {
    let mut coins = Coins::new(18);
    let asked = hidden_units(world, &mut coins);
    let hidden = asked
        .iter()
        .map(|of| ((of.audience, of.path.as_str()), of.hidden))
        .collect();
    let slow = Slow {
        web: world.web.as_ref(),
        hidden,
    };
    let time = timing(&asked, &slow, &mut coins)?;
    let noise = patterns(world, true)?;
    Ok(if time.finding == Finding::Held {
        time
    } else {
        noise.and(time)
    })
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

/// Noise of two lakes that were loaded with the same files: where it is the
/// same, it follows from what is public, and can be taken off again.
fn same_noise(world: &World) -> Outcome {
    let (mut tried, mut same) = (0_u64, 0_u64);
    for release in world.releases() {
        let Some(twin) = world.twins.get(&release.audience) else {
            continue;
        };
        for (key, block) in &release.blocks {
            let (Some(other), true) = (
                twin.blocks.get(key),
                release.protection(&key.0) == Protection::Noise,
            ) else {
                continue;
            };
            for (unit, cell) in block.cells() {
                let again = other.cell(unit).and_then(|cell| cell.count());
                if let Some((one, two)) = cell.count().zip(again) {
                    tried += 1;
                    same += u64::from(one == two);
                }
            }
        }
    }
    let share = same as f64 / tried.max(1) as f64;
    Outcome::at_most(
        world.tries_on_noise(tried),
        same,
        share,
        SAME,
        "share of equal counts of two lakes",
    )
    .note(format!(
        "{same} of {tried} noisy counts are equal in two lakes of the same files"
    ))
}

/// An address of a unit of which a release shows nothing.
struct Asked {
    audience: &'static str,
    layer: String,
    path: String,
    /// Children that are there all the same.
    hidden: f64,
}

/// Units of which nothing is shown under a theme, and how many children they
/// hold in truth: all the rest of the answer is public.
fn hidden_units(world: &World, coins: &mut Coins) -> Vec<Asked> {
    let mut asked = Vec::new();
    for audience in AUDIENCES {
        let Some(release) = world.releases.get(audience) else {
            continue;
        };
        let mut groups: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
        for (layer, theme, period) in release.blocks.keys() {
            if matches!(layer.as_str(), "village" | "block" | "h3_r5") {
                groups.entry((layer, theme)).or_default().push(period);
            }
        }
        for ((layer, theme), periods) in coins.sample(groups.into_iter().collect(), 3) {
            let cells = |unit: &str| {
                let of = |period: &&&str| release.cell(layer, unit, theme, period);
                periods
                    .iter()
                    .filter_map(|period| of(&period))
                    .collect::<Vec<_>>()
            };
            let units = release
                .block(layer, theme, periods[0])
                .map(|block| block.units.to_vec());
            let withheld: Vec<String> = units
                .unwrap_or_default()
                .into_iter()
                .filter(|unit| cells(unit).iter().all(|cell| !cell.is_shown()))
                .collect();
            for unit in coins.sample(withheld, world.tries(50, 300)) {
                let counts = periods
                    .iter()
                    .filter_map(|p| world.truth.count(layer, &unit, theme, p));
                asked.push(Asked {
                    audience,
                    layer: layer.to_owned(),
                    path: format!(
                        "/collections/{layer}/items/{unit}?theme={theme}&skipGeometry=true"
                    ),
                    hidden: counts.sum::<u64>() as f64,
                });
            }
        }
    }
    asked
}

fn timing(asked: &[Asked], web: &dyn Web, coins: &mut Coins) -> anyhow::Result<Outcome> {
    const TURNS: usize = 5;
    let mut quickest = vec![Duration::MAX; asked.len()];
    for _ in 0..TURNS {
        for at in coins.sample((0..asked.len()).collect(), usize::MAX) {
            let Asked { audience, path, .. } = &asked[at];
            quickest[at] = quickest[at].min(web.ask(audience, path, &[])?.took);
        }
    }
    // Audiences, layers and themes differ in what they answer: ranks within.
    let mut groups: BTreeMap<(&str, &str, &str), Vec<usize>> = BTreeMap::new();
    for (at, of) in asked.iter().enumerate() {
        let theme = of.path.rsplit('?').next().unwrap_or_default();
        groups
            .entry((of.audience, &of.layer, theme))
            .or_default()
            .push(at);
    }
    let ranks = |members: &[usize], key: &dyn Fn(usize) -> f64| -> Vec<f64> {
        let mut keys: Vec<f64> = members.iter().map(|at| key(*at)).collect();
        keys.sort_by(f64::total_cmp);
        let n = keys.len() as f64;
        let middle = |value: f64| {
            let (below, up_to) = (
                keys.partition_point(|k| *k < value),
                keys.partition_point(|k| *k <= value),
            );
            0.5 * (below + up_to) as f64 / n - 0.5
        };
        members.iter().map(|at| middle(key(*at))).collect()
    };
    let (mut times, mut counts) = (Vec::new(), Vec::new());
    for members in groups.into_values() {
        times.extend(ranks(&members, &|at| quickest[at].as_secs_f64()));
        counts.extend(ranks(&members, &|at| asked[at].hidden));
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
        "{n} units of which nothing is shown, asked {TURNS} times: correlation of time \
                 with the hidden count {r:.3}"
    )))
}

/// The planted leak: an answer that takes a millisecond for each hidden child.
struct Slow<'a> {
    web: &'a dyn Web,
    hidden: BTreeMap<(&'a str, &'a str), f64>,
}

impl Web for Slow<'_> {
    fn ask(&self, audience: &str, path: &str, headers: &[(&str, &str)]) -> anyhow::Result<Answer> {
        let mut answer = self.web.ask(audience, path, headers)?;
        let hidden = self.hidden.get(&(audience, path)).copied().unwrap_or(0.0);
        answer.took += Duration::from_millis(hidden as u64);
        Ok(answer)
    }
}
