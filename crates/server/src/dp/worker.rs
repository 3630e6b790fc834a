//! The server's end of the worker's socket.

use std::path::Path;
use std::time::Duration;

use safeground_privacy::query::Refusal;

use super::{DpReply, DpRequest};
use crate::problem::Problem;

/// Longest reply taken: an answer has at most 20,000 groups.
const MOST_REPLY_BYTES: u64 = 16 * 1024 * 1024;

/// Puts a request to the worker and gives its reply, as it came and as it
/// reads.
///
/// # Errors
/// The worker's refusal; [`Refusal::Unavailable`] where there is no worker or
/// it does not reply as agreed; [`Problem::Timeout`].
pub(crate) async fn put(
    socket: &Path,
    request: &DpRequest,
    limit: Duration,
) -> Result<(DpReply, Vec<u8>), Problem> {
    let line = match tokio::time::timeout(limit, exchange(socket, request)).await {
        Err(_) => return Err(Problem::Timeout(limit.as_secs())),
        Ok(Err(error)) => {
            tracing::error!(kind = ?error.kind(), "the worker for questions cannot be reached");
            return Err(Problem::Refused(Refusal::Unavailable));
        }
        Ok(Ok(line)) => line,
    };
    let refused = |code: &str| {
        let known = Refusal::ALL.into_iter().find(|known| known.code() == code);
        Problem::Refused(known.unwrap_or(Refusal::Unavailable))
    };
    match serde_json::from_slice(&line) {
        Ok(DpReply::Refused(refusal)) => Err(refused(&refusal.refused)),
        Ok(reply) => Ok((reply, line)),
        Err(_) => {
            tracing::error!(
                bytes = line.len(),
                "the worker for questions replied nonsense"
            );
            Err(Problem::Refused(Refusal::Unavailable))
        }
    }
}

#[cfg(unix)]
async fn exchange(socket: &Path, request: &DpRequest) -> std::io::Result<Vec<u8>> {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let mut stream = tokio::net::UnixStream::connect(socket).await?;
    let mut line = serde_json::to_vec(request)?;
    line.push(b'\n');
    stream.write_all(&line).await?;
    let mut reply = Vec::new();
    stream
        .take(MOST_REPLY_BYTES)
        .read_to_end(&mut reply)
        .await?;
    match reply.pop() {
        Some(b'\n') => Ok(reply),
        _ => Err(std::io::ErrorKind::UnexpectedEof.into()),
    }
}

#[cfg(not(unix))]
async fn exchange(_socket: &Path, _request: &DpRequest) -> std::io::Result<Vec<u8>> {
    Err(std::io::ErrorKind::Unsupported.into())
}
