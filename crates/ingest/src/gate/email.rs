//! E-mail addresses, plain or with the `@` and dots spelt out.

use std::sync::LazyLock;

use regex::Regex;

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is fixed and tested")
}

const PROVIDERS: &str =
    "gmail|googlemail|yahoo|ymail|rediff|rediffmail|hotmail|outlook|live|icloud|protonmail|nic|gov";

/// An address in one piece; or with spaces around `@` and dots, if its ending
/// or provider is well known. Villages too are written `Rampur @ Shyampura`.
static PLAIN: LazyLock<Regex> = LazyLock::new(|| {
    regex(&format!(
        r"(?i)[\pL\pM\pN_%+-](?:[\pL\pM\pN._%+-]*[\pL\pM\pN_%+-])?@(?:(?:[\pL\pM\pN-]+\.)+[\pL\pM]{{2,}}|(?:{PROVIDERS})(?-u:\b))|[\pL\pM\pN_%+-] *@ *(?:[\pL\pN-]+ ?\. ?)+(?:com|org|net|edu|info|in)(?-u:\b)"
    ))
});

static SPELT: LazyLock<Regex> = LazyLock::new(|| {
    regex(&format!(
        r"(?i)[\pL\pN._%+-]+ *(?:[\[({{<] *at *[\])}}>] *[\pL\pN-]+|\bat\b *(?:{PROVIDERS})\b) *(?:[\[({{<]? *dot *[\])}}>]?|\.) *\pL{{2,}}"
    ))
});

/// Whether a unified text has an e-mail address.
pub(super) fn is_in(text: &str) -> bool {
    text.contains('@') && PLAIN.is_match(text) || has_at(text.as_bytes()) && SPELT.is_match(text)
}

/// Whether `at` stands by itself, which a spelt address needs.
fn has_at(text: &[u8]) -> bool {
    text.windows(4).any(|part| {
        part[1] | 0x20 == b'a'
            && part[2] | 0x20 == b't'
            && !part[0].is_ascii_alphanumeric()
            && !part[3].is_ascii_alphanumeric()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_found_plain_and_spelt_out() {
        for text in [
            "ravi.kumar@example.org",
            "write to ravi@example.co.in please",
            "ravi @ gmail . com",
            "ravi @ example.org",
            "ravi@gmail",
            "ravi (at) example (dot) org",
            "ravi[at]example.org",
            "ravi at gmail dot com",
            "रवि@example.org",
        ] {
            assert!(is_in(text), "{text}");
        }
    }

    #[test]
    fn other_uses_of_at_are_not_addresses() {
        for text in [
            "5 kg @ 12.50",
            "@handle",
            "met at school dot on time",
            "a@b",
        ] {
            assert!(!is_in(text), "{text}");
        }
    }
}
