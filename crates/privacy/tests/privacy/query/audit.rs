//! Attack 17: what ε the answers betray on neighbouring rows, and whether the
//! noise, the errors and the intervals are what they say.

use safeground_privacy::query::Table;
use statrs::distribution::{Beta, ContinuousCDF};

use super::world::{self, Desk, Row};

const DISTRICTS: usize = 20_000;
const RUNS: usize = 5;

/// One-sided level of each bound; both hold with 99.9 %.
const ALPHA: f64 = 0.0005;

/// ln(lower bound of P(event | with) / upper bound of P(event | without)), by
/// Clopper and Pearson's exact intervals.
fn lower_bound_of_epsilon(with: usize, without: usize, n: usize) -> f64 {
    let n = n as f64;
    let low = match with as f64 {
        0.0 => 0.0,
        x => Beta::new(x, n - x + 1.0).unwrap().inverse_cdf(ALPHA),
    };
    let high = match without as f64 {
        x if x == n => 1.0,
        x => Beta::new(x + 1.0, n - x).unwrap().inverse_cdf(1.0 - ALPHA),
    };
    (low / high).ln()
}

/// The best bound over all events "value ≥ a".
fn audit(with: &[i64], without: &[i64]) -> f64 {
    (-3..12)
        .map(|a| {
            let hits = |of: &[i64]| of.iter().filter(|value| **value >= a).count();
            lower_bound_of_epsilon(hits(with), hits(without), with.len())
        })
        .fold(f64::NEG_INFINITY, f64::max)
}

/// Answers of 10⁵ worlds (districts, five seeds each) that hold one child's
/// rows or none.
fn answers(question: &str, table: impl Fn() -> Table, rows_of: usize, first: u64) -> Vec<i64> {
    let rows: Vec<Row> = world::numbered("district", DISTRICTS)
        .iter()
        .flat_map(|district| {
            (0..rows_of).map(move |at| {
                let name = format!("{district}-{at}");
                let mut row = world::row(district, &name, &[("district", district.as_str())]);
                row.number = Some(50);
                row
            })
        })
        .collect();
    let mut all = Vec::new();
    for run in 0..RUNS as u64 {
        let mut desk = Desk::new(table(), rows.clone(), "1", first + run);
        let answer = desk.ask(question, "1").unwrap();
        all.extend(answer.cells.iter().map(|cell| cell.value));
    }
    all
}

fn two_rows() -> Table {
    let mut table = world::table(DISTRICTS);
    table.rows_per_child = 2;
    table
}

#[test]
fn answers_betray_no_more_than_the_epsilon_asked_and_nearly_that() {
    let rows = "SELECT COUNT(*) FROM incidents GROUP BY district";
    let sum = "SELECT SUM(CLAMP(days_worked, 0, 2)) FROM incidents GROUP BY district";
    let children = "SELECT COUNT(DISTINCT child) FROM incidents GROUP BY district";
    let one_row = || world::table(DISTRICTS);
    for (what, bound) in [
        // A child with three rows where two count.
        (
            "rows",
            audit(
                &answers(rows, two_rows, 3, 1),
                &answers(rows, two_rows, 0, 11),
            ),
        ),
        // A number far above its clamp.
        (
            "sum",
            audit(&answers(sum, one_row, 1, 21), &answers(sum, one_row, 0, 31)),
        ),
        (
            "children",
            audit(
                &answers(children, two_rows, 2, 41),
                &answers(children, two_rows, 0, 51),
            ),
        ),
    ] {
        println!("audited lower bound on epsilon, {what}: {bound:.4}, claimed 1");
        assert!(bound <= 1.0, "{what}: {bound}");
        assert!(bound >= 0.85, "the audit is sharp, {what}: {bound}");
    }
}

#[test]
fn the_audit_catches_a_child_that_is_not_bounded() {
    // Noise for one row, a child with two: what a forgotten bound would do.
    let rows = "SELECT COUNT(*) FROM incidents GROUP BY district";
    let one_row = || world::table(DISTRICTS);
    let without = answers(rows, one_row, 0, 61);
    let unbounded: Vec<i64> = answers(rows, one_row, 0, 71)
        .iter()
        .map(|v| v + 2)
        .collect();
    assert!(audit(&unbounded, &without) > 1.5);
}

#[test]
fn errors_and_intervals_are_what_they_say() {
    let text = "SELECT COUNT(*) FROM incidents GROUP BY district";
    for (share, whole) in [("1", true), ("0.03", false)] {
        let mut desk = Desk::new(world::table(DISTRICTS), Vec::new(), "1", 81);
        // Hidden zeros: the interval would be cut there, so rows are added.
        let names = world::numbered("district", DISTRICTS);
        desk.rows = (0..200)
            .flat_map(|child| names[..40].iter().map(move |district| (child, district)))
            .map(|(child, district)| {
                let name = format!("{district}{child}");
                world::row(&name, &name, &[("district", district.as_str())])
            })
            .collect();
        let answer = desk.ask(text, share).unwrap();
        assert_eq!(answer.cells.len(), DISTRICTS, "empty groups answer too");
        assert_eq!(answer.rounded_to == 1, whole);
        let exact = |at: usize| if at < 40 { 200 } else { 0 };
        let n = DISTRICTS as f64;
        let error = |at: usize| (answer.cells[at].value - exact(at)) as f64;
        let mean = (0..DISTRICTS).map(error).sum::<f64>() / n;
        let spread = ((0..DISTRICTS).map(|at| error(at).powi(2)).sum::<f64>() / n).sqrt();
        // Five standard errors; the kurtosis of Laplace noise is about 6.
        assert!(
            mean.abs() <= 5.0 * answer.standard_error / n.sqrt(),
            "{mean}"
        );
        assert!((spread / answer.standard_error - 1.0).abs() <= 5.0 * (5.0 / (4.0 * n)).sqrt());
        let inside = (0..DISTRICTS).filter(|at| {
            let cell = &answer.cells[*at];
            // Cut at zero, [0, 0] still holds an exact zero.
            (cell.low..=cell.high).contains(&exact(*at))
        });
        let covered = inside.count() as f64 / n;
        println!("share {share}: covered {covered:.4}, spread {spread:.2}");
        assert!(covered >= answer.confidence - 0.005, "{covered}");
        assert!(
            answer
                .cells
                .iter()
                .all(|cell| cell.low >= 0 && cell.low <= cell.high)
        );
        assert!(
            answer
                .cells
                .iter()
                .all(|cell| cell.value % answer.rounded_to == 0)
        );
    }
}
