//! The PostgreSQL protocol through the binary: attacks 23, 25, 27, 28, 29 and
//! 34 of its door, tried beside HTTP.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::flight::{STATEMENTS, token};
use crate::path::House;
use crate::postgres_client::{Client, Told};
use crate::sql::{Served, house};

/// Statements of the tests of `safeground-sql` that are answered here without a
/// query: they open and end transactions that hold nothing, or say nothing.
const ANSWERED_HERE: [&str; 4] = ["BEGIN", "COMMIT", "", ";"];

/// One that is refused for another reason: it forgets a statement of the
/// protocol, and there is none of this name.
const FORGETS: &str = "DEALLOCATE a";

fn serve(house: &House) -> (Served, SocketAddr) {
    let served = Served::start_with(house, &["--postgres", "127.0.0.1:0"]);
    let address = served.postgres.expect("it serves PostgreSQL");
    (served, address)
}

fn public(address: SocketAddr) -> Client {
    Client::enter(address, "public", None).unwrap_or_else(|told| panic!("{told:?}"))
}

fn refused(entered: Result<Client, Told>) -> Told {
    entered.err().expect("nobody comes in")
}

#[test]
fn http_and_postgresql_decide_alike_on_every_statement() {
    let house = house();
    let (served, address) = serve(&house);
    let mut client = public(address);
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
    let (mut answered, mut refused, mut here) = (0, 0, 0);
    for sql in &statements {
        // A zero ends a text of the protocol.
        if sql.contains('\0') {
            continue;
        }
        let told = client.ask(sql);
        if ANSWERED_HERE.contains(&sql.as_str()) {
            assert_eq!(told, Ok(vec![]), "{sql}");
            here += 1;
            continue;
        }
        if sql == FORGETS {
            assert_eq!(told.unwrap_err().problem, "no-statement");
            here += 1;
            continue;
        }
        let body = serde_json::json!({ "sql": sql, "format": "json" }).to_string();
        let (head, body) = served.post("/v1/sql", &body);
        let start: String = sql.chars().take(80).collect();
        match told {
            Ok(_) => {
                assert!(head.starts_with("HTTP/1.1 200"), "{start}: {head}");
                answered += 1;
            }
            Err(told) => {
                assert!(head.starts_with("HTTP/1.1 400"), "{start}: {told:?} {head}");
                let expected: Value = serde_json::from_slice(&body).unwrap();
                let problem = format!("urn:safeground:problem:{}", told.problem);
                assert_eq!(expected["type"], *problem, "{start}");
                let title = expected["title"].as_str().unwrap();
                assert_eq!(title[1..], told.text[1..], "{start}");
                assert_eq!((told.severity.as_str(), told.state.len()), ("ERROR", 5));
                refused += 1;
            }
        }
    }
    assert_eq!(here, ANSWERED_HERE.len() + 1);
    assert!(answered > 10 && refused > 130, "{answered} {refused}");
}

#[test]
fn messages_that_are_none_end_the_connection_and_nothing_else() {
    let house = house();
    let (served, address) = serve(&house);
    let mut witness = public(address);
    // Instead of a first message.
    for bytes in [
        &b"GET / HTTP/1.1\r\n\r\n"[..],
        &[0; 64],
        &[0xff; 64],
        &[0, 0, 0, 7, 0, 3, 0, 0],
        &[0, 0, 0x40, 0, 0, 3, 0, 0],
        &[0, 0, 0, 9, 0, 3, 0, 0, 1],
        &[0, 0, 0, 8, 0, 2, 0, 0],
    ] {
        let mut client = Client::silent(address);
        client.raw(bytes);
        while client.read().is_some() {}
    }
    // TLS where there is none, and again.
    let mut client = Client::silent(address);
    for _ in 0..4 {
        client.first(80_877_103, &[]);
    }
    while client.read().is_some() {}
    // After somebody came in: unknown kinds, lengths that are none, parts that
    // do not fill a message, texts that are none, a password once more.
    let bind = |counts: &[u8]| [b"\0\0", counts].concat();
    for (kind, body) in [
        (b'F', b"".to_vec()),
        (b'd', b"data".to_vec()),
        (0, b"".to_vec()),
        (b'Q', b"SELECT 1".to_vec()),
        (b'Q', b"SELECT '\xff'\0".to_vec()),
        (b'Q', b"SELECT 1\0SELECT 2\0".to_vec()),
        (b'P', b"\0SELECT 1\0\xff\xff".to_vec()),
        (b'B', bind(&[0xff, 0xff])),
        (b'B', bind(&[0, 0, 0, 1, 0x7f, 0xff, 0xff, 0xff, 0, 0])),
        (b'B', bind(&[0, 0, 0, 1, 0xff, 0xff, 0xff, 0xfe, 0, 0])),
        (b'D', b"X\0".to_vec()),
        (b'E', b"\0\0".to_vec()),
        (b'p', b"password\0".to_vec()),
    ] {
        let mut client = public(address);
        client.send(kind, &body);
        let told = client.answer().unwrap_err();
        let expected = ("FATAL", "08P01");
        assert_eq!(
            (told.severity.as_str(), told.state.as_str()),
            expected,
            "{kind} {body:?}"
        );
        assert!(!client.is_open(), "{kind} {body:?}");
    }
    for length in [0_u32, 3, 2 << 20, u32::MAX] {
        let mut client = public(address);
        client.raw(&[&b"Q"[..], &length.to_be_bytes()].concat());
        assert_eq!(client.answer().unwrap_err().state, "08P01", "{length}");
    }
    // An error within the extended protocol skips to the next Sync; a number
    // of rows is no reason to take memory.
    let mut client = public(address);
    client.send(b'P', b"\0SELECT 1 AS a\0\0\0");
    client.send(b'B', b"\0\0\0\0\0\0\0\0");
    client.send(
        b'E',
        &[b"\0"[..].to_vec(), i32::MAX.to_be_bytes().to_vec()].concat(),
    );
    client.send(b'S', b"");
    assert_eq!(client.answer().unwrap(), [[Some("1".to_owned())]]);
    // Formats for five columns of one.
    client.send(b'B', b"\0\0\0\0\0\0\0\x05\0\0\0\0\0\0\0\0\0\0");
    client.send(b'E', b"\0\0\0\0\0");
    client.send(b'Q', b"SELECT 1\0");
    client.send(b'S', b"");
    assert_eq!(client.answer().unwrap_err().state, "22023");
    assert!(client.is_open());
    assert!(witness.is_open());
    let (head, _) = served.get("/v1/tables", "");
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
}

#[test]
fn a_query_is_stopped_by_number_and_secret_and_the_connection_goes_on() {
    let house = house();
    let (_served, address) = serve(&house);
    let mut client = public(address);
    let long = "SELECT sum(a.value * b.value % 7) FROM generate_series(1, 1000000) AS a CROSS \
                JOIN generate_series(1, 1000000) AS b";
    client.send(b'Q', format!("{long}\0").as_bytes());
    std::thread::sleep(Duration::from_secs(1));
    let mut wrong = client.key.clone();
    *wrong.last_mut().unwrap() ^= 1;
    let began = Instant::now();
    for key in [wrong, client.key.clone()] {
        let mut canceller = Client::silent(address);
        canceller.first(80_877_102, &key);
        assert!(canceller.read().is_none(), "it is told nothing");
        std::thread::sleep(Duration::from_millis(300));
    }
    let told = client.answer().unwrap_err();
    assert_eq!(
        (told.state.as_str(), told.problem.as_str()),
        ("57014", "cancelled")
    );
    assert!(began.elapsed() < Duration::from_secs(20));
    assert!(client.is_open());
}

#[test]
fn guessing_is_stopped_for_all_ways_in_together_and_a_revoked_token_is_shown_out() {
    let house = house();
    let (served, address) = serve(&house);
    let (secret, id) = token(&house, &[]);
    let (part, _) = token(&house, &["--theme", "trafficking"]);
    // The server reads the list of tokens once a second.
    std::thread::sleep(Duration::from_millis(1_500));
    let enter = |token: &str| Client::enter(address, "research", Some(token));
    assert!(enter(&part).is_ok_and(|mut client| client.is_open()));
    let told = refused(Client::enter(address, "everything", Some(&secret)));
    assert_eq!(told.state, "3D000");
    let mut client = enter(&secret).unwrap_or_else(|told| panic!("{told:?}"));
    assert!(client.is_open());
    house.succeeds(&["token", "revoke", &id]);
    std::thread::sleep(Duration::from_secs(2));
    let told = client.ask("SELECT 1").unwrap_err();
    assert_eq!(
        (told.severity.as_str(), told.state.as_str()),
        ("FATAL", "28P01")
    );
    assert!(!client.is_open());
    for guess in 0..9 {
        let told = refused(enter(&format!("sgt_{guess:064x}")));
        assert_eq!(told.state, "28P01");
    }
    let (valid, _) = token(&house, &[]);
    let told = refused(enter(&valid));
    assert_eq!(told.problem, "too-many-failures");
    let (head, _) = served.get(
        "/v1/tables?audience=research",
        &format!("Authorization: Bearer {valid}\r\n"),
    );
    assert!(head.starts_with("HTTP/1.1 429"), "{head}");
    assert!(public(address).is_open());
}

#[test]
fn one_client_has_so_many_connections_and_statements() {
    let house = house();
    let (_served, address) = serve(&house);
    let mut clients: Vec<Client> = (0..64).map(|_| public(address)).collect();
    let told = refused(Client::enter(address, "public", None));
    assert_eq!(told.state, "53300");
    let mut client = clients.pop().unwrap();
    for number in 0..129 {
        client.send(b'P', format!("s{number}\0SELECT 1\0\0\0").as_bytes());
    }
    client.send(b'S', b"");
    let told = client.answer().unwrap_err();
    assert_eq!(told.problem, "too-many-statements");
    assert!(client.is_open());
    clients.clear();
    std::thread::sleep(Duration::from_millis(500));
    assert!(public(address).is_open());
}
