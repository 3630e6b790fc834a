//! The bounded figures of a run against a count in plain loops, and against
//! what one child may change.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::ledger::{Ledger, Reservation};
use crate::noise::NoiseSeed;
use crate::{CalendarPeriod, Policy};

/// A row of the small world: child, row, year, quarter, sex, district, number.
#[derive(Debug, Clone)]
struct Row {
    child: String,
    row: String,
    year: i32,
    quarter: u8,
    sex: Option<&'static str>,
    district: Option<&'static str>,
    number: Option<i64>,
}

const SEXES: [Option<&str>; 4] = [Some("f"), Some("m"), Some("?"), None];
const DISTRICTS: [Option<&str>; 4] = [Some("d:1"), Some("d:2"), Some("d:3"), None];

fn any_rows() -> impl Strategy<Value = Vec<Row>> {
    let one = (
        0u8..5,
        0u8..12,
        0i32..4,
        1u8..5,
        0usize..4,
        0usize..4,
        -9i64..20,
    );
    let row = one.prop_map(|(child, row, year, quarter, sex, district, number)| Row {
        child: if child == 0 {
            String::new()
        } else {
            format!("c{child}")
        },
        row: format!("r{row}"),
        year: 2022 + year,
        quarter,
        sex: SEXES[sex],
        district: DISTRICTS[district],
        number: (number < 15).then_some(number),
    });
    prop::collection::vec(row, 0..40)
}

fn schema(rows_per_child: u32, groups_per_child: u32) -> Schema {
    let list = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect();
    let district = Column::Place {
        level: "district".into(),
        keys: list(&["d:1", "d:2", "d:3"]),
    };
    let number = Column::Number {
        lowest: -5,
        highest: 10,
    };
    let sex = Column::Category {
        keys: list(&["f", "m"]),
    };
    let columns = [("sex", sex), ("district", district), ("days", number)];
    let table = Table {
        calendar: Calendar::new(CalendarPeriod::Quarter, "2023-Q1", "2024-Q4").unwrap(),
        rows_per_child,
        groups_per_child,
        columns: columns
            .map(|(name, column)| (name.to_owned(), column))
            .into(),
        sexual_abuse: SexualAbuse::Absent,
    };
    let tables = vec![("rescues".to_owned(), table)];
    Schema::new("lake", tables, &Policy::default().research).unwrap()
}

/// Exact bounded figures: the run without its last step.
fn figures(text: &str, schema: &Schema, rows: &[Row]) -> Vec<i64> {
    let seed = NoiseSeed::from_bytes(std::array::from_fn(|at| at as u8)).unwrap();
    let context = QueryContext {
        data_version: "v1".into(),
        policy: "p".into(),
    };
    let policy = QueryPolicy::default();
    let plan = QueryPlan::parse(text, schema).unwrap();
    let epsilon = policy.most_epsilon;
    let priced = plan.price(epsilon, &context, &policy, &seed).unwrap();
    let mut ledger = Ledger::default();
    for year in [2023, 2024] {
        let proposal = policy.open(&ledger, "lake", year).unwrap();
        ledger.accept(proposal).unwrap();
    }
    let Reservation::New(proposal) = priced.reserve(&ledger).unwrap() else {
        panic!("the ledger is new");
    };
    let charge = ledger.accept(proposal).unwrap().unwrap();
    let mut tally = priced.start(&charge, &seed).unwrap();
    for row in rows {
        let keys: Vec<Option<&str>> = priced
            .plan()
            .columns()
            .iter()
            .map(|column| match column.name.as_str() {
                "sex" => row.sex,
                _ => row.district,
            })
            .collect();
        let row = QueryRow {
            child: &row.child,
            row: &row.row,
            year: row.year,
            month: 3 * row.quarter - 1,
            keys: &keys,
            number: row.number,
        };
        tally.push(&row).unwrap();
    }
    tally.exact()
}

/// Rows by (sex, district) of the whole calendar, in plain loops.
fn naive(rows: &[Row], figure: impl Fn(&[&Row]) -> i64) -> Vec<i64> {
    let mut figures = Vec::new();
    for sex in &SEXES[..2] {
        for district in &DISTRICTS[..3] {
            let here: Vec<&Row> = rows
                .iter()
                .filter(|row| row.sex == *sex && row.district == *district)
                .filter(|row| (2023..=2024).contains(&row.year) && !row.child.is_empty())
                .collect();
            figures.push(figure(&here));
        }
    }
    figures
}

/// Names every row apart: of rows with one name only one counts.
fn apart(rows: Vec<Row>) -> Vec<Row> {
    let named = |(at, row): (usize, Row)| Row {
        row: format!("r{at}"),
        ..row
    };
    rows.into_iter().enumerate().map(named).collect()
}

const QUESTIONS: [&str; 5] = [
    "SELECT COUNT(*) FROM rescues GROUP BY district, sex",
    "SELECT COUNT(DISTINCT child) FROM rescues GROUP BY district, sex",
    "SELECT SUM(CLAMP(days, -2, 7)) FROM rescues GROUP BY sex, district",
    "SELECT COUNT(DISTINCT child) FROM rescues WHERE sex = 'f'",
    "SELECT COUNT(*) FROM rescues WHERE period >= '2023-Q3' GROUP BY period, sex",
];

proptest! {
    #[test]
    fn wide_bounds_give_the_plain_count(rows in any_rows()) {
        let rows = apart(rows);
        let schema = schema(100, 100);
        // Columns by name: district changes slowest.
        let transposed = |by_sex: Vec<i64>| -> Vec<i64> {
            (0..3).flat_map(|d| [by_sex[d], by_sex[3 + d]]).collect()
        };
        let count = naive(&rows, |here| here.len() as i64);
        prop_assert_eq!(figures(QUESTIONS[0], &schema, &rows), transposed(count));
        let children = naive(&rows, |here| {
            here.iter().map(|row| &row.child).collect::<BTreeSet<_>>().len() as i64
        });
        prop_assert_eq!(figures(QUESTIONS[1], &schema, &rows), transposed(children));
        let sum = naive(&rows, |here| {
            here.iter().filter_map(|row| row.number).map(|n| n.clamp(-2, 7)).sum()
        });
        prop_assert_eq!(figures(QUESTIONS[2], &schema, &rows), transposed(sum));
    }

    #[test]
    fn a_child_and_year_changes_no_answer_by_more_than_the_sensitivity(
        rows in any_rows(), rows_per_child in 1u32..4, groups_per_child in 1u32..4,
    ) {
        let schema = schema(rows_per_child, groups_per_child);
        for text in QUESTIONS {
            let with = figures(text, &schema, &rows);
            let plan = QueryPlan::parse(text, &schema).unwrap();
            for (child, year) in [("c1", 2023), ("c1", 2024), ("c4", 2023)] {
                let others: Vec<Row> = rows
                    .iter()
                    .filter(|row| row.child != child || row.year != year)
                    .cloned()
                    .collect();
                let without = figures(text, &schema, &others);
                let change: u64 = with.iter().zip(&without).map(|(a, b)| a.abs_diff(*b)).sum();
                prop_assert!(change <= u64::from(plan.sensitivity()), "{}: {}", text, change);
            }
        }
    }

    #[test]
    fn the_order_and_repetition_of_rows_do_not_matter(
        rows in any_rows(), bound in 1u32..4, repeats in 1usize..12,
    ) {
        let schema = schema(bound, bound);
        let mut many: Vec<Row> = rows.iter().rev().cloned().collect();
        // Enough repeats make the run bound a child's rows under way.
        for _ in 0..repeats {
            many.extend(rows.iter().cloned());
        }
        for text in QUESTIONS {
            prop_assert_eq!(figures(text, &schema, &rows), figures(text, &schema, &many));
        }
    }
}

#[test]
fn without_bounds_a_child_with_many_rows_would_show() {
    let row = |at: usize| Row {
        child: "c1".into(),
        row: format!("r{at}"),
        year: 2023,
        quarter: 1,
        sex: Some("f"),
        district: Some("d:1"),
        number: None,
    };
    let rows: Vec<Row> = (0..90).map(row).collect();
    assert_eq!(figures(QUESTIONS[0], &schema(100, 1), &rows)[0], 90);
    assert_eq!(figures(QUESTIONS[0], &schema(2, 1), &rows)[0], 2);
    assert_eq!(figures(QUESTIONS[1], &schema(2, 1), &rows)[0], 1);
}

#[test]
fn which_rows_stay_is_even() {
    // One child's two sexes, over many children: neither is favoured.
    let row = |child: usize, sex: &'static str| Row {
        child: format!("c{child}"),
        row: format!("r{child}{sex}"),
        year: 2023,
        quarter: 1,
        sex: Some(sex),
        district: Some("d:1"),
        number: None,
    };
    let rows: Vec<Row> = (0..2000).flat_map(|c| [row(c, "f"), row(c, "m")]).collect();
    for text in [QUESTIONS[0], QUESTIONS[1]] {
        let figures = figures(text, &schema(1, 1), &rows);
        assert_eq!(figures.iter().sum::<i64>(), 2000);
        // Five standard deviations of a binomial are 112.
        assert!((figures[0] - 1000).abs() < 112, "{figures:?}");
    }
}

#[test]
fn years_are_bounded_each_for_itself_and_a_child_in_both_is_one() {
    let row = |year: i32, district: &'static str| Row {
        child: "c1".into(),
        row: format!("{year}{district}"),
        year,
        quarter: 2,
        sex: Some("f"),
        district: Some(district),
        number: None,
    };
    let rows = [row(2023, "d:1"), row(2024, "d:1")];
    let schema = schema(1, 1);
    let total = |text: &str| figures(text, &schema, &rows).iter().sum::<i64>();
    assert_eq!(total(QUESTIONS[0]), 2);
    assert_eq!(total(QUESTIONS[1]), 1);
    let years: BTreeMap<i32, i64> = [2023, 2024]
        .into_iter()
        .map(|year| {
            let text = format!("SELECT COUNT(*) FROM rescues WHERE period = '{year}'");
            (year, total(&text))
        })
        .collect();
    assert_eq!(years, BTreeMap::from([(2023, 1), (2024, 1)]));
}
