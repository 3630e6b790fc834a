//! `safeground plan`: which villages, which teams, which days.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use chrono::{Local, NaiveDate};
use clap::Subcommand;
use safeground_campaign::ask::Calendar;
use safeground_campaign::replan::{News, replan};
use safeground_campaign::{Ask, CampaignError, Made, Stage, plan};
use safeground_engine::release::{open, open_id};
use safeground_handover::Language;
use safeground_handover::coverage::{self, of_villages};
use safeground_handover::document::{PlanDocument, Status};
use safeground_handover::export::Export;
use safeground_handover::results::{CAMPAIGNS_MAPPING, ReadParams, read};
use safeground_planning::PlanningError;
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
    /// Read a filled workbook, write what was reached, and plan the rest anew.
    Results(ResultsArgs),
    /// Write the files of a plan again, in another language.
    Export(ExportArgs),
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
    #[command(flatten)]
    language: LanguageArgs,
}

/// The language of a plan's files.
#[derive(Debug, clap::Args)]
struct LanguageArgs {
    /// Language of the files: `en`, `hi`, or a file of words of your own.
    #[arg(long = "lang", value_name = "LANGUAGE", default_value = "en")]
    language: String,
}

/// Read a filled workbook, write what was reached, and plan the rest anew.
///
/// What the workbook says is checked cell by cell; with any fault nothing is
/// written. `campaigns.csv` with its mapping loads what was reached into the
/// lake, and the next release shows the coverage of all campaigns on the map;
/// `coverage.geojson` shows that of this plan, in quarters of all households.
#[derive(Debug, clap::Args)]
struct ResultsArgs {
    /// Folder of the releases.
    #[arg(long, value_name = "DIR", default_value = "releases")]
    releases: PathBuf,
    /// Folder of the plan.
    #[arg(long, value_name = "DIR", default_value = "plan")]
    plan: PathBuf,
    /// Folder for the new plan; it must not exist or be empty.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// First day not yet worked; today if absent.
    #[arg(long, value_name = "DATE")]
    today: Option<NaiveDate>,
    /// Last day that is kept as it stands; none if absent.
    #[arg(long, value_name = "DATE")]
    freeze: Option<NaiveDate>,
    /// Partner who did the work, for the lake.
    #[arg(long)]
    partner: Option<String>,
    #[command(flatten)]
    language: LanguageArgs,
    /// The filled workbook.
    workbook: PathBuf,
}

/// Write the files of a plan again, in another language.
#[derive(Debug, clap::Args)]
struct ExportArgs {
    /// Folder of the plan.
    #[arg(long, value_name = "DIR", default_value = "plan")]
    plan: PathBuf,
    /// Folder for the files; it must not exist or be empty.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    #[command(flatten)]
    language: LanguageArgs,
}

/// Runs the command.
pub fn run(args: Args) -> anyhow::Result<()> {
    match args.action {
        Action::Init => {
            print!("{}", Ask::EXAMPLE);
            Ok(())
        }
        Action::Make(args) => make(&args),
        Action::Results(args) => results(&args),
        Action::Export(args) => {
            let language = args.language.read()?;
            let made = read_plan(&args.plan)?;
            empty_folder(&args.out)?;
            export(&args.out, &made.document, &language)
        }
    }
}

fn make(args: &MakeArgs) -> anyhow::Result<()> {
    let mut ask = read_ask(&args.ask)?;
    read_ways(&mut ask, &args.ask)?;
    for path in &args.calendars {
        let calendar: Calendar =
            toml::from_str(&text_of(path)?).with_context(|| path.display().to_string())?;
        ask.add(calendar);
    }
    let language = args.language.read()?;
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
    .map_err(with_all_faults)
    .with_context(|| args.ask.display().to_string())?;
    keep(&args.out, &made, &language)?;
    print_summary(&made.document);
    println!("The plan is in {}.", args.out.display());
    Ok(())
}

fn results(args: &ResultsArgs) -> anyhow::Result<()> {
    let language = args.language.read()?;
    let before = read_plan(&args.plan)?;
    let today = args.today.unwrap_or_else(|| Local::now().date_naive());
    let workbook = std::fs::read(&args.workbook)
        .with_context(|| format!("cannot read {}", args.workbook.display()))?;
    let reading = read(
        &workbook,
        &before.document,
        &language,
        &ReadParams::default(),
    )
    .with_context(|| args.workbook.display().to_string())?;
    for warning in &reading.warnings {
        eprintln!("warning: {warning}");
    }
    let results = reading.accepted().map_err(|faults| {
        let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
        anyhow::anyhow!(
            "{} has {} faults; nothing was written\n  {}",
            args.workbook.display(),
            lines.len(),
            lines.join("\n  ")
        )
    })?;
    empty_folder(&args.out)?;
    let release = open_id(
        &args.releases,
        Audience::Planning,
        &before.document.release_id,
    )?;
    let data = release.get();
    let day_before = today.pred_opt().unwrap_or(today);
    let news = News {
        today,
        freeze_until: args.freeze.unwrap_or(day_before),
        results,
    };
    let made = replan(&before, &data.manifest, &data.places, &data.scores, &news)
        .map_err(with_all_faults)
        .with_context(|| args.workbook.display().to_string())?;
    keep(&args.out, &made, &language)?;
    let rows = news.results.campaigns_csv(args.partner.as_deref())?;
    put(&args.out.join("campaigns.csv"), &rows)?;
    put(
        &args.out.join("campaigns.toml"),
        CAMPAIGNS_MAPPING.as_bytes(),
    )?;
    write(
        &args.out.join("coverage.json"),
        &of_villages(&before.document, &news.results),
    )?;
    put(
        &args.out.join("coverage.geojson"),
        &coverage::geojson(&before.document, &news.results, &language)?,
    )?;
    print_summary(&made.document);
    let out = args.out.display();
    println!(
        "{} results taken. The new plan is in {out}; load what was reached with\n  safeground \
         ingest --lake LAKE --as campaigns --mapping {out}/campaigns.toml {out}/campaigns.csv",
        news.results.visits.len()
    );
    Ok(())
}

/// Writes a plan: its state, and all files in a language.
fn keep(folder: &Path, made: &Made, language: &Language) -> anyhow::Result<()> {
    write(&folder.join("state.json"), &made.state)?;
    export(folder, &made.document, language)
}

fn export(folder: &Path, document: &PlanDocument, language: &Language) -> anyhow::Result<()> {
    for kind in Export::ALL {
        let bytes = kind.write(document, language)?;
        put(&folder.join(kind.file_name()), &bytes)?;
    }
    Ok(())
}

fn read_plan(folder: &Path) -> anyhow::Result<Made> {
    fn of<T: serde::de::DeserializeOwned>(path: &Path) -> anyhow::Result<T> {
        serde_json::from_str(&text_of(path)?).with_context(|| path.display().to_string())
    }
    Ok(Made {
        document: of(&folder.join("plan.json"))?,
        state: of(&folder.join("state.json"))?,
    })
}

impl LanguageArgs {
    fn read(&self) -> anyhow::Result<Language> {
        let built_in = Language::built_in().iter();
        if let Some(language) = built_in.into_iter().find(|l| l.code() == self.language) {
            return Ok(language.clone());
        }
        let path = Path::new(&self.language);
        anyhow::ensure!(
            path.exists(),
            "language `{}` is neither en nor hi, nor a file of words; start one from the English \
             words of crates/handover/languages/en.toml",
            self.language
        );
        Language::read(&text_of(path)?).with_context(|| path.display().to_string())
    }
}

/// The planner's faults, all of them: its own message tells the first alone.
fn with_all_faults(error: CampaignError) -> anyhow::Error {
    let faults: Vec<String> = match &error {
        CampaignError::Planning(PlanningError::Faults(faults)) => {
            faults.iter().map(ToString::to_string).collect()
        }
        CampaignError::Planning(PlanningError::ScheduleFaults(faults)) => {
            faults.iter().map(ToString::to_string).collect()
        }
        _ => return error.into(),
    };
    anyhow::anyhow!("{}", faults.join("\n  "))
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

/// Reads the file of ways that a request names, found beside the request.
fn read_ways(ask: &mut Ask, path: &Path) -> anyhow::Result<()> {
    if let Some(file) = ask.travel.matrix.take() {
        let beside = path.parent().unwrap_or(Path::new("")).join(&file);
        ask.travel.add_csv(&file, &text_of(&beside)?)?;
    }
    Ok(())
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
    put(path, &serde_json::to_vec_pretty(value)?)
}

fn put(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    std::fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))
}
