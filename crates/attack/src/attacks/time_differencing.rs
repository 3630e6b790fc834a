//! Attack 10: time differencing.

use std::cell::Cell as Counter;
use std::collections::BTreeMap;

use crate::attack::{Attack, Control, Outcome};
use crate::chance::Coins;
use crate::world::{AUDIENCES, Answer, Web, World};

/// Headers that say when an answer was sent, and nothing of its content.
const OF_THE_CLOCK: [&str; 3] = ["date", "x-request-id", "traceparent"];

/// Asks the same again and again, in changing order, with and without the tag
/// of before: bodies, tags, dates and sizes must stay as they are within a
/// release. A second release of the same lake must show the same counts. A
/// release must also hold no period that is not over, since what comes in
/// later would show as a difference.
pub(crate) struct TimeDifferencing;

impl Attack for TimeDifferencing {
    fn number(&self) -> u32 {
        10
    }

    fn name(&self) -> &'static str {
        "time differencing: polls, ETag, Last-Modified, sizes"
    }

    fn passes_when(&self) -> &'static str {
        "no change within a release; no period that is not over"
    }

    fn control(&self) -> Control {
        Control::Planted(|world| {
            let web = Drifting(world.web.as_ref(), Counter::new(0));
            poll(world, &web)
        })
    }

    fn run(&self, world: &World) -> anyhow::Result<Outcome> {
        let outcome = poll(world, world.web.as_ref())?.and(open_periods(world));
        if world.fast {
            return Ok(outcome);
        }
        Ok(outcome.and(released_again(world)?))
    }
}

fn poll(world: &World, web: &dyn Web) -> anyhow::Result<Outcome> {
    let mut coins = Coins::new(10);
    let mut asked: Vec<(&str, String)> = Vec::new();
    for audience in AUDIENCES {
        let Some(release) = world.releases.get(audience) else {
            continue;
        };
        for path in [
            "/v1/catalog",
            "/v1/manifest",
            "/collections",
            "/openapi.json",
        ] {
            asked.push((audience, path.to_owned()));
        }
        let keys: Vec<_> = release.blocks.keys().collect();
        for (layer, theme, period) in coins.sample(keys, world.tries(4, 30)) {
            let query = format!("theme={theme}&period={period}");
            let items = format!("/collections/{layer}/items?{query}");
            asked.push((audience, format!("{items}&limit=300&skipGeometry=true")));
            asked.push((audience, format!("{items}&limit=300&f=csv")));
            asked.push((audience, format!("/tiles/{layer}.json?{query}")));
            asked.push((audience, format!("/tiles/{layer}/6/20/30?{query}")));
            asked.push((
                audience,
                format!("/collections/{layer}/items/none?theme={theme}"),
            ));
        }
    }
    let mut first: BTreeMap<(&str, String), Answer> = BTreeMap::new();
    let (mut tried, mut changed) = (0, 0);
    for _ in 0..world.tries(4, 20) {
        for (audience, path) in coins.sample(asked.clone(), usize::MAX) {
            let answer = web.ask(audience, &path, &[])?;
            let Some(before) = first.get(&(audience, path.clone())) else {
                first.insert((audience, path), answer);
                continue;
            };
            tried += 1;
            let same = before.status == answer.status
                && before.body == answer.body
                && content_headers(before) == content_headers(&answer);
            let tag = before.header("etag");
            let kept = tag.is_empty() || {
                let again = web.ask(audience, &path, &[("if-none-match", tag)])?;
                again.status == 304 && again.body.is_empty()
            };
            changed += u64::from(!same || !kept);
        }
    }
    Ok(
        Outcome::none_allowed(tried, changed, "answers that changed within a release")
            .note(format!("{} addresses polled", first.len())),
    )
}

fn content_headers(answer: &Answer) -> Vec<&(String, String)> {
    let mut headers: Vec<_> = answer
        .headers
        .iter()
        .filter(|(name, _)| !OF_THE_CLOCK.contains(&name.as_str()))
        .collect();
    headers.sort();
    headers
}

/// Counts of a second release of the same lake against those of the first: a
/// noise drawn again would be averaged away.
fn released_again(world: &World) -> anyhow::Result<Outcome> {
    let again = world.release_again()?;
    let (mut tried, mut different) = (0, 0);
    for release in world.releases() {
        let Some(second) = again.get(&release.audience) else {
            continue;
        };
        for (key, block) in &release.blocks {
            for (unit, cell) in block.cells() {
                tried += 1;
                let other = second.blocks.get(key).and_then(|block| block.cell(unit));
                let same = other.is_some_and(|other| {
                    other.status() == cell.status()
                        && other.count() == cell.count()
                        && other.interval() == cell.interval()
                });
                different += u64::from(!same);
            }
        }
    }
    Ok(
        Outcome::none_allowed(tried, different, "counts that a second release changed")
            .note(format!("{tried} cells released again with another seed")),
    )
}

/// Periods that end after the data do.
fn open_periods(world: &World) -> Outcome {
    let (mut tried, mut open) = (0, 0);
    let mut lines = Vec::new();
    for release in world.releases() {
        let until = release.manifest["data_as_of"].as_str().unwrap_or_default();
        let mut not_over: Vec<&str> = Vec::new();
        for (.., period) in release.blocks.keys() {
            tried += 1;
            let end = match period.split_once("-Q") {
                None => format!("{period}-12-31"),
                Some((year, "1")) => format!("{year}-03-31"),
                Some((year, "2")) => format!("{year}-06-30"),
                Some((year, "3")) => format!("{year}-09-30"),
                Some((year, _)) => format!("{year}-12-31"),
            };
            if end.as_str() > until {
                not_over.push(period);
            }
        }
        open += not_over.len() as u64;
        not_over.sort_unstable();
        not_over.dedup();
        if !not_over.is_empty() {
            lines.push(format!(
                "{}: {} not over",
                release.audience,
                not_over.join(", ")
            ));
        }
    }
    let mut outcome = Outcome::none_allowed(tried, open, "periods released before they are over");
    outcome.detail = lines;
    outcome
}

/// The planted leak: one answer in fifty has grown by a byte.
struct Drifting<'a>(&'a dyn Web, Counter<u64>);

impl Web for Drifting<'_> {
    fn ask(&self, audience: &str, path: &str, headers: &[(&str, &str)]) -> anyhow::Result<Answer> {
        let mut answer = self.0.ask(audience, path, headers)?;
        self.1.set(self.1.get() + 1);
        if self.1.get().is_multiple_of(50) {
            answer.body.push(b' ');
        }
        Ok(answer)
    }
}
