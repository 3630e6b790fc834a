//! The life of a worker.

use std::fs::File;
use std::io::{self, IoSliceMut, Read as _};
use std::mem::MaybeUninit;
use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream;
use std::process::exit;
use std::thread;

use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, recvmsg};

use super::answer::answer;
use super::confine::{PLANNING_STACK_BYTES, can_restrict_paths, confine};
use super::wire::{Hello, Kind, Ready, Request, read_frame, write_frame};
use super::{PANICKED, WorkerError};
use crate::session::{EngineLimits, OpenTable, Session};

/// Most tables of a release, so most files with the first message.
pub(crate) const MOST_TABLES: usize = 32;

/// Stack of the thread that waits for the parent to leave.
const WATCH_STACK_BYTES: usize = 64 << 10;

pub(super) fn run() -> Result<(), WorkerError> {
    // The text of a panic may hold values; nobody reads it, and the process is
    // not to go on with half of its threads.
    std::panic::set_hook(Box::new(|_| exit(PANICKED)));
    let stdin = io::stdin();
    let socket = stdin.as_fd().try_clone_to_owned();
    let mut socket = UnixStream::from(socket.map_err(WorkerError::NoParent)?);
    let files = receive_files(&socket).map_err(WorkerError::NoParent)?;
    let hello = read_frame(&mut socket, Kind::Hello).map_err(WorkerError::NoParent)?;
    let hello: Hello = serde_json::from_slice(&hello).map_err(|_| WorkerError::Version)?;
    if files.len() != hello.tables.len() {
        return Err(WorkerError::Version);
    }
    let limits = hello.limits;
    let temporary = hello.temporary.filter(|_| can_restrict_paths());
    let tables = hello.tables.into_iter().zip(files);
    let tables = tables.map(|((name, bytes), file)| OpenTable { name, file, bytes });
    let engine = EngineLimits {
        memory_bytes: limits.engine_memory_bytes(),
        temporary: temporary.clone(),
        temporary_bytes: limits.temporary_bytes(),
    };
    // Opening reads trusted files in place: it starts no thread.
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let runtime = runtime.map_err(|_| WorkerError::Confine { step: "runtime" })?;
    let opened = Session::open(&hello.manifest, tables.collect(), engine);
    let session = runtime.block_on(opened).map_err(WorkerError::Tables)?;
    drop(runtime);

    let confinement = confine(&limits, temporary.as_deref())?;
    let catalog = session.catalog();
    let ready = Ready {
        tables: session.tables().to_vec(),
        functions: catalog.functions().map(str::to_owned).collect(),
        table_functions: catalog.table_functions().map(str::to_owned).collect(),
        confinement,
    };
    let ready = serde_json::to_vec(&ready).map_err(|_| WorkerError::Version)?;
    write_frame(&mut socket, Kind::Ready, &ready).map_err(WorkerError::NoParent)?;

    let Ok(request) = read_frame(&mut socket, Kind::Request) else {
        // The parent left without a question.
        return Ok(());
    };
    let request: Request = serde_json::from_slice(&request).map_err(|_| WorkerError::Version)?;
    let watched = socket.try_clone().map_err(WorkerError::NoParent)?;
    let failed = |_| WorkerError::Confine { step: "threads" };
    thread::Builder::new()
        .stack_size(WATCH_STACK_BYTES)
        .spawn(move || leave_with_parent(watched))
        .map_err(failed)?;
    let gate = *limits.gate();
    let planner = thread::Builder::new()
        .stack_size(PLANNING_STACK_BYTES)
        .spawn(move || answer(&session, &request, &gate, socket))
        .map_err(failed)?;
    // A panic ended the process already.
    let _ = planner.join();
    Ok(())
}

/// Waits for the parent's end of the socket to close, then ends the process.
fn leave_with_parent(mut socket: UnixStream) {
    let mut byte = [0; 1];
    // The parent says nothing more: any outcome is a leave.
    let _ = socket.read(&mut byte);
    exit(0);
}

/// The files that come with the first byte.
fn receive_files(socket: &UnixStream) -> io::Result<Vec<File>> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST_TABLES))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let mut byte = [0; 1];
    let received = recvmsg(
        socket,
        &mut [IoSliceMut::new(&mut byte)],
        &mut control,
        RecvFlags::CMSG_CLOEXEC,
    )?;
    if received.bytes != 1 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let mut files = Vec::new();
    for message in control.drain() {
        if let RecvAncillaryMessage::ScmRights(handles) = message {
            files.extend(handles.map(File::from));
        }
    }
    Ok(files)
}
