//! What an error of the query engine becomes: a code, never its text.

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
pub(crate) fn failed(error: &DataFusionError, limits: &EngineLimits) -> Refusal {
    match root(error) {
        DataFusionError::ResourcesExhausted(text) => {
            // The engine has one kind of error for both and tells them apart
            // in words.
            let disk = text.contains("temporary file") || text.contains("temp directory");
            if disk && limits.temporary.is_some() {
                Refusal::Limit {
                    limit: Limit::TemporaryBytes,
                    most: limits.temporary_bytes,
                }
            } else {
                Refusal::Limit {
                    limit: Limit::MemoryBytes,
                    most: limits.memory_bytes,
                }
            }
        }
        DataFusionError::IoError(_) if limits.temporary.is_some() => Refusal::Limit {
            limit: Limit::TemporaryBytes,
            most: limits.temporary_bytes,
        },
        _ => Refusal::Value,
    }
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
