//! `safeground audit`: who did what with a lake.

use std::path::PathBuf;

use anyhow::bail;
use safeground_engine::govern::{AuditLog, Checked, Scribe};
use safeground_engine::lake::LakeUrl;
use safeground_privacy::audit::{Act, Entry};

use super::lake::LakeArgs;

/// List the audit log of a lake and check its chain.
///
/// The log shows an entry that was changed, taken out or put in. That its end
/// was cut off shows to whoever kept a hash (`--holds`), and beside releases
/// made from the lake, whose own log names entries of it (`--releases`).
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Folder of the lake, or its URL; `lake` if neither this nor `--releases`
    /// is given.
    #[arg(long, value_name = "DIR")]
    lake: Option<LakeUrl>,
    /// List the log of a folder of releases: who made, withdrew and opened
    /// them. With `--lake`, list the lake's and check that it holds every entry
    /// that the releases name.
    #[arg(long, value_name = "DIR")]
    releases: Option<PathBuf>,
    /// Hash of an entry that must be there, kept from an earlier look; may be
    /// repeated.
    #[arg(long, value_name = "HASH")]
    holds: Vec<String>,
    /// Report as JSON.
    #[arg(long)]
    json: bool,
}

/// The log as JSON.
#[derive(Debug, serde::Serialize)]
struct Report<'a> {
    entries: &'a [Entry],
    torn: &'a [u64],
    head: &'a str,
    broken: Option<String>,
}

/// Lists, checks, and fails where the log is not to be believed.
pub async fn run(args: Args) -> anyhow::Result<()> {
    let beside = match &args.releases {
        Some(releases) if !releases.is_dir() => bail!("there is no folder {}", releases.display()),
        Some(releases) => Some(AuditLog::of_releases(releases, Scribe::of_system())?),
        None => None,
    };
    let mut checked = match (&args.lake, &beside) {
        (None, Some(beside)) => beside.check().await?,
        (lake, _) => {
            let lake = lake.clone().map_or_else(|| "lake".parse(), Ok)?;
            LakeArgs::of(lake).open().await?.audit().check().await?
        }
    };
    let mut kept = args.holds;
    if let (Some(beside), Some(_)) = (&beside, &args.lake) {
        let named = beside.read().await?;
        kept.extend(named.entries().iter().filter_map(anchor));
    }
    let missing = kept.iter().find_map(|hash| checked.trail.holds(hash).err());
    checked.broken = checked.broken.or(missing);
    if args.json {
        let report = Report {
            entries: checked.trail.entries(),
            torn: checked.trail.torn(),
            head: checked.trail.head(),
            broken: checked.broken.as_ref().map(ToString::to_string),
        };
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print(&checked);
    }
    match checked.broken {
        Some(broken) => Err(broken.into()),
        None => Ok(()),
    }
}

/// The entry of a lake's log that an entry of a log of releases names.
fn anchor(entry: &Entry) -> Option<String> {
    match &entry.act {
        Act::ReleaseMade { lake_entry, .. } => lake_entry.clone(),
        _ => None,
    }
}

fn print(checked: &Checked) {
    for entry in checked.trail.entries() {
        let named = entry.author.named.as_ref();
        let named = named.map(|name| format!(" as {name}")).unwrap_or_default();
        let details = entry.act.details().into_iter().map(|(what, value)| {
            if value.contains(' ') {
                format!(" {what}=\"{value}\"")
            } else {
                format!(" {what}={value}")
            }
        });
        println!(
            "{:>6}  {}  {}{named}  {}{}",
            entry.number,
            entry.time,
            entry.author.user,
            entry.act.code(),
            details.collect::<String>()
        );
    }
    for number in checked.trail.torn() {
        println!("{number:>6}  cut short while it was written; its act did not happen");
    }
    if checked.broken.is_none() {
        println!(
            "{} entries, the chain holds. Keep this hash elsewhere: {}",
            checked.trail.entries().len(),
            checked.trail.head()
        );
    }
}
