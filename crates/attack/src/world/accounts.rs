//! Tokens of every fate, and a server at which each request comes from another
//! client.

use std::cell::Cell;
use std::collections::BTreeMap;

use anyhow::Context as _;
use serde_json::Value;

use super::process::{Served, Serving, run};
use super::{Answer, Client, Web, World};

/// The list of tokens in a folder of releases.
const LIST: [&str; 2] = ["access", "tokens.json"];

/// A server of its own: one that counts failures by the client's address must
/// not answer the last of many forgeries by the count alone.
pub(crate) struct Gate {
    _served: Served,
    client: Client,
    asked: Cell<u32>,
}

impl Gate {
    /// Serves the releases of a world once more. No worker stands behind its
    /// questions, so that whoever is let through is told so.
    ///
    /// # Errors
    /// Where the server does not start.
    pub(crate) fn open(world: &World, name: &str) -> anyhow::Result<Self> {
        let folder = world.folder.with_extension(name);
        std::fs::create_dir_all(&folder)?;
        let serving = Serving {
            socket: Some(folder.join("none")),
            behind_proxy: true,
        };
        let log = folder.join("server.log");
        let served = Served::start(&world.program, &world.folder, &log, &serving)?;
        let client = Client::new(served.url.clone(), BTreeMap::new());
        Ok(Self {
            _served: served,
            client,
            asked: Cell::new(0),
        })
    }
}

impl Web for Gate {
    fn ask(&self, audience: &str, path: &str, headers: &[(&str, &str)]) -> anyhow::Result<Answer> {
        self.asked.set(self.asked.get() + 1);
        let [_, a, b, c] = self.asked.get().to_be_bytes();
        let address = format!("10.{a}.{b}.{c}");
        let mut all = vec![("x-forwarded-for", address.as_str())];
        all.extend(headers);
        self.client.ask(audience, path, &all)
    }
}

/// A token and its entry in the list.
#[derive(Debug, Clone)]
pub(crate) struct Token {
    /// The token.
    pub(crate) text: String,
    /// What the list knows it by.
    pub(crate) id: String,
    /// What the list keeps of it.
    pub(crate) hash: String,
}

impl World {
    /// Makes a token.
    ///
    /// # Errors
    /// Where the command fails or the list does not hold it.
    pub(crate) fn token(&self, audience: &str) -> anyhow::Result<Token> {
        let releases = self.folder.to_str().context("a path is not text")?;
        let create = [
            "token",
            "create",
            "--releases",
            releases,
            "--audience",
            audience,
        ];
        let text = run(&self.program, &create)?.output.trim().to_owned();
        let list = self.tokens()?;
        let last = list["tokens"].as_array().and_then(|tokens| tokens.last());
        let word = |name: &str| last.and_then(|last| last[name].as_str());
        Ok(Token {
            text,
            id: word("id").context("a token without a name")?.to_owned(),
            hash: word("sha256").context("a token without a hash")?.to_owned(),
        })
    }

    /// Revokes a token.
    ///
    /// # Errors
    /// Where the command fails.
    pub(crate) fn revoke(&self, token: &Token) -> anyhow::Result<()> {
        let releases = self.folder.to_str().context("a path is not text")?;
        run(
            &self.program,
            &["token", "revoke", "--releases", releases, &token.id],
        )?;
        Ok(())
    }

    /// Lets a token expire, as time would.
    ///
    /// # Errors
    /// Where the list cannot be read or written.
    pub(crate) fn expire(&self, token: &Token) -> anyhow::Result<()> {
        let mut list = self.tokens()?;
        let tokens = list["tokens"].as_array_mut().context("no tokens")?;
        for known in tokens.iter_mut().filter(|known| known["id"] == token.id) {
            known["created"] = "2020-01-01T00:00:00Z".into();
            known["expires"] = "2020-01-02T00:00:00Z".into();
        }
        let list = serde_json::to_vec(&list)?;
        let path = LIST
            .iter()
            .fold(self.folder.clone(), |path, part| path.join(part));
        let new = path.with_extension("expired");
        std::fs::write(&new, list)?;
        Ok(std::fs::rename(new, path)?)
    }

    fn tokens(&self) -> anyhow::Result<Value> {
        let path = LIST
            .iter()
            .fold(self.folder.clone(), |path, part| path.join(part));
        Ok(serde_json::from_slice(&std::fs::read(path)?)?)
    }
}
