//! The first wall: the text alone, without recursion.

use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::tokenizer::{
    Location, Token, TokenWithSpan, Tokenizer, TokenizerError, Whitespace,
};

use super::GateLimits;
use super::limits::at_most;
use crate::refusal::{Limit, Position, Refusal};

/// Splits a text into its tokens, if it keeps to the limits.
///
/// 1. Bytes are counted.
/// 2. Control characters other than tab and line ends, blanks beyond ASCII and
///    the marks that turn the direction of a line are refused everywhere: what
///    a person reads must be what runs.
/// 3. The text is split.
/// 4. Tokens are counted, blanks and comments apart; parentheses, brackets and
///    braces are followed; characters beyond ASCII are refused outside quotes,
///    since letters such as `ſ` become keywords when they are put in capitals.
///
/// Time and memory are in proportion to the text; nothing recurses.
///
/// # Errors
/// [`Refusal::Limit`], [`Refusal::Character`], [`Refusal::Syntax`] for a quote
/// or comment without end.
pub fn check_text(text: &str, limits: &GateLimits) -> Result<Vec<TokenWithSpan>, Refusal> {
    at_most(text.len() as u64, limits.text_bytes, Limit::TextBytes)?;
    if let Some(at) = first_forbidden(text) {
        return Err(Refusal::Character { at });
    }
    let tokens = Tokenizer::new(&GenericDialect {}, text)
        .tokenize_with_location()
        .map_err(|TokenizerError { location, .. }| Refusal::Syntax {
            at: Position::of(location),
        })?;
    let (mut counted, mut open) = (0, 0_u64);
    for token in &tokens {
        match &token.token {
            Token::Whitespace(Whitespace::Space | Whitespace::Newline | Whitespace::Tab)
            | Token::EOF => {
                continue;
            }
            Token::Whitespace(_) => continue,
            Token::LParen | Token::LBracket | Token::LBrace => open += 1,
            Token::RParen | Token::RBracket | Token::RBrace => open = open.saturating_sub(1),
            other if !is_quoted(other) && !is_ascii(other) => {
                let Location { line, column } = token.span.start;
                return Err(Refusal::Character {
                    at: Position { line, column },
                });
            }
            _ => {}
        }
        counted += 1;
        at_most(open, limits.nesting, Limit::Nesting)?;
    }
    at_most(counted, limits.tokens, Limit::Tokens)?;
    Ok(tokens)
}

/// Position of the first character that may stand nowhere.
fn first_forbidden(text: &str) -> Option<Position> {
    let (mut line, mut column) = (1, 1);
    for character in text.chars() {
        let turns_direction = matches!(
            character,
            '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        );
        let control = character.is_control() && !matches!(character, '\t' | '\n' | '\r');
        // The tokenizer takes every blank of Unicode for a space.
        let odd_blank = character.is_whitespace() && !character.is_ascii();
        if turns_direction || control || odd_blank || character == '\u{feff}' {
            return Some(Position { line, column });
        }
        if character == '\n' {
            (line, column) = (line + 1, 1);
        } else {
            column += 1;
        }
    }
    None
}

/// Whether a token is a text or a name in quotes, which may hold any script.
fn is_quoted(token: &Token) -> bool {
    match token {
        Token::Word(word) => word.quote_style.is_some(),
        Token::SingleQuotedString(_) | Token::DoubleQuotedString(_) => true,
        _ => false,
    }
}

fn is_ascii(token: &Token) -> bool {
    match token {
        Token::Word(word) => word.value.is_ascii(),
        Token::Number(digits, _) => digits.is_ascii(),
        Token::Char(character) => character.is_ascii(),
        // Whatever else holds text is not part of the allow-list; printing it
        // here costs no more than its length.
        other => other.to_string().is_ascii(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> Refusal {
        check_text(text, &GateLimits::default()).unwrap_err()
    }

    #[test]
    fn devanagari_is_welcome_in_quotes_alone() {
        let limits = GateLimits::default();
        assert!(check_text("SELECT 'बच्चा\u{200d}' AS \"नाम\"", &limits).is_ok());
        assert!(matches!(
            refused("SELECT\n नाम"),
            Refusal::Character {
                at: Position { line: 2, column: 2 }
            }
        ));
        for text in [
            "ſelect 1",
            "SELECT\u{3000}1",
            "ＳＥＬＥＣＴ 1",
            "SELECT 1\u{37e}",
        ] {
            assert!(matches!(refused(text), Refusal::Character { .. }), "{text}");
        }
    }

    #[test]
    fn marks_that_hide_what_runs_are_refused_even_in_quotes_and_comments() {
        for text in [
            "SELECT 'a\u{202e}b'",
            "SELECT 1 -- \u{2066}",
            "SELECT '\0'",
            "SELECT /* \u{1b}[2J */ 1",
        ] {
            assert!(
                matches!(refused(text), Refusal::Character { .. }),
                "{text:?}"
            );
        }
    }

    #[test]
    fn long_and_deep_texts_are_refused_with_the_limit_they_meet() {
        let limit = |text: &str| match refused(text) {
            Refusal::Limit { limit, .. } => limit,
            other => panic!("{other}"),
        };
        assert_eq!(limit(&" ".repeat(70_000)), Limit::TextBytes);
        assert_eq!(
            limit(&format!("SELECT {}1", "1+".repeat(20_000))),
            Limit::Tokens
        );
        assert_eq!(
            limit(&format!("SELECT {}", "(".repeat(20_000))),
            Limit::Nesting
        );
        assert_eq!(limit(&format!("SELECT {}", "[".repeat(33))), Limit::Nesting);
    }
}
