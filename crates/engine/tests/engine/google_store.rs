//! Google's store protocol, as much of it as a lake uses.
//!
//! The emulators that package registries carry do not keep to it: one refuses
//! plain writes, the others write whatever the precondition says. So this is a
//! stand-in after Google's reference of the XML API: objects have generations,
//! a write with `x-goog-if-generation-match` is refused with 412 unless the
//! object is of that generation (0: is not there), and lists are complete. It
//! knows nothing of accounts.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use url::Url;

/// One stored object.
#[derive(Clone)]
struct Object {
    bytes: Vec<u8>,
    generation: u64,
}

#[derive(Default)]
struct State {
    objects: BTreeMap<String, Object>,
    generations: u64,
    /// Parts by number of uploads that are not complete, by upload.
    uploads: BTreeMap<String, BTreeMap<u32, Vec<u8>>>,
    writes: Vec<Write>,
}

impl State {
    /// Stores an object, which replaces the one of this name.
    fn store(&mut self, key: &str, bytes: Vec<u8>) -> Object {
        self.generations += 1;
        let object = Object {
            bytes,
            generation: self.generations,
        };
        self.objects.insert(key.to_owned(), object.clone());
        object
    }
}

/// A write that was asked for.
#[derive(Debug, Clone)]
pub(crate) struct Write {
    pub(crate) key: String,
    /// What `x-goog-if-generation-match` said.
    pub(crate) precondition: Option<String>,
    pub(crate) done: bool,
}

/// A bucket named `bucket` behind a port of this machine. Its threads end with
/// the process.
pub(crate) struct GoogleStore {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

impl GoogleStore {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&shared);
                std::thread::spawn(move || answer(stream, &state));
            }
        });
        Self { address, state }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn writes(&self) -> Vec<Write> {
        self.state.lock().unwrap().writes.clone()
    }
}

struct Request {
    method: String,
    key: String,
    query: BTreeMap<String, String>,
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
}

impl Request {
    fn read(stream: &TcpStream) -> Self {
        let mut reader = BufReader::new(stream);
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            let line = line.trim_end().to_owned();
            if line.is_empty() {
                break;
            }
            lines.push(line);
        }
        let mut first = lines[0].split(' ');
        let method = first.next().unwrap().to_owned();
        let url = Url::parse("http://store").unwrap();
        let url = url.join(first.next().unwrap()).unwrap();
        let headers: BTreeMap<String, String> = lines[1..]
            .iter()
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect();
        let length = headers.get("content-length");
        let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
        reader.read_exact(&mut body).unwrap();
        Self {
            method,
            key: key_of(url.path().strip_prefix('/').unwrap()),
            query: url.query_pairs().into_owned().collect(),
            headers,
            body,
        }
    }
}

/// The object's name in an escaped `bucket/name`.
fn key_of(escaped: &str) -> String {
    let (bucket, key) = escaped.split_once('/').unwrap_or((escaped, ""));
    assert_eq!(bucket, "bucket");
    // Clients escape all but letters and digits, so that no `+` is a blank.
    let pairs = url::form_urlencoded::parse(key.as_bytes());
    pairs.map(|(name, _)| name.into_owned()).collect()
}

struct Reply {
    status: &'static str,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

impl Reply {
    fn new(status: &'static str) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    /// With the headers that say which object it is.
    fn of(mut self, object: &Object) -> Self {
        self.headers = vec![
            ("ETag", format!("\"{}\"", object.generation)),
            ("x-goog-generation", object.generation.to_string()),
            ("Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT".to_owned()),
        ];
        self
    }
}

fn answer(mut stream: TcpStream, state: &Mutex<State>) {
    let request = Request::read(&stream);
    let mut state = state.lock().unwrap();
    let reply = match request.method.as_str() {
        "POST" => post(&mut state, &request),
        "PUT" if request.query.contains_key("uploadId") => part(&mut state, &request),
        "PUT" => put(&mut state, &request),
        "GET" if request.key.is_empty() => list(&state, &request),
        "GET" | "HEAD" => get(&state, &request),
        "DELETE" => match state.objects.remove(&request.key) {
            Some(_) => Reply::new("204 No Content"),
            None => Reply::new("404 Not Found"),
        },
        _ => Reply::new("501 Not Implemented"),
    };
    let mut head = format!("HTTP/1.1 {}\r\nConnection: close\r\n", reply.status);
    for (name, value) in &reply.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str(&format!("Content-Length: {}\r\n\r\n", reply.body.len()));
    // A client may have gone, as one that has lost a race has.
    let _ = stream.write_all(head.as_bytes());
    if request.method != "HEAD" {
        let _ = stream.write_all(&reply.body);
    }
}

fn put(state: &mut State, request: &Request) -> Reply {
    let there = state.objects.get(&request.key);
    let generation = there.map_or(0, |object| object.generation).to_string();
    let precondition = request.headers.get("x-goog-if-generation-match").cloned();
    let done = precondition.as_ref().is_none_or(|p| *p == generation);
    state.writes.push(Write {
        key: request.key.clone(),
        precondition,
        done,
    });
    if !done {
        return Reply::new("412 Precondition Failed");
    }
    let bytes = match request.headers.get("x-goog-copy-source") {
        Some(source) => match state.objects.get(&key_of(source)) {
            Some(object) => object.bytes.clone(),
            None => return Reply::new("404 Not Found"),
        },
        None => request.body.clone(),
    };
    Reply::new("200 OK").of(&state.store(&request.key, bytes))
}

/// One part of an upload in parts.
fn part(state: &mut State, request: &Request) -> Reply {
    let number: u32 = request.query["partNumber"].parse().unwrap();
    let Some(parts) = state.uploads.get_mut(&request.query["uploadId"]) else {
        return Reply::new("404 Not Found");
    };
    parts.insert(number, request.body.clone());
    let mut reply = Reply::new("200 OK");
    reply.headers.push(("ETag", format!("\"{number}\"")));
    reply
}

/// Begins an upload in parts, or makes an object of its parts.
fn post(state: &mut State, request: &Request) -> Reply {
    let mut reply = Reply::new("200 OK");
    let text = if request.query.contains_key("uploads") {
        let upload = format!("upload-{}", state.uploads.len());
        state.uploads.insert(upload.clone(), BTreeMap::new());
        format!(
            "<InitiateMultipartUploadResult><UploadId>{upload}</UploadId></InitiateMultipartUploadResult>"
        )
    } else {
        let upload = request.query.get("uploadId").cloned().unwrap_or_default();
        let Some(parts) = state.uploads.get(&upload) else {
            return Reply::new("404 Not Found");
        };
        let bytes = parts.values().flatten().copied().collect();
        let object = state.store(&request.key, bytes);
        reply = reply.of(&object);
        format!(
            "<CompleteMultipartUploadResult><ETag>\"{}\"</ETag></CompleteMultipartUploadResult>",
            object.generation
        )
    };
    reply.body = text.into_bytes();
    reply
}

fn get(state: &State, request: &Request) -> Reply {
    let Some(object) = state.objects.get(&request.key) else {
        return Reply::new("404 Not Found");
    };
    let size = object.bytes.len();
    let Some(range) = request.headers.get("range") else {
        let mut reply = Reply::new("200 OK").of(object);
        reply.body = object.bytes.clone();
        return reply;
    };
    let (from, to) = range
        .strip_prefix("bytes=")
        .unwrap()
        .split_once('-')
        .unwrap();
    let (from, to) = match (from.parse::<usize>(), to.parse::<usize>()) {
        (Ok(from), Ok(to)) => (from, size.min(to + 1)),
        (Ok(from), Err(_)) => (from, size),
        (Err(_), Ok(last)) => (size.saturating_sub(last), size),
        (Err(_), Err(_)) => return Reply::new("400 Bad Request"),
    };
    if from >= to {
        return Reply::new("416 Range Not Satisfiable");
    }
    let mut reply = Reply::new("206 Partial Content").of(object);
    reply
        .headers
        .push(("Content-Range", format!("bytes {from}-{}/{size}", to - 1)));
    reply.body = object.bytes[from..to].to_vec();
    reply
}

/// All names with the prefix, after the start; those that hold the delimiter
/// beyond the prefix as common prefixes.
fn list(state: &State, request: &Request) -> Reply {
    let asked = |name: &str| request.query.get(name).map_or("", String::as_str);
    let (prefix, delimiter) = (asked("prefix"), asked("delimiter"));
    let mut text = "<ListBucketResult>".to_owned();
    let mut common = BTreeSet::new();
    for (key, object) in &state.objects {
        let Some(rest) = key.strip_prefix(prefix) else {
            continue;
        };
        if key.as_str() <= asked("start-after") {
            continue;
        }
        let cut = rest.find(delimiter).filter(|_| !delimiter.is_empty());
        if let Some(at) = cut {
            common.insert(&key[..prefix.len() + at + delimiter.len()]);
            continue;
        }
        text.push_str(&format!(
            "<Contents><Key>{key}</Key><Size>{}</Size><LastModified>2026-01-01T00:00:00Z</LastModified><ETag>\"{}\"</ETag></Contents>",
            object.bytes.len(),
            object.generation,
        ));
    }
    for prefix in common {
        text.push_str(&format!(
            "<CommonPrefixes><Prefix>{prefix}</Prefix></CommonPrefixes>"
        ));
    }
    text.push_str("</ListBucketResult>");
    let mut reply = Reply::new("200 OK");
    reply.body = text.into_bytes();
    reply
}
