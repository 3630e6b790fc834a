//! Counts that are exact, bands, or numbers with noise, in every form.

use chrono::{TimeDelta, Utc};
use mvt_reader::feature::Value as TileValue;
use safeground_server::{Audience, NewToken, TokenStore};
use serde_json::{Value, json};

use crate::fixture::{Answer, Client, Folder, Recipe, status_of};
use crate::tiles::decode;

/// A reader of one audience's release.
struct Reader {
    client: Client,
    audience: &'static str,
    token: String,
    // Goes away with the reader.
    _folder: Folder,
}

impl Reader {
    async fn of(audience: &'static str) -> Self {
        let folder = Folder::with(&Recipe {
            audience,
            ..Recipe::default()
        });
        let (secret, _) = TokenStore::new(folder.path())
            .create(NewToken {
                audience: match audience {
                    "research" => Audience::Research,
                    _ => Audience::Planning,
                },
                lifetime: TimeDelta::days(1),
                label: None,
                scope: safeground_server::Scope::default(),
                now: Utc::now() - TimeDelta::hours(1),
            })
            .unwrap();
        Self {
            client: folder.client().await,
            audience,
            token: format!("Bearer {}", secret.reveal()),
            _folder: folder,
        }
    }

    async fn get(&self, path: &str) -> Answer {
        let mark = if path.contains('?') { '&' } else { '?' };
        let path = format!("{path}{mark}audience={}", self.audience);
        let headers = [("authorization", self.token.as_str())];
        let headers = if self.audience == "public" {
            &headers[..0]
        } else {
            &headers[..]
        };
        self.client.get_with(&path, headers).await
    }

    /// Count and its ends of a unit, as each form gives them: in the list, by
    /// itself, in the table, in the tile.
    async fn count(&self, layer: &str, unit: &str) -> [[Value; 3]; 4] {
        const NAMES: [&str; 3] = ["count", "count_low", "count_high"];
        let theme = "theme=child_marriage&period=2021";
        let items = format!("/collections/{layer}/items");
        let list = self
            .get(&format!("{items}?{theme}&skipGeometry=true"))
            .await
            .json();
        let listed = list["features"].as_array().unwrap();
        let listed = listed.iter().find(|f| f["id"] == unit).unwrap();
        let alone = self.get(&format!("{items}/{unit}")).await.json();
        let alone = alone["properties"]["measures"].as_array().unwrap();
        let alone = alone
            .iter()
            .find(|m| m["theme"] == "child_marriage" && m["period"] == "2021")
            .unwrap();
        let columns = format!("{items}?{theme}&f=csv&properties={}", NAMES.join(","));
        let table = self.get(&columns).await.text();
        let line = table.split("\r\n").find(|l| l.starts_with(unit)).unwrap();
        let cells: Vec<&str> = line.split(',').skip(1).collect();
        let tile = decode(&self.get(&format!("/tiles/{layer}/0/0/0?{theme}")).await);
        let drawn = tile.iter().find(|f| f.text("id") == Some(unit)).unwrap();
        let in_tile = NAMES.map(|name| match drawn.properties.get(name) {
            None => Value::Null,
            Some(TileValue::Int(number)) => json!(number),
            other => panic!("{other:?}"),
        });
        let in_table = [0, 1, 2].map(|at| match cells[at] {
            "" => Value::Null,
            text => json!(text.parse::<i64>().unwrap()),
        });
        [
            NAMES.map(|name| listed["properties"][name].clone()),
            NAMES.map(|name| alone[name].clone()),
            in_table,
            in_tile,
        ]
    }
}

/// Districts with a value, by their place in the layer.
const WITH_VALUE: std::ops::Range<usize> = 7..13;

#[tokio::test]
async fn a_band_has_ends_and_no_count_in_any_form() {
    let reader = Reader::of("planning").await;
    let bands = [
        json!([null, 5, 9]),
        json!([null, 10, 19]),
        json!([null, 20, 49]),
        json!([null, 50, null]),
    ];
    for position in WITH_VALUE {
        let unit = format!("district:{}", 100 + position);
        for count in reader.count("district", &unit).await {
            assert_eq!(json!(count), bands[position % 4], "{unit}");
        }
    }
    let list = reader.get("/collections/district/items").await.json();
    for feature in list["features"].as_array().unwrap() {
        let properties = &feature["properties"];
        assert!(properties["rate"].is_null(), "a band has no raw rate");
        let smoothed = properties["eb_rate"].is_number();
        assert_eq!(smoothed, properties["status"] == "available");
    }
}

#[tokio::test]
async fn a_count_with_noise_has_the_ends_of_its_interval_in_every_form() {
    for (audience, layer) in [("public", "district"), ("planning", "h3_r5")] {
        let reader = Reader::of(audience).await;
        let list = reader
            .get(&format!("/collections/{layer}/items?limit=20"))
            .await
            .json();
        for (position, feature) in list["features"].as_array().unwrap().iter().enumerate() {
            if status_of(position) != "available" {
                continue;
            }
            let unit = feature["id"].as_str().unwrap();
            let shown = 20 + position as i64;
            for count in reader.count(layer, unit).await {
                assert_eq!(json!(count), json!([shown, shown - 8, shown + 8]), "{unit}");
            }
        }
    }
}

#[tokio::test]
async fn an_exact_count_is_both_of_its_ends_in_every_form() {
    let reader = Reader::of("research").await;
    for position in WITH_VALUE {
        let unit = format!("district:{}", 100 + position);
        let exact = 20 + position as i64;
        for count in reader.count("district", &unit).await {
            assert_eq!(json!(count), json!([exact, exact, exact]), "{unit}");
        }
    }
}

#[tokio::test]
async fn a_unit_that_is_withheld_has_no_ends_either() {
    for audience in ["public", "research", "planning"] {
        let reader = Reader::of(audience).await;
        for position in 0..WITH_VALUE.start {
            let unit = format!("district:{}", 100 + position);
            for count in reader.count("district", &unit).await {
                assert_eq!(json!(count), json!([null, null, null]), "{audience} {unit}");
            }
        }
    }
}

#[tokio::test]
async fn an_order_by_count_puts_a_band_where_it_begins_and_what_is_empty_last() {
    let reader = Reader::of("planning").await;
    let order = async |sortby: &str| -> Vec<Option<i64>> {
        let path = format!("/collections/district/items?sortby={sortby}&skipGeometry=true");
        let page = reader.get(&path).await.json();
        let features = page["features"].as_array().unwrap().iter();
        features
            .map(|feature| feature["properties"]["count_low"].as_i64())
            .collect()
    };
    let empty = vec![None; WITH_VALUE.start];
    let mut expected: Vec<_> = WITH_VALUE.map(|n| Some([5, 10, 20, 50][n % 4])).collect();
    expected.sort_unstable();
    let up = order("count").await;
    assert_eq!(up[..expected.len()], expected);
    assert_eq!(up[expected.len()..], empty);
    expected.reverse();
    let down = order("-count").await;
    assert_eq!(down[..expected.len()], expected);
    assert_eq!(down[expected.len()..], empty);
}

#[tokio::test]
async fn the_catalog_says_of_each_layer_and_theme_what_the_manifest_says() {
    for audience in ["public", "research", "planning"] {
        let reader = Reader::of(audience).await;
        let catalog = reader.get("/v1/catalog").await.json();
        let manifest = reader.get("/v1/manifest").await.json();
        assert_eq!(catalog["available"], manifest["available"]);
        assert_eq!(catalog["layers"], manifest["layers"]);
    }
}

#[tokio::test]
async fn every_description_says_what_the_ends_of_a_count_are() {
    let reader = Reader::of("public").await;
    let openapi = reader.get("/openapi.json").await.json();
    let measures = &openapi["components"]["schemas"]["Measures"];
    let dictionary = reader.client.get("/v1/dictionary").await.json();
    let tiles = reader.get("/tiles/district.json").await.json();
    let catalog = reader.get("/v1/catalog").await.json();
    for name in ["count", "count_low", "count_high"] {
        let of_openapi = &measures["properties"][name];
        assert_eq!(of_openapi["type"], json!(["integer", "null"]), "{name}");
        let meaning = of_openapi["description"].as_str().unwrap();
        let named = |list: &Value| {
            let found = list.as_array().unwrap().iter().find(|m| m["name"] == name);
            found.unwrap().clone()
        };
        let column = named(&dictionary["fields"]);
        assert_eq!(column["type"], "integer");
        assert!(meaning.starts_with(column["description"].as_str().unwrap()));
        assert_eq!(
            named(&catalog["measures"])["meaning"],
            column["description"]
        );
        assert_eq!(tiles["vector_layers"][0]["fields"][name], meaning);
    }
}

#[tokio::test]
async fn a_table_leads_to_the_meaning_of_its_columns() {
    let reader = Reader::of("public").await;
    let table = reader.get("/collections/district/items?f=csv").await;
    let links = table.headers.get_all("link").iter();
    assert!(
        links
            .filter_map(|link| link.to_str().ok())
            .any(|link| link.contains("</v1/dictionary>; rel=\"help\""))
    );
    let dictionary = reader.client.get("/v1/dictionary").await.json();
    let described = dictionary["fields"].as_array().unwrap();
    let described: Vec<_> = described
        .iter()
        .map(|field| field["name"].as_str().unwrap())
        .collect();
    let text = table.text();
    let head: Vec<_> = text.split("\r\n").next().unwrap().split(',').collect();
    assert_eq!(head, described);
}
