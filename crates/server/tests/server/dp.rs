//! Questions with noise: who may ask, and what of a worker's reply is passed on.
#![cfg(unix)]

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use chrono::{TimeDelta, Utc};
use safeground_server::{Audience, Config, NewToken, TokenStore};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixListener;

use crate::fixture::{Answer, Client, Folder};

const QUESTION: &str = r#"{"question":"SELECT COUNT(*) FROM incidents","epsilon":"0.01"}"#;

/// An answer as a worker writes it, a float with all its digits included.
const ANSWERED: &str = r#"{"answer":{"question":"q","draw":"d","canonical":"c","epsilon":"0.01","sensitivity":2,"contribution_bound":2,"standard_error":282.8427124746190,"confidence":0.95,"rounded_to":50,"groups":[],"cells":[{"keys":[],"value":150,"low":0,"high":800}]},"charged":null,"remaining":{"2024":"0.09"}}"#;

/// A worker that replies the same to every line, and the lines it got.
fn worker(folder: &Path, reply: &'static str) -> (PathBuf, Arc<Mutex<Vec<String>>>) {
    let socket = folder.join("worker");
    let listener = UnixListener::bind(&socket).unwrap();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&asked);
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let mut stream = BufReader::new(stream);
            let mut line = String::new();
            stream.read_line(&mut line).await.unwrap();
            seen.lock().unwrap().push(line);
            if reply == "never" {
                tokio::time::sleep(Duration::from_secs(3600)).await;
            }
            stream.write_all(reply.as_bytes()).await.unwrap();
        }
    });
    (socket, asked)
}

async fn client(folder: &Folder, socket: Option<PathBuf>) -> Client {
    let config = Config {
        dp_socket: socket,
        dp_timeout: Duration::from_millis(300),
        ..Folder::config()
    };
    folder.client_with(config).await
}

fn token(folder: &Folder, audience: Audience) -> String {
    let (secret, _) = TokenStore::new(folder.path())
        .create(NewToken {
            audience,
            lifetime: TimeDelta::days(1),
            label: None,
            scope: safeground_server::Scope::default(),
            now: Utc::now(),
        })
        .unwrap();
    format!("Bearer {}", secret.reveal())
}

async fn post(client: &Client, token: &str, body: impl Into<Body>) -> Answer {
    let request = Request::post("/v1/dp").header("authorization", token);
    client.send(request.body(body.into()).unwrap()).await
}

#[tokio::test]
async fn without_a_worker_there_is_nothing_at_the_address() {
    let folder = Folder::empty();
    let client = client(&folder, None).await;
    let token = token(&folder, Audience::Research);
    assert!(post(&client, &token, QUESTION).await.is_problem(404));
    assert!(client.get("/v1/dp").await.is_problem(404));
}

#[tokio::test]
async fn a_researcher_is_answered_byte_for_byte_and_nobody_else() {
    let (folder, sockets) = (Folder::empty(), tempfile::tempdir().unwrap());
    let line: &'static str = Box::leak(format!("{ANSWERED}\n").into_boxed_str());
    let (socket, asked) = worker(sockets.path(), line);
    let client = client(&folder, Some(socket)).await;
    let answer = post(&client, &token(&folder, Audience::Research), QUESTION).await;
    assert_eq!(
        (answer.status.as_u16(), answer.text().as_str()),
        (200, ANSWERED)
    );
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("etag"), "");
    let planner = token(&folder, Audience::Planning);
    assert!(post(&client, &planner, QUESTION).await.is_problem(403));
    assert!(
        post(&client, "Bearer sgt_wrong", QUESTION)
            .await
            .is_problem(401)
    );
    assert!(client.get("/v1/dp").await.is_problem(401));
    let put = Request::put("/v1/dp").body(Body::empty()).unwrap();
    let put = client.send(put).await;
    assert!(put.is_problem(405));
    assert_eq!(put.header("allow"), "GET, HEAD, POST");
    let asked = asked.lock().unwrap();
    assert_eq!(asked.len(), 1, "only the researcher's question went on");
    assert!(asked[0].contains("SELECT COUNT(*) FROM incidents"));
}

#[tokio::test]
async fn what_is_no_question_never_reaches_the_worker() {
    let (folder, sockets) = (Folder::empty(), tempfile::tempdir().unwrap());
    let (socket, asked) = worker(sockets.path(), "{}\n");
    let client = client(&folder, Some(socket)).await;
    let token = token(&folder, Audience::Research);
    for (body, status) in [
        ("", 400),
        ("SELECT COUNT(*) FROM incidents", 400),
        (r#"{"question":"x"}"#, 400),
        (
            r#"{"question":"x","epsilon":"0.01","audience":"public"}"#,
            400,
        ),
        (r#"{"question":"x","epsilon":"0"}"#, 400),
        (r#"{"question":"x","epsilon":"1e-3"}"#, 400),
    ] {
        assert!(
            post(&client, &token, body).await.is_problem(status),
            "{body}"
        );
    }
    let long = format!(
        r#"{{"question":"{}","epsilon":"0.01"}}"#,
        "x".repeat(20_000)
    );
    // A stream names no length; it is cut off where it is too long.
    let unsized_body = Body::new(Unsized(long.clone().into()));
    assert!(post(&client, &token, unsized_body).await.is_problem(413));
    assert!(post(&client, &token, long).await.is_problem(413));
    assert!(asked.lock().unwrap().is_empty());
}

/// A body that does not tell its length.
struct Unsized(Body);

impl axum::body::HttpBody for Unsized {
    type Data = axum::body::Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<hyper::body::Frame<Self::Data>, Self::Error>>> {
        std::pin::Pin::new(&mut self.0).poll_frame(context)
    }
}

#[tokio::test]
async fn refusals_keep_their_code_and_nonsense_is_not_passed_on() {
    for (reply, status, code) in [
        ("{\"refused\":\"dp_syntax\"}\n", 400, "dp_syntax"),
        (
            "{\"refused\":\"dp_budget_spent\"}\n",
            403,
            "dp_budget_spent",
        ),
        ("{\"refused\":\"dp_busy\"}\n", 503, "dp_busy"),
        ("{\"refused\":\"row 7\"}\n", 503, "dp_unavailable"),
        ("{\"count\":7}\n", 503, "dp_unavailable"),
        ("{\"refused\":\"dp_syntax\"}", 503, "dp_unavailable"),
        ("", 503, "dp_unavailable"),
        ("never", 503, "timeout"),
    ] {
        let (folder, sockets) = (Folder::empty(), tempfile::tempdir().unwrap());
        let (socket, _) = worker(sockets.path(), reply);
        let client = client(&folder, Some(socket)).await;
        let answer = post(&client, &token(&folder, Audience::Research), QUESTION).await;
        assert!(answer.is_problem(status), "{reply}: {answer:?}");
        let kind = format!("urn:safeground:problem:{code}");
        assert_eq!(answer.json()["type"], kind.as_str());
        assert!(!answer.text().contains('7'), "{reply}");
    }
    let folder = Folder::empty();
    let client = client(&folder, Some("/nowhere/worker".into())).await;
    let answer = post(&client, &token(&folder, Audience::Research), QUESTION).await;
    assert!(answer.is_problem(503) && !answer.text().contains("nowhere"));
}
