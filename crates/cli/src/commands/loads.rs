//! `safeground loads`: what the lake was filled with.

use super::lake::LakeArgs;

/// List the loads of a lake, oldest first.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    lake: LakeArgs,
    /// List as JSON.
    #[arg(long)]
    json: bool,
}

/// Lists the loads.
pub async fn run(args: Args) -> anyhow::Result<()> {
    let loads = args.lake.open().await?.loads().await?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&loads)?);
        return Ok(());
    }
    if loads.is_empty() {
        println!("no load yet: `safeground ingest` makes one");
    }
    for load in loads {
        println!(
            "{}  {}  {:<22} {:>10} rows {:>8} quarantined  {}",
            load.load_id,
            load.loaded_on,
            load.table.name(),
            load.rows,
            load.quarantined,
            load.files.join(", ")
        );
    }
    Ok(())
}
