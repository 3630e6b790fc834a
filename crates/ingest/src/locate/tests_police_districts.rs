//! The spellings of police districts in published crime figures against the
//! districts of the 2011 census.

use std::collections::BTreeMap;
use std::path::PathBuf;

use safeground_schema::GazetteerEntry;

use super::tests::place;
use super::*;

fn shared(path: &str) -> Option<PathBuf> {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data/india")
        .join(path);
    if file.exists() {
        return Some(file);
    }
    eprintln!("skipped: ../shared/data/india/{path} is absent");
    None
}

/// States and the 640 districts of the 2011 census.
fn gazetteer() -> Option<Gazetteer> {
    let mut entries: Vec<GazetteerEntry> = Vec::new();
    for row in csv::Reader::from_path(shared("lgd_states.csv")?)
        .unwrap()
        .records()
    {
        let row = row.unwrap();
        if !row[6].is_empty() && &row[6] != "00" {
            let mut entry = place(&format!("state:{}", &row[6]), &row[3], None);
            entry.census2011_code = Some(row[6].to_owned());
            entries.push(entry);
        }
    }
    // The two territories that became one after the census.
    entries.push(place("state:25", "Daman & Diu", None));
    entries.push(place("state:26", "Dadra & Nagar Haveli", None));
    let text = std::fs::read_to_string(shared("districts_2011_census.geojson")?).unwrap();
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    for feature in json["features"].as_array().unwrap() {
        let of = |key: &str| feature["properties"][key].as_str().unwrap();
        entries.push(place(
            &format!("district@2011:{}", of("code")),
            of("Name"),
            Some(&format!("state:{}", of("State"))),
        ));
    }
    Some(Gazetteer::new(entries))
}

#[derive(Debug, Default)]
struct Tally {
    agree: Vec<String>,
    disagree: Vec<String>,
    unmatched: Vec<String>,
    ambiguous: Vec<String>,
    parent_unmatched: Vec<String>,
    units_matched: Vec<String>,
}

#[test]
fn police_districts_match_the_census_or_stay_unmatched() {
    let (Some(gazetteer), Some(crosswalk)) =
        (gazetteer(), shared("ncrb_police_district_crosswalk.csv"))
    else {
        return;
    };
    let mut matcher = PlaceMatcher::new(
        &gazetteer,
        "district@2011".parse().unwrap(),
        Some(Within {
            layer: "state".parse().unwrap(),
            by: ParentKey::Name,
        }),
        NameRule::default(),
        &BTreeMap::new(),
    )
    .unwrap();
    let mut tally = Tally::default();
    let mut rows = 0;
    for row in csv::Reader::from_path(crosswalk).unwrap().records() {
        let row = row.unwrap();
        rows += 1;
        let (state, spelling, expected, how) = (&row[0], &row[1], &row[2], &row[3]);
        let label = |found: &str| format!("{state} / {spelling}: {how} {expected}, here {found}");
        match matcher.find(Some(state), spelling) {
            Ok(found) => {
                let code = &found.place.place_id.code;
                let label = label(&format!(
                    "{code} {} {:?} {:.3}",
                    found.place.name.as_deref().unwrap(),
                    found.kind,
                    found.similarity
                ));
                if how == "non-geographic unit" {
                    tally.units_matched.push(label);
                } else if code == expected {
                    tally.agree.push(label);
                } else {
                    tally.disagree.push(label);
                }
            }
            Err(NoMatch::Unmatched) => tally.unmatched.push(label("unmatched")),
            Err(NoMatch::Ambiguous) => tally.ambiguous.push(label("ambiguous")),
            Err(_) => tally.parent_unmatched.push(label("parent unmatched")),
        }
    }
    eprintln!(
        "{} spellings: {} agree, {} disagree, {} unmatched, {} ambiguous, {} without parent",
        rows,
        tally.agree.len(),
        tally.disagree.len(),
        tally.unmatched.len(),
        tally.ambiguous.len(),
        tally.parent_unmatched.len(),
    );
    if std::env::var_os("SAFEGROUND_SHOW").is_some() {
        eprintln!("{tally:#?}");
    }
    assert_eq!(rows, 1502);
    assert_eq!(tally.units_matched, Vec::<String>::new());
    assert_eq!(tally.ambiguous, Vec::<String>::new());
    // The crosswalk gives Imphal East the code of Imphal West.
    assert_eq!(tally.disagree.len(), 1, "{:?}", tally.disagree);
    assert!(tally.disagree[0].contains("IMPHAL(EAST): alias 277, here 278 Imphal East"));
    // And it takes South-East of Delhi, which was carved out later, for East.
    assert!(tally.unmatched.iter().any(|row| row.contains("SOUTH-EAST")));
    assert!(tally.agree.len() >= 1110, "{}", tally.agree.len());
}
