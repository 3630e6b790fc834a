//! One release, many forms, one set of values.

use std::collections::BTreeMap;

use mvt_reader::feature::Value;

use crate::fixture::{Client, Folder, Recipe, layers};
use crate::tiles::decode;

/// Rows of a CSV answer, by identifier and column.
async fn csv(client: &Client, path: &str) -> BTreeMap<String, BTreeMap<String, String>> {
    let answer = client.get(path).await;
    assert_eq!(answer.status, 200);
    let text = answer.text();
    let mut lines = text.split("\r\n").filter(|line| !line.is_empty());
    let names: Vec<&str> = lines.next().unwrap().split(',').collect();
    lines
        .map(|line| {
            let row: BTreeMap<_, _> = names
                .iter()
                .map(|&name| name.to_owned())
                .zip(line.split(',').map(str::to_owned))
                .collect();
            (row["id"].clone(), row)
        })
        .collect()
}

fn written(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Int(number) => number.to_string(),
        Value::Double(number) => serde_json::to_string(number).unwrap(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn tile_items_and_csv_show_identical_values() {
    let client = Folder::with(&Recipe::default()).client().await;
    for (layer, units) in layers() {
        let rows = csv(&client, &format!("/collections/{layer}/items?f=csv")).await;
        assert_eq!(rows.len(), units.len());
        let tile = decode(&client.get(&format!("/tiles/{layer}/0/0/0")).await);
        let items = client
            .get(&format!("/collections/{layer}/items?skipGeometry=true"))
            .await;
        // Read as text: a parser of numbers could hide a difference.
        let text = items.text();
        for feature in tile {
            let id = feature.text("id").unwrap();
            let row = &rows[id];
            for (name, value) in &feature.properties {
                assert_eq!(row[name], written(value), "{layer} {id} {name}");
            }
            for (name, value) in row.iter().filter(|(_, value)| !value.is_empty()) {
                let number = value.parse::<f64>().is_ok() && !name.ends_with("code");
                let quoted = !number || ["id", "period", "name"].contains(&name.as_str());
                let shown = if quoted {
                    format!("\"{name}\":\"{value}\"")
                } else {
                    format!("\"{name}\":{value}")
                };
                assert!(text.contains(&shown), "{layer} {id}: {shown}");
            }
            let measured = ["rate", "eb_rate", "score", "gi_z"];
            for name in measured {
                let empty = row[name].is_empty();
                assert_eq!(feature.properties.contains_key(name), !empty);
            }
        }
    }
}

#[tokio::test]
async fn a_suppressed_unit_has_no_count_in_any_format() {
    let client = Folder::with(&Recipe::default()).client().await;
    let rows = csv(&client, "/collections/district/items?f=csv").await;
    let suppressed: Vec<_> = rows
        .values()
        .filter(|row| row["status"] != "available")
        .collect();
    assert_eq!(suppressed.len(), 7);
    for row in &suppressed {
        let id = &row["id"];
        for name in ["count", "rate", "rate_low", "rate_high", "eb_rate"] {
            assert_eq!(row[name], "", "{id} {name}");
        }
        let item = client
            .get(&format!("/collections/district/items/{id}"))
            .await;
        for measures in item.json()["properties"]["measures"].as_array().unwrap() {
            assert!(measures["count"].is_null());
            assert!(measures["rate"].is_null());
        }
    }
    let items = client.get("/collections/district/items").await.json();
    let tile = decode(&client.get("/tiles/district/0/0/0").await);
    for row in suppressed {
        let id = &row["id"];
        let features = items["features"].as_array().unwrap();
        let feature = features.iter().find(|f| f["id"] == *id).unwrap();
        assert!(feature["properties"]["count"].is_null());
        let feature = tile.iter().find(|f| f.text("id") == Some(id)).unwrap();
        assert!(!feature.properties.contains_key("count"));
    }
}

#[tokio::test]
async fn a_unit_has_the_same_values_alone_and_in_the_list() {
    let client = Folder::with(&Recipe::default()).client().await;
    let item = client.get("/collections/district/items/district:110").await;
    let item = item.json();
    let measures = item["properties"]["measures"].as_array().unwrap();
    assert_eq!(measures.len(), 4);
    for one in measures {
        let (theme, period) = (
            one["theme"].as_str().unwrap(),
            one["period"].as_str().unwrap(),
        );
        let path = format!("/collections/district/items?theme={theme}&period={period}");
        let list = client.get(&path).await.json();
        let features = list["features"].as_array().unwrap();
        let listed = features.iter().find(|f| f["id"] == "district:110").unwrap();
        for (name, value) in one.as_object().unwrap() {
            assert_eq!(
                &listed["properties"][name], value,
                "{theme} {period} {name}"
            );
        }
    }
}

#[tokio::test]
async fn a_name_that_looks_like_a_formula_is_text_in_csv() {
    let folder = Folder::with(&Recipe {
        name: "=HYPERLINK(\"http://x\")",
        ..Recipe::default()
    });
    let client = folder.client().await;
    let answer = client
        .get("/collections/district/items?f=csv&limit=1")
        .await;
    assert!(answer.text().contains("\"'=HYPERLINK(\"\"http://x\"\")\""));
    assert!(
        answer
            .header("content-disposition")
            .starts_with("attachment")
    );
}
