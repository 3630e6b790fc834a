//! The lake in object stores.

use std::collections::BTreeMap;
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use object_store::memory::InMemory;
use object_store::{ObjectStore, ObjectStoreExt as _};
use safeground_engine::lake::{Begun, Committed, Lake, LakeOptions, LakeUrl, LoadSummary};
use safeground_schema::Table;

use crate::lake::{incidents, load_batch, new_load, rows_of};

/// A secret in a file of its own.
fn secret_file() -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "0123456789abcdef".repeat(4)).unwrap();
    file
}

/// Everything a lake does, on a lake that is not there yet.
async fn goes_the_whole_way(url: &LakeUrl, options: &LakeOptions) {
    let error = Lake::open(url, options).await.unwrap_err();
    assert!(error.to_string().contains("safeground ingest"), "{error}");
    let lake = Lake::open_or_create(url, options).await.unwrap();
    let same = (0..4).map(|_| {
        let lake = lake.clone();
        async move {
            let batch = incidents("a", 5).batch_of(Table::Incidents, "a1");
            load_batch(&lake, Table::Incidents, new_load("a1"), batch)
                .await
                .unwrap()
        }
    });
    let results = futures::future::join_all(same).await;
    let won = results
        .iter()
        .filter(|r| matches!(r, Committed::Loaded(_)))
        .count();
    assert_eq!(won, 1, "{results:?}");
    let Begun::New(mut writer) = lake.begin(Table::Incidents, new_load("b1")).await.unwrap() else {
        panic!("nothing is there")
    };
    std::fs::write(writer.quarantine(), "rejected").unwrap();
    writer
        .write(incidents("b", 7).batch_of(Table::Incidents, "b1"))
        .await
        .unwrap();
    let committed = writer.commit(LoadSummary::default()).await.unwrap();
    let at = lake
        .quarantine_path(committed.record())
        .await
        .unwrap()
        .unwrap();
    assert!(at.starts_with(url.url().as_str()), "{at}");

    let lake = Lake::open(url, options).await.unwrap();
    assert_eq!(rows_of(&lake, Table::Incidents).await, 12);
    lake.undo("b1").await.unwrap();
    assert_eq!(
        lake.quarantine_path(committed.record()).await.unwrap(),
        None
    );
    assert_eq!(rows_of(&lake, Table::Incidents).await, 5);
    assert_eq!(lake.purge().await.unwrap().files, 1);
    assert_eq!(rows_of(&lake, Table::Incidents).await, 5);
    assert_eq!(lake.loads().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_lake_in_a_store_goes_the_whole_way_and_keeps_its_secret_elsewhere() {
    let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let url: LakeUrl = "memory:///somewhere/lake".parse().unwrap();
    let mut options = LakeOptions {
        store: Some(Arc::clone(&store)),
        ..LakeOptions::default()
    };
    let error = Lake::open_or_create(&url, &options).await.unwrap_err();
    assert!(
        error.to_string().contains("SAFEGROUND_LAKE_SECRET_FILE"),
        "{error}"
    );
    let secret = secret_file();
    options.secret_file = Some(secret.path().to_owned());
    goes_the_whole_way(&url, &options).await;
    let text = std::fs::read(secret.path()).unwrap();
    let mut listed = store.list(None);
    while let Some(file) = futures::StreamExt::next(&mut listed).await {
        let bytes = store
            .get(&file.unwrap().location)
            .await
            .unwrap()
            .bytes()
            .await
            .unwrap();
        assert!(!bytes.windows(16).any(|part| part == &text[..16]));
    }
}

/// A server of the S3 protocol on this machine, ended with the value.
struct S3Server {
    child: Child,
    port: u16,
}

impl S3Server {
    /// `None` where `moto_server` is not installed or does not run.
    fn start() -> Option<Self> {
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let child = Command::new("moto_server")
            .args(["--host", "127.0.0.1", "--port", &port.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let mut server = Self { child, port };
        for _ in 0..300 {
            if server.child.try_wait().unwrap().is_some() {
                return None;
            }
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Some(server);
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("moto_server does not listen");
    }

    fn settings(&self) -> BTreeMap<String, String> {
        [
            (
                "aws_endpoint_url",
                format!("http://127.0.0.1:{}", self.port),
            ),
            ("aws_allow_http", "true".into()),
            ("aws_access_key_id", "test".into()),
            ("aws_secret_access_key", "test".into()),
            ("aws_region", "us-east-1".into()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
    }

    fn make_bucket(&self, name: &str) {
        use std::io::{Read as _, Write as _};
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        write!(
            stream,
            "PUT /{name} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
            self.port
        )
        .unwrap();
        let mut reply = String::new();
        stream.read_to_string(&mut reply).unwrap();
        assert!(reply.starts_with("HTTP/1.1 200"), "{reply}");
    }
}

impl Drop for S3Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lake_behind_the_s3_protocol_goes_the_whole_way() {
    let Some(server) = S3Server::start() else {
        eprintln!("skipped: moto_server does not run; `pip install 'moto[server]'` installs it");
        return;
    };
    server.make_bucket("bucket");
    let secret = secret_file();
    let options = LakeOptions {
        secret_file: Some(secret.path().to_owned()),
        storage: server.settings(),
        ..LakeOptions::default()
    };
    goes_the_whole_way(&"s3://bucket/some/lake".parse().unwrap(), &options).await;
}
