//! What the server and the worker say to each other.

use std::collections::BTreeMap;

use safeground_privacy::noise::Epsilon;
use safeground_privacy::query::Answer;
use serde::{Deserialize, Serialize};

/// Longest line a worker reads.
pub const MOST_REQUEST_BYTES: u64 = 16 * 1024;

/// What a worker is asked, as one line of JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum DpRequest {
    /// A question.
    Question {
        /// As written.
        question: String,
        /// What it may cost each of its years.
        epsilon: Epsilon,
        /// Identifier of the token that asks, for the lake's audit log.
        token: String,
    },
    /// What may be asked, and what may be spent.
    Offer,
}

/// What a worker replies, as one line of JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum DpReply {
    /// The answer.
    Answered(DpAnswer),
    /// None.
    Refused(DpRefusal),
    /// What may be asked.
    Offered(DpOffer),
}

/// An answer and what it cost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DpAnswer {
    /// The answer, the same for all who ask.
    pub answer: Answer,
    /// What was charged to each year now; null where it was asked before.
    pub charged: Option<Epsilon>,
    /// What questions may still spend on the rows of its years.
    pub remaining: BTreeMap<String, Epsilon>,
}

/// A refusal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DpRefusal {
    /// Code of a [`safeground_privacy::query::Refusal`].
    pub refused: String,
}

/// What may be asked and spent. All of it is public.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DpOffer {
    /// The schema: tables with their periods, columns and keys.
    pub schema: serde_json::Value,
    /// All questions together may spend this on the rows of a year.
    pub yearly_epsilon: Epsilon,
    /// The least one question may spend.
    pub least_epsilon: Epsilon,
    /// The most one question may spend.
    pub most_epsilon: Epsilon,
    /// Years that were asked about; any other has its whole budget.
    pub years: Vec<DpBudget>,
}

/// What questions may spend and have spent on the rows of a year.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DpBudget {
    /// Year.
    pub year: i32,
    /// The most that may ever be spent.
    pub cap: String,
    /// What was spent.
    pub spent: String,
    /// What is left.
    pub remaining: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_reads_back_and_nothing_else_does() {
        let asked = DpRequest::Question {
            question: "SELECT COUNT(*) FROM incidents".into(),
            epsilon: "0.01".parse().unwrap(),
            token: "a1b2c3d4".into(),
        };
        for request in [asked, DpRequest::Offer] {
            let line = serde_json::to_string(&request).unwrap();
            assert!(!line.contains('\n'));
            assert_eq!(serde_json::from_str::<DpRequest>(&line).unwrap(), request);
        }
        let refused = DpReply::Refused(DpRefusal {
            refused: "dp_busy".into(),
        });
        let line = serde_json::to_string(&refused).unwrap();
        assert_eq!(line, r#"{"refused":"dp_busy"}"#);
        assert_eq!(serde_json::from_str::<DpReply>(&line).unwrap(), refused);
        for line in [r#"{"refused":"dp_busy","rows":7}"#, r#"{"count":7}"#, "7"] {
            assert!(serde_json::from_str::<DpReply>(line).is_err(), "{line}");
        }
    }
}
