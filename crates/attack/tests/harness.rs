//! The harness itself: a planted leak is found, and nothing passes unproven.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use safeground_attack::world::{
    Answer, Block, BlockKey, Geography, Place, Release, Truth, Village, Web, World,
};
use safeground_attack::{
    Attack, Control, Finding, Outcome, Report, Verdict, attack_all, judge, registry,
};
use serde_json::json;

const THEME: &str = "missing";
const YEAR: &str = "2021";

/// A service that has nothing.
struct Nothing;

impl Web for Nothing {
    fn ask(&self, _: &str, _: &str, _: &[(&str, &str)]) -> anyhow::Result<Answer> {
        anyhow::bail!("nobody serves")
    }
}

fn key(layer: &str) -> BlockKey {
    (layer.to_owned(), THEME.to_owned(), YEAR.to_owned())
}

/// Exact counts of a district, its blocks and their villages.
fn exact() -> BTreeMap<&'static str, Vec<(&'static str, u64)>> {
    BTreeMap::from([
        ("district", vec![("district:1", 57)]),
        (
            "block",
            vec![("block:1", 20), ("block:2", 30), ("block:3", 7)],
        ),
        (
            "village",
            vec![("village:1", 20), ("village:2", 30), ("village:3", 7)],
        ),
    ])
}

/// A world in which planners see the counts that `shows` lets through.
fn world(population: u64, shows: impl Fn(&str, u64) -> bool) -> World {
    let village = |number: u32| Village {
        id: format!("village:{number}"),
        block: format!("block:{number}"),
        district: "district:1".into(),
        h3: "8844c0a305fffff".into(),
        latitude: 20.0,
        longitude: 80.0 + f64::from(number) / 100.0,
        population,
        children: 900.0,
    };
    let mut blocks = BTreeMap::new();
    let mut counts = BTreeMap::new();
    for (layer, units) in exact() {
        let number = |count: u64| {
            if shows(layer, count) {
                count as f64
            } else {
                f64::NAN
            }
        };
        let status = |count: u64| {
            if shows(layer, count) {
                "available"
            } else {
                "below_threshold"
            }
        };
        let block = Block {
            units: Arc::new(units.iter().map(|(unit, _)| (*unit).to_owned()).collect()),
            status: units
                .iter()
                .map(|(_, count)| status(*count).into())
                .collect(),
            class: units.iter().map(|_| "".into()).collect(),
            numbers: BTreeMap::from([(
                "count".to_owned(),
                units.iter().map(|(_, count)| number(*count)).collect(),
            )]),
        };
        blocks.insert(key(layer), block);
        let units = units
            .into_iter()
            .map(|(unit, count)| (unit.to_owned(), count));
        counts.insert(key(layer), units.collect());
    }
    let manifest = json!({
        "audience": "planning", "release_id": "0", "policy": { "k": 11 },
        "data_as_of": "2022-12-31",
    });
    let places: Vec<Place> = Vec::new();
    World {
        releases: BTreeMap::from([(
            "planning".to_owned(),
            Release::new(manifest, blocks, places),
        )]),
        web: Box::new(Nothing),
        printed: Vec::new(),
        geography: Arc::new(Geography::new((1..=3).map(village).collect())),
        truth: Arc::new(Truth {
            canaries: Vec::new(),
            records: Vec::new(),
            exact: counts,
            keyed: BTreeMap::new(),
            steward: BTreeMap::new(),
            identifiers: Vec::new(),
        }),
        program: PathBuf::new(),
        lake: PathBuf::new(),
        folder: PathBuf::new(),
        fast: true,
        served: None,
        twins: BTreeMap::new(),
    }
}

fn attack(number: u32) -> Box<dyn Attack> {
    let mut attacks = registry();
    attacks.retain(|attack| attack.number() == number);
    attacks.remove(0)
}

/// All that reaches the threshold: one block is left, and follows from the sum.
fn leaking() -> World {
    world(5_000, |layer, count| layer != "village" && count >= 11)
}

/// Two blocks are withheld, so that neither follows.
fn tight() -> World {
    world(5_000, |layer, count| {
        layer == "district" || (layer == "block" && count == 20)
    })
}

#[test]
fn a_count_that_follows_from_a_sum_is_found_and_one_that_does_not_is_not() {
    for number in [6, 8] {
        let found = attack(number).run(&leaking()).unwrap();
        assert_eq!(found.finding, Finding::Broken, "{number}: {found:?}");
        assert!(
            found.succeeded >= 1 && found.tried > 0,
            "{number}: {found:?}"
        );
        let held = attack(number).run(&tight()).unwrap();
        assert_eq!(held.finding, Finding::Held, "{number}: {held:?}");
        assert!(held.tried > 0, "{number}: {held:?}");
    }
}

#[test]
fn a_small_sum_of_several_withheld_places_is_found_over_all_depths() {
    // 57 in the district, 20 in a block, 30 in a village of another: 7 are left
    // for all that is withheld, which neither blocks nor villages alone tell.
    let mixed = |layer: &str, count| match layer {
        "block" => count == 20,
        "village" => count == 30,
        _ => true,
    };
    let found = attack(8).run(&world(5_000, mixed)).unwrap();
    assert_eq!(found.finding, Finding::Broken, "{found:?}");
    // Without the village, 37 are left.
    let large = |layer: &str, count| mixed(layer, count) && layer != "village";
    let held = attack(8).run(&world(5_000, large)).unwrap();
    assert_eq!(held.finding, Finding::Held, "{held:?}");
}

#[test]
fn a_control_of_two_parts_works_only_if_both_do() {
    let held = || Outcome::none_allowed(9, 0, "");
    let broken = || Outcome::none_allowed(9, 2, "");
    assert_eq!(held().both(broken()).finding, Finding::Held);
    assert_eq!(broken().both(held()).finding, Finding::Held);
    assert_eq!(broken().both(broken()).finding, Finding::Broken);
    assert_eq!(broken().both(Outcome::none_allowed(0, 2, "")).tried, 0);
}

#[test]
fn a_remainder_is_found_by_set_complement() {
    let lines = attack_all(&[attack(1)], &leaking(), &leaking(), |_| ());
    let outcome = lines[0].on_release.as_ref().unwrap();
    assert!(outcome.succeeded >= 1, "{outcome:?}");
}

#[test]
fn a_small_village_that_stands_in_the_open_is_found() {
    let open = |layer: &str, _| layer == "village";
    assert_eq!(
        attack(15).run(&world(600, open)).unwrap().finding,
        Finding::Broken
    );
    assert_eq!(attack(15).run(&world(5_000, open)).unwrap().succeeded, 0);
    let hidden = attack(15).run(&world(600, |_, _| false)).unwrap();
    assert_eq!((hidden.finding, hidden.tried > 0), (Finding::Held, true));
}

#[test]
fn a_small_count_that_is_shown_is_backed_out_and_a_large_one_is_not() {
    let small = attack(7).run(&world(5_000, |_, _| true)).unwrap();
    assert_eq!(small.succeeded, 2, "{small:?}");
    let large = attack(7)
        .run(&world(5_000, |_, count| count >= 11))
        .unwrap();
    assert_eq!(large.finding, Finding::Held);
}

#[test]
fn a_verdict_is_a_pass_only_for_an_attack_that_worked_and_was_tried() {
    let broken = Outcome::none_allowed(9, 9, "");
    let held = Outcome::none_allowed(9, 0, "");
    let untried = Outcome::none_allowed(0, 0, "");
    assert_eq!(judge(Some(&broken), &held), Verdict::Passed);
    assert_eq!(judge(Some(&broken), &broken), Verdict::Failed);
    assert_eq!(judge(Some(&broken), &untried), Verdict::NothingTried);
    assert_eq!(judge(Some(&held), &held), Verdict::AttackDoesNotWork);
    assert_eq!(judge(Some(&untried), &held), Verdict::AttackDoesNotWork);
    assert_eq!(judge(None, &held), Verdict::AttackDoesNotWork);
    assert_eq!(judge(None, &Outcome::no_surface("")), Verdict::NoSurfaceYet);
    let nothing = Outcome::at_most(9, 0, f64::NAN, 1.0, "");
    assert_eq!(
        judge(Some(&broken), &nothing),
        Verdict::Failed,
        "no number is no proof"
    );
}

#[test]
fn two_parts_of_an_attack_are_broken_if_one_is_and_untried_if_one_is() {
    let held = || Outcome::none_allowed(9, 0, "");
    let broken = || Outcome::none_allowed(9, 2, "");
    assert_eq!(held().and(broken()).finding, Finding::Broken);
    assert_eq!(broken().and(held()).finding, Finding::Broken);
    assert_eq!(held().and(held()).tried, 18);
    assert_eq!(held().and(Outcome::none_allowed(0, 0, "")).tried, 0);
}

/// An attack that ends in an error, and one without a surface.
struct Fails;

impl Attack for Fails {
    fn number(&self) -> u32 {
        99
    }
    fn name(&self) -> &'static str {
        "fails"
    }
    fn passes_when(&self) -> &'static str {
        "never"
    }
    fn control(&self) -> Control {
        Control::Unprotected
    }
    fn run(&self, world: &World) -> anyhow::Result<Outcome> {
        world
            .web
            .ask("public", "/", &[])
            .map(|_| Outcome::none_allowed(1, 0, ""))
    }
}

/// An attack on what does not exist yet.
struct Missing;

impl Attack for Missing {
    fn number(&self) -> u32 {
        98
    }
    fn name(&self) -> &'static str {
        "missing"
    }
    fn passes_when(&self) -> &'static str {
        "there is something"
    }
    fn control(&self) -> Control {
        Control::NoSurface
    }
    fn run(&self, _: &World) -> anyhow::Result<Outcome> {
        Ok(Outcome::no_surface("nothing"))
    }
}

fn report(attacks: &[Box<dyn Attack>]) -> Report {
    Report {
        version: String::new(),
        releases: Vec::new(),
        canaries: 0,
        scale: 1.0,
        fast: true,
        same_program: false,
        lines: attack_all(attacks, &leaking(), &tight(), |_| ()),
    }
}

#[test]
fn an_error_and_an_empty_run_fail_and_a_missing_surface_neither_fails_nor_passes() {
    let failed = report(&[Box::new(Fails)]);
    assert!(failed.failed());
    assert_eq!(failed.lines[0].verdict, Verdict::Error);
    assert!(report(&[]).failed());
    let missing = report(&[Box::new(Missing)]);
    assert!(!missing.failed());
    assert_eq!(missing.lines[0].verdict, Verdict::NoSurfaceYet);
    let proven = report(&[attack(6)]);
    assert!(!proven.failed());
    assert_eq!(proven.lines[0].verdict, Verdict::Passed);
}

#[test]
fn a_release_that_says_it_is_noisy_must_show_noise_to_be_tried_on() {
    assert_eq!(tight().tries_on_noise(0), 1);
    let mut stating = tight();
    let release = stating.releases.get_mut("planning").unwrap();
    release.manifest["available"] =
        json!([{ "layer": "district", "theme": THEME, "protection": "noise" }]);
    assert_eq!(stating.tries_on_noise(0), 0);
    assert_eq!(stating.tries_on_noise(7), 7);
}

#[test]
fn every_threat_of_a_release_has_its_attacks_in_order() {
    let attacks: Vec<(u32, &str)> = registry()
        .iter()
        .map(|attack| (attack.number(), attack.name()))
        .collect();
    assert!(attacks.is_sorted_by_key(|(number, _)| *number));
    let names: std::collections::BTreeSet<&str> = attacks.iter().map(|(_, name)| *name).collect();
    assert_eq!(names.len(), attacks.len(), "two attacks of one name");
    assert!((1..=19).all(|threat| attacks.iter().any(|(number, _)| *number == threat)));
}
