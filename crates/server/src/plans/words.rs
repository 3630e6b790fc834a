//! What a plan says, put into the words of a language.

use safeground_handover::document::PlanDocument;
use safeground_handover::{Language, words};
use serde::Serialize;

/// Sentences of a plan, in the order of its document: the same as in its files.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct PlanWords {
    /// Code of the language.
    lang: String,
    /// What was aimed at.
    objective: String,
    /// What the independent checker said.
    verdict: String,
    /// Why each village is in the plan.
    reasons: Vec<Vec<String>>,
    /// Why each of the others is not.
    left_out: Vec<String>,
    /// Why each of those listed could be in no plan.
    unplannable: Vec<String>,
    /// Why there is no day for households, and what would let them in.
    unscheduled: Vec<Vec<String>>,
}

impl PlanWords {
    /// The sentences of a plan.
    pub(crate) fn of(document: &PlanDocument, language: &Language) -> Self {
        let villages = document.villages.iter();
        let left_out = document.left_out.iter();
        let unscheduled = document.unscheduled.iter();
        Self {
            lang: language.code().to_owned(),
            objective: words::objective(&document.asked.objective, language),
            verdict: words::verdict(&document.summary.checker, language),
            reasons: villages
                .map(|village| words::reasons(village, language))
                .collect(),
            left_out: left_out
                .map(|left| words::left_out(left, language))
                .collect(),
            unplannable: document
                .unplannable
                .iter()
                .map(|village| words::unplannable(&village.reason, language))
                .collect(),
            unscheduled: unscheduled
                .map(|left| words::unscheduled(left, document, language))
                .collect(),
        }
    }
}
