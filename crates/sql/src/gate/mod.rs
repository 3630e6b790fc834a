//! Which statements and plans may run: an allow-list, checked before and after planning.
//!
//! Four walls, each of which names what it refuses ([`crate::Refusal`]):
//!
//! 1. [`check_text`]: bytes, characters, tokens and parentheses, before
//!    anything recursive reads the text. It needs time in proportion to the
//!    text and no stack, so it may run anywhere.
//! 2. [`parse`]: exactly one statement.
//! 3. [`check_statement`]: an allow-list over the parsed statement. A variant
//!    that is not named in it is refused, and so is what a later version of
//!    the parser adds.
//! 4. [`check_plan`]: an allow-list over the steps and expressions of the
//!    plan, for what planning makes out of an innocent statement.
//!
//! Walls 2 to 4 recurse over what the user wrote and belong into a worker.

mod expression;
mod limits;
mod names;
mod plan;
mod statement;
mod table;
mod text;
mod walk;

pub use limits::GateLimits;
pub(crate) use names::CATALOG;
pub use names::{BUILT_IN_FUNCTIONS, Catalog, TABLE_FUNCTIONS};
pub use plan::check_plan;
pub use statement::{check_statement, parse};
pub use text::check_text;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What a text comes to at the walls before planning.
    fn passes(text: &str) -> bool {
        let limits = GateLimits::default();
        let catalog = Catalog::new(
            [("public".to_owned(), "scores".to_owned())],
            BUILT_IN_FUNCTIONS.iter().map(|name| (*name).to_owned()),
            TABLE_FUNCTIONS.iter().map(|name| (*name).to_owned()),
        );
        let statement = check_text(text, &limits).and_then(|tokens| parse(tokens, &limits));
        statement.is_ok_and(|statement| check_statement(&statement, &catalog, &limits).is_ok())
    }

    /// Pieces that nest, chain and end statements in the oddest places.
    fn pieces() -> impl Strategy<Value = String> {
        let piece = prop::sample::select(vec![
            "SELECT",
            "FROM",
            "scores",
            "WHERE",
            "GROUP BY",
            "CUBE",
            "(",
            ")",
            "[",
            "]",
            ",",
            ";",
            "*",
            "+",
            "-",
            "NOT",
            "AND",
            "CASE",
            "WHEN",
            "THEN",
            "END",
            "CAST",
            "AS",
            "INT",
            "::",
            "'a'",
            "\"a\"",
            "`a`",
            "$1",
            "$$",
            "--",
            "/*",
            "*/",
            "WITH",
            "RECURSIVE",
            "UNION",
            "EXPLAIN",
            "ANALYZE",
            "INSERT INTO",
            "COPY",
            "TO",
            "CREATE",
            "TABLE",
            "VALUES",
            "JOIN",
            "LATERAL",
            "count",
            "abs",
            "=>",
            "=",
            "{",
            "}",
            "1",
            "1e9",
            ".",
            "OVER",
            "ORDER BY",
        ]);
        prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.join(" "))
    }

    proptest! {
        #[test]
        fn no_text_makes_the_walls_panic(text in ".{0,200}") {
            passes(&text);
        }

        #[test]
        fn no_heap_of_words_makes_the_walls_panic_or_passes_as_more_than_a_query(
            text in pieces(),
        ) {
            if passes(&text) {
                let first = text.split_whitespace().find(|word| *word != "(").unwrap_or_default();
                prop_assert!(
                    ["SELECT", "WITH", "VALUES", "EXPLAIN", "/*", "--", ";"].contains(&first),
                    "{text}"
                );
            }
        }
    }
}
