//! `safeground budget`: what was spent on whose privacy.

use super::lake::LakeArgs;

/// Show the privacy ledger: what each year of events may spend and has spent.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    lake: LakeArgs,
    /// Report as JSON.
    #[arg(long)]
    json: bool,
}

/// One year of the ledger.
#[derive(Debug, serde::Serialize)]
struct Year {
    dataset: String,
    year: i32,
    cap: String,
    spent: String,
    remaining: String,
}

/// Prints the ledger.
pub async fn run(args: Args) -> anyhow::Result<()> {
    let lake = args.lake.open().await?;
    let ledger = lake.vault().ledger(&[]).await?;
    let years: Vec<Year> = ledger
        .accounts()
        .map(|account| Year {
            dataset: account.dataset.to_owned(),
            year: account.year,
            cap: account.cap.to_string(),
            spent: account.spent.to_string(),
            remaining: account.remaining().to_string(),
        })
        .collect();
    if args.json {
        println!("{}", serde_json::to_string_pretty(&years)?);
        return Ok(());
    }
    if years.is_empty() {
        println!("Nothing was spent: there is no public release of a closed year yet.");
    }
    for year in years {
        println!(
            "{} {}: epsilon {} of {} spent, {} left",
            year.dataset, year.year, year.spent, year.cap, year.remaining
        );
    }
    Ok(())
}
