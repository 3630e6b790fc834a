//! Text from elsewhere that must not act where it is shown.
//!
//! Names of villages come from partners' files. A spreadsheet runs a cell that
//! begins with `=`, `+`, `-` or `@`; a browser runs what looks like a tag.

/// Whether a spreadsheet might take a text for a formula: its first character
/// after white space and invisible characters is `=`, `+`, `-`, `@` or one of
/// their full-width and minus-sign forms, or it begins with a tab, a carriage
/// return or a line feed.
pub(crate) fn looks_like_formula(text: &str) -> bool {
    const STARTS: [char; 13] = [
        '=', '+', '-', '@', '＝', '＋', '－', '＠', '﹦', '﹢', '﹣', '﹫', '−',
    ];
    text.starts_with(['\t', '\r', '\n'])
        || text
            .trim_start_matches(invisible)
            .trim_start_matches(['"', '\''])
            .trim_start_matches(invisible)
            .starts_with(STARTS)
}

fn invisible(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{feff}')
}

/// A text for a cell of a CSV file: prefixed with an apostrophe if it looks
/// like a formula, and without control characters, which become spaces.
pub(crate) fn csv_text(text: &str) -> String {
    let plain = plain(text);
    if looks_like_formula(text) {
        format!("'{plain}")
    } else {
        plain
    }
}

/// A text on one line: control characters become spaces, and characters that
/// turn the direction of writing, behind which another text can hide, go.
pub(crate) fn plain(text: &str) -> String {
    text.chars()
        .filter(|c| !matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
        .map(|c| if c.is_control() { ' ' } else { c })
        .filter(|c| !matches!(c, '\u{fffe}' | '\u{ffff}'))
        .collect()
}

/// A text within HTML or SVG, in content or between double or single quotes.
pub(crate) fn markup(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in plain(text).chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_spreadsheet_would_run_is_prefixed() {
        for text in [
            "=1+1",
            "+1",
            "-1",
            "@SUM(A1)",
            "  =1",
            "\u{a0}=1",
            "\t=1",
            "\rx",
            "\nx",
            "＝1",
            " ＋1",
            "－1",
            "＠x",
            "\u{feff}=1",
            "\u{200b}=1",
            "\"=1",
            "−1",
        ] {
            assert!(csv_text(text).starts_with('\''), "{text:?}");
        }
    }

    #[test]
    fn ordinary_names_stay_as_they_are() {
        for text in [
            "Rampur",
            "रामपुर",
            "St. Mary's",
            "1-Chak",
            "a=b",
            "",
            "(Kalan)",
        ] {
            assert_eq!(csv_text(text), text);
        }
    }

    #[test]
    fn markup_cannot_open_a_tag_or_close_a_quote() {
        assert_eq!(
            markup("<b onx='1'>\"&"),
            "&lt;b onx=&#39;1&#39;&gt;&quot;&amp;"
        );
        assert_eq!(markup("a\u{202e}b\u{0}c"), "ab c");
    }
}
