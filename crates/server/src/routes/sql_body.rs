//! An answer in SQL as a body that says why it ends early.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Version, header};
use futures::StreamExt as _;
use hyper::body::{Body, Frame};
use safeground_sql::Refusal;
use safeground_sql::pool::Answer;

use crate::problem::Problem;

/// Trailer that says why an answer is not whole.
pub(super) const ERROR: HeaderName = HeaderName::from_static("safeground-error");

/// How a client learns that an answer is not whole, once its status is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// By a trailer, which it said that it reads.
    Trailer,
    /// By the end of the connection: who reads no trailers would take for
    /// whole what ends in good order.
    Broken,
}

impl Ending {
    /// What a client can be told, by its request. Only chunks of HTTP/1.1 have
    /// trailers.
    pub(super) fn of(version: Version, headers: &HeaderMap) -> Self {
        let reads_trailers = headers
            .get_all(header::TE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .any(|coding| coding.trim().eq_ignore_ascii_case("trailers"));
        match reads_trailers && version == Version::HTTP_11 {
            true => Self::Trailer,
            false => Self::Broken,
        }
    }
}

/// The bytes of an answer, then how it ended. Dropping it ends the query.
pub(super) struct AnswerBody {
    beginning: VecDeque<Bytes>,
    /// `None` where nothing comes any more.
    rest: Option<Answer>,
    ending: Ending,
}

impl AnswerBody {
    /// What was read of an answer, and the rest of it.
    pub(super) fn new(beginning: Vec<Bytes>, rest: Answer, ending: Ending) -> Self {
        Self {
            beginning: beginning.into(),
            rest: Some(rest),
            ending,
        }
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = Refusal;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Refusal>>> {
        let this = self.get_mut();
        if let Some(bytes) = this.beginning.pop_front() {
            return Poll::Ready(Some(Ok(Frame::data(bytes))));
        }
        let Some(answer) = &mut this.rest else {
            return Poll::Ready(None);
        };
        let next = ready!(answer.poll_next_unpin(context));
        if let Some(Ok(bytes)) = next {
            return Poll::Ready(Some(Ok(Frame::data(bytes))));
        }
        this.rest = None;
        Poll::Ready(match (next, this.ending) {
            (Some(Err(refusal)), Ending::Trailer) => Some(Ok(Frame::trailers(told(refusal)))),
            (Some(Err(refusal)), Ending::Broken) => Some(Err(refusal)),
            _ => None,
        })
    }
}

/// The end of a problem's type and its title.
fn told(refusal: Refusal) -> HeaderMap {
    let problem = Problem::Sql(refusal);
    let text = format!("{}: {problem}", problem.name());
    // A name out of a query need not be ASCII.
    let value = match HeaderValue::from_str(&text) {
        Ok(value) if text.is_ascii() => value,
        _ => HeaderValue::from_static(problem.name()),
    };
    HeaderMap::from_iter([(ERROR, value)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_says_so_over_http_1_1_is_told_by_a_trailer() {
        let headers = |te: &str| {
            let value = HeaderValue::from_str(te).unwrap();
            HeaderMap::from_iter([(header::TE, value)])
        };
        for te in ["trailers", "gzip, Trailers"] {
            assert_eq!(
                Ending::of(Version::HTTP_11, &headers(te)),
                Ending::Trailer,
                "{te}"
            );
            assert_eq!(Ending::of(Version::HTTP_10, &headers(te)), Ending::Broken);
        }
        assert_eq!(
            Ending::of(Version::HTTP_11, &headers("gzip")),
            Ending::Broken
        );
        assert_eq!(
            Ending::of(Version::HTTP_11, &HeaderMap::new()),
            Ending::Broken
        );
    }

    #[test]
    fn a_trailer_holds_the_code_where_the_text_cannot_be_sent() {
        let limit = Refusal::Limit {
            limit: safeground_sql::Limit::Rows,
            most: 10,
        };
        let value = told(limit)[ERROR].clone();
        let text = value.to_str().unwrap();
        assert!(
            text.starts_with("sql-limit: the query meets a limit: at most 10 rows"),
            "{text}"
        );
        let named = Refusal::UnknownColumn {
            name: "नाम".into()
        };
        assert_eq!(told(named)[ERROR], "sql-unknown-column");
    }
}
