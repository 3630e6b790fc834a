//! Listening, with or without TLS, and stopping in good order.

use std::net::SocketAddr;
use std::sync::Arc;

use safeground_server::{AppState, Door, DoorError, Security};

use crate::cancel::Cancels;
use crate::entry::{Inside, enter};

/// The name of the protocol in TLS, where a client begins with TLS at once.
pub(crate) const ALPN: &[u8] = b"postgresql";

/// What all connections share.
pub(crate) struct Shared {
    /// Releases, tokens and limits.
    pub(crate) state: AppState,
    /// Queries that can be stopped.
    pub(crate) cancels: Cancels,
    /// Connections by whose they are.
    pub(crate) inside: Inside,
}

/// A server that listens but does not answer yet.
pub struct Server {
    door: Door,
    shared: Arc<Shared>,
}

impl Server {
    /// Listens on an address; port 0 means any that is free. The releases,
    /// tokens and limits are those of `state`, which somebody else keeps fresh.
    ///
    /// # Errors
    /// [`DoorError`].
    pub async fn bind(
        address: SocketAddr,
        state: AppState,
        security: &Security,
    ) -> Result<Self, DoorError> {
        let door = Door::open(address, security, "PostgreSQL", &[ALPN]).await?;
        let shared = Shared {
            state,
            cancels: Cancels::default(),
            inside: Inside::default(),
        };
        Ok(Self {
            door,
            shared: Arc::new(shared),
        })
    }

    /// The public release as clients write its address.
    #[must_use]
    pub fn url(&self) -> String {
        let mode = match self.door.has_tls() {
            true => "?sslmode=require",
            false => "",
        };
        format!("postgresql://{}/public{mode}", self.door.address())
    }

    /// The address that is listened on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.door.address()
    }

    /// Answers until `stop` is done, then lets queries under way end.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let config = self.shared.state.config().clone();
        let shared = self.shared;
        let answer = |guest| enter(Arc::clone(&shared), guest);
        self.door.receive(&config, stop, answer).await;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use safeground_server::Config;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpStream;

    use super::*;

    #[tokio::test]
    async fn a_client_that_does_not_say_who_it_is_in_time_is_cut_off() {
        let folder = tempfile::tempdir().unwrap();
        let config = Config {
            header_timeout: Duration::from_millis(100),
            ..Config::default()
        };
        let state = AppState::new(folder.path(), config);
        let local = SocketAddr::from(([127, 0, 0, 1], 0));
        let plain = Security::Plain {
            from_anywhere: false,
        };
        let server = Server::bind(local, state, &plain).await.unwrap();
        let address = server.address();
        assert_eq!(server.url(), format!("postgresql://{address}/public"));
        tokio::spawn(server.run(std::future::pending()));
        let whole = b"\0\0\0\x10\0\x03\0\0user\0a\0\0";
        for said in [&b""[..], &whole[..3], &whole[..9], &whole[..15]] {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(said).await.unwrap();
            let mut rest = Vec::new();
            let read = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut rest));
            assert!(read.await.is_ok(), "the connection stayed open");
        }
    }
}
