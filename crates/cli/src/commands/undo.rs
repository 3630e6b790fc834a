//! `safeground undo`: take one load back.

use super::lake::LakeArgs;
use super::who::WhoArgs;

/// Take a load back: its rows leave the table in one commit.
///
/// No reader sees them from then on. Their files stay for readers of the
/// version before until `safeground purge`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    lake: LakeArgs,
    #[command(flatten)]
    who: WhoArgs,
    /// Identifier of the load, from `safeground loads`.
    load: String,
}

/// Takes the load back.
///
/// # Errors
/// Where there is no such load, or the lake cannot be written.
pub async fn run(args: Args) -> anyhow::Result<()> {
    let undone = args.lake.open_as(&args.who).await?.undo(&args.load).await?;
    println!(
        "undone: {} rows of {} from {}; releases made from them stay until withdrawn",
        undone.record.rows,
        undone.record.table,
        undone.record.files.join(", ")
    );
    println!(
        "{} files ({} bytes) stay on disk until `safeground purge`",
        undone.left.files, undone.left.bytes
    );
    Ok(())
}
