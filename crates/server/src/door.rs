//! Listening, with or without TLS, and stopping in good order: what all ways
//! in have in common.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::config::Config;
use crate::progress::Progress;

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

/// Why nobody can come in.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DoorError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address} for {what}: choose another address")]
    Listen {
        /// Protocol.
        what: &'static str,
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
}

/// An address that is listened on.
pub struct Door {
    listener: TcpListener,
    address: SocketAddr,
    tls: Option<TlsAcceptor>,
    what: &'static str,
}

/// A client that came in.
pub struct Guest {
    /// The connection. TLS, if it has any, is still to come.
    pub stream: Progress<TcpStream>,
    /// The client's address.
    pub address: SocketAddr,
    /// What agrees on TLS.
    pub tls: Option<TlsAcceptor>,
    /// True once the server stops: what is under way may end.
    pub stopped: watch::Receiver<bool>,
}

impl Door {
    /// Listens on an address; port 0 means any that is free. `what` is the name
    /// of the protocol in errors and the log, `alpn` its names in TLS.
    ///
    /// # Errors
    /// [`DoorError`].
    pub async fn open(
        address: SocketAddr,
        security: &Security,
        what: &'static str,
        alpn: &[&[u8]],
    ) -> Result<Self, DoorError> {
        let tls = match security {
            Security::Plain { from_anywhere } => {
                if !from_anywhere && !address.ip().is_loopback() {
                    return Err(DoorError::InTheOpen { address });
                }
                None
            }
            Security::Tls { certificates, key } => Some(acceptor(certificates, key, alpn)?),
        };
        let failed = |source| DoorError::Listen {
            what,
            address,
            source,
        };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Self {
            listener,
            address,
            tls,
            what,
        })
    }

    /// The address that is listened on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Whether connections are kept from others by TLS.
    #[must_use]
    pub fn has_tls(&self) -> bool {
        self.tls.is_some()
    }

    /// Lets clients in until `stop` is done, then waits for those inside, as
    /// long as the configuration gives them.
    ///
    /// 1. At most as many clients are inside as the configuration says; more
    ///    wait outside.
    /// 2. Each gets a task of its own, which `answer` makes.
    pub async fn receive<Answering>(
        self,
        config: &Config,
        stop: impl Future<Output = ()>,
        mut answer: impl FnMut(Guest) -> Answering,
    ) where
        Answering: Future<Output = ()> + Send + 'static,
    {
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
            let (Ok(permit), Ok((stream, address))) = (permit, accepted) else {
                // No file handle left, or a client that went away: wait a
                // moment instead of spinning.
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            };
            // Small messages go out at once; a client waits for each of them.
            let _ = stream.set_nodelay(true);
            let answering = answer(Guest {
                stream: Progress::new(stream, config.write_timeout),
                address,
                tls: self.tls.clone(),
                stopped: stopped.clone(),
            });
            tokio::spawn(async move {
                answering.await;
                drop(permit);
            });
        }
        drop(self.listener);
        let protocol = self.what;
        tracing::info!(protocol, "stopping: requests under way may end");
        // Nobody may be listening any more; that is what we want.
        let _ = stopping.send(true);
        let all = u32::try_from(config.max_connections).unwrap_or(u32::MAX);
        let ended = connections.acquire_many(all);
        if tokio::time::timeout(config.shutdown_grace, ended)
            .await
            .is_err()
        {
            tracing::warn!(protocol, "stopped with requests still under way");
        }
    }
}

/// TLS with a certificate and key.
fn acceptor(certificates: &Path, key: &Path, alpn: &[&[u8]]) -> Result<TlsAcceptor, DoorError> {
    let bad = |what, path: &Path| {
        let path = path.to_owned();
        move |reason: String| DoorError::Pem { what, path, reason }
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
    config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
    Ok(TlsAcceptor::from(Arc::new(config)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn other_machines_need_tls_unless_a_proxy_does_it() {
        let folder = tempfile::tempdir().unwrap();
        let anywhere = SocketAddr::from(([0, 0, 0, 0], 0));
        let open = async |security: &Security| {
            let opened = Door::open(anywhere, security, "a test", &[]).await;
            opened.map(|door| door.has_tls())
        };
        let plain = |from_anywhere| Security::Plain { from_anywhere };
        let refused = open(&plain(false)).await;
        assert!(matches!(refused, Err(DoorError::InTheOpen { .. })));
        assert!(!open(&plain(true)).await.unwrap());
        let no_pem = folder.path().join("no.pem");
        std::fs::write(&no_pem, "nothing").unwrap();
        let tls = Security::Tls {
            certificates: no_pem.clone(),
            key: no_pem,
        };
        assert!(matches!(open(&tls).await, Err(DoorError::Pem { .. })));
    }
}
