//! `safeground steward`: stewards of a lake, and its raw tables.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use clap::Subcommand;
use safeground_engine::govern::{StewardKey, Stewards, register, retire};
use safeground_engine::lake::{AsOf, Lake};
use safeground_privacy::audit::Act;
use safeground_privacy::chain::digest;
use safeground_schema::Table;
use safeground_sql::LocalSession;

use super::lake::LakeArgs;
use super::sql::{Output, table};
use super::who::{WhoArgs, name};

/// Most memory of a statement about raw tables.
const MEMORY_BYTES: u64 = 4 << 30;

/// Register stewards of a lake, and read its raw tables.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Become a steward: make a key and register it under a name.
    ///
    /// The first steward of a lake needs nobody; for each later one a steward
    /// vouches with `--vouched-by`, having seen who it is. Whoever has the key
    /// file is that steward: keep it off the lake and off shared machines.
    Init {
        #[command(flatten)]
        lake: LakeArgs,
        #[command(flatten)]
        who: WhoArgs,
        /// Name, once and for all.
        #[arg(long, value_name = "NAME", value_parser = name)]
        name: String,
        /// File of the private key, made where there is none; `NAME.key` in
        /// this folder if absent. Never inside the lake.
        #[arg(long, value_name = "FILE")]
        key: Option<PathBuf>,
        /// Key file of a steward who vouches.
        #[arg(long, value_name = "FILE")]
        vouched_by: Option<PathBuf>,
    },
    /// List the stewards, retired ones included.
    List {
        #[command(flatten)]
        lake: LakeArgs,
        /// Report as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Retire a steward whose key was lost or stolen, or who left: from then
    /// on no approval of theirs counts.
    Retire {
        #[command(flatten)]
        lake: LakeArgs,
        #[command(flatten)]
        who: WhoArgs,
        /// Name of the steward.
        #[arg(long, value_name = "NAME", value_parser = name)]
        name: String,
        /// Key file of any steward.
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
    },
    /// Ask the lake's own tables in SQL: every row, nothing protected.
    ///
    /// For a steward's eyes at the lake. The statement can only read; columns
    /// of pseudonyms are left out. It is written to the audit log before it
    /// runs: who, when, which tables, and a hash of its text.
    Sql(SqlArgs),
}

#[derive(Debug, clap::Args)]
struct SqlArgs {
    #[command(flatten)]
    lake: LakeArgs,
    #[command(flatten)]
    who: WhoArgs,
    /// Yes, raw tables.
    #[arg(long, required = true)]
    raw: bool,
    /// Read the tables as they were at this time: a day (its end) or a time
    /// such as 2026-01-31T12:00:00Z.
    #[arg(long, value_name = "TIME", value_parser = time)]
    as_of: Option<DateTime<Utc>>,
    /// Read a table at a Delta version; may be repeated.
    #[arg(long = "table-version", value_name = "TABLE=VERSION", value_parser = version)]
    versions: Vec<(Table, u64)>,
    /// The statement.
    #[arg(short, long, value_name = "SQL")]
    command: String,
    /// Form of the answer.
    #[arg(long, value_enum, default_value_t = Output::Table)]
    output: Output,
    #[command(flatten)]
    sink: SinkArgs,
}

/// Where the answer goes: it must be said.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct SinkArgs {
    /// File to write, readable by its owner alone.
    #[arg(short = 'o', long = "to", value_name = "FILE")]
    to: Option<PathBuf>,
    /// Write to standard output, wherever that leads.
    #[arg(long)]
    stdout: bool,
}

/// Runs one of the actions.
pub async fn run(args: Args) -> anyhow::Result<()> {
    match args.action {
        Action::Init {
            lake,
            who,
            name,
            key,
            vouched_by,
        } => {
            let lake = lake.open_as(&who).await?;
            let file = key.unwrap_or_else(|| {
                PathBuf::from(format!("{}.key", name.to_lowercase().replace(' ', "-")))
            });
            outside(&lake, &file)?;
            let voucher = vouched_by.as_deref().map(StewardKey::read).transpose()?;
            let key = StewardKey::read_or_create(&file)?;
            let steward = register(&lake.audit(), &name, &key, voucher.as_ref()).await?;
            println!(
                "{} is a steward of {}, with the public key {}. The private key is in {}.",
                steward.name,
                lake.url(),
                steward.public_key,
                file.display()
            );
        }
        Action::List { lake, json } => {
            let lake = lake.open().await?;
            let public_key = lake.vault().signer().public_key();
            let stewards = Stewards::of(&lake.audit().read().await?, &public_key)?;
            if json {
                println!("{}", serde_json::to_string_pretty(stewards.all())?);
                return Ok(());
            }
            for steward in stewards.all() {
                println!(
                    "{:<24} {}  since {}  {}{}",
                    steward.name,
                    &steward.public_key[..16],
                    steward.since,
                    match &steward.vouched_by {
                        Some(by) => format!("vouched for by {by}"),
                        None => "the first".to_owned(),
                    },
                    if steward.active { "" } else { "  (retired)" }
                );
            }
        }
        Action::Retire {
            lake,
            who,
            name,
            key,
        } => {
            let lake = lake.open_as(&who).await?;
            retire(&lake.audit(), &name, &StewardKey::read(&key)?).await?;
            println!("{name} is no longer a steward of {}", lake.url());
        }
        Action::Sql(args) => ask(args).await?,
    }
    Ok(())
}

/// A time, or the end of a day.
fn time(text: &str) -> Result<DateTime<Utc>, String> {
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Ok(time.to_utc());
    }
    let day: Option<NaiveDate> = text.parse().ok();
    day.and_then(|day| day.checked_add_days(Days::new(1)))
        .map(|next| next.and_time(NaiveTime::MIN).and_utc() - chrono::Duration::milliseconds(1))
        .ok_or_else(|| "expected 2026-01-31 or 2026-01-31T12:00:00Z".to_owned())
}

/// A table and its version.
fn version(text: &str) -> Result<(Table, u64), String> {
    let (table, version) = text.split_once('=').ok_or("expected TABLE=VERSION")?;
    let table = table
        .parse()
        .map_err(|error: safeground_schema::SchemaError| error.to_string())?;
    let version = version
        .parse()
        .map_err(|_| "expected a whole number for the version")?;
    Ok((table, version))
}

/// Fails for a file in the lake: who may read the lake would have the key.
fn outside(lake: &Lake, file: &Path) -> anyhow::Result<()> {
    let Some(lake) = lake.url().folder() else {
        return Ok(());
    };
    let folder = std::path::absolute(file)?;
    let folder = folder.parent().context("expected a file")?;
    let folder = folder
        .canonicalize()
        .with_context(|| format!("there is no folder {}", folder.display()))?;
    if folder.starts_with(lake.canonicalize()?) {
        bail!(
            "the key {} would lie in the lake; name a file elsewhere with --key",
            file.display()
        );
    }
    Ok(())
}

/// Asks the raw tables: the gate, the log, the rows, in this order.
async fn ask(args: SqlArgs) -> anyhow::Result<()> {
    eprintln!(
        "warning: raw tables of the lake: nothing is protected, and every row may be a child. This \
         statement is written to the audit log. Keep what it tells inside the lake's walls."
    );
    let lake = args.lake.open_as(&args.who).await?;
    let as_of = AsOf {
        time: args.as_of,
        versions: args.versions.into_iter().collect(),
    };
    let raw = lake.raw(&as_of).await?;
    let session = LocalSession::open(raw.tables, raw.address, raw.store, MEMORY_BYTES)?;
    let plan = session.plan(&args.command).await?;
    lake.audit()
        .write(Act::RawStatement {
            statement: digest([&args.command]),
            tables: plan.tables(),
        })
        .await?;
    let folder = args.sink.to.as_deref().and_then(Path::parent);
    let folder = folder.filter(|folder| !folder.as_os_str().is_empty());
    let (rows, answer) = session
        .run(plan, args.output.format(), Vec::<u8>::new())
        .await?;
    let answer = match args.output {
        Output::Table => format!("{}\n", table(&answer)?).into_bytes(),
        _ => answer,
    };
    match &args.sink.to {
        Some(path) => {
            // A temporary file is readable by its owner alone, and stays so.
            let folder = folder.unwrap_or(Path::new("."));
            let write = || -> anyhow::Result<()> {
                let mut file = tempfile::NamedTempFile::new_in(folder)?;
                file.write_all(&answer)?;
                file.as_file().sync_all()?;
                file.persist(path)?;
                Ok(())
            };
            write().with_context(|| format!("cannot write {}", path.display()))?;
        }
        None => std::io::stdout().lock().write_all(&answer)?,
    }
    eprintln!("{rows} rows");
    Ok(())
}
