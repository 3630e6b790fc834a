//! Parquet and Arrow IPC files, read in streaming by polars, and by Arrow where
//! they hold extension types.

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::mpsc::sync_channel;

use polars::prelude::{
    Column, DataFrame, DataType, Engine, Expr, IpcScanOptions, LazyFrame, PlRefPath, PlanCallback,
    ScanArgsParquet, UnifiedScanArgs, col,
};

use super::background::{Background, Give};
use super::chunk::{CHUNK_ROWS, Chunk, Fault};
use super::geoparquet::{self, GeoColumns};
use super::{GEOMETRY, extended, names};
use crate::IngestError;
use crate::mapping::file::Format;

/// Opens a Parquet or Arrow file.
pub(super) fn open(path: &Path, format: Format, file: usize) -> Result<Background, IngestError> {
    if let Some(schema) = extended::schema(path, format) {
        return open_extended(path, format, file, &schema);
    }
    let mut frame = scan(path, format)?;
    let schema = frame
        .collect_schema()
        .map_err(IngestError::columns("reading", path))?;
    let found = schema.iter().map(|(name, data_type)| Found {
        name: name.as_str(),
        is_bytes: *data_type == DataType::Binary,
        is_nested: data_type.is_nested(),
    });
    let columns = columns(path, found.collect(), geo(path, format)?.as_ref())?;
    let expressions: Vec<Expr> = columns.iter().map(ColumnPlan::expression).collect();
    let names = columns.iter().map(|column| column.name.clone()).collect();
    let path = path.to_owned();
    Ok(Background::new(names, move |give| {
        stream(frame.select(expressions), &columns, &path, file, give)
    }))
}

/// Opens a file with extension types.
fn open_extended(
    path: &Path,
    format: Format,
    file: usize,
    schema: &arrow::datatypes::Schema,
) -> Result<Background, IngestError> {
    use arrow::datatypes::DataType;
    let found = schema.fields().iter().map(|field| Found {
        name: field.name(),
        is_bytes: matches!(
            field.data_type(),
            DataType::Binary | DataType::LargeBinary | DataType::BinaryView
        ),
        is_nested: field.data_type().is_nested(),
    });
    let columns = columns(path, found.collect(), geo(path, format)?.as_ref())?;
    let names = columns.iter().map(|column| column.name.clone()).collect();
    let path = path.to_owned();
    Ok(Background::new(names, move |give| {
        let mut first_row = 1;
        extended::stream(&path, format, &columns, |batch| {
            let height = batch.height() as u64;
            let chunk = chunk(batch, &columns, file, first_row)
                .map_err(IngestError::columns("reading", &path))?;
            first_row += height;
            Ok(give(chunk))
        })
    }))
}

fn geo(path: &Path, format: Format) -> Result<Option<GeoColumns>, IngestError> {
    match format {
        Format::Arrow => Ok(None),
        _ => geoparquet::read(path),
    }
}

/// A column as the file has it.
struct Found<'a> {
    name: &'a str,
    is_bytes: bool,
    is_nested: bool,
}

/// How a column is read.
pub(super) struct ColumnPlan {
    /// Name in the file.
    pub(super) from: String,
    /// Name as the mapping writes it.
    pub(super) name: String,
    pub(super) kind: ColumnKind,
}

/// What a column holds.
pub(super) enum ColumnKind {
    /// Text, or something that has a text.
    Text,
    /// Bytes that should be text.
    Bytes,
    /// Well-known binary.
    Geometry,
}

impl ColumnPlan {
    fn expression(&self) -> Expr {
        let column = col(self.from.as_str()).alias(self.name.as_str());
        match self.kind {
            ColumnKind::Text => column.cast(DataType::String),
            ColumnKind::Bytes | ColumnKind::Geometry => column,
        }
    }
}

fn columns(
    path: &Path,
    mut found: Vec<Found<'_>>,
    geo: Option<&GeoColumns>,
) -> Result<Vec<ColumnPlan>, IngestError> {
    let geometry = geo.map(|geo| geo.geometry.as_str());
    let is_bounds = |name: &str| geo.is_some_and(|geo| geo.bounds.iter().any(|of| of == name));
    found.retain(|column| !is_bounds(column.name));
    // Whatever it is called there, the geometry is called that here.
    let tidy = names::tidy(found.iter().map(|column| match geometry {
        Some(geometry) if geometry == column.name => GEOMETRY,
        _ => column.name,
    }));
    found
        .into_iter()
        .zip(tidy)
        .map(|(column, name)| {
            if column.is_nested {
                return Err(IngestError::format(
                    path,
                    format!("column `{name}` holds lists or structures"),
                    "give a file whose columns hold single values",
                ));
            }
            let kind = match column.is_bytes {
                true if name == GEOMETRY => ColumnKind::Geometry,
                true => ColumnKind::Bytes,
                false => ColumnKind::Text,
            };
            Ok(ColumnPlan {
                from: column.name.to_owned(),
                name,
                kind,
            })
        })
        .collect()
}

fn scan(path: &Path, format: Format) -> Result<LazyFrame, IngestError> {
    let text = path.to_str().ok_or_else(|| {
        IngestError::format(path, "the path is no Unicode text", "rename the file")
    })?;
    let place = PlRefPath::new(text);
    let frame = match format {
        Format::Arrow => {
            LazyFrame::scan_ipc(place, IpcScanOptions::default(), UnifiedScanArgs::default())
        }
        _ => LazyFrame::scan_parquet(
            place,
            ScanArgsParquet {
                // A path with `*` in it is a path.
                glob: false,
                ..ScanArgsParquet::default()
            },
        ),
    };
    frame.map_err(IngestError::columns("opening", path))
}

fn stream(
    frame: LazyFrame,
    columns: &[ColumnPlan],
    path: &Path,
    file: usize,
    give: Give<'_>,
) -> Result<(), IngestError> {
    let failed = || IngestError::columns("reading", path);
    let (sender, batches) = sync_channel(1);
    let plan = frame
        .sink_batches(
            // The engine stops once nobody wants more.
            PlanCallback::new(move |batch: DataFrame| Ok(sender.send(batch).is_err())),
            true,
            NonZeroUsize::new(CHUNK_ROWS),
        )
        .map_err(failed())?;
    let engine = std::thread::spawn(move || plan.collect_with_engine(Engine::Streaming));
    let mut first_row = 1;
    for batch in batches {
        let height = batch.height() as u64;
        if height > 0 && !give(chunk(batch, columns, file, first_row).map_err(failed())?) {
            return Ok(());
        }
        first_row += height;
    }
    match engine.join() {
        Ok(finished) => finished.map(drop).map_err(failed()),
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

fn chunk(
    batch: DataFrame,
    columns: &[ColumnPlan],
    file: usize,
    first_row: u64,
) -> polars::error::PolarsResult<Chunk> {
    let mut unencodable = vec![false; batch.height()];
    let texts: Vec<Column> = batch
        .into_columns()
        .into_iter()
        .zip(columns)
        .map(|(column, plan)| {
            let column = column.rechunk();
            if !matches!(plan.kind, ColumnKind::Bytes) {
                return Ok(column);
            }
            // Bytes that are no text become null, which tells them apart.
            let text = column.cast(&DataType::String)?;
            for ((row, before), after) in unencodable
                .iter_mut()
                .zip(column.is_not_null().iter())
                .zip(text.is_null().iter())
            {
                *row |= before == Some(true) && after == Some(true);
            }
            Ok(text)
        })
        .collect::<polars::error::PolarsResult<_>>()?;
    let mut chunk = Chunk::from_frame(DataFrame::new_infer_height(texts)?, file, first_row);
    let found = unencodable
        .iter()
        .enumerate()
        .filter(|(_, found)| **found)
        .map(|(row, _)| (row, Fault::Unencodable));
    chunk.faults.extend(found);
    chunk.faults.sort_by_key(|(row, _)| *row);
    Ok(chunk)
}
