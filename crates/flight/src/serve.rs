//! Listening, with or without TLS, and stopping in good order.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use safeground_server::{AppState, Door, DoorError, Guest, Security};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;

use crate::grpc::Calls;
use crate::service::Service;

/// Calls of one connection at a time.
const MOST_CALLS_OF_ONE: u32 = 32;

/// Bytes of the metadata of a call.
const MOST_METADATA_BYTES: u32 = 16 << 10;

/// Bytes of a client's messages that may be on their way to us.
const WINDOW_BYTES: u32 = 1 << 20;

/// How often a silent client is asked whether it is still there, and how long
/// it may take to say so.
const ASK_EVERY: Duration = Duration::from_secs(30);
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// What a server does beyond what the protocol says.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// Texts and bytes come in classic types, Utf8 and Binary, unless a call
    /// asks for views: for clients that do not know these.
    pub classic_types: bool,
}

/// Why a server cannot serve.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// Nobody can come in.
    #[error(transparent)]
    Door(#[from] DoorError),
    /// The system gives no random numbers.
    #[error("the system gives no random numbers ({0})")]
    Random(String),
}

/// A server that listens but does not answer yet.
pub struct Server {
    door: Door,
    state: AppState,
    service: Service,
}

impl Server {
    /// Listens on an address; port 0 means any that is free. The releases,
    /// tokens and limits are those of `state`, which somebody else keeps fresh.
    ///
    /// # Errors
    /// [`ServeError`].
    pub async fn bind(
        address: SocketAddr,
        state: AppState,
        security: &Security,
        options: Options,
    ) -> Result<Self, ServeError> {
        let door = Door::open(address, security, "Flight SQL", &[b"h2"]).await?;
        let service = Service::new(state.clone(), options)?;
        Ok(Self {
            door,
            state,
            service,
        })
    }

    /// The address that is listened on, as clients write it.
    #[must_use]
    pub fn url(&self) -> String {
        let scheme = if self.door.has_tls() {
            "grpc+tls"
        } else {
            "grpc"
        };
        format!("{scheme}://{}", self.door.address())
    }

    /// The address that is listened on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.door.address()
    }

    /// Answers until `stop` is done, then lets calls under way end.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let config = self.state.config().clone();
        let calls = Calls::new(self.service);
        let patience = config.header_timeout;
        let answer = |guest| answer(guest, calls.clone(), patience);
        self.door.receive(&config, stop, answer).await;
    }
}

/// Answers one client.
async fn answer(guest: Guest, calls: Calls, patience: Duration) {
    let (client, stopped) = (guest.address, guest.stopped);
    match guest.tls {
        None => answer_on(guest.stream, client, stopped, calls, patience).await,
        Some(tls) => {
            let shaking = tls.accept(guest.stream);
            // A client that cannot agree is told by TLS itself.
            if let Ok(Ok(stream)) = tokio::time::timeout(patience, shaking).await {
                answer_on(stream, client, stopped, calls, patience).await;
            }
        }
    }
}

async fn answer_on(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    client: SocketAddr,
    mut stopped: watch::Receiver<bool>,
    calls: Calls,
    patience: Duration,
) {
    let called = Arc::new(AtomicBool::new(false));
    let calling = Arc::clone(&called);
    let calls = service_fn(move |request| {
        calling.store(true, Ordering::Relaxed);
        calls.clone().answer(client, request)
    });
    let connection = hyper::server::conn::http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .max_concurrent_streams(MOST_CALLS_OF_ONE)
        .max_header_list_size(MOST_METADATA_BYTES)
        .initial_stream_window_size(WINDOW_BYTES)
        .initial_connection_window_size(WINDOW_BYTES)
        .keep_alive_interval(ASK_EVERY)
        .keep_alive_timeout(ANSWER_WITHIN)
        .serve_connection(TokioIo::new(stream), calls);
    let mut connection = std::pin::pin!(connection);
    let mut silent = std::pin::pin!(tokio::time::sleep(patience));
    let mut waiting = true;
    // How a connection ends is the client's affair: errors are not logged.
    let _ = loop {
        tokio::select! {
            result = connection.as_mut() => break result,
            _ = stopped.changed() => {
                connection.as_mut().graceful_shutdown();
                break connection.await;
            }
            // Whoever connects and asks nothing holds a place for nothing.
            () = silent.as_mut(), if waiting => {
                waiting = false;
                if !called.load(Ordering::Relaxed) {
                    break Ok(());
                }
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use safeground_server::Config;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpStream;

    use super::*;

    fn state(folder: &Path) -> AppState {
        let config = Config {
            header_timeout: Duration::from_millis(100),
            ..Config::default()
        };
        AppState::new(folder, config)
    }

    const PLAIN: Security = Security::Plain {
        from_anywhere: false,
    };

    #[tokio::test]
    async fn a_client_that_connects_and_asks_nothing_is_cut_off() {
        let folder = tempfile::tempdir().unwrap();
        let local = SocketAddr::from(([127, 0, 0, 1], 0));
        let server = Server::bind(local, state(folder.path()), &PLAIN, Options::default());
        let server = server.await.unwrap();
        let address = server.address();
        tokio::spawn(server.run(std::future::pending()));
        for said in [&b""[..], b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"] {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(said).await.unwrap();
            let mut rest = Vec::new();
            let read = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut rest));
            assert!(read.await.is_ok(), "the connection stayed open");
        }
    }
}
