//! One name, ready to be compared, and how alike two names are.
//!
//! Similarity is Jaro-Winkler on the canonical words, on the same words in
//! alphabetical order, and without spaces; the greatest counts (Winkler,
//! "String comparator metrics and enhanced decision rules", 1990, with the
//! usual prefix scale 0.1 and at most four letters). Three things make two
//! names different however similar they are, because Jaro-Winkler is blind
//! to them:
//!
//! - words that tell neighbours apart: directions, numbers, `khurd`, `kalan`,
//!   `rural`, `city` …;
//! - a whole word more (`Patna` and `Patna Saheb`);
//! - consonants of another kind: transliteration varies vowels, aspiration,
//!   doubling and a few pairs (`b` and `v`, `d` and `r`), so `Badwani` may be
//!   `Barwani`, but `Rampur` is not `Rajpur`.

use safeground_schema::Level;

use super::normalise::{canonical, plain};

/// Words that tell apart two places of otherwise the same name.
const MARKERS: &[&str] = &[
    "north",
    "south",
    "east",
    "west",
    "central",
    "upper",
    "lower",
    "middle",
    "outer",
    "inner",
    "rural",
    "urban",
    "suburban",
    "city",
    "town",
    "sadar",
    "metropolitan",
    "khurd",
    "kalan",
    "khas",
    "buzurg",
    "bujurg",
    "bada",
    "bara",
    "chota",
    "chhota",
    "naya",
    "nai",
    "purana",
    "purani",
    "jadid",
    "kadim",
    "uparhar",
    "kachhar",
    "commr",
    "commissionerate",
    "comm",
    "cp",
    "part",
    "ct",
    "mc",
    "i",
    "ii",
    "iii",
    "iv",
    "v",
    "vi",
];

/// Words of units that are not places: railway police, crime branches.
const UNIT_WORDS: &[&str] = &[
    "rly",
    "rlys",
    "rail",
    "grp",
    "rpo",
    "cid",
    "cbcid",
    "crime",
    "branch",
    "cell",
    "stf",
    "eow",
    "caw",
    "bieo",
    "drp",
    "airport",
    "metro",
    "traffic",
    "narcotic",
    "narcotics",
    "discom",
    "srp",
    "srps",
    "vigilance",
    "acb",
    "ats",
    "headquarters",
    "border",
    "spl",
];

/// A name in the forms in which it is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) plain: String,
    pub(super) canonical: String,
    /// Canonical words in alphabetical order.
    pub(super) sorted: String,
    /// Canonical words without spaces.
    pub(super) joined: String,
    markers: Vec<String>,
    words: usize,
}

impl Name {
    /// The forms of this text as a name of a place of this level.
    pub(super) fn new(text: &str, level: Level) -> Self {
        let plain = plain(text);
        let canonical = canonical(&plain, level);
        let mut words: Vec<&str> = canonical.split(' ').collect();
        words.sort_unstable();
        let markers = words
            .iter()
            .filter(|word| is_marker(word))
            .map(|&word| word.to_owned())
            .collect();
        Self {
            sorted: words.join(" "),
            joined: canonical.replace(' ', ""),
            words: words.len(),
            markers,
            plain,
            canonical,
        }
    }

    /// Whether the name is empty once punctuation is removed.
    pub(super) fn is_empty(&self) -> bool {
        self.plain.is_empty()
    }

    /// Whether a word says that this is a unit, such as railway police, and
    /// not a place. Such names match letter for letter or not at all.
    pub(super) fn is_unit(&self) -> bool {
        self.plain
            .split(' ')
            .any(|word| UNIT_WORDS.contains(&word) || word.starts_with("railway"))
    }

    /// The canonical name without `rural`, `city`, `commissionerate` and the
    /// like, if it has such a word and another.
    pub(super) fn without_part_of_district(&self) -> Option<String> {
        const PARTS: &[&str] = &[
            "rural",
            "urban",
            "city",
            "commr",
            "commissionerate",
            "comm",
            "cp",
        ];
        let kept: Vec<&str> = self
            .canonical
            .split(' ')
            .filter(|word| !PARTS.contains(word))
            .collect();
        (!kept.is_empty() && kept.len() < self.words).then(|| kept.join(" "))
    }

    /// Similarity of two names from 0 to 1, or `None` if they are different
    /// names however alike they look.
    pub(super) fn similarity(&self, other: &Self, threshold: f64) -> Option<f64> {
        if self.markers != other.markers || !could_reach(&self.joined, &other.joined, threshold) {
            return None;
        }
        let similarity = strsim::jaro_winkler(&self.canonical, &other.canonical)
            .max(strsim::jaro_winkler(&self.sorted, &other.sorted))
            .max(strsim::jaro_winkler(&self.joined, &other.joined));
        if similarity < threshold {
            return None;
        }
        let longest = self.joined.len().max(other.joined.len());
        // Words may be joined or split, but a word more is another name.
        let same_words = self.words == other.words
            || strsim::osa_distance(&self.joined, &other.joined) <= (longest / 8).max(1);
        (same_words && consonants_agree(&self.joined, &other.joined)).then_some(similarity)
    }
}

/// Other names that a name holds: without the words in brackets, the words in
/// brackets alone, and both sides of `urf`, `alias` and `@`, as the census
/// writes villages of two names.
pub(super) fn alternatives(text: &str, level: Level) -> Vec<Name> {
    let mut texts: Vec<String> = Vec::new();
    if let Some((before, rest)) = text.split_once('(')
        && let Some((inside, after)) = rest.split_once(')')
        && names_something(inside)
    {
        texts.push(format!("{before} {after}"));
        texts.push(inside.to_owned());
    }
    let words = plain(text);
    let both = [" urf ", " alias "]
        .iter()
        .find_map(|separator| words.split_once(separator))
        .or_else(|| text.split_once('@'));
    if let Some((first, second)) = both {
        texts.push(first.to_owned());
        texts.push(second.to_owned());
    }
    texts
        .iter()
        .map(|text| Name::new(text, level))
        .filter(|name| !name.is_empty())
        .collect()
}

/// Whether words in brackets are another name rather than a qualifier such as
/// a direction, a number or the status of a town.
fn names_something(text: &str) -> bool {
    let name = Name::new(text, Level::Village);
    name.joined.chars().count() >= 4
        && name.joined.chars().all(char::is_alphabetic)
        && name.markers.is_empty()
        && !name.is_unit()
}

fn is_marker(word: &str) -> bool {
    MARKERS.contains(&word) || word.bytes().any(|byte| byte.is_ascii_digit())
}

/// Whether the lengths and letters of two joined names let their similarity
/// reach the threshold at all: a bound that spares most of the comparisons.
///
/// With `m` common letters Jaro is at most `(m/|a| + m/|b| + 1) / 3`, and
/// Winkler's prefix adds at most 0.4 of what is missing to 1.
fn could_reach(a: &str, b: &str, threshold: f64) -> bool {
    let mut counts = [0_i16; 64];
    for byte in a.bytes() {
        counts[usize::from(byte & 63)] += 1;
    }
    let mut common = 0_u32;
    for byte in b.bytes() {
        let count = &mut counts[usize::from(byte & 63)];
        common += u32::from(*count > 0);
        *count -= 1;
    }
    let (long, short) = (a.len().max(b.len()), a.len().min(b.len()));
    if short == 0 {
        return false;
    }
    // Letters outside ASCII take several bytes and spaces are missing here;
    // the allowance keeps the bound on the safe side.
    let common = f64::from(common) + 2.0;
    #[expect(clippy::cast_precision_loss, reason = "lengths of names")]
    let jaro = ((common / long as f64).min(1.0) + (common / short as f64).min(1.0) + 1.0) / 3.0;
    jaro + 0.4 * (1.0 - jaro) >= threshold
}

/// Whether the consonants of two names may be two spellings of the same.
///
/// Vowels, `y`, `h` and doubling are left out. Up to seven letters the
/// consonants must agree one by one; in longer names one may be missing that
/// is not the first.
fn consonants_agree(a: &str, b: &str) -> bool {
    let (a, b) = (consonants(a), consonants(b));
    let (long, short) = if a.len() >= b.len() { (a, b) } else { (b, a) };
    match long.len() - short.len() {
        0 => long
            .iter()
            .zip(&short)
            .enumerate()
            .all(|(i, (x, y))| same_kind(*x, *y, i == 0)),
        1 if long.len() >= 5 => {
            let same = |x: &u8, y: &u8, index: usize| same_kind(*x, *y, index == 0);
            let prefix = long
                .iter()
                .zip(&short)
                .enumerate()
                .take_while(|(i, (x, y))| same(x, y, *i))
                .count();
            // The first consonant is never the missing one.
            prefix > 0
                && long[prefix + 1..]
                    .iter()
                    .zip(&short[prefix..])
                    .enumerate()
                    .all(|(i, (x, y))| same(x, y, prefix + i))
        }
        _ => false,
    }
}

/// Consonants of a name, digits included, in a spelling where letters that
/// write the same sound are one.
fn consonants(joined: &str) -> Vec<u8> {
    let mut kinds: Vec<u8> = Vec::with_capacity(joined.len());
    let bytes = joined.as_bytes();
    let mut last_written = 0_u8;
    for (index, &byte) in bytes.iter().enumerate() {
        let next = bytes.get(index + 1).copied().unwrap_or(0);
        let kind = match byte {
            // An `h` that begins a name is a sound of its own.
            b'h' if index == 0 => b'h',
            b'a' | b'e' | b'i' | b'o' | b'u' | b'y' | b'h' => {
                last_written = 0;
                continue;
            }
            b'w' => b'v',
            b'z' => b'j',
            b'q' => b'k',
            b'c' if next == b'h' => b'c',
            b'c' => b'k',
            b'f' => b'p',
            b'm' if matches!(next, b'p' | b'b') => b'n',
            other => other,
        };
        if kind != last_written {
            kinds.push(kind);
        }
        last_written = kind;
    }
    kinds
}

fn same_kind(a: u8, b: u8, initial: bool) -> bool {
    if a == b {
        return true;
    }
    let pair = (a.min(b), a.max(b));
    match pair {
        (b'b', b'v') | (b'k', b'c') | (b'c', b'k') => true,
        // Voicing in Tamil and the flapped d of Hindi never change the first
        // letter.
        (b'd', b'r') | (b'd', b't') | (b'g', b'k') => !initial,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn similarity(a: &str, b: &str) -> Option<f64> {
        Name::new(a, Level::District).similarity(&Name::new(b, Level::District), 0.90)
    }

    #[test]
    fn spellings_of_one_name_are_alike() {
        for (a, b) in [
            ("BARGAVAN", "Bargaban"),
            ("NAWADAH", "Nawada"),
            ("BADWANI", "Barwani"),
            ("BIZAPUR", "Bijapur"),
            ("PANCHMAHAL", "Panch Mahals"),
            ("GAUTAMBUDH NAGAR", "Gautam Buddha Nagar"),
            ("THOOTHUGUDI", "Thoothukkudi"),
            ("HISSAR", "Hisar"),
            ("पटना", "Patna"),
        ] {
            assert!(similarity(a, b).is_some(), "{a} and {b}");
        }
    }

    #[test]
    fn names_that_only_look_alike_are_different() {
        for (a, b) in [
            ("South East", "South"),
            ("Rampur Khurd", "Rampur Kalan"),
            ("Ward 12", "Ward 13"),
            ("Rampur", "Rajpur"),
            ("Karampur", "Rampur"),
            ("Hadar", "Dhar"),
            ("Patna", "Patna Saheb"),
            ("Thirunelveli Rural", "Tirunelveli"),
            ("Chitrakoot Dham", "Chitrakoot"),
            ("East Garo Hills", "West Garo Hills"),
        ] {
            assert_eq!(similarity(a, b), None, "{a} and {b}");
        }
    }

    #[test]
    fn units_are_told_from_places() {
        for unit in [
            "PATNA RLY.",
            "G.R.P.AJMER",
            "C.I.D.",
            "RAILWAYSJMU",
            "CRIME BRANCH",
        ] {
            assert!(Name::new(unit, Level::District).is_unit(), "{unit}");
        }
        assert!(!Name::new("Patna", Level::District).is_unit());
    }

    #[test]
    fn names_in_brackets_are_names_of_their_own() {
        let names: Vec<String> = alternatives("Sant Ravidas Nagar (Bhadohi)", Level::District)
            .into_iter()
            .map(|name| name.canonical)
            .collect();
        assert_eq!(names, ["sant ravidas nagar", "bhadohi"]);
        assert_eq!(alternatives("Nokha @ Daiya", Level::Village).len(), 2);
        assert!(alternatives("Imphal (West)", Level::District).is_empty());
        assert!(alternatives("Rampur (12)", Level::Village).is_empty());
    }
}
