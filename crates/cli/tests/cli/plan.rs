//! A campaign from a planning release to files and back, as a planner runs it.

use serde_json::Value;

use crate::path::House;

/// A small fictional state, released for planners.
fn house() -> House {
    let house = House::new();
    let made = house.succeeds(&["synth", "--out", "made", "--scale", "0.3", "--json"]);
    let made: Value = serde_json::from_str(&made).unwrap();
    for load in made["loads"].as_array().unwrap() {
        let text = |name: &str| load[name].as_str().unwrap().to_owned();
        if !["places", "incidents", "campaigns"].contains(&text("table").as_str()) {
            continue;
        }
        let mapping = format!("made/{}", text("mapping"));
        let file = format!("made/{}", text("file"));
        house.succeeds(&[
            "ingest",
            "--lake",
            "lake",
            "--as",
            &text("table"),
            "--mapping",
            &mapping,
            &file,
        ]);
    }
    house.succeeds(&[
        "release",
        "--lake",
        "lake",
        "--audience",
        "planning",
        "--today",
        "2026-01-01",
    ]);
    house
}

fn request(house: &House) {
    let example = house.succeeds(&["plan", "init"]);
    let ask = example.replace("weeks = 6", "weeks = 2");
    let ask = ask.replace("route_rounds = 1000", "route_rounds = 50");
    house.write("ask.toml", &ask.replace("draws = 200", "draws = 20"));
}

#[test]
fn a_plan_is_made_written_in_hindi_and_planned_again_from_its_workbook() {
    let house = house();
    request(&house);
    let make = ["plan", "make", "--ask", "ask.toml", "--today", "2026-12-01"];
    let said = house.succeeds(&[&make[..], &["--out", "one"]].concat());
    assert!(said.contains("villages"), "{said}");
    for file in [
        "plan.json",
        "plan.xlsx",
        "plan.csv",
        "plan.geojson",
        "walk_lists.html",
        "odk_entities.csv",
        "vrp_problem.json",
        "plan.pmtiles",
        "datapackage.json",
    ] {
        assert!(house.path("one").join(file).exists(), "{file}");
    }
    // The same request on the same release is the same plan, byte for byte.
    house.succeeds(&[&make[..], &["--out", "other"]].concat());
    for file in std::fs::read_dir(house.path("one")).unwrap() {
        let name = file.unwrap().file_name();
        let of = |folder: &str| std::fs::read(house.path(folder).join(&name)).unwrap();
        assert!(of("one") == of("other"), "{name:?} differs");
    }
    house.succeeds(&[
        "plan", "export", "--plan", "one", "--out", "hindi", "--lang", "hi",
    ]);
    let walk_lists = std::fs::read_to_string(house.path("hindi").join("walk_lists.html")).unwrap();
    assert!(walk_lists.contains("दौरा सूची"));
    // Nothing was done yet: the workbook as it is, and the same routes.
    let text = house.succeeds(&[
        "plan",
        "results",
        "--plan",
        "one",
        "--out",
        "again",
        "--today",
        "2027-01-11",
        "one/plan.xlsx",
    ]);
    assert!(text.contains("0 results taken"), "{text}");
    let routes = |folder: &str| -> Value {
        let text = std::fs::read(house.path(folder).join("plan.json")).unwrap();
        serde_json::from_slice::<Value>(&text).unwrap()["routes"].clone()
    };
    assert_eq!(
        routes("one").as_array().unwrap().len(),
        routes("again").as_array().unwrap().len()
    );
    // A week later the results are missing, and the first one is named.
    let error = house.fails(&[
        "plan",
        "results",
        "--plan",
        "one",
        "--out",
        "late",
        "--today",
        "2027-01-18",
        "one/plan.xlsx",
    ]);
    assert!(error.contains("village:"), "{error}");
    // What cannot be done is said with what would make it possible.
    let poor = std::fs::read_to_string(house.path("ask.toml")).unwrap();
    let poor = poor.replace("# budget_team_days = 60", "budget_team_days = 0.01");
    house.write("poor.toml", &poor);
    let error = house.fails(&["plan", "make", "--ask", "poor.toml", "--out", "poor"]);
    assert!(error.contains("raise the budget to"), "{error}");
    // Nothing is overwritten.
    let error = house.fails(&[&make[..], &["--out", "one"]].concat());
    assert!(error.contains("not empty"), "{error}");
}
