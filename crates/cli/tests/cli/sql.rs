//! A release in SQL, on the command line and over HTTP, through the binary.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::path::House;

/// A release of sixteen districts.
pub fn house() -> House {
    let house = House::new();
    for table in ["places", "effort", "incidents"] {
        house.ingest(table);
    }
    house.succeeds(&["release", "--lake", "lake", "--today", "2026-01-01"]);
    house
}

fn sql(house: &House, arguments: &[&str]) -> String {
    house.succeeds(&[&["sql", "--audience", "research"][..], arguments].concat())
}

#[test]
fn a_question_is_answered_in_every_form_with_the_same_rows() {
    let house = house();
    let text = "SELECT place_id, name FROM places ORDER BY place_id LIMIT 2";
    let table = sql(&house, &["-c", text]);
    assert!(table.contains("| district:9001 | Made-up 1"), "{table}");
    assert!(table.contains("2 rows"), "{table}");
    let csv = sql(&house, &["-c", text, "--output", "csv"]);
    assert_eq!(
        csv,
        "place_id,name\ndistrict:9001,Made-up 1\ndistrict:9002,Made-up 2\n"
    );
    let json: Value =
        serde_json::from_str(&sql(&house, &["-c", text, "--output", "json"])).unwrap();
    assert_eq!(json[1]["name"], "Made-up 2");
    sql(
        &house,
        &["-c", text, "--output", "parquet", "-o", "rows.parquet"],
    );
    let bytes = std::fs::read(house.path("rows.parquet")).unwrap();
    assert!(bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1"));
}

#[test]
fn values_are_bound_and_never_read_as_sql() {
    let house = house();
    let text = "SELECT name FROM places WHERE place_id = $id";
    let of = |id: &str| sql(&house, &["-c", text, "--output", "csv", "--param", id]);
    assert_eq!(of("id=district:9003"), "name\nMade-up 3\n");
    assert_eq!(of("id=x' OR '1'='1"), "name\n");
}

#[test]
fn cells_and_statistics_can_be_asked_for() {
    let house = house();
    let text = "SELECT h3_cell_to_parent(h3_latlng_to_cell(25.6, 85.1, 8), 5) = \
                h3_latlng_to_cell(25.6, 85.1, 5) AS same";
    // The parent of a cell holds its centre, and mostly its points.
    let csv = sql(&house, &["-c", text, "--output", "csv"]);
    assert!(csv == "same\ntrue\n" || csv == "same\nfalse\n", "{csv}");
}

#[test]
fn whatever_is_no_question_is_refused_by_name() {
    let house = house();
    for (text, told) in [
        ("DROP TABLE scores", "a statement other than SELECT"),
        ("SELECT 1; SELECT 2", "exactly one statement"),
        ("SELECT * FROM 'lake/places'", ""),
        ("SELECT * FROM nowhere", "no table \"nowhere\""),
        ("COPY scores TO 'x.csv'", ""),
    ] {
        let error = house.fails(&["sql", "--audience", "research", "-c", text]);
        assert!(error.contains(told), "{text}: {error}");
    }
    let nothing = house.fails(&["sql", "--releases", "elsewhere", "-c", "SELECT 1"]);
    assert!(nothing.contains("safeground release"), "{nothing}");
}

#[test]
fn the_questions_that_come_along_have_names() {
    let house = house();
    let listed = house.succeeds(&["query"]);
    assert!(listed.contains("hotspots"), "{listed}");
    let shown = house.succeeds(&["query", "hotspots", "--show"]);
    assert!(shown.starts_with("-- Purpose:"), "{shown}");
    let answer = house.succeeds(&[
        "query",
        "hotspots",
        "--audience",
        "research",
        "--param",
        "layer=district",
        "--param",
        "theme=child_marriage",
        "--param",
        "period=2024",
        "--output",
        "csv",
    ]);
    assert!(answer.starts_with("name,unit_id,count,"), "{answer}");
}

/// A running server; it goes with the test.
pub struct Served {
    child: Child,
    address: String,
    /// Where it answers Flight SQL, if it does.
    pub flight: Option<SocketAddr>,
    /// Where it answers the PostgreSQL protocol, if it does.
    pub postgres: Option<SocketAddr>,
}

impl Served {
    pub fn start(house: &House) -> Self {
        Self::start_with(house, &[])
    }

    pub fn start_with(house: &House, options: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_safeground"))
            .args(["serve", "--releases", "releases", "--listen", "127.0.0.1:0"])
            .args(options)
            .current_dir(house.path("."))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut told = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut after = |mark: &str| {
            let line = told.next().unwrap().unwrap();
            line.trim().rsplit(mark).next().unwrap().to_owned()
        };
        let address = after("http://");
        let flight = options
            .contains(&"--flight")
            .then(|| after("grpc://").parse().unwrap());
        let postgres = options.contains(&"--postgres").then(|| {
            let place = after("postgresql://");
            place.split('/').next().unwrap().parse().unwrap()
        });
        Self {
            child,
            address,
            flight,
            postgres,
        }
    }

    /// Status line with headers, and body, of a request sent as it stands.
    fn send(&self, request: &str) -> (String, Vec<u8>) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let end = answer
            .windows(4)
            .position(|four| four == b"\r\n\r\n")
            .unwrap();
        let head = String::from_utf8_lossy(&answer[..end]).into_owned();
        (head, answer[end + 4..].to_vec())
    }

    pub fn get(&self, path: &str, headers: &str) -> (String, Vec<u8>) {
        let host = &self.address;
        self.send(&format!(
            "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{headers}\r\n"
        ))
    }

    pub fn post(&self, path: &str, json: &str) -> (String, Vec<u8>) {
        self.send(&format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Type: \
             application/json\r\nContent-Length: {}\r\n\r\n{json}",
            self.address,
            json.len()
        ))
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_server_streams_rows_and_refuses_everything_else() {
    let house = house();
    let served = Served::start(&house);
    let query = "/v1/sql?sql=SELECT+place_id+FROM+places+ORDER+BY+1+LIMIT+1";
    let (head, body) = served.get(query, "Accept: text/csv\r\n");
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    assert!(
        head.to_lowercase().contains("safeground-release: "),
        "{head}"
    );
    assert!(String::from_utf8_lossy(&body).contains("district:9001"));
    let (head, body) = served.get(query, "Accept: application/vnd.apache.arrow.stream\r\n");
    assert!(
        head.contains("application/vnd.apache.arrow.stream"),
        "{head}"
    );
    assert!(body.windows(4).any(|four| four == [0xff; 4]));
    let (head, body) = served.get("/v1/sql?sql=DELETE+FROM+scores", "");
    assert!(head.starts_with("HTTP/1.1 400"), "{head}");
    assert!(String::from_utf8_lossy(&body).contains("urn:safeground:problem:sql-not-allowed"));
    // Other audiences need a token, here as everywhere.
    let (head, _) = served.get(&format!("{query}&audience=research"), "");
    assert!(head.starts_with("HTTP/1.1 401"), "{head}");
    let (head, body) = served.get("/v1/tables", "");
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    assert!(String::from_utf8_lossy(&body).contains("eb_rate"));
    let body =
        r#"{"sql":"SELECT count(*) AS n FROM places WHERE name = $1","parameters":["Made-up 4"]}"#;
    let (head, answer) = served.post("/v1/sql", body);
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    assert!(String::from_utf8_lossy(&answer).contains(r#"[{"n":1}]"#));
}

#[test]
fn a_citation_names_the_release_and_the_hash_of_its_manifest() {
    let house = house();
    let listed = house.succeeds(&["release", "list"]);
    let research = listed.lines().find(|line| line.starts_with("research"));
    let id = research.unwrap().split_whitespace().nth(1).unwrap();
    let path = house.path(&format!("releases/research/{id}/manifest.json"));
    let hash = format!("{:x}", Sha256::digest(std::fs::read(path).unwrap()));
    let cite = |arguments: &[&str]| {
        house.succeeds(&[&["cite", "--audience", "research"][..], arguments].concat())
    };
    let text = cite(&[
        "--publisher",
        "Made-up Trust",
        "--url",
        "https://example.org/",
    ]);
    assert!(text.starts_with("Made-up Trust. ("), "{text}");
    for part in [id, &hash, "https://example.org/"] {
        assert!(text.contains(part), "{text}");
    }
    let csl: Value = serde_json::from_str(&cite(&["--style", "csl-json"])).unwrap();
    assert_eq!(csl[0]["version"], id);
    assert!(csl[0]["issued"]["date-parts"][0][0].as_u64().unwrap() > 2000);
    let bibtex = cite(&["--style", "bibtex", "--publisher", "Made-up Trust"]);
    assert!(bibtex.contains("author = {{Made-up Trust}}"), "{bibtex}");
}

#[test]
fn a_release_can_be_read_as_of_a_day() {
    let house = house();
    let count = ["-c", "SELECT count(*) AS n FROM places", "--output", "csv"];
    let now = sql(&house, &count);
    let then = sql(&house, &[&count[..], &["--as-of", "2100-01-01"]].concat());
    assert_eq!(then, now);
    let error = house.fails(
        &[
            &["sql", "--audience", "research", "--as-of", "2000-01-01"][..],
            &count,
        ]
        .concat(),
    );
    assert!(error.contains("2000-01-01 or earlier"), "{error}");
}
