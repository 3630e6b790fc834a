//! Questions about single rows, put as researchers put them: over HTTP, and by
//! whoever may start a program beside the lake.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::Context as _;
use serde_json::{Value, json};

use super::World;
use super::make::{copy_anew, text};
use super::process::{Served, Serving, Standing, run};

/// Research accounts at a desk.
pub(crate) const ACCOUNTS: usize = 3;

/// Name of the account of questions in the ledger.
const QUESTIONS: &str = "questions";

/// Folder of the ledger and the kept answers in a lake.
const VAULT: [&str; 2] = ["_safeground", "privacy"];

/// How a question is put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// Over HTTP, with the token of one of the accounts.
    Served(usize),
    /// On the command line.
    Command,
}

/// What came of a question.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Reply {
    /// An answer.
    Answered(Told),
    /// A refusal, by its code.
    Refused(String),
    /// Nothing: whoever should have replied was not there, or died.
    Lost,
}

/// An answer as it was told.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Told {
    /// All that is the answer: question, draw, noise, values.
    pub(crate) answer: Value,
    /// What the reply says was charged now, in millionths.
    pub(crate) charged: Option<u64>,
}

impl Told {
    /// Standard error that the answer declares.
    pub(crate) fn declared(&self) -> f64 {
        self.answer["standard_error"].as_f64().unwrap_or(f64::NAN)
    }

    /// Values by the keys of their groups, joined.
    pub(crate) fn values(&self) -> impl Iterator<Item = (String, f64)> {
        let cells = self.answer["cells"].as_array().into_iter().flatten();
        cells.filter_map(|cell| {
            let keys = cell["keys"].as_array()?.iter();
            let keys: Vec<&str> = keys.filter_map(Value::as_str).collect();
            Some((keys.join(" "), cell["value"].as_f64()?))
        })
    }
}

/// Whatever answers questions: a desk, or a careless copy of one.
pub(crate) trait Questions: Sync {
    /// Puts a question.
    ///
    /// # Errors
    /// Only where a reply makes no sense.
    fn put(&self, way: Way, question: &str, epsilon: &str) -> anyhow::Result<Reply>;

    /// What was spent on the questions about a year, in millionths, as each of
    /// the places says that tell it.
    ///
    /// # Errors
    /// Where one of them cannot be read.
    fn spent(&self, year: i32) -> anyhow::Result<Vec<u64>>;
}

/// A copy of a lake with a worker that answers questions about it and a server
/// that takes them.
pub(crate) struct Desk {
    program: PathBuf,
    releases: PathBuf,
    /// The copy; attacks on it leave the world's lake as it was.
    pub(crate) lake: PathBuf,
    folder: PathBuf,
    tokens: Vec<String>,
    agent: ureq::Agent,
    worker: Option<Standing>,
    served: Option<Served>,
}

impl Desk {
    /// Copies the lake of a world and opens a desk on it.
    ///
    /// # Errors
    /// What stops one of the commands.
    pub(crate) fn open(world: &World, name: &str) -> anyhow::Result<Self> {
        let folder = world.folder.with_extension(name);
        let lake = folder.join("lake");
        copy_anew(&world.lake, &lake)?;
        let releases = text(&world.folder)?;
        let create = [
            "token",
            "create",
            "--releases",
            releases,
            "--audience",
            "research",
        ];
        let token = |_| Ok(run(&world.program, &create)?.output.trim().to_owned());
        let agent = ureq::Agent::config_builder()
            .timeout_global(Some(Duration::from_secs(120)))
            .http_status_as_error(false)
            .build()
            .into();
        let mut desk = Self {
            program: world.program.clone(),
            releases: world.folder.clone(),
            lake,
            folder,
            tokens: (0..ACCOUNTS).map(token).collect::<anyhow::Result<_>>()?,
            agent,
            worker: None,
            served: None,
        };
        desk.start_worker()?;
        desk.start_server()?;
        Ok(desk)
    }

    fn socket(&self) -> PathBuf {
        self.folder.join("questions")
    }

    /// Starts a worker, if none stands.
    pub(crate) fn start_worker(&mut self) -> anyhow::Result<()> {
        if self.worker.is_none() {
            let socket = self.socket();
            self.worker = Some(Standing::worker(&self.program, &self.lake, &socket)?);
        }
        Ok(())
    }

    /// Starts a server, if none stands.
    pub(crate) fn start_server(&mut self) -> anyhow::Result<()> {
        if self.served.is_none() {
            let log = self.folder.join("server.log");
            let serving = Serving {
                socket: Some(self.socket()),
                behind_proxy: false,
            };
            let served = Served::start(&self.program, &self.releases, &log, &serving)?;
            self.served = Some(served);
        }
        Ok(())
    }

    /// Takes the worker, to be killed.
    pub(crate) fn take_worker(&mut self) -> Option<Standing> {
        self.worker.take()
    }

    /// Ends worker and server, and starts both anew.
    pub(crate) fn restart(&mut self) -> anyhow::Result<()> {
        (self.worker, self.served) = (None, None);
        self.start_worker()?;
        self.start_server()
    }

    /// The folder of the ledger and the kept answers.
    pub(crate) fn vault(&self) -> PathBuf {
        vault(&self.lake)
    }

    /// What the questions about a year may cost together, as the server tells.
    ///
    /// # Errors
    /// Where it does not.
    pub(crate) fn yearly(&self) -> anyhow::Result<f64> {
        let offer = self.offer()?;
        let yearly = offer["yearly_epsilon"].as_str().context("no budget told")?;
        Ok(yearly.parse()?)
    }

    fn offer(&self) -> anyhow::Result<Value> {
        let served = self.served.as_ref().context("nobody serves")?;
        let request = self.agent.get(format!("{}/v1/dp", served.url));
        let bearer = format!("Bearer {}", self.tokens[0]);
        let mut offer = request.header("authorization", bearer).call()?;
        Ok(serde_json::from_slice(&offer.body_mut().read_to_vec()?)?)
    }

    fn put_over_http(
        &self,
        account: usize,
        question: &str,
        epsilon: &str,
    ) -> anyhow::Result<Reply> {
        let Some(served) = &self.served else {
            return Ok(Reply::Lost);
        };
        let token = &self.tokens[account % self.tokens.len()];
        let body = json!({ "question": question, "epsilon": epsilon });
        let sent = self
            .agent
            .post(format!("{}/v1/dp", served.url))
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/json")
            .send(serde_json::to_vec(&body)?);
        let Ok(mut response) = sent else {
            return Ok(Reply::Lost);
        };
        let status = response.status().as_u16();
        let Ok(body) = response.body_mut().read_to_vec() else {
            return Ok(Reply::Lost);
        };
        let body: Value = serde_json::from_slice(&body)
            .with_context(|| format!("a reply of status {status} is not JSON"))?;
        if let Some(kind) = body["type"].as_str() {
            let code = kind.rsplit(':').next().unwrap_or(kind);
            return Ok(Reply::Refused(code.to_owned()));
        }
        Ok(Reply::Answered(told(&body)?))
    }
}

impl Questions for Desk {
    fn put(&self, way: Way, question: &str, epsilon: &str) -> anyhow::Result<Reply> {
        match way {
            Way::Served(account) => self.put_over_http(account, question, epsilon),
            Way::Command => {
                let mut command = by_command(&self.program, &self.lake, question, epsilon);
                reply_of(&command.output()?.stdout)
            }
        }
    }

    fn spent(&self, year: i32) -> anyhow::Result<Vec<u64>> {
        let mut said = self.spent_by_commands(year)?;
        said.push(spent_in(&self.offer()?["years"], year)?);
        Ok(said)
    }
}

impl Desk {
    /// The program.
    pub(crate) fn program(&self) -> &Path {
        &self.program
    }

    /// What was spent on the questions about a year, as the steward's commands
    /// tell it, whether or not a worker stands.
    pub(crate) fn spent_by_commands(&self, year: i32) -> anyhow::Result<Vec<u64>> {
        let lake = text(&self.lake)?;
        let mut said = Vec::new();
        for arguments in [
            &["dp", "--lake", lake, "--remaining", "--json"][..],
            &["budget", "--lake", lake, "--json"],
        ] {
            let printed = run(&self.program, arguments)?;
            said.push(spent_in(&serde_json::from_str(&printed.output)?, year)?);
        }
        Ok(said)
    }
}

/// `safeground dp` with a question, ready to be started.
pub(crate) fn by_command(program: &Path, lake: &Path, question: &str, epsilon: &str) -> Command {
    let mut command = Command::new(program);
    command
        .args(["dp", "--json", "--epsilon", epsilon, "--lake"])
        .arg(lake)
        .arg(question)
        .env("SAFEGROUND_LOG", "error")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    command
}

/// The reply in what `safeground dp --json` printed; one that died before it
/// had printed all of it has not replied.
pub(crate) fn reply_of(printed: &[u8]) -> anyhow::Result<Reply> {
    let Ok(body) = serde_json::from_slice::<Value>(printed) else {
        return Ok(Reply::Lost);
    };
    match body["refused"].as_str() {
        Some(code) => Ok(Reply::Refused(code.to_owned())),
        None => Ok(Reply::Answered(told(&body)?)),
    }
}

/// The folder of the ledger and the kept answers of a lake.
pub(crate) fn vault(lake: &Path) -> PathBuf {
    VAULT
        .iter()
        .fold(lake.to_owned(), |path, part| path.join(part))
}

fn told(body: &Value) -> anyhow::Result<Told> {
    let charged = body["charged"].as_str().map(millionths).transpose()?;
    anyhow::ensure!(
        body["answer"]["cells"].is_array() && !body["charged"].is_number(),
        "a reply is neither an answer nor a refusal: {body:.300}"
    );
    Ok(Told {
        answer: body["answer"].clone(),
        charged,
    })
}

/// What was spent on the questions about a year, in a list of years.
fn spent_in(years: &Value, year: i32) -> anyhow::Result<u64> {
    let years = years.as_array().context("no list of years")?;
    let of_year = years.iter().filter(|of| {
        of["year"] == year && of["dataset"].as_str().is_none_or(|name| name == QUESTIONS)
    });
    of_year
        .map(|of| {
            millionths(
                of["spent"]
                    .as_str()
                    .context("a year without what it spent")?,
            )
        })
        .sum()
}

/// Millionths of a decimal number.
pub(crate) fn millionths(text: &str) -> anyhow::Result<u64> {
    let number: f64 = text.parse().context("an ε is no number")?;
    Ok((number * 1e6).round() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replies_are_told_apart() {
        let refused = reply_of(br#"{"refused":"dp_budget_spent","reason":""}"#).unwrap();
        assert_eq!(refused, Reply::Refused("dp_budget_spent".into()));
        assert_eq!(reply_of(br#"{"answer":{"ce"#).unwrap(), Reply::Lost);
        let body = br#"{"answer":{"cells":[{"keys":["a","2024"],"value":-4}],
            "standard_error":2.5},"charged":"0.01"}"#;
        let Reply::Answered(told) = reply_of(body).unwrap() else {
            panic!("an answer was not taken for one");
        };
        assert_eq!((told.charged, told.declared()), (Some(10_000), 2.5));
        assert_eq!(told.values().collect::<Vec<_>>(), [("a 2024".into(), -4.0)]);
        assert!(reply_of(br#"{"count":7}"#).is_err());
    }

    #[test]
    fn what_was_spent_is_that_of_questions_and_of_the_year() {
        let years = json!([
            { "dataset": "children", "year": 2024, "spent": "0.9" },
            { "dataset": "questions", "year": 2024, "spent": "0.07" },
            { "dataset": "questions", "year": 2023, "spent": "0.1" },
        ]);
        assert_eq!(spent_in(&years, 2024).unwrap(), 70_000);
        assert_eq!(spent_in(&years, 2022).unwrap(), 0);
    }
}
