//! `safeground plan`: which villages, which teams, which days.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use chrono::{Local, NaiveDate};
use clap::Subcommand;
use safeground_campaign::ask::Calendar;
use safeground_campaign::{Ask, Stage, plan};
use safeground_engine::release::{open, open_id};
use safeground_handover::document::{PlanDocument, Status};
use safeground_privacy::Audience;

/// Plan a campaign from a planning release: which villages, which team on
/// which day, and why there.
///
/// A plan is made from released figures alone. Villages of which no count is
/// shown are planned with the rate of the block, district or state around
/// them, so that being listed, or not, proves no case.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Print a request to start from, with every field explained.
    Init,
    /// Choose villages, schedule teams, check both, and write the plan.
    Make(MakeArgs),
}

/// Choose villages, schedule teams, check both, and write the plan.
#[derive(Debug, clap::Args)]
struct MakeArgs {
    /// Folder of the releases.
    #[arg(long, value_name = "DIR", default_value = "releases")]
    releases: PathBuf,
    /// Release to plan from; the current planning release if absent.
    #[arg(long, value_name = "ID")]
    release: Option<String>,
    /// What is asked, as TOML; `safeground plan init` prints one.
    #[arg(long, value_name = "FILE")]
    ask: PathBuf,
    /// Calendar file with holidays, blackouts and priorities of its own; may be
    /// repeated.
    #[arg(long = "calendar", value_name = "FILE")]
    calendars: Vec<PathBuf>,
    /// Folder for the plan; it must not exist or be empty.
    #[arg(long, value_name = "DIR", default_value = "plan")]
    out: PathBuf,
    /// Day to print on the plan; today if absent.
    #[arg(long, value_name = "DATE")]
    today: Option<NaiveDate>,
}

/// Runs the command.
pub fn run(args: Args) -> anyhow::Result<()> {
    match args.action {
        Action::Init => {
            print!("{}", Ask::EXAMPLE);
            Ok(())
        }
        Action::Make(args) => make(&args),
    }
}

fn make(args: &MakeArgs) -> anyhow::Result<()> {
    let mut ask = read_ask(&args.ask)?;
    for path in &args.calendars {
        let calendar: Calendar =
            toml::from_str(&text_of(path)?).with_context(|| path.display().to_string())?;
        ask.add(calendar);
    }
    empty_folder(&args.out)?;
    let release = match &args.release {
        Some(id) => open_id(&args.releases, Audience::Planning, id)?,
        None => open(&args.releases, Audience::Planning)?,
    };
    let today = args.today.unwrap_or_else(|| Local::now().date_naive());
    let data = release.get();
    let made = plan(
        &ask,
        &data.manifest,
        &data.places,
        &data.scores,
        today,
        &|stage| eprintln!("{}", in_words(stage)),
    )
    .with_context(|| args.ask.display().to_string())?;
    write(&args.out.join("plan.json"), &made.document)?;
    write(&args.out.join("state.json"), &made.state)?;
    print_summary(&made.document);
    println!("The plan is in {}.", args.out.display());
    Ok(())
}

fn in_words(stage: Stage) -> &'static str {
    match stage {
        Stage::Reading => "reading the release",
        Stage::Choosing => "choosing villages and scheduling teams",
        Stage::Weighing => "asking how firm the choice is, and what other budgets would reach",
        Stage::Writing => "writing it down",
    }
}

fn print_summary(document: &PlanDocument) {
    let summary = &document.summary;
    println!(
        "Plan {} from release {}: {} villages, {:.1} of {:.1} team-days, {} team days on the road \
         or in villages.",
        document.plan_id,
        document.release_id,
        document.villages.len(),
        summary.team_days,
        document.asked.budget_team_days,
        document.routes.len(),
    );
    println!(
        "Expected: {:.1} ({}) of {} in the area; no plan of this budget reaches more than {:.1}.",
        summary.benefit,
        summary.benefit_unit.key().replace('_', " "),
        match (summary.area_benefit.status, summary.area_benefit.value) {
            (Status::Available, Some(value)) => format!("{value:.1}"),
            (status, _) => status.key().replace('_', " "),
        },
        summary.bound,
    );
    for left in &document.unscheduled {
        println!(
            "No day has room for {} households of {} ({}).",
            left.households,
            left.place_id,
            left.why.key().replace('_', " ")
        );
    }
}

fn read_ask(path: &Path) -> anyhow::Result<Ask> {
    Ask::from_toml(&text_of(path)?).with_context(|| path.display().to_string())
}

fn text_of(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

/// A folder that plans may be written to: nothing is overwritten.
fn empty_folder(path: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(path).with_context(|| format!("cannot make {}", path.display()))?;
    let has_files = std::fs::read_dir(path)
        .with_context(|| format!("cannot read {}", path.display()))?
        .next()
        .is_some();
    anyhow::ensure!(
        !has_files,
        "{} is not empty; name another folder with --out, or empty it",
        path.display()
    );
    Ok(())
}

fn write(path: &Path, value: &impl serde::Serialize) -> anyhow::Result<()> {
    let text = serde_json::to_vec_pretty(value)?;
    std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}
