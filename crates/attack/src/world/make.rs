//! Making a world: generate, load, release, serve, all by the program alone.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use serde_json::Value;

use super::process::{Served, Serving, run};
use super::{AUDIENCES, Client, Geography, Printed, Release, Truth, World};

/// Seed of the releases.
pub(crate) const SEED: u64 = 7;

/// What a world is made with.
#[derive(Debug, Clone)]
pub struct MakeOptions {
    /// The program under test.
    pub program: PathBuf,
    /// The program without protection.
    pub unprotected: PathBuf,
    /// Folder to work in. What was made in it before is not made again.
    pub folder: PathBuf,
    /// Canary children.
    pub canaries: u64,
    /// Scale of the fictional state.
    pub scale: f64,
    /// Seed of the fictional state.
    pub seed: u64,
    /// Whether only the fast subset runs.
    pub fast: bool,
}

/// Both sides of the comparison, over the same input.
pub struct Worlds {
    /// Released without protection; absent where both programs are one.
    pub unprotected: Option<World>,
    /// Released as the program under test does.
    pub release: World,
}

/// Makes a lake with canaries and releases it by both programs.
///
/// The lake is loaded once and copied, so that what one program notes in it is
/// not seen by the other.
///
/// # Errors
/// What stops one of the commands.
pub fn make_world(options: &MakeOptions, mut said: impl FnMut(&str)) -> anyhow::Result<Worlds> {
    let folder = &options.folder;
    let input = folder.join("input");
    let lake = folder.join("lake");
    let program = &options.program;
    said("generating the fictional state with its canaries");
    let generate = || {
        let arguments = [
            "synth",
            "--json",
            "--seed",
            &options.seed.to_string(),
            "--scale",
            &options.scale.to_string(),
            "--canaries",
            &options.canaries.to_string(),
            "--out",
            text(&input)?,
        ];
        Ok(vec![run(program, &arguments)?])
    };
    let report = once(folder, "input", generate)?;
    let report = report.first().context("nothing was generated")?;
    let report: Value = serde_json::from_str(&report.output)?;
    let today = report["calendar"][1]
        .as_str()
        .context("no last day")?
        .to_owned();
    let loads = Loads {
        report: &report,
        input: &input,
        today,
    };
    let printed = once(folder, "lake", || {
        let mut printed = loads.load(program, &lake, &mut said)?;
        printed.push(run(program, &["loads", "--lake", text(&lake)?])?);
        Ok(printed)
    })?;
    said("the steward's exact counts");
    let geography = Arc::new(Geography::read(&input)?);
    let tables = steward(program, &lake, folder, options.fast)?;
    let truth = Arc::new(Truth::read(&input, &geography, &tables, !options.fast)?);
    let unprotected = if same_file(&options.unprotected, program) {
        None
    } else {
        said("releasing without protection");
        let copy = folder.join("lake-unprotected");
        once(folder, "copy", || {
            copy_anew(&lake, &copy)?;
            Ok(Vec::new())
        })?;
        let side = Side {
            program: &options.unprotected,
            lake: copy,
            folder: folder.join("unprotected"),
            fast: options.fast,
        };
        Some(side.make(&truth, &geography, Vec::new())?)
    };
    said("releasing as the program under test does");
    let side = Side {
        program,
        lake,
        folder: folder.join("releases"),
        fast: options.fast,
    };
    let mut release = side.make(&truth, &geography, printed)?;
    if !options.fast {
        said("a second lake from the same files");
        let twin = folder.join("lake-twin");
        once(folder, "lake-twin", || {
            loads.load(program, &twin, &mut |_| ())
        })?;
        release.twins = release_lake(program, &twin, &folder.join("twin"), SEED)?;
    }
    Ok(Worlds {
        unprotected,
        release,
    })
}

/// What the generator wrote, to be loaded in its order.
struct Loads<'a> {
    report: &'a Value,
    input: &'a Path,
    today: String,
}

impl Loads<'_> {
    fn load(
        &self,
        program: &Path,
        lake: &Path,
        said: &mut impl FnMut(&str),
    ) -> anyhow::Result<Vec<Printed>> {
        let mut printed = Vec::new();
        for load in self.report["loads"].as_array().context("nothing to load")? {
            let word = |name: &str| load[name].as_str().unwrap_or_default().to_owned();
            said(&format!("loading {}", word("file")));
            let mapping = self.input.join(word("mapping"));
            let file = self.input.join(word("file"));
            let arguments = [
                "ingest",
                "--json",
                "--lake",
                text(lake)?,
                "--as",
                &word("table"),
                "--today",
                &self.today,
                "--mapping",
                text(&mapping)?,
                text(&file)?,
            ];
            printed.push(run(program, &arguments)?);
        }
        Ok(printed)
    }
}

/// Does a step, or tells what it printed where it was done in this folder
/// before.
fn once(
    folder: &Path,
    name: &str,
    step: impl FnOnce() -> anyhow::Result<Vec<Printed>>,
) -> anyhow::Result<Vec<Printed>> {
    let done = folder.join(format!("{name}.done.json"));
    if done.exists() {
        return Ok(serde_json::from_slice(&std::fs::read(done)?)?);
    }
    let printed = step()?;
    std::fs::write(done, serde_json::to_vec(&printed)?)?;
    Ok(printed)
}

/// Releases a lake by a program.
fn release(program: &Path, lake: &Path, folder: &Path, seed: u64) -> anyhow::Result<Printed> {
    let seed = seed.to_string();
    let arguments = [
        "release",
        "--json",
        "--lake",
        text(lake)?,
        "--seed",
        &seed,
        "--releases",
        text(folder)?,
    ];
    run(program, &arguments)
}

/// Reads the releases that a program says it made.
fn read_releases(printed: &Printed) -> anyhow::Result<BTreeMap<String, Release>> {
    let report: Value = serde_json::from_str(&printed.output)?;
    let mut releases = BTreeMap::new();
    for made in report["releases"].as_array().context("nothing released")? {
        let word = |name: &str| made[name].as_str().unwrap_or_default().to_owned();
        releases.insert(word("audience"), Release::read(Path::new(&word("folder")))?);
    }
    Ok(releases)
}

/// The releases of a lake.
///
/// # Errors
/// Where the program fails.
pub(crate) fn release_lake(
    program: &Path,
    lake: &Path,
    folder: &Path,
    seed: u64,
) -> anyhow::Result<BTreeMap<String, Release>> {
    read_releases(&release(program, lake, folder, seed)?)
}

/// Exact counts and scores by year for all layers, by quarter for those that
/// researchers see; where fast, by year for the layers of one attack alone.
fn steward(program: &Path, lake: &Path, folder: &Path, fast: bool) -> anyhow::Result<Vec<PathBuf>> {
    let make = |name: &str, choice: &[&str]| -> anyhow::Result<PathBuf> {
        let table = folder.join(name);
        let mut arguments = vec!["score", "--lake", text(lake)?, "--out", text(&table)?];
        arguments.extend(choice);
        let done = format!("{name}{}", if fast { "-fast" } else { "" });
        once(folder, &done, || Ok(vec![run(program, &arguments)?]))?;
        Ok(table)
    };
    if fast {
        let few = ["--period", "year", "--layer", "village", "--h3", "5"];
        return Ok(vec![make("years.parquet", &few)?]);
    }
    let years = [
        "--period", "year", "--h3", "3", "--h3", "4", "--h3", "5", "--h3", "6",
    ];
    let quarters = [
        "--period", "quarter", "--h3", "3", "--h3", "4", "--h3", "5", "--layer", "state",
        "--layer", "district", "--layer", "block",
    ];
    Ok(vec![
        make("years.parquet", &years)?,
        make("quarters.parquet", &quarters)?,
    ])
}

/// One side: a program, a lake and a folder of releases.
struct Side<'a> {
    program: &'a Path,
    lake: PathBuf,
    folder: PathBuf,
    fast: bool,
}

impl Side<'_> {
    fn make(
        self,
        truth: &Arc<Truth>,
        geography: &Arc<Geography>,
        mut printed: Vec<Printed>,
    ) -> anyhow::Result<World> {
        let folder = text(&self.folder)?;
        let make = || Ok(vec![release(self.program, &self.lake, &self.folder, SEED)?]);
        let name = self.folder.file_name().context("a side has a name")?;
        let around = self.folder.parent().context("a side lies in a folder")?;
        let made = once(around, &name.to_string_lossy(), make)?;
        let releases = read_releases(made.first().context("nothing was released")?)?;
        printed.extend(made);
        let mut tokens = BTreeMap::new();
        for audience in AUDIENCES.iter().filter(|a| **a != "public") {
            let made = run(
                self.program,
                &[
                    "token",
                    "create",
                    "--releases",
                    folder,
                    "--audience",
                    audience,
                ],
            )?;
            tokens.insert((*audience).to_owned(), made.output.trim().to_owned());
        }
        let log = self.folder.with_extension("log");
        let served = Served::start(self.program, &self.folder, &log, &Serving::default())?;
        Ok(World {
            releases,
            web: Box::new(Client::new(served.url.clone(), tokens)),
            printed,
            geography: Arc::clone(geography),
            truth: Arc::clone(truth),
            program: self.program.to_owned(),
            lake: self.lake,
            folder: self.folder,
            fast: self.fast,
            served: Some(served),
            twins: BTreeMap::new(),
        })
    }
}

pub(super) fn text(path: &Path) -> anyhow::Result<&str> {
    path.to_str().context("a path is not text")
}

fn same_file(a: &Path, b: &Path) -> bool {
    match (a.canonicalize(), b.canonicalize()) {
        (Ok(a), Ok(b)) => a == b,
        _ => a == b,
    }
}

/// A copy in a folder of which nothing else is left.
pub(crate) fn copy_anew(from: &Path, to: &Path) -> anyhow::Result<()> {
    if to.exists() {
        std::fs::remove_dir_all(to)?;
    }
    copy_folder(from, to)
}

fn copy_folder(from: &Path, to: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
