//! Behaviour of place matching as a loader sees it.

use std::collections::BTreeMap;

use proptest::prelude::*;
use safeground_schema::{GazetteerEntry, Layer, PlaceId};

use super::*;

pub(super) fn place(id: &str, name: &str, parent: Option<&str>) -> GazetteerEntry {
    GazetteerEntry {
        place_id: id.parse().unwrap(),
        name: Some(name.to_owned()),
        parent_id: parent.map(|parent| parent.parse().unwrap()),
        lgd_code: None,
        census2011_code: None,
        latitude: None,
        longitude: None,
    }
}

fn with_codes(mut entry: GazetteerEntry, lgd: &str, census: &str) -> GazetteerEntry {
    entry.lgd_code = Some(lgd.to_owned());
    entry.census2011_code = Some(census.to_owned());
    entry
}

fn layer(text: &str) -> Layer {
    text.parse().unwrap()
}

/// Two states, districts of which two share a name, and blocks.
fn small() -> Vec<GazetteerEntry> {
    vec![
        with_codes(place("state:10", "Bihar", None), "10", "10"),
        with_codes(place("state:27", "Maharashtra", None), "27", "27"),
        place("district:1", "Aurangabad", Some("state:10")),
        place("district:2", "Aurangabad", Some("state:27")),
        place("district:3", "Pashchim Champaran", Some("state:10")),
        place("district:4", "Purba Champaran", Some("state:10")),
        place("district:5", "Kaimur (Bhabua)", Some("state:10")),
        place("district:6", "Mumbai", Some("state:27")),
        place("district:7", "Mumbai Suburban", Some("state:27")),
        place("district:8", "Thane", Some("state:27")),
        place("block:1", "Rampur", Some("district:5")),
        place("block:2", "Rampur Khurd", Some("district:5")),
        place("block:3", "Mohania", Some("district:5")),
        with_codes(place("block:4", "Obra", Some("district:1")), "9", "00000"),
        with_codes(
            place("block:5", "Daudnagar", Some("district:1")),
            "8",
            "00000",
        ),
    ]
}

fn within(text: &str, by: ParentKey) -> Option<Within> {
    Some(Within {
        layer: layer(text),
        by,
    })
}

fn matcher<'g>(
    gazetteer: &'g Gazetteer,
    of: &str,
    within: Option<Within>,
    aliases: &[(&str, &str)],
) -> PlaceMatcher<'g> {
    let aliases = aliases
        .iter()
        .map(|(spelling, id)| ((*spelling).to_owned(), id.parse().unwrap()))
        .collect::<BTreeMap<String, PlaceId>>();
    PlaceMatcher::new(gazetteer, layer(of), within, NameRule::default(), &aliases).unwrap()
}

fn found(answer: Result<Match<'_>, NoMatch>) -> Result<(String, MatchKind), NoMatch> {
    answer.map(|found| (found.place.place_id.to_string(), found.kind))
}

fn ok(id: &str, kind: MatchKind) -> Result<(String, MatchKind), NoMatch> {
    Ok((id.to_owned(), kind))
}

#[test]
fn a_name_is_looked_for_inside_its_parent() {
    let gazetteer = Gazetteer::new(small());
    let mut districts = matcher(
        &gazetteer,
        "district",
        within("state", ParentKey::Name),
        &[],
    );
    assert_eq!(
        found(districts.find(Some("BIHAR"), "AURANGABAD")),
        ok("district:1", MatchKind::Exact)
    );
    assert_eq!(
        found(districts.find(Some("Maharastra"), "Aurangabaad")),
        ok("district:2", MatchKind::Fuzzy)
    );
    assert_eq!(
        districts.find(Some("Kerala"), "Aurangabad"),
        Err(NoMatch::ParentUnmatched)
    );
    assert_eq!(
        districts.find(None, "Aurangabad"),
        Err(NoMatch::ParentUnmatched)
    );
    assert_eq!(
        districts.find(Some("Bihar"), "Thane"),
        Err(NoMatch::Unmatched)
    );

    let mut anywhere = matcher(&gazetteer, "district", None, &[]);
    assert_eq!(anywhere.find(None, "Aurangabad"), Err(NoMatch::Ambiguous));
}

#[test]
fn parents_may_be_codes_and_further_up() {
    let gazetteer = Gazetteer::new(small());
    for by in [ParentKey::Lgd, ParentKey::Census2011] {
        let mut blocks = matcher(&gazetteer, "block", within("state", by), &[]);
        assert_eq!(
            found(blocks.find(Some("10"), "mohaniya")),
            ok("block:3", MatchKind::Fuzzy)
        );
        assert_eq!(blocks.find(Some("27"), "Mohania"), Err(NoMatch::Unmatched));
    }
}

#[test]
fn directions_and_scripts_meet() {
    let gazetteer = Gazetteer::new(small());
    let mut districts = matcher(
        &gazetteer,
        "district",
        within("state", ParentKey::Name),
        &[],
    );
    for (spelling, id, kind) in [
        ("West Champaran", "district:3", MatchKind::Exact),
        ("CHAMPARAN (EAST)", "district:4", MatchKind::Exact),
        ("पश्चिमी चंपारण", "district:3", MatchKind::Exact),
        ("Bhabua", "district:5", MatchKind::Exact),
        ("Distt. Kaimur", "district:5", MatchKind::Exact),
        ("औरंगाबाद", "district:1", MatchKind::Exact),
    ] {
        assert_eq!(
            found(districts.find(Some("बिहार"), spelling)),
            ok(id, kind),
            "{spelling}"
        );
    }
    assert_eq!(
        districts.find(Some("Bihar"), "Champaran"),
        Err(NoMatch::Unmatched)
    );
}

#[test]
fn a_part_of_a_district_is_its_district_only_where_no_neighbour_could_be_meant() {
    let gazetteer = Gazetteer::new(small());
    let mut districts = matcher(
        &gazetteer,
        "district",
        within("state", ParentKey::Name),
        &[],
    );
    let state = Some("Maharashtra");
    assert_eq!(
        found(districts.find(state, "THANE RURAL")),
        ok("district:8", MatchKind::PartOfDistrict)
    );
    assert_eq!(
        districts.find(state, "MUMBAI CITY"),
        Err(NoMatch::Unmatched)
    );
    assert_eq!(
        districts.find(state, "MUMBAI RLY."),
        Err(NoMatch::Unmatched)
    );
}

#[test]
fn neighbours_told_apart_by_one_word_are_not_confused() {
    let gazetteer = Gazetteer::new(small());
    let mut blocks = matcher(
        &gazetteer,
        "block",
        within("district", ParentKey::Name),
        &[],
    );
    let district = Some("Kaimur");
    assert_eq!(
        found(blocks.find(district, "Rampur Khurd")),
        ok("block:2", MatchKind::Exact)
    );
    assert_eq!(
        blocks.find(district, "Rampur Kalan"),
        Err(NoMatch::Unmatched)
    );
    assert_eq!(blocks.find(district, "Rajpur"), Err(NoMatch::Unmatched));
}

#[test]
fn two_equally_near_names_are_ambiguous() {
    let gazetteer = Gazetteer::new(vec![
        place("village:1", "Gopalpura", None),
        place("village:2", "Gopalpuri", None),
    ]);
    let mut villages = matcher(&gazetteer, "village", None, &[]);
    assert_eq!(villages.find(None, "Gopalpur"), Err(NoMatch::Ambiguous));
    assert_eq!(
        found(villages.find(None, "gopalpura")),
        ok("village:1", MatchKind::Exact)
    );
}

#[test]
fn aliases_decide_first_and_may_name_their_parent() {
    let gazetteer = Gazetteer::new(small());
    let mut districts = matcher(
        &gazetteer,
        "district",
        within("state", ParentKey::Name),
        &[
            ("BR.", "state:10"),
            ("Bombay", "district:6"),
            ("Bihar / Motihari", "district:4"),
            ("BR / Bettiah", "district:3"),
        ],
    );
    assert_eq!(
        found(districts.find(Some("br"), "BETTIAH")),
        ok("district:3", MatchKind::Alias)
    );
    assert_eq!(
        found(districts.find(Some("Bihar"), "motihari")),
        ok("district:4", MatchKind::Alias)
    );
    assert_eq!(
        districts.find(Some("Maharashtra"), "Motihari"),
        Err(NoMatch::Unmatched)
    );
    assert_eq!(
        found(districts.find(Some("Maharashtra"), "BOMBAY")),
        ok("district:6", MatchKind::Alias)
    );
}

#[test]
fn wrong_aliases_and_rules_are_told() {
    let gazetteer = Gazetteer::new(small());
    let make = |within: Option<Within>, alias: &str, id: &str| {
        let aliases = BTreeMap::from([(alias.to_owned(), id.parse().unwrap())]);
        PlaceMatcher::new(
            &gazetteer,
            layer("district"),
            within,
            NameRule::default(),
            &aliases,
        )
        .map(|_| ())
        .unwrap_err()
    };
    let state = || within("state", ParentKey::Name);
    assert!(matches!(
        make(state(), "X", "district:99"),
        LocateError::AliasUnknown { .. }
    ));
    assert!(matches!(
        make(state(), "X", "block:1"),
        LocateError::AliasLayer { .. }
    ));
    assert!(matches!(
        make(None, "X", "state:10"),
        LocateError::AliasLayer { .. }
    ));
    assert!(matches!(
        make(state(), "Kerala / X", "district:1"),
        LocateError::AliasParent { .. }
    ));

    let aliases = BTreeMap::from([
        ("X Y".to_owned(), "district:1".parse().unwrap()),
        ("x-y".to_owned(), "district:2".parse().unwrap()),
    ]);
    let conflict = PlaceMatcher::new(
        &gazetteer,
        layer("district"),
        None,
        NameRule::default(),
        &aliases,
    );
    assert!(matches!(conflict, Err(LocateError::AliasConflict { .. })));

    let rule = NameRule {
        threshold: f64::NAN,
        margin: 0.0,
    };
    let wrong = PlaceMatcher::new(&gazetteer, layer("district"), None, rule, &BTreeMap::new());
    assert!(matches!(
        wrong,
        Err(LocateError::Rule {
            name: "threshold",
            ..
        })
    ));
}

#[test]
fn codes_are_compared_letter_for_letter() {
    let gazetteer = Gazetteer::new(small());
    let id = |answer: Result<&GazetteerEntry, NoMatch>| answer.map(|e| e.place_id.to_string());
    assert_eq!(
        id(gazetteer.by_lgd_code(&layer("state"), " 10 ")),
        Ok("state:10".to_owned())
    );
    assert_eq!(
        id(gazetteer.by_lgd_code(&layer("state"), "010")),
        Err(NoMatch::Unmatched)
    );
    assert_eq!(
        id(gazetteer.by_lgd_code(&layer("district"), "10")),
        Err(NoMatch::Unmatched)
    );
    assert_eq!(
        id(gazetteer.by_census2011_code(&layer("block"), "00000")),
        Err(NoMatch::Ambiguous)
    );
    assert_eq!(
        id(gazetteer.by_id(&"district:3".parse().unwrap())),
        Ok("district:3".to_owned())
    );
}

#[test]
fn the_last_entry_of_an_identifier_wins_and_rings_of_parents_end() {
    let gazetteer = Gazetteer::new(vec![
        place("state:1", "Old", Some("district:1")),
        place("district:1", "Ring", Some("state:1")),
        place("state:1", "New", Some("district:1")),
    ]);
    assert_eq!(gazetteer.entries().len(), 2);
    let mut districts = matcher(
        &gazetteer,
        "district",
        within("state", ParentKey::Name),
        &[],
    );
    assert_eq!(
        found(districts.find(Some("New"), "Ring")),
        ok("district:1", MatchKind::Exact)
    );
    assert_eq!(
        districts.find(Some("Old"), "Ring"),
        Err(NoMatch::ParentUnmatched)
    );
}

/// Names that look like those of villages.
fn village_name() -> impl Strategy<Value = String> {
    let stem = prop::sample::select(vec![
        "Ram", "Gopal", "Krishna", "Sultan", "Madho", "Bel", "Amar", "Hari", "Chand", "Nau",
    ]);
    let end = prop::sample::select(vec!["pur", "nagar", "garh", "ganj", "patti", "dih", "tola"]);
    let mark = prop::sample::select(vec![
        "",
        " Khurd",
        " Kalan",
        " East",
        " (N)",
        " 2",
        " Urf Bara",
    ]);
    (stem, end, mark).prop_map(|(stem, end, mark)| format!("{stem}{end}{mark}"))
}

/// Names with one letter changed, left out or doubled.
fn misspelt() -> impl Strategy<Value = String> {
    (village_name(), any::<prop::sample::Index>(), 0..3_u8).prop_map(|(name, at, how)| {
        let mut letters: Vec<char> = name.chars().collect();
        let at = at.index(letters.len());
        match how {
            0 => letters[at] = 'a',
            1 => {
                letters.remove(at);
            }
            _ => letters.insert(at, letters[at]),
        }
        letters.into_iter().collect()
    })
}

fn villages(names: &[String]) -> Vec<GazetteerEntry> {
    names
        .iter()
        .enumerate()
        .map(|(index, name)| place(&format!("village:{index}"), name, None))
        .collect()
}

proptest! {
    #[test]
    fn the_order_of_entries_changes_nothing(
        names in prop::collection::vec(village_name(), 1..30),
        spellings in prop::collection::vec(misspelt(), 1..10),
        seed in any::<u64>(),
    ) {
        let entries = villages(&names);
        let mut shuffled = entries.clone();
        shuffled.sort_by_key(|entry| {
            let code: u64 = entry.place_id.code.parse().unwrap();
            (code + 1).wrapping_mul(seed | 1).rotate_left(17)
        });
        let (one, other) = (Gazetteer::new(entries), Gazetteer::new(shuffled));
        let mut in_one = matcher(&one, "village", None, &[]);
        let mut in_other = matcher(&other, "village", None, &[]);
        for spelling in spellings.iter().chain(&names) {
            prop_assert_eq!(in_one.find(None, spelling), in_other.find(None, spelling));
        }
    }

    #[test]
    fn a_name_matches_itself_or_is_ambiguous(names in prop::collection::vec(village_name(), 1..30)) {
        let gazetteer = Gazetteer::new(villages(&names));
        let mut all = matcher(&gazetteer, "village", None, &[]);
        for (index, name) in names.iter().enumerate() {
            let twins = names.iter().filter(|other| *other == name).count();
            match all.find(None, name) {
                Ok(found) => {
                    prop_assert_eq!(found.place.place_id.code.as_str(), index.to_string());
                    prop_assert_eq!(found.kind, MatchKind::Exact);
                }
                Err(reason) => {
                    prop_assert_eq!(reason, NoMatch::Ambiguous);
                    prop_assert!(twins > 1);
                }
            }
        }
    }

    #[test]
    fn a_threshold_of_one_matches_only_the_same_words(
        names in prop::collection::vec(village_name(), 1..30),
        spelling in misspelt(),
    ) {
        let gazetteer = Gazetteer::new(villages(&names));
        let rule = NameRule { threshold: 1.0, margin: 0.0 };
        let mut all =
            PlaceMatcher::new(&gazetteer, layer("village"), None, rule, &BTreeMap::new()).unwrap();
        if let Ok(found) = all.find(None, &spelling) {
            prop_assert_eq!(found.kind, MatchKind::Exact);
        }
    }

    #[test]
    fn a_lower_threshold_finds_no_other_place(
        names in prop::collection::vec(village_name(), 1..30),
        spelling in misspelt(),
    ) {
        let gazetteer = Gazetteer::new(villages(&names));
        let at = |threshold: f64| {
            let rule = NameRule { threshold, margin: 0.03 };
            PlaceMatcher::new(&gazetteer, layer("village"), None, rule, &BTreeMap::new())
                .unwrap()
                .find(None, &spelling)
                .map(|found| found.place.place_id.clone())
        };
        if let (Ok(high), Ok(low)) = (at(0.95), at(0.85)) {
            prop_assert_eq!(high, low);
        }
    }

    #[test]
    fn no_text_makes_the_matcher_panic(text in ".*", parent in ".*") {
        let gazetteer = Gazetteer::new(small());
        let mut blocks = matcher(&gazetteer, "block", within("state", ParentKey::Name), &[]);
        let _ = blocks.find(Some(&parent), &text);
        let _ = blocks.find(Some("Bihar"), &text);
    }
}
