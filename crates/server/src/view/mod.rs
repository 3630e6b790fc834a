//! A release in memory, indexed for answering.
//!
//! A [`View`] is built once from a release and never changes; requests hold it
//! by reference count, so one that began on an older release ends on it.

mod build;
mod layer;
mod measures;
mod narrow;
mod unit;

use std::collections::BTreeMap;

use arrow::array::RecordBatch;
use safeground_schema::release::Manifest;

use crate::auth::Scope;
use crate::problem::Problem;
use safeground_privacy::Audience;

pub(crate) use build::build;
pub(crate) use layer::{LayerView, Selection};
pub(crate) use measures::{COLUMNS, Measures, Value};
pub(crate) use narrow::{narrow, narrow_tables};
pub(crate) use unit::Unit;

/// A release, ready to answer from.
#[derive(Debug)]
pub(crate) struct View {
    /// Whom it is for.
    pub(crate) audience: Audience,
    /// The part of it, as [`crate::auth::Scope::fingerprint`]; empty for all.
    pub(crate) scope: String,
    /// The part of it.
    pub(crate) part: Scope,
    /// Its manifest, of the part that is open.
    pub(crate) manifest: Manifest,
    /// Its manifest as it was signed.
    pub(crate) signed: Manifest,
    /// Its layers by identifier.
    pub(crate) layers: BTreeMap<String, LayerView>,
    /// Its tables as they were released, of which plans are made; kept for the
    /// planning audience alone.
    pub(crate) tables: Option<Tables>,
}

/// Tables of a release. The columns of the scores are those that the layers
/// hold too, not copies.
#[derive(Debug, Clone)]
pub(crate) struct Tables {
    /// Places.
    pub(crate) places: RecordBatch,
    /// Scores.
    pub(crate) scores: RecordBatch,
}

impl View {
    /// Name of the release.
    pub(crate) fn release_id(&self) -> &str {
        &self.manifest.release_id
    }

    /// A layer by its identifier.
    pub(crate) fn layer(&self, id: &str) -> Result<&LayerView, Problem> {
        self.layers.get(id).ok_or_else(|| Problem::UnknownValue {
            what: "layer",
            valid: self.layers.keys().cloned().collect(),
        })
    }
}
