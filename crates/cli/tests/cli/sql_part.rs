//! SQL for tokens that open a part of a release: whatever is asked, and by
//! whatever way in, the answer is of the part. The whole release is asked in
//! between, so that anything kept could give it away.

use std::net::SocketAddr;
use std::time::Duration;

use crate::flight::token;
use crate::flight_client::{Client as FlightClient, Named, OneText, any, problem, statement};
use crate::path::House;
use crate::postgres_client::Client as PostgresClient;
use crate::sql::Served;

/// Questions that would tell something of what is outside, each naming none of
/// it.
const QUESTIONS: &[&str] = &[
    "SELECT * FROM places",
    "SELECT * FROM scores",
    "SELECT * FROM scores WHERE unit_id <> '' OR true",
    "SELECT * FROM scores WHERE NOT (theme = 'child_marriage' AND period = '2024')",
    "SELECT * FROM breakdowns",
    "SELECT min(unit_id), max(unit_id), min(theme), max(theme) FROM breakdowns",
    "SELECT * FROM layers",
    "SELECT * FROM themes",
    "SELECT * FROM coverage",
    "SELECT * FROM information_schema.tables",
    "SELECT * FROM information_schema.columns",
    "SELECT * FROM places p LEFT JOIN scores s ON s.unit_id <> p.place_id",
    "SELECT * FROM places p FULL JOIN scores s ON s.unit_id = p.place_id",
    // From the statistics of files, without a row.
    "SELECT min(unit_id), max(unit_id), min(theme), max(theme), min(layer), max(layer) FROM scores",
    "SELECT min(place_id), max(place_id), min(name), max(name) FROM places",
    "SELECT string_agg(DISTINCT unit_id, ',') FROM scores",
    "SELECT array_agg(name) FROM places",
    "SELECT theme, period, count(*) FROM scores GROUP BY ROLLUP (theme, period)",
    "SELECT unit_id, rank() OVER (ORDER BY rate) FROM scores",
    "SELECT unit_id FROM scores EXCEPT SELECT '' FROM scores",
    "SELECT DISTINCT s.unit_id FROM scores s, LATERAL (SELECT s.theme || s.period) AS t",
    "EXPLAIN SELECT * FROM scores",
    "EXPLAIN SELECT unit_id FROM scores WHERE unit_id > 'a' ORDER BY rate",
    "SELECT * FROM mann_kendall(input => (SELECT unit_id AS id, period AS period, rate AS value \
     FROM scores WHERE rate IS NOT NULL))",
    "SELECT * FROM local_moran(input => (SELECT place_id AS id, longitude, latitude, children AS \
     value FROM places))",
    // Refused, or wrong at a row.
    "SELECT CAST(name AS BIGINT) FROM places",
    "SELECT CAST(unit_id AS BIGINT) FROM scores",
    "SELECT 1 / (count(*) - count(*)) FROM scores",
    "SELECT nothing FROM scores",
    "SELECT * FROM nowhere",
];

/// A release of sixteen districts and two themes.
fn house() -> House {
    let house = House::new();
    for table in ["places", "effort"] {
        house.ingest(table);
    }
    let read = |name: &str| std::fs::read_to_string(house.path(name)).unwrap();
    let mapping = read("incidents.toml").replace(
        r#""Child marriage" = "child_marriage""#,
        r#""Child marriage" = "child_marriage", "Trafficked" = "trafficking""#,
    );
    assert!(mapping.contains("Trafficked"));
    // Every second child of the larger districts.
    let incidents = read("incidents.csv");
    let changed = incidents.lines().enumerate().map(|(at, line)| {
        let large = ["9010", "9011", "9012", "9013", "9014", "9015", "9016"];
        let other = at % 2 == 0 && large.iter().any(|code| line.ends_with(code));
        match other {
            true => line.replace("Child marriage", "Trafficked") + "\n",
            false => line.to_owned() + "\n",
        }
    });
    house.write("incidents.csv", &changed.collect::<String>());
    house.write("incidents.toml", &mapping);
    house.ingest("incidents");
    house.succeeds(&["release", "--lake", "lake", "--today", "2026-01-01"]);
    house
}

/// Districts 9011 and 9012, and the theme that half of their children have.
const SCOPE: [&str; 6] = [
    "--within",
    "district:9011",
    "--within",
    "district:9012",
    "--theme",
    "child_marriage",
];

/// Whether a text tells of another district or theme. Names end where no
/// further digit follows.
fn outside(text: &str, inside: &[u32]) -> Option<String> {
    let mut marks: Vec<String> = (1..=16)
        .filter(|number| !inside.contains(number))
        .flat_map(|number| {
            [
                format!("district:{}", 9000 + number),
                format!("Made-up {number}"),
            ]
        })
        .collect();
    marks.push("trafficking".to_owned());
    marks.into_iter().find(|mark| {
        text.match_indices(mark.as_str()).any(|(at, _)| {
            let next = text[at + mark.len()..].chars().next();
            !next.is_some_and(|next| next.is_ascii_digit())
        })
    })
}

fn encoded(sql: &str) -> String {
    sql.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// What a question gives over HTTP.
fn over_http(served: &Served, token: &str, sql: &str, format: &str) -> (String, String) {
    let path = format!(
        "/v1/sql?audience=research&format={format}&sql={}",
        encoded(sql)
    );
    let (head, body) = served.get(&path, &format!("Authorization: Bearer {token}\r\n"));
    (head, String::from_utf8_lossy(&joined(&body)).into_owned())
}

/// A body that came in chunks as one; any other as it is.
fn joined(body: &[u8]) -> Vec<u8> {
    let (mut rest, mut whole) = (body, Vec::new());
    while let Some(end) = rest.windows(2).position(|two| two == b"\r\n") {
        let length = std::str::from_utf8(&rest[..end]).ok();
        let length = length.and_then(|length| usize::from_str_radix(length, 16).ok());
        let Some(chunk) = length.and_then(|length| rest.get(end + 2..end + 2 + length)) else {
            return body.to_vec();
        };
        whole.extend_from_slice(chunk);
        rest = rest.get(end + 4 + chunk.len()..).unwrap_or_default();
    }
    match whole.is_empty() {
        true => body.to_vec(),
        false => whole,
    }
}

fn enter(address: SocketAddr, token: &str) -> PostgresClient {
    PostgresClient::enter(address, "research", Some(token))
        .unwrap_or_else(|told| panic!("{told:?}"))
}

#[test]
fn whatever_is_asked_over_http_is_answered_from_the_part() {
    let house = house();
    let served = Served::start(&house);
    let (whole, part) = (token(&house, &[]).0, token(&house, &SCOPE).0);
    // The server reads the list of tokens once a second.
    std::thread::sleep(Duration::from_millis(1_500));
    let mut told = 0;
    for sql in QUESTIONS {
        for format in ["csv", "json", "arrow"] {
            let (_, all) = over_http(&served, &whole, sql, format);
            let (head, body) = over_http(&served, &part, sql, format);
            assert_eq!(outside(&body, &[11, 12]), None, "{sql} as {format}: {head}");
            told += usize::from(outside(&all, &[11, 12]).is_some());
        }
    }
    // The search finds what there is to find.
    assert!(told > 30, "{told}");
    let header = format!("Authorization: Bearer {part}\r\n");
    for path in ["/v1/tables", "/v1/functions"] {
        let (head, body) = served.get(&format!("{path}?audience=research"), &header);
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        // Names of functions and columns are of the program, not of the release.
        assert_eq!(outside(&String::from_utf8_lossy(&body), &[11, 12]), None);
    }
}

#[test]
fn a_part_holds_the_rows_that_the_whole_has_there_and_no_others() {
    let house = house();
    let served = Served::start(&house);
    let other = ["--within", "district:9013"];
    let (whole, part) = (token(&house, &[]).0, token(&house, &SCOPE).0);
    let other = token(&house, &other).0;
    let nothing = ["--within", "district:9001", "--from", "2099"];
    let nothing = token(&house, &nothing).0;
    std::thread::sleep(Duration::from_millis(1_500));
    let scores = "SELECT * FROM scores";
    let districts = "unit_id IN ('district:9011', 'district:9012')";
    let of_part = format!("{scores} WHERE {districts} AND theme = 'child_marriage'");
    let of_other = format!("{scores} WHERE unit_id = 'district:9013'");
    for _ in 0..2 {
        for (token, sql) in [(&part, &of_part), (&other, &of_other)] {
            let (head, expected) = over_http(&served, &whole, sql, "csv");
            assert!(head.starts_with("HTTP/1.1 200"), "{head}");
            assert!(expected.lines().count() > 1, "{expected}");
            let (head, got) = over_http(&served, token, scores, "csv");
            assert!(head.starts_with("HTTP/1.1 200"), "{head}");
            assert_eq!(got, expected);
        }
    }
    let names = over_http(&served, &part, "SELECT name FROM places ORDER BY 1", "csv").1;
    assert_eq!(names, "name\nMade-up 11\nMade-up 12\n");
    let layers = over_http(&served, &part, "SELECT id, units FROM layers", "csv").1;
    assert_eq!(layers, "id,units\ndistrict,2\n");
    for (table, rows) in [
        ("places", 1),
        ("scores", 0),
        ("layers", 0),
        ("themes", 0),
        ("coverage", 0),
    ] {
        let sql = format!("SELECT count(*) AS n FROM {table}");
        let (head, count) = over_http(&served, &nothing, &sql, "csv");
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        assert_eq!(count, format!("n\n{rows}\n"), "{table}");
    }
}

#[test]
fn a_part_follows_its_release() {
    let house = house();
    let served = Served::start(&house);
    let part = token(&house, &SCOPE).0;
    std::thread::sleep(Duration::from_millis(1_500));
    let count = "SELECT count(*) AS n FROM scores";
    let release = |head: &str| {
        let head = head.to_lowercase();
        let line = head
            .lines()
            .find(|line| line.starts_with("safeground-release"));
        line.unwrap().to_owned()
    };
    let (head, rows) = over_http(&served, &part, count, "csv");
    let before = release(&head);
    house.succeeds(&[
        "release",
        "--lake",
        "lake",
        "--today",
        "2026-01-01",
        "--seed",
        "77",
    ]);
    let mut after = before.clone();
    for _ in 0..60 {
        let (head, again) = over_http(&served, &part, count, "csv");
        assert_eq!(again, rows);
        after = release(&head);
        if after != before {
            break;
        }
        std::thread::sleep(Duration::from_millis(500));
    }
    assert_ne!(after, before, "the new release is taken up");
    let (_, body) = over_http(&served, &part, "SELECT * FROM scores", "csv");
    assert_eq!(outside(&body, &[11, 12]), None);
}

#[test]
fn whatever_is_asked_over_postgresql_is_answered_from_the_part() {
    let house = house();
    let served = Served::start_with(&house, &["--postgres", "127.0.0.1:0"]);
    let address = served.postgres.expect("it serves PostgreSQL");
    let (whole, part) = (token(&house, &[]).0, token(&house, &SCOPE).0);
    std::thread::sleep(Duration::from_millis(1_500));
    let (mut all, mut some) = (enter(address, &whole), enter(address, &part));
    let mut told = 0;
    for sql in QUESTIONS {
        told += usize::from(outside(&format!("{:?}", all.ask(sql)), &[11, 12]).is_some());
        let answer = format!("{:?}", some.ask(sql));
        assert_eq!(outside(&answer, &[11, 12]), None, "{sql}");
    }
    assert!(told > 10, "{told}");
    let rows = some
        .ask("SELECT DISTINCT unit_id FROM scores ORDER BY 1")
        .unwrap();
    let units: Vec<_> = rows.into_iter().flatten().flatten().collect();
    assert_eq!(units, ["district:9011", "district:9012"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_asked_over_flight_is_answered_from_the_part() {
    let house = house();
    let served = Served::start_with(&house, &["--flight", "127.0.0.1:0"]);
    let anybody = FlightClient::connect(served.flight.expect("it serves Flight SQL")).await;
    let (whole, part) = (token(&house, &[]).0, token(&house, &SCOPE).0);
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    let (all, some) = (anybody.with_token(&whole), anybody.with_token(&part));
    let mut told = 0;
    // Bytes of Arrow hold their texts as they are, one after another.
    let text = |answer: &dyn std::fmt::Debug| format!("{answer:?}");
    for sql in QUESTIONS {
        told += usize::from(outside(&text(&all.ask(sql).await), &[11, 12]).is_some());
        let answer = some.ask(sql).await;
        assert_eq!(outside(&text(&answer), &[11, 12]), None, "{sql}");
    }
    assert!(told > 10, "{told}");
    // Lists, and what is told of a query before it runs.
    for name in [
        "CommandGetTables",
        "CommandGetSqlInfo",
        "CommandGetCatalogs",
    ] {
        let ticket = some.ticket(any(name, &Named::default())).await;
        if let Ok(ticket) = ticket {
            let listed = some.get(ticket).await;
            assert_eq!(outside(&text(&listed), &[11, 12]), None, "{name}");
        }
    }
    let sql = "SELECT unit_id FROM scores";
    let info = some.info(statement(sql)).await.unwrap();
    assert_eq!(outside(&text(&info), &[11, 12]), None);
    // A ticket for the whole opens nothing for a part, nor the other way round.
    for (one, stranger) in [(&all, &some), (&some, &all)] {
        let ticket = one.ticket(statement(sql)).await.unwrap();
        let refused = stranger.get(ticket).await.unwrap_err();
        assert_eq!(problem(&refused), "no-ticket");
    }
    let prepared = OneText { text: sql.into() };
    let action = any("ActionCreatePreparedStatementRequest", &prepared);
    let made = some.act("CreatePreparedStatement", action).await.unwrap();
    assert_eq!(outside(&text(&made), &[11, 12]), None);
}
