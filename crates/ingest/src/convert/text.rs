//! Text, codes and periods.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use safeground_schema::{ErrorCode, Period};
use unicode_normalization::char::is_combining_mark;
use unicode_normalization::{UnicodeNormalization, is_nfc};

use super::number::ascii_digits;

/// Text as stored: Unicode form C, trimmed, runs of white space as one space.
pub(crate) fn normal_text(text: &str) -> Cow<'_, str> {
    let text = text.trim();
    let is_tidy = |text: &str| {
        !text.contains("  ")
            && !text
                .chars()
                .any(|c| c != ' ' && (c.is_whitespace() || c == '\u{FEFF}'))
    };
    if text.is_ascii() && is_tidy(text) {
        return Cow::Borrowed(text);
    }
    let form_c: Cow<'_, str> = if is_nfc(text) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.nfc().collect())
    };
    if is_tidy(&form_c) {
        return form_c;
    }
    let mut tidy = String::with_capacity(form_c.len());
    for word in form_c
        .split(|c: char| c.is_whitespace() || c == '\u{FEFF}')
        .filter(|word| !word.is_empty())
    {
        if !tidy.is_empty() {
            tidy.push(' ');
        }
        tidy.push_str(word);
    }
    Cow::Owned(tidy)
}

/// Text without regard to case, spaces, hyphens and underscores.
pub(crate) fn folded(text: &str) -> String {
    normal_text(text)
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '_' | '\u{2013}'))
        .flat_map(char::to_lowercase)
        .collect()
}

/// Translates texts of a file to codes.
#[derive(Debug, Clone, Default)]
pub(crate) struct CodeTable {
    exact: HashMap<String, String>,
    loose: HashMap<String, String>,
}

impl CodeTable {
    /// A table of translations; `allowed` are the codes of the list, which
    /// translate to themselves. Returns the two codes of a pair of spellings
    /// that differ only in case and spaces but mean different codes.
    pub(crate) fn new(
        translations: &BTreeMap<String, String>,
        allowed: &[&str],
    ) -> Result<Self, String> {
        let mut table = Self::default();
        for (spelling, code) in translations {
            table
                .exact
                .insert(normal_text(spelling).into_owned(), code.clone());
            let loose = folded(spelling);
            if let Some(other) = table.loose.insert(loose, code.clone())
                && other != *code
            {
                return Err(spelling.clone());
            }
        }
        for code in allowed {
            table
                .exact
                .entry((*code).to_owned())
                .or_insert_with(|| (*code).to_owned());
            table
                .loose
                .entry(folded(code))
                .or_insert_with(|| (*code).to_owned());
        }
        Ok(table)
    }

    /// The code of a text.
    pub(crate) fn translate(&self, text: &str) -> Result<&str, ErrorCode> {
        if let Some(code) = self.exact.get(text) {
            return Ok(code);
        }
        self.exact
            .get(normal_text(text).as_ref())
            .or_else(|| self.loose.get(&folded(text)))
            .map(String::as_str)
            .ok_or(ErrorCode::UnknownCode)
    }
}

/// A period in its stored form. Spreadsheets turn `2021` into `2021.0`.
pub(crate) fn parse_period(text: &str) -> Result<String, ErrorCode> {
    let ascii = ascii_digits(text);
    let text = ascii.trim();
    let text = text.strip_suffix(".0").unwrap_or(text);
    text.parse::<Period>()
        .map(|period| period.to_string())
        .map_err(|_| ErrorCode::NotAPeriod)
}

/// A code of the Local Government Directory or the census as text: ASCII
/// digits, filled from the left to `width`. Spreadsheets turn `220` into
/// `220.0`.
pub(crate) fn place_code(text: &str, width: usize) -> String {
    let ascii = ascii_digits(text);
    let text = ascii.trim();
    let is_number = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
    let code = match text.strip_suffix(".0") {
        Some(whole) if is_number(whole) => whole,
        _ => text,
    };
    if is_number(code) && code.len() < width {
        format!("{code:0>width$}")
    } else {
        code.to_owned()
    }
}

/// The words of some texts in lower case with hyphens between them. Accents
/// are left out; letters of other scripts stay and make no valid code.
pub(crate) fn slug<'t>(texts: impl Iterator<Item = &'t str>) -> String {
    let mut slug = String::new();
    for text in texts {
        let mut is_inside = false;
        for character in text.nfd().filter(|c| !is_combining_mark(*c)) {
            if !character.is_alphanumeric() {
                is_inside = false;
                continue;
            }
            if !is_inside && !slug.is_empty() {
                slug.push('-');
            }
            is_inside = true;
            slug.extend(character.to_lowercase());
        }
    }
    slug
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_stored_in_one_form() {
        assert_eq!(normal_text("  North \u{A0} &\n Middle "), "North & Middle");
        assert_eq!(normal_text("Cafe\u{301}"), "Café");
        assert!(matches!(normal_text("plain text"), Cow::Borrowed(_)));
    }

    #[test]
    fn codes_match_exactly_first_and_then_loosely() {
        let translations = BTreeMap::from([
            ("Child marriage".to_owned(), "child_marriage".to_owned()),
            ("POCSO".to_owned(), "sexual_abuse".to_owned()),
        ]);
        let table = CodeTable::new(&translations, &["child_marriage", "missing"]).unwrap();
        assert_eq!(table.translate("CHILD  MARRIAGE"), Ok("child_marriage"));
        assert_eq!(table.translate("child_marriage"), Ok("child_marriage"));
        assert_eq!(table.translate("pocso "), Ok("sexual_abuse"));
        assert_eq!(table.translate("Missing"), Ok("missing"));
        assert_eq!(table.translate("Witchcraft"), Err(ErrorCode::UnknownCode));
    }

    #[test]
    fn two_spellings_that_differ_in_case_alone_must_agree() {
        let translations = BTreeMap::from([
            ("A b".to_owned(), "missing".to_owned()),
            ("AB".to_owned(), "trafficking".to_owned()),
        ]);
        assert!(CodeTable::new(&translations, &[]).is_err());
    }

    #[test]
    fn words_become_a_code() {
        assert_eq!(
            slug(["Andaman & Nicobar Island", "North  & Middle Andamán"].into_iter()),
            "andaman-nicobar-island-north-middle-andaman"
        );
    }

    #[test]
    fn codes_of_places_lose_the_marks_of_spreadsheets() {
        assert_eq!(place_code("220.0", 0), "220");
        assert_eq!(place_code("7", 3), "007");
        assert_eq!(place_code(" २२० ", 0), "220");
        assert_eq!(place_code("A7", 3), "A7");
        assert_eq!(parse_period("2021.0"), Ok("2021".to_owned()));
        assert_eq!(parse_period("2019-21"), Err(ErrorCode::NotAPeriod));
    }
}
