//! The questions of `queries/`, asked of the demo's releases.

use std::path::Path;

use anyhow::Context as _;

use crate::command::Step;

/// Digits of a number that an answer must share with the reviewed one.
const DIGITS: i32 = 6;

/// Asks every question as its `-- Run:` line says, and compares the answer
/// with the reviewed one in `queries/answers/`.
///
/// # Errors
/// The first question that fails, has no `-- Run:` line or no reviewed answer,
/// or is answered otherwise; with the row and both values.
pub(crate) fn ask(binary: &Path, releases: &str) -> anyhow::Result<()> {
    let folder = crate::root().join("queries");
    let mut names: Vec<String> = std::fs::read_dir(&folder)
        .context("cannot list queries/")?
        .filter_map(|entry| {
            let name = entry.ok()?.file_name().into_string().ok()?;
            Some(name.strip_suffix(".sql")?.to_owned())
        })
        .collect();
    names.sort();
    anyhow::ensure!(!names.is_empty(), "queries/ holds no question");
    for name in &names {
        one(binary, releases, &folder, name).with_context(|| format!("queries/{name}.sql"))?;
    }
    println!("questions: all {} answered as reviewed", names.len());
    Ok(())
}

fn one(binary: &Path, releases: &str, folder: &Path, name: &str) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(folder.join(format!("{name}.sql")))?;
    let run = text
        .lines()
        .find_map(|line| line.strip_prefix("-- Run: "))
        .context("has no line `-- Run: audience=…; name=value; …`")?;
    let mut arguments = vec!["query".to_owned(), name.to_owned()];
    arguments.extend(["--releases", releases, "--output", "csv"].map(str::to_owned));
    for part in run
        .split(';')
        .map(str::trim)
        .filter(|part| !part.is_empty())
    {
        match part.strip_prefix("audience=") {
            Some(audience) => arguments.extend(["--audience".to_owned(), audience.to_owned()]),
            None => arguments.extend(["--param".to_owned(), part.to_owned()]),
        }
    }
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let binary = binary.to_str().context("the binary's path is not text")?;
    let answer = Step::new(binary, &arguments).output()?;
    let path = folder.join("answers").join(format!("{name}.csv"));
    let reviewed = std::fs::read_to_string(&path)
        .with_context(|| format!("no reviewed answer: {}", path.display()))?;
    compare(&answer, &reviewed)
}

/// Rows in order, numbers to six digits, everything else as it stands.
fn compare(answer: &str, reviewed: &str) -> anyhow::Result<()> {
    let (mut ours, mut theirs) = (answer.lines(), reviewed.lines());
    let mut row = 0;
    loop {
        row += 1;
        match (ours.next(), theirs.next()) {
            (None, None) => return Ok(()),
            (ours, theirs) => {
                let (ours, theirs) = (ours.unwrap_or_default(), theirs.unwrap_or_default());
                let same = ours.split(',').count() == theirs.split(',').count()
                    && ours
                        .split(',')
                        .zip(theirs.split(','))
                        .all(|(a, b)| is_same(a, b));
                anyhow::ensure!(
                    same,
                    "line {row} differs\n  answered {ours}\n  reviewed {theirs}"
                );
            }
        }
    }
}

fn is_same(ours: &str, theirs: &str) -> bool {
    if ours == theirs {
        return true;
    }
    match (ours.parse::<f64>(), theirs.parse::<f64>()) {
        (Ok(a), Ok(b)) => (a - b).abs() <= 10f64.powi(1 - DIGITS) * a.abs().max(b.abs()),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_agree_to_six_digits_and_texts_to_the_letter() {
        assert!(compare("a,b\nx,1.0000004\n", "a,b\nx,1\n").is_ok());
        assert!(compare("a,b\nx,1.001\n", "a,b\nx,1\n").is_err());
        assert!(compare("a\nx\n", "a\ny\n").is_err());
        assert!(compare("a\nx\n", "a\nx\nx\n").is_err());
        assert!(compare("a\n\n", "a\n0\n").is_err());
    }
}
