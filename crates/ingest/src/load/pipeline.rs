//! Chunks from one reader through several workers to one receiver, in order
//! and in bounded memory.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Condvar, Mutex, PoisonError};

use crate::IngestError;
use crate::source::{Chunk, Input};

/// A chunk with its number in the load and the number of its first row.
pub(super) struct Numbered {
    pub number: u64,
    pub first_row: u64,
    pub chunk: Chunk,
}

/// Reads all files and gives their chunks to `give`, until that says stop.
pub(super) fn read_all(
    files: &[Input],
    mut give: impl FnMut(Numbered) -> bool,
) -> Result<(), IngestError> {
    let mut number = 0;
    let mut first_row = 0;
    for file in files {
        let mut source = file.open()?;
        while let Some(chunk) = source.next_chunk()? {
            let height = chunk.height() as u64;
            let numbered = Numbered {
                number,
                first_row,
                chunk,
            };
            if !give(numbered) {
                return Ok(());
            }
            number += 1;
            first_row += height;
        }
    }
    Ok(())
}

/// Lets the reader run only so far ahead of the receiver, so that results
/// which wait for an earlier one stay few.
struct Window {
    state: Mutex<(u64, bool)>,
    changed: Condvar,
    width: u64,
}

impl Window {
    fn wait_for(&self, number: u64) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        while !state.1 && number >= state.0 + self.width {
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        !state.1
    }

    fn update(&self, change: impl FnOnce(&mut (u64, bool))) {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner));
        self.changed.notify_all();
    }

    fn close(&self) {
        self.update(|state| state.1 = true);
    }
}

/// Closes the window when a worker panics: its chunk will never come, and
/// nobody else would wake the reader.
struct Guard<'w>(&'w Window);

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.close();
        }
    }
}

/// Runs `work` on every chunk in `workers` threads and hands the results to
/// `receive` in the order of the file.
pub(super) fn run<W, R>(
    files: &[Input],
    workers: Vec<W>,
    work: impl Fn(&mut W, Numbered) -> Result<R, IngestError> + Sync,
    mut receive: impl FnMut(R) -> Result<(), IngestError>,
) -> Result<Vec<W>, IngestError>
where
    W: Send,
    R: Send,
{
    let count = workers.len();
    let window = Window {
        state: Mutex::new((0, false)),
        changed: Condvar::new(),
        width: 2 * count as u64 + 2,
    };
    let (chunk_sender, chunk_receiver) = sync_channel::<Numbered>(count);
    let chunk_receiver = Mutex::new(chunk_receiver);
    let (result_sender, result_receiver) = sync_channel(count);
    std::thread::scope(|scope| {
        // Moved in so that it is dropped, and every waiting sender wakes,
        // before the scope joins its threads.
        let result_receiver: Receiver<(u64, Result<R, IngestError>)> = result_receiver;
        let window = &window;
        let reader = scope.spawn(move || {
            read_all(files, |numbered| {
                window.wait_for(numbered.number) && chunk_sender.send(numbered).is_ok()
            })
        });
        let handles: Vec<_> = workers
            .into_iter()
            .map(|mut worker| {
                let result_sender: SyncSender<_> = result_sender.clone();
                let (chunk_receiver, work) = (&chunk_receiver, &work);
                scope.spawn(move || {
                    let _guard = Guard(window);
                    loop {
                        let next = chunk_receiver
                            .lock()
                            .unwrap_or_else(PoisonError::into_inner)
                            .recv();
                        let Ok(numbered) = next else { break };
                        let number = numbered.number;
                        let result = work(&mut worker, numbered);
                        if result_sender.send((number, result)).is_err() {
                            break;
                        }
                    }
                    worker
                })
            })
            .collect();
        drop(result_sender);

        let mut early = BTreeMap::new();
        let mut next = 0;
        let mut outcome = Ok(());
        'all: while let Ok((number, result)) = result_receiver.recv() {
            early.insert(number, result);
            while let Some(result) = early.remove(&next) {
                outcome = result.and_then(&mut receive);
                if outcome.is_err() {
                    break 'all;
                }
                next += 1;
                window.update(|state| state.0 = next);
            }
        }
        window.close();
        drop(result_receiver);
        // A reader that waits to send is woken by the workers, which end
        // once nobody takes their results.
        let mut done = Vec::with_capacity(count);
        for handle in handles {
            match handle.join() {
                Ok(worker) => done.push(worker),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        let left_over = chunk_receiver
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .try_iter()
            .count();
        debug_assert!(outcome.is_err() || left_over == 0);
        let read = match reader.join() {
            Ok(read) => read,
            Err(panic) => std::panic::resume_unwind(panic),
        };
        outcome.and(read).map(|()| done)
    })
}
