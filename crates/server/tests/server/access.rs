//! Who may read what.

use chrono::{TimeDelta, Utc};
use safeground_server::{Audience, NewToken, Scope, TokenStore};

use crate::fixture::{Folder, Recipe};

fn folder() -> Folder {
    let folder = Folder::empty();
    for audience in ["public", "research", "planning"] {
        folder.publish(&Recipe {
            audience,
            ..Recipe::default()
        });
    }
    folder
}

fn token(folder: &Folder, audience: Audience, days: i64) -> (String, String) {
    scoped(folder, audience, days, Scope::default())
}

fn scoped(folder: &Folder, audience: Audience, days: i64, scope: Scope) -> (String, String) {
    let (secret, record) = TokenStore::new(folder.path())
        .create(NewToken {
            audience,
            lifetime: TimeDelta::days(days),
            label: None,
            scope,
            now: Utc::now() - TimeDelta::hours(1),
        })
        .unwrap();
    (format!("Bearer {}", secret.reveal()), record.id)
}

#[tokio::test]
async fn every_route_of_a_release_opens_to_its_own_audience_only() {
    let folder = folder();
    let client = folder.client().await;
    let tokens = [
        ("none", String::new()),
        ("research", token(&folder, Audience::Research, 1).0),
        ("planning", token(&folder, Audience::Planning, 1).0),
    ];
    let routes = [
        "/v1/catalog",
        "/v1/manifest",
        "/collections",
        "/collections/district",
        "/collections/district/items",
        "/collections/district/items?f=csv",
        "/collections/district/items/district:100",
        "/tiles/district.json",
        "/tiles/h3/0/0/0",
    ];
    for route in routes {
        let mark = if route.contains('?') { '&' } else { '?' };
        for audience in ["public", "research", "planning"] {
            let path = format!("{route}{mark}audience={audience}");
            // Twice, so that a cached answer is tried as well.
            for (role, token) in tokens.iter().chain(&tokens) {
                let headers: &[(&str, &str)] = match *role {
                    "none" => &[],
                    _ => &[("authorization", token)],
                };
                let answer = client.get_with(&path, headers).await;
                let expected = match (audience, *role) {
                    ("public", _) => 200,
                    (_, "none") => 401,
                    (audience, role) if audience == role => 200,
                    _ => 403,
                };
                assert_eq!(answer.status, expected, "{path} as {role}");
                if expected != 200 {
                    assert!(answer.is_problem(expected));
                    assert_eq!(answer.header("cache-control"), "no-store");
                    assert_eq!(answer.header("safeground-release"), "");
                } else if audience != "public" {
                    assert_eq!(answer.header("cache-control"), "private, no-cache");
                    assert!(answer.header("vary").contains("Authorization"));
                }
            }
        }
    }
}

#[tokio::test]
async fn without_a_token_the_client_learns_how_to_send_one() {
    let client = folder().client().await;
    let answer = client.get("/v1/catalog?audience=planning").await;
    assert_eq!(
        answer.header("www-authenticate"),
        "Bearer realm=\"safeground\""
    );
    let headers = [("authorization", "Bearer sgt_wrong")];
    let answer = client
        .get_with("/v1/catalog?audience=planning", &headers)
        .await;
    assert!(answer.is_problem(401));
    assert!(answer.header("www-authenticate").contains("invalid_token"));
}

#[tokio::test]
async fn an_expired_or_revoked_token_opens_nothing() {
    let folder = folder();
    let client = folder.client().await;
    let path = "/v1/catalog?audience=planning";
    let (expired, _) = token(&folder, Audience::Planning, 0);
    let answer = client.get_with(path, &[("authorization", &expired)]).await;
    assert!(answer.is_problem(401));
    let (valid, id) = token(&folder, Audience::Planning, 1);
    let headers = [("authorization", valid.as_str())];
    let open = client.get_with(path, &headers).await;
    assert_eq!(open.status, 200);
    TokenStore::new(folder.path()).revoke(&id).unwrap();
    assert!(client.get_with(path, &headers).await.is_problem(401));
    // Not by way of a tag that was learnt before either.
    let again = [headers[0], ("if-none-match", open.header("etag"))];
    assert!(client.get_with(path, &again).await.is_problem(401));
}

#[tokio::test]
async fn a_list_of_tokens_that_cannot_be_read_opens_nothing() {
    let folder = folder();
    let client = folder.client().await;
    let (valid, _) = token(&folder, Audience::Planning, 1);
    let headers = [("authorization", valid.as_str())];
    let path = "/v1/catalog?audience=planning";
    assert_eq!(client.get_with(path, &headers).await.status, 200);
    std::fs::write(folder.path().join("access/tokens.json"), "{").unwrap();
    assert!(client.get_with(path, &headers).await.is_problem(401));
}

#[tokio::test]
async fn guessing_is_stopped_after_ten_attempts_in_a_minute() {
    let folder = folder();
    let client = folder.client().await;
    let (valid, _) = token(&folder, Audience::Planning, 1);
    let path = "/v1/catalog?audience=planning";
    for guess in 0..10 {
        let guess = format!("Bearer sgt_{guess:064x}");
        let answer = client.get_with(path, &[("authorization", &guess)]).await;
        assert!(answer.is_problem(401));
    }
    let answer = client.get_with(path, &[("authorization", &valid)]).await;
    assert!(
        answer.is_problem(429),
        "a guess must not be told from a hit"
    );
    assert_eq!(answer.header("retry-after"), "60");
    assert_eq!(client.get("/v1/catalog").await.status, 200);
}

#[tokio::test]
async fn an_audience_that_is_unknown_or_given_twice_is_refused() {
    let client = folder().client().await;
    for query in [
        "audience=admin",
        "audience=",
        "audience=public&audience=planning",
    ] {
        let answer = client.get(&format!("/v1/catalog?{query}")).await;
        assert!(answer.is_problem(400), "{query}");
    }
}

#[tokio::test]
async fn a_cached_tile_of_one_audience_is_never_shown_to_another() {
    let folder = Folder::empty();
    for (audience, shift) in [("planning", 5.0), ("public", 0.0)] {
        folder.publish(&Recipe {
            audience,
            shift,
            ..Recipe::default()
        });
    }
    let client = folder.client().await;
    let (valid, _) = token(&folder, Audience::Planning, 1);
    let headers = [("authorization", valid.as_str())];
    let path = "/tiles/district/0/0/0";
    let planning = client
        .get_with(&format!("{path}?audience=planning"), &headers)
        .await;
    let public = client.get(path).await;
    assert_eq!(
        (planning.status, public.status),
        (200.try_into().unwrap(), 200.try_into().unwrap())
    );
    assert_ne!(planning.body, public.body);
    assert_ne!(planning.header("etag"), public.header("etag"));
}

/// A token for two districts, one theme and one year.
fn for_a_part(folder: &Folder) -> String {
    let scope = Scope {
        places: ["district:108".to_owned(), "district:109".to_owned()].into(),
        themes: ["child_marriage".to_owned()].into(),
        from: Some("2021".into()),
        until: None,
    };
    scoped(folder, Audience::Planning, 1, scope).0
}

#[tokio::test]
async fn a_token_for_some_places_opens_nothing_else_by_any_route() {
    let folder = folder();
    let client = folder.client().await;
    let all = token(&folder, Audience::Planning, 1).0;
    let part = for_a_part(&folder);
    let routes = [
        "/v1/catalog?",
        "/collections?",
        "/collections/district?",
        "/collections/district/items?limit=1000&",
        "/collections/district/items?f=csv&limit=1000&",
        "/collections/district/items?f=csv&limit=1000&theme=indicator:cm_nfhs5&",
        "/collections/district/items/district:108?",
        "/tiles/district.json?",
        "/tiles/district/4/11/6?",
        "/tiles/district/4/11/7?",
        "/tiles/district/5/23/13?",
        "/tiles/district/5/23/14?",
    ];
    for route in routes {
        // The whole release first, so that a cache could give it away, and once
        // more with the tag of the other answer.
        let path = format!("{route}audience=planning");
        let whole = client.get_with(&path, &[("authorization", &all)]).await;
        let tag = whole.header("etag").to_owned();
        let headers = [("authorization", part.as_str()), ("if-none-match", &tag)];
        let answer = client.get_with(&path, &headers).await;
        assert_ne!(answer.status, 304, "{path}");
        let body = String::from_utf8_lossy(&answer.body);
        for number in (100..113).filter(|n| ![108, 109].contains(n)) {
            assert!(
                !body.contains(&format!("district:{number}")),
                "{path}: {number}"
            );
        }
        assert!(!body.contains("trafficking"), "{path}");
        assert!(!body.contains("\"2020\""), "{path}");
        assert!(!body.contains("\"h3_r5\""), "{path}");
    }
}

#[tokio::test]
async fn what_lies_outside_a_token_is_answered_as_if_it_did_not_exist() {
    let folder = folder();
    let client = folder.client().await;
    let part = for_a_part(&folder);
    let headers = [("authorization", part.as_str())];
    let get = async |path: &str| {
        let path = format!("{path}audience=planning");
        client.get_with(&path, &headers).await
    };
    let inside = get("/collections/district/items/district:108?").await;
    assert_eq!(inside.status, 200);
    let outside = get("/collections/district/items/district:100?").await;
    let nowhere = get("/collections/district/items/district:999?").await;
    assert_eq!(outside.status, 404);
    assert_eq!(outside.json()["detail"], nowhere.json()["detail"]);
    for path in [
        "/collections/h3_r5/items?",
        "/collections/district/items?theme=trafficking&",
        "/collections/district/items?theme=child_marriage&period=2020&",
        "/tiles/h3/2/2/1?",
    ] {
        let answer = get(path).await;
        assert!(answer.status.is_client_error(), "{path}: {}", answer.status);
    }
    // The manifest is what was signed, for all who may read any of it.
    let manifest = get("/v1/manifest?").await;
    assert_eq!(manifest.json()["layers"].as_array().unwrap().len(), 4);
    let catalog = get("/v1/catalog?").await.json();
    assert_eq!(catalog["layers"].as_array().unwrap().len(), 1);
    assert_eq!(catalog["layers"][0]["units"], 2);
}

#[tokio::test]
async fn two_tokens_for_different_places_see_different_rows_of_one_release() {
    let folder = folder();
    let client = folder.client().await;
    let of = |district: &str| {
        let scope = Scope {
            places: [district.to_owned()].into(),
            ..Scope::default()
        };
        scoped(&folder, Audience::Planning, 1, scope).0
    };
    let (one, other) = (of("district:107"), of("district:110"));
    let path = "/collections/district/items?audience=planning";
    for _ in 0..2 {
        for (token, mine, theirs) in [
            (&one, "district:107", "district:110"),
            (&other, "district:110", "district:107"),
        ] {
            let answer = client.get_with(path, &[("authorization", token)]).await;
            assert!(answer.text().contains(mine));
            assert!(!answer.text().contains(theirs));
        }
    }
}
