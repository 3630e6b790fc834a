//! `safeground serve`: releases over HTTP and, if wanted, Flight SQL and the
//! PostgreSQL protocol.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Context as _;
use safeground_flight::Options;
use safeground_server::{AppState, Config, Security, Server, asked_to_stop};
use safeground_sql::pool::Program;

/// Serve releases: the map, features, tables and vector tiles.
///
/// Opens release folders only, never a lake. A release that is published
/// while it runs is taken up within seconds. SIGTERM or Ctrl-C ends it after
/// the requests under way.
#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("protocols").args(["flight", "postgres"]).multiple(true)))]
pub struct Args {
    /// Folder that `safeground release` writes to.
    #[arg(long, value_name = "DIR", default_value = "releases")]
    releases: PathBuf,
    /// Address and port to listen on; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Address that clients use, for links in responses, such as
    /// `https://map.example.org`; needed behind a proxy that does TLS.
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// Serve releases only if they are signed by this public key, which
    /// `safeground release key` prints.
    #[arg(long, value_name = "KEY")]
    trust: Option<String>,
    /// Trust the last address in `X-Forwarded-For` as the client's. Only
    /// behind a proxy that sets it.
    #[arg(long)]
    behind_proxy: bool,
    /// Socket of `safeground dp-worker`, to take researchers' questions at
    /// `/v1/dp`.
    #[arg(long, value_name = "PATH")]
    dp_socket: Option<PathBuf>,
    /// Take no SQL.
    #[arg(long)]
    no_sql: bool,
    /// Answer Flight SQL at this address and port; port 0 takes a free one.
    /// Tested with ADBC; other clients of Flight SQL should work and are not
    /// tested. Addresses that other machines reach need `--tls-cert` and
    /// `--tls-key`.
    #[arg(long, value_name = "ADDRESS", conflicts_with = "no_sql")]
    flight: Option<SocketAddr>,
    /// Answer the PostgreSQL protocol, for psql, psycopg and the like, at this
    /// address and port; port 0 takes a free one. The password is a token and
    /// the database an audience. Addresses that other machines reach need
    /// `--tls-cert` and `--tls-key`.
    #[arg(long, value_name = "ADDRESS", conflicts_with = "no_sql")]
    postgres: Option<SocketAddr>,
    /// Certificate of Flight SQL and PostgreSQL and those above it, a PEM file.
    #[arg(
        long,
        value_name = "FILE",
        requires = "tls_key",
        requires = "protocols"
    )]
    tls_cert: Option<PathBuf>,
    /// Private key of the certificate, a PEM file.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Take Flight SQL and PostgreSQL without TLS from other machines too.
    /// Tokens then cross the network in the open: only where a proxy or tunnel
    /// hides them.
    #[arg(long, requires = "protocols", conflicts_with = "tls_cert")]
    without_tls: bool,
    /// Send texts and bytes over Flight SQL in classic Arrow types instead of
    /// view types, which older clients do not know. A call's metadata
    /// `classic-types` (`true` or `false`) decides for that call.
    #[arg(long, requires = "flight")]
    classic_types: bool,
    /// Memory for encoded tiles, in mebibytes.
    #[arg(long, value_name = "MIB", default_value_t = 256)]
    tile_cache: u64,
}

/// Serves until asked to stop.
pub async fn run(args: Args) -> anyhow::Result<()> {
    let config = Config {
        public_url: args.public_url.map(checked_url).transpose()?,
        trusted_key: args.trust,
        behind_proxy: args.behind_proxy,
        dp_socket: args.dp_socket,
        sql_worker: (!args.no_sql).then(sql_worker).transpose()?,
        tile_cache_bytes: args.tile_cache.saturating_mul(1024 * 1024),
        ..Config::default()
    };
    let security = match (args.tls_cert, args.tls_key) {
        (Some(certificates), Some(key)) => Security::Tls { certificates, key },
        _ => Security::Plain {
            from_anywhere: args.without_tls,
        },
    };
    let protocols = Protocols {
        flight: args.flight,
        options: Options {
            classic_types: args.classic_types,
        },
        postgres: args.postgres,
        security,
    };
    serve(&args.releases, args.listen, config, Some(protocols)).await
}

/// What is answered beside HTTP, and where.
#[derive(Debug)]
pub struct Protocols {
    flight: Option<SocketAddr>,
    options: Options,
    postgres: Option<SocketAddr>,
    security: Security,
}

/// This program as a worker of SQL.
pub(crate) fn sql_worker() -> anyhow::Result<Program> {
    Program::this([super::sql::WORKER]).context("cannot tell which program this is")
}

/// Serves the releases of a folder, and prints the addresses once it listens.
pub async fn serve(
    releases: &std::path::Path,
    listen: SocketAddr,
    config: Config,
    protocols: Option<Protocols>,
) -> anyhow::Result<()> {
    hide_panic_messages();
    let state = AppState::new(releases, config);
    state.refresh().await;
    let server = Server::bind(listen, state.clone()).await;
    let server = server.context("choose another address with --listen")?;
    println!(
        "Serving {} at http://{}",
        releases.display(),
        server.address()
    );
    let (mut flight, mut postgres) = (None, None);
    if let Some(protocols) = protocols {
        let security = &protocols.security;
        if let Some(address) = protocols.flight {
            let (state, options) = (state.clone(), protocols.options);
            let bound = safeground_flight::Server::bind(address, state, security, options);
            let bound = flight.insert(bound.await?);
            println!("Serving Flight SQL at {}", bound.url());
        }
        if let Some(address) = protocols.postgres {
            let bound = safeground_postgres::Server::bind(address, state.clone(), security);
            let bound = postgres.insert(bound.await?);
            println!("Serving PostgreSQL at {}", bound.url());
        }
    }
    if !state.has_release() {
        tracing::warn!(
            "nothing is released yet: run `safeground release`, or `safeground demo` for \
             synthetic data; a release is taken up as soon as it is there"
        );
    }
    let over_flight = async {
        if let Some(flight) = flight {
            flight.run(asked_to_stop()).await;
        }
    };
    let over_postgres = async {
        if let Some(postgres) = postgres {
            postgres.run(asked_to_stop()).await;
        }
    };
    tokio::join!(server.run(asked_to_stop()), over_flight, over_postgres);
    Ok(())
}

/// What a panic says may hold data; only its place is logged.
pub(super) fn hide_panic_messages() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        tracing::error!(place, "panic");
    }));
}

fn checked_url(url: String) -> anyhow::Result<String> {
    let rest = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"));
    let valid = rest.is_some_and(|rest| {
        !rest.is_empty()
            && rest
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b".-:[]/_~".contains(&b))
    });
    valid
        .then_some(url)
        .context("--public-url: expected http://HOST or https://HOST, with a path if need be")
}
