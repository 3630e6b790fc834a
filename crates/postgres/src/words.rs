//! Statements split into words, without recursion and without SQL.

/// Most bytes of a statement that is answered without a query.
const MOST_BYTES: usize = 2 << 10;

/// A word of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Word {
    /// A name or keyword without quotes, in lower case; a number.
    Plain(String),
    /// A name in double quotes.
    Quoted(String),
    /// A text in single quotes.
    Text(String),
    /// Any other character.
    Sign(char),
}

impl Word {
    /// Whether it is this keyword or sign.
    pub(crate) fn is(&self, word: &str) -> bool {
        match self {
            Self::Plain(plain) => plain == word,
            Self::Sign(sign) => word.chars().eq([*sign]),
            Self::Quoted(_) | Self::Text(_) => false,
        }
    }

    /// What it says as a name or value; `None` for a sign.
    pub(crate) fn value(&self) -> Option<&str> {
        match self {
            Self::Plain(text) | Self::Quoted(text) | Self::Text(text) => Some(text),
            Self::Sign(_) => None,
        }
    }
}

/// The words of one short statement, without comments and the semicolon at its
/// end. `None` for longer texts, several statements and whatever is not split
/// so simply: those are queries, or nothing.
pub(crate) fn words(text: &str) -> Option<Vec<Word>> {
    if text.len() > MOST_BYTES || !text.is_ascii() {
        return None;
    }
    let (mut rest, mut words) = (text, Vec::new());
    loop {
        rest = rest.trim_start();
        let Some(first) = rest.chars().next() else {
            break;
        };
        if let Some(comment) = rest.strip_prefix("--") {
            rest = comment.split_once('\n').map_or("", |(_, after)| after);
            continue;
        }
        if let Some(comment) = rest.strip_prefix("/*") {
            let (within, after) = comment.split_once("*/")?;
            // Comments within one another are not followed.
            if within.contains("/*") {
                return None;
            }
            rest = after;
            continue;
        }
        let word = match first {
            '\'' | '"' => {
                let (quoted, after) = quoted(&rest[1..], first)?;
                rest = after;
                if first == '"' {
                    Word::Quoted(quoted)
                } else {
                    Word::Text(quoted)
                }
            }
            first if first.is_ascii_alphanumeric() || first == '_' => {
                let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
                let (plain, after) = rest.split_at(end.unwrap_or(rest.len()));
                rest = after;
                Word::Plain(plain.to_ascii_lowercase())
            }
            sign => {
                rest = &rest[1..];
                Word::Sign(sign)
            }
        };
        words.push(word);
    }
    while words.last().is_some_and(|word| word.is(";")) {
        words.pop();
    }
    (!words.iter().any(|word| word.is(";"))).then_some(words)
}

/// What stands before the closing quote, and what follows it.
fn quoted(text: &str, quote: char) -> Option<(String, &str)> {
    let (mut value, mut rest) = (String::new(), text);
    loop {
        let (before, after) = rest.split_once(quote)?;
        value.push_str(before);
        match after.strip_prefix(quote) {
            Some(after) => {
                value.push(quote);
                rest = after;
            }
            None => return Some((value, after)),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_statement_is_split_and_several_are_none() {
        let plain = |text: &str| Word::Plain(text.into());
        let split = words("-- why\nSET Application_Name /* a */ = 'it''s';").unwrap();
        let expected = [
            plain("set"),
            plain("application_name"),
            Word::Sign('='),
            Word::Text("it's".into()),
        ];
        assert_eq!(split, expected);
        assert_eq!(words("BEGIN; DROP TABLE a"), None);
        assert_eq!(words("SELECT ';'").unwrap()[1], Word::Text(";".into()));
        for odd in ["SET a = 'b", "/* a", "/* /* */ BEGIN */", "BEGIN \u{a0}"] {
            assert_eq!(words(odd), None, "{odd}");
        }
        assert_eq!(words(" ; ;"), Some(vec![]));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".{0,80}") {
            words(&text);
        }
    }
}
