//! Pages.

use crate::etag::ETag;
use crate::problem::Problem;
use crate::query::Params;
use crate::view::View;

/// Most features in a page.
const MAX_LIMIT: usize = 10_000;
const DEFAULT_LIMIT: usize = 1_000;

/// `limit`: how many at most; more than the most is the most (OGC API –
/// Features, part 1, 7.15.4).
pub(crate) fn limit(params: &Params) -> Result<usize, Problem> {
    let Some(text) = params.text("limit") else {
        return Ok(DEFAULT_LIMIT);
    };
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let number = if text.len() > 9 && digits {
        Some(MAX_LIMIT)
    } else {
        text.parse().ok().filter(|_| digits)
    };
    match number {
        Some(number) if number > 0 => Ok(number.min(MAX_LIMIT)),
        _ => Err(Problem::bad(
            "limit",
            format!("expected a whole number from 1 to {MAX_LIMIT}"),
        )),
    }
}

/// Where the next page begins. It is bound to the release and the question,
/// so that it cannot skip or repeat a unit when either changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cursor {
    question: ETag,
}

impl Cursor {
    /// The cursors of one question to one release.
    pub(crate) fn of(view: &View, layer: &str, question: &[Option<&str>]) -> Self {
        let mut parts = vec![view.audience.as_str(), view.release_id(), layer];
        for part in question {
            parts.extend(["?", part.unwrap_or_default()]);
        }
        Self {
            question: ETag::of(&parts),
        }
    }

    /// The text for a place in the order.
    pub(crate) fn at(&self, offset: usize) -> String {
        format!("{offset}.{}", self.question.short())
    }

    /// The place that `cursor` names; the beginning without one.
    pub(crate) fn offset(&self, params: &Params) -> Result<usize, Problem> {
        let Some(text) = params.text("cursor") else {
            return Ok(0);
        };
        let offset = text.split('.').next().and_then(|part| part.parse().ok());
        match offset {
            Some(offset) if self.at(offset) == text => Ok(offset),
            _ => Err(Problem::StaleCursor),
        }
    }
}
