//! `safeground dp-worker`: the process that answers a server's questions.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use safeground_engine::lake::Lake;
use safeground_engine::questions::{QuestionRequest, ask, remaining, schema};
use safeground_engine::{EngineError, Resources};
use safeground_privacy::Policy;
use safeground_privacy::query::Refusal;
use safeground_server::{
    DpAnswer, DpBudget, DpOffer, DpRefusal, DpReply, DpRequest, MOST_REQUEST_BYTES, asked_to_stop,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{Mutex, Semaphore};

use super::lake::LakeArgs;
use super::resources::ResourceArgs;
use super::who::WhoArgs;

/// Answer the questions that a server takes at `/v1/dp`.
///
/// The server opens no lake; this process does, and is reached by nothing but
/// a Unix socket: start it, then `safeground serve --dp-socket` with the same
/// path. Whoever may write to the socket may ask, so it is its owner's and
/// group's alone. SIGTERM or Ctrl-C ends it; a question cut short costs
/// nothing more when it is asked again.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    lake: LakeArgs,
    #[command(flatten)]
    who: WhoArgs,
    /// Policy file; the built-in policy, which is also the floor, if absent.
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Socket to listen on.
    #[arg(long, value_name = "PATH")]
    socket: PathBuf,
    /// Longest time for one question, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 50)]
    time_limit: u64,
    #[command(flatten)]
    resources: ResourceArgs,
}

/// Connections that may wait for their turn; more are refused.
const MOST_WAITING: usize = 16;

/// Longest time to read a question.
const READ_LIMIT: Duration = Duration::from_secs(5);

/// Replies go out at whole multiples of this after the question came, so that
/// how long the rows took hardly shows.
const BEAT: Duration = Duration::from_secs(1);

/// What all connections share.
struct Worker {
    lake: Lake,
    policy: Policy,
    resources: Resources,
    time_limit: Duration,
    /// One question at a time: memory is that of one.
    turn: Mutex<()>,
}

/// Listens until asked to stop.
pub async fn run(args: Args) -> anyhow::Result<()> {
    super::serve::hide_panic_messages();
    let policy = super::release::policy(args.policy.as_deref())?;
    let worker = Arc::new(Worker {
        lake: args.lake.open_as(&args.who).await?,
        policy,
        resources: args.resources.into(),
        time_limit: Duration::from_secs(args.time_limit),
        turn: Mutex::new(()),
    });
    let listener = listen(&args.socket).await?;
    println!("Answering questions on {}", args.socket.display());
    let waiting = Arc::new(Semaphore::new(MOST_WAITING));
    let mut stop = std::pin::pin!(asked_to_stop());
    loop {
        let accepted = tokio::select! {
            () = &mut stop => break,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, _)) = accepted else {
            // No file handle left: wait a moment instead of spinning.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let (worker, permit) = (
            Arc::clone(&worker),
            Arc::clone(&waiting).try_acquire_owned(),
        );
        tokio::spawn(async move {
            let reply = match permit {
                Ok(_permit) => worker.serve(stream).await,
                Err(_) => send(stream, &refused(Refusal::Busy)).await,
            };
            if let Err(error) = reply {
                tracing::warn!(kind = ?error.kind(), "a connection ended early");
            }
        });
    }
    // Nobody can be told if it stays; the next worker takes its place.
    let _ = std::fs::remove_file(&args.socket);
    Ok(())
}

/// Listens on a socket that its owner and group alone may use. One that a
/// worker left behind is replaced, one that answers is not.
async fn listen(socket: &Path) -> anyhow::Result<UnixListener> {
    use std::os::unix::fs::PermissionsExt as _;
    if UnixStream::connect(socket).await.is_ok() {
        anyhow::bail!("another worker answers on {}", socket.display());
    }
    // It gets its name once its rights are set: nobody can be earlier.
    let own = socket.with_extension(format!("{}.new", std::process::id()));
    let begin = || {
        let listener = UnixListener::bind(&own)?;
        std::fs::set_permissions(&own, std::fs::Permissions::from_mode(0o660))?;
        std::fs::rename(&own, socket)?;
        Ok::<_, std::io::Error>(listener)
    };
    begin().with_context(|| format!("cannot listen on {}", socket.display()))
}

impl Worker {
    async fn serve(&self, mut stream: UnixStream) -> std::io::Result<()> {
        let line = tokio::time::timeout(READ_LIMIT, read_line(&mut stream)).await;
        let began = tokio::time::Instant::now();
        let reply = match line {
            Ok(Ok(Some(line))) => self.reply(&line).await,
            Ok(Ok(None)) => refused(Refusal::TooLong),
            Ok(Err(error)) => return Err(error),
            Err(_) => refused(Refusal::Unavailable),
        };
        let beats = began.elapsed().as_millis() / BEAT.as_millis() + 1;
        let beats = u32::try_from(beats).unwrap_or(u32::MAX);
        tokio::time::sleep_until(began + BEAT * beats).await;
        send(stream, &reply).await
    }

    async fn reply(&self, line: &[u8]) -> DpReply {
        let Ok(request) = serde_json::from_slice::<DpRequest>(line) else {
            return refused(Refusal::Syntax);
        };
        let _turn = self.turn.lock().await;
        let outcome = tokio::time::timeout(self.time_limit, self.answer(request)).await;
        match outcome {
            Ok(Ok(reply)) => reply,
            Ok(Err(error)) => {
                let refusal = error.refusal();
                if refusal == Refusal::Unavailable {
                    // What failed is named by kind: its text may hold anything.
                    let kind = std::mem::discriminant(&error);
                    tracing::error!(?kind, "a question failed; `safeground dp` tells why");
                }
                refused(refusal)
            }
            Err(_) => {
                tracing::error!("a question took longer than --time-limit");
                refused(Refusal::Unavailable)
            }
        }
    }

    async fn answer(&self, request: DpRequest) -> Result<DpReply, EngineError> {
        let input = self.lake.input().await?;
        match request {
            DpRequest::Offer => {
                let schema = schema(&input, &self.policy, self.resources).await?;
                let years = remaining(&input.vault).await?;
                let questions = &self.policy.questions;
                Ok(DpReply::Offered(DpOffer {
                    schema: serde_json::to_value(&schema)?,
                    yearly_epsilon: questions.yearly_epsilon,
                    least_epsilon: questions.least_epsilon,
                    most_epsilon: questions.most_epsilon,
                    years: years
                        .into_iter()
                        .map(|year| DpBudget {
                            year: year.year,
                            cap: year.cap.to_string(),
                            spent: year.spent.to_string(),
                            remaining: year.remaining.to_string(),
                        })
                        .collect(),
                }))
            }
            DpRequest::Question {
                question,
                epsilon,
                token,
            } => {
                let request = QuestionRequest {
                    policy: self.policy.clone(),
                    question,
                    epsilon,
                    token: Some(token),
                    resources: self.resources,
                };
                let asked = ask(&input, &request).await?;
                let remaining = asked.remaining.into_iter();
                Ok(DpReply::Answered(DpAnswer {
                    answer: asked.answer.get().clone(),
                    charged: asked.charged,
                    remaining: remaining
                        .map(|(year, left)| (year.to_string(), left))
                        .collect(),
                }))
            }
        }
    }
}

fn refused(refusal: Refusal) -> DpReply {
    DpReply::Refused(DpRefusal {
        refused: refusal.code().to_owned(),
    })
}

/// A line without its end; `None` where it is too long.
async fn read_line(stream: &mut UnixStream) -> std::io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    let mut part = [0; 4096];
    loop {
        let read = stream.read(&mut part).await?;
        if read == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        let end = part[..read].iter().position(|byte| *byte == b'\n');
        line.extend_from_slice(&part[..end.unwrap_or(read)]);
        if line.len() as u64 > MOST_REQUEST_BYTES {
            return Ok(None);
        }
        if end.is_some() {
            return Ok(Some(line));
        }
    }
}

async fn send(mut stream: UnixStream, reply: &DpReply) -> std::io::Result<()> {
    let mut line = serde_json::to_vec(reply)?;
    line.push(b'\n');
    tokio::time::timeout(READ_LIMIT, stream.write_all(&line))
        .await
        .map_err(|_| std::io::ErrorKind::TimedOut)?
}
