//! `safeground loads`: what the lake was filled with.

use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use safeground_engine::EngineError;
use safeground_engine::lake::{Lake, LoadRecord};
use serde::Serialize;

use super::lake::LakeArgs;

/// Quarantines looked for at the same time.
const QUARANTINES_AT_A_TIME: usize = 16;

/// List the loads of a lake, oldest first, and where the rows are that each
/// put into quarantine.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    lake: LakeArgs,
    /// List as JSON.
    #[arg(long)]
    json: bool,
}

/// A load as `--json` lists it.
#[derive(Debug, Serialize)]
struct Listed {
    #[serde(flatten)]
    load: LoadRecord,
    /// Where its quarantined records are, if it has any.
    quarantine_file: Option<String>,
}

/// Lists the loads.
pub async fn run(args: Args) -> anyhow::Result<()> {
    let lake = &args.lake.open().await?;
    let loads: Vec<Listed> = stream::iter(lake.loads().await?)
        .map(|load| async move {
            let quarantine_file = quarantine_file(lake, &load).await?;
            Ok::<_, EngineError>(Listed {
                load,
                quarantine_file,
            })
        })
        .buffered(QUARANTINES_AT_A_TIME)
        .try_collect()
        .await?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&loads)?);
        return Ok(());
    }
    if loads.is_empty() {
        println!("no load yet: `safeground ingest` makes one");
    }
    for Listed {
        load,
        quarantine_file,
    } in loads
    {
        println!(
            "{}  {}  {:<22} {:>10} rows {:>8} quarantined  {}",
            load.load_id,
            load.loaded_on,
            load.table.name(),
            load.rows,
            load.quarantined,
            load.files.join(", ")
        );
        if let Some(file) = quarantine_file {
            println!("    quarantined records are in {file}");
        }
    }
    Ok(())
}

/// Where the quarantined records of a load are; `None` if it has none, or
/// somebody deleted them.
///
/// # Errors
/// What keeps the lake from being read.
pub async fn quarantine_file(
    lake: &Lake,
    load: &LoadRecord,
) -> Result<Option<String>, EngineError> {
    if load.quarantined == 0 {
        return Ok(None);
    }
    lake.quarantine_path(load).await
}
