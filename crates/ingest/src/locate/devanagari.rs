//! Devanagari to plain Latin letters, the way Indian place names are spelt.
//!
//! The mapping is deterministic and loses vowel length and the difference of
//! dental and retroflex, as English spellings of Indian names do:
//!
//! 1. Each word is cut into units of a consonant and what follows it: a
//!    vowel sign, a virama (no vowel), or nothing (the inherent `a`).
//! 2. The inherent `a` is dropped at the end of a word, and, from the right,
//!    between two units that both have a vowel: पटना gives `patna` and
//!    भागलपुर `bhagalpur`. This is the rule of schwa deletion in its simplest
//!    form; it errs on some words, which similarity of names absorbs.

/// Vowel of a unit.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Vowel {
    Inherent,
    Written(&'static str),
    Silent,
}

struct Unit {
    consonant: &'static str,
    vowel: Vowel,
    nasal: bool,
}

/// Whether the character belongs to the Devanagari block.
pub(crate) fn is_devanagari(c: char) -> bool {
    ('\u{0900}'..='\u{097f}').contains(&c)
}

/// Writes Devanagari words in Latin letters and leaves other text as it is.
/// Expects NFKC or decomposed text.
pub(crate) fn transliterate(text: &str) -> String {
    let mut latin = String::with_capacity(text.len());
    let mut word: Vec<Unit> = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if let Some(consonant) = consonant(c) {
            let nukta = chars.next_if_eq(&'\u{093c}').is_some();
            word.push(Unit {
                consonant: if nukta {
                    with_nukta(consonant)
                } else {
                    consonant
                },
                vowel: Vowel::Inherent,
                nasal: false,
            });
        } else if let Some(vowel) = vowel_sign(c) {
            match word.last_mut() {
                Some(unit) => unit.vowel = vowel,
                None => word.push(bare(vowel)),
            }
        } else if let Some(vowel) = letter_vowel(c) {
            word.push(bare(Vowel::Written(vowel)));
        } else if matches!(c, '\u{0900}'..='\u{0902}') {
            if let Some(unit) = word.last_mut() {
                unit.nasal = true;
            }
        } else if matches!(
            c,
            '\u{0903}' | '\u{093c}' | '\u{093d}' | '\u{0951}'..='\u{0954}'
        ) {
            // Visarga, a stray nukta, avagraha and accents carry no sound of
            // their own in place names.
        } else {
            write_word(&mut word, &mut latin);
            match c {
                '\u{0966}'..='\u{096f}' => {
                    let digit = u32::from(c) - 0x966;
                    latin.extend(char::from_digit(digit, 10));
                }
                c if is_devanagari(c) => latin.push(' '),
                c => latin.push(c),
            }
        }
    }
    write_word(&mut word, &mut latin);
    latin
}

fn bare(vowel: Vowel) -> Unit {
    Unit {
        consonant: "",
        vowel,
        nasal: false,
    }
}

fn write_word(word: &mut Vec<Unit>, latin: &mut String) {
    let length = word.len();
    if length > 1 && word[length - 1].vowel == Vowel::Inherent && !word[length - 1].nasal {
        word[length - 1].vowel = Vowel::Silent;
    }
    for index in (1..length.saturating_sub(1)).rev() {
        let droppable = word[index].vowel == Vowel::Inherent
            && !word[index].nasal
            && word[index - 1].vowel != Vowel::Silent
            && word[index + 1].vowel != Vowel::Silent
            && !word[index + 1].consonant.is_empty();
        if droppable {
            word[index].vowel = Vowel::Silent;
        }
    }
    for (index, unit) in word.iter().enumerate() {
        latin.push_str(unit.consonant);
        match unit.vowel {
            Vowel::Inherent => latin.push('a'),
            Vowel::Written(vowel) => latin.push_str(vowel),
            Vowel::Silent => {}
        }
        if unit.nasal {
            let labial = word
                .get(index + 1)
                .is_some_and(|next| next.consonant.starts_with(['p', 'b', 'm']));
            latin.push(if labial { 'm' } else { 'n' });
        }
    }
    word.clear();
}

fn consonant(c: char) -> Option<&'static str> {
    Some(match c {
        'क' => "k",
        'ख' => "kh",
        'ग' => "g",
        'घ' => "gh",
        'ङ' | 'ञ' | 'ण' | 'न' | '\u{0929}' => "n",
        'च' => "ch",
        'छ' => "chh",
        'ज' => "j",
        'झ' => "jh",
        'ट' | 'त' => "t",
        'ठ' | 'थ' => "th",
        'ड' | 'द' => "d",
        'ढ' | 'ध' => "dh",
        'प' => "p",
        'फ' => "ph",
        'ब' => "b",
        'भ' => "bh",
        'म' => "m",
        'य' => "y",
        'र' | '\u{0931}' => "r",
        'ल' | 'ळ' => "l",
        '\u{0934}' => "zh",
        'व' => "v",
        'श' | 'ष' => "sh",
        'स' => "s",
        'ह' => "h",
        _ => return None,
    })
}

fn with_nukta(consonant: &'static str) -> &'static str {
    match consonant {
        "k" => "q",
        "j" => "z",
        "d" => "r",
        "dh" => "rh",
        "ph" => "f",
        other => other,
    }
}

fn vowel_sign(c: char) -> Option<Vowel> {
    Some(match c {
        'ा' => Vowel::Written("a"),
        'ि' | 'ी' => Vowel::Written("i"),
        'ु' | 'ू' => Vowel::Written("u"),
        'ृ' => Vowel::Written("ri"),
        '\u{0945}'..='\u{0947}' => Vowel::Written("e"),
        'ै' => Vowel::Written("ai"),
        '\u{0949}'..='\u{094b}' => Vowel::Written("o"),
        'ौ' => Vowel::Written("au"),
        '\u{094d}' => Vowel::Silent,
        _ => return None,
    })
}

fn letter_vowel(c: char) -> Option<&'static str> {
    Some(match c {
        'अ' | 'आ' => "a",
        'इ' | 'ई' => "i",
        'उ' | 'ऊ' => "u",
        'ऋ' => "ri",
        '\u{090d}'..='\u{090f}' => "e",
        'ऐ' => "ai",
        '\u{0911}'..='\u{0913}' => "o",
        'औ' => "au",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use unicode_normalization::UnicodeNormalization;

    #[test]
    fn district_names_come_out_as_they_are_spelt() {
        for (devanagari, latin) in [
            ("पटना", "patna"),
            ("भागलपुर", "bhagalpur"),
            ("समस्तीपुर", "samastipur"),
            ("कटिहार", "katihar"),
            ("मुंबई", "mumbai"),
            ("पूर्वी चंपारण", "purvi champaran"),
            ("गया २०११", "gaya 2011"),
            ("बड़वानी", "barvani"),
        ] {
            let text: String = devanagari.nfkc().collect();
            assert_eq!(transliterate(&text), latin);
        }
    }

    #[test]
    fn other_scripts_stay_as_they_are() {
        assert_eq!(transliterate("Patna (पटना)"), "Patna (patna)");
    }
}
