//! One worker process, from the side of its parent.

use std::ffi::OsString;
use std::io::{self, IoSlice};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::net::UnixStream as BlockingStream;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use bytes::{Buf as _, Bytes, BytesMut};
use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};
use rustix::process::{Pid, setpriority_pgrp};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;
use tokio::process::{Child, Command};

use crate::limits::WorkerLimits;
use crate::refusal::{Limit, Refusal};
use crate::release::ReleasedTables;
use crate::worker::wire::{HEAD_BYTES, Hello, Kind, Ready, Request};

/// Longest time for a worker to get ready.
const START_LIMIT: Duration = Duration::from_secs(30);

/// Longest time for a worker to end by itself after its last word.
const LEAVE_LIMIT: Duration = Duration::from_secs(1);

/// Most bytes of a worker's standard error that are looked at.
const MOST_ERROR_BYTES: u64 = 4096;

/// How the standard library begins its last words when memory is refused.
const NO_MEMORY: &[u8] = b"memory allocation of";

/// How much a worker gives way once its query takes long: as far as one can.
const LONG_NICENESS: i32 = 19;

/// How much it gives way from its beginning, where its query is expected to
/// take long: much less than a long query, much more than one of somebody
/// whose queries are small.
const EXPECTED_NICENESS: i32 = 10;

/// Most files that go with one message.
const MOST_FILES: usize = crate::worker::MOST_TABLES;

/// The program that workers are, with the arguments that make it one.
#[derive(Debug, Clone)]
pub struct Program {
    /// Path.
    pub path: PathBuf,
    /// Arguments.
    pub arguments: Vec<OsString>,
}

impl Program {
    /// This very program, called with some arguments.
    ///
    /// # Errors
    /// The system's, where it cannot say which program this is.
    pub fn this(arguments: impl IntoIterator<Item = impl Into<OsString>>) -> io::Result<Self> {
        Ok(Self {
            path: std::env::current_exe()?,
            arguments: arguments.into_iter().map(Into::into).collect(),
        })
    }
}

/// A worker process. Dropping it kills it.
#[derive(Debug)]
pub(super) struct Worker {
    child: Child,
    line: Line,
    limits: WorkerLimits,
    pub(super) ready: Arc<Ready>,
    /// Removed with the worker.
    _temporary: Option<TempDir>,
}

impl Worker {
    /// Starts a worker and waits until it is ready.
    pub(super) async fn start(
        program: &Program,
        released: &ReleasedTables,
        limits: &WorkerLimits,
        temporary: Option<&PathBuf>,
    ) -> io::Result<Self> {
        let started = Self::start_unlimited(program, released, limits, temporary);
        tokio::time::timeout(START_LIMIT, started)
            .await
            .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
    }

    async fn start_unlimited(
        program: &Program,
        released: &ReleasedTables,
        limits: &WorkerLimits,
        temporary: Option<&PathBuf>,
    ) -> io::Result<Self> {
        let temporary = match temporary {
            Some(root) if limits.temporary_bytes() > 0 => {
                Some(tempfile::Builder::new().prefix("sql-").tempdir_in(root)?)
            }
            _ => None,
        };
        let (ours, theirs) = BlockingStream::pair()?;
        // Nothing of this process's environment, which may hold secrets. One
        // arena, so that threads do not each reserve address space.
        let mut command = Command::new(&program.path);
        // A group of its own, by which all of its threads can be made to give
        // way, and which a key pressed in a terminal does not reach.
        command.as_std_mut().process_group(0);
        let mut child = command
            .args(&program.arguments)
            .env_clear()
            .env("MALLOC_ARENA_MAX", "1")
            .current_dir("/")
            .stdin(OwnedFd::from(theirs))
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        send_files(&ours, released)?;
        ours.set_nonblocking(true)?;
        let mut line = Line {
            socket: UnixStream::from_std(ours)?,
            read: BytesMut::new(),
        };
        let tables = released.tables.iter();
        let hello = Hello {
            manifest: released.manifest.clone(),
            tables: tables
                .map(|table| (table.name.clone(), table.bytes))
                .collect(),
            limits: *limits,
            temporary: temporary.as_ref().map(|folder| folder.path().to_owned()),
        };
        let hello = serde_json::to_vec(&hello)?;
        let greeted = async {
            line.send(Kind::Hello, &hello).await?;
            line.receive().await
        };
        let payload = match greeted.await {
            Ok((Kind::Ready, payload)) => payload,
            Ok(_) => return Err(io::ErrorKind::InvalidData.into()),
            // Its last words hold no values yet: it has seen no query.
            Err(_) => return Err(io::Error::other(last_words(&mut child).await)),
        };
        let ready: Ready = serde_json::from_slice(&payload)?;
        Ok(Self {
            child,
            line,
            limits: *limits,
            ready: Arc::new(ready),
            _temporary: temporary,
        })
    }

    /// Whether it still waits for a query.
    pub(super) fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Its process id, while it lives.
    pub(super) fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// Asks it its one query.
    pub(super) async fn ask(&mut self, request: &Request) -> io::Result<()> {
        let request = serde_json::to_vec(request)?;
        self.line.send(Kind::Request, &request).await
    }

    /// Its next frame. Giving up waiting loses nothing.
    pub(super) async fn next(&mut self) -> io::Result<(Kind, Bytes)> {
        self.line.receive().await
    }

    /// Time on processors that it has had; nothing where that cannot be read.
    pub(super) fn computed(&self) -> Duration {
        let read = self.id().and_then(|id| {
            let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
            // After the name, which may hold anything, the 12th and 13th
            // fields are the ticks in the program and in the kernel.
            let (_, fields) = stat.rsplit_once(") ")?;
            let ticks = fields.split(' ').skip(11).take(2);
            ticks
                .map(|ticks| ticks.parse::<u64>().ok())
                .sum::<Option<u64>>()
        });
        let a_second = rustix::param::clock_ticks_per_second().max(1);
        Duration::from_millis(read.unwrap_or_default() * 1_000 / a_second)
    }

    /// Makes all of its threads give way to everything else from now on. It
    /// cannot take this back, and neither can its parent.
    pub(super) fn give_way(&self) {
        self.set_niceness(LONG_NICENESS);
    }

    /// Makes all of its threads give way to whoever asks small queries.
    pub(super) fn give_some_way(&self) {
        self.set_niceness(EXPECTED_NICENESS);
    }

    fn set_niceness(&self, niceness: i32) {
        let id = self.id().and_then(|id| i32::try_from(id).ok());
        if let Some(group) = id.and_then(Pid::from_raw) {
            // It may be gone already, or be at that priority.
            let _ = setpriority_pgrp(Some(group), niceness);
        }
    }

    /// Lets it end after its last word; kills it if it does not.
    pub(super) async fn leave(mut self) {
        let left = tokio::time::timeout(LEAVE_LIMIT, self.child.wait()).await;
        if left.is_err() {
            self.kill().await;
        }
    }

    /// Kills it and waits until its memory is free.
    pub(super) async fn kill(mut self) {
        // It may be gone already, which is as good.
        let _ = self.child.kill().await;
    }

    /// Why it ended without a last word, told by how it died.
    pub(super) async fn cause(mut self) -> Refusal {
        let words = last_words(&mut self.child).await;
        let status = tokio::time::timeout(LEAVE_LIMIT, self.child.wait()).await;
        let limits = self.limits;
        let refusal = match status {
            Ok(Ok(status)) => death(status, words.as_bytes(), &limits),
            _ => Refusal::Ended,
        };
        self.kill().await;
        refusal
    }
}

/// The beginning of what a process wrote to its standard error.
async fn last_words(child: &mut Child) -> String {
    let mut words = Vec::new();
    if let Some(error) = child.stderr.take() {
        let mut error = error.take(MOST_ERROR_BYTES);
        let read = tokio::time::timeout(LEAVE_LIMIT, error.read_to_end(&mut words));
        // What cannot be read tells nothing.
        let _ = read.await;
    }
    String::from_utf8_lossy(&words).trim().to_owned()
}

/// What a death means. Nothing here killed it.
fn death(status: ExitStatus, words: &[u8], limits: &WorkerLimits) -> Refusal {
    let no_memory = Refusal::Limit {
        limit: Limit::MemoryBytes,
        most: limits.memory_bytes(),
    };
    let spoke_of_memory = words
        .windows(NO_MEMORY.len())
        .any(|window| window == NO_MEMORY);
    match status.signal() {
        Some(libc::SIGABRT) if spoke_of_memory => no_memory,
        // The kernel's, where the machine itself ran out.
        Some(libc::SIGKILL) => no_memory,
        Some(libc::SIGXCPU) => Refusal::Limit {
            limit: Limit::ComputeSeconds,
            most: limits.compute_seconds(),
        },
        Some(libc::SIGXFSZ) => Refusal::Limit {
            limit: Limit::TemporaryBytes,
            most: limits.temporary_bytes(),
        },
        signal => {
            tracing::warn!(signal, code = status.code(), "a SQL worker ended early");
            Refusal::Ended
        }
    }
}

/// Sends copies of the open files, with one byte to carry them.
fn send_files(socket: &BlockingStream, released: &ReleasedTables) -> io::Result<()> {
    let files: Vec<_> = released
        .tables
        .iter()
        .map(|table| table.file.as_fd())
        .collect();
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST_FILES))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    if !control.push(SendAncillaryMessage::ScmRights(&files)) {
        return Err(io::Error::other("a release has too many tables"));
    }
    sendmsg(
        socket,
        &[IoSlice::new(&[0])],
        &mut control,
        SendFlags::NOSIGNAL,
    )?;
    Ok(())
}

/// The socket to a worker, with what was read and is not yet a whole frame.
#[derive(Debug)]
struct Line {
    socket: UnixStream,
    read: BytesMut,
}

impl Line {
    async fn send(&mut self, kind: Kind, payload: &[u8]) -> io::Result<()> {
        self.socket.write_all(&kind.head(payload.len())?).await?;
        self.socket.write_all(payload).await
    }

    /// Reads a frame. What a worker sends is not trusted: a kind that there
    /// is not, or a length beyond its kind's, is an error before anything is
    /// allocated.
    async fn receive(&mut self) -> io::Result<(Kind, Bytes)> {
        loop {
            let mut missing = HEAD_BYTES;
            if let Some(head) = self.read.first_chunk::<HEAD_BYTES>() {
                let (kind, length) = Kind::of(*head).ok_or(io::ErrorKind::InvalidData)?;
                missing = HEAD_BYTES + length;
                if self.read.len() >= missing {
                    self.read.advance(HEAD_BYTES);
                    return Ok((kind, self.read.split_to(length).freeze()));
                }
            }
            self.read.reserve(missing - self.read.len());
            if self.socket.read_buf(&mut self.read).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }
}
