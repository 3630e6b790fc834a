//! What an error of the query engine becomes: a code, never its text.

use arrow::error::ArrowError;
use datafusion::common::SchemaError;
use datafusion::error::DataFusionError;

use super::EngineLimits;
use crate::refusal::{Limit, Refusal, shortened};

/// What an error before the first row means.
///
/// Names are those of the query: of columns, as it spells them. The message of
/// the engine is dropped, since it may repeat values.
pub(crate) fn planning_failed(error: &DataFusionError) -> Refusal {
    match root(error) {
        DataFusionError::SchemaError(error, _) => match error.as_ref() {
            SchemaError::FieldNotFound { field, .. } => Refusal::UnknownColumn {
                name: shortened(&field.flat_name()),
            },
            SchemaError::AmbiguousReference { field } => Refusal::AmbiguousColumn {
                name: shortened(&field.flat_name()),
            },
            _ => Refusal::Plan,
        },
        // Constants are computed while planning.
        DataFusionError::ArrowError(..) | DataFusionError::Execution(_) => Refusal::Value,
        _ => Refusal::Plan,
    }
}

/// What an error between rows means.
///
/// Files are written for nothing but rows that do not fit in memory: what was
/// opened before reports its errors as those of a store.
pub(crate) fn failed(error: &DataFusionError, limits: &EngineLimits) -> Refusal {
    let is_of_files = match root(error) {
        DataFusionError::ResourcesExhausted(_) => {
            return Refusal::Limit {
                limit: Limit::MemoryBytes,
                most: limits.memory_bytes,
            };
        }
        DataFusionError::IoError(_) => true,
        // The engine's own limit on temporary files is an error of writing.
        DataFusionError::ArrowError(error, _) => matches!(**error, ArrowError::IoError(..)),
        _ => false,
    };
    if is_of_files && limits.temporary.is_some() {
        return Refusal::Limit {
            limit: Limit::TemporaryBytes,
            most: limits.temporary_bytes,
        };
    }
    Refusal::Value
}

/// The error within wrappings that add words only.
fn root(error: &DataFusionError) -> &DataFusionError {
    match error {
        DataFusionError::Context(_, inner) | DataFusionError::Diagnostic(_, inner) => root(inner),
        DataFusionError::Shared(inner) => root(inner),
        DataFusionError::Collection(all) => all.first().map_or(error, root),
        other => other,
    }
}
