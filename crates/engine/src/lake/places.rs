//! Places as all loads together describe them.

use std::fs::File;
use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch, StringArray};
use arrow::compute::interleave;
use arrow::datatypes::{Schema, SchemaRef};
use bytes::Bytes;
use deltalake_core::kernel::EagerSnapshot;
use futures::TryStreamExt as _;
use futures::stream::{self, StreamExt as _};
use object_store::path::Path;
use object_store::{GetResultPayload, ObjectStore, ObjectStoreExt as _};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::file::reader::ChunkReader;
use rayon::prelude::*;
use safeground_schema::Table;

use super::Lake;
use super::files::live_loads;
use crate::EngineError;
use crate::resources::off_async;

/// Rows of a batch read, and of a batch made.
const ROWS_PER_BATCH: usize = 8_192;

/// A row: batch and place within it.
type Row = (usize, usize);

impl Lake {
    /// One row per place, sorted by identifier, in batches. Each column holds
    /// what the last load that gave a value gave; `load_id` is that of the
    /// last load that spoke of the place. `columns` must name `place_id`.
    pub(super) async fn resolved_places(
        &self,
        snapshot: &EagerSnapshot,
        columns: &[&str],
    ) -> Result<Vec<RecordBatch>, EngineError> {
        let store = self.table(Table::Places).store();
        let schema = projected(columns)?;
        let files: Vec<Path> = live_loads(Table::Places, snapshot)?
            .into_iter()
            .flat_map(|load| load.files)
            .map(|file| Path::from(file.path))
            .collect();
        let batches: Vec<Vec<RecordBatch>> = stream::iter(files)
            .map(|path| read_file(Arc::clone(&store), path, Arc::clone(&schema)))
            .buffered(self.threads())
            .try_collect()
            .await?;
        off_async(move || resolve(&schema, batches.into_iter().flatten().collect())).await
    }
}

fn projected(columns: &[&str]) -> Result<SchemaRef, EngineError> {
    let schema = Table::Places.arrow_schema();
    let fields = columns
        .iter()
        .map(|name| schema.field_with_name(name).cloned())
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Arc::new(Schema::new(fields)))
}

async fn read_file(
    store: Arc<dyn ObjectStore>,
    path: Path,
    schema: SchemaRef,
) -> Result<Vec<RecordBatch>, EngineError> {
    let found = store.get(&path).await?;
    match found.payload {
        GetResultPayload::File(file, _) => off_async(move || decode::<File>(file, &schema)).await,
        GetResultPayload::Stream(stream) => {
            let chunks: Vec<Bytes> = stream.try_collect().await?;
            let bytes = Bytes::from(chunks.concat());
            off_async(move || decode(bytes, &schema)).await
        }
    }
}

fn decode<R: ChunkReader + 'static>(
    from: R,
    schema: &SchemaRef,
) -> Result<Vec<RecordBatch>, EngineError> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(from)?;
    let names = schema.fields().iter().map(|field| field.name().as_str());
    let mask = ProjectionMask::columns(builder.parquet_schema(), names);
    let reader = builder
        .with_projection(mask)
        .with_batch_size(ROWS_PER_BATCH)
        .build()?;
    let mut batches = Vec::new();
    for batch in reader {
        let batch = batch?;
        let columns = schema
            .fields()
            .iter()
            .map(|field| Arc::clone(&batch[field.name().as_str()]))
            .collect();
        batches.push(RecordBatch::try_new(Arc::clone(schema), columns)?);
    }
    Ok(batches)
}

/// Resolves rows given in the order of their loads.
///
/// O(n log n) in the rows; every value that is kept is copied once, and no
/// other.
pub(super) fn resolve(
    schema: &SchemaRef,
    batches: Vec<RecordBatch>,
) -> Result<Vec<RecordBatch>, EngineError> {
    let ids: Vec<&StringArray> = batches
        .iter()
        .map(|batch| batch["place_id"].as_string::<i32>())
        .collect();
    let id = |row: &Row| ids[row.0].value(row.1);
    let mut rows: Vec<Row> = ids
        .iter()
        .enumerate()
        .flat_map(|(batch, ids)| (0..ids.len()).map(move |row| (batch, row)))
        .collect();
    // Stable, so that rows of one place stay in the order of their loads.
    rows.par_sort_by(|a, b| id(a).cmp(id(b)));
    let places: Vec<&[Row]> = rows.chunk_by(|a, b| id(a) == id(b)).collect();
    let columns: Vec<Vec<&dyn Array>> = (0..schema.fields().len())
        .map(|column| {
            batches
                .iter()
                .map(|batch| batch.column(column).as_ref())
                .collect()
        })
        .collect();
    places
        .par_chunks(ROWS_PER_BATCH)
        .map(|places| {
            let resolved = columns
                .iter()
                .map(|sources| {
                    let last: Vec<Row> = places.iter().map(|rows| last(sources, rows)).collect();
                    interleave(sources, &last)
                })
                .collect::<Result<Vec<_>, _>>()?;
            Ok(RecordBatch::try_new(Arc::clone(schema), resolved)?)
        })
        .collect()
}

/// The last row with a value, or the last row.
fn last(sources: &[&dyn Array], rows: &[Row]) -> Row {
    rows.iter()
        .rev()
        .find(|(batch, row)| sources[*batch].is_valid(*row))
        .or(rows.last())
        .copied()
        .expect("a place has a row")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use arrow::array::{ArrayRef, Int64Array};
    use arrow::datatypes::Int64Type;
    use rand::{Rng as _, SeedableRng as _};

    use super::*;

    /// Places by number, with two figures each.
    type Naive = BTreeMap<u32, [Option<i64>; 2]>;

    #[test]
    fn resolving_agrees_with_overwriting_one_row_after_another() {
        let schema = projected(&["place_id", "population", "households"]).unwrap();
        let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(5);
        for _ in 0..50 {
            let mut naive = Naive::new();
            let mut batches = Vec::new();
            for _ in 0..random.random_range(0..6) {
                let rows: Vec<(u32, [Option<i64>; 2])> = (0..random.random_range(0..40))
                    .map(|_| {
                        let figures = [(); 2].map(|()| {
                            let figure = random.random_range(0..1_000);
                            random.random_bool(0.5).then_some(figure)
                        });
                        (random.random_range(0..20), figures)
                    })
                    .collect();
                for (place, figures) in &rows {
                    let known = naive.entry(*place).or_default();
                    for (known, figure) in known.iter_mut().zip(figures) {
                        *known = figure.or(*known);
                    }
                }
                let ids: StringArray = rows.iter().map(|(p, _)| Some(id_of(*p))).collect();
                let figure = |n: usize| -> Int64Array { rows.iter().map(|(_, f)| f[n]).collect() };
                let columns: Vec<ArrayRef> =
                    vec![Arc::new(ids), Arc::new(figure(0)), Arc::new(figure(1))];
                batches.push(RecordBatch::try_new(Arc::clone(&schema), columns).unwrap());
            }
            let mut resolved = Vec::new();
            for batch in resolve(&schema, batches).unwrap() {
                let ids = batch.column(0).as_string::<i32>();
                let figures = [1, 2].map(|n| batch.column(n).as_primitive::<Int64Type>().clone());
                for row in 0..batch.num_rows() {
                    let figures = figures
                        .each_ref()
                        .map(|f| f.is_valid(row).then(|| f.value(row)));
                    resolved.push((ids.value(row).to_owned(), figures));
                }
            }
            let naive: Vec<_> = naive.into_iter().map(|(p, f)| (id_of(p), f)).collect();
            assert_eq!(resolved, naive);
        }
    }

    fn id_of(place: u32) -> String {
        format!("village:{place:02}")
    }
}
