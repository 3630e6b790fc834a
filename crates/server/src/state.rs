//! What all requests share.

use std::path::Path;
use std::sync::Arc;

use axum::http::{HeaderMap, header};
use tokio::sync::Semaphore;

use crate::auth::{Gate, Scope, TokenStore};
use crate::config::Config;
use crate::measure::Metrics;
use crate::plans::{Desk, DeskLimits};
use crate::problem::Problem;
use crate::releases::Releases;
use crate::sql::SqlPools;
use crate::tiles::TileCache;
use crate::view::View;
use safeground_privacy::Audience;
use safeground_schema::release::{Manifest, ManifestNoise, ManifestOverride};

/// Releases, tokens, caches and limits of a server. Cheap to clone.
#[derive(Debug, Clone)]
pub struct AppState(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    config: Config,
    releases: Arc<Releases>,
    gate: Gate,
    sql: SqlPools,
    tiles: TileCache,
    metrics: Metrics,
    workers: Arc<Semaphore>,
    requests: Arc<Semaphore>,
    plans: Arc<Desk>,
}

impl AppState {
    /// Serves the releases of a folder. Nothing is opened before
    /// [`AppState::refresh`].
    #[must_use]
    pub fn new(releases: &Path, config: Config) -> Self {
        Self(Arc::new(Inner {
            releases: Arc::new(Releases::new(
                releases.to_owned(),
                config.trusted_key.clone(),
            )),
            gate: Gate::new(TokenStore::new(releases), config.token_refresh),
            sql: SqlPools::new(
                releases.to_owned(),
                config.trusted_key.clone(),
                config.sql_worker.clone(),
                config.sql_limits,
            ),
            tiles: TileCache::new(config.tile_cache_bytes),
            metrics: Metrics::new(),
            workers: Arc::new(Semaphore::new(config.workers)),
            requests: Arc::new(Semaphore::new(config.max_requests)),
            plans: Arc::new(Desk::new(DeskLimits::of(&config))),
            config,
        }))
    }

    /// Takes up releases that became current since the last time. Requests
    /// under way end on the release they began on.
    pub async fn refresh(&self) {
        let releases = Arc::clone(&self.0.releases);
        if tokio::task::spawn_blocking(move || releases.refresh())
            .await
            .is_err()
        {
            tracing::error!("looking for new releases failed");
        }
        self.0.metrics.releases(self.0.releases.audiences());
    }

    /// Whether any release is served.
    #[must_use]
    pub fn has_release(&self) -> bool {
        !self.0.releases.audiences().is_empty()
    }

    /// Audiences whose release is looser than the floor, with what is.
    pub(crate) fn overrides(&self) -> Vec<(Audience, ManifestOverride)> {
        self.0.releases.overrides()
    }

    /// The noise of the public release, which anybody may know of.
    pub(crate) fn public_noise(&self) -> Option<ManifestNoise> {
        self.0.releases.public_noise()
    }

    /// Its limits and options.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.0.config
    }

    /// The part of a release that a scope opens; indexed on a worker.
    pub(crate) async fn part(
        &self,
        audience: Audience,
        scope: &Arc<Scope>,
    ) -> Result<Arc<View>, Problem> {
        if scope.is_everything() {
            return self.0.releases.get(audience);
        }
        let (releases, scope) = (Arc::clone(&self.0.releases), Arc::clone(scope));
        self.work(move || releases.part(audience, &scope)).await
    }

    /// The manifest of a release of an audience, current or older; read on a
    /// worker.
    pub(crate) async fn manifest(
        &self,
        audience: Audience,
        id: &str,
    ) -> Result<Arc<Manifest>, Problem> {
        let (releases, id) = (Arc::clone(&self.0.releases), id.to_owned());
        self.work(move || releases.manifest(audience, &id)).await
    }

    pub(crate) fn gate(&self) -> &Gate {
        &self.0.gate
    }

    pub(crate) fn sql(&self) -> &SqlPools {
        &self.0.sql
    }

    pub(crate) fn tiles(&self) -> &TileCache {
        &self.0.tiles
    }

    pub(crate) fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    pub(crate) fn plans(&self) -> &Arc<Desk> {
        &self.0.plans
    }

    pub(crate) fn requests(&self) -> &Arc<Semaphore> {
        &self.0.requests
    }

    /// Runs CPU work on a blocking thread, so that it never holds up other
    /// connections; at most as many at once as there are workers.
    pub(crate) async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let permit = Arc::clone(&self.0.workers).acquire_owned().await;
        let permit = permit.map_err(|_| Problem::Internal)?;
        let done = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            work()
        });
        done.await.map_err(|_| Problem::Internal)?
    }

    /// What links begin with: the configured address, else what the client
    /// called us, else nothing, which makes them relative.
    pub(crate) fn base_url(&self, headers: &HeaderMap) -> String {
        if let Some(url) = &self.0.config.public_url {
            return url.trim_end_matches('/').to_owned();
        }
        let host = headers
            .get(header::HOST)
            .and_then(|host| host.to_str().ok());
        let plain = |host: &&str| {
            let allowed = |b: u8| b.is_ascii_alphanumeric() || b".-:[]".contains(&b);
            !host.is_empty() && host.len() <= 255 && host.bytes().all(allowed)
        };
        host.filter(plain)
            .map(|host| format!("http://{host}"))
            .unwrap_or_default()
    }
}
