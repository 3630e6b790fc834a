//! Features: filters, order, pages.

use serde_json::Value;

use crate::fixture::{Folder, Recipe};

fn ids(collection: &Value) -> Vec<String> {
    let features = collection["features"].as_array().unwrap();
    features
        .iter()
        .map(|feature| feature["id"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn pages_lead_through_all_units_once() {
    let client = Folder::with(&Recipe::default()).client().await;
    let mut seen = Vec::new();
    let mut path = Some("/collections/district/items?limit=5&sortby=-score".to_owned());
    while let Some(here) = path {
        let answer = client.get_with(&here, &[("host", "h")]).await;
        let page = answer.json();
        assert_eq!(page["numberMatched"], 13);
        assert_eq!(page["numberReturned"], ids(&page).len());
        seen.extend(ids(&page));
        let next = page["links"]
            .as_array()
            .unwrap()
            .iter()
            .find(|link| link["rel"] == "next")
            .map(|link| link["href"].as_str().unwrap().to_owned());
        assert_eq!(
            answer.headers.get_all("link").iter().count(),
            1 + usize::from(next.is_some())
        );
        path = next.map(|href| href.strip_prefix("http://h").unwrap().to_owned());
    }
    assert_eq!(seen.len(), 13);
    let whole = client
        .get("/collections/district/items?sortby=-score")
        .await;
    assert_eq!(ids(&whole.json()), seen);
}

#[tokio::test]
async fn empty_values_come_last_in_either_direction() {
    let client = Folder::with(&Recipe::default()).client().await;
    for (order, sign) in [("rate", 1.0), ("-rate", -1.0), ("%2Brate", 1.0)] {
        let path = format!("/collections/district/items?sortby={order}");
        let page = client.get(&path).await.json();
        let rates: Vec<Option<f64>> = page["features"]
            .as_array()
            .unwrap()
            .iter()
            .map(|feature| feature["properties"]["rate"].as_f64())
            .collect();
        let known: Vec<f64> = rates.iter().map_while(|rate| *rate).collect();
        assert_eq!(known.len(), 6, "{order}");
        assert!(
            known
                .windows(2)
                .all(|pair| pair[0] * sign <= pair[1] * sign)
        );
        assert!(rates[6..].iter().all(Option::is_none));
    }
}

#[tokio::test]
async fn a_cursor_of_another_question_or_release_is_refused() {
    let folder = Folder::with(&Recipe::default());
    let client = folder.client().await;
    let page = client
        .get("/collections/district/items?limit=5")
        .await
        .json();
    let links = page["links"].as_array().unwrap();
    let next = links.iter().find(|link| link["rel"] == "next").unwrap();
    let cursor = next["href"]
        .as_str()
        .unwrap()
        .split("cursor=")
        .nth(1)
        .unwrap();
    let cursor = cursor.split('&').next().unwrap();
    let path = format!("/collections/district/items?limit=5&cursor={cursor}");
    assert_eq!(client.get(&path).await.status, 200);
    let other = client.get(&format!("{path}&sortby=name")).await;
    assert!(other.is_problem(410));
    folder.publish(&Recipe {
        shift: 1.0,
        ..Recipe::default()
    });
    client.state.refresh().await;
    assert!(client.get(&path).await.is_problem(410));
    let forged = client.get("/collections/district/items?cursor=99999").await;
    assert!(forged.is_problem(410));
}

#[tokio::test]
async fn a_box_selects_the_units_that_touch_it() {
    let client = Folder::with(&Recipe::default()).client().await;
    let select = async |layer: &str, bbox: &str| {
        let path = format!("/collections/{layer}/items?bbox={bbox}&skipGeometry=true");
        ids(&client.get(&path).await.json())
    };
    assert_eq!(
        select("district", "84.5,22.5,85.5,22.6").await,
        ["district:100", "district:101"]
    );
    assert_eq!(
        select("district", "84.4,25.4,84.6,25.6").await,
        ["district:112"]
    );
    assert!(select("district", "0,0,1,1").await.is_empty());
    // Round the back of the world, which leaves India out.
    assert!(select("district", "170,-90,-170,90").await.is_empty());
    let cells = select("h3_r5", "84,22,84.01,22.01").await;
    assert_eq!(cells.len(), 1);
    for wrong in [
        "1,2,3",
        "a,b,c,d",
        "0,10,1,5",
        "0,0,0,91",
        "NaN,0,1,1",
        "1e999,0,1,1",
    ] {
        let path = format!("/collections/district/items?bbox={wrong}");
        assert!(client.get(&path).await.is_problem(400), "{wrong}");
    }
}

#[tokio::test]
async fn a_time_selects_the_latest_period_that_it_meets() {
    let client = Folder::with(&Recipe::default()).client().await;
    let period = async |query: &str| {
        let path = format!("/collections/district/items?{query}&limit=1");
        client.get(&path).await.json()["period"].clone()
    };
    assert_eq!(period("theme=child_marriage").await, "2021");
    assert_eq!(period("datetime=2020-05-01").await, "2020");
    assert_eq!(period("datetime=2019-01-01/..").await, "2021");
    assert_eq!(
        period("theme=indicator:cm_nfhs5&datetime=2020").await,
        "2019/2021"
    );
    let path = "/collections/district/items?datetime=1999-01-01";
    let none = client.get(path).await.json();
    assert_eq!(none["numberMatched"], 0);
    assert_eq!(none["features"], serde_json::json!([]));
    let both = client.get(&format!("{path}&period=2021")).await;
    assert!(both.is_problem(400));
}

#[tokio::test]
async fn only_the_properties_asked_for_are_sent() {
    let client = Folder::with(&Recipe::default()).client().await;
    let path = "/collections/district/items?properties=status,rate&skipGeometry=true&limit=1";
    let feature = client.get(path).await.json()["features"][0].clone();
    assert!(feature["geometry"].is_null());
    let names: Vec<_> = feature["properties"]
        .as_object()
        .unwrap()
        .keys()
        .cloned()
        .collect();
    assert_eq!(names, ["id", "rate", "status"]);
    let wrong = client
        .get("/collections/district/items?properties=secret")
        .await;
    assert!(wrong.is_problem(400));
}

#[tokio::test]
async fn too_high_a_limit_is_the_highest_and_a_wrong_one_is_refused() {
    let client = Folder::with(&Recipe::default()).client().await;
    for limit in ["10000", "10001", "99999999999999999999999"] {
        let path = format!("/collections/district/items?limit={limit}&skipGeometry=true");
        assert_eq!(client.get(&path).await.status, 200, "{limit}");
    }
    for limit in ["0", "-1", "1.5", "ten", "1e3"] {
        let path = format!("/collections/district/items?limit={limit}");
        assert!(client.get(&path).await.is_problem(400), "{limit}");
    }
}

#[tokio::test]
async fn what_the_release_does_not_hold_is_refused_with_what_it_holds() {
    let folder = Folder::with(&Recipe::default());
    let client = folder.client().await;
    for (path, valid) in [
        ("/collections/village/items", "district"),
        ("/tiles/village/0/0/0", "district"),
        ("/tiles/village.json", "district"),
        ("/collections/district/items?theme=murder", "child_marriage"),
        ("/tiles/district/0/0/0?theme=murder", "child_marriage"),
        ("/tiles/h3/0/0/0?theme=murder", "child_marriage"),
        ("/tiles/h3.json?theme=murder", "child_marriage"),
        (
            "/tiles/district/0/0/0?theme=trafficking&period=1999",
            "2021",
        ),
    ] {
        let answer = client.get(path).await;
        assert!(answer.is_problem(404), "{path}");
        let listed = answer.json()["valid"].clone();
        assert!(listed.as_array().unwrap().contains(&valid.into()), "{path}");
        assert_eq!(answer.header("safeground-release"), folder.id);
    }
    let unit = client.get("/collections/district/items/district:999").await;
    assert!(unit.is_problem(404));
}
