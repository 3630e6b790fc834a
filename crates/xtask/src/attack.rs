//! `cargo xtask attack`: attacks on a release of the synthetic state.

use anyhow::Context as _;

use crate::Options;
use crate::command::Step;
use crate::served::{Build, build};

/// The program whose releases are not protected, on which attacks are tried
/// first.
const UNPROTECTED: &str = "safeground-unprotected";

/// The options of the quick run that belongs to the tests.
pub(crate) fn fast() -> anyhow::Result<Options> {
    Options::parse(&["--fast".to_owned()], &["--fast"], &[])
}

/// Builds the programs and runs the attacks; fails if any attack found
/// something, or did not succeed where it must.
pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let program = build(Build::Dev)?;
    let folder = program.parent().context("the program lies nowhere")?;
    let path = |name: &str| -> anyhow::Result<String> {
        let path = folder.join(name);
        Ok(path
            .to_str()
            .context("the target folder is not text")?
            .to_owned())
    };
    let mut arguments = vec!["--program".to_owned(), path("safeground")?];
    if let Some(features) = features_of_unprotected()? {
        // Of all programs this one alone is built with these features; the
        // whole workspace decides the features of the dependencies, so that
        // they are those of every other build and nothing is built twice.
        Step::new(
            "cargo",
            &[
                "build",
                "--locked",
                "--workspace",
                "--bin",
                UNPROTECTED,
                "--features",
                &features,
            ],
        )
        .run()?;
        arguments.extend(["--unprotected".to_owned(), path(UNPROTECTED)?]);
    }
    if options.has("--fast") {
        arguments.push("--fast".to_owned());
    }
    if let Some(number) = options.value("--only") {
        arguments.extend(["--only".to_owned(), number.to_owned()]);
    }
    let report = crate::target_folder();
    let report = report.to_str().context("the target folder is not text")?;
    arguments.extend(["--report".to_owned(), report.to_owned()]);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    Step::new(&path("safeground-attack")?, &arguments).run()
}

/// Features that the unprotected program asks for; absent where there is no
/// such program.
fn features_of_unprotected() -> anyhow::Result<Option<String>> {
    let file = crate::root().join("crates/cli/Cargo.toml");
    let text = std::fs::read_to_string(&file)
        .with_context(|| format!("cannot read {}", file.display()))?;
    features_in(&text)
}

fn features_in(manifest: &str) -> anyhow::Result<Option<String>> {
    let manifest: toml::Table = toml::from_str(manifest)?;
    let programs = manifest.get("bin").and_then(toml::Value::as_array);
    let program = programs
        .into_iter()
        .flatten()
        .find(|program| program.get("name").and_then(toml::Value::as_str) == Some(UNPROTECTED));
    let features = program.map(|program| {
        let features = program
            .get("required-features")
            .and_then(toml::Value::as_array);
        let features: Vec<String> = features
            .into_iter()
            .flatten()
            .filter_map(toml::Value::as_str)
            .map(|feature| format!("safeground-cli/{feature}"))
            .collect();
        features.join(",")
    });
    Ok(features)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_features_of_the_unprotected_program_are_found() {
        let one = "[[bin]]\nname = \"safeground\"\n";
        assert_eq!(features_in(one).unwrap(), None);
        let both = format!(
            "{one}[[bin]]\nname = \"{UNPROTECTED}\"\nrequired-features = [\"unprotected\"]\n"
        );
        assert_eq!(
            features_in(&both).unwrap().as_deref(),
            Some("safeground-cli/unprotected")
        );
    }
}
