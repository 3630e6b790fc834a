//! Flight SQL through the binary: attacks 23, 27, 28 and 29 of its door, tried
//! beside HTTP.

use std::time::{Duration, Instant};

use bytes::Bytes;
use prost::Message as _;
use serde_json::Value;
use tonic::Code;

use crate::flight_client::{
    Cancel, Cancelled, Client, Descriptor, Endpoint, Info, Named, OneBytes, OneText, any, problem,
    statement,
};
use crate::path::House;
use crate::sql::{Served, house};

/// Statements that pass and that are refused, those of the tests of
/// `safeground-sql`.
pub const STATEMENTS: &str = include_str!("../../../sql/tests/sql/attacks/statements.json");

fn serve(house: &House) -> Served {
    Served::start_with(house, &["--flight", "127.0.0.1:0"])
}

async fn client(served: &Served) -> Client {
    Client::connect(served.flight.expect("it serves Flight SQL")).await
}

/// A token and its identifier.
pub fn token(house: &House, options: &[&str]) -> (String, String) {
    let arguments = [&["token", "create", "--audience", "research"][..], options].concat();
    let token = house.succeeds(&arguments).trim().to_owned();
    let listed = house.succeeds(&["token", "list"]);
    let last = listed.lines().last().unwrap();
    (token, last.split_whitespace().next().unwrap().to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn http_and_flight_decide_alike_on_every_statement() {
    let house = house();
    let served = serve(&house);
    let client = client(&served).await;
    let listed: Value = serde_json::from_str(STATEMENTS).unwrap();
    let listed = listed.as_object().unwrap().values();
    let statements = listed.flat_map(|kind| kind.as_array().unwrap());
    let mut statements: Vec<String> = statements
        .map(|sql| sql.as_str().unwrap().to_owned())
        .collect();
    statements.extend([
        format!("SELECT {}1", "1+".repeat(3_000)),
        format!("SELECT {}true", "true AND ".repeat(1_500)),
        format!("{}SELECT 1", "SELECT 1 UNION ".repeat(100)),
        format!("SELECT '{}'", "a".repeat(15_000)),
    ]);
    assert!(statements.len() > 150);
    let (mut answered, mut refused) = (0, 0);
    for sql in &statements {
        let body = serde_json::json!({ "sql": sql, "format": "arrow" }).to_string();
        let (head, body) = served.post("/v1/sql", &body);
        let over_flight = client.ask(sql).await;
        let start: String = sql.chars().take(80).collect();
        match over_flight {
            Ok(_) => {
                assert!(head.starts_with("HTTP/1.1 200"), "{start}: {head}");
                answered += 1;
            }
            Err(status) => {
                assert!(
                    head.starts_with("HTTP/1.1 400"),
                    "{start}: {status:?} {head}"
                );
                let told: Value = serde_json::from_slice(&body).unwrap();
                let expected = format!("urn:safeground:problem:{}", problem(&status));
                assert_eq!(told["type"], *expected, "{start}");
                let title = told["title"].as_str().unwrap();
                assert_eq!(title[1..], status.message()[1..], "{start}");
                refused += 1;
            }
        }
    }
    assert!(answered > 10 && refused > 130, "{answered} {refused}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ticket_is_its_owners_while_their_token_is_valid_and_nobody_can_make_one() {
    let house = house();
    let served = serve(&house);
    let anybody = client(&served).await;
    let (secret, id) = token(&house, &[]);
    let (other, _) = token(&house, &[]);
    let (one, other) = (anybody.with_token(&secret), anybody.with_token(&other));
    let sql = "SELECT place_id FROM places ORDER BY 1 LIMIT 1";
    let ticket = one.ticket(statement(sql)).await.unwrap();
    assert_eq!(one.get(ticket.clone()).await.unwrap().len(), 2);
    for stranger in [&other, &anybody] {
        let refused = stranger.get(ticket.clone()).await.unwrap_err();
        assert_eq!(problem(&refused), "no-ticket");
    }
    // The other way round: what the public release opens.
    let public = anybody.ticket(statement(sql)).await.unwrap();
    assert!(one.get(public).await.is_err());
    // Each part of it changed, cut off, or made up.
    for position in (0..ticket.len()).step_by(7) {
        let mut forged = ticket.to_vec();
        forged[position] ^= 1;
        assert!(one.get(forged.into()).await.is_err(), "byte {position}");
    }
    let sealed = OneBytes {
        bytes: Bytes::from_static(&[7; 64]),
    };
    for forged in [
        Bytes::new(),
        ticket.slice(..ticket.len() - 1),
        any("TicketStatementQuery", &sealed),
        any("TicketStatementQuery", &OneText { text: sql.into() }),
        statement(sql),
        any("CommandStatementSubstraitPlan", &sealed),
    ] {
        assert!(one.get(forged).await.is_err());
    }
    // A server that starts anew knows no ticket of before.
    let restarted = serve(&house);
    let again = client(&restarted).await.with_token(&secret);
    let refused = again.get(ticket.clone()).await.unwrap_err();
    assert_eq!(problem(&refused), "no-ticket");
    // Replayed after revocation.
    house.succeeds(&["token", "revoke", &id]);
    tokio::time::sleep(Duration::from_secs(2)).await;
    let refused = one.get(ticket).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unauthenticated);
    assert!(one.ask(sql).await.is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_prepared_statement_is_its_owners_and_their_number_is_limited() {
    let house = house();
    let served = serve(&house);
    let anybody = client(&served).await;
    let one = anybody.with_token(&token(&house, &[]).0);
    let prepare = any(
        "ActionCreatePreparedStatementRequest",
        &OneText {
            text: "SELECT name FROM places WHERE place_id = $1".into(),
        },
    );
    let prepared = one
        .act("CreatePreparedStatement", prepare.clone())
        .await
        .unwrap();
    let named = Named::decode(prepared[0].bytes.clone()).unwrap();
    let handle = OneBytes::decode(named.bytes).unwrap();
    assert_eq!(handle.bytes.len(), 32);
    let command = any("CommandPreparedStatementQuery", &handle);
    let close = any("ActionClosePreparedStatementRequest", &handle);
    let refused = anybody.info(command.clone()).await.unwrap_err();
    assert_eq!(problem(&refused), "no-statement");
    let refused = anybody.put(command.clone()).await.unwrap_err();
    assert_eq!(problem(&refused), "no-statement");
    let refused = anybody.act("ClosePreparedStatement", close.clone()).await;
    assert_eq!(problem(&refused.unwrap_err()), "no-statement");
    // Planned without its value, but not run.
    let ticket = one.ticket(command.clone()).await.unwrap();
    let refused = one.get(ticket).await.unwrap_err();
    assert_eq!(problem(&refused), "sql-parameters");
    one.act("ClosePreparedStatement", close).await.unwrap();
    assert!(one.info(command).await.is_err());
    let mut kept = 0;
    let refused = loop {
        match one.act("CreatePreparedStatement", prepare.clone()).await {
            Ok(_) => kept += 1,
            Err(refused) => break refused,
        }
        assert!(kept < 100, "there is no limit");
    };
    assert_eq!((problem(&refused), kept), ("too-many-statements", 32));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_no_query_is_refused_with_the_same_words() {
    let house = house();
    let served = serve(&house);
    let client = client(&served).await;
    let some = OneBytes {
        bytes: Bytes::from_static(b"SELECT 1"),
    };
    let mut told = Vec::new();
    for name in [
        "CommandStatementUpdate",
        "CommandPreparedStatementUpdate",
        "CommandStatementIngest",
        "CommandStatementSubstraitPlan",
        "CommandStatementQuery",
        "Nonsense",
    ] {
        told.push(client.put(any(name, &some)).await.unwrap_err());
    }
    for name in ["CommandStatementUpdate", "CommandStatementSubstraitPlan"] {
        told.push(client.info(any(name, &some)).await.unwrap_err());
    }
    for action in [
        "BeginTransaction",
        "EndTransaction",
        "BeginSavepoint",
        "EndSavepoint",
        "CreatePreparedSubstraitPlan",
        "CancelQuery",
        "RenewFlightEndpoint",
        "SetSessionOptions",
        "GetSessionOptions",
        "CloseSession",
        "createpreparedstatement",
        "",
    ] {
        told.push(
            client
                .act(action, any("Whatever", &some))
                .await
                .unwrap_err(),
        );
    }
    for call in ["DoExchange", "PollFlightInfo", "ListFlights", "Nonsense"] {
        let refused = client
            .call::<_, OneBytes>(call, vec![OneBytes::default()])
            .await;
        told.push(refused.unwrap_err());
    }
    // In a transaction that there is not.
    let within = Named {
        name: "SELECT 1".into(),
        bytes: Bytes::from_static(b"1"),
    };
    told.push(
        client
            .info(any("CommandStatementQuery", &within))
            .await
            .unwrap_err(),
    );
    for refused in &told {
        assert_eq!(problem(refused), "not-supported", "{refused:?}");
        assert_eq!(refused.message(), told[0].message());
        assert_eq!(refused.code(), Code::Unimplemented);
    }
    let actions = client
        .call::<_, Named>("ListActions", vec![OneBytes::default()])
        .await;
    let names: Vec<String> = actions.unwrap().into_iter().map(|a| a.name).collect();
    assert_eq!(
        names,
        [
            "CreatePreparedStatement",
            "ClosePreparedStatement",
            "CancelFlightInfo"
        ]
    );
    // More than a message may hold, and bytes that are no message of Flight SQL.
    let huge = OneText {
        text: "a".repeat(2 << 20),
    };
    assert!(
        client
            .info(any("CommandStatementQuery", &huge))
            .await
            .is_err()
    );
    let descriptor = Descriptor {
        kind: 1,
        command: Bytes::from_static(&[0xff; 20]),
    };
    let refused = client
        .call::<_, Info>("GetFlightInfo", vec![descriptor])
        .await;
    assert!(refused.is_err());
    assert!(client.ask("SELECT 1").await.is_ok(), "it still answers");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_query_that_runs_is_stopped_by_its_ticket_and_by_its_owner_alone() {
    let house = house();
    let served = serve(&house);
    let anybody = client(&served).await;
    let one = anybody.with_token(&token(&house, &[]).0);
    let long = "SELECT sum(a.value * b.value % 7) FROM generate_series(1, 1000000) AS a CROSS \
                JOIN generate_series(1, 1000000) AS b";
    let ticket = one.ticket(statement(long)).await.unwrap();
    let cancel = Cancel {
        info: Some(Info {
            endpoints: vec![Endpoint {
                ticket: Some(OneBytes {
                    bytes: ticket.clone(),
                }),
            }],
            ..Info::default()
        }),
    };
    let cancel = Bytes::from(cancel.encode_to_vec());
    let status = async |client: &Client| {
        let told = client.act("CancelFlightInfo", cancel.clone()).await?;
        Ok::<_, tonic::Status>(Cancelled::decode(told[0].bytes.clone()).unwrap().status)
    };
    assert_eq!(status(&one).await.unwrap(), 3, "it does not run yet");
    let running = tokio::spawn({
        let one = one.clone();
        async move { one.get(ticket).await }
    });
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(problem(&status(&anybody).await.unwrap_err()), "no-ticket");
    let began = Instant::now();
    assert_eq!(status(&one).await.unwrap(), 1);
    let refused = running.await.unwrap().unwrap_err();
    assert_eq!(refused.code(), Code::Cancelled, "{refused:?}");
    assert!(began.elapsed() < Duration::from_secs(20));
    assert_eq!(status(&one).await.unwrap(), 3, "it does not run any more");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guessing_is_stopped_here_and_over_http_together() {
    let house = house();
    let served = serve(&house);
    let anybody = client(&served).await;
    let part = anybody.with_token(&token(&house, &["--theme", "trafficking"]).0);
    assert!(part.ask("SELECT 1").await.is_ok());
    for guess in 0..10 {
        let guess = anybody.with_token(&format!("sgt_{guess:064x}"));
        let refused = guess.ask("SELECT 1").await.unwrap_err();
        assert_eq!(refused.code(), Code::Unauthenticated);
    }
    let valid = token(&house, &[]).0;
    let refused = anybody
        .with_token(&valid)
        .ask("SELECT 1")
        .await
        .unwrap_err();
    assert_eq!(problem(&refused), "too-many-failures");
    let (head, _) = served.get(
        "/v1/tables?audience=research",
        &format!("Authorization: Bearer {valid}\r\n"),
    );
    assert!(head.starts_with("HTTP/1.1 429"), "{head}");
    assert!(anybody.ask("SELECT 1").await.is_ok());
}
