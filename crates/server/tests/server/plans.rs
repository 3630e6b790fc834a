//! Campaign plans: who may ask, what is refused, what comes back and to whom.

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use chrono::{TimeDelta, Utc};
use safeground_server::{Audience, Config, NewToken, PlanLimits, Scope, TokenStore};
use serde_json::{Value, json};

use crate::fixture::{Answer, Client, Folder};
use crate::villages;

fn folder() -> Folder {
    let mut folder = Folder::empty();
    folder.id = publish(&folder, 0.0);
    folder
}

fn publish(folder: &Folder, shift: f64) -> String {
    let (manifest, places, scores) = villages::release(shift);
    folder.publish_tables(manifest, &places, &scores)
}

fn token(folder: &Folder, audience: Audience) -> String {
    scoped(folder, audience, Scope::default())
}

fn scoped(folder: &Folder, audience: Audience, scope: Scope) -> String {
    let (secret, _) = TokenStore::new(folder.path())
        .create(NewToken {
            audience,
            lifetime: TimeDelta::days(1),
            label: None,
            scope,
            now: Utc::now(),
        })
        .unwrap();
    format!("Bearer {}", secret.reveal())
}

/// A request that is answered within a second.
fn request() -> Value {
    json!({
        "title": "Before the wedding season",
        "areas": ["district:1"],
        "themes": {"child_marriage": 1.0},
        "from": "2025-01-06",
        "weeks": 1,
        "teams": [{"name": "A", "base": "block:0"}],
        "search": {"draws": 20, "route_rounds": 20, "exact_nodes": 0},
    })
}

fn with(field: &str, value: Value) -> Value {
    let mut request = request();
    request[field] = value;
    request
}

async fn post(client: &Client, token: &str, body: impl Into<Body>) -> Answer {
    let mut request = Request::post("/v1/plans");
    if !token.is_empty() {
        request = request.header("authorization", token);
    }
    client.send(request.body(body.into()).unwrap()).await
}

async fn ask(client: &Client, token: &str, body: &Value) -> Answer {
    post(client, token, body.to_string()).await
}

async fn get(client: &Client, token: &str, path: &str) -> Answer {
    client.get_with(path, &[("authorization", token)]).await
}

/// Waits until a plan has ended.
async fn ended(client: &Client, token: &str, id: &str) -> Answer {
    let path = format!("/v1/plans/{id}");
    for _ in 0..3_000 {
        let answer = get(client, token, &path).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let status = answer.json()["status"].as_str().unwrap().to_owned();
        if status == "done" || status == "failed" {
            return answer;
        }
        assert_eq!(answer.header("cache-control"), "private, no-store");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the plan does not end");
}

fn id_of(answer: &Answer) -> String {
    assert_eq!(answer.status, 202, "{answer:?}");
    answer.json()["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn only_a_planning_token_asks_for_plans_and_sees_them() {
    let folder = folder();
    let client = folder.client().await;
    let research = token(&folder, Audience::Research);
    let body = request();
    assert!(ask(&client, "", &body).await.is_problem(401));
    assert!(
        ask(&client, "Bearer sgt_wrong", &body)
            .await
            .is_problem(401)
    );
    assert!(ask(&client, &research, &body).await.is_problem(403));
    for path in ["/v1/plans", "/v1/plans/x", "/v1/plans/x/files/plan.json"] {
        assert!(client.get(path).await.is_problem(401), "{path}");
        assert!(
            get(&client, &research, path).await.is_problem(403),
            "{path}"
        );
    }
    let put = Request::put("/v1/plans").body(Body::empty()).unwrap();
    let put = client.send(put).await;
    assert!(put.is_problem(405));
    assert_eq!(put.header("allow"), "GET, HEAD, POST");
    // Nothing of a planning release is in a folder that has none.
    let empty = Folder::empty();
    let planner = token(&empty, Audience::Planning);
    let client = empty.client().await;
    assert!(ask(&client, &planner, &body).await.is_problem(503));
}

#[tokio::test]
async fn a_plan_is_made_once_and_comes_with_its_files() {
    let folder = folder();
    let client = folder.client().await;
    let planner = token(&folder, Audience::Planning);
    let taken = ask(&client, &planner, &request()).await;
    let id = id_of(&taken);
    let path = format!("/v1/plans/{id}");
    assert_eq!(taken.header("location"), path);
    assert_eq!(taken.header("safeground-release"), folder.id);
    assert_eq!(taken.header("cache-control"), "private, no-store");
    let answer = ended(&client, &planner, &id).await;
    let plan = answer.json();
    assert_eq!(plan["status"], "done", "{plan}");
    assert_eq!(answer.header("cache-control"), "private, no-cache");
    assert_eq!(answer.header("safeground-release"), folder.id);
    let document = &plan["document"];
    assert_eq!(document["plan_id"], id.as_str());
    assert_eq!(document["release_id"], folder.id.as_str());
    assert!(!document["villages"].as_array().unwrap().is_empty());
    assert!(!document["routes"].as_array().unwrap().is_empty());
    assert!(plan.get("words").is_none());
    let spoken = get(&client, &planner, &format!("{path}?lang=hi")).await;
    assert_ne!(spoken.header("etag"), answer.header("etag"));
    let (words, villages) = (&spoken.json()["words"], &document["villages"]);
    assert_eq!(words["lang"], "hi");
    let reasons = words["reasons"].as_array().unwrap();
    assert_eq!(reasons.len(), villages.as_array().unwrap().len());
    let first = reasons[0][0].as_str().unwrap();
    assert!(
        first.chars().any(|c| ('\u{900}'..='\u{97f}').contains(&c)),
        "{first}"
    );
    assert!(
        get(&client, &planner, &format!("{path}?lang=xx"))
            .await
            .is_problem(400)
    );
    let tag = ("if-none-match", answer.header("etag"));
    let again = client
        .get_with(&path, &[("authorization", planner.as_str()), tag])
        .await;
    assert_eq!(again.status, 304);
    let files = plan["files"].as_array().unwrap();
    let names: Vec<&str> = files.iter().filter_map(|f| f["name"].as_str()).collect();
    for name in [
        "plan.zip",
        "plan.xlsx",
        "walk_lists.html",
        "plan.geojson",
        "state.json",
    ] {
        assert!(names.contains(&name), "{name}");
    }
    for file in files {
        let name = file["name"].as_str().unwrap();
        for lang in ["en", "hi"] {
            let path = format!("/v1/plans/{id}/files/{name}?lang={lang}");
            let answer = get(&client, &planner, &path).await;
            assert_eq!(answer.status, 200, "{path}");
            assert_eq!(answer.header("content-type"), file["media_type"]);
            let disposition = answer.header("content-disposition");
            assert!(
                disposition.starts_with("attachment; filename=\"plan-"),
                "{disposition}"
            );
            assert!(disposition.ends_with(&format!("{name}\"")), "{disposition}");
            assert_eq!(answer.header("cache-control"), "private, no-cache");
            assert_eq!(answer.header("safeground-release"), folder.id);
            assert!(!answer.body.is_empty(), "{path}");
        }
    }
    let file = |rest: &str| format!("/v1/plans/{id}/files/{rest}");
    assert!(get(&client, &planner, &file("x.exe")).await.is_problem(404));
    assert!(
        get(&client, &planner, &file("plan.json?lang=xx"))
            .await
            .is_problem(400)
    );
    assert!(
        get(&client, &planner, &file("plan.json?language=hi"))
            .await
            .is_problem(400)
    );
    // The same again, with other blanks and order, is that plan, already there.
    let other = serde_json::to_string_pretty(&request()).unwrap();
    let taken = post(&client, &planner, other).await;
    assert_eq!(id_of(&taken), id);
    assert_eq!(taken.json()["status"], "done");
    let list = get(&client, &planner, "/v1/plans").await.json();
    assert_eq!(list["plans"].as_array().unwrap().len(), 1);
    assert_eq!(list["plans"][0]["title"], "Before the wedding season");
    assert!(list["plans"][0].get("document").is_none());
}

#[tokio::test]
async fn a_plan_is_nothing_to_another_token_and_outlives_its_release() {
    let folder = folder();
    let client = folder.client().await;
    let (mine, other) = (
        token(&folder, Audience::Planning),
        token(&folder, Audience::Planning),
    );
    let id = id_of(&ask(&client, &mine, &request()).await);
    ended(&client, &mine, &id).await;
    for rest in ["", "/files/plan.json", "/files/unknown"] {
        let theirs = get(&client, &other, &format!("/v1/plans/{id}{rest}")).await;
        let unknown = get(
            &client,
            &other,
            &format!("/v1/plans/plan-0000000000000000{rest}"),
        )
        .await;
        assert!(theirs.is_problem(404), "{rest}");
        assert_eq!(theirs.body, unknown.body);
        assert_eq!(theirs.header("safeground-release"), "");
    }
    assert_eq!(
        get(&client, &other, "/v1/plans").await.json()["plans"],
        json!([])
    );
    let path = format!("/v1/plans/{id}");
    let before = get(&client, &mine, &path).await;
    let newer = publish(&folder, 5.0);
    client.state.refresh().await;
    let after = get(&client, &mine, &path).await;
    assert_eq!(before.body, after.body);
    assert_eq!(after.header("safeground-release"), folder.id);
    // The same request on the newer release is another plan.
    let anew = ask(&client, &mine, &request()).await;
    assert_ne!(id_of(&anew), id);
    assert_eq!(anew.header("safeground-release"), newer);
}

#[tokio::test]
async fn a_token_for_some_places_plans_with_what_it_opens_and_nothing_else() {
    let folder = folder();
    let client = folder.client().await;
    let scope = Scope {
        places: ["block:0".to_owned()].into(),
        ..Scope::default()
    };
    let planner = scoped(&folder, Audience::Planning, scope);
    let id = id_of(&ask(&client, &planner, &with("areas", json!(["district:2"]))).await);
    let plan = ended(&client, &planner, &id).await.json();
    assert_eq!(
        plan["problem"]["faults"][0]["code"], "no-candidates",
        "{plan}"
    );
    let id = id_of(&ask(&client, &planner, &request()).await);
    let plan = ended(&client, &planner, &id).await.json();
    let villages = plan["document"]["villages"].as_array().unwrap();
    assert!(!villages.is_empty(), "{plan}");
    // Of district 1 only block 0 is open: no rate may be that of another place.
    let parts = villages
        .iter()
        .flat_map(|v| v["scores"].as_array().unwrap());
    let lenders: Vec<&str> = parts
        .filter_map(|part| part["from_place_id"].as_str())
        .collect();
    assert!(!lenders.is_empty());
    assert!(
        lenders.iter().all(|place| *place == "block:0"),
        "{lenders:?}"
    );
}

#[tokio::test]
async fn what_cannot_be_answered_is_refused_with_field_and_remedy() {
    let folder = folder();
    let client = folder.client().await;
    let planner = token(&folder, Audience::Planning);
    let mut unknown_field = request();
    unknown_field["teams"][0]["phone"] = json!("x");
    for (body, code, field) in [
        (with("weeks", json!(0)), "setting", json!("weeks")),
        (with("areas", json!([])), "setting", json!("areas")),
        (with("from", json!("9999-01-01")), "setting", json!("from")),
        (with("from", json!("tomorrow")), "unreadable", json!("from")),
        (with("weeks", json!("two")), "unreadable", json!("weeks")),
        (with("villages", json!([])), "unreadable", json!("villages")),
        (unknown_field, "unreadable", json!("teams[0].phone")),
        (
            with("search", json!({"draws": 3000})),
            "setting",
            json!("search.draws"),
        ),
        (json!([]), "unreadable", Value::Null),
    ] {
        let answer = ask(&client, &planner, &body).await;
        assert!(answer.is_problem(422), "{body}: {answer:?}");
        let problem = answer.json();
        assert_eq!(problem["type"], "urn:safeground:problem:plan-refused");
        let fault = &problem["faults"][0];
        assert_eq!(fault["code"], code, "{problem}");
        assert_eq!(fault["field"], field, "{problem}");
        assert!(!fault["message"].as_str().unwrap().is_empty());
        assert!(
            !fault["remedies"].as_array().unwrap().is_empty(),
            "{problem}"
        );
    }
    assert!(post(&client, &planner, "").await.is_problem(422));
    let twice = format!("{0}{0}", request());
    assert!(post(&client, &planner, twice).await.is_problem(422));
    let long = with("title", json!("x".repeat(300 * 1024)));
    assert!(ask(&client, &planner, &long).await.is_problem(413));
    let request = Request::post("/v1/plans?dry=1").header("authorization", &planner);
    let answer = client.send(request.body(Body::empty()).unwrap()).await;
    assert!(answer.is_problem(400));
    let list = get(&client, &planner, "/v1/plans").await.json();
    assert_eq!(list["plans"], json!([]), "nothing that is refused is kept");
}

#[tokio::test]
async fn what_the_release_must_tell_fails_with_the_smallest_change() {
    let folder = folder();
    let client = folder.client().await;
    let planner = token(&folder, Audience::Planning);
    let failed = async |body: Value| {
        let id = id_of(&ask(&client, &planner, &body).await);
        let plan = ended(&client, &planner, &id).await.json();
        assert_eq!(plan["status"], "failed", "{plan}");
        assert!(plan.get("document").is_none());
        let files = get(
            &client,
            &planner,
            &format!("/v1/plans/{id}/files/plan.json"),
        )
        .await;
        assert!(files.is_problem(404));
        plan["problem"]["faults"][0].clone()
    };
    let fault = failed(with("areas", json!(["Name of districkt:1"]))).await;
    assert_eq!(fault["code"], "unknown");
    assert_eq!(fault["field"], "areas");
    assert!(!fault["valid"].as_array().unwrap().is_empty(), "{fault}");
    let fault = failed(with("themes", json!({"outreach": 1.0}))).await;
    assert_eq!(fault["field"], "themes");
    assert_eq!(fault["valid"], json!(["child_marriage"]));
    let fault = failed(with("budget_team_days", json!(0.01))).await;
    assert_eq!(
        (&fault["code"], &fault["field"]),
        (&json!("infeasible"), &json!("budget_team_days"))
    );
    // Doing what the remedy says is enough.
    let mend = &fault["remedies"][0];
    assert_eq!(mend["field"], "budget_team_days");
    let id = id_of(
        &ask(
            &client,
            &planner,
            &with("budget_team_days", mend["value"].clone()),
        )
        .await,
    );
    assert_eq!(ended(&client, &planner, &id).await.json()["status"], "done");
}

#[tokio::test]
async fn limits_hold_for_one_plan_and_for_all_that_wait() {
    let folder = folder();
    let planner = token(&folder, Audience::Planning);
    let config = Config {
        plan_limits: PlanLimits {
            villages: 19,
            team_week_rounds: 100,
            ..PlanLimits::NONE
        },
        ..Folder::config()
    };
    let client = folder.client_with(config).await;
    let id = id_of(&ask(&client, &planner, &request()).await);
    let plan = ended(&client, &planner, &id).await.json();
    let fault = &plan["problem"]["faults"][0];
    assert_eq!(
        (&fault["code"], &fault["field"]),
        (&json!("too-large"), &json!("areas"))
    );
    assert!(fault["message"].as_str().unwrap().contains("19"), "{fault}");
    let rounds = with("search", json!({"route_rounds": 101}));
    let answer = ask(&client, &planner, &rounds).await;
    assert!(answer.is_problem(422));
    assert_eq!(answer.json()["faults"][0]["code"], "too-large");
    // Nobody makes plans here, so all wait.
    let config = Config {
        plans_at_once: 0,
        max_queued_plans_of_token: 2,
        ..Folder::config()
    };
    let client = folder.client_with(config).await;
    for (seed, ahead) in [(1, 0), (2, 1)] {
        let taken = ask(&client, &planner, &with("seed", json!(seed))).await;
        id_of(&taken);
        assert_eq!(taken.json()["status"], "queued");
        assert_eq!(taken.json()["ahead"], ahead);
    }
    let answer = ask(&client, &planner, &with("seed", json!(3))).await;
    assert!(answer.is_problem(429));
    assert_eq!(answer.header("retry-after"), "30");
    let other = token(&folder, Audience::Planning);
    id_of(&ask(&client, &other, &request()).await);
}

#[tokio::test]
async fn a_request_is_described_to_the_last_field() {
    let client = folder().client().await;
    let description = client.get("/openapi.json").await.json();
    let schemas = &description["components"]["schemas"];
    let ask = &schemas["PlanAsk"];
    for field in request().as_object().unwrap().keys() {
        assert!(ask["properties"].get(field).is_some(), "{field}");
    }
    let text = description.to_string();
    let named = text.split("\"#/components/schemas/").skip(1);
    for name in named.filter_map(|rest| rest.split('"').next()) {
        assert!(schemas.get(name).is_some(), "{name} is not described");
    }
}
