//! Attack 31: addresses of tiles that are none.

use std::time::Duration;

use crate::attack::{Attack, Control, Outcome};
use crate::chance::{Coins, median};
use crate::world::{Answer, Web, World};

/// How much longer than a request for nothing a refusal may take.
const LONGER: Duration = Duration::from_millis(1);

/// Zooms, columns and rows that no tile has.
const NONE: [&str; 20] = [
    "99",
    "-1",
    "15",
    "255",
    "256",
    "4294967296",
    "18446744073709551616",
    "1e3",
    "0x1",
    "1.5",
    "+1",
    "NaN",
    "a",
    "%00",
    "%2e%2e",
    "%2F",
    "%27",
    "1%20",
    "%D9%A3",
    "",
];

/// Tiles of zooms that are not served, of negative, written and broken numbers,
/// of columns and rows outside the zoom, of layers named twice. Each must be
/// refused for what it is, and as fast as a request for which there is nothing
/// to do: whoever sends many of them must cost the server no work.
pub(crate) struct TileFloods;

impl Attack for TileFloods {
    fn number(&self) -> u32 {
        31
    }

    fn name(&self) -> &'static str {
        "tile floods: z=99, negative, text, duplicate layers"
    }

    fn passes_when(&self) -> &'static str {
        "4xx, at most 1 ms longer than a request for nothing"
    }

    fn control(&self) -> Control {
        Control::Planted(|world| flood(world, &Obliging(world.web.as_ref())))
    }

    fn run(&self, world: &World) -> anyhow::Result<Outcome> {
        flood(world, world.web.as_ref())
    }
}

fn flood(world: &World, web: &dyn Web) -> anyhow::Result<Outcome> {
    let mut coins = Coins::new(31);
    let (mut tried, mut taken) = (0, 0);
    let (mut times, mut idle) = (Vec::new(), Vec::new());
    let mut lines = Vec::new();
    for path in coins.sample(addresses(world), world.tries(200, 5_000)) {
        idle.push(web.ask("public", "/health", &[])?.took.as_secs_f64());
        let answer = web.ask("public", &path, &[])?;
        tried += 1;
        times.push(answer.took.as_secs_f64());
        if !(400..500).contains(&answer.status) {
            taken += 1;
            lines.push(format!("{path}: {}", answer.status));
        }
    }
    let (of_tile, of_nothing) = (median(&mut times), median(&mut idle));
    let (of_tile, of_nothing) = (of_tile.unwrap_or(f64::NAN), of_nothing.unwrap_or(f64::NAN));
    let late = of_tile - of_nothing > LONGER.as_secs_f64();
    let mut outcome = Outcome::none_allowed(
        tried,
        taken + u64::from(late),
        "addresses taken, or refused late",
    )
    .note(format!(
        "{tried} addresses: {taken} taken; median {:.2} ms to refuse, {:.2} ms to answer nothing",
        1e3 * of_tile,
        1e3 * of_nothing
    ));
    lines.truncate(5);
    outcome.detail.extend(lines);
    Ok(outcome)
}

/// Addresses that must all be refused.
fn addresses(world: &World) -> Vec<String> {
    let Some(release) = world.releases.get("public") else {
        return Vec::new();
    };
    let Some((layer, theme, period)) = release.blocks.keys().next() else {
        return Vec::new();
    };
    let query = format!("theme={theme}&period={period}");
    let mut paths = Vec::new();
    for none in NONE {
        paths.push(format!("/tiles/{layer}/{none}/1/1?{query}"));
        paths.push(format!("/tiles/{layer}/6/{none}/1?{query}"));
        paths.push(format!("/tiles/{layer}/6/1/{none}?{query}"));
    }
    // What is a number, but of no zoom, stays a column or row of a deep one.
    paths.retain(|path| !["/6/15/", "/1/15?"].iter().any(|real| path.contains(real)));
    for zoom in [0_u32, 3, 6, 14] {
        let outside = 1_u64 << zoom;
        paths.push(format!("/tiles/{layer}/{zoom}/{outside}/0?{query}"));
        paths.push(format!("/tiles/{layer}/{zoom}/0/{outside}?{query}"));
    }
    for twice in [
        format!("{layer},{layer}"),
        format!("{layer}+{layer}"),
        format!("{layer};{layer}"),
        "all".to_owned(),
        "*".to_owned(),
        "x".repeat(3_000),
    ] {
        paths.push(format!("/tiles/{twice}/6/1/1?{query}"));
    }
    for number in 0..300 {
        paths.push(format!("/tiles/{layer}/{}/{number}/1?{query}", 15 + number));
    }
    paths
}

/// The planted leak: a server that has a tile for every address.
struct Obliging<'a>(&'a dyn Web);

impl Web for Obliging<'_> {
    fn ask(&self, audience: &str, path: &str, headers: &[(&str, &str)]) -> anyhow::Result<Answer> {
        let mut answer = self.0.ask(audience, path, headers)?;
        if path.starts_with("/tiles/") {
            answer.status = 204;
        }
        Ok(answer)
    }
}
