//! `safeground token`: who may read the research and planning releases.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use arrow::array::AsArray as _;
use chrono::{SecondsFormat, TimeDelta, Utc};
use clap::Subcommand;
use safeground_engine::govern::AuditLog;
use safeground_engine::release;
use safeground_privacy::audit::Act;
use safeground_server::{Audience, NewToken, Scope, TokenRecord, TokenStore};

use super::who::WhoArgs;

/// Make, list and revoke tokens for the research and planning releases.
///
/// Tokens belong to a folder of releases and may be made where no lake is at
/// hand, so the audit log of that folder tells of them (`safeground audit
/// --releases`).
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
        /// Who it is for and what for, to know it again in the list and in the
        /// log.
        #[arg(long)]
        label: Option<String>,
        /// Place that it opens with all that lies in it, such as
        /// `district:220`; may be repeated. The whole release if absent.
        #[arg(long = "within", value_name = "PLACE")]
        places: Vec<String>,
        /// Theme that it opens, such as `child_marriage`; may be repeated. All
        /// themes if absent; published indicators are always open.
        #[arg(long = "theme", value_name = "THEME")]
        themes: Vec<String>,
        /// First period that it opens, such as `2023`.
        #[arg(long, value_name = "PERIOD")]
        from: Option<String>,
        /// Last period that it opens.
        #[arg(long, value_name = "PERIOD")]
        until: Option<String>,
        #[command(flatten)]
        who: WhoArgs,
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
        #[command(flatten)]
        who: WhoArgs,
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
            places,
            themes,
            from,
            until,
            who,
        } => {
            let scope = Scope {
                places: places.into_iter().collect(),
                themes: themes.into_iter().collect(),
                from,
                until,
            };
            check_scope(&releases, audience, &scope)?;
            let store = TokenStore::new(&releases);
            let (secret, record) = store.prepare(NewToken {
                audience,
                lifetime: expires,
                label,
                scope,
                now: Utc::now(),
            })?;
            let log = AuditLog::of_releases(&releases, who.scribe())?;
            log.write(Act::TokenMade {
                token: record.id.clone(),
                audience,
                expires: record.expires.to_rfc3339_opts(SecondsFormat::Secs, true),
            })
            .await?;
            store.add(record.clone())?;
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
                    "{}  {:<8}  {note:<7}  until {}  {}{}",
                    record.id,
                    record.audience.as_str(),
                    day(&record),
                    record.label.as_deref().unwrap_or_default(),
                    part(&record.scope)
                );
            }
        }
        Action::Revoke { releases, id, who } => {
            let store = TokenStore::new(&releases);
            if store.list()?.iter().any(|record| record.id == id) {
                let log = AuditLog::of_releases(&releases, who.scribe())?;
                log.write(Act::TokenRevoked { token: id.clone() }).await?;
            }
            let record = store.revoke(&id)?;
            eprintln!(
                "Token {} no longer opens the {} release.",
                record.id, record.audience
            );
        }
    }
    Ok(())
}

/// Fails where the current release has no such place or theme: a token that
/// opens nothing by a slip of the pen helps nobody. Without a release there is
/// nothing to compare with.
fn check_scope(releases: &Path, audience: Audience, scope: &Scope) -> anyhow::Result<()> {
    if scope.is_everything() || release::current(releases, audience)?.is_none() {
        return Ok(());
    }
    let opened = release::open(releases, audience)?;
    let data = opened.get();
    let ids = data
        .places
        .column_by_name("place_id")
        .and_then(|array| array.as_string_opt::<i32>())
        .context("the release has no places")?;
    for place in &scope.places {
        if !ids.iter().flatten().any(|id| id == place) {
            bail!(
                "place `{place}` is not in the {audience} release {}; expected an identifier such \
                 as {}",
                data.manifest.release_id,
                ids.iter().flatten().next().unwrap_or("district:220")
            );
        }
    }
    let themes: Vec<&str> = data
        .manifest
        .themes
        .iter()
        .map(|t| t.code.as_str())
        .collect();
    for theme in &scope.themes {
        if !themes.contains(&theme.as_str()) {
            bail!(
                "theme `{theme}` is not in the {audience} release {}; expected one of {}",
                data.manifest.release_id,
                themes.join(", ")
            );
        }
    }
    if let (Some(from), Some(until)) = (&scope.from, &scope.until)
        && from > until
    {
        bail!("--from {from} lies after --until {until}; swap them");
    }
    Ok(())
}

/// The part of the release in words, empty for all of it.
fn part(scope: &Scope) -> String {
    let list = |words: &str, items: &std::collections::BTreeSet<String>| {
        let items: Vec<&str> = items.iter().map(String::as_str).collect();
        (!items.is_empty()).then(|| format!("{words} {}", items.join(", ")))
    };
    let end = |words: &str, period: &Option<String>| {
        period.as_ref().map(|period| format!("{words} {period}"))
    };
    let parts: Vec<String> = [
        list("within", &scope.places),
        list("themes", &scope.themes),
        end("from", &scope.from),
        end("until", &scope.until),
    ]
    .into_iter()
    .flatten()
    .collect();
    if parts.is_empty() {
        String::new()
    } else {
        format!("  [{}]", parts.join("; "))
    }
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
