//! The third part of attack 19: releases that die while they draw.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::Context as _;
use serde_json::Value;

use crate::attack::Outcome;
use crate::world::{Release, SEED, World, copy_anew, millionths, release_lake, run, vault};

/// `safeground release` on a copy of the lake that was never released is
/// killed each time it has written to its ledger, kept a draw or kept a
/// decision, and at last let through. In between nothing that was spent may be
/// there again; in the end the years must have cost what they cost the release
/// that nobody killed, and every count must be the same.
///
/// `forgetful` is the planted leak: a disk that loses what was kept at the
/// kill.
pub(crate) fn releases(world: &World, forgetful: bool) -> anyhow::Result<Outcome> {
    let name = if forgetful {
        "release-forgetful"
    } else {
        "release-kills"
    };
    let folder = world.folder.with_extension(name);
    let lake = folder.join("lake");
    copy_anew(&world.lake, &lake)?;
    forget(&lake)?;
    let kills = match forgetful {
        true => 1,
        false => world.tries(1, 40),
    };
    let (mut tried, mut refilled, mut over) = (0, 0, 0);
    let mut before = spent(world, &lake)?;
    let mut seen = Vec::new();
    for _ in 0..kills {
        // Fast: between charge and draw, and the ledger lost once a year is
        // open; otherwise at each file.
        let more = if world.fast && !forgetful { 2 } else { 1 };
        let Some(last) = die(world, &lake, &folder, more)? else {
            break;
        };
        seen.push(last);
        tried += 1;
        let reached = spent(world, &lake)?;
        if forgetful {
            forget(&lake)?;
        }
        let now = spent(world, &lake)?;
        refilled += given_back(&before, &reached) + given_back(&reached, &now);
        over += now.values().filter(|(spent, cap)| spent > cap).count() as u64;
        before = now;
    }
    let mut outcome = Outcome::none_allowed(
        tried,
        refilled + over,
        "budgets of years refilled or overspent, or counts that a kill changed",
    );
    if !forgetful {
        outcome = outcome.and(through(world, &lake, &folder)?);
    }
    Ok(outcome.note(format!(
        "{tried} releases killed -9 after {}: {refilled} budgets refilled, {over} overspent",
        seen.join(", ")
    )))
}

/// Years of which less is spent than was, or that are no longer known.
fn given_back(before: &Years, now: &Years) -> u64 {
    let less = |(year, (spent, _)): &(&i64, &(u64, u64))| {
        now.get(*year).is_none_or(|(left, _)| left < spent)
    };
    before.iter().filter(less).count() as u64
}

/// Lets a release through, and compares it with the one that nobody killed.
fn through(world: &World, lake: &Path, folder: &Path) -> anyhow::Result<Outcome> {
    let made = release_lake(&world.program, lake, &folder.join("through"), SEED)?;
    let (mut tried, mut changed) = (0, 0);
    for (audience, release) in &world.releases {
        let other = made.get(audience).context("an audience was not released")?;
        let (cells, different) = different(release, other);
        tried += cells;
        changed += different;
    }
    let (once, now) = (spent(world, &world.lake)?, spent(world, lake)?);
    let twice = u64::from(once != now);
    Ok(Outcome::none_allowed(
        tried,
        changed + twice,
        "budgets of years refilled or overspent, or counts that a kill changed",
    )
    .note(format!(
        "the release let through in the end: {changed} of {tried} counts changed; {} years cost {}",
        now.len(),
        if twice == 0 {
            "the same"
        } else {
            "another sum"
        }
    )))
}

fn different(release: &Release, other: &Release) -> (u64, u64) {
    let (mut tried, mut different) = (0, 0);
    for (key, block) in &release.blocks {
        for (unit, cell) in block.cells() {
            tried += 1;
            let same = other.blocks.get(key).and_then(|block| block.cell(unit));
            let same = same.is_some_and(|other| {
                other.status() == cell.status()
                    && other.count() == cell.count()
                    && other.interval() == cell.interval()
            });
            different += u64::from(!same);
        }
    }
    (tried, different)
}

/// Starts a release and kills it once so many files are new in the vault; the
/// kind of the last. `None` where it ended before that.
fn die(
    world: &World,
    lake: &Path,
    folder: &Path,
    more: usize,
) -> anyhow::Result<Option<&'static str>> {
    let before = files(&vault(lake));
    let mut release = Command::new(&world.program)
        .args(["release", "--json", "--seed", &SEED.to_string(), "--lake"])
        .arg(lake)
        .arg("--releases")
        .arg(folder.join("killed"))
        .env("SAFEGROUND_LOG", "error")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    loop {
        if let Some(status) = release.try_wait()? {
            anyhow::ensure!(status.success(), "a release after a kill failed: {status}");
            return Ok(None);
        }
        let now = files(&vault(lake));
        let new: usize = now
            .iter()
            .map(|(kind, count)| count - before.get(kind).copied().unwrap_or(0).min(*count))
            .sum();
        if new >= more {
            // One that has ended already cannot be killed.
            let _ = release.kill();
            release.wait()?;
            let latest = now
                .iter()
                .rev()
                .find(|(kind, count)| before.get(*kind).is_none_or(|known| known < count));
            return Ok(latest.map(|(kind, _)| *kind).or(Some("nothing")));
        }
        std::thread::sleep(Duration::from_micros(300));
    }
}

/// Files of each part of a vault, those being written not counted.
fn files(vault: &Path) -> BTreeMap<&'static str, usize> {
    const PARTS: [(&str, &str); 3] = [
        ("ledger", "an entry of the ledger"),
        ("draws", "a kept draw"),
        ("decisions", "a kept decision"),
    ];
    fn count(folder: &Path) -> usize {
        let Ok(entries) = std::fs::read_dir(folder) else {
            return 0;
        };
        let one = |entry: std::fs::DirEntry| match entry.file_type() {
            Ok(of) if of.is_dir() => count(&entry.path()),
            _ => usize::from(!entry.file_name().to_string_lossy().contains('#')),
        };
        entries.filter_map(Result::ok).map(one).sum()
    }
    let part = |(name, kind): (&str, &'static str)| (kind, count(&vault.join(name)));
    PARTS.map(part).into()
}

/// Spent and cap by year.
type Years = BTreeMap<i64, (u64, u64)>;

/// Spent and cap of each year's children, in millionths, as the steward's
/// command says.
fn spent(world: &World, lake: &Path) -> anyhow::Result<Years> {
    let lake = lake.to_str().context("a path is not text")?;
    let printed = run(&world.program, &["budget", "--json", "--lake", lake])?;
    let years: Value = serde_json::from_str(&printed.output)?;
    let years = years.as_array().context("no list of years")?.iter();
    years
        .filter(|of| of["dataset"] == "children")
        .map(|of| {
            let figure = |name: &str| millionths(of[name].as_str().unwrap_or("none"));
            let year = of["year"].as_i64().context("a year is no number")?;
            Ok((year, (figure("spent")?, figure("cap")?)))
        })
        .collect()
}

/// Takes ledger, draws and decisions away, as if they had never reached the
/// disk.
fn forget(lake: &Path) -> anyhow::Result<()> {
    let vault = vault(lake);
    if vault.exists() {
        std::fs::remove_dir_all(vault)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_year_that_has_more_left_than_before_was_given_back() {
        let years = |spent: u64| Years::from([(2023, (9, 9)), (2024, (spent, 9))]);
        assert_eq!(given_back(&years(5), &years(5)), 0);
        assert_eq!(given_back(&years(5), &years(9)), 0);
        assert_eq!(given_back(&years(5), &years(4)), 1);
        assert_eq!(given_back(&years(0), &Years::new()), 2);
        assert_eq!(given_back(&Years::new(), &years(5)), 0);
    }
}
