//! `safeground release`: count → protect → score → write.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use chrono::{Local, NaiveDate};
use clap::Subcommand;
use safeground_engine::Resources;
use safeground_engine::govern::AuditLog;
use safeground_engine::lake::LakeUrl;
use safeground_engine::release::{
    Ends, Exposure, Published, ReleaseDiff, ReleaseEntry, ReleaseRequest, RunReport, diff, list,
    run_on, withdraw,
};
use safeground_privacy::audit::Act;
use safeground_privacy::{Audience, Policy, PolicyError};

use super::lake::LakeArgs;
use super::resources::ResourceArgs;
use super::who::WhoArgs;

/// Make releases: count, protect for each audience, score, write.
///
/// Scores are computed from protected counts alone. The same lake, policy and
/// seed give the same bytes, whatever the threads. A period is released once,
/// when it has ended and settled; for the public, with noise that is drawn once
/// for each year and paid for in the lake's privacy ledger.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Args {
    #[command(subcommand)]
    action: Option<Action>,
    #[command(flatten)]
    lake: LakeArgs,
    #[command(flatten)]
    who: WhoArgs,
    /// Folder of the releases.
    #[arg(long, value_name = "DIR", default_value = "releases")]
    releases: PathBuf,
    /// Policy file; the built-in policy, which is also the floor, if absent. A
    /// looser one needs the approvals of two stewards (`safeground policy
    /// approve`), and every release made under it says so.
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Seed of the intervals of scores and ranks.
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// Day that decides which periods have settled; today if absent.
    #[arg(long, value_name = "DATE")]
    today: Option<NaiveDate>,
    /// Audience to release for; may be repeated. All three if absent.
    #[arg(long = "audience", value_name = "AUDIENCE")]
    audiences: Vec<Audience>,
    #[command(flatten)]
    resources: ResourceArgs,
    /// Report as JSON.
    #[arg(long)]
    json: bool,
}

/// What else can be done with releases.
#[derive(Debug, Subcommand)]
enum Action {
    /// Print the public key that the lake signs its releases with.
    Key {
        #[command(flatten)]
        lake: LakeArgs,
    },
    /// List the releases.
    List {
        /// Folder of the releases.
        #[arg(long, value_name = "DIR", default_value = "releases")]
        releases: PathBuf,
    },
    /// Tell what two releases reveal together that neither does alone.
    Diff {
        /// Folder of the releases.
        #[arg(long, value_name = "DIR", default_value = "releases")]
        releases: PathBuf,
        /// Id of a release.
        one: String,
        /// Id of another one, of any audience.
        other: String,
        /// Report as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Take a release back, so that nobody is served it any more. What was
    /// told stays told: its figures come again in the next release.
    Withdraw {
        /// Folder of the releases.
        #[arg(long, value_name = "DIR", default_value = "releases")]
        releases: PathBuf,
        /// Audience of the release.
        #[arg(long)]
        audience: Audience,
        /// Id of the release.
        id: String,
        /// Release to serve instead; none if absent.
        #[arg(long, value_name = "ID")]
        instead: Option<String>,
        /// Lake whose audit log is to tell of it too; that of the releases
        /// does in any case.
        #[arg(long, value_name = "DIR")]
        lake: Option<LakeUrl>,
        #[command(flatten)]
        who: WhoArgs,
    },
}

impl Action {
    async fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Key { lake } => println!("{}", lake.open().await?.vault().signer().public_key()),
            Self::List { releases } => {
                for entry in list(&releases)? {
                    println!(
                        "{:<9} {}  data as of {}{}",
                        entry.audience.as_str(),
                        entry.release_id,
                        entry.data_as_of.as_deref().unwrap_or("an unknown day"),
                        if entry.current { "  (served)" } else { "" }
                    );
                }
            }
            Self::Diff {
                releases,
                one,
                other,
                json,
            } => {
                let found = diff(&releases, &one, &other)?;
                if json {
                    println!("{}", serde_json::to_string_pretty(&found)?);
                } else {
                    print_diff(&found);
                }
            }
            Self::Withdraw {
                releases,
                audience,
                id,
                instead,
                lake,
                who,
            } => {
                let known =
                    |entry: &ReleaseEntry| entry.audience == audience && entry.release_id == id;
                if !list(&releases)?.iter().any(known) {
                    bail!(
                        "there is no {audience} release {id}; `safeground release list` lists them"
                    );
                }
                let act = Act::ReleaseWithdrawn {
                    audience,
                    release: id.clone(),
                    instead: instead.clone(),
                };
                if let Some(lake) = lake {
                    let lake = LakeArgs::of(lake).open_as(&who).await?;
                    lake.audit().write(act.clone()).await?;
                }
                let log = AuditLog::of_releases(&releases, who.scribe())?;
                log.write(act).await?;
                withdraw(&releases, audience, &id, instead.as_deref())?;
                println!("withdrawn: the {audience} release {id}");
            }
        }
        Ok(())
    }
}

fn print_diff(found: &ReleaseDiff) {
    println!("{} counts: both tell the same", found.same);
    println!(
        "{} counts: one of the two has no such row",
        found.only_in_one
    );
    println!(
        "{} counts: one tells and the other withholds",
        found.withheld_in_one
    );
    println!(
        "{} counts: one tells more closely than the other, and both can be true",
        found.closer_in_one
    );
    println!(
        "{} counts: one tells with noise, of which nothing is certain",
        found.noise_in_one
    );
    println!(
        "{} counts: they tell different things, and the difference can be worked out",
        found.changed.len()
    );
    for changed in &found.changed {
        println!(
            "  {} {} {} {}: {} and {}",
            changed.layer,
            changed.unit_id,
            changed.theme,
            changed.period,
            ends(changed.ends[0]),
            ends(changed.ends[1])
        );
    }
    println!(
        "{} counts that neither tells can be worked out from both, by sums",
        found.follows.len()
    );
    for follows in &found.follows {
        let because = match follows.because {
            Exposure::Exact => "exactly",
            Exposure::Small => "a small number",
            Exposure::Narrow => "too closely",
        };
        println!(
            "  {} {} {} {}: {} ({because}); alone they leave {} and {}",
            follows.layer,
            follows.unit_id,
            follows.theme,
            follows.period,
            ends(follows.ends),
            ends(follows.alone[0]),
            ends(follows.alone[1])
        );
    }
    println!(
        "{} places: a wider place changed and all else in it did not, so a small change follows",
        found.change_follows.len()
    );
    for change in &found.change_follows {
        let [low, high] = change.by;
        let by = if low == high {
            format!("{low:+}")
        } else {
            format!("{low:+} to {high:+}")
        };
        println!(
            "  {} {} {} {}: {by}",
            change.layer, change.unit_id, change.theme, change.period
        );
    }
    if found.sums_that_do_not_hold > 0 {
        println!(
            "{} themes and years hold sums that contradict each other; these sums were left out",
            found.sums_that_do_not_hold
        );
    }
    if found.is_clean() {
        println!("together they tell of no small number that either withholds");
    } else {
        println!(
            "who has both releases learns of small numbers: withdraw one of them (`safeground \
             release withdraw`)"
        );
    }
}

/// A number, or a range.
fn ends((low, high): Ends) -> String {
    match high {
        Some(high) if high == low => low.to_string(),
        Some(high) => format!("{low}-{high}"),
        None => format!("{low}+"),
    }
}

/// Makes the releases and reports them.
pub async fn run(args: Args) -> anyhow::Result<()> {
    if let Some(action) = args.action {
        return action.run().await;
    }
    let policy = match &args.policy {
        Some(file) => read(file, Policy::from_toml_with_override)?,
        None => Policy::default(),
    };
    let input = args.lake.open_as(&args.who).await?.input().await?;
    let audiences = if args.audiences.is_empty() {
        Audience::ALL.to_vec()
    } else {
        args.audiences
    };
    let request = ReleaseRequest {
        policy,
        seed: args.seed,
        today: args.today.unwrap_or_else(|| Local::now().date_naive()),
        audiences,
        releases: args.releases,
        resources: Resources::from(args.resources),
    };
    let report = run_on(&input, &request).await?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print(&report);
    }
    Ok(())
}

/// The policy of a file, no looser than the floor, or the built-in one.
pub(super) fn policy(file: Option<&std::path::Path>) -> anyhow::Result<Policy> {
    match file {
        Some(file) => read(file, Policy::from_toml),
        None => Ok(Policy::default()),
    }
}

/// The policy of a file, checked.
pub(super) fn read(
    file: &std::path::Path,
    check: impl FnOnce(&str) -> Result<Policy, PolicyError>,
) -> anyhow::Result<Policy> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("cannot read the policy {}", file.display()))?;
    check(&text).with_context(|| file.display().to_string())
}

/// Says what was released and what could not be counted.
pub fn print(report: &RunReport) {
    for release in &report.releases {
        let how = match release.published {
            Published::New => "written",
            Published::AlreadyThere => "there already",
        };
        println!(
            "{:<9} {}  {how}: {} themes, {} rows, in {}",
            release.audience.as_str(),
            release.release_id,
            release.themes.len(),
            release.rows,
            release.folder.display()
        );
        for (layer, units) in &release.layers {
            println!("          {layer:<18} {units:>8} units");
        }
        let statuses: Vec<String> = release
            .statuses
            .iter()
            .map(|(status, rows)| format!("{status} {rows}"))
            .collect();
        println!("          rows by status: {}", statuses.join(", "));
    }
    if let Some(looser) = &report.looser_than_floor {
        println!("{}", looser.says());
    }
    // What follows is for the steward at the terminal alone.
    for table in report.suppression.iter().filter(|t| t.cells > 0) {
        println!(
            "withheld: {:>7} of {:>8} counts of {} ({}): {} for their own sake, {} to protect others",
            table.primary + table.complementary,
            table.cells,
            table.theme,
            table.table,
            table.primary,
            table.complementary
        );
    }
    if !report.draws.is_empty() {
        let years: Vec<String> = report.draws.iter().map(i32::to_string).collect();
        println!("public figures are final for {}", years.join(", "));
    }
    for (year, reason) in &report.years_without_draw {
        println!("no public figures for {year}: {reason}");
    }
    for left in &report.left_out {
        println!(
            "left out: {} rows of {}: {}",
            left.rows, left.table, left.reason
        );
    }
}
