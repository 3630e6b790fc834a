//! `safeground token`: who may read the research and planning releases.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use chrono::{TimeDelta, Utc};
use clap::Subcommand;
use safeground_server::{Audience, NewToken, TokenRecord, TokenStore};

/// Make, list and revoke tokens for the research and planning releases.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make a token and print it, once. Only its hash is kept.
    Create {
        /// Folder that `safeground release` writes to.
        #[arg(long, value_name = "DIR", default_value = "releases")]
        releases: PathBuf,
        /// Release that the token opens: `research` or `planning`.
        #[arg(long, value_parser = parse_audience)]
        audience: Audience,
        /// How long it is valid, in days or hours: `90d`, `12h`.
        #[arg(long, value_name = "TIME", default_value = "90d", value_parser = parse_lifetime)]
        expires: TimeDelta,
        /// What it is for, to know it again in the list.
        #[arg(long)]
        label: Option<String>,
    },
    /// List tokens: identifier, audience, expiry, label.
    List {
        /// Folder that `safeground release` writes to.
        #[arg(long, value_name = "DIR", default_value = "releases")]
        releases: PathBuf,
    },
    /// Make a token invalid; a running server follows within five seconds.
    Revoke {
        /// Folder that `safeground release` writes to.
        #[arg(long, value_name = "DIR", default_value = "releases")]
        releases: PathBuf,
        /// Identifier of the token, from the list.
        id: String,
    },
}

/// Runs one of the actions.
pub async fn run(args: Args) -> anyhow::Result<()> {
    match args.action {
        Action::Create {
            releases,
            audience,
            expires,
            label,
        } => {
            let (secret, record) = TokenStore::new(&releases).create(NewToken {
                audience,
                lifetime: expires,
                label,
                now: Utc::now(),
            })?;
            eprintln!(
                "Token {} opens the {} release until {}. It is shown only now:",
                record.id,
                record.audience,
                day(&record)
            );
            println!("{}", secret.reveal());
        }
        Action::List { releases } => {
            let now = Utc::now();
            for record in TokenStore::new(&releases).list()? {
                let note = if record.expires <= now {
                    "expired"
                } else {
                    "valid"
                };
                println!(
                    "{}  {:<8}  {note:<7}  until {}  {}",
                    record.id,
                    record.audience.as_str(),
                    day(&record),
                    record.label.as_deref().unwrap_or_default()
                );
            }
        }
        Action::Revoke { releases, id } => {
            let record = TokenStore::new(&releases).revoke(&id)?;
            eprintln!(
                "Token {} no longer opens the {} release.",
                record.id, record.audience
            );
        }
    }
    Ok(())
}

fn day(record: &TokenRecord) -> String {
    record.expires.format("%Y-%m-%d %H:%M UTC").to_string()
}

fn parse_audience(text: &str) -> Result<Audience, String> {
    match text.parse() {
        Ok(Audience::Public) => Err("the public release needs no token".into()),
        Ok(audience) => Ok(audience),
        Err(_) => Err("expected `research` or `planning`".into()),
    }
}

fn parse_lifetime(text: &str) -> anyhow::Result<TimeDelta> {
    const MOST_DAYS: i64 = 366;
    let (number, unit) = text
        .char_indices()
        .last()
        .map(|(last, unit)| (&text[..last], unit))
        .context("expected a number and `d` or `h`")?;
    let number: i64 = number
        .parse()
        .ok()
        .filter(|number| *number > 0)
        .context("expected a whole number above 0 and `d` or `h`, such as `90d`")?;
    let lifetime = match unit {
        'd' => TimeDelta::try_days(number),
        'h' => TimeDelta::try_hours(number),
        _ => bail!("expected `d` for days or `h` for hours after the number"),
    };
    lifetime
        .filter(|lifetime| *lifetime <= TimeDelta::days(MOST_DAYS))
        .with_context(|| format!("expected at most {MOST_DAYS} days"))
}
