//! `safeground-attack`: attacks a release and says what it gave away.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Parser;
use safeground_attack::world::make::Worlds;
use safeground_attack::{
    Line, MakeOptions, Report, attack_all, make_world, registry, write_html, write_json,
};

/// Make a lake with canary children, release and serve it, and attack what is
/// published. Ends in failure if anything was found, or if an attack did not
/// succeed where it must.
#[derive(Debug, Parser)]
struct Args {
    /// The `safeground` program under test.
    #[arg(long, value_name = "FILE")]
    program: PathBuf,
    /// The program whose releases are not protected; the program under test
    /// stands for both where this is absent.
    #[arg(long, value_name = "FILE")]
    unprotected: Option<PathBuf>,
    /// Fewer tries of each attack.
    #[arg(long)]
    fast: bool,
    /// Only these attacks, by number; may be repeated.
    #[arg(long = "only", value_name = "NUMBER")]
    only: Vec<u32>,
    /// Canary children.
    #[arg(long, default_value_t = 1_000)]
    canaries: u64,
    /// Scale of the fictional state.
    #[arg(long, default_value_t = 1.0)]
    scale: f64,
    /// Seed of the fictional state.
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// Folder to work in, kept and used again; otherwise one that is deleted.
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
    /// Folder for `attack-report.html` and `attack-report.json`.
    #[arg(long, value_name = "DIR", default_value = "target")]
    report: PathBuf,
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Whether the release withstood everything.
fn run(args: &Args) -> anyhow::Result<bool> {
    let passing = tempfile::tempdir().context("cannot make a folder to work in")?;
    let folder = match &args.folder {
        None => passing.path().to_owned(),
        Some(folder) => {
            std::fs::create_dir_all(folder)?;
            folder.canonicalize()?
        }
    };
    // Some processes are started in a folder of their own.
    let absolute = |program: &PathBuf| {
        let found = program.canonicalize();
        found.with_context(|| format!("there is no program {}", program.display()))
    };
    let program = absolute(&args.program)?;
    let options = MakeOptions {
        unprotected: absolute(args.unprotected.as_ref().unwrap_or(&program))?,
        program,
        folder,
        canaries: args.canaries,
        scale: args.scale,
        seed: args.seed,
        fast: args.fast,
    };
    let start = std::time::Instant::now();
    let Worlds {
        unprotected,
        release,
    } = make_world(&options, |said| {
        println!("{:>6.1} s  {said}", start.elapsed().as_secs_f64());
    })?;
    println!("{:>6.1} s  attacking", start.elapsed().as_secs_f64());
    let mut attacks = registry();
    attacks.retain(|attack| args.only.is_empty() || args.only.contains(&attack.number()));
    let control = unprotected.as_ref().unwrap_or(&release);
    let lines = attack_all(&attacks, control, &release, print);
    let report = Report {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        releases: release
            .releases()
            .map(|release| (release.audience.clone(), release.id.clone()))
            .collect(),
        canaries: args.canaries,
        scale: args.scale,
        fast: args.fast,
        same_program: unprotected.is_none(),
        lines,
    };
    std::fs::create_dir_all(&args.report)?;
    let page = args.report.join("attack-report.html");
    write_html(&report, &page)?;
    write_json(&report, &args.report.join("attack-report.json"))?;
    println!(
        "{:>6.1} s  report in {}",
        start.elapsed().as_secs_f64(),
        page.display()
    );
    Ok(!report.failed())
}

fn print(line: &Line) {
    println!(
        "{:>3}  {:<22} {}  ({:.1} s)",
        line.number,
        line.verdict.words(),
        line.name,
        line.seconds
    );
    for (side, outcome) in [("control", &line.on_control), ("release", &line.on_release)] {
        if let Some(outcome) = outcome {
            println!(
                "       {side}: {} of {} tries; {} {:.4}, bound {:.4}",
                outcome.succeeded, outcome.tried, outcome.measure, outcome.measured, outcome.bound
            );
            for note in &outcome.detail {
                println!("         {note}");
            }
        }
    }
    if let Some(error) = &line.error {
        println!("       {error}");
    }
}
