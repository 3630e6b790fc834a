//! Rows of an answer as the protocol carries them, a part at a time.
//!
//! A worker writes Arrow data, and `arrow-pg` turns them into rows. That is
//! work, so it is done on threads for work; at most one part of the answer is
//! in memory, and the worker waits while the client does not read.

use std::collections::VecDeque;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::buffer::Buffer;
use arrow::datatypes::{Schema, SchemaRef};
use arrow::ipc::reader::StreamDecoder;
use arrow_pg::datatypes::{arrow_schema_to_pg_fields, encode_recordbatch};
use bytes::Bytes;
use futures::StreamExt as _;
use pgwire::api::portal::Format;
use pgwire::api::results::FieldInfo;
use pgwire::messages::data::{DataRow, FieldDescription, RowDescription};
use safeground_sql::pool::Answer;

use crate::fault::{Failure, Fault};

/// Most bytes of a row.
const MOST_ROW_BYTES: usize = 64 << 20;

/// An answer as it is fetched.
pub(crate) struct Rows {
    answer: Answer,
    decoder: StreamDecoder,
    fields: Arc<Vec<FieldInfo>>,
    waiting: VecDeque<DataRow>,
    is_whole: bool,
}

impl Rows {
    /// The beginning of an answer: its columns, and whatever rows came with
    /// them.
    ///
    /// # Errors
    /// Why there is none; [`Fault::column`] for columns that the protocol does
    /// not carry.
    pub(crate) async fn begin(mut answer: Answer, formats: &Format) -> Result<Self, Failure> {
        let mut decoder = StreamDecoder::new();
        let mut batches = Vec::new();
        let (schema, is_whole) = loop {
            let Some(part) = answer.next().await else {
                let schema = decoder.schema().ok_or_else(broken)?;
                break (schema, true);
            };
            (decoder, batches) = decoded(decoder, part?).await?;
            if let Some(schema) = decoder.schema() {
                break (schema, false);
            }
        };
        let fields = Arc::new(fields(&schema, formats)?);
        let waiting = encoded(Arc::clone(&fields), batches).await?;
        Ok(Self {
            answer,
            decoder,
            fields,
            waiting,
            is_whole,
        })
    }

    /// Its columns.
    pub(crate) fn description(&self) -> RowDescription {
        description(&self.fields)
    }

    /// Release that it is computed from.
    pub(crate) fn release_id(&self) -> &str {
        self.answer.release_id()
    }

    /// A row that is in memory.
    pub(crate) fn ready(&mut self) -> Option<DataRow> {
        self.waiting.pop_front()
    }

    /// Fetches the next rows. False at the end.
    ///
    /// # Errors
    /// Why the answer is not whole.
    pub(crate) async fn fetch(&mut self) -> Result<bool, Failure> {
        while self.waiting.is_empty() && !self.is_whole {
            let Some(part) = self.answer.next().await else {
                self.is_whole = true;
                self.decoder.finish().map_err(|_| broken())?;
                break;
            };
            let decoder = std::mem::take(&mut self.decoder);
            let (decoder, batches) = decoded(decoder, part?).await?;
            self.decoder = decoder;
            self.waiting = encoded(Arc::clone(&self.fields), batches).await?;
        }
        Ok(!self.waiting.is_empty())
    }
}

/// Columns as the protocol describes them.
pub(crate) fn description(fields: &[FieldInfo]) -> RowDescription {
    RowDescription::new(fields.iter().map(FieldDescription::from).collect())
}

/// Columns with the formats that were asked for: one for all, or one for each.
///
/// # Errors
/// [`Fault::column`], [`Fault::parameters`] for another number of formats.
pub(crate) fn fields(schema: &Schema, formats: &Format) -> Result<Vec<FieldInfo>, Fault> {
    if let Format::Individual(formats) = formats
        && formats.len() != schema.fields().len()
    {
        return Err(Fault::parameters());
    }
    arrow_schema_to_pg_fields(schema, formats, None).map_err(|_| Fault::column())
}

/// The columns of an answer without rows.
///
/// # Errors
/// None for what workers write.
pub(crate) fn schema_of(stream: Vec<u8>) -> Result<SchemaRef, Failure> {
    let mut decoder = StreamDecoder::new();
    let mut rest = Buffer::from_vec(stream);
    while decoder.decode(&mut rest).map_err(|_| broken())?.is_some() {}
    decoder.schema().ok_or_else(broken)
}

/// Reads the next part of a stream.
async fn decoded(
    mut decoder: StreamDecoder,
    part: Bytes,
) -> Result<(StreamDecoder, Vec<RecordBatch>), Failure> {
    let work = tokio::task::spawn_blocking(move || {
        let (mut rest, mut batches) = (Buffer::from(part), Vec::new());
        while let Some(batch) = decoder.decode(&mut rest).ok()? {
            batches.push(batch);
        }
        Some((decoder, batches))
    });
    work.await.ok().flatten().ok_or_else(broken)
}

/// Writes batches as rows.
async fn encoded(
    fields: Arc<Vec<FieldInfo>>,
    batches: Vec<RecordBatch>,
) -> Result<VecDeque<DataRow>, Failure> {
    if batches.is_empty() {
        return Ok(VecDeque::new());
    }
    let work = tokio::task::spawn_blocking(move || {
        let mut rows = VecDeque::new();
        for batch in batches {
            for row in encode_recordbatch(Arc::clone(&fields), batch) {
                let row = row.map_err(|_| Fault::column())?;
                if row.data.len() > MOST_ROW_BYTES {
                    return Err(Fault::too_large());
                }
                rows.push_back(row);
            }
        }
        Ok(rows)
    });
    Ok(work.await.map_err(|_| Fault::internal())??)
}

/// A worker wrote what is no stream.
fn broken() -> Failure {
    tracing::error!("a worker's answer cannot be passed on");
    Failure::Told(Fault::internal())
}
