//! `cargo xtask bench --peers`: the statistics, and with `--sql` the queries,
//! beside the packages that researchers use today, in one run on one machine.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::Deserialize;

use crate::Options;
use crate::command::Step;

/// Time one side took for one piece of work.
#[derive(Debug, Deserialize)]
struct Timed {
    seconds: f64,
    /// A figure of the result, by which both sides are seen to have done the
    /// same work.
    answer: Option<f64>,
}

/// Work by name, then who did it.
type Results = BTreeMap<String, BTreeMap<String, Timed>>;

/// Writes the inputs, lets both sides work on them and prints how many times
/// faster ours is.
pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let folder = crate::target_folder().join("peers");
    std::fs::create_dir_all(&folder).context("cannot make the folder of the peers")?;
    let python = python(&folder)?;
    let path = text(&folder)?;
    let large: &[&str] = if options.has("--large") {
        &["--large"]
    } else {
        &[]
    };
    // The statistics build in a minute without the engine.
    let (bin, features, script): (_, &[&str], _) = if options.has("--sql") {
        ("sql_peers", &[], "sql_peers.py")
    } else {
        ("peers", &["--no-default-features"], "peers.py")
    };
    let ours = |command: &str| {
        let mut arguments = vec![
            "run",
            "--locked",
            "--release",
            "--package",
            "safeground-benches",
        ];
        arguments.extend(features);
        arguments.extend(["--bin", bin, "--", command, path]);
        arguments.extend(large);
        Step::new("cargo", &arguments).run()
    };
    ours("write")?;
    let script = crate::root().join("benches/peers").join(script);
    let mut arguments = vec![text(&script)?, path];
    arguments.extend(large);
    Step::new(text(&python)?, &arguments)
        // Numerical libraries choose their kernels by the processor.
        .without("OPENBLAS_CORETYPE")
        .without("OPENBLAS_L2_SIZE")
        .run()?;
    ours("run")?;
    let ours = results(&folder.join("ours.json"))?;
    let peers = results(&folder.join("peers.json"))?;
    print!("{}", table(&ours, &peers));
    Ok(())
}

/// A Python with the pinned packages, set up once.
fn python(folder: &Path) -> anyhow::Result<PathBuf> {
    let environment = folder.join("python");
    let python = environment.join("bin/python");
    if !python.exists() {
        Step::new("python3", &["-m", "venv", text(&environment)?]).run()?;
    }
    let requirements = crate::root().join("benches/peers/requirements.txt");
    Step::new(
        text(&python)?,
        &[
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "-r",
            text(&requirements)?,
        ],
    )
    .run()?;
    Ok(python)
}

fn text(path: &Path) -> anyhow::Result<&str> {
    path.to_str().context("the target folder is not text")
}

fn results(path: &Path) -> anyhow::Result<Results> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("cannot understand {}", path.display()))
}

/// One line for each peer: seconds, ours, ratio, and whether the answers
/// agree to a thousandth.
fn table(ours: &Results, peers: &Results) -> String {
    let mut lines = format!(
        "\n{:<24} {:<34} {:>11} {:>11} {:>9}  same answer\n",
        "work", "peer / ours", "peer s", "ours s", "ratio"
    );
    for (work, by) in peers {
        for (peer, theirs) in by {
            for (variant, mine) in ours.get(work).into_iter().flatten() {
                let agrees = match (theirs.answer, mine.answer) {
                    (Some(a), Some(b)) if (a - b).abs() <= 1e-3 * a.abs().max(b.abs()) => "yes",
                    (Some(_), Some(_)) => "NO",
                    _ => "-",
                };
                lines.push_str(&format!(
                    "{work:<24} {:<34} {:>11.4} {:>11.5} {:>9.1}  {agrees}\n",
                    format!("{peer} / {variant}"),
                    theirs.seconds,
                    mine.seconds,
                    theirs.seconds / mine.seconds
                ));
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_that_differ_are_shown() {
        let read = |text: &str| -> Results { serde_json::from_str(text).unwrap() };
        let ours = read(r#"{"eb": {"shared": {"seconds": 0.5, "answer": 2.0}}}"#);
        let same = read(r#"{"eb": {"esda": {"seconds": 1.0, "answer": 2.0001}}}"#);
        let other = read(r#"{"eb": {"esda": {"seconds": 1.0, "answer": 2.1}}}"#);
        assert!(table(&ours, &same).contains("2.0  yes"));
        assert!(table(&ours, &other).contains("NO"));
    }
}
