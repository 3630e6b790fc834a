//! `safeground demo`: the whole way on synthetic input.

use std::collections::BTreeSet;
use std::io::{ErrorKind, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use safeground_engine::Resources;
use safeground_engine::lake::{Lake, LakeOptions, LakeUrl};
use safeground_engine::release::{ReleaseRequest, run_on};
use safeground_ingest::{Mapping, MaxRejects};
use safeground_privacy::{Audience, Policy};
use safeground_server::Config;
use safeground_synth::{SynthRequest, generate};
use serde::{Deserialize, Serialize};

use super::ingest::{Order, Outcome, load_into};
use super::{release, serve};

/// Seed of everything random in the demo.
const SEED: u64 = 7;

/// Name of the file that marks a folder as a demo's: written before anything
/// else, and again once the demo is finished.
const MARKER: &str = "demo.json";

/// Folders of a demo beside its marker. Nothing else is ever cleared.
const PARTS: [&str; 3] = ["input", "lake", "releases"];

/// Make a fictional state, load it, release it and serve the map.
///
/// Everything is synthetic. A second start of the same program finds the
/// releases of the first; another build makes the demo anew. A folder that
/// holds anything but a demo is refused and left as it is.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Folder of the demo, new or empty at first: input, lake and releases.
    #[arg(long, value_name = "DIR", default_value = "safeground-demo")]
    dir: PathBuf,
    /// Address and port to listen on; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Number of incidents relative to the usual demo.
    #[arg(long, default_value_t = 1.0)]
    scale: f64,
}

/// The usual policy, but for the days of settling: nothing is reported late.
fn policy() -> Policy {
    Policy {
        settling_days: 0,
        ..Policy::default()
    }
}

/// What the marker of a demo says: whether the demo is finished, and what it
/// is made with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Marker {
    /// Markers of before it was written stood in finished demos alone.
    #[serde(default = "finished")]
    finished: bool,
    code_version: String,
    /// Absent from markers of before it was written, which equal no program.
    #[serde(default)]
    program: Option<ProgramFile>,
    policy: String,
    seed: u64,
    scale: f64,
    /// Loads of the lake, once the demo is finished: one that is not among them
    /// is somebody's own.
    #[serde(default)]
    loads: Option<BTreeSet<String>>,
}

/// Whether a demo is finished whose marker does not say so.
fn finished() -> bool {
    true
}

impl Marker {
    /// The marker of a demo that this program begins now.
    fn now(scale: f64) -> anyhow::Result<Self> {
        Ok(Self {
            finished: false,
            code_version: safeground_engine::release::CODE_VERSION.to_owned(),
            program: Some(ProgramFile::running()?),
            policy: policy().to_toml(),
            seed: SEED,
            scale,
            loads: None,
        })
    }

    /// The same, once the demo is made of these loads.
    fn finished(self, loads: Option<BTreeSet<String>>) -> Self {
        Self {
            finished: true,
            loads,
            ..self
        }
    }

    /// Writes it to a folder, whole or not at all.
    fn write(&self, folder: &Path) -> anyhow::Result<()> {
        let text = serde_json::to_string_pretty(self)?;
        let path = folder.join(MARKER);
        let write = || -> std::io::Result<()> {
            let mut file = tempfile::NamedTempFile::new_in(folder)?;
            file.write_all(text.as_bytes())?;
            file.persist(&path)?;
            Ok(())
        };
        write().with_context(|| format!("cannot write {}", path.display()))
    }
}

/// The file of a program, by which one build is told from another.
///
/// The version of the code stays the same from build to build, and hashing the
/// file, hundreds of megabytes, would cost more than the start of a finished
/// demo. Whatever links the program anew writes the file anew, so that its time
/// changes, and nearly always its size. A copy that keeps the time is the same
/// program; a copy that does not makes the demo once more, which loses nothing
/// but the time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct ProgramFile {
    bytes: u64,
    written: String,
}

impl ProgramFile {
    /// That of the running program.
    fn running() -> anyhow::Result<Self> {
        let of_file = || -> std::io::Result<Self> {
            let file = std::fs::metadata(std::env::current_exe()?)?;
            let written = DateTime::<Utc>::from(file.modified()?);
            Ok(Self {
                bytes: file.len(),
                written: written.to_rfc3339_opts(SecondsFormat::Nanos, true),
            })
        };
        of_file().context("cannot tell which program this is")
    }
}

/// Makes the demo where it is not there yet, and serves it.
pub async fn run(args: Args) -> anyhow::Result<()> {
    let releases = args.dir.join("releases");
    if is_finished(&args.dir, Marker::now(args.scale)?)? {
        println!("The demo in {} is complete.", args.dir.display());
    } else {
        make(&args.dir, args.scale).await?;
    }
    println!(
        "Synthetic data. For the planners' release: \
         safeground token create --releases {} --audience planning",
        releases.display()
    );
    let config = Config {
        sql_worker: Some(serve::sql_worker()?),
        ..Config::default()
    };
    serve::serve(&releases, args.listen, config, None).await
}

/// What stands in a folder.
#[derive(Debug, PartialEq)]
enum Found {
    /// There is no folder, or nothing in it.
    Nothing,
    /// A demo, finished or not.
    Demo(Marker),
    /// Anything else: its names, those of a demo's folders first.
    Other(Vec<String>),
}

fn look(folder: &Path) -> anyhow::Result<Found> {
    let unreadable = || format!("cannot read {}", folder.display());
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Found::Nothing),
        Err(error) => return Err(error).with_context(unreadable),
    };
    let mut names = Vec::new();
    for entry in entries {
        let name = entry.with_context(unreadable)?.file_name();
        names.push(name.to_string_lossy().into_owned());
    }
    if names.is_empty() {
        return Ok(Found::Nothing);
    }
    let marker = std::fs::read(folder.join(MARKER)).ok();
    if let Some(marker) = marker.and_then(|text| serde_json::from_slice(&text).ok()) {
        return Ok(Found::Demo(marker));
    }
    names.sort_by_key(|name| (!PARTS.contains(&name.as_str()), name.clone()));
    Ok(Found::Other(names))
}

/// Whether the folder holds a demo that is finished and made with the same
/// things as one that would be begun now.
fn is_finished(folder: &Path, now: Marker) -> anyhow::Result<bool> {
    Ok(match look(folder)? {
        Found::Demo(made) => made == now.finished(made.loads.clone()),
        Found::Nothing | Found::Other(_) => false,
    })
}

/// Refuses to clear a demo whose lake somebody loaded more into.
async fn keep_what_was_loaded(folder: &Path) -> anyhow::Result<()> {
    let Found::Demo(Marker {
        loads: Some(made), ..
    }) = look(folder)?
    else {
        return Ok(());
    };
    let lake = folder.join("lake");
    if !lake.exists() {
        return Ok(());
    }
    let lake = Lake::open(&LakeUrl::local(&lake)?, &LakeOptions::from_env()).await?;
    let loads = lake.loads().await?;
    let more = loads.iter().filter(|load| !made.contains(&load.load_id));
    let more: Vec<String> = more.map(|load| load.load_id.clone()).collect();
    if more.is_empty() {
        return Ok(());
    }
    bail!(
        "the demo in {} was made by another build or with another scale and would be made anew, \
         but its lake holds loads of your own ({}); nothing was touched; name a new folder with \
         --dir, or move this one away",
        folder.display(),
        listed(&more)
    )
}

/// Takes a folder for a demo that begins now: a new or an empty one, or that
/// of another demo, whose parts are cleared. The marker of an unfinished demo
/// is there before anything is made or cleared, so that whatever happens then,
/// the next start knows the folder for a demo's and makes it anew.
///
/// # Errors
/// A folder that holds anything else, of which nothing is touched.
fn begin(folder: &Path, now: &Marker) -> anyhow::Result<()> {
    match look(folder)? {
        Found::Other(names) => bail!(
            "{} is no folder of a demo: it holds {}, and no {MARKER} that a demo wrote; nothing in \
             it was touched; name a new or empty folder with --dir, or move away what is there",
            folder.display(),
            listed(&names)
        ),
        Found::Nothing => {
            std::fs::create_dir_all(folder)
                .with_context(|| format!("cannot make {}", folder.display()))?;
            now.write(folder)
        }
        Found::Demo(_) => {
            now.write(folder)?;
            for part in PARTS.map(|part| folder.join(part)) {
                if part.exists() {
                    std::fs::remove_dir_all(&part)
                        .with_context(|| format!("cannot clear {}", part.display()))?;
                }
            }
            Ok(())
        }
    }
}

/// The first few names.
fn listed(names: &[String]) -> String {
    const MOST: usize = 5;
    let first = names[..names.len().min(MOST)].join(", ");
    match names.len().saturating_sub(MOST) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}

/// Gives a lake of invented children a secret that everybody knows, so that
/// its pseudonyms and the noise of its public release are the same everywhere.
fn keep_no_secret(lake: &Path) -> std::io::Result<()> {
    let secret = lake.join("_safeground").join("secret");
    if !secret.exists() {
        std::fs::create_dir_all(lake.join("_safeground"))?;
        std::fs::write(
            secret,
            format!("{:064x}\n", 0x5AFE_6120_0D00_0000_u64 + SEED),
        )?;
    }
    Ok(())
}

/// Makes a demo: input, lake and releases, in folders of these names. Another
/// demo there is cleared first.
///
/// # Errors
/// A folder that holds anything else, or a lake that more was loaded into,
/// which is left as it is; and whatever stops one of the steps, after which a rerun makes the demo anew.
pub async fn make(folder: &Path, scale: f64) -> anyhow::Result<()> {
    let marker = Marker::now(scale)?;
    let input = folder.join("input");
    let request = SynthRequest::new(marker.seed, marker.scale, input.clone())?;
    keep_what_was_loaded(folder).await?;
    begin(folder, &marker)?;
    println!(
        "Making a fictional state (synthetic data) in {} …",
        folder.display()
    );
    let report = tokio::task::spawn_blocking(move || generate(&request)).await??;
    let url = LakeUrl::local(&folder.join("lake"))?;
    keep_no_secret(&folder.join("lake")).context("cannot make the lake of the demo")?;
    let lake = Lake::open_or_create(&url, &LakeOptions::from_env()).await?;
    let last_day: NaiveDate = report
        .calendar
        .1
        .parse()
        .context("the generator's last day is not a date")?;
    for made in &report.loads {
        let text = std::fs::read_to_string(input.join(&made.mapping))?;
        let order = Order {
            files: vec![input.join(&made.file)],
            mapping: Mapping::parse(&text).with_context(|| made.mapping.display().to_string())?,
            max_rejects: MaxRejects::Rows(0),
            today: last_day,
            threads: Resources::default().threads,
        };
        if let Outcome::Loaded(loaded) = load_into(&lake, order).await? {
            println!(
                "  {:<24} {:>9} rows from {}",
                made.table.name(),
                loaded.accepted,
                made.file.display()
            );
        }
    }
    let request = ReleaseRequest {
        policy: policy(),
        seed: marker.seed,
        today: last_day,
        audiences: Audience::ALL.to_vec(),
        releases: folder.join("releases"),
        resources: Resources::default(),
    };
    let report = run_on(&lake.input().await?, &request).await?;
    release::print(&report);
    let loads = lake.loads().await?.into_iter().map(|load| load.load_id);
    marker.finished(Some(loads.collect())).write(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder with a file in each part of a demo, and one of the user's own.
    fn folder() -> anyhow::Result<tempfile::TempDir> {
        let folder = tempfile::tempdir()?;
        for part in PARTS {
            std::fs::create_dir(folder.path().join(part))?;
            std::fs::write(folder.path().join(part).join("rows"), "rows")?;
        }
        std::fs::write(folder.path().join("notes"), "notes")?;
        Ok(folder)
    }

    /// How many of the folder's parts are there.
    fn parts(folder: &Path) -> usize {
        let rows = PARTS.map(|part| folder.join(part).join("rows"));
        rows.iter().filter(|rows| rows.exists()).count()
    }

    #[test]
    fn a_folder_without_the_marker_is_refused_and_left_as_it_is() -> anyhow::Result<()> {
        let folder = folder()?;
        let folder = folder.path();
        let now = Marker::now(1.0)?;
        for foreign in [None, Some(""), Some("{\"seed\":7}")] {
            if let Some(text) = foreign {
                std::fs::write(folder.join(MARKER), text)?;
            }
            let refused = begin(folder, &now).err().map(|error| error.to_string());
            let refused = refused.unwrap_or_default();
            for told in [&*folder.to_string_lossy(), "lake", "releases", "--dir"] {
                assert!(refused.contains(told), "{told}: {refused}");
            }
            assert_eq!(parts(folder), PARTS.len());
            assert!(folder.join("notes").exists());
            let marker = std::fs::read_to_string(folder.join(MARKER)).ok();
            assert_eq!(marker.as_deref(), foreign);
        }
        assert!(!is_finished(folder, now)?);
        Ok(())
    }

    #[test]
    fn a_new_and_an_empty_folder_are_marked_before_anything_is_made() -> anyhow::Result<()> {
        let empty = tempfile::tempdir()?;
        let now = Marker::now(1.0)?;
        for folder in [empty.path().to_owned(), empty.path().join("new/demo")] {
            begin(&folder, &now)?;
            assert_eq!(look(&folder)?, Found::Demo(now.clone()));
            assert!(!is_finished(&folder, now.clone())?);
        }
        Ok(())
    }

    #[test]
    fn a_demo_is_kept_where_it_is_finished_and_made_by_this_program_alone() -> anyhow::Result<()> {
        let now = Marker::now(1.0)?;
        let folder = folder()?;
        now.clone().finished(None).write(folder.path())?;
        assert!(is_finished(folder.path(), now.clone())?);
        assert!(!is_finished(folder.path(), Marker::now(0.5)?)?);

        let other_program = Some(ProgramFile {
            bytes: 1,
            written: "2026-01-01T00:00:00Z".to_owned(),
        });
        let other = |program| Marker {
            program,
            ..now.clone().finished(None)
        };
        for made in [now.clone(), other(other_program), other(None)] {
            let folder = self::folder()?;
            made.write(folder.path())?;
            assert!(!is_finished(folder.path(), now.clone())?);
            begin(folder.path(), &now)?;
            assert_eq!(look(folder.path())?, Found::Demo(now.clone()));
            assert_eq!(parts(folder.path()), 0);
            assert!(folder.path().join("notes").exists());
        }
        Ok(())
    }

    #[tokio::test]
    async fn a_lake_that_more_was_loaded_into_is_not_cleared() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let folder = folder.path();
        let url = LakeUrl::local(&folder.join("lake"))?;
        let lake = Lake::open_or_create(&url, &LakeOptions::from_env()).await?;
        let now = Marker::now(1.0)?;
        now.clone().finished(Some(BTreeSet::new())).write(folder)?;
        keep_what_was_loaded(folder).await?;

        let states = folder.join("states.csv");
        std::fs::write(&states, "code,name\n1,Somewhere\n")?;
        let mapping = "version = 1\ntable = \"places\"\n\n\
                       [columns.name]\nfrom = \"name\"\n\n\
                       [[locate]]\nby = \"lgd\"\nlayer = \"state\"\ncolumn = \"code\"\n\
                       create = true\n\n\
                       [pii]\nname = { allow = \"names of states\" }\n";
        let order = Order {
            files: vec![states],
            mapping: Mapping::parse(mapping)?,
            max_rejects: MaxRejects::Rows(0),
            today: NaiveDate::default(),
            threads: 1,
        };
        load_into(&lake, order).await?;
        let refused = keep_what_was_loaded(folder).await.err();
        let refused = refused.map(|error| error.to_string()).unwrap_or_default();
        assert!(refused.contains("loads of your own"), "{refused}");
        Ok(())
    }

    #[test]
    fn a_marker_of_before_it_named_the_program_is_a_demos() -> anyhow::Result<()> {
        let folder = folder()?;
        let old = r#"{"code_version": "0.1.0", "policy": "", "seed": 7, "scale": 1.0}"#;
        std::fs::write(folder.path().join(MARKER), old)?;
        let now = Marker::now(1.0)?;
        assert!(!is_finished(folder.path(), now.clone())?);
        begin(folder.path(), &now)?;
        assert_eq!(parts(folder.path()), 0);
        Ok(())
    }
}
