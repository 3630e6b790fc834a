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
    let csv = |text: &str| sql(&house, &["-c", text, "--output", "csv"]);
    // The point and the cell are those of the README of h3-js. A parent has the
    // digits of its child up to its own resolution, and sevens after them.
    assert_eq!(
        csv(
            "SELECT h3_latlng_to_cell_string(37.3615593, -122.0553238, 7) AS cell, \
             h3_h3_to_string(h3_cell_to_parent(h3_latlng_to_cell(37.3615593, -122.0553238, 7), 5)) \
             AS parent"
        ),
        "cell,parent\n87283472bffffff,85283473fffffff\n"
    );
    // All ten pairs of years fall, by two a year, and all ten rise, by 1, 3/2,
    // 2, 7/3, 3, 15/4, 4, 14/3, 6 and 8 a year, the median of which is 27/8.
    assert_eq!(
        csv(
            "SELECT place, s, slope, status FROM mann_kendall(input => (SELECT * FROM (VALUES \
             ('falls', 2020, 9), ('falls', 2021, 7), ('falls', 2022, 5), ('falls', 2023, 3), \
             ('falls', 2024, 1), ('rises', 2020, 1), ('rises', 2021, 2), ('rises', 2022, 4), \
             ('rises', 2023, 8), ('rises', 2024, 16)) AS t(place, year, cases)), id => place, time \
             => year, value => cases) ORDER BY place"
        ),
        "place,s,slope,status\nfalls,-10.0,-2.0,computed\nrises,10.0,3.375,computed\n"
    );
    // The sixteen districts lie on a line, 54 kilometres from one to the next:
    // fifteen pairs of neighbours, each from both sides.
    assert_eq!(
        csv(
            "SELECT count(*) AS links FROM spatial_weights(input => (SELECT place_id, latitude, \
             longitude FROM places), id => place_id, neighbours => 'distance', distance_m => 60000, \
             latitude => latitude, longitude => longitude)"
        ),
        "links\n30\n"
    );
}

#[test]
fn a_question_is_read_from_a_file() {
    let house = house();
    house.write(
        "question.sql",
        "-- How many districts are there?\nSELECT count(*) AS districts\nFROM places;\n",
    );
    let csv = sql(&house, &["-f", "question.sql", "--output", "csv"]);
    assert_eq!(csv, "districts\n16\n");
    let ask = |arguments: &[&str]| house.fails(&[&["sql"][..], arguments].concat());
    let absent = ask(&["-f", "nowhere.sql"]);
    assert!(absent.contains("cannot read nowhere.sql"), "{absent}");
    let both = ask(&["-f", "question.sql", "-c", "SELECT 1"]);
    assert!(both.contains("cannot be used with"), "{both}");
}

#[test]
fn beside_the_rows_an_answer_names_its_release_and_its_manifest_once() {
    let house = house();
    let current = std::fs::read_to_string(house.path("releases/research/current")).unwrap();
    let id = current.trim();
    let manifest = format!("releases/research/{id}/manifest.json");
    assert!(house.path(&manifest).is_file());
    let line = format!("Release {id}, manifest {manifest}");
    let sql = ["sql", "-c", "SELECT 6 * 7 AS answer"];
    let cases: [(&[&str], &str, &str); 5] = [
        (&sql, "csv", "answer\n42\n"),
        (&sql, "json", "[{\"answer\":42}]"),
        (&sql, "ndjson", "{\"answer\":42}\n"),
        (
            &sql,
            "table",
            "+--------+\n| answer |\n+--------+\n| 42     |\n+--------+\n1 rows\n",
        ),
        (&["query", "what_a_release_holds"], "csv", ""),
    ];
    for (asked, form, rows) in cases {
        let how = ["--audience", "research", "--output", form];
        let output = house.safeground(&[asked, &how].concat());
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        assert_eq!(said.matches(&line).count(), 1, "{form}: {said}");
        let told = String::from_utf8_lossy(&output.stdout);
        assert!(!told.contains(id), "{told}");
        if !rows.is_empty() {
            assert_eq!(told.trim_end(), rows.trim_end());
        }
    }
    // What is refused is no answer.
    let refused = house.fails(&["sql", "--audience", "research", "-c", "DROP TABLE scores"]);
    assert!(!refused.contains("manifest.json"), "{refused}");
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
    let house = House::new();
    let release = || house.succeeds(&["release", "--lake", "lake", "--today", "2026-01-01"]);
    for table in ["places", "effort", "incidents"] {
        house.ingest_on(table, "2025-06-01");
    }
    release();
    // A district gets another name, and the release after that has it.
    let districts = std::fs::read_to_string(house.path("districts.csv")).unwrap();
    let renamed = districts.replacen("Made-up 1,", "Renamed,", 1);
    assert_ne!(renamed, districts);
    house.write("districts.csv", &renamed);
    house.ingest_on("places", "2025-09-01");
    release();

    let text = "SELECT name FROM places WHERE place_id = 'district:9001'";
    let ask = ["-c", text, "--output", "csv"];
    let name = |more: &[&str]| sql(&house, &[&ask[..], more].concat());
    assert_eq!(name(&[]), "name\nRenamed\n");
    for (day, expected) in [
        ("2025-06-01", "Made-up 1"),
        ("2025-08-31", "Made-up 1"),
        ("2025-09-01", "Renamed"),
        ("2100-01-01", "Renamed"),
    ] {
        let found = name(&["--as-of", day]);
        assert_eq!(found, format!("name\n{expected}\n"), "{day}");
    }
    let before = ["sql", "--audience", "research", "--as-of", "2025-05-31"];
    let error = house.fails(&[&before[..], &ask].concat());
    assert!(error.contains("2025-05-31 or earlier"), "{error}");
}
