//! What parent and worker say to each other.
//!
//! Frames on one socket: a kind (one byte), a length (four bytes, little
//! endian) and that many bytes. The parent sends one [`Hello`] and, later, one
//! [`Request`]. The worker sends `Ready`, then for its request `Started`, the
//! bytes of the answer in any number of `Data`, and `Ended`; or `Ended` alone.

use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::time::Duration;

use safeground_schema::release::Manifest;
use serde::{Deserialize, Serialize};

use crate::format::{Format, TextTypes};
use crate::limits::{QueryLimits, WorkerLimits};
use crate::refusal::Refusal;
use crate::session::{ArrowRow, Parameters, TableEntry};

/// Bytes of the head of a frame.
pub(crate) const HEAD_BYTES: usize = 5;

/// Most bytes of a frame of the answer.
pub(crate) const MOST_DATA_BYTES: usize = 256 << 10;

/// Most bytes of any other frame of a worker.
pub(crate) const MOST_TOLD_BYTES: usize = 4 << 20;

/// Most bytes of a frame of the parent.
const MOST_ASKED_BYTES: usize = 64 << 20;

/// Kinds of frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Parent: what to open and how to be confined.
    Hello,
    /// Parent: a query.
    Request,
    /// Worker: it is confined and waits for a query.
    Ready,
    /// Worker: the query passed; its answer follows.
    Started,
    /// Worker: bytes of the answer.
    Data,
    /// Worker: the end.
    Ended,
}

impl Kind {
    const ALL: [Self; 6] = [
        Self::Hello,
        Self::Request,
        Self::Ready,
        Self::Started,
        Self::Data,
        Self::Ended,
    ];

    fn byte(self) -> u8 {
        match self {
            Self::Hello => b'H',
            Self::Request => b'Q',
            Self::Ready => b'R',
            Self::Started => b'S',
            Self::Data => b'D',
            Self::Ended => b'E',
        }
    }

    /// The head of a frame: its kind and length.
    pub(crate) fn head(self, length: usize) -> io::Result<[u8; HEAD_BYTES]> {
        let length = u32::try_from(length)
            .map_err(io::Error::other)?
            .to_le_bytes();
        Ok([self.byte(), length[0], length[1], length[2], length[3]])
    }

    /// Reads a head. `None` for a kind that there is not, or more bytes than
    /// such a frame may have.
    pub(crate) fn of(head: [u8; HEAD_BYTES]) -> Option<(Self, usize)> {
        let kind = Self::ALL.into_iter().find(|kind| kind.byte() == head[0])?;
        let length = u32::from_le_bytes([head[1], head[2], head[3], head[4]]) as usize;
        let most = match kind {
            Self::Hello | Self::Request => MOST_ASKED_BYTES,
            Self::Data => MOST_DATA_BYTES,
            Self::Ready | Self::Started | Self::Ended => MOST_TOLD_BYTES,
        };
        (length <= most).then_some((kind, length))
    }
}

/// What a worker opens and how it is confined. The files come with the
/// socket, in the order of their names here.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Hello {
    pub(crate) manifest: Manifest,
    /// Name and size of each table.
    pub(crate) tables: Vec<(String, u64)>,
    pub(crate) limits: WorkerLimits,
    /// Folder of its own for temporary files.
    pub(crate) temporary: Option<PathBuf>,
}

/// What an idle worker tells.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Ready {
    pub(crate) tables: Vec<TableEntry>,
    pub(crate) functions: Vec<String>,
    pub(crate) table_functions: Vec<String>,
    /// How far it is confined.
    pub(crate) confinement: Confinement,
}

/// How far a worker is confined, as it found when it confined itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confinement {
    /// Whether it may write to its temporary folder: only where Landlock
    /// limits it to that folder. Elsewhere it may open nothing at all.
    pub temporary_files: bool,
    /// Whether Landlock is enforced. The filter of system calls and the
    /// limits of the process always are.
    pub landlock: bool,
}

/// A query.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Request {
    pub(crate) sql: String,
    pub(crate) parameters: Parameters,
    /// Values that came as Arrow data.
    pub(crate) row: Option<ArrowRow>,
    pub(crate) format: Format,
    pub(crate) texts: TextTypes,
    pub(crate) limits: QueryLimits,
    /// Plan only: the answer has no rows.
    pub(crate) describe: bool,
}

/// What is known of an answer before its first row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Started {
    /// Columns: name, Arrow type, whether it may hold nothing.
    pub columns: Vec<(String, String, bool)>,
    /// Placeholders without a value, with the type that the query needs there
    /// where it says so.
    pub placeholders: Vec<(String, Option<String>)>,
}

/// What an answer came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Rows.
    pub rows: u64,
    /// Bytes, in its format.
    pub bytes: u64,
    /// Time that the worker took.
    pub took: Duration,
}

/// The end of an answer.
pub(crate) type Ended = Result<Summary, Refusal>;

/// Writes a frame. Blocking.
pub(crate) fn write_frame(sink: &mut impl Write, kind: Kind, payload: &[u8]) -> io::Result<()> {
    sink.write_all(&kind.head(payload.len())?)?;
    sink.write_all(payload)
}

/// Reads the frame of a kind. Blocking.
pub(crate) fn read_frame(source: &mut impl Read, kind: Kind) -> io::Result<Vec<u8>> {
    let mut head = [0; HEAD_BYTES];
    source.read_exact(&mut head)?;
    match Kind::of(head) {
        Some((got, length)) if got == kind => {
            let mut payload = vec![0; length];
            source.read_exact(&mut payload)?;
            Ok(payload)
        }
        _ => Err(io::ErrorKind::InvalidData.into()),
    }
}
