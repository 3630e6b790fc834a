//! The document: its JSON and what it refuses.

use safeground_handover::PlanDocument;
use safeground_handover::document::{FaultKind, Figure, Source};

use crate::sample::{day, plan};

#[test]
fn a_document_survives_its_json() {
    let plan = plan();
    plan.check().unwrap();
    let json = serde_json::to_string(&plan).unwrap();
    let back: PlanDocument = serde_json::from_str(&json).unwrap();
    assert_eq!(back, plan);
}

#[test]
fn the_json_names_kinds_and_dates_as_documented() {
    let json = serde_json::to_value(plan()).unwrap();
    assert_eq!(json["schema_version"], 1);
    assert_eq!(json["audience"], "planning");
    assert_eq!(json["asked"]["objective"]["kind"], "maximum_coverage");
    assert_eq!(json["villages"][0]["last_visit"], "2025-11");
    assert_eq!(json["villages"][2]["role"]["kind"], "explored");
    assert_eq!(json["villages"][1]["population"]["status"], "no_data");
    assert_eq!(json["routes"][0]["date"], "2026-12-03");
    assert_eq!(json["unscheduled"][0]["remedies"][0]["key"], "raise_km");
}

#[test]
fn a_key_that_is_not_known_is_refused() {
    let mut json = serde_json::to_value(plan()).unwrap();
    json["villages"][0]["child"] = "a name".into();
    assert!(serde_json::from_value::<PlanDocument>(json).is_err());
}

#[test]
fn a_protected_zero_is_refused_and_a_published_one_is_not() {
    let mut plan = plan();
    plan.villages[0].scores[0].figure = Figure::exact(0.0);
    let faults = plan.check().unwrap_err();
    assert_eq!(faults.len(), 1);
    assert_eq!(faults[0].kind, FaultKind::ProtectedZero);
    assert_eq!(faults[0].place, "villages[0].scores[0]");
    plan.villages[0].scores[0].source = Source::Published;
    plan.villages[0].scores[0].observations = None;
    plan.check().unwrap();
}

#[test]
fn every_fault_is_found_at_its_place() {
    type Spoil = fn(&mut PlanDocument);
    let cases: [(&str, Spoil); 13] = [
        ("schema_version", |plan| plan.schema_version = 2),
        ("plan_id", |plan| plan.plan_id = "../x".to_owned()),
        ("title", |plan| plan.title = " ".to_owned()),
        ("asked.from", |plan| {
            plan.asked.until = day(1).pred_opt().unwrap()
        }),
        ("asked.teams[1].id", |plan| {
            plan.asked.teams[1].id = "team-1".to_owned();
        }),
        ("villages[1].place_id", |plan| {
            plan.villages[1].place_id = "village:248213".to_owned();
        }),
        ("villages[0].position", |plan| {
            plan.villages[0].position.latitude = 95.0;
        }),
        ("villages[0].population", |plan| {
            plan.villages[0].population = Figure::exact(-3.0);
        }),
        ("left_out[0].place_id", |plan| {
            plan.left_out[0].place_id = "village:248213".to_owned();
        }),
        ("routes[0].date", |plan| plan.routes[0].date = day(9)),
        ("routes[0].visits[1]", |plan| {
            plan.routes[0].visits[1].place_id = "village:9".to_owned();
        }),
        ("unscheduled[0].place_id", |plan| {
            plan.unscheduled[0].place_id = "village:9".to_owned();
        }),
        ("blackouts[0].from", |plan| plan.blackouts[0].from = day(20)),
    ];
    for (place, spoil) in cases {
        let mut plan = plan();
        spoil(&mut plan);
        let faults = plan.check().unwrap_err();
        let found = faults.iter().any(|fault| fault.place == place);
        assert!(found, "{place}: {faults:?}");
    }
}

#[test]
fn identifiers_of_places_of_a_vintage_are_taken() {
    let mut plan = plan();
    plan.left_out[0].place_id = "village@2011:802745".to_owned();
    plan.check().unwrap();
    plan.left_out[0].place_id = "@2011".to_owned();
    assert!(plan.check().is_err());
}
