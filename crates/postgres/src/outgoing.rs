//! Messages on their way to the client.

use std::io;

use bytes::{Buf as _, BytesMut};
use pgwire::messages::PgWireBackendMessage;
use tokio::io::{AsyncWrite, AsyncWriteExt as _};

/// Bytes that are gathered before they are sent.
const GATHERED_BYTES: usize = 64 << 10;

/// Messages, gathered and sent.
pub(crate) struct Outgoing<W> {
    sink: W,
    gathered: BytesMut,
}

impl<W: AsyncWrite + Unpin> Outgoing<W> {
    /// Nothing yet, for a sink.
    pub(crate) fn new(sink: W) -> Self {
        Self {
            sink,
            gathered: BytesMut::new(),
        }
    }

    /// Adds a message, and sends what was gathered once it is much.
    ///
    /// # Errors
    /// The sink's, and a message that is too long to be one.
    pub(crate) async fn add(&mut self, message: PgWireBackendMessage) -> io::Result<()> {
        message
            .encode(&mut self.gathered)
            .map_err(io::Error::other)?;
        if self.gathered.len() >= GATHERED_BYTES {
            self.send().await?;
        }
        Ok(())
    }

    /// Sends what was gathered.
    ///
    /// # Errors
    /// The sink's.
    pub(crate) async fn send(&mut self) -> io::Result<()> {
        while self.gathered.has_remaining() {
            let sent = self.sink.write(&self.gathered).await?;
            if sent == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            self.gathered.advance(sent);
        }
        self.sink.flush().await
    }

    /// Sends what was gathered and says that nothing follows.
    pub(crate) async fn close(&mut self) {
        // Whoever went away need not be told.
        if self.send().await.is_ok() {
            let _ = self.sink.shutdown().await;
        }
    }
}
