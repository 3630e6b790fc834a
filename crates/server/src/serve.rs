//! HTTP over an address.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tower::ServiceExt as _;

use crate::app;
use crate::door::{Door, Guest, Security};
use crate::error::ServerError;
use crate::state::AppState;

/// A server that listens but does not answer yet.
pub struct Server {
    door: Door,
    state: AppState,
}

impl Server {
    /// Listens on an address; port 0 means any that is free.
    ///
    /// # Errors
    /// If the address cannot be listened on.
    pub async fn bind(address: SocketAddr, state: AppState) -> Result<Self, ServerError> {
        // Whoever is reached from other machines stands behind a proxy that
        // does TLS.
        let security = Security::Plain {
            from_anywhere: true,
        };
        let door = Door::open(address, &security, "HTTP", &[]).await?;
        Ok(Self { door, state })
    }

    /// The address that is listened on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.door.address()
    }

    /// Answers until `stop` is done, then lets requests under way end.
    ///
    /// Meanwhile it looks for newer releases. A client that sends its request
    /// too slowly, or takes its response too slowly, is cut off.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let config = self.state.config().clone();
        let watching = tokio::spawn(look_for_releases(self.state.clone(), config.poll_interval));
        let router = app(self.state.clone());
        let header_timeout = config.header_timeout;
        let answer = |guest| answer(guest, router.clone(), header_timeout);
        self.door.receive(&config, stop, answer).await;
        watching.abort();
    }
}

/// Answers one client.
async fn answer(mut guest: Guest, router: Router, header_timeout: Duration) {
    let peer = guest.address;
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        router.clone().oneshot(request)
    });
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(header_timeout)
        .max_buf_size(64 * 1024)
        .serve_connection(TokioIo::new(guest.stream), service);
    let mut connection = std::pin::pin!(connection);
    // How a connection ends is the client's affair: errors are not logged.
    let _ = tokio::select! {
        result = connection.as_mut() => result,
        _ = guest.stopped.changed() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
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
