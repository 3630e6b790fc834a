//! The releases that are being served, one for each audience.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use crate::auth::Scope;
use crate::error::ServerError;
use crate::problem::Problem;
use crate::view::{View, build};
use moka::sync::Cache;
use safeground_engine::release::{self, Store};
use safeground_privacy::Audience;
use safeground_schema::release::{Manifest, ManifestNoise, ManifestOverride};

/// The current release of each audience in a folder of releases.
///
/// [`Releases::refresh`] takes up what was newly published; a request holds
/// the release it began on.
#[derive(Debug)]
pub(crate) struct Releases {
    root: PathBuf,
    trusted_key: Option<String>,
    views: RwLock<BTreeMap<Audience, Arc<View>>>,
    refused: RwLock<BTreeMap<Audience, String>>,
    parts: Cache<(Audience, String, String), Arc<View>>,
    manifests: Cache<(Audience, String), Arc<Manifest>>,
}

/// Parts of releases kept in memory; one asked for again is indexed again.
const MOST_PARTS: u64 = 64;

/// Manifests of older releases kept in memory.
const MOST_MANIFESTS: u64 = 64;

impl Releases {
    /// The releases of a folder that are signed by a key, or by any; none is
    /// opened yet.
    pub(crate) fn new(root: PathBuf, trusted_key: Option<String>) -> Self {
        Self {
            root,
            trusted_key,
            views: RwLock::default(),
            refused: RwLock::default(),
            parts: Cache::new(MOST_PARTS),
            manifests: Cache::new(MOST_MANIFESTS),
        }
    }

    /// The manifest of any release of an audience that was not taken back,
    /// current or not: what was told with its id stays explained by it. Blocks.
    pub(crate) fn manifest(&self, audience: Audience, id: &str) -> Result<Arc<Manifest>, Problem> {
        let unknown = || Problem::UnknownValue {
            what: "release",
            valid: Vec::new(),
        };
        let folder = Store::new(&self.root).folder(audience.as_str(), id);
        // One that was taken back has no folder any more.
        if !folder.is_ok_and(|folder| folder.is_dir()) {
            return Err(unknown());
        }
        let key = (audience, id.to_owned());
        let manifest = self.manifests.try_get_with(key, || {
            let trusted = self.trusted_key.as_deref();
            release::open_trusted(&self.root, audience, id, trusted)
                .map(|released| Arc::new(released.get().manifest.clone()))
                .map_err(|error| {
                    tracing::error!(%audience, %error, "a release cannot be opened");
                    unknown()
                })
        });
        manifest.map_err(|problem| (*problem).clone())
    }

    /// The release of an audience.
    pub(crate) fn get(&self, audience: Audience) -> Result<Arc<View>, Problem> {
        let views = self.views.read().unwrap_or_else(PoisonError::into_inner);
        let view = views.get(&audience).map(Arc::clone);
        view.ok_or(Problem::NoRelease(audience.as_str()))
    }

    /// The part of the current release of an audience that a scope opens,
    /// indexed when it is asked for first. Blocks.
    pub(crate) fn part(&self, audience: Audience, scope: &Scope) -> Result<Arc<View>, Problem> {
        let whole = self.get(audience)?;
        if scope.is_everything() {
            return Ok(whole);
        }
        let key = (audience, whole.release_id().to_owned(), scope.fingerprint());
        let part = self.parts.try_get_with(key, || {
            self.open(audience, whole.release_id(), scope)
                .map(Arc::new)
                .map_err(|error| {
                    tracing::error!(%audience, %error, "a part of the release is not served");
                    Problem::Internal
                })
        });
        part.map_err(|problem| (*problem).clone())
    }

    /// Audiences that have a release.
    pub(crate) fn audiences(&self) -> Vec<(Audience, String)> {
        let views = self.views.read().unwrap_or_else(PoisonError::into_inner);
        views
            .iter()
            .map(|(audience, view)| (*audience, view.release_id().to_owned()))
            .collect()
    }

    /// Audiences whose release is looser than the floor, with what is.
    pub(crate) fn overrides(&self) -> Vec<(Audience, ManifestOverride)> {
        let views = self.views.read().unwrap_or_else(PoisonError::into_inner);
        let looser = views.iter().filter_map(|(audience, view)| {
            let looser = view.manifest.looser_than_floor.clone()?;
            Some((*audience, looser))
        });
        looser.collect()
    }

    /// The noise of the public release.
    pub(crate) fn public_noise(&self) -> Option<ManifestNoise> {
        let views = self.views.read().unwrap_or_else(PoisonError::into_inner);
        views.get(&Audience::Public)?.manifest.noise.clone()
    }

    /// Opens releases that became current since the last time, and drops those
    /// that were taken back. One that cannot be opened is logged once, and the
    /// one before it stays. Blocks.
    pub(crate) fn refresh(&self) {
        for audience in Audience::ALL {
            let current = match release::current(&self.root, audience) {
                Ok(Some(current)) => current,
                Ok(None) => {
                    self.withdraw(audience);
                    continue;
                }
                Err(error) => {
                    tracing::error!(%audience, %error, "the current release is unknown");
                    continue;
                }
            };
            let same = |lock: &RwLock<BTreeMap<Audience, String>>| {
                let ids = lock.read().unwrap_or_else(PoisonError::into_inner);
                ids.get(&audience) == Some(&current)
            };
            let served = self.get(audience).is_ok_and(|v| v.release_id() == current);
            if served || same(&self.refused) {
                continue;
            }
            match self.open(audience, &current, &Scope::default()) {
                Ok(view) => self.publish(view),
                Err(error) => {
                    self.refuse(audience, current, &error);
                }
            }
        }
    }

    fn publish(&self, view: View) {
        tracing::info!(
            audience = %view.audience,
            release = view.release_id(),
            layers = view.layers.len(),
            "serving a release"
        );
        let mut views = self.views.write().unwrap_or_else(PoisonError::into_inner);
        views.insert(view.audience, Arc::new(view));
    }

    fn withdraw(&self, audience: Audience) {
        let mut views = self.views.write().unwrap_or_else(PoisonError::into_inner);
        if views.remove(&audience).is_some() {
            tracing::warn!(%audience, "the release was taken back and is no longer served");
        }
    }

    fn refuse(&self, audience: Audience, release: String, error: &ServerError) {
        tracing::error!(%audience, release, %error, "this release is not served");
        let mut refused = self.refused.write().unwrap_or_else(PoisonError::into_inner);
        refused.insert(audience, release);
    }

    /// Opens a release. What is served begins here: the engine checks every
    /// file against its hash and the manifest against its signature, and only
    /// what it hands over as released can be indexed.
    fn open(&self, audience: Audience, id: &str, scope: &Scope) -> Result<View, ServerError> {
        let trusted = self.trusted_key.as_deref();
        let released =
            release::open_trusted(&self.root, audience, id, trusted).map_err(|error| {
                ServerError::Release {
                    audience: audience.as_str(),
                    reason: error.to_string(),
                }
            })?;
        build(audience, released, scope)
    }
}
