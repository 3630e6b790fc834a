//! A client of the PostgreSQL protocol that sends whatever a test wants.
//!
//! Messages are written down here once more, and not taken from a library, so
//! that a wrong byte in one of the two shows.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// An error as it was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    pub severity: String,
    pub state: String,
    pub text: String,
    /// Name of the problem, as over HTTP.
    pub problem: String,
}

/// Rows of texts.
pub type Rows = Vec<Vec<Option<String>>>;

/// A connection.
pub struct Client {
    stream: TcpStream,
    /// Number and secret that stop what runs on it.
    pub key: Vec<u8>,
}

impl Client {
    /// Connects and says nothing.
    pub fn silent(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        let patience = Some(Duration::from_secs(60));
        stream.set_read_timeout(patience).unwrap();
        Self {
            stream,
            key: Vec::new(),
        }
    }

    /// Connects for an audience, with a token if there is one.
    pub fn enter(address: SocketAddr, audience: &str, token: Option<&str>) -> Result<Self, Told> {
        let mut client = Self::silent(address);
        let texts = format!("user\0somebody\0database\0{audience}\0\0");
        client.first(196_608, texts.as_bytes());
        loop {
            let (kind, body) = client.read().expect("the server says more");
            match kind {
                b'R' if body == [0, 0, 0, 3] => {
                    client.send(b'p', format!("{}\0", token.unwrap_or_default()).as_bytes());
                }
                b'R' => assert_eq!(body, [0; 4]),
                b'K' => client.key = body,
                b'E' => return Err(told(&body)),
                b'Z' => return Ok(client),
                _ => {}
            }
        }
    }

    /// Sends a first message.
    pub fn first(&mut self, code: u32, rest: &[u8]) {
        let length = u32::try_from(8 + rest.len()).unwrap();
        self.raw(&[&length.to_be_bytes()[..], &code.to_be_bytes(), rest].concat());
    }

    /// Sends a message.
    pub fn send(&mut self, kind: u8, body: &[u8]) {
        let length = u32::try_from(4 + body.len()).unwrap();
        self.raw(&[&[kind][..], &length.to_be_bytes(), body].concat());
    }

    /// Sends bytes; whoever closed the connection does not take them.
    pub fn raw(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes);
    }

    /// The next message; `None` at the end of the connection.
    pub fn read(&mut self) -> Option<(u8, Vec<u8>)> {
        let mut head = [0; 5];
        self.stream.read_exact(&mut head).ok()?;
        let length = u32::from_be_bytes(head[1..].try_into().unwrap()) as usize;
        let mut body = vec![0; length - 4];
        self.stream.read_exact(&mut body).ok()?;
        Some((head[0], body))
    }

    /// What a statement gives in the simple protocol.
    pub fn ask(&mut self, sql: &str) -> Result<Rows, Told> {
        self.send(b'Q', format!("{sql}\0").as_bytes());
        self.answer()
    }

    /// What comes until the server is ready, or ends the connection.
    pub fn answer(&mut self) -> Result<Rows, Told> {
        let (mut rows, mut error) = (Vec::new(), None);
        while let Some((kind, body)) = self.read() {
            match kind {
                b'D' => rows.push(row(&body)),
                b'E' => error = Some(told(&body)),
                b'Z' => break,
                _ => {}
            }
        }
        error.map_or(Ok(rows), Err)
    }

    /// Whether the server still answers.
    pub fn is_open(&mut self) -> bool {
        self.ask("SELECT 1") == Ok(vec![vec![Some("1".to_owned())]])
    }
}

fn row(body: &[u8]) -> Vec<Option<String>> {
    let mut rest = &body[2..];
    let mut values = Vec::new();
    while let Some((length, after)) = rest.split_first_chunk::<4>() {
        match usize::try_from(i32::from_be_bytes(*length)) {
            Ok(length) => {
                let text = String::from_utf8_lossy(&after[..length]).into_owned();
                values.push(Some(text));
                rest = &after[length..];
            }
            Err(_) => {
                values.push(None);
                rest = after;
            }
        }
    }
    values
}

fn told(body: &[u8]) -> Told {
    let field = |kind: u8| {
        let found = body
            .split(|byte| *byte == 0)
            .find(|f| f.first() == Some(&kind));
        found.map_or(String::new(), |f| {
            String::from_utf8_lossy(&f[1..]).into_owned()
        })
    };
    let problem = field(b'D');
    Told {
        severity: field(b'S'),
        state: field(b'C'),
        text: field(b'M'),
        problem: problem
            .trim_start_matches("urn:safeground:problem:")
            .to_owned(),
    }
}
