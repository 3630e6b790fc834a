//! Limits and options of a server.

use std::path::PathBuf;
use std::time::Duration;

/// What a server takes and how long it waits. Every limit says its name when
/// it is met.
#[derive(Debug, Clone)]
pub struct Config {
    /// Address that clients use, without a slash at the end, for the links in
    /// responses; the `Host` header decides where it is absent.
    pub public_url: Option<String>,
    /// Public key that releases must be signed by; any if absent.
    pub trusted_key: Option<String>,
    /// Whether a proxy that we trust adds the client's address to
    /// `X-Forwarded-For`.
    pub behind_proxy: bool,
    /// Longest path and query, in bytes.
    pub max_uri_bytes: usize,
    /// Longest body, in bytes.
    pub max_body_bytes: u64,
    /// Longest body that asks for a plan, in bytes.
    pub max_plan_bytes: u64,
    /// Plans made at once, at most one of each token.
    pub plans_at_once: usize,
    /// Plans that wait, of all tokens; more are answered 429.
    pub max_queued_plans: usize,
    /// The same of one token.
    pub max_queued_plans_of_token: usize,
    /// Plans kept in memory of all tokens; the oldest finished go first.
    pub max_plans: usize,
    /// The same of one token.
    pub max_plans_of_token: usize,
    /// Most that one plan may make the planner do. A plan that has begun is
    /// not stopped, so this is what bounds it.
    pub plan_limits: safeground_campaign::Limits,
    /// Longest time for one request.
    pub request_timeout: Duration,
    /// Socket of the worker that answers questions with noise; no questions are
    /// taken where it is absent.
    pub dp_socket: Option<PathBuf>,
    /// Longest time for one question.
    pub dp_timeout: Duration,
    /// The program and arguments that workers of SQL are; no SQL is taken where
    /// it is absent.
    pub sql_worker: Option<safeground_sql::pool::Program>,
    /// The most that one query in SQL may take. Its time is below that of
    /// requests, so that it is the query's own limit that is told.
    pub sql_limits: safeground_sql::QueryLimits,
    /// Longest time to read the head of a request or the body of a question, and
    /// to wait for the next request.
    pub header_timeout: Duration,
    /// Longest time that a client may take no byte of a response.
    pub write_timeout: Duration,
    /// Requests worked on at once; more are answered 503.
    pub max_requests: usize,
    /// Connections open at once; more wait.
    pub max_connections: usize,
    /// Tiles, pages and exports computed at once; more wait their turn.
    pub workers: usize,
    /// Memory for encoded tiles, in bytes.
    pub tile_cache_bytes: u64,
    /// How often to look for a newer release.
    pub poll_interval: Duration,
    /// How long a list of tokens that was read is trusted; a revocation takes
    /// effect within this time.
    pub token_refresh: Duration,
    /// How long requests may take to end after the signal to stop.
    pub shutdown_grace: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            public_url: None,
            trusted_key: None,
            behind_proxy: false,
            max_uri_bytes: 4096,
            max_body_bytes: 16 * 1024,
            max_plan_bytes: 256 * 1024,
            plans_at_once: 2,
            max_queued_plans: 16,
            max_queued_plans_of_token: 4,
            max_plans: 500,
            max_plans_of_token: 50,
            plan_limits: safeground_campaign::Limits {
                villages: 100_000,
                drawn_benefits: 20_000_000,
                team_week_rounds: 2_000_000,
                villages_of_any_radius: 5_000,
                service_radius_km: 20.0,
            },
            request_timeout: Duration::from_secs(30),
            dp_socket: None,
            dp_timeout: Duration::from_secs(60),
            sql_worker: None,
            sql_limits: safeground_sql::QueryLimits {
                rows: 1_000_000,
                answer_bytes: 256 << 20,
                deadline: Duration::from_secs(25),
            },
            header_timeout: Duration::from_secs(15),
            write_timeout: Duration::from_secs(30),
            max_requests: 256,
            max_connections: 1024,
            workers: std::thread::available_parallelism().map_or(2, usize::from),
            tile_cache_bytes: 256 * 1024 * 1024,
            poll_interval: Duration::from_secs(2),
            token_refresh: Duration::from_secs(1),
            shutdown_grace: Duration::from_secs(10),
        }
    }
}
