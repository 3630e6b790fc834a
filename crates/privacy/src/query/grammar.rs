//! The grammar of questions: text in, a small allow-listed tree out.
//!
//! [`crate::query`] lists it whole. What is not listed does not exist: no OR,
//! NOT, other comparison, arithmetic, nesting, comment, escape, parameter or
//! second statement. The grammar has no recursion, so no text makes the parser
//! deep, and no step reads back over more than one item, so its time is linear
//! in a length that is bounded before it starts.
//!
//! The combinators are winnow's. A parser of all of SQL would have to be
//! narrowed by refusing each of its hundreds of forms, and recurses.

use winnow::combinator::{alt, delimited, opt, preceded, separated, terminated};
use winnow::error::EmptyError;
use winnow::prelude::*;
use winnow::token::{one_of, take_while};

use super::Refusal;

/// Longest question, in bytes: a list of all 800 districts has about 14,000.
pub const MOST_BYTES: usize = 32_768;

/// Most items, conditions or groups.
const MOST_PARTS: usize = 32;

/// Most keys of one IN; more do not fit in a question.
const MOST_VALUES: usize = MOST_BYTES;

/// Words that cannot name a table, column or alias. `period` can be asked
/// about but not declared.
const KEYWORDS: [&str; 14] = [
    "select", "from", "where", "and", "group", "by", "as", "in", "between", "count", "distinct",
    "child", "sum", "clamp",
];

/// A question as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Statement {
    pub(super) items: Vec<Item>,
    pub(super) table: String,
    pub(super) conditions: Vec<Condition>,
    pub(super) groups: Vec<String>,
}

/// Something selected; aliases are read and dropped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Item {
    Column(String),
    CountRows,
    CountChildren,
    Sum {
        column: String,
        lowest: i64,
        highest: i64,
    },
}

/// A condition on a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Condition {
    pub(super) column: String,
    pub(super) test: Test,
}

/// What a condition asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Test {
    In(Vec<String>),
    AtLeast(String),
    Below(String),
    Between(String, String),
}

/// Whether a word may not be declared as a name.
pub(super) fn is_reserved(name: &str) -> bool {
    name == "period" || KEYWORDS.contains(&name)
}

/// Whether a character may stand in a key.
pub(super) fn in_key(character: char) -> bool {
    matches!(character, ' '..='~') && character != '\''
}

/// Reads a question.
///
/// 1. Length, then characters, are checked before parsing;
/// 2. the whole text must be one question.
///
/// O(length).
///
/// # Errors
/// [`Refusal::TooLong`], [`Refusal::Characters`], [`Refusal::Syntax`].
pub(super) fn parse(text: &str) -> Result<Statement, Refusal> {
    if text.len() > MOST_BYTES {
        return Err(Refusal::TooLong);
    }
    let plain = |byte: &u8| matches!(byte, b' '..=b'~' | b'\t' | b'\n' | b'\r');
    if !text.as_bytes().iter().all(plain) {
        return Err(Refusal::Characters);
    }
    preceded(space, statement)
        .parse(text)
        .map_err(|_| Refusal::Syntax)
}

type Parsed<T> = Result<T, EmptyError>;

fn statement(input: &mut &str) -> Parsed<Statement> {
    let items = preceded(keyword("select"), list(item, MOST_PARTS)).parse_next(input)?;
    let table = preceded(keyword("from"), name).parse_next(input)?;
    let conditions = opt(preceded(
        keyword("where"),
        separated(1..=MOST_PARTS, condition, keyword("and")),
    ))
    .parse_next(input)?;
    let groups = opt(preceded(
        (keyword("group"), keyword("by")),
        list(name, MOST_PARTS),
    ))
    .parse_next(input)?;
    Ok(Statement {
        items,
        table,
        conditions: conditions.unwrap_or_default(),
        groups: groups.unwrap_or_default(),
    })
}

fn item(input: &mut &str) -> Parsed<Item> {
    let alias = opt(preceded(keyword("as"), name));
    terminated(alt((count, sum, name.map(Item::Column))), alias).parse_next(input)
}

fn count(input: &mut &str) -> Parsed<Item> {
    let rows = symbol("*").value(Item::CountRows);
    let children = (keyword("distinct"), keyword("child")).value(Item::CountChildren);
    preceded(keyword("count"), parenthesised(alt((rows, children)))).parse_next(input)
}

fn sum(input: &mut &str) -> Parsed<Item> {
    let bound = |input: &mut &str| preceded(symbol(","), integer).parse_next(input);
    let clamp = preceded(keyword("clamp"), parenthesised((name, bound, bound)));
    preceded(keyword("sum"), parenthesised(clamp))
        .map(|(column, lowest, highest)| Item::Sum {
            column,
            lowest,
            highest,
        })
        .parse_next(input)
}

fn condition(input: &mut &str) -> Parsed<Condition> {
    let column = name.parse_next(input)?;
    let test = alt((
        preceded(symbol("="), value).map(|only| Test::In(vec![only])),
        preceded(symbol(">="), value).map(Test::AtLeast),
        preceded(symbol("<"), value).map(Test::Below),
        preceded(keyword("in"), parenthesised(list(value, MOST_VALUES))).map(Test::In),
        preceded(keyword("between"), (value, preceded(keyword("and"), value)))
            .map(|(from, to)| Test::Between(from, to)),
    ))
    .parse_next(input)?;
    Ok(Condition { column, test })
}

/// One to `most` of them, with commas between.
fn list<'i, T>(
    part: impl Parser<&'i str, T, EmptyError>,
    most: usize,
) -> impl Parser<&'i str, Vec<T>, EmptyError> {
    separated(1..=most, part, symbol(","))
}

fn parenthesised<'i, T>(
    inner: impl Parser<&'i str, T, EmptyError>,
) -> impl Parser<&'i str, T, EmptyError> {
    delimited(symbol("("), inner, symbol(")"))
}

/// A run of letters, digits and underscores that starts with a letter.
fn word<'i>(input: &mut &'i str) -> Parsed<&'i str> {
    let letters = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let word = (
        one_of(|c: char| c.is_ascii_alphabetic()),
        take_while(.., letters),
    )
        .take();
    terminated(word, space).parse_next(input)
}

fn keyword<'i>(expected: &'static str) -> impl Parser<&'i str, &'i str, EmptyError> {
    word.verify(move |word: &str| word.eq_ignore_ascii_case(expected))
}

fn name(input: &mut &str) -> Parsed<String> {
    word.map(str::to_ascii_lowercase)
        .verify(|name: &String| !KEYWORDS.contains(&name.as_str()))
        .parse_next(input)
}

fn value(input: &mut &str) -> Parsed<String> {
    let quoted = delimited("'", take_while(1..=80, in_key), "'").map(str::to_owned);
    terminated(quoted, space).parse_next(input)
}

fn integer(input: &mut &str) -> Parsed<i64> {
    let digits = take_while(1..=9, |c: char| c.is_ascii_digit());
    terminated((opt('-'), digits).take().parse_to(), space).parse_next(input)
}

fn symbol<'i>(expected: &'static str) -> impl Parser<&'i str, &'i str, EmptyError> {
    terminated(expected, space)
}

fn space(input: &mut &str) -> Parsed<()> {
    take_while(.., [' ', '\t', '\n', '\r'])
        .void()
        .parse_next(input)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_read_as_written() {
        let read = parse(
            " select district, COUNT(DISTINCT child) AS n From incidents\n WHERE sex IN ('f','m') \
             AND period>='2024' and period < '2025-Q1' and District='district:220' \
             and period between '2023' and '2024' GROUP BY district ",
        )
        .unwrap();
        assert_eq!(
            read.items,
            [Item::Column("district".into()), Item::CountChildren]
        );
        let tests: Vec<Test> = read.conditions.into_iter().map(|c| c.test).collect();
        assert_eq!(
            tests,
            [
                Test::In(vec!["f".into(), "m".into()]),
                Test::AtLeast("2024".into()),
                Test::Below("2025-Q1".into()),
                Test::In(vec!["district:220".into()]),
                Test::Between("2023".into(), "2024".into()),
            ]
        );
        assert_eq!(
            (read.table.as_str(), read.groups),
            ("incidents", vec!["district".into()])
        );
    }

    #[test]
    fn a_sum_states_its_bounds() {
        let read = parse("SELECT SUM(CLAMP(days, -3, 30)) FROM rescues").unwrap();
        let (lowest, highest) = (-3, 30);
        let column = "days".into();
        assert_eq!(
            read.items,
            [Item::Sum {
                column,
                lowest,
                highest
            }]
        );
    }

    #[test]
    fn what_is_not_in_the_grammar_is_refused() {
        for text in [
            "",
            "SELECT",
            "SELECT * FROM incidents",
            "SELECT COUNT(*) FROM incidents;",
            "SELECT COUNT(*) FROM incidents; SELECT COUNT(*) FROM incidents",
            "SELECT COUNT(*) FROM incidents -- WHERE",
            "SELECT COUNT(*) /* */ FROM incidents",
            "SELECT COUNT(*) FROM incidents WHERE sex = 'f' OR sex = 'm'",
            "SELECT COUNT(*) FROM incidents WHERE NOT sex = 'f'",
            "SELECT COUNT(*) FROM incidents WHERE sex <> 'f'",
            "SELECT COUNT(*) FROM incidents WHERE sex > 'f'",
            "SELECT COUNT(*) FROM incidents WHERE sex <= 'f'",
            "SELECT COUNT(*) FROM incidents WHERE sex = 'it''s'",
            "SELECT COUNT(*) FROM incidents WHERE sex = f",
            "SELECT COUNT(*) FROM incidents WHERE (sex = 'f')",
            "SELECT COUNT(*) FROM incidents WHERE sex IN (SELECT sex FROM incidents)",
            "SELECT COUNT(*) FROM incidents WHERE sex IN ()",
            "SELECT COUNT(*) FROM incidents WHERE 1 = 1",
            "SELECT COUNT(*) FROM incidents, rescues",
            "SELECT COUNT(*) FROM incidents LIMIT 1",
            "SELECT COUNT(*) FROM incidents ORDER BY sex",
            "SELECT COUNT(DISTINCT sex) FROM incidents",
            "SELECT COUNT(child) FROM incidents",
            "SELECT child FROM incidents GROUP BY child",
            "SELECT SUM(days) FROM incidents",
            "SELECT SUM(CLAMP(days, 0, 1e3)) FROM incidents",
            "SELECT SUM(CLAMP(days, 0, --5)) FROM incidents",
            "SELECT SUM(CLAMP(days, 0, 9999999999)) FROM incidents",
            "SELECT SUM(CLAMP(CLAMP(days, 0, 1), 0, 1)) FROM incidents",
            "SELECTCOUNT(*) FROM incidents",
            "SELECT COUNT(*) FROM incidents GROUPBY sex",
            "EXPLAIN SELECT COUNT(*) FROM incidents",
            "WITH x AS (SELECT COUNT(*) FROM incidents) SELECT COUNT(*) FROM x",
            "SELECT COUNT(*) FROM incidents WHERE sex = $1",
            "SELECT COUNT(*) FROM \"incidents\"",
        ] {
            assert_eq!(parse(text), Err(Refusal::Syntax), "{text}");
        }
    }

    #[test]
    fn length_and_characters_are_checked_before_parsing() {
        assert_eq!(parse(&"(".repeat(MOST_BYTES + 1)), Err(Refusal::TooLong));
        assert_eq!(parse(&"(".repeat(MOST_BYTES)), Err(Refusal::Syntax));
        // A Cyrillic letter, a full-width sign, a soft hyphen, a null.
        for odd in ["С", "＝", "\u{ad}", "\0", "\u{b}", "\u{7f}"] {
            let text = format!("SELECT COUNT(*) FROM incidents{odd}");
            assert_eq!(parse(&text), Err(Refusal::Characters), "{odd:?}");
        }
    }
}
