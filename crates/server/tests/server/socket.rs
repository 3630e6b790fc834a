//! A server on a real socket.

use std::net::SocketAddr;
use std::time::Duration;

use safeground_server::{AppState, Config, Server};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::fixture::{Folder, Recipe};

/// A server that runs until this goes away.
pub struct Running {
    pub address: SocketAddr,
    stop: oneshot::Sender<()>,
    ended: JoinHandle<()>,
}

pub async fn start(folder: &Folder, config: Config) -> Running {
    let state = AppState::new(folder.path(), config);
    state.refresh().await;
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    let server = Server::bind(any, state).await.unwrap();
    let address = server.address();
    let (stop, stopped) = oneshot::channel();
    let ended = tokio::spawn(server.run(async {
        stopped.await.ok();
    }));
    Running {
        address,
        stop,
        ended,
    }
}

async fn get(address: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn a_real_client_gets_the_catalog() {
    let folder = Folder::with(&Recipe::default());
    let running = start(&folder, Folder::config()).await;
    let answer = get(running.address, "/v1/catalog").await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    let named = format!("safeground-release: {}\r\n", folder.id);
    assert!(answer.contains(&named), "{answer}");
    running.stop.send(()).unwrap();
    running.ended.await.unwrap();
}

#[tokio::test]
async fn a_release_published_while_serving_is_taken_up() {
    let folder = Folder::empty();
    let config = Config {
        poll_interval: Duration::from_millis(20),
        ..Folder::config()
    };
    let running = start(&folder, config).await;
    let ready = get(running.address, "/ready").await;
    assert!(ready.starts_with("HTTP/1.1 503"), "{ready}");
    folder.publish(&Recipe::default());
    let mut attempts = 0;
    while !get(running.address, "/ready")
        .await
        .starts_with("HTTP/1.1 200")
    {
        attempts += 1;
        assert!(attempts < 500, "the release was not taken up");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_client_that_sends_its_request_too_slowly_is_cut_off() {
    let folder = Folder::with(&Recipe::default());
    let config = Config {
        header_timeout: Duration::from_millis(100),
        ..Folder::config()
    };
    let running = start(&folder, config).await;
    let mut stream = TcpStream::connect(running.address).await.unwrap();
    stream
        .write_all(b"GET /health HTTP/1.1\r\nHost: ")
        .await
        .unwrap();
    let mut rest = Vec::new();
    let read = stream.read_to_end(&mut rest);
    let ended = tokio::time::timeout(Duration::from_secs(10), read).await;
    assert!(ended.is_ok(), "the connection stayed open");
    assert!(!String::from_utf8_lossy(&rest).contains("200 OK"));
}

#[tokio::test]
async fn stopping_waits_for_requests_under_way_and_takes_no_new_ones() {
    let folder = Folder::with(&Recipe::default());
    let running = start(&folder, Folder::config()).await;
    let mut stream = TcpStream::connect(running.address).await.unwrap();
    stream
        .write_all(b"GET /collections/h3_r5/items HTTP/1.1\r\nHost: h\r\n\r\n")
        .await
        .unwrap();
    let mut first = [0; 15];
    stream.read_exact(&mut first).await.unwrap();
    running.stop.send(()).unwrap();
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).await.unwrap();
    assert!(String::from_utf8_lossy(&rest).ends_with("]}"));
    running.ended.await.unwrap();
    assert!(TcpStream::connect(running.address).await.is_err());
}

#[tokio::test]
async fn a_client_that_takes_no_response_is_cut_off() {
    let folder = Folder::with(&Recipe::default());
    let config = Config {
        write_timeout: Duration::from_millis(200),
        max_connections: 1,
        ..Folder::config()
    };
    let running = start(&folder, config).await;
    let mut greedy = TcpStream::connect(running.address).await.unwrap();
    // Enough answers to fill every buffer between us, and none of them read.
    let ask = b"GET /collections/h3_r5/items HTTP/1.1\r\nHost: h\r\n\r\n".repeat(500);
    let asking = tokio::time::timeout(Duration::from_secs(20), greedy.write_all(&ask));
    // The write may fail half-way, when we are cut off.
    let _ = asking.await.expect("the server went on reading");
    // There is one place, so this one is answered only when that one is free.
    let second = tokio::time::timeout(Duration::from_secs(20), get(running.address, "/health"));
    let answer = second.await.expect("the place did not become free");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}
