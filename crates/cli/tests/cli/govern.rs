//! The audit log, stewards, overrides and raw tables, through the binary.

use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::path::House;
use crate::sql::Served;

fn house() -> House {
    let house = House::new();
    for table in ["places", "effort", "incidents"] {
        house.ingest(table);
    }
    house
}

/// The log as `safeground audit` tells it.
fn audit(house: &House, more: &[&str]) -> Value {
    let output = house.safeground(&[&["audit", "--json"][..], more].concat());
    serde_json::from_slice(&output.stdout).unwrap()
}

fn acts(log: &Value) -> Vec<&str> {
    let entries = log["entries"].as_array().unwrap().iter();
    entries
        .map(|entry| entry["act"].as_str().unwrap())
        .collect()
}

fn release(house: &House, more: &[&str]) -> std::process::Output {
    let release = ["release", "--lake", "lake", "--today", "2026-01-01"];
    house.safeground(&[&release[..], more].concat())
}

fn init<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&["steward", "init", "--lake", "lake"][..], more].concat()
}

#[test]
fn two_stewards_allow_a_looser_policy_and_everything_says_so() {
    let house = house();
    house.succeeds(&init(&["--name", "Anita", "--key", "anita.key"]));
    let alone = house.fails(&init(&["--name", "Ravi", "--key", "ravi.key"]));
    assert!(alone.contains("--vouched-by"), "{alone}");
    let inside = house.fails(&init(&["--name", "Meera", "--key", "lake/meera.key"]));
    assert!(inside.contains("would lie in the lake"), "{inside}");
    let vouched = [
        "--name",
        "Ravi",
        "--key",
        "ravi.key",
        "--vouched-by",
        "anita.key",
    ];
    house.succeeds(&init(&vouched));
    let listed = house.succeeds(&["steward", "list"]);
    assert!(listed.contains("the first") && listed.contains("vouched for by Anita"));

    let policy = house.succeeds(&["policy", "init"]);
    let loose = policy.replacen("min_partners = 2", "min_partners = 1", 1);
    assert_ne!(loose, policy);
    house.write("loose.toml", &loose);
    let checked = house.fails(&["policy", "check", "loose.toml"]);
    assert!(
        checked.contains("research.min_partners = 1 (floor 2)"),
        "{checked}"
    );
    let approve = |key: &str| {
        let approve = [
            "policy",
            "approve",
            "--lake",
            "lake",
            "--policy",
            "loose.toml",
        ];
        let why = ["--key", key, "--reason", "one organisation", "--as", "Asha"];
        house.succeeds(&[&approve[..], &why].concat())
    };
    assert!(approve("anita.key").contains("Anita approves of policy"));
    let refused = release(&house, &["--policy", "loose.toml"]);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(
        !refused.status.success() && said.contains("Anita does"),
        "{said}"
    );
    // Neither does a question pass under it.
    let question = ["dp", "--lake", "lake", "--policy", "loose.toml", "--tables"];
    assert!(house.fails(&question).contains("looser than the floor"));

    approve("ravi.key");
    // Comments and white space are not the policy.
    house.write("loose.toml", &format!("# for one organisation\n{loose}"));
    let made = release(&house, &["--policy", "loose.toml", "--as", "Asha"]);
    let said = String::from_utf8_lossy(&made.stdout).into_owned();
    assert!(said.contains("Approved by Anita and Ravi"), "{said}");
    house.write("loose.toml", &loose.replacen("k = 11", "k = 12", 1));
    assert!(
        !release(&house, &["--policy", "loose.toml"])
            .status
            .success()
    );

    let log = audit(&house, &["--lake", "lake", "--releases", "releases"]);
    assert_eq!(log["broken"], Value::Null);
    let expected = [
        "secret_made",
        "steward_registered",
        "steward_registered",
        "policy_approved",
        "policy_approved",
        "override_used",
        "release_made",
        "release_made",
        "release_made",
    ];
    assert_eq!(acts(&log), expected);
    assert_eq!(log["entries"][6]["as"], "Asha");

    let served = Served::start(&house);
    for (path, told) in [
        (
            "/privacy?lang=en",
            "The public release is looser than the rules on this page",
        ),
        (
            "/privacy?lang=en",
            "<code>research.min_partners</code> is 1; the floor is 2",
        ),
        ("/privacy?lang=en", "Approved by Anita and Ravi."),
        ("/privacy?lang=hi", "इस पृष्ठ के नियमों से ढीला है"),
        ("/v1/catalog", "This release is looser than the floor"),
        ("/v1/catalog", r#""looser_than_floor":{"rules""#),
        ("/v1/manifest", "looser_than_floor"),
    ] {
        let (head, body) = served.get(path, "");
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        let body = String::from_utf8_lossy(&body);
        assert!(body.contains(told), "{path}: {told}");
    }
}

#[test]
fn every_act_is_in_the_log_with_who_and_without_any_value() {
    let house = house();
    assert!(release(&house, &[]).status.success());
    let question = "SELECT district, COUNT(DISTINCT child) FROM incidents WHERE category = \
                    'child_marriage' AND period = '2024' GROUP BY district";
    for _ in 0..2 {
        let dp = ["dp", "--lake", "lake", "--epsilon", "0.04", "--as", "Asha"];
        house.succeeds(&[&dp[..], &[question]].concat());
    }
    let loads = house.succeeds(&["loads", "--lake", "lake"]);
    let load = loads
        .split_whitespace()
        .find(|word| {
            house
                .safeground(&["undo", "--lake", "lake", word])
                .status
                .success()
        })
        .unwrap()
        .to_owned();
    house.succeeds(&["purge", "--lake", "lake", "--as", "Asha"]);
    let log = audit(&house, &[]);
    let expected = [
        "secret_made",
        "release_made",
        "release_made",
        "release_made",
        "question",
        "undo",
        "purge",
    ];
    assert_eq!(
        acts(&log),
        expected,
        "a question that is free is not written again"
    );
    assert_eq!(log["entries"][4]["epsilon"], "0.04");
    assert_eq!(log["entries"][5]["load"], load);
    let text = log.to_string();
    for told in [
        "child_marriage",
        "district:9",
        "COUNT",
        "Made-up",
        "partner",
    ] {
        assert!(!text.contains(told), "{told} in {text}");
    }

    let token = house.succeeds(&["token", "create", "--audience", "research", "--as", "Asha"]);
    let listed = house.succeeds(&["token", "list"]);
    let id = listed.split_whitespace().next().unwrap();
    house.succeeds(&["token", "revoke", id]);
    let entry = &log["entries"][1];
    let (audience, id) = (
        entry["audience"].as_str().unwrap(),
        entry["release"].as_str().unwrap(),
    );
    let withdraw = ["release", "withdraw", "--audience", audience, id];
    house.succeeds(&[&withdraw[..], &["--lake", "lake"]].concat());
    let beside = audit(&house, &["--releases", "releases"]);
    assert_eq!(
        acts(&beside)[3..],
        ["token_made", "token_revoked", "release_withdrawn"]
    );
    assert!(!beside.to_string().contains(token.trim()));
    assert_eq!(acts(&audit(&house, &[])).last(), Some(&"release_withdrawn"));
    let told = house.succeeds(&["audit"]);
    assert!(told.contains("as Asha  question question="), "{told}");
    assert!(told.contains("the chain holds"), "{told}");
}

#[test]
fn a_log_that_was_cut_or_edited_is_told_and_stops_the_next_act() {
    let house = house();
    assert!(release(&house, &[]).status.success());
    let head = audit(&house, &[])["head"].as_str().unwrap().to_owned();
    house.succeeds(&["audit", "--holds", &head]);
    let file =
        |number: u64| house.path(&format!("lake/_safeground/privacy/audit/{number:012}.json"));
    let text = std::fs::read_to_string(file(2)).unwrap();
    let edited = text.replace("\"release_made\"", "\"release_made\" ");
    std::fs::write(file(2), &edited).unwrap();
    house.succeeds(&["audit"]);
    std::fs::write(file(2), text.replace("\"user\":\"", "\"user\":\"x")).unwrap();
    let said = house.fails(&["audit"]);
    assert!(said.contains("entry 2 of the audit log"), "{said}");
    std::fs::write(file(2), &text).unwrap();

    // The end cut off: it shows beside the releases, and to whoever kept the
    // hash.
    let last = std::fs::read_to_string(file(3)).unwrap();
    std::fs::remove_file(file(3)).unwrap();
    house.succeeds(&["audit"]);
    for more in [
        &["--lake", "lake", "--releases", "releases"][..],
        &["--holds", &head],
    ] {
        let said = house.fails(&[&["audit"][..], more].concat());
        assert!(said.contains("its end was cut off"), "{said}");
    }
    std::fs::write(file(3), last).unwrap();

    std::fs::remove_file(file(1)).unwrap();
    assert!(
        house
            .fails(&["audit"])
            .contains("entry 1 of the audit log is missing")
    );
    let said = house.fails(&["purge", "--lake", "lake"]);
    assert!(
        said.contains("is missing"),
        "nothing is done unseen: {said}"
    );
}

#[test]
fn a_log_survives_processes_that_are_killed_at_any_moment() {
    let house = House::new();
    house.ingest("places");
    let mut done = 0;
    for round in 0..24_u64 {
        let mut children: Vec<_> = (0..2)
            .map(|_| {
                Command::new(env!("CARGO_BIN_EXE_safeground"))
                    .args(["purge", "--lake", "lake"])
                    .current_dir(house.path("."))
                    .stdout(Stdio::null())
                    .stderr(Stdio::null())
                    .spawn()
                    .unwrap()
            })
            .collect();
        std::thread::sleep(Duration::from_millis(20 * round));
        for child in &mut children {
            let _ = child.kill();
            let ended = child.wait().unwrap();
            done += usize::from(ended.success());
        }
    }
    house.succeeds(&["purge", "--lake", "lake"]);
    let log = audit(&house, &[]);
    assert_eq!(log["broken"], Value::Null);
    assert_eq!(log["torn"].as_array().unwrap().len(), 0);
    let purges = acts(&log).into_iter().filter(|act| *act == "purge").count();
    assert!(
        purges > done,
        "{purges} entries of {done} purges that ended and the last"
    );
}

/// Tables of the lake that no release has.
const RAW: [&str; 10] = [
    "incidents",
    "case_events",
    "rescues",
    "marriage_interventions",
    "welfare_enrolments",
    "counselling",
    "trainings",
    "campaigns",
    "effort",
    "online_reports",
];

#[test]
fn raw_tables_are_read_by_the_steward_alone_and_the_log_tells_of_it_first() {
    let house = house();
    assert!(release(&house, &[]).status.success());
    let text = "SELECT category, count(*) AS n FROM incidents WHERE place_id <> 'district:9001' \
                GROUP BY category";
    let raw = |more: &[&str]| {
        let sql = ["steward", "sql", "--raw", "--lake", "lake", "--as", "Asha"];
        house.safeground(&[&sql[..], more].concat())
    };
    let told = raw(&["--stdout", "--output", "csv", "-c", text]);
    assert_eq!(
        String::from_utf8_lossy(&told.stdout),
        "category,n\nchild_marriage,390\n"
    );
    let warned = String::from_utf8_lossy(&told.stderr).into_owned();
    assert!(warned.contains("nothing is protected"), "{warned}");
    assert!(raw(&["-o", "rows.txt", "-c", text]).status.success());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(house.path("rows.txt"))
            .unwrap()
            .permissions();
        assert_eq!(mode.mode() & 0o777, 0o600);
    }
    let log = audit(&house, &[]);
    let entries = log["entries"].as_array().unwrap();
    let last = entries.last().unwrap();
    assert_eq!(
        (&last["act"], &last["as"]),
        (&"raw_statement".into(), &"Asha".into())
    );
    assert_eq!(last["tables"], serde_json::json!(["incidents"]));
    assert!(
        !log.to_string().contains("district:9001"),
        "no value that was typed"
    );

    // Without --raw, without a place to write to, and whatever does not only
    // read.
    let without: [&[&str]; 2] = [
        &["steward", "sql", "--lake", "lake", "--stdout", "-c", text],
        &["steward", "sql", "--raw", "--lake", "lake", "-c", text],
    ];
    for arguments in without {
        house.fails(arguments);
    }
    for refused in [
        "SELECT child_key FROM incidents",
        "SELECT count(DISTINCT i.incident_key) FROM incidents i",
        "SELECT * FROM 'lake/_safeground/secret'",
        "SELECT * FROM loads",
        "DELETE FROM incidents",
        "COPY incidents TO 'rows.csv'",
        "SELECT 1; SELECT 2",
        "CREATE EXTERNAL TABLE x STORED AS CSV LOCATION '/etc/passwd'",
    ] {
        let output = raw(&["--stdout", "-c", refused]);
        assert!(
            !output.status.success() && output.stdout.is_empty(),
            "{refused}"
        );
    }
    let columns =
        "SELECT column_name FROM information_schema.columns WHERE column_name LIKE '%key'";
    let told = raw(&["--stdout", "--output", "csv", "-c", columns]);
    assert_eq!(String::from_utf8_lossy(&told.stdout), "column_name\n");
    let all = raw(&[
        "--stdout",
        "--output",
        "csv",
        "-c",
        "SELECT * FROM incidents LIMIT 1",
    ]);
    let all = String::from_utf8_lossy(&all.stdout).into_owned();
    assert!(all.contains("category") && !all.contains("_key"), "{all}");

    // A log that is not to be believed stops it.
    let first = house.path("lake/_safeground/privacy/audit/000000000000.json");
    std::fs::remove_file(&first).unwrap();
    let output = raw(&["--stdout", "-c", text]);
    assert!(!output.status.success() && output.stdout.is_empty());
}

#[test]
fn raw_tables_can_be_read_as_they_were_at_a_time_and_at_a_version() {
    let house = House::new();
    house.ingest("places");
    house.ingest("effort");
    // Commits are told apart by the millisecond.
    let pause = || std::thread::sleep(Duration::from_millis(20));
    pause();
    let then = chrono::Utc::now().to_rfc3339();
    pause();
    house.ingest("incidents");
    let raw = [
        "steward",
        "sql",
        "--raw",
        "--lake",
        "lake",
        "--as",
        "Asha",
        "--stdout",
        "--output",
        "csv",
        "-c",
        "SELECT count(*) AS n FROM incidents",
    ];
    // Three children for each number of a district, but for the fifth.
    let all = (1..=16).filter(|n| *n != 5).map(|n| 3 * n).sum::<u64>();
    let cases: [(&[&str], u64); 6] = [
        (&[], all),
        (&["--as-of", &then], 0),
        (&["--as-of", "2100-01-01"], all),
        (&["--table-version", "incidents=0"], 0),
        (&["--table-version", "incidents=1"], all),
        // A version holds whatever the time.
        (&["--as-of", &then, "--table-version", "incidents=1"], all),
    ];
    for (more, rows) in cases {
        let told = house.succeeds(&[&raw[..], more].concat());
        assert_eq!(told, format!("n\n{rows}\n"), "{more:?}");
    }
    for (more, cause) in [
        (["--as-of", "2000-01-01"], "it was made after"),
        (["--table-version", "incidents=9"], "0 to 1"),
        (["--table-version", "incidents"], "TABLE=VERSION"),
    ] {
        let refused = house.fails(&[&raw[..], &more].concat());
        assert!(refused.contains(cause), "{more:?}: {refused}");
    }
}

#[test]
fn figures_from_exact_counts_are_in_the_log_before_they_are_made() {
    let house = house();
    let named = ["--lake", "lake", "--as", "Asha"];
    let score = ["score", "--out", "exact.csv", "--layer", "district"];
    house.succeeds(&[&score[..], &named].concat());
    let utility = [
        "policy",
        "utility",
        "--h3",
        "5",
        "--draws",
        "1",
        "--epsilon",
        "1",
    ];
    let told = house.succeeds(&[&utility[..], &named].concat());
    assert!(told.contains("| theme | layer | period | count | units | ε = 1 |"));
    let log = audit(&house, &[]);
    let entries = log["entries"].as_array().unwrap();
    let read: Vec<&Value> = entries
        .iter()
        .filter(|entry| entry["act"] == "exact_read")
        .collect();
    let said = read
        .iter()
        .map(|entry| (&entry["command"], &entry["layers"], &entry["as"]));
    let expected = [
        ("score", serde_json::json!(["district"])),
        ("policy utility", serde_json::json!(["district", "h3_r5"])),
    ]
    .map(|(command, layers)| (Value::from(command), layers, Value::from("Asha")));
    assert!(
        said.eq(expected.iter().map(|(a, b, c)| (a, b, c))),
        "{read:?}"
    );
    // Where the log is not to be believed nothing is made.
    let first = house.path("lake/_safeground/privacy/audit/000000000000.json");
    std::fs::remove_file(&first).unwrap();
    std::fs::remove_file(house.path("exact.csv")).unwrap();
    house.fails(&[&score[..], &named].concat());
    assert!(!house.path("exact.csv").exists());
    house.fails(&[&utility[..], &named].concat());
}

#[test]
fn no_other_way_leads_to_raw_tables() {
    let house = house();
    assert!(release(&house, &[]).status.success());
    let served = Served::start(&house);
    for table in RAW {
        for text in [
            format!("SELECT * FROM {table}"),
            format!("SELECT * FROM lake.public.{table}"),
            format!("SELECT * FROM 'lake/{table}'"),
        ] {
            let said = house.fails(&["sql", "--audience", "research", "-c", &text]);
            assert!(!said.contains("Made-up"), "{said}");
            let path = format!("/v1/sql?sql={}", text.replace(' ', "+"));
            let (head, _) = served.get(&path, "");
            assert!(head.starts_with("HTTP/1.1 4"), "{text}: {head}");
        }
        house.fails(&["query", table, "--audience", "research"]);
    }
    let (_, body) = served.get("/v1/tables", "");
    let listed: Value = serde_json::from_slice(&body).unwrap();
    let text = listed.to_string();
    for table in RAW {
        assert!(!text.contains(&format!("\"name\":\"{table}\"")), "{table}");
    }
    // None of it was a raw statement.
    let log = audit(&house, &[]);
    assert!(!acts(&log).contains(&"raw_statement"));
}
