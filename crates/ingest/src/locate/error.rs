//! Why a place was not found, and what is wrong with the rules to find it.

use safeground_schema::ErrorCode;

/// Why no place was found for a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NoMatch {
    /// No known place has this code or a name close enough.
    Unmatched,
    /// Two or more known places fit equally well.
    Ambiguous,
    /// The parent is not known or not given.
    ParentUnmatched,
    /// Two or more places fit the parent equally well.
    ParentAmbiguous,
}

impl NoMatch {
    /// The code under which the row goes into quarantine.
    #[must_use]
    pub fn code(self) -> ErrorCode {
        match self {
            Self::Unmatched => ErrorCode::PlaceUnmatched,
            Self::Ambiguous | Self::ParentAmbiguous => ErrorCode::PlaceAmbiguous,
            Self::ParentUnmatched => ErrorCode::ParentUnmatched,
        }
    }
}

/// What is wrong with the rules by which places are to be found.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LocateError {
    /// An alias names a place that is not in the gazetteer.
    #[error("alias `{alias}`: no known place `{place}`: load that place first, or correct its id")]
    AliasUnknown {
        /// Spelling of the alias.
        alias: String,
        /// The id it points to.
        place: String,
    },
    /// An alias names a place of a layer that is not looked for.
    #[error("alias `{alias}`: `{place}` is not of layer {expected}: give a place of that layer")]
    AliasLayer {
        /// Spelling of the alias.
        alias: String,
        /// The id it points to.
        place: String,
        /// The layer or layers looked for.
        expected: String,
    },
    /// The parent of `PARENT / SPELLING` is not known.
    #[error(
        "alias `{alias}`: no one known place is `{parent}`: spell the parent as the gazetteer does"
    )]
    AliasParent {
        /// The whole alias.
        alias: String,
        /// Its part before ` / `.
        parent: String,
    },
    /// Two aliases are the same spelling but name different places.
    #[error("alias `{alias}` names two places once spelling differences are removed: keep one")]
    AliasConflict {
        /// Spelling of the alias.
        alias: String,
    },
    /// A threshold or margin outside its range.
    #[error("{name} {value} is outside 0 to 1: the defaults are 0.90 and 0.03")]
    Rule {
        /// `threshold` or `margin`.
        name: &'static str,
        /// The value given.
        value: f64,
    },
}
