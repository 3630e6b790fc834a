//! Listening, and stopping in good order.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tower::ServiceExt as _;

use crate::app;
use crate::error::ServerError;
use crate::progress::Progress;
use crate::state::AppState;

/// A server that listens but does not answer yet.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    state: AppState,
}

impl Server {
    /// Listens on an address; port 0 means any that is free.
    ///
    /// # Errors
    /// If the address cannot be listened on.
    pub async fn bind(address: SocketAddr, state: AppState) -> Result<Self, ServerError> {
        let failed = |source| ServerError::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Self {
            listener,
            address,
            state,
        })
    }

    /// The address that is listened on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers until `stop` is done, then lets requests under way end.
    ///
    /// Meanwhile it looks for newer releases. A client that sends its request
    /// too slowly, or takes its response too slowly, is cut off.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let config = self.state.config().clone();
        let (stopping, stopped) = watch::channel(false);
        let connections = Arc::new(Semaphore::new(config.max_connections));
        let watching = tokio::spawn(look_for_releases(self.state.clone(), config.poll_interval));
        let router = app(self.state.clone());
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
            let (Ok(permit), Ok((stream, peer))) = (permit, accepted) else {
                // No file handle left, or a client that went away: wait a
                // moment instead of spinning.
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            };
            let connection = Connection {
                state: self.state.clone(),
                router: router.clone(),
                peer,
                stopped: stopped.clone(),
            };
            tokio::spawn(async move {
                connection.answer(stream).await;
                drop(permit);
            });
        }
        drop(self.listener);
        watching.abort();
        tracing::info!("stopping: requests under way may end");
        // Nobody may be listening any more; that is what we want.
        let _ = stopping.send(true);
        let all = u32::try_from(config.max_connections).unwrap_or(u32::MAX);
        let ended = connections.acquire_many(all);
        if tokio::time::timeout(config.shutdown_grace, ended)
            .await
            .is_err()
        {
            tracing::warn!("stopped with requests still under way");
        }
    }
}

/// One client.
struct Connection {
    state: AppState,
    router: Router,
    peer: SocketAddr,
    stopped: watch::Receiver<bool>,
}

impl Connection {
    async fn answer(mut self, stream: TcpStream) {
        let config = self.state.config();
        let io = TokioIo::new(Progress::new(stream, config.write_timeout));
        let (router, peer) = (self.router, self.peer);
        let service = service_fn(move |request: hyper::Request<Incoming>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo(peer));
            router.clone().oneshot(request)
        });
        let connection = hyper::server::conn::http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(config.header_timeout)
            .max_buf_size(64 * 1024)
            .serve_connection(io, service);
        let mut connection = std::pin::pin!(connection);
        // How a connection ends is the client's affair: errors are not logged.
        let _ = tokio::select! {
            result = connection.as_mut() => result,
            _ = self.stopped.changed() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
    }
}

async fn look_for_releases(state: AppState, interval: Duration) {
    loop {
        tokio::time::sleep(interval).await;
        state.refresh().await;
    }
}

/// Done at SIGTERM or Ctrl-C.
pub async fn asked_to_stop() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => {
                tokio::select! {
                    _ = tokio::signal::ctrl_c() => {}
                    _ = terminate.recv() => {}
                }
                return;
            }
            Err(error) => tracing::warn!(%error, "only Ctrl-C stops the server"),
        }
    }
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
