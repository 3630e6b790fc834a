//! Villages that no plan could hold.

use serde::{Deserialize, Serialize};

use super::Figure;

/// Why a village cannot be planned for, whatever the budget.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "key", rename_all = "snake_case")]
pub enum UnplannableReason {
    /// It has no point on the map.
    NoPosition,
    /// Its number of households is not known, or nobody lives there.
    NoHouseholds,
    /// Its number of children is not known.
    NoChildren,
    /// From every base the way there and back is longer than a day allows.
    TooFar {
        /// Great-circle kilometres from the nearest base.
        base_distance_km: f64,
    },
}

impl UnplannableReason {
    /// Its key in a language.
    #[must_use]
    pub fn key(&self) -> &'static str {
        match self {
            Self::NoPosition => "no_position",
            Self::NoHouseholds => "no_households",
            Self::NoChildren => "no_children",
            Self::TooFar { .. } => "too_far",
        }
    }
}

/// A village of the area that cannot be planned for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unplannable {
    /// Identifier.
    pub place_id: String,
    /// Code of the Local Government Directory, if it has one.
    pub lgd_code: Option<String>,
    /// Name.
    pub name: String,
    /// Name of its block.
    pub block: String,
    /// Name of its district.
    pub district: String,
    /// People who live there.
    pub population: Figure,
    /// What stands in the way.
    pub reason: UnplannableReason,
}
