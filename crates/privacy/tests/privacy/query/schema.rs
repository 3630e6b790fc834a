//! What a schema may offer, and sexual abuse at wide levels only.

use std::collections::BTreeMap;

use safeground_privacy::query::{
    Calendar, Column, QueryPlan, Refusal, Schema, SchemaError, SexualAbuse, Table,
};
use safeground_privacy::{CalendarPeriod, Policy};

use super::world;

fn offer(change: impl FnOnce(&mut Table)) -> Result<Schema, SchemaError> {
    let mut table = world::table(4);
    change(&mut table);
    let tables = vec![("incidents".to_owned(), table)];
    Schema::new(world::ACCOUNT, tables, &Policy::default().research)
}

fn with(name: &str, column: Column) -> Result<Schema, SchemaError> {
    offer(|table| {
        table.columns.insert(name.to_owned(), column);
    })
}

fn place(level: &str) -> Column {
    Column::Place {
        level: level.into(),
        keys: world::numbered(level, 3),
    }
}

fn cell(resolution: u8) -> Column {
    Column::Cell {
        resolution,
        keys: world::numbered("cell", 3),
    }
}

#[test]
fn nothing_finer_than_the_research_policy_is_offered() {
    assert!(with("block", place("block")).is_ok());
    assert!(with("cell", cell(5)).is_ok());
    for refused in [
        with("village", place("village")),
        with("habitation", place("habitation")),
        with("cell", cell(6)),
        with("cell", cell(8)),
    ] {
        assert!(
            matches!(refused, Err(SchemaError::TooFine { .. })),
            "{refused:?}"
        );
    }
    // Answers carry noise, so quarters are offered though tables are yearly.
    assert_eq!(Policy::default().research.period, CalendarPeriod::Year);
    let tables = vec![("incidents".to_owned(), world::table(4))];
    assert!(Schema::new(world::ACCOUNT, tables, &Policy::default().research).is_ok());
}

#[test]
fn no_key_of_a_child_or_word_of_the_grammar_can_be_a_column() {
    for name in [
        "child_key",
        "incident_key",
        "child",
        "period",
        "select",
        "Sex",
        "",
        "a b",
        "1a",
    ] {
        let refused = with(name, cell(5));
        assert_eq!(refused, Err(SchemaError::Name(name.into())), "{name}");
    }
}

#[test]
fn lists_and_ranges_that_noise_cannot_cover_are_refused() {
    for keys in [
        vec![],
        vec!["b".to_owned(), "a".to_owned()],
        vec!["a".to_owned(), "a".to_owned()],
        vec!["it's".to_owned()],
        vec!["दिल्ली".to_owned()],
        vec!["a".repeat(81)],
    ] {
        let refused = with("code", Column::Category { keys });
        assert!(
            matches!(refused, Err(SchemaError::Keys { .. })),
            "{refused:?}"
        );
    }
    for (lowest, highest) in [(0, 0), (5, 4), (0, 1001), (-1001, 0), (i64::MIN, i64::MAX)] {
        let refused = with("amount", Column::Number { lowest, highest });
        assert!(
            matches!(refused, Err(SchemaError::Range { .. })),
            "{lowest} {highest}"
        );
    }
    for bound in [0, 1001] {
        let refused = offer(|table| table.rows_per_child = bound);
        assert!(matches!(refused, Err(SchemaError::Bound { .. })));
        let refused = offer(|table| table.groups_per_child = bound);
        assert!(matches!(refused, Err(SchemaError::Bound { .. })));
    }
    let refused = offer(|table| {
        table.sexual_abuse = SexualAbuse::Keys {
            column: "category".into(),
            keys: vec!["abuse".into()],
        };
    });
    assert!(matches!(refused, Err(SchemaError::SexualAbuse { .. })));
    let twice = ["incidents"; 2].map(|name| (name.to_owned(), world::table(4)));
    let refused = Schema::new(world::ACCOUNT, twice.into(), &Policy::default().research);
    assert_eq!(refused, Err(SchemaError::Twice("incidents".into())));
    assert!(Calendar::new(CalendarPeriod::Quarter, "2024", "2025").is_err());
}

#[test]
fn sexual_abuse_is_not_answered_below_its_level() {
    let schema = offer(|table| {
        table.columns.insert("block".into(), place("block"));
        table.columns.insert("cell".into(), cell(5));
    })
    .unwrap();
    let asked = |rest: &str| {
        let text = format!("SELECT COUNT(*) FROM incidents {rest}");
        QueryPlan::parse(&text, &schema).map(|_| ())
    };
    for rest in [
        "GROUP BY block",
        "WHERE block = 'block:00001'",
        "GROUP BY cell",
        "GROUP BY block, category",
        "WHERE category = 'sexual_abuse' GROUP BY block",
        "WHERE category IN ('missing', 'sexual_abuse') AND cell = 'cell:00001'",
    ] {
        assert_eq!(asked(rest), Err(Refusal::TooFine), "{rest}");
    }
    for rest in [
        "WHERE category = 'sexual_abuse' GROUP BY district",
        "WHERE category IN ('missing', 'trafficking') GROUP BY block",
        "WHERE category = 'missing' GROUP BY cell, category",
    ] {
        assert_eq!(asked(rest), Ok(()), "{rest}");
    }
    let throughout = |column: Column| {
        offer(|table| {
            table.sexual_abuse = SexualAbuse::Throughout;
            table.columns = BTreeMap::from([("place".to_owned(), column)]);
        })
    };
    assert!(throughout(place("district")).is_ok());
    assert!(throughout(place("block")).is_err());
    assert!(throughout(cell(3)).is_err());
}
