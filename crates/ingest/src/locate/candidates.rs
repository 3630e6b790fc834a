//! The places among which a name is looked for.

use std::collections::HashMap;

use safeground_schema::{Layer, Level};

use super::matcher::{MatchKind, NameRule};
use super::name::{Name, alternatives};
use super::{Gazetteer, NoMatch};

/// What a name led to: an entry of the gazetteer, and how.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Found {
    pub(super) place: u32,
    pub(super) kind: MatchKind,
    pub(super) similarity: f64,
}

/// Places of one layer inside one parent, by their names.
#[derive(Debug, Clone)]
pub(super) struct Candidates {
    level: Level,
    /// Every name of every place, full names first.
    names: Vec<(Name, u32)>,
    by_plain: HashMap<String, Vec<u32>>,
    by_canonical: HashMap<String, Vec<u32>>,
    by_sorted: HashMap<String, Vec<u32>>,
    by_joined: HashMap<String, Vec<u32>>,
    by_alternative: HashMap<String, Vec<u32>>,
}

impl Candidates {
    /// Indexes the names of these places of one layer.
    pub(super) fn new(gazetteer: &Gazetteer, layer: &Layer, places: &[u32]) -> Self {
        let level = layer.level;
        let mut candidates = Self {
            level,
            names: Vec::with_capacity(places.len()),
            by_plain: HashMap::new(),
            by_canonical: HashMap::new(),
            by_sorted: HashMap::new(),
            by_joined: HashMap::new(),
            by_alternative: HashMap::new(),
        };
        let mut others = Vec::new();
        for &place in places {
            let Some(text) = gazetteer.entry(place).name.as_deref() else {
                continue;
            };
            let name = Name::new(text, level);
            if name.is_empty() {
                continue;
            }
            insert(&mut candidates.by_plain, &name.plain, place);
            insert(&mut candidates.by_canonical, &name.canonical, place);
            insert(&mut candidates.by_sorted, &name.sorted, place);
            insert(&mut candidates.by_joined, &name.joined, place);
            candidates.names.push((name, place));
            for name in alternatives(text, level) {
                insert(&mut candidates.by_alternative, &name.canonical, place);
                others.push((name, place));
            }
        }
        candidates.names.append(&mut others);
        candidates
    }

    /// How many names there are.
    pub(super) fn len(&self) -> usize {
        self.names.len()
    }

    /// Finds the place of a spelling.
    ///
    /// 1. The plain names are the same; else the canonical names; else the
    ///    same words in another order; else the same letters with spaces
    ///    elsewhere; else one of the names in brackets or beside `urf`.
    /// 2. For districts, and unless only exact names are wanted: `rural`,
    ///    `city` or `commissionerate` is left out, if the rest is a district
    ///    and no other district's name begins with it.
    /// 3. The most similar name reaches the threshold and leads by the margin.
    ///
    /// Units such as railway police are never looked for beyond their whole
    /// name.
    ///
    /// The first step that finds anything decides; if it finds two places the
    /// spelling is ambiguous.
    pub(super) fn find(&self, spelling: &str, rule: NameRule) -> Result<Found, NoMatch> {
        let name = Name::new(spelling, self.level);
        if name.is_empty() {
            return Err(NoMatch::Unmatched);
        }
        let exact = [
            self.by_plain.get(&name.plain),
            self.by_canonical.get(&name.canonical),
            self.by_sorted.get(&name.sorted),
            self.by_joined.get(&name.joined),
            self.by_alternative.get(&name.canonical),
        ];
        if let Some(places) = exact.into_iter().flatten().next() {
            return only(places, MatchKind::Exact);
        }
        if name.is_unit() {
            return Err(NoMatch::Unmatched);
        }
        let spelt_alternatives = alternatives(spelling, self.level);
        let mut places: Vec<u32> = Vec::new();
        for name in &spelt_alternatives {
            for index in [&self.by_canonical, &self.by_alternative] {
                places.extend(index.get(&name.canonical).into_iter().flatten());
            }
        }
        places.sort_unstable();
        places.dedup();
        if !places.is_empty() {
            return only(&places, MatchKind::Exact);
        }
        if rule.threshold >= 1.0 {
            return Err(NoMatch::Unmatched);
        }
        if self.level == Level::District
            && let Some(rest) = name.without_part_of_district()
            && let Some(places) = self.by_canonical.get(&rest)
            && !self.is_beginning_of_another(&rest, places)
        {
            return only(places, MatchKind::PartOfDistrict);
        }
        self.most_similar(&name, &spelt_alternatives, rule)
    }

    fn is_beginning_of_another(&self, beginning: &str, places: &[u32]) -> bool {
        self.names.iter().any(|(name, place)| {
            name.canonical
                .split(' ')
                .zip(beginning.split(' '))
                .all(|(a, b)| a == b)
                && name.canonical.len() > beginning.len()
                && !places.contains(place)
        })
    }

    fn most_similar(
        &self,
        name: &Name,
        spelt_alternatives: &[Name],
        rule: NameRule,
    ) -> Result<Found, NoMatch> {
        // Runners-up count from below the threshold too.
        let floor = (rule.threshold - rule.margin).max(0.0);
        let mut best: Option<(f64, u32)> = None;
        let mut second = 0.0_f64;
        for (candidate, place) in &self.names {
            let similarity = std::iter::once(name)
                .chain(spelt_alternatives)
                .filter_map(|spelt| spelt.similarity(candidate, floor))
                .fold(0.0, f64::max);
            match best {
                Some((_, leader)) if leader == *place => {
                    best = best.map(|(top, leader)| (top.max(similarity), leader));
                }
                Some((top, _)) if similarity <= top => second = second.max(similarity),
                _ if similarity > 0.0 => {
                    second = second.max(best.map_or(0.0, |(top, _)| top));
                    best = Some((similarity, *place));
                }
                _ => {}
            }
        }
        match best {
            Some((similarity, place)) if similarity >= rule.threshold => {
                if similarity - second < rule.margin || similarity <= second {
                    return Err(NoMatch::Ambiguous);
                }
                Ok(Found {
                    place,
                    kind: MatchKind::Fuzzy,
                    similarity,
                })
            }
            _ => Err(NoMatch::Unmatched),
        }
    }
}

fn only(places: &[u32], kind: MatchKind) -> Result<Found, NoMatch> {
    match places {
        [place] => Ok(Found {
            place: *place,
            kind,
            similarity: 1.0,
        }),
        _ => Err(NoMatch::Ambiguous),
    }
}

fn insert(index: &mut HashMap<String, Vec<u32>>, key: &str, place: u32) {
    let places = match index.get_mut(key) {
        Some(places) => places,
        None => index.entry(key.to_owned()).or_default(),
    };
    if !places.contains(&place) {
        places.push(place);
    }
}
