//! Attack 27: every route with every token for every audience.

use std::cell::Cell as Counter;
use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Context as _;

use crate::attack::{Attack, Control, Outcome};
use crate::world::{AUDIENCES, Answer, Gate, Web, World};

/// Zoom of the tile that is asked for.
const ZOOM: u32 = 8;

/// The server reads its list of tokens at least this often.
const READ_AGAIN: Duration = Duration::from_secs(2);

/// All routes of the OpenAPI document are asked for each audience with each
/// token: none, that of another audience, a made-up one, one that has expired,
/// one that was revoked; also for the tag of an answer that only the right token
/// shows. A route guards what it tells to its own token and to nobody else; of
/// such a route every other answer must be a denial.
pub(crate) struct Access;

impl Attack for Access {
    fn number(&self) -> u32 {
        27
    }

    fn name(&self) -> &'static str {
        "another role's data: every route × audience × token"
    }

    fn passes_when(&self) -> &'static str {
        "all denied"
    }

    fn control(&self) -> Control {
        Control::Planted(|world| {
            let gate = Gate::open(world, "access-lax")?;
            let tokens = Tokens::make(world)?;
            let lax = Lax {
                gate: &gate,
                own: &tokens.own,
                denied: Counter::new(0),
            };
            matrix(world, &lax, &tokens)
        })
    }

    fn run(&self, world: &World) -> anyhow::Result<Outcome> {
        let gate = Gate::open(world, "access")?;
        let tokens = Tokens::make(world)?;
        matrix(world, &gate, &tokens)
    }
}

/// A token for each audience, and those that open nothing.
struct Tokens {
    own: BTreeMap<&'static str, String>,
    void: Vec<(&'static str, String)>,
}

impl Tokens {
    fn make(world: &World) -> anyhow::Result<Self> {
        let mut own = BTreeMap::new();
        let mut void = vec![("made-up", format!("sgt_{}", "5a".repeat(32)))];
        for audience in AUDIENCES.into_iter().filter(|a| *a != "public") {
            own.insert(audience, world.token(audience)?.text);
            let (expired, revoked) = (world.token(audience)?, world.token(audience)?);
            world.expire(&expired)?;
            world.revoke(&revoked)?;
            void.push(("expired", expired.text));
            void.push(("revoked", revoked.text));
        }
        std::thread::sleep(READ_AGAIN);
        Ok(Self { own, void })
    }
}

fn is_denial(answer: &Answer) -> bool {
    matches!(answer.status, 401 | 403 | 429)
}

fn matrix(world: &World, web: &dyn Web, tokens: &Tokens) -> anyhow::Result<Outcome> {
    let described = web.ask("public", "/openapi.json", &[])?.json()?;
    let paths = described["paths"].as_object().context("no routes")?;
    let templates: Vec<&String> = paths
        .iter()
        .filter(|(_, methods)| methods["get"].is_object())
        .map(|(template, _)| template)
        .collect();
    let (mut tried, mut told, mut guarded) = (0, 0, 0);
    let mut lines = Vec::new();
    for audience in AUDIENCES.into_iter().filter(|a| *a != "public") {
        for template in &templates {
            let Some(path) = filled(world, audience, template) else {
                continue;
            };
            let bearer = |token: &str| format!("Bearer {token}");
            let own = bearer(&tokens.own[audience]);
            let with = |value: &str| web.ask("public", &path, &[("authorization", value)]);
            let answer = with(&own)?;
            if is_denial(&answer) {
                // The route is for another audience alone.
                continue;
            }
            let nobody = web.ask("public", &path, &[])?;
            // What knows no audience and answers everybody is open: its counters
            // change from one answer to the next.
            let of_release = paths[*template]["get"].to_string().contains("\"audience\"");
            let same = !of_release || nobody.body == answer.body;
            if !is_denial(&nobody) && same {
                continue;
            }
            guarded += 1;
            let mut wrong = |who: &str, answer: &Answer| {
                tried += 1;
                if !is_denial(answer) {
                    told += 1;
                    lines.push(format!(
                        "{audience} {template}: {} for {who}",
                        answer.status
                    ));
                }
            };
            wrong("no token", &nobody);
            for (other, token) in tokens.own.iter().filter(|(other, _)| **other != audience) {
                wrong(other, &with(&bearer(token))?);
            }
            for (who, token) in &tokens.void {
                wrong(who, &with(&bearer(token))?);
            }
            let tag = answer.header("etag");
            if !tag.is_empty() {
                let tagged = web.ask("public", &path, &[("if-none-match", tag)])?;
                wrong("the tag alone", &tagged);
            }
        }
    }
    let mut outcome = Outcome::none_allowed(tried, told, "answers to whom they are not for").note(
        format!("{} routes, {guarded} guarded answers", templates.len()),
    );
    lines.truncate(5);
    outcome.detail.extend(lines);
    Ok(outcome)
}

/// A path for a template, with things that the audience's release has.
fn filled(world: &World, audience: &str, template: &str) -> Option<String> {
    let release = world.releases.get(audience)?;
    let ((layer, theme, period), block) = release
        .blocks
        .iter()
        .find(|(_, block)| block.cells().any(|(_, cell)| cell.is_shown()))?;
    let (unit, _) = block.cells().find(|(_, cell)| cell.is_shown())?;
    let village = world.geography.villages.first()?;
    let scale = f64::from(1_u32 << ZOOM);
    let column = (village.longitude + 180.0) / 360.0 * scale;
    let level = village.latitude.to_radians();
    let row = (1.0 - (level.tan() + 1.0 / level.cos()).ln() / std::f64::consts::PI) / 2.0 * scale;
    let path = template
        .replace("{layer}", layer)
        .replace("{unit}", unit)
        .replace("{z}", &ZOOM.to_string())
        .replace("{x}", &(column as u32).to_string())
        .replace("{y}", &(row as u32).to_string());
    let of_release = path.starts_with("/collections/") || path.starts_with("/tiles/");
    let chosen = if of_release && template != "/collections/{layer}" {
        format!("&theme={theme}&period={period}")
    } else {
        String::new()
    };
    Some(format!("{path}?audience={audience}{chosen}"))
}

/// The planted leak: now and then a denied request is let through after all,
/// as from a cache that does not know who asks.
struct Lax<'a> {
    gate: &'a Gate,
    own: &'a BTreeMap<&'static str, String>,
    denied: Counter<u64>,
}

impl Web for Lax<'_> {
    fn ask(&self, audience: &str, path: &str, headers: &[(&str, &str)]) -> anyhow::Result<Answer> {
        let answer = self.gate.ask(audience, path, headers)?;
        let asked = self
            .own
            .iter()
            .find(|(audience, _)| path.contains(**audience));
        let (true, Some((_, token))) = (is_denial(&answer), asked) else {
            return Ok(answer);
        };
        self.denied.set(self.denied.get() + 1);
        if !self.denied.get().is_multiple_of(7) {
            return Ok(answer);
        }
        let bearer = format!("Bearer {token}");
        self.gate.ask(audience, path, &[("authorization", &bearer)])
    }
}
