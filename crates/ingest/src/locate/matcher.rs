//! Places of one layer by name, remembering what was found.

use std::collections::{BTreeMap, HashMap};

use safeground_schema::{GazetteerEntry, Layer, PlaceId};

use super::candidates::{Candidates, Found};
use super::name::Name;
use super::{Gazetteer, LocateError, NoMatch};

/// How alike two names must be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NameRule {
    /// Least Jaro-Winkler similarity of the normalised names, 0 to 1.
    /// With 1 only names match that have the same words.
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

impl NameRule {
    fn check(self) -> Result<Self, LocateError> {
        for (name, value) in [("threshold", self.threshold), ("margin", self.margin)] {
            if !(0.0..=1.0).contains(&value) {
                return Err(LocateError::Rule { name, value });
            }
        }
        Ok(self)
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
    /// The names have the same words once they are normalised, or the
    /// spelling is a name that the other gives in brackets or after `urf`.
    Exact,
    /// The spelling names a part of a district (`rural`, `city`,
    /// `commissionerate`) and the rest is the district's name.
    PartOfDistrict,
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

/// Most names kept indexed at a time; beyond it the index starts afresh, so
/// that a file of all villages of a country needs bounded memory.
const INDEXED_NAMES: usize = 200_000;

/// Most answers remembered at a time.
const REMEMBERED_ANSWERS: usize = 500_000;

/// Entry of the parent, or `None` where the matcher has no [`Within`].
type Parent = Option<u32>;

/// Finds places of one layer by name. Remembers what it found, since most
/// rows repeat a name.
#[derive(Debug, Clone)]
pub struct PlaceMatcher<'g> {
    gazetteer: &'g Gazetteer,
    layer: Layer,
    within: Option<Within>,
    rule: NameRule,
    parents: Option<Candidates>,
    parent_aliases: HashMap<String, u32>,
    /// Aliases by canonical spelling, for one parent or (`None`) for all.
    aliases: HashMap<Parent, HashMap<String, u32>>,
    candidates: HashMap<Parent, Candidates>,
    indexed_names: usize,
    parent_answers: HashMap<Box<str>, Result<u32, NoMatch>>,
    answers: HashMap<Parent, HashMap<Box<str>, Result<Found, NoMatch>>>,
    remembered: usize,
}

impl<'g> PlaceMatcher<'g> {
    /// A matcher for this layer.
    ///
    /// `aliases` map a spelling, or `PARENT / SPELLING`, to a place of this
    /// layer, or a spelling of the parent to a place of the parent's layer.
    /// Spellings of aliases are normalised as names are.
    ///
    /// # Errors
    /// If the rule is outside its range, or an alias is wrong: see
    /// [`LocateError`].
    pub fn new(
        gazetteer: &'g Gazetteer,
        layer: Layer,
        within: Option<Within>,
        rule: NameRule,
        aliases: &BTreeMap<String, PlaceId>,
    ) -> Result<Self, LocateError> {
        let parents = within
            .as_ref()
            .filter(|within| within.by == ParentKey::Name)
            .map(|within| {
                Candidates::new(gazetteer, &within.layer, gazetteer.layer(&within.layer))
            });
        let mut matcher = Self {
            gazetteer,
            layer,
            within,
            rule: rule.check()?,
            parents,
            parent_aliases: HashMap::new(),
            aliases: HashMap::new(),
            candidates: HashMap::new(),
            indexed_names: 0,
            parent_answers: HashMap::new(),
            answers: HashMap::new(),
            remembered: 0,
        };
        // Aliases of parents first, since `PARENT / SPELLING` may use them.
        let (own, of_parents): (Vec<_>, Vec<_>) = aliases
            .iter()
            .partition(|(_, place)| place.layer == matcher.layer);
        for (spelling, place) in of_parents {
            matcher.add_parent_alias(spelling, place)?;
        }
        for (spelling, place) in own {
            matcher.add_alias(spelling, place)?;
        }
        Ok(matcher)
    }

    fn add_parent_alias(&mut self, alias: &str, place: &PlaceId) -> Result<(), LocateError> {
        let by_name = self
            .within
            .as_ref()
            .filter(|within| within.by == ParentKey::Name);
        match by_name {
            Some(within) if within.layer == place.layer => {
                let index = known(self.gazetteer, alias, place)?;
                let key = Name::new(alias, within.layer.level).canonical;
                insert_alias(&mut self.parent_aliases, key, index, alias)
            }
            _ => Err(LocateError::AliasLayer {
                alias: alias.to_owned(),
                place: place.to_string(),
                expected: match by_name {
                    Some(within) => format!("{} or {}", self.layer, within.layer),
                    None => self.layer.to_string(),
                },
            }),
        }
    }

    fn add_alias(&mut self, alias: &str, place: &PlaceId) -> Result<(), LocateError> {
        let index = known(self.gazetteer, alias, place)?;
        let (parent, spelling) = match alias.split_once(" / ").filter(|_| self.within.is_some()) {
            Some((parent, spelling)) => {
                let found = self.parent(parent).map_err(|_| LocateError::AliasParent {
                    alias: alias.to_owned(),
                    parent: parent.to_owned(),
                })?;
                (Some(found), spelling)
            }
            None => (None, alias),
        };
        let key = Name::new(spelling, self.layer.level).canonical;
        insert_alias(self.aliases.entry(parent).or_default(), key, index, alias)
    }

    /// The place of this spelling, inside the parent if the matcher was made
    /// with [`Within`].
    ///
    /// # Errors
    /// [`NoMatch`] says why there is none.
    pub fn find(&mut self, parent: Option<&str>, spelling: &str) -> Result<Match<'g>, NoMatch> {
        let parent = match self.within {
            None => None,
            Some(_) => Some(self.parent(parent.ok_or(NoMatch::ParentUnmatched)?)?),
        };
        let known = self
            .answers
            .get(&parent)
            .and_then(|answers| answers.get(spelling));
        let answer = match known {
            Some(answer) => *answer,
            None => {
                let answer = self.search(parent, spelling);
                if self.remembered >= REMEMBERED_ANSWERS {
                    self.answers.clear();
                    self.remembered = 0;
                }
                self.remembered += 1;
                self.answers
                    .entry(parent)
                    .or_default()
                    .insert(spelling.into(), answer);
                answer
            }
        };
        answer.map(|found| Match {
            place: self.gazetteer.entry(found.place),
            kind: found.kind,
            similarity: found.similarity,
        })
    }

    /// The entry of the containing place.
    fn parent(&mut self, text: &str) -> Result<u32, NoMatch> {
        if let Some(answer) = self.parent_answers.get(text) {
            return *answer;
        }
        let answer = self.search_parent(text);
        if self.parent_answers.len() >= REMEMBERED_ANSWERS {
            self.parent_answers.clear();
        }
        self.parent_answers.insert(text.into(), answer);
        answer
    }

    fn search_parent(&self, text: &str) -> Result<u32, NoMatch> {
        let within = self
            .within
            .as_ref()
            .expect("a parent is looked for only within a layer");
        let found = match (within.by, &self.parents) {
            (ParentKey::Lgd, _) => self.gazetteer.by_lgd_code(&within.layer, text),
            (ParentKey::Census2011, _) => self.gazetteer.by_census2011_code(&within.layer, text),
            (ParentKey::Name, parents) => {
                let key = Name::new(text, within.layer.level).canonical;
                if let Some(&place) = self.parent_aliases.get(&key) {
                    return Ok(place);
                }
                let found = parents
                    .as_ref()
                    .expect("parents by name are indexed")
                    .find(text, self.rule);
                return found.map(|found| found.place).map_err(of_parent);
            }
        };
        found
            .map(|entry| {
                self.gazetteer
                    .index_of(&entry.place_id)
                    .expect("an entry of the gazetteer is indexed by its id")
            })
            .map_err(of_parent)
    }

    fn search(&mut self, parent: Parent, spelling: &str) -> Result<Found, NoMatch> {
        let key = Name::new(spelling, self.layer.level).canonical;
        for scope in [parent, None] {
            if let Some(&place) = self.aliases.get(&scope).and_then(|known| known.get(&key)) {
                return Ok(Found {
                    place,
                    kind: MatchKind::Alias,
                    similarity: 1.0,
                });
            }
        }
        if !self.candidates.contains_key(&parent) {
            let candidates = match parent {
                None => Candidates::new(
                    self.gazetteer,
                    &self.layer,
                    self.gazetteer.layer(&self.layer),
                ),
                Some(parent) => Candidates::new(
                    self.gazetteer,
                    &self.layer,
                    &self.gazetteer.within(parent, &self.layer),
                ),
            };
            if self.indexed_names + candidates.len() > INDEXED_NAMES {
                self.candidates.clear();
                self.indexed_names = 0;
            }
            self.indexed_names += candidates.len();
            self.candidates.insert(parent, candidates);
        }
        self.candidates[&parent].find(spelling, self.rule)
    }
}

fn known(gazetteer: &Gazetteer, alias: &str, place: &PlaceId) -> Result<u32, LocateError> {
    gazetteer
        .index_of(place)
        .ok_or_else(|| LocateError::AliasUnknown {
            alias: alias.to_owned(),
            place: place.to_string(),
        })
}

fn insert_alias(
    aliases: &mut HashMap<String, u32>,
    key: String,
    place: u32,
    alias: &str,
) -> Result<(), LocateError> {
    match aliases.insert(key, place) {
        Some(earlier) if earlier != place => Err(LocateError::AliasConflict {
            alias: alias.to_owned(),
        }),
        _ => Ok(()),
    }
}

/// What a failure to find the parent means for the place.
fn of_parent(reason: NoMatch) -> NoMatch {
    match reason {
        NoMatch::Unmatched | NoMatch::ParentUnmatched => NoMatch::ParentUnmatched,
        NoMatch::Ambiguous | NoMatch::ParentAmbiguous => NoMatch::ParentAmbiguous,
    }
}
