//! The project's chores, run as `cargo xtask CHORE`.
//!
//! Kept lean on purpose: it is compiled before anything else, so that a new
//! user's first wait is short. It drives `cargo`, `npm` and the `safeground`
//! binary, and knows nothing of what they compute.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod attack;
mod browser;
mod clients;
mod command;
mod debian;
mod demo;
mod india;
mod memory;
mod notebooks;
mod peers;
mod purity;
mod questions;
mod served;
mod test;
mod test_tools;
mod web;

use std::path::PathBuf;
use std::process::ExitCode;

const HELP: &str = "\
cargo xtask CHORE

  demo [--once] [--dev] [--port N]
              build everything, make the synthetic demo lake, release and
              serve it; --once stops after a self-check, --dev uses the
              quickly built binary
  test        everything that must hold before a change lands
  attack [--fast] [--only N]
              attack what is released of a synthetic state with canary
              children; the report is target/attack-report.html; --fast tries
              each attack less often
  purity      check that stats, privacy and planning reach no Arrow, SQL,
              async or file crate
  codegen     rewrite the generated files of data-schema/
  bench [FILTER]
              run the benches (builds for release)
  bench --peers [--large | --sql]
              time the statistics beside esda, libpysal, pygeoda and SciPy,
              which pip installs; --large adds 640,000 units; --sql times
              queries over ten million points beside DuckDB instead
  h3 [--rows N]
              compare the h3 functions with h3-py on N cells (1000000), built
              for release; `test` does so on 4,000
  india [--data DIR] [--once] [--dev] [--port N]
              load public data about India from DIR and serve the map
  highs       run the planner's tests with the solver HiGHS too, which is built
              from source (cmake, a C++ compiler, libclang; minutes)
  memory [--gib N]
              peak memory of loading a CSV file of N GiB (5)
  screenshot  make the README's picture of the demo
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> anyhow::Result<()> {
    let Some((chore, options)) = arguments.split_first() else {
        print!("{HELP}");
        return Ok(());
    };
    match chore.as_str() {
        "demo" => demo::run(&Options::parse(options, &["--once", "--dev"], &["--port"])?),
        "test" => {
            Options::parse(options, &[], &[])?;
            test::run()
        }
        "attack" => attack::run(&Options::parse(options, &["--fast"], &["--only"])?),
        "purity" => purity::run(),
        "codegen" => test::codegen(),
        "bench" if options.first().is_some_and(|o| o == "--peers") => peers::run(&Options::parse(
            options,
            &["--peers", "--large", "--sql"],
            &[],
        )?),
        "bench" => test::bench(options),
        "h3" => {
            let options = Options::parse(options, &[], &["--rows"])?;
            test::h3(options.value("--rows").unwrap_or("1000000"))
        }
        "india" => india::run(&Options::parse(
            options,
            &["--once", "--dev"],
            &["--data", "--port"],
        )?),
        "highs" => test::highs(),
        "memory" => memory::run(&Options::parse(options, &[], &["--gib"])?),
        "screenshot" => demo::screenshot(),
        "help" | "--help" | "-h" => {
            print!("{HELP}");
            Ok(())
        }
        other => anyhow::bail!("unknown chore `{other}`\n\n{HELP}"),
    }
}

/// Flags and valued options of a chore, checked against what it knows.
struct Options {
    given: Vec<(String, Option<String>)>,
}

impl Options {
    fn parse(arguments: &[String], flags: &[&str], valued: &[&str]) -> anyhow::Result<Self> {
        let mut given = Vec::new();
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            if flags.contains(&argument.as_str()) {
                given.push((argument.clone(), None));
            } else if valued.contains(&argument.as_str()) {
                let value = rest
                    .next()
                    .ok_or_else(|| anyhow::anyhow!("`{argument}` needs a value"))?;
                given.push((argument.clone(), Some(value.clone())));
            } else {
                anyhow::bail!("unknown option `{argument}`\n\n{HELP}");
            }
        }
        Ok(Self { given })
    }

    fn has(&self, flag: &str) -> bool {
        self.given.iter().any(|(name, _)| name == flag)
    }

    fn value(&self, name: &str) -> Option<&str> {
        self.given
            .iter()
            .rev()
            .find(|(given, _)| given == name)
            .and_then(|(_, value)| value.as_deref())
    }
}

/// Root of the workspace.
fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .expect("the xtask crate lies two folders below the root")
        .to_path_buf()
}

/// Where cargo puts what it builds.
fn target_folder() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn an_unknown_option_is_refused() {
        assert!(Options::parse(&texts(&["--onec"]), &["--once"], &[]).is_err());
        assert!(Options::parse(&texts(&["--port"]), &[], &["--port"]).is_err());
    }

    #[test]
    fn options_are_read() {
        let options =
            Options::parse(&texts(&["--once", "--port", "9"]), &["--once"], &["--port"]).unwrap();
        assert!(options.has("--once"));
        assert_eq!(options.value("--port"), Some("9"));
    }
}
