//! Attack 30, as far as releases go: identifiers in anything that leaves.

use crate::attack::{Attack, Control, Outcome};
use crate::world::{AUDIENCES, World};

/// Canaries carry identifiers that nothing else has. None of them, nor the
/// name of a column that holds them, may be found in any file of a release, in
/// any answer, in what commands print or in the log at debug level.
pub(crate) struct Identifiers;

/// Columns that hold keys of children and cases.
const COLUMNS: [&str; 4] = ["child_key", "incident_key", "case_key", "pseudonym"];

impl Attack for Identifiers {
    fn number(&self) -> u32 {
        30
    }

    fn name(&self) -> &'static str {
        "identifiers of canaries in files, answers, output and logs"
    }

    fn passes_when(&self) -> &'static str {
        "none of the canaries found"
    }

    fn control(&self) -> Control {
        Control::Planted(|world| {
            let mut texts = texts(world)?;
            let planted = world.truth.identifiers.first().cloned().unwrap_or_default();
            texts.push(("planted".into(), planted.into_bytes()));
            Ok(search(world, &texts))
        })
    }

    fn run(&self, world: &World) -> anyhow::Result<Outcome> {
        Ok(search(world, &texts(world)?))
    }
}

/// Everything that leaves, by name.
fn texts(world: &World) -> anyhow::Result<Vec<(String, Vec<u8>)>> {
    let mut texts = Vec::new();
    for release in world.releases() {
        for (name, bytes) in &release.files {
            texts.push((format!("{} {name}", release.audience), bytes.clone()));
        }
    }
    for printed in &world.printed {
        texts.push((
            format!("output of {}", printed.command),
            printed.output.clone().into(),
        ));
        texts.push((
            format!("log of {}", printed.command),
            printed.log.clone().into(),
        ));
    }
    for path in [
        "/metrics",
        "/openapi.json",
        "/nothing",
        "/v1/catalog",
        "/v1/manifest",
    ] {
        for audience in AUDIENCES {
            texts.push((path.to_owned(), world.web.ask(audience, path, &[])?.body));
        }
    }
    if let Some(served) = &world.served {
        texts.push(("log of serve".to_owned(), served.log()?.into_bytes()));
    }
    Ok(texts)
}

fn search(world: &World, texts: &[(String, Vec<u8>)]) -> Outcome {
    // What all of them share: the number that their identifiers begin with.
    let common = world
        .truth
        .identifiers
        .first()
        .map(|id| {
            id.chars()
                .filter(char::is_ascii_digit)
                .take(5)
                .collect::<String>()
        })
        .unwrap_or_default();
    let needles: Vec<&str> = world
        .truth
        .identifiers
        .iter()
        .map(String::as_str)
        .filter(|id| !id.is_empty() && !common.is_empty())
        .take(200)
        .collect();
    let (mut tried, mut found) = (0, 0);
    let mut places = Vec::new();
    for (name, text) in texts {
        let text = String::from_utf8_lossy(text);
        tried += needles.len() as u64;
        let hits = needles
            .iter()
            .filter(|needle| text.contains(**needle))
            .count() as u64;
        // Schemas of a release may not even name such a column; the log of a
        // load may name the columns it hashed.
        let of_release = AUDIENCES.iter().any(|audience| name.starts_with(audience));
        let columns = COLUMNS
            .iter()
            .filter(|c| of_release && text.contains(**c))
            .count() as u64;
        if hits + columns > 0 {
            places.push(format!("{name}: {hits} identifiers, {columns} columns"));
        }
        found += hits + columns;
    }
    let mut outcome = Outcome::none_allowed(tried, found, "identifiers found");
    outcome.detail = places;
    outcome.note(format!("{} texts searched", texts.len()))
}
