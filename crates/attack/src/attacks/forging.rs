//! Attack 28: tokens that nobody made, and those that were taken back.

use std::time::{Duration, Instant};

use crate::attack::{Attack, Control, Outcome};
use crate::chance::Coins;
use crate::world::{Answer, Gate, Token, Web, World};

/// What only researchers may read.
const GUARDED: &str = "/v1/manifest?audience=research";

/// How long a revoked token may still open.
const REVOKED_WITHIN: Duration = Duration::from_secs(5);

/// Heads of signed tokens of other services, each with what it hopes for.
const FOREIGN: [(&str, &str); 3] = [
    ("alg none", "eyJhbGciOiJub25lIn0"),
    ("HS256", "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"),
    (
        "kid of the list",
        "eyJhbGciOiJIUzI1NiIsImtpZCI6Ii4uLy4uL2FjY2Vzcy90b2tlbnMuanNvbiJ9",
    ),
];

/// Audience research, role steward, valid for centuries.
const CLAIMS: &str =
    "eyJhdWQiOiJyZXNlYXJjaCIsInN1YiI6InN0ZXdhcmQiLCJyb2xlIjoic3Rld2FyZCIsImV4cCI6OTk5OTk5OTk5OX0";

/// Everything that might be taken for a research token without being one: a
/// token with one digit changed, cut, longer, in capitals or within other words;
/// what the list of tokens keeps of it, as whoever steals the list would try;
/// signed tokens of other services; a token where it does not belong. Then a
/// token that was good until it was revoked.
pub(crate) struct Forging;

impl Attack for Forging {
    fn number(&self) -> u32 {
        28
    }

    fn name(&self) -> &'static str {
        "token forging, and replay after revocation"
    }

    fn passes_when(&self) -> &'static str {
        "none accepted, revocation within 5 s"
    }

    fn control(&self) -> Control {
        Control::Planted(|world| {
            let (gate, token) = (Gate::open(world, "forging-lax")?, world.token("research")?);
            let trusting = Trusting {
                gate: &gate,
                token: &token,
            };
            forge(world, &trusting, &token, false)
        })
    }

    fn run(&self, world: &World) -> anyhow::Result<Outcome> {
        let (gate, token) = (Gate::open(world, "forging")?, world.token("research")?);
        forge(world, &gate, &token, true)
    }
}

fn forge(world: &World, web: &dyn Web, token: &Token, revoke: bool) -> anyhow::Result<Outcome> {
    let good = format!("Bearer {}", token.text);
    let deadline = Instant::now() + REVOKED_WITHIN;
    while web
        .ask("public", GUARDED, &[("authorization", &good)])?
        .status
        != 200
    {
        anyhow::ensure!(Instant::now() < deadline, "a good token opens nothing");
        std::thread::sleep(Duration::from_millis(100));
    }
    let (mut tried, mut opened) = (0, 0);
    let mut lines = Vec::new();
    let mut judge = |what: &str, answer: &Answer| {
        tried += 1;
        if answer.status < 400 {
            opened += 1;
            lines.push(format!("{what}: {}", answer.status));
        }
    };
    for (what, value) in forgeries(token, world.tries(40, 1_000)) {
        judge(
            what,
            &web.ask("public", GUARDED, &[("authorization", &value)])?,
        );
    }
    for (what, path) in [
        (
            "token in the address",
            format!("{GUARDED}&token={}", token.text),
        ),
        (
            "access_token in the address",
            format!("{GUARDED}&access_token={}", token.text),
        ),
    ] {
        judge(what, &web.ask("public", &path, &[])?);
    }
    for (what, name, value) in [
        ("cookie", "cookie", format!("token={}", token.text)),
        ("key", "x-api-key", token.text.clone()),
        ("audience by header", "x-audience", "research".to_owned()),
        ("user by header", "x-forwarded-user", "steward".to_owned()),
        ("proxy's authorization", "proxy-authorization", good.clone()),
    ] {
        judge(what, &web.ask("public", GUARDED, &[(name, &value)])?);
    }
    let mut took = String::new();
    if revoke {
        world.revoke(token)?;
        let began = Instant::now();
        let still = |web: &dyn Web| -> anyhow::Result<bool> {
            Ok(web
                .ask("public", GUARDED, &[("authorization", &good)])?
                .status
                < 400)
        };
        while began.elapsed() < REVOKED_WITHIN && still(web)? {
            std::thread::sleep(Duration::from_millis(50));
        }
        took = format!(
            "; a revoked token opened for {:.1} s more",
            began.elapsed().as_secs_f64()
        );
        let after = web.ask("public", GUARDED, &[("authorization", &good)])?;
        judge("revoked", &after);
    }
    let mut outcome = Outcome::none_allowed(tried, opened, "forgeries that opened")
        .note(format!("{tried} forgeries{took}"));
    lines.truncate(5);
    outcome.detail.extend(lines);
    Ok(outcome)
}

/// Values of the header that are no token.
fn forgeries(token: &Token, changed: usize) -> Vec<(&'static str, String)> {
    let text = &token.text;
    let digits = text.trim_start_matches("sgt_");
    let mut forged: Vec<(&'static str, String)> = vec![
        ("nothing", String::new()),
        ("the scheme alone", "Bearer".into()),
        ("the scheme and a space", "Bearer ".into()),
        ("no scheme", text.clone()),
        ("another scheme", format!("Basic {text}")),
        ("the digits alone", format!("Bearer {digits}")),
        ("capitals", format!("Bearer sgt_{}", digits.to_uppercase())),
        ("a capital prefix", format!("Bearer SGT_{digits}")),
        (
            "one digit less",
            format!("Bearer {}", &text[..text.len() - 1]),
        ),
        ("one digit more", format!("Bearer {text}0")),
        ("twice", format!("Bearer {text}{text}")),
        ("two with a comma", format!("Bearer {text},{text}")),
        ("quoted", format!("Bearer \"{text}\"")),
        ("its name in the list", format!("Bearer {}", token.id)),
        ("its hash in the list", format!("Bearer {}", token.hash)),
        ("its hash as a token", format!("Bearer sgt_{}", token.hash)),
        ("zeros", format!("Bearer sgt_{}", "0".repeat(64))),
        ("a wild card", "Bearer *".into()),
        ("no one", "Bearer null".into()),
    ];
    for (what, head) in FOREIGN {
        forged.push((what, format!("Bearer {head}.{CLAIMS}.")));
        forged.push((what, format!("Bearer {head}.{CLAIMS}.{}", "A".repeat(43))));
    }
    let mut coins = Coins::new(28);
    for _ in 0..changed {
        let at = text.len() - 1 - coins.below(64);
        let mut other: Vec<u8> = text.bytes().collect();
        let digit = b"0123456789abcdef"[coins.below(16)];
        if other[at] != digit {
            other[at] = digit;
            let other = String::from_utf8_lossy(&other);
            forged.push(("one digit changed", format!("Bearer {other}")));
        }
    }
    forged
}

/// The planted leak: a gate that reads the claims of unsigned tokens, and looks
/// tokens up by what the list keeps.
struct Trusting<'a> {
    gate: &'a Gate,
    token: &'a Token,
}

impl Web for Trusting<'_> {
    fn ask(&self, audience: &str, path: &str, headers: &[(&str, &str)]) -> anyhow::Result<Answer> {
        let trusted = headers
            .iter()
            .any(|(_, value)| value.contains(CLAIMS) || value.contains(&self.token.hash));
        let good = format!("Bearer {}", self.token.text);
        if trusted {
            return self.gate.ask(audience, path, &[("authorization", &good)]);
        }
        self.gate.ask(audience, path, headers)
    }
}
