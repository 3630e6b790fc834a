//! The lake in object stores.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use hmac::{Hmac, Mac as _};
use object_store::memory::InMemory;
use object_store::{ObjectStore, ObjectStoreExt as _};
use safeground_engine::lake::{Begun, Committed, Lake, LakeOptions, LakeUrl, LoadSummary};
use safeground_schema::Table;
use sha2::Sha256;

use crate::google_store::GoogleStore;
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

/// A server of an object store's protocol on this machine, ended with the
/// value.
struct StoreServer {
    child: Child,
    port: u16,
}

impl StoreServer {
    /// Starts a program on a port. `None` where it is not installed or does
    /// not run; `cargo xtask test` installs those of these tests.
    fn start(program: &str, port: u16, arguments: &[&str]) -> Option<Self> {
        // Somebody else's server must not be taken for this one.
        TcpListener::bind(("127.0.0.1", port)).ok()?;
        let folders = std::env::var_os("SAFEGROUND_STORE_SERVERS").unwrap_or_default();
        let installed = std::env::split_paths(&folders)
            .map(|folder| folder.join(program))
            .find(|path| path.exists());
        let child = Command::new(installed.unwrap_or_else(|| program.into()))
            .args(arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let mut server = Self { child, port };
        for _ in 0..600 {
            if server.child.try_wait().unwrap().is_some() {
                return None;
            }
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Some(server);
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("{program} does not listen");
    }

    /// Sends one request without a body; gives the reply.
    fn send(&self, request: &str, headers: &[(&str, &str)]) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let mut text = format!(
            "{request} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Length: 0\r\nConnection: close\r\n",
            self.port
        );
        for (name, value) in headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        write!(stream, "{text}\r\n").unwrap();
        let mut reply = String::new();
        stream.read_to_string(&mut reply).unwrap();
        reply
    }
}

impl Drop for StoreServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Options with a secret and the settings of a store.
fn options(secret: &tempfile::NamedTempFile, settings: &[(&str, &str)]) -> LakeOptions {
    LakeOptions {
        secret_file: Some(secret.path().to_owned()),
        storage: settings
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        ..LakeOptions::default()
    }
}

/// A port that nobody listens on.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lake_behind_the_s3_protocol_goes_the_whole_way() {
    let port = free_port();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/engine/moto_s3.py");
    let arguments = [script, "--host", "127.0.0.1", "--port", &port.to_string()];
    let Some(server) = StoreServer::start("python", port, &arguments) else {
        eprintln!("skipped: moto does not run; `pip install 'moto[server]'` installs it");
        return;
    };
    let reply = server.send("PUT /bucket", &[]);
    assert!(reply.starts_with("HTTP/1.1 200"), "{reply}");
    let secret = secret_file();
    let settings = [
        (
            "aws_endpoint_url",
            &*format!("http://127.0.0.1:{}", server.port),
        ),
        ("aws_allow_http", "true"),
        ("aws_access_key_id", "test"),
        ("aws_secret_access_key", "test"),
        ("aws_region", "us-east-1"),
    ];
    goes_the_whole_way(
        &"s3://bucket/some/lake".parse().unwrap(),
        &options(&secret, &settings),
    )
    .await;
}

/// No emulator of Google's store keeps its preconditions, so a stand-in does.
#[tokio::test(flavor = "multi_thread")]
async fn a_lake_behind_the_google_protocol_goes_the_whole_way_and_never_overwrites_a_commit() {
    let store = GoogleStore::start();
    let secret = secret_file();
    // The form in which a service account names an emulator.
    let account = serde_json::json!({
        "gcs_base_url": store.url(),
        "disable_oauth": true,
        "client_email": "",
        "private_key": "",
        "private_key_id": "",
    });
    let settings = [("google_service_account_key", &*account.to_string())];
    goes_the_whole_way(
        &"gs://bucket/some/lake".parse().unwrap(),
        &options(&secret, &settings),
    )
    .await;
    let writes = store.writes();
    let commits: Vec<_> = writes
        .iter()
        .filter(|write| write.key.contains("/_delta_log/0") && write.key.ends_with(".json"))
        .collect();
    assert!(commits.len() > 3, "{writes:?}");
    for commit in &commits {
        assert_eq!(commit.precondition.as_deref(), Some("0"), "{commit:?}");
    }
    let mut done: Vec<_> = commits.iter().filter(|c| c.done).map(|c| &c.key).collect();
    let all = done.len();
    done.sort_unstable();
    done.dedup();
    assert_eq!(done.len(), all, "a commit was written twice: {commits:?}");
}

/// Account that every emulator of Azure's storage knows, with the key that
/// its documentation prints.
const AZURE_ACCOUNT: &str = "devstoreaccount1";
const AZURE_KEY: &str =
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

/// Port on which clients look for an emulator.
const EMULATOR_PORT: u16 = 10_000;

/// Makes a container, signed as Azure's "Authorize with Shared Key" has it.
fn make_container(server: &StoreServer, name: &str) {
    let now = chrono::Utc::now()
        .format("%a, %d %b %Y %H:%M:%S GMT")
        .to_string();
    let version = "2021-08-06";
    let blanks = "\n".repeat(12);
    let signed = format!(
        "PUT{blanks}x-ms-date:{now}\nx-ms-version:{version}\n/{AZURE_ACCOUNT}/{AZURE_ACCOUNT}/{name}\nrestype:container"
    );
    let key = BASE64_STANDARD.decode(AZURE_KEY).unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
    mac.update(signed.as_bytes());
    let signature = BASE64_STANDARD.encode(mac.finalize().into_bytes());
    let reply = server.send(
        &format!("PUT /{AZURE_ACCOUNT}/{name}?restype=container"),
        &[
            ("x-ms-date", &now),
            ("x-ms-version", version),
            (
                "Authorization",
                &format!("SharedKey {AZURE_ACCOUNT}:{signature}"),
            ),
        ],
    );
    assert!(reply.starts_with("HTTP/1.1 201"), "{reply}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lake_behind_the_azure_protocol_goes_the_whole_way() {
    let folder = tempfile::tempdir().unwrap();
    let location = folder.path().to_str().unwrap();
    let arguments = ["--location", location, "--silent", "--skipApiVersionCheck"];
    let Some(server) = StoreServer::start("azurite-blob", EMULATOR_PORT, &arguments) else {
        eprintln!(
            "skipped: azurite-blob does not run on port {EMULATOR_PORT}; `npm install azurite` installs it"
        );
        return;
    };
    make_container(&server, "container");
    let secret = secret_file();
    let settings = [("azure_storage_use_emulator", "true")];
    goes_the_whole_way(
        &"az://container/some/lake".parse().unwrap(),
        &options(&secret, &settings),
    )
    .await;
}
