//! Answering one query.

use std::io::{self, Write};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use futures::StreamExt as _;

use super::wire::{Ended, Kind, MOST_DATA_BYTES, Request, Started, Summary, write_frame};
use crate::format::{Encoder, written_schema};
use crate::gate::GateLimits;
use crate::refusal::{Limit, Refusal};
use crate::session::{Session, failed};

/// Plans, runs and writes an answer, then says how it ended.
pub(super) fn answer(session: &Session, request: &Request, gate: &GateLimits, socket: UnixStream) {
    let mut told = match socket.try_clone() {
        Ok(told) => told,
        // The parent sees the socket close without an end.
        Err(_) => return,
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .max_blocking_threads(2)
        .build();
    let ended: Ended = match runtime {
        Ok(runtime) => runtime.block_on(async {
            let serving = serve(session, request, gate, socket);
            let timed = tokio::time::timeout(request.limits.deadline, serving).await;
            timed.unwrap_or_else(|_| {
                Err(Refusal::Limit {
                    limit: Limit::Seconds,
                    most: request.limits.deadline_seconds(),
                })
            })
        }),
        Err(_) => Err(Refusal::Unavailable),
    };
    if let Ok(ended) = serde_json::to_vec(&ended) {
        // A parent that left does not need to know.
        let _ = write_frame(&mut told, Kind::Ended, &ended);
    }
}

async fn serve(
    session: &Session,
    request: &Request,
    gate: &GateLimits,
    mut socket: UnixStream,
) -> Ended {
    let began = Instant::now();
    let planned = session
        .plan(
            &request.sql,
            &request.parameters,
            request.row.as_ref(),
            gate,
        )
        .await?;
    let placeholders = planned.placeholders.clone();
    let (schema, mut rows) = if request.describe {
        (session.answer_schema(planned).await?, None)
    } else {
        let (schema, rows) = session.run(planned).await?;
        (schema, Some(rows))
    };
    let started = Started {
        columns: columns(&written_schema(request.format, request.texts, &schema)),
        placeholders,
    };
    // What fails fails mostly in the first rows: wait for them before saying
    // that there is an answer.
    let mut next = match &mut rows {
        Some(rows) => rows.next().await,
        None => None,
    };
    if let Some(Err(error)) = &next {
        return Err(failed(error, session.limits()));
    }
    let told = serde_json::to_vec(&started).map_err(|_| Refusal::Ended)?;
    write_frame(&mut socket, Kind::Started, &told).map_err(|_| Refusal::Ended)?;

    let limits = &request.limits;
    let written = Arc::new(AtomicU64::new(0));
    let sink = Frames {
        socket,
        pending: Vec::with_capacity(MOST_DATA_BYTES),
        written: Arc::clone(&written),
        most: limits.answer_bytes,
    };
    let not_written = |_: ArrowError| match written.load(Ordering::Relaxed) > limits.answer_bytes {
        true => Refusal::Limit {
            limit: Limit::AnswerBytes,
            most: limits.answer_bytes,
        },
        false => Refusal::Ended,
    };
    let mut encoder =
        Encoder::new(request.format, request.texts, &schema, sink).map_err(not_written)?;
    let mut count = 0;
    while let Some(batch) = next {
        let batch: RecordBatch = batch.map_err(|error| failed(&error, session.limits()))?;
        count += batch.num_rows() as u64;
        if count > limits.rows {
            return Err(Refusal::Limit {
                limit: Limit::Rows,
                most: limits.rows,
            });
        }
        encoder.write(&batch).map_err(not_written)?;
        next = match &mut rows {
            Some(rows) => rows.next().await,
            None => None,
        };
    }
    let sink = encoder.finish().map_err(not_written)?;
    sink.finish().map_err(|error| not_written(error.into()))?;
    Ok(Summary {
        rows: count,
        bytes: written.load(Ordering::Relaxed),
        took: began.elapsed(),
    })
}

fn columns(schema: &SchemaRef) -> Vec<(String, String, bool)> {
    let fields = schema.fields().iter();
    fields
        .map(|field| {
            let data_type = field.data_type().to_string();
            (field.name().clone(), data_type, field.is_nullable())
        })
        .collect()
}

/// Bytes cut into frames. A write waits until the parent has read enough.
struct Frames {
    socket: UnixStream,
    pending: Vec<u8>,
    written: Arc<AtomicU64>,
    most: u64,
}

impl Frames {
    fn finish(mut self) -> io::Result<()> {
        if !self.pending.is_empty() {
            write_frame(&mut self.socket, Kind::Data, &self.pending)?;
        }
        Ok(())
    }
}

impl Write for Frames {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = MOST_DATA_BYTES - self.pending.len();
        let taken = &bytes[..bytes.len().min(room)];
        let before = self
            .written
            .fetch_add(taken.len() as u64, Ordering::Relaxed);
        if before + taken.len() as u64 > self.most {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.pending.extend_from_slice(taken);
        if self.pending.len() == MOST_DATA_BYTES {
            write_frame(&mut self.socket, Kind::Data, &self.pending)?;
            self.pending.clear();
        }
        Ok(taken.len())
    }

    /// Frames are sent when they are full and at the end: formats flush after
    /// every batch, and small frames would cost more than they hurry.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
