//! Names of places with everything removed that does not tell two apart.
//!
//! [`plain`] only removes differences of writing: Unicode form, script, case,
//! accents, punctuation, spacing and `&`. [`canonical`] goes on to words: it
//! writes directions one way (`N.`, `uttar`, `North`), and leaves out `and`,
//! a leading `the`, and words for the level itself (`district`, `zila`).

use safeground_schema::Level;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::devanagari::transliterate;

/// Words of a name in lower-case Latin letters and digits, without accents
/// and punctuation. Letters that stand alone are joined (`G.R.P.` is `grp`).
pub(super) fn plain(text: &str) -> String {
    let ascii;
    let text = if text.is_ascii() {
        text
    } else {
        let composed: String = text.nfkc().filter(|c| !is_invisible(*c)).collect();
        ascii = transliterate(&composed)
            .nfd()
            .filter(|c| !is_combining_mark(*c))
            .collect::<String>();
        &ascii
    };
    let mut words = String::with_capacity(text.len());
    let mut lone_letter_before = false;
    let mut word = String::new();
    let mut flush = |word: &mut String| {
        if word.is_empty() {
            return;
        }
        let lone_letter = word.len() == 1 && word.as_bytes()[0].is_ascii_alphabetic();
        if !(words.is_empty() || lone_letter && lone_letter_before) {
            words.push(' ');
        }
        words.push_str(word);
        lone_letter_before = lone_letter;
        word.clear();
    };
    for c in text.chars().flat_map(char::to_lowercase) {
        match c {
            c if c.is_alphanumeric() => word.push(c),
            '\'' | '\u{2019}' | '`' => {}
            '&' => {
                flush(&mut word);
                word.push_str("and");
                flush(&mut word);
            }
            _ => flush(&mut word),
        }
    }
    flush(&mut word);
    words
}

/// [`plain`] words with directions written one way and without words that do
/// not name: `and`, a leading `the`, and words for the level itself.
pub(super) fn canonical(plain: &str, level: Level) -> String {
    let level_words: &[&str] = match level {
        Level::District => &[
            "district", "dist", "distt", "zila", "zilla", "jila", "jilla",
        ],
        Level::Subdistrict => &["tehsil", "tahsil", "taluk", "taluka", "tehsheel"],
        Level::Block => &["block", "prakhand"],
        Level::State => &["state", "ut"],
        _ => &["village", "vill"],
    };
    let all: Vec<&str> = plain.split(' ').filter(|word| !word.is_empty()).collect();
    let mut kept: Vec<&str> = Vec::with_capacity(all.len());
    for (index, &word) in all.iter().enumerate() {
        let silent = word == "and" || (index == 0 && word == "the") || level_words.contains(&word);
        if silent {
            continue;
        }
        match direction(word) {
            Some(directions) => kept.extend(directions),
            None => match (kept.last(), word) {
                (_, "ngr") => kept.push("nagar"),
                (Some(&"twenty"), "four") => {
                    kept.pop();
                    kept.push("24");
                }
                _ => kept.push(word),
            },
        }
    }
    // A name that consists of such words only is that word: a village may be
    // called Block.
    if kept.is_empty() {
        return plain.to_owned();
    }
    // A letter that stands alone beside a name is a direction; several were
    // joined to initials before.
    if kept.len() > 1 {
        for word in &mut kept {
            *word = match *word {
                "n" => "north",
                "s" => "south",
                "e" => "east",
                "w" => "west",
                other => other,
            };
        }
    }
    kept.join(" ")
}

/// The compass words that a word stands for.
fn direction(word: &str) -> Option<&'static [&'static str]> {
    Some(match word {
        "north" | "uttar" | "uttara" | "uttari" => &["north"],
        "south" | "dakshin" | "dakshina" | "dakshini" => &["south"],
        "east" | "purba" | "purbi" | "purva" | "purvi" | "purab" => &["east"],
        "west" | "paschim" | "paschima" | "paschimi" | "pashchim" | "pashchima" | "pashchimi" => {
            &["west"]
        }
        "northeast" => &["north", "east"],
        "northwest" => &["north", "west"],
        "southeast" => &["south", "east"],
        "southwest" => &["south", "west"],
        _ => return None,
    })
}

fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{00ad}' | '\u{034f}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn district(text: &str) -> String {
        canonical(&plain(text), Level::District)
    }

    #[test]
    fn differences_of_writing_vanish() {
        for (text, expected) in [
            ("  PATNA ", "patna"),
            ("Pa\u{200b}tna", "patna"),
            ("Ｐａｔｎａ", "patna"),
            ("Pāṭnā", "patna"),
            ("पटना", "patna"),
            ("G.R.P.AJMER", "grp ajmer"),
            ("N.C. HILLS", "nc hills"),
            ("Andaman & Nicobar", "andaman and nicobar"),
            ("Cox's Bazar", "coxs bazar"),
        ] {
            assert_eq!(plain(text), expected, "{text}");
        }
    }

    #[test]
    fn directions_and_level_words_are_written_one_way() {
        for (text, expected) in [
            ("Distt. Patna", "patna"),
            ("DAKSHIN KANNADA", "south kannada"),
            ("24 Parganas (N)", "24 parganas north"),
            ("North Twenty Four Parganas", "north 24 parganas"),
            ("KHASI HILLS SOUTH W.", "khasi hills south west"),
            ("The Dangs", "dangs"),
            ("District", "district"),
            ("S. K. Nagar", "sk nagar"),
            ("South", "south"),
        ] {
            assert_eq!(district(text), expected, "{text}");
        }
    }
}
