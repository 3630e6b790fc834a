//! Reading a release folder. To become `safeground_engine::release::open`.

use std::path::Path;

use arrow::array::RecordBatch;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use safeground_schema::release::Manifest;

use crate::error::ServerError;
use crate::view::{View, build};
use safeground_privacy::Audience;

/// Name of the current release of an audience.
pub(crate) fn current(root: &Path, audience: Audience) -> Result<Option<String>, ServerError> {
    match std::fs::read_to_string(root.join(audience.as_str()).join("current")) {
        Ok(text) => Ok(Some(text.trim().to_owned())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(ServerError::Io {
            action: "read the name of the current release",
            source,
        }),
    }
}

/// Opens the current release of an audience.
pub(crate) fn open(root: &Path, audience: Audience) -> Result<View, ServerError> {
    let failed = |reason: String| ServerError::Release {
        audience: audience.as_str(),
        reason,
    };
    let id = current(root, audience)?.ok_or_else(|| failed("there is none".into()))?;
    let folder = root.join(audience.as_str()).join(id);
    let manifest =
        std::fs::read(folder.join("manifest.json")).map_err(|e| failed(e.to_string()))?;
    let manifest: Manifest =
        serde_json::from_slice(&manifest).map_err(|e| failed(e.to_string()))?;
    let table = |name: &str| -> Result<Vec<RecordBatch>, ServerError> {
        let file = std::fs::File::open(folder.join(name)).map_err(|e| failed(e.to_string()))?;
        ParquetRecordBatchReaderBuilder::try_new(file)
            .and_then(|builder| builder.build())
            .map_err(|e| failed(e.to_string()))?
            .collect::<Result<_, _>>()
            .map_err(|e| failed(e.to_string()))
    };
    build(
        audience,
        manifest,
        &table("places.parquet")?,
        &table("scores.parquet")?,
    )
}
