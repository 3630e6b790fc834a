//! Listening, with or without TLS, and stopping in good order.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use safeground_server::{AppState, Progress};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::grpc::answer;
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

/// How connections are kept from others.
#[derive(Debug, Clone)]
pub enum Security {
    /// Not at all: only on this machine, unless a proxy does it.
    Plain {
        /// Whether other machines may connect all the same.
        from_anywhere: bool,
    },
    /// TLS 1.2 or 1.3.
    Tls {
        /// Certificate and those above it, in PEM.
        certificates: PathBuf,
        /// Its private key, in PEM.
        key: PathBuf,
    },
}

/// Why a server cannot serve.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address} for Flight SQL: choose another address")]
    Listen {
        /// Address.
        address: SocketAddr,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// Tokens would cross the network in the open.
    #[error(
        "{address} can be reached from other machines and tokens would be sent to it in the open: \
         give a certificate and key, or say that a proxy does TLS"
    )]
    InTheOpen {
        /// Address.
        address: SocketAddr,
    },
    /// A PEM file cannot be used.
    #[error("the {what} in {path} cannot be used ({reason}): expected PEM")]
    Pem {
        /// Certificate or key.
        what: &'static str,
        /// File.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The system gives no random numbers.
    #[error("the system gives no random numbers ({0})")]
    Random(String),
}

/// A server that listens but does not answer yet.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    tls: Option<TlsAcceptor>,
    state: AppState,
    service: Arc<Service>,
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
        let tls = match security {
            Security::Plain { from_anywhere } => {
                if !from_anywhere && !address.ip().is_loopback() {
                    return Err(ServeError::InTheOpen { address });
                }
                None
            }
            Security::Tls { certificates, key } => Some(acceptor(certificates, key)?),
        };
        let failed = |source| ServeError::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let service = Arc::new(Service::new(state.clone(), options)?);
        Ok(Self {
            listener,
            address,
            tls,
            state,
            service,
        })
    }

    /// The address that is listened on, as clients write it.
    #[must_use]
    pub fn url(&self) -> String {
        let scheme = if self.tls.is_some() {
            "grpc+tls"
        } else {
            "grpc"
        };
        format!("{scheme}://{}", self.address)
    }

    /// The address that is listened on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers until `stop` is done, then lets calls under way end.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let config = self.state.config().clone();
        let (stopping, stopped) = watch::channel(false);
        let connections = Arc::new(Semaphore::new(config.max_connections));
        let mut stop = std::pin::pin!(stop);
        loop {
            let permit = tokio::select! {
                () = &mut stop => break,
                permit = Arc::clone(&connections).acquire_owned() => permit,
            };
            let accepted = tokio::select! {
                () = &mut stop => break,
                accepted = self.listener.accept() => accepted,
            };
            let (Ok(permit), Ok((stream, client))) = (permit, accepted) else {
                // No file handle left, or a client that went away: wait a
                // moment instead of spinning.
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            };
            let connection = Connection {
                service: Arc::clone(&self.service),
                client,
                stopped: stopped.clone(),
                tls: self.tls.clone(),
                write_timeout: config.write_timeout,
                handshake_timeout: config.header_timeout,
            };
            tokio::spawn(async move {
                connection.answer(stream).await;
                drop(permit);
            });
        }
        drop(self.listener);
        // Nobody may be listening any more; that is what we want.
        let _ = stopping.send(true);
        let all = u32::try_from(config.max_connections).unwrap_or(u32::MAX);
        let ended = connections.acquire_many(all);
        if tokio::time::timeout(config.shutdown_grace, ended)
            .await
            .is_err()
        {
            tracing::warn!("stopped with Flight SQL calls still under way");
        }
    }
}

/// One client.
struct Connection {
    service: Arc<Service>,
    client: SocketAddr,
    stopped: watch::Receiver<bool>,
    tls: Option<TlsAcceptor>,
    write_timeout: Duration,
    handshake_timeout: Duration,
}

impl Connection {
    async fn answer(self, stream: TcpStream) {
        // Small messages go out at once; a client waits for each of them.
        let _ = stream.set_nodelay(true);
        let stream = Progress::new(stream, self.write_timeout);
        match self.tls.clone() {
            None => self.answer_on(stream).await,
            Some(tls) => {
                let shaking = tls.accept(stream);
                // A client that cannot agree is told by TLS itself.
                if let Ok(Ok(stream)) = tokio::time::timeout(self.handshake_timeout, shaking).await
                {
                    self.answer_on(stream).await;
                }
            }
        }
    }

    async fn answer_on(mut self, stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static) {
        let (service, client) = (self.service, self.client);
        let called = Arc::new(AtomicBool::new(false));
        let calling = Arc::clone(&called);
        let calls = service_fn(move |request| {
            calling.store(true, Ordering::Relaxed);
            answer(Arc::clone(&service), client, request)
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
        let mut silent = std::pin::pin!(tokio::time::sleep(self.handshake_timeout));
        let mut waiting = true;
        // How a connection ends is the client's affair: errors are not logged.
        let _ = loop {
            tokio::select! {
                result = connection.as_mut() => break result,
                _ = self.stopped.changed() => {
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
}

/// TLS with a certificate and key, for HTTP/2.
fn acceptor(certificates: &Path, key: &Path) -> Result<TlsAcceptor, ServeError> {
    let bad = |what, path: &Path| {
        let path = path.to_owned();
        move |reason: String| ServeError::Pem { what, path, reason }
    };
    let bad_certificate = bad("certificate", certificates);
    let chain = CertificateDer::pem_file_iter(certificates)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| bad("certificate", certificates)(error.to_string()))?;
    if chain.is_empty() {
        return Err(bad_certificate("it holds none".into()));
    }
    let private = PrivateKeyDer::from_pem_file(key)
        .map_err(|error| bad("private key", key)(error.to_string()))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|config| {
            config
                .with_no_client_auth()
                .with_single_cert(chain, private)
        });
    let mut config = config.map_err(|error| bad_certificate(error.to_string()))?;
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

#[cfg(test)]
mod tests {
    use safeground_server::Config;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

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

    #[tokio::test]
    async fn other_machines_need_tls_unless_a_proxy_does_it() {
        let folder = tempfile::tempdir().unwrap();
        let open = SocketAddr::from(([0, 0, 0, 0], 0));
        let bind = async |security: &Security| {
            let bound = Server::bind(open, state(folder.path()), security, Options::default());
            bound.await.map(|server| server.url())
        };
        let refused = bind(&PLAIN).await;
        assert!(matches!(refused, Err(ServeError::InTheOpen { .. })));
        let proxied = Security::Plain {
            from_anywhere: true,
        };
        assert!(bind(&proxied).await.unwrap().starts_with("grpc://"));
        let no_pem = folder.path().join("no.pem");
        std::fs::write(&no_pem, "nothing").unwrap();
        let tls = Security::Tls {
            certificates: no_pem.clone(),
            key: no_pem,
        };
        assert!(matches!(bind(&tls).await, Err(ServeError::Pem { .. })));
    }
}
