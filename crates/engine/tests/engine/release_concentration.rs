//! Counts that are large enough and tell too much by how they are made up.

use safeground_engine::release::{ReleaseSummary, run_on};
use safeground_privacy::Audience;
use safeground_schema::Table;
use serde_json::json;

use crate::fixture::{Rows, small_state, vault};
use crate::release::{input, release_under, request, scores, texts, whole};

/// Cases of one kind in a village in 2021, each with its partner and event.
fn cases(
    rows: &mut Rows,
    village: usize,
    category: &str,
    children: usize,
    source: impl Fn(usize) -> (String, String),
) {
    for child in 0..children {
        let (partner, event) = source(child);
        rows.add(
            Table::Incidents,
            json!({"place_id": format!("village:{village}"), "date": "2021-05-17",
                   "child_key": format!("{category}-{village}-{child}"),
                   "incident_key": format!("{category}-{village}-{event}"), "partner": partner,
                   "category": category, "detection_mode": "raid", "children": 1}),
        );
    }
}

/// Three partners in turn, every child an event of its own.
fn in_turn(child: usize) -> (String, String) {
    (format!("p{}", child % 3), child.to_string())
}

/// Every block of the state with enough of three kinds of harm.
fn mixed_state() -> Rows {
    let mut rows = small_state();
    for village in [2, 4, 6] {
        for category in ["child_marriage", "child_labour", "trafficking"] {
            cases(&mut rows, village, category, 90 + 5 * village, in_turn);
        }
    }
    rows
}

/// What an audience is told of a theme in block 0: least and largest count.
async fn told_of_block_0(rows: &Rows, audience: Audience, theme: &str) -> Vec<Option<i64>> {
    let folder = tempfile::tempdir().unwrap();
    let _: Vec<ReleaseSummary> = release_under(&vault(), rows, folder.path(), 2).await;
    let batch = scores(folder.path(), audience);
    let keys = ["layer", "unit_id", "theme", "period"].map(|name| texts(&batch, name));
    let wanted = ["block", "block:0", theme, "2021"];
    let row = (0..batch.num_rows())
        .find(|row| {
            keys.iter()
                .zip(wanted)
                .all(|(column, key)| column[*row] == key)
        })
        .unwrap();
    ["count_low", "count_high"]
        .map(|name| whole(&batch, name)[row])
        .to_vec()
}

#[tokio::test]
async fn a_place_of_nearly_one_kind_of_harm_shows_none_and_a_mixed_one_does() {
    // Four other kinds are withheld in the block and may be 4 each: 400 of 432
    // are over 90 %, 100 of 132 are not.
    for (marriages, shown) in [(400, false), (100, true)] {
        let mut rows = mixed_state();
        cases(&mut rows, 0, "child_marriage", marriages, in_turn);
        cases(&mut rows, 0, "child_labour", 20, in_turn);
        let told = told_of_block_0(&rows, Audience::Research, "child_marriage").await;
        let exact = i64::try_from(marriages).ok();
        let expected = if shown { exact } else { None };
        assert_eq!(told[0], expected, "{marriages}");
        let banded = told_of_block_0(&rows, Audience::Planning, "child_marriage").await;
        assert_eq!(banded[0].is_some(), shown, "{marriages}");
    }
}

#[tokio::test]
async fn a_count_of_nearly_one_partner_or_event_is_withheld() {
    type Source = fn(usize) -> (String, String);
    let spread: Source = in_turn;
    let nearly_one_partner: Source = |child| {
        let partner = if child < 2 { child + 1 } else { 0 };
        (format!("p{partner}"), child.to_string())
    };
    let nearly_one_event: Source = |child| {
        let event = if child < 2 { child + 1 } else { 0 };
        (format!("p{}", child % 3), event.to_string())
    };
    let cases_of = [
        (spread, true),
        (nearly_one_partner, false),
        (nearly_one_event, false),
    ];
    for (number, (source, shown)) in cases_of.into_iter().enumerate() {
        let mut rows = mixed_state();
        cases(&mut rows, 0, "child_labour", 30, source);
        cases(&mut rows, 0, "child_marriage", 30, in_turn);
        let told = told_of_block_0(&rows, Audience::Research, "child_labour").await;
        assert_eq!(told[0].is_some(), shown, "{number}");
        let banded = told_of_block_0(&rows, Audience::Planning, "child_labour").await;
        assert_eq!(banded[0].is_some(), shown, "{number}");
    }
}

#[tokio::test]
async fn a_kind_of_harm_that_is_no_theme_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let mut request = request(folder.path(), 1);
    let named = &mut request.policy.concentration.sensitive_themes;
    named.push("welfare_gaps".to_owned());
    let error = run_on(&input(&mixed_state(), &vault()), &request)
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("sensitive_themes = welfare_gaps"), "{error}");
    assert!(error.contains("welfare_gap,"), "{error}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
