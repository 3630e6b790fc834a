//! `safeground purge`: delete what was undone.

use super::lake::LakeArgs;
use super::who::WhoArgs;

/// Delete what no current version of a table refers to: the files of loads
/// that were undone, and the remains of loads that died.
///
/// Earlier versions of the tables cannot be read afterwards.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    lake: LakeArgs,
    #[command(flatten)]
    who: WhoArgs,
}

/// Purges the lake.
///
/// # Errors
/// Where the lake cannot be read or written.
pub async fn run(args: Args) -> anyhow::Result<()> {
    let purged = args.lake.open_as(&args.who).await?.purge().await?;
    println!(
        "purged: {} files of rows ({} bytes) and {} log entries",
        purged.files, purged.bytes, purged.log_entries
    );
    Ok(())
}
