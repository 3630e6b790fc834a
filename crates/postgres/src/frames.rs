//! Messages of clients, whole and checked before anything reads them.
//!
//! `pgwire` takes messages of up to a gibibyte, and reads beyond the end of
//! those that are cut short. Here a message is let through when its length is
//! within a limit for its kind and its parts fill it exactly.

use std::io;
use std::time::Duration;

use bytes::{Buf as _, BytesMut};
use pgwire::messages::{DecodeContext, PgWireFrontendMessage, ProtocolVersion};
use tokio::io::{AsyncRead, AsyncReadExt as _};

/// Most bytes of a message with a query or values: above what the gate takes,
/// so that it is the gate's limit that is told.
const MOST_LONG_BYTES: usize = 1 << 20;

/// Most bytes of any other message: names, a password.
const MOST_SHORT_BYTES: usize = 4 << 10;

/// Most bytes of a message that begins a connection.
const MOST_FIRST_BYTES: usize = 8 << 10;

/// Why there is no message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FrameError {
    /// It is not one of the protocol, or too long.
    Malformed,
    /// The client went away, or does not send the rest of it.
    Gone,
}

impl From<io::Error> for FrameError {
    fn from(_: io::Error) -> Self {
        Self::Gone
    }
}

/// Reads the first message of a connection, whose kind is not named by a byte:
/// its length, four bytes that say what it is, and the rest.
///
/// # Errors
/// [`FrameError`].
pub(crate) async fn first(source: &mut (impl AsyncRead + Unpin)) -> Result<BytesMut, FrameError> {
    let mut frame = BytesMut::zeroed(4);
    source.read_exact(&mut frame).await?;
    let length = (&frame[..]).get_u32() as usize;
    if !(8..=MOST_FIRST_BYTES).contains(&length) {
        return Err(FrameError::Malformed);
    }
    frame.resize(length, 0);
    source.read_exact(&mut frame[4..]).await?;
    Ok(frame)
}

/// Messages of a connection.
pub(crate) struct Frames<R> {
    source: R,
    read: BytesMut,
    context: DecodeContext,
    /// How long the rest of a message may take once it has begun.
    patience: Duration,
}

impl<R: AsyncRead + Unpin> Frames<R> {
    /// Messages of a source after the first.
    pub(crate) fn new(source: R, patience: Duration) -> Self {
        let mut context = DecodeContext::new(ProtocolVersion::default());
        context.awaiting_frontend_ssl = false;
        context.awaiting_frontend_startup = false;
        Self {
            source,
            read: BytesMut::new(),
            context,
            patience,
        }
    }

    /// The next message; `None` where the client says no more. It may be
    /// dropped and called again: what was read is kept.
    ///
    /// # Errors
    /// [`FrameError`].
    pub(crate) async fn next(&mut self) -> Result<Option<PgWireFrontendMessage>, FrameError> {
        if self.read.is_empty() && self.source.read_buf(&mut self.read).await? == 0 {
            return Ok(None);
        }
        let patience = self.patience;
        let frame = tokio::time::timeout(patience, self.rest()).await;
        let mut frame = frame.map_err(|_| FrameError::Gone)??;
        let decoded = PgWireFrontendMessage::decode(&mut frame, &self.context);
        match decoded {
            Ok(Some(message)) if frame.is_empty() => Ok(Some(message)),
            _ => Err(FrameError::Malformed),
        }
    }

    /// The message that has begun.
    async fn rest(&mut self) -> Result<BytesMut, FrameError> {
        loop {
            if let Some(length) = length(&self.read)? {
                if self.read.len() >= length {
                    let frame = self.read.split_to(length);
                    return match is_whole(frame[0], &frame[5..]) {
                        true => Ok(frame),
                        false => Err(FrameError::Malformed),
                    };
                }
                self.read.reserve(length - self.read.len());
            }
            if self.source.read_buf(&mut self.read).await? == 0 {
                return Err(FrameError::Gone);
            }
        }
    }
}

/// Length of the message that has begun, its kind included; `None` while that
/// is not read yet.
fn length(read: &[u8]) -> Result<Option<usize>, FrameError> {
    let Some(kind) = read.first() else {
        return Ok(None);
    };
    let most = match kind {
        b'Q' | b'P' | b'B' => MOST_LONG_BYTES,
        b'C' | b'D' | b'E' | b'H' | b'S' | b'X' | b'p' => MOST_SHORT_BYTES,
        _ => return Err(FrameError::Malformed),
    };
    let Some(mut length) = read.get(1..5) else {
        return Ok(None);
    };
    let length = length.get_u32() as usize;
    match (4..=most).contains(&length) {
        true => Ok(Some(1 + length)),
        false => Err(FrameError::Malformed),
    }
}

/// Whether the parts of a message are all there, and nothing else.
fn is_whole(kind: u8, body: &[u8]) -> bool {
    let mut parts = Parts(body);
    let read = match kind {
        b'Q' | b'p' => parts.text(),
        b'P' => parts
            .text()
            .and_then(|()| parts.text())
            .and_then(|()| parts.list(4)),
        b'B' => parts.bind(),
        b'C' | b'D' => parts.target().and_then(|()| parts.text()),
        b'E' => parts.text().and_then(|()| parts.skip(4)),
        _ => Some(()),
    };
    read.is_some() && parts.0.is_empty()
}

/// What is left of a message.
struct Parts<'a>(&'a [u8]);

impl Parts<'_> {
    /// A text with the zero that ends it.
    fn text(&mut self) -> Option<()> {
        let end = self.0.iter().position(|byte| *byte == 0)?;
        std::str::from_utf8(&self.0[..end]).ok()?;
        self.skip(end + 1)
    }

    fn skip(&mut self, bytes: usize) -> Option<()> {
        self.0 = self.0.get(bytes..)?;
        Some(())
    }

    fn count(&mut self) -> Option<usize> {
        let (count, rest) = self.0.split_first_chunk::<2>()?;
        self.0 = rest;
        Some(usize::from(u16::from_be_bytes(*count)))
    }

    /// A count and so many parts of one length.
    fn list(&mut self, bytes: usize) -> Option<()> {
        let count = self.count()?;
        self.skip(count * bytes)
    }

    /// A statement or a portal.
    fn target(&mut self) -> Option<()> {
        matches!(self.0.first()?, b'S' | b'P').then_some(())?;
        self.skip(1)
    }

    fn bind(&mut self) -> Option<()> {
        self.text()?;
        self.text()?;
        self.list(2)?;
        for _ in 0..self.count()? {
            let (length, rest) = self.0.split_first_chunk::<4>()?;
            self.0 = rest;
            match i32::from_be_bytes(*length) {
                -1 => {}
                length => self.skip(usize::try_from(length).ok()?)?,
            }
        }
        self.list(2)
    }
}

#[cfg(test)]
mod tests {
    use bytes::BufMut as _;
    use pgwire::messages::extendedquery::{Bind, Describe, Execute, Parse};
    use pgwire::messages::simplequery::Query;
    use proptest::prelude::*;

    use super::*;

    fn whole() -> Vec<Vec<u8>> {
        let value = |text: &'static [u8]| Some(bytes::Bytes::from_static(text));
        let messages = [
            PgWireFrontendMessage::Query(Query::new("SELECT 1".into())),
            PgWireFrontendMessage::Parse(Parse::new(
                Some("a".into()),
                "SELECT $1, $2".into(),
                vec![25, 0],
            )),
            PgWireFrontendMessage::Bind(Bind::new(
                Some("p".into()),
                Some("a".into()),
                vec![0, 1],
                vec![value(b"text"), None, value(b"")],
                vec![1],
            )),
            PgWireFrontendMessage::Describe(Describe::new(b'S', Some("a".into()))),
            PgWireFrontendMessage::Execute(Execute::new(Some("p".into()), 7)),
        ];
        let encoded = messages.iter().map(|message| {
            let mut bytes = BytesMut::new();
            message.encode(&mut bytes).unwrap();
            bytes.to_vec()
        });
        encoded.collect()
    }

    /// What a connection that sends these bytes and ends is taken for.
    fn read(bytes: &[u8]) -> (usize, Result<(), FrameError>) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap();
        runtime.block_on(async {
            let mut frames = Frames::new(bytes, Duration::from_secs(5));
            let mut count = 0;
            loop {
                match frames.next().await {
                    Ok(Some(_)) => count += 1,
                    Ok(None) => return (count, Ok(())),
                    Err(error) => return (count, Err(error)),
                }
            }
        })
    }

    #[test]
    fn whole_messages_are_read_one_after_the_other() {
        let messages = whole();
        assert_eq!(read(&messages.concat()), (messages.len(), Ok(())));
    }

    #[test]
    fn a_message_cut_short_within_its_length_is_none() {
        for message in whole() {
            for end in 5..message.len() {
                let mut cut = message[..end].to_vec();
                let length = u32::try_from(end - 1).unwrap();
                cut[1..5].copy_from_slice(&length.to_be_bytes());
                let (_, outcome) = read(&cut);
                assert_eq!(outcome, Err(FrameError::Malformed), "{message:?} {end}");
            }
            assert_eq!(read(&message[..message.len() - 1]).1, Err(FrameError::Gone));
        }
    }

    #[test]
    fn a_length_beyond_the_limit_takes_no_memory_and_is_refused() {
        for (kind, length) in [
            (b'Q', 1 << 30),
            (b'B', u32::MAX),
            (b'S', 1 << 20),
            (b'Q', 3),
            (b'F', 4),
            (b'd', 4),
            (0, 4),
        ] {
            let mut bytes = BytesMut::new();
            bytes.put_u8(kind);
            bytes.put_u32(length);
            assert_eq!(read(&bytes), (0, Err(FrameError::Malformed)));
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&bytes);
        }

        #[test]
        fn no_change_of_a_message_makes_the_reader_panic(
            which in 0..5_usize,
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        ) {
            let mut message = whole().swap_remove(which);
            for (place, byte) in changes {
                let place = place.index(message.len());
                message[place] = byte;
            }
            let _ = read(&message);
        }
    }
}
