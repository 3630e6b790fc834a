//! `safeground synth`: the fictional state as partners' files.

use std::path::PathBuf;

use safeground_synth::{SynthRequest, generate};

/// Write the files of a fictional state, with the truth planted in them.
///
/// All of it is invented: places, people and events. The files go in through
/// `safeground ingest` like those of real partners; `truth.json` beside them
/// says what a good analysis should find.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Folder to write to; must be empty or not exist.
    #[arg(long, value_name = "DIR", default_value = "synthetic")]
    out: PathBuf,
    /// Seed: the same one gives the same bytes.
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// Number of incidents relative to the demo's; about 1,500 makes 10^8.
    #[arg(long, default_value_t = 1.0)]
    scale: f64,
    /// Canary children to plant for attacks on releases: candidates of whom a
    /// coin decides who is in the data; `truth/canaries.csv` says who.
    #[arg(long, value_name = "N", default_value_t = 0)]
    canaries: u64,
    /// Report as JSON.
    #[arg(long)]
    json: bool,
}

/// Writes the files and says what they are.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let request =
        SynthRequest::new(args.seed, args.scale, args.out.clone())?.with_canaries(args.canaries)?;
    let report = generate(&request)?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
        return Ok(());
    }
    for load in &report.loads {
        println!(
            "{:>11} records for {:<24} {}",
            load.records,
            load.table.name(),
            load.file.display()
        );
    }
    println!(
        "Synthetic data in {}; what is planted in it: {}",
        report.folder.display(),
        report.folder.join(&report.truth).display()
    );
    Ok(())
}
