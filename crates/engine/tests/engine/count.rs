//! Counting.

use safeground_engine::count::{Count, LayerKey, Wanted, count};
use safeground_schema::{PeriodKind, Table, Theme};
use serde_json::json;

use crate::fixture::{Rows, small_state};

fn layer(text: &str) -> LayerKey {
    match text.strip_prefix("h3_r") {
        Some(resolution) => LayerKey::H3(resolution.parse().unwrap()),
        None => LayerKey::Place(text.parse().unwrap()),
    }
}

fn wanted(layers: &[(&str, PeriodKind)]) -> Wanted {
    Wanted {
        exact: layers.iter().map(|(l, kind)| (layer(l), *kind)).collect(),
        ..Wanted::default()
    }
}

async fn run(rows: &Rows, layers: &[(&str, PeriodKind)]) -> Count {
    count(&rows.session(), |_| wanted(layers)).await.unwrap()
}

/// Amounts, events and partners of one unit.
fn at(count: &Count, layer_name: &str, unit: &str, theme: Theme, period: &str) -> (u64, u64, u64) {
    let exact = count.exact.as_ref().unwrap();
    for pair in &exact.frame().pairs {
        if pair.units.key.to_string() != layer_name {
            continue;
        }
        if let Some(slot) = pair.periods.iter().position(|p| p.to_string() == period) {
            let unit = pair.units.ids.iter().position(|id| id == unit).unwrap();
            let block = exact.block(&theme, pair, slot).unwrap();
            return (
                block.amounts[unit],
                block.events[unit],
                block.partners[unit],
            );
        }
    }
    panic!("no {layer_name} {period}");
}

fn incident(
    village: u32,
    date: &str,
    child: Option<&str>,
    event: &str,
    partner: &str,
) -> serde_json::Value {
    json!({"place_id": format!("village:{village}"), "date": date, "child_key": child,
           "incident_key": event, "partner": partner, "category": "child_labour",
           "detection_mode": "raid", "children": 1})
}

#[tokio::test]
async fn a_child_seen_twice_in_a_district_is_one_child_there() {
    let mut rows = small_state();
    rows.add(
        Table::Incidents,
        incident(0, "2021-02-03", Some("a"), "e1", "p1"),
    );
    rows.add(
        Table::Incidents,
        incident(1, "2021-03-03", Some("a"), "e2", "p1"),
    );
    rows.add(
        Table::Incidents,
        incident(1, "2021-03-03", Some("b"), "e2", "p2"),
    );
    rows.add(
        Table::Incidents,
        incident(2, "2021-05-03", None, "e3", "p2"),
    );
    let kind = PeriodKind::Year;
    let count = run(
        &rows,
        &[("village", kind), ("district", kind), ("state", kind)],
    )
    .await;
    let labour = || Theme::ChildLabour;
    assert_eq!(
        at(&count, "village", "village:0", labour(), "2021"),
        (1, 1, 1)
    );
    assert_eq!(
        at(&count, "village", "village:1", labour(), "2021"),
        (2, 1, 2)
    );
    assert_eq!(
        at(&count, "district", "district:0", labour(), "2021"),
        (3, 3, 2)
    );
    assert_eq!(
        at(&count, "district", "district:1", labour(), "2021"),
        (0, 0, 0)
    );
    assert_eq!(at(&count, "state", "state:1", labour(), "2021"), (3, 3, 2));
    assert_eq!(
        at(&count, "state", "state:1", Theme::Missing, "2021"),
        (0, 0, 0)
    );
}

#[tokio::test]
async fn one_pass_counts_quarters_and_years_alike() {
    let mut rows = small_state();
    for (date, child) in [
        ("2021-02-03", "a"),
        ("2021-05-03", "a"),
        ("2022-01-01", "a"),
    ] {
        rows.add(Table::Incidents, incident(4, date, Some(child), date, "p1"));
    }
    let count = run(
        &rows,
        &[
            ("district", PeriodKind::Quarter),
            ("district", PeriodKind::Year),
        ],
    )
    .await;
    let labour = || Theme::ChildLabour;
    assert_eq!(
        at(&count, "district", "district:1", labour(), "2021-Q1").0,
        1
    );
    assert_eq!(
        at(&count, "district", "district:1", labour(), "2021-Q2").0,
        1
    );
    assert_eq!(
        at(&count, "district", "district:1", labour(), "2021-Q3").0,
        0
    );
    assert_eq!(
        at(&count, "district", "district:1", labour(), "2021"),
        (1, 2, 1)
    );
    assert_eq!(
        at(&count, "district", "district:1", labour(), "2022"),
        (1, 1, 1)
    );
}

#[tokio::test]
async fn cells_cover_the_territory_and_hold_its_children() {
    let mut rows = small_state();
    rows.add(
        Table::Incidents,
        incident(4, "2021-02-03", Some("a"), "e", "p"),
    );
    // Known only by its block: it has no cell.
    rows.add(
        Table::Incidents,
        json!({"place_id": "block:2", "date": "2021-02-03", "child_key": "b", "incident_key": "f",
               "category": "child_labour", "detection_mode": "raid", "children": 1}),
    );
    let count = run(
        &rows,
        &[("h3_r5", PeriodKind::Year), ("block", PeriodKind::Year)],
    )
    .await;
    let exact = count.exact.as_ref().unwrap();
    let pair = exact
        .frame()
        .pair(&layer("h3_r5"), PeriodKind::Year)
        .unwrap();
    assert!(pair.units.len() > 80, "{}", pair.units.len());
    let children: f64 = pair.units.children.iter().flatten().sum();
    assert!((children - (8.0 * 1_000.0 + 28.0 * 100.0)).abs() < 1e-9);
    let block = exact.block(&Theme::ChildLabour, pair, 0).unwrap();
    assert_eq!(block.amounts.iter().sum::<u64>(), 1);
    assert_eq!(
        at(&count, "block", "block:2", Theme::ChildLabour, "2021").0,
        2
    );
}

#[tokio::test]
async fn observation_follows_effort_and_not_what_was_found() {
    let mut rows = small_state();
    rows.add(
        Table::Incidents,
        incident(4, "2021-02-03", Some("a"), "e", "p"),
    );
    rows.add(
        Table::Incidents,
        incident(4, "2022-02-03", Some("a"), "e2", "p"),
    );
    rows.add(
        Table::Effort,
        json!({"date": "2021-04-01", "place_id": "block:0", "channel": "outreach", "staff_days": 3.0}),
    );
    let count = run(
        &rows,
        &[
            ("village", PeriodKind::Year),
            ("district", PeriodKind::Year),
        ],
    )
    .await;
    let exact = count.exact.as_ref().unwrap();
    assert!(exact.effort_is_known());
    let observed = |name: &str, slot| {
        let pair = exact.frame().pair(&layer(name), PeriodKind::Year).unwrap();
        exact
            .block(&Theme::ChildLabour, pair, slot)
            .unwrap()
            .observed
    };
    assert_eq!(
        observed("village", 0),
        [true, true, false, false, false, false, false, false]
    );
    assert_eq!(observed("district", 0), [true, false]);
    assert_eq!(observed("district", 1), [false, false]);
}

#[tokio::test]
async fn the_gap_is_counted_against_those_eligible() {
    let mut rows = small_state();
    for (village, eligible, enrolled) in [(0, 50, 20), (0, 30, 35), (1, 10, 10)] {
        rows.add(
            Table::WelfareEnrolments,
            json!({"date": "2021-04-01", "place_id": format!("village:{village}"), "scheme": "school",
                   "eligible": eligible, "enrolled": enrolled, "partner": "p"}),
        );
    }
    let count = run(&rows, &[("district", PeriodKind::Year)]).await;
    let exact = count.exact.as_ref().unwrap();
    assert_eq!(exact.themes(), [Theme::WelfareGap]);
    let pair = &exact.frame().pairs[0];
    let block = exact.block(&Theme::WelfareGap, pair, 0).unwrap();
    assert_eq!((block.amounts[0], block.among.unwrap()[0]), (30, 90));
}

#[tokio::test]
async fn rows_that_no_layer_can_hold_are_reported() {
    let mut rows = small_state();
    rows.add(
        Table::Incidents,
        incident(99, "2021-02-03", Some("a"), "e", "p"),
    );
    rows.add(
        Table::Incidents,
        json!({"date": "2021-02-03", "category": "missing", "detection_mode": "reported", "children": 2}),
    );
    let count = run(&rows, &[("district", PeriodKind::Year)]).await;
    let left_out: Vec<_> = count.left_out.into_iter().collect();
    assert_eq!(
        left_out,
        [
            ((Table::Incidents, "neither place nor H3 cell"), 1),
            (
                (
                    Table::Incidents,
                    "place not in the lake: counted in cells alone, if it has one"
                ),
                1
            ),
        ]
    );
}

#[tokio::test]
async fn indicators_keep_their_own_layer_and_period() {
    let mut rows = small_state();
    for (place, value) in [("district:0", Some(41.2)), ("district:1", None)] {
        rows.add(
            Table::Indicators,
            json!({"place_id": place, "indicator": "cm_nfhs5", "period": "2019/2021",
                   "value": value, "unit": "percent", "standard_error": 2.5}),
        );
    }
    let count = run(&rows, &[("district", PeriodKind::Year)]).await;
    assert!(count.exact.is_none());
    let [block] = &count.indicators[..] else {
        panic!("one block")
    };
    assert_eq!(block.layer.to_string(), "district");
    assert_eq!(block.period.to_string(), "2019/2021");
    assert_eq!(block.figures.len(), 1);
}

#[tokio::test]
async fn an_event_known_by_its_cell_counts_in_the_block_around_it() {
    let mut rows = small_state();
    let cell = |lat, lng| {
        let cell = h3o::LatLng::new(lat, lng)
            .unwrap()
            .to_cell(h3o::Resolution::Eight);
        u64::from(cell) as i64
    };
    for (n, h3) in [cell(25.7, 85.3), cell(25.7, 85.4), cell(40.0, 85.0)]
        .into_iter()
        .enumerate()
    {
        rows.add(
            Table::Incidents,
            json!({"h3": h3, "date": "2021-02-03", "category": "missing", "partner": "p",
                   "incident_key": format!("e{n}"), "detection_mode": "reported", "children": 2}),
        );
    }
    let kind = PeriodKind::Year;
    let count = run(
        &rows,
        &[
            ("village", kind),
            ("block", kind),
            ("state", kind),
            ("h3_r5", kind),
        ],
    )
    .await;
    assert_eq!(
        at(&count, "block", "block:3", Theme::Missing, "2021"),
        (4, 2, 1)
    );
    assert_eq!(
        at(&count, "block", "block:2", Theme::Missing, "2021"),
        (0, 0, 0)
    );
    assert_eq!(
        at(&count, "state", "state:1", Theme::Missing, "2021"),
        (4, 2, 1)
    );
    let left_out: Vec<_> = count.left_out.values().collect();
    assert_eq!(left_out, [&1], "the one in another country");
}
