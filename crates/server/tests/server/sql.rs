//! SQL over HTTP: formats, limits that are met before and after an answer has
//! begun, clients that leave.

use std::fs;
use std::net::SocketAddr;
use std::time::Duration;

use arrow::array::AsArray as _;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use safeground_server::Config;
use safeground_sql::pool::Program;
use safeground_sql::{Format, QueryLimits};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::Mutex;

use crate::fixture::{Folder, Recipe};
use crate::socket;

/// One test with workers at a time: one of them counts them.
static ALONE: Mutex<()> = Mutex::const_new(());

/// Rows without end, of some nine bytes each as CSV.
const ENDLESS: &str = "/v1/sql?format=csv&sql=SELECT+a.value,b.value+AS+other+FROM+\
     generate_series(1,1000)+a,generate_series(1,1000000)+b";

fn config() -> Config {
    Config {
        sql_worker: Some(Program {
            path: env!("CARGO_BIN_EXE_safeground-server-sql-worker").into(),
            arguments: Vec::new(),
        }),
        ..Folder::config()
    }
}

#[tokio::test]
async fn rows_come_as_parquet_and_as_lines_of_json() {
    let _alone = ALONE.lock().await;
    let folder = Folder::with(&Recipe::default());
    let client = folder.client_with(config()).await;
    let asked = "/v1/sql?sql=SELECT+place_id,name,population+FROM+places+ORDER+BY+place_id";
    let answer = client.get(asked).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(
        answer.header("content-type"),
        Format::Json.media_type(),
        "JSON is what comes where nothing is said"
    );
    let rows = answer.json();
    let rows = rows.as_array().unwrap();
    assert_eq!(rows.len(), 13);

    let lines = client
        .get_with(asked, &[("accept", "application/x-ndjson")])
        .await;
    assert_eq!(lines.header("content-type"), Format::Ndjson.media_type());
    let lines: Vec<Value> = lines
        .text()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(&lines, rows);

    let file = client
        .get_with(asked, &[("accept", "application/vnd.apache.parquet")])
        .await;
    assert_eq!(file.header("content-type"), Format::Parquet.media_type());
    let named = client.get(&format!("{asked}&format=parquet")).await;
    assert!(named.body == file.body);
    let reader = ParquetRecordBatchReaderBuilder::try_new(file.body).unwrap();
    let mut places = Vec::new();
    for batch in reader.build().unwrap() {
        let batch = batch.unwrap();
        assert_eq!(batch.num_columns(), 3);
        let ids = batch.column_by_name("place_id").unwrap();
        places.extend(
            ids.as_string::<i32>()
                .iter()
                .map(|id| Value::from(id.unwrap())),
        );
    }
    let expected: Vec<_> = rows.iter().map(|row| row["place_id"].clone()).collect();
    assert_eq!(places, expected);
}

#[tokio::test]
async fn a_limit_that_is_met_before_the_answer_begins_is_told_by_its_name() {
    let _alone = ALONE.lock().await;
    let folder = Folder::with(&Recipe::default());
    let config = config();
    let client = folder
        .client_with(Config {
            sql_limits: QueryLimits {
                deadline: Duration::from_secs(1),
                ..config.sql_limits
            },
            ..config
        })
        .await;
    let endless = "/v1/sql?sql=SELECT+sum(a.value*b.value)+FROM+generate_series(1,1000000)+a,\
         generate_series(1,1000000)+b";
    let rows = "/v1/sql?rows=10&sql=SELECT+unit_id+FROM+scores";
    for (path, limit) in [
        (endless, "at most 1 seconds;"),
        (rows, "at most 10 rows in the answer;"),
    ] {
        let answer = client.get(path).await;
        assert!(answer.is_problem(400), "{}", answer.text());
        let problem = answer.json();
        assert_eq!(problem["type"], "urn:safeground:problem:sql-limit");
        let title = problem["title"].as_str().unwrap();
        assert!(title.contains(limit), "{title}");
    }
}

/// Asks over a socket, and leaves the answer there.
async fn ask(address: SocketAddr, path: &str, headers: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

#[tokio::test]
async fn a_limit_that_is_met_later_is_told_by_a_trailer_or_breaks_the_connection() {
    let _alone = ALONE.lock().await;
    let folder = Folder::with(&Recipe::default());
    let running = socket::start(&folder, config()).await;
    let path = format!("{ENDLESS}&rows=300000");
    let trailer = "\r\n0\r\nsafeground-error: sql-limit: the query meets a limit: at most 300000 \
                   rows in the answer; add LIMIT, a filter or GROUP BY\r\n\r\n";
    let reads_trailers = "TE: trailers\r\nConnection: TE, close\r\n";
    for (headers, is_told) in [
        ("Connection: close\r\n".to_owned(), false),
        (reads_trailers.to_owned(), true),
        (format!("Accept-Encoding: gzip\r\n{reads_trailers}"), true),
    ] {
        let mut stream = ask(running.address, &path, &headers).await;
        let mut answer = Vec::new();
        // A connection that breaks may end in an error of reading.
        let _ = stream.read_to_end(&mut answer).await;
        let answer = String::from_utf8_lossy(&answer);
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        assert_eq!(head.contains("\r\ntrailer: safeground-error"), is_told);
        assert_eq!(
            head.contains("\r\ncontent-encoding: gzip"),
            headers.contains("gzip")
        );
        assert_eq!(body.ends_with(trailer), is_told, "{headers}");
        // Nobody may take it for whole.
        assert!(!body.ends_with("\r\n0\r\n\r\n"), "{headers}");
        if !headers.contains("gzip") {
            assert!(body.len() > 1 << 20, "{} bytes", body.len());
        }
    }
}

/// Ids of living children of this process that are workers.
fn workers() -> Vec<u32> {
    let me = std::process::id().to_string();
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let Some(id) = entry.file_name().to_str().and_then(|id| id.parse().ok()) else {
            continue;
        };
        // A process may end between two looks.
        let Ok(status) = fs::read_to_string(entry.path().join("status")) else {
            continue;
        };
        let field = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            line.unwrap_or_default().trim()
        };
        // The kernel keeps fifteen bytes of a name.
        let is_worker = field("Name:") == "safeground-serv" && field("PPid:") == me;
        if is_worker && !field("State:").starts_with('Z') {
            found.push(id);
        }
    }
    found
}

/// Waits until there are so many workers.
async fn workers_become(number: usize) {
    let mut looks = 0;
    while workers().len() != number {
        looks += 1;
        assert!(looks < 3_000, "{:?} and not {number}", workers());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_client_that_hangs_up_ends_its_query() {
    let _alone = ALONE.lock().await;
    let folder = Folder::with(&Recipe::default());
    let config = config();
    // Nothing else ends it.
    let config = Config {
        sql_limits: QueryLimits {
            rows: u64::MAX,
            answer_bytes: u64::MAX,
            deadline: Duration::from_secs(3_600),
        },
        write_timeout: Duration::from_secs(3_600),
        ..config
    };
    let running = socket::start(&folder, config).await;
    let mut stream = ask(running.address, ENDLESS, "").await;
    let mut begun = vec![0; 1 << 16];
    stream.read_exact(&mut begun).await.unwrap();
    assert!(begun.starts_with(b"HTTP/1.1 200"));
    // Two that wait, and the one whose query it is.
    workers_become(3).await;
    drop(stream);
    workers_become(2).await;
}
