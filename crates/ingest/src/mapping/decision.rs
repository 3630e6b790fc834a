//! Decisions about columns that may hold personal data.

use super::file::{CoarsenDate, CoarsenSpec, DecisionSpec, DecisionWord};
use crate::IngestError;
use crate::error::toml_key;

/// A checked decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Decision {
    /// The column is not stored.
    Drop,
    /// The column becomes a pseudonym.
    KeyHash {
        /// Tells apart the identifiers of different partners.
        namespace: Option<String>,
    },
    /// The column is made coarser.
    Coarsen(Coarsen),
    /// The column is harmless, for the reason that the mapping gives.
    Allow,
}

/// How a column is made coarser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coarsen {
    /// Decimals kept of a number.
    Decimals(u8),
    /// Part kept of a date.
    Date(CoarsenDate),
}

impl Coarsen {
    /// A number with the decimals that are kept.
    pub(crate) fn number(self, number: f64) -> f64 {
        match self {
            Self::Decimals(decimals) => {
                let scale = 10f64.powi(i32::from(decimals));
                (number * scale).round() / scale
            }
            Self::Date(_) => number,
        }
    }
}

/// Two decimals of a degree are about a kilometre, the width of the finest
/// cell that is kept.
const MOST_DECIMALS: u8 = 2;

impl Decision {
    /// Checks one line of `[pii]`.
    pub(crate) fn check(column: &str, spec: &DecisionSpec) -> Result<Self, IngestError> {
        let key = || format!("pii.{}", toml_key(column));
        let detail = match spec {
            DecisionSpec::Word(DecisionWord::Drop) => return Ok(Self::Drop),
            DecisionSpec::Word(DecisionWord::KeyHash) => {
                return Ok(Self::KeyHash { namespace: None });
            }
            DecisionSpec::Detail(detail) => detail,
        };
        match (&detail.key_hash, &detail.coarsen, &detail.allow) {
            (Some(namespace), None, None) if !namespace.trim().is_empty() => Ok(Self::KeyHash {
                namespace: Some(namespace.trim().to_owned()),
            }),
            (None, Some(CoarsenSpec::Decimals(decimals)), None) if *decimals <= MOST_DECIMALS => {
                Ok(Self::Coarsen(Coarsen::Decimals(*decimals)))
            }
            (None, Some(CoarsenSpec::Decimals(decimals)), None) => Err(IngestError::mapping(
                key(),
                format!("{decimals} decimals are finer than a cell of resolution 8"),
                format!(
                    "keep at most {MOST_DECIMALS}, or say with `allow` why the column is harmless"
                ),
            )),
            (None, Some(CoarsenSpec::Date(part)), None) => Ok(Self::Coarsen(Coarsen::Date(*part))),
            (None, None, Some(reason)) if !reason.trim().is_empty() => Ok(Self::Allow),
            (Some(_), None, None) => Err(IngestError::mapping(
                key(),
                "the namespace is empty",
                "write `\"key_hash\"`, or name the partner whose identifiers these are",
            )),
            (None, None, Some(_)) => Err(IngestError::mapping(
                key(),
                "the reason is empty",
                "say in a few words why the column is harmless",
            )),
            _ => Err(IngestError::mapping(
                key(),
                "there must be exactly one of `key_hash`, `coarsen` and `allow`",
                "keep one of them",
            )),
        }
    }
}
