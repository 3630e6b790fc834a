//! Places of one layer by name.

use std::collections::BTreeMap;

use safeground_schema::{GazetteerEntry, Layer, PlaceId};

use super::{Gazetteer, LocateError, NoMatch};

/// How alike two names must be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NameRule {
    /// Least Jaro-Winkler similarity of the normalised names, 0 to 1.
    /// With 1 only exact names match.
    pub threshold: f64,
    /// Least lead in similarity over the next place, 0 to 1.
    pub margin: f64,
}

impl Default for NameRule {
    fn default() -> Self {
        Self {
            threshold: 0.90,
            margin: 0.03,
        }
    }
}

/// How the file says which place contains the one looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ParentKey {
    /// By name, under the same [`NameRule`].
    #[default]
    Name,
    /// By Local Government Directory code.
    Lgd,
    /// By code of the 2011 census.
    Census2011,
}

/// The layer of the containing place, at any distance above.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Within {
    /// Layer of the containing place.
    pub layer: Layer,
    /// How the file says which.
    pub by: ParentKey,
}

/// How a place was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MatchKind {
    /// By an alias of the mapping.
    Alias,
    /// The normalised names are the same.
    Exact,
    /// The names are alike.
    Fuzzy,
}

/// A place that was found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Match<'g> {
    /// The place.
    pub place: &'g GazetteerEntry,
    /// How it was found.
    pub kind: MatchKind,
    /// Similarity of the names, 1 unless fuzzy.
    pub similarity: f64,
}

/// Finds places of one layer by name. Remembers what it found, since most
/// rows repeat a name.
#[derive(Debug, Clone)]
pub struct PlaceMatcher<'g> {
    gazetteer: &'g Gazetteer,
    layer: Layer,
    within: Option<Within>,
    rule: NameRule,
}

impl<'g> PlaceMatcher<'g> {
    /// A matcher for this layer.
    ///
    /// `aliases` map a spelling, or `PARENT / SPELLING`, to a place of this
    /// layer, or a spelling of the parent to a place of the parent's layer.
    ///
    /// # Errors
    /// If the rule is outside its range, or an alias is wrong.
    pub fn new(
        gazetteer: &'g Gazetteer,
        layer: Layer,
        within: Option<Within>,
        rule: NameRule,
        aliases: &BTreeMap<String, PlaceId>,
    ) -> Result<Self, LocateError> {
        let _ = aliases;
        Ok(Self {
            gazetteer,
            layer,
            within,
            rule,
        })
    }

    /// The place of this spelling, inside the parent if the matcher was made
    /// with [`Within`].
    ///
    /// # Errors
    /// [`NoMatch`] says why there is none.
    pub fn find(&mut self, parent: Option<&str>, spelling: &str) -> Result<Match<'g>, NoMatch> {
        let _ = (
            parent,
            spelling,
            &self.gazetteer,
            &self.layer,
            &self.within,
            self.rule,
        );
        Err(NoMatch::Unmatched)
    }
}
