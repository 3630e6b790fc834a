//! The service as a client sees it.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::Context as _;

/// An answer, whatever its status.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// Headers in the order sent, names in lowercase.
    pub headers: Vec<(String, String)>,
    /// Body as sent.
    pub body: Vec<u8>,
    /// Time to the end of the body.
    pub took: Duration,
}

impl Answer {
    /// A header, or nothing.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map_or("", |(_, value)| value)
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// Where it is none.
    pub fn json(&self) -> anyhow::Result<serde_json::Value> {
        serde_json::from_slice(&self.body).context("an answer is not JSON")
    }
}

/// Something that answers requests: the service, or a doctored copy of it.
pub trait Web {
    /// Asks for a path and query as an audience.
    ///
    /// # Errors
    /// Only where there is no answer at all.
    fn ask(&self, audience: &str, path: &str, headers: &[(&str, &str)]) -> anyhow::Result<Answer>;
}

/// A client of a served address, with a token for each audience that needs one.
pub struct Client {
    agent: ureq::Agent,
    url: String,
    tokens: BTreeMap<String, String>,
}

impl Client {
    /// A client of an address.
    #[must_use]
    pub fn new(url: String, tokens: BTreeMap<String, String>) -> Self {
        let agent = ureq::Agent::config_builder()
            .timeout_global(Some(Duration::from_secs(120)))
            .http_status_as_error(false)
            .build()
            .into();
        Self { agent, url, tokens }
    }
}

impl Web for Client {
    fn ask(&self, audience: &str, path: &str, headers: &[(&str, &str)]) -> anyhow::Result<Answer> {
        let mut address = format!("{}{path}", self.url);
        if audience != "public" {
            address += if path.contains('?') { "&" } else { "?" };
            address += &format!("audience={audience}");
        }
        let mut request = self.agent.get(&address);
        if let Some(token) = self.tokens.get(audience) {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let start = Instant::now();
        let mut response = request.call().with_context(|| format!("GET {path}"))?;
        let body = response
            .body_mut()
            .with_config()
            .limit(256 << 20)
            .read_to_vec()
            .with_context(|| format!("GET {path}: reading the body"))?;
        let took = start.elapsed();
        let headers = response
            .headers()
            .iter()
            .map(|(name, value)| {
                let value = value.to_str().unwrap_or_default();
                (name.as_str().to_lowercase(), value.to_owned())
            })
            .collect();
        Ok(Answer {
            status: response.status().as_u16(),
            headers,
            body,
            took,
        })
    }
}
