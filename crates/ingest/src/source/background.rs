//! Sources whose readers borrow from themselves run in a thread of their own
//! and hand their chunks over.

use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::JoinHandle;

use super::{Chunk, Source};
use crate::IngestError;

/// Takes a chunk; `false` once nobody wants more.
pub(super) type Give<'g> = &'g mut dyn FnMut(Chunk) -> bool;

/// Chunks made by a thread, one ahead of the reader.
pub(super) struct Background {
    columns: Vec<String>,
    chunks: Receiver<Chunk>,
    thread: Option<JoinHandle<Result<(), IngestError>>>,
}

impl Background {
    /// Starts a thread that makes the chunks of these columns.
    pub(super) fn start(
        columns: Vec<String>,
        make: impl FnOnce(Give<'_>) -> Result<(), IngestError> + Send + 'static,
    ) -> Self {
        let (sender, chunks) = sync_channel(1);
        let thread = std::thread::spawn(move || make(&mut |chunk| sender.send(chunk).is_ok()));
        Self {
            columns,
            chunks,
            thread: Some(thread),
        }
    }
}

impl Source for Background {
    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn next_chunk(&mut self) -> Result<Option<Chunk>, IngestError> {
        if let Ok(chunk) = self.chunks.recv() {
            return Ok(Some(chunk));
        }
        match self.thread.take().map(JoinHandle::join) {
            None | Some(Ok(Ok(()))) => Ok(None),
            Some(Ok(Err(error))) => Err(error),
            Some(Err(panic)) => std::panic::resume_unwind(panic),
        }
    }
}
