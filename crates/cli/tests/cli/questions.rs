//! Questions with noise, asked the way a user asks them.

use serde_json::Value;

use crate::path::House;

/// A lake of three tables.
fn house() -> House {
    let house = House::new();
    for table in ["places", "effort", "incidents"] {
        house.ingest(table);
    }
    house
}

const QUESTION: &str = "SELECT district, COUNT(DISTINCT child) FROM incidents WHERE \
     category = 'child_marriage' AND period = '2024' GROUP BY district";

fn ask(epsilon: &str, question: &str) -> [String; 6] {
    ["dp", "--lake", "lake", "--epsilon", epsilon, question].map(str::to_owned)
}

fn json(house: &House, arguments: &[String]) -> Value {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let text = house.succeeds(&[&arguments[..], &["--json"]].concat());
    serde_json::from_str(&text).unwrap()
}

#[test]
fn a_question_is_charged_once_and_answered_the_same_to_all() {
    let house = house();
    let told = json(&house, &ask("0.04", QUESTION));
    assert_eq!(told["charged"], "0.04");
    assert_eq!(told["remaining"]["2024"], "0.06");
    assert_eq!(told["answer"]["cells"].as_array().unwrap().len(), 16);
    let spelt = QUESTION.replace("period = '2024'", "period IN ('2024-Q4', '2024')");
    let again = json(&house, &ask("0.01", &spelt));
    assert_eq!(again["answer"], told["answer"]);
    assert_eq!(again["charged"], Value::Null);

    let arguments = ask("0.04", QUESTION);
    let text = house.succeeds(&arguments.each_ref().map(String::as_str));
    for part in [
        "district",
        "district:9005",
        "asked before: free",
        "2024: 0.06",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let left = house.succeeds(&["dp", "--lake", "lake", "--remaining"]);
    assert!(
        left.contains("2024: epsilon 0.04 of 0.1 spent, 0.06 left"),
        "{left}"
    );
    let budget = house.succeeds(&["budget", "--lake", "lake"]);
    assert!(budget.contains("questions 2024"), "{budget}");
}

#[test]
fn a_refusal_has_its_code_and_ends_with_one() {
    let house = house();
    for (epsilon, question, code) in [
        ("0.01", "SELECT name FROM places", "dp_"),
        ("0.01", "SELECT COUNT(*) FROM effort", "dp_unknown_table"),
        ("0.5", QUESTION, "dp_epsilon"),
        (
            "0.01",
            "SELECT COUNT(*) FROM incidents WHERE district = 'district:77'",
            "dp_unknown_key",
        ),
    ] {
        let arguments = ask(epsilon, question);
        let output = house.safeground(&arguments.each_ref().map(String::as_str));
        assert_eq!(output.status.code(), Some(1));
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains(code), "{said}");
        assert!(!said.contains("77") && output.stdout.is_empty());
    }
    json(&house, &ask("0.1", QUESTION));
    let spent = ask("0.001", &QUESTION.replace("DISTINCT child", "*"));
    let spent: Vec<&str> = spent.iter().map(String::as_str).collect();
    let output = house.safeground(&[&spent[..], &["--json"]].concat());
    assert_eq!(output.status.code(), Some(1));
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["refused"], "dp_budget_spent");
}

#[test]
fn what_may_be_asked_is_listed_and_rows_without_a_child_are_told_apart() {
    let house = house();
    let tables = house.succeeds(&["dp", "--lake", "lake", "--tables"]);
    for part in [
        "incidents: period 2000-Q1 to ",
        "16 places",
        "'child_marriage'",
        "0, 1",
    ] {
        assert!(tables.contains(part), "{part} in {tables}");
    }
    let listed = house.succeeds(&["dp", "--lake", "lake", "--tables", "--json"]);
    assert!(listed.contains("district:9016") && !listed.contains("_key"));
    let left = house.succeeds(&["dp", "--lake", "lake", "--left-out"]);
    assert!(left.contains("incidents: 0 rows"), "{left}");
}

#[cfg(unix)]
mod served {
    use std::io::{BufRead as _, BufReader, Read as _, Write as _};
    use std::net::TcpStream;
    use std::process::{Child, Command, Stdio};

    use serde_json::{Value, json};

    use super::{QUESTION, ask, house};
    use crate::path::House;

    /// A process that is ended with the test, and the last word of the first
    /// line it printed.
    struct Running(Child, String);

    impl Running {
        fn start(house: &House, arguments: &[&str]) -> Self {
            let mut child = Command::new(env!("CARGO_BIN_EXE_safeground"))
                .args(arguments)
                .current_dir(house.path(""))
                .stdout(Stdio::piped())
                .spawn()
                .unwrap();
            let mut line = String::new();
            let mut output = BufReader::new(child.stdout.take().unwrap());
            output.read_line(&mut line).unwrap();
            let word = line.split_whitespace().next_back().unwrap_or_default();
            let word = word.to_owned();
            Self(child, word)
        }
    }

    impl Drop for Running {
        fn drop(&mut self) {
            self.0.kill().unwrap();
            self.0.wait().unwrap();
        }
    }

    fn http(address: &str, token: &str, method: &str, body: &str) -> (u16, Value) {
        let mut stream = TcpStream::connect(address).unwrap();
        write!(
            stream,
            "{method} /v1/dp HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
             Authorization: Bearer {token}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let body = serde_json::from_str(body).unwrap_or_else(|_| panic!("{answer}"));
        (status, body)
    }

    #[test]
    fn a_researcher_gets_the_same_answer_from_the_server_as_a_steward_at_the_lake() {
        let house = house();
        std::fs::create_dir(house.path("releases")).unwrap();
        let token = house.succeeds(&["token", "create", "--audience", "research"]);
        let token = token
            .split_whitespace()
            .find(|word| word.starts_with("sgt_"))
            .unwrap();
        let worker = ["dp-worker", "--lake", "lake", "--socket", "worker"];
        let running = Running::start(&house, &worker);
        assert_eq!(running.1, "worker");
        let second = house.fails(&worker);
        assert!(second.contains("another worker"), "{second}");
        let serve = ["serve", "--listen", "127.0.0.1:0", "--dp-socket", "worker"];
        let server = Running::start(&house, &serve);
        let address = server.1.strip_prefix("http://").unwrap();

        let body = json!({"question": QUESTION, "epsilon": "0.04"}).to_string();
        let (status, told) = http(address, token, "POST", &body);
        assert_eq!((status, &told["charged"]), (200, &json!("0.04")));
        let at_the_lake = super::json(&house, &ask("0.04", QUESTION));
        assert_eq!(at_the_lake["answer"], told["answer"]);
        assert_eq!(at_the_lake["charged"], Value::Null);

        let (status, offered) = http(address, token, "GET", "");
        assert_eq!(status, 200);
        assert_eq!(offered["years"][0]["remaining"], "0.06");
        let tables = &offered["schema"]["tables"];
        assert!(tables["incidents"]["columns"]["district"].is_object());

        let body = json!({"question": "SELECT 7", "epsilon": "0.04"}).to_string();
        let (status, refused) = http(address, token, "POST", &body);
        assert_eq!(status, 400);
        assert_eq!(refused["type"], "urn:safeground:problem:dp_syntax");
        assert_eq!(http(address, "sgt_wrong", "POST", &body).0, 401);

        // A worker that was killed leaves its socket; the next one takes it.
        drop(running);
        assert_eq!(http(address, token, "GET", "").0, 503);
        let _running = Running::start(&house, &worker);
        assert_eq!(http(address, token, "GET", "").0, 200);
    }
}
