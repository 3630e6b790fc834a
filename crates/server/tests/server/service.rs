//! The service as a whole: caching, errors, headers, logs, releases that come
//! and go.

use std::io::Read as _;

use axum::body::Body;
use axum::http::Request;
use flate2::read::GzDecoder;

use safeground_engine::release::{ReleaseSigner, withdraw};
use safeground_privacy::Audience;
use safeground_server::Config;

use crate::captured;
use crate::fixture::{Folder, Recipe};

const PATHS: [&str; 8] = [
    "/v1/catalog",
    "/v1/manifest",
    "/collections",
    "/collections/district",
    "/collections/district/items?sortby=-score",
    "/collections/h3_r5/items?f=csv",
    "/tiles/district.json",
    "/tiles/h3/3/5/3",
];

#[tokio::test]
async fn unchanged_release_gives_304() {
    let folder = Folder::with(&Recipe::default());
    let client = folder.client().await;
    for path in PATHS {
        for coding in ["identity", "gzip", "br"] {
            let headers = [("accept-encoding", coding)];
            let first = client.get_with(path, &headers).await;
            let tag = first.header("etag");
            assert!(tag.starts_with('"'), "{path}: {tag} is not strong");
            let again = [headers[0], ("if-none-match", tag)];
            let second = client.get_with(path, &again).await;
            assert_eq!(second.status, 304, "{path} {coding}");
            assert!(second.body.is_empty());
            assert_eq!(second.header("etag"), tag);
            assert_eq!(second.header("safeground-release"), folder.id);
        }
    }
}

#[tokio::test]
async fn an_answer_comes_in_the_coding_that_the_client_takes() {
    let folder = Folder::with(&Recipe::default());
    let client = folder.client().await;
    for path in ["/v1/catalog", "/collections/h3_r5/items"] {
        let plain = client.get(path).await;
        assert_eq!(plain.header("content-encoding"), "", "{path}");
        for coding in ["gzip", "br"] {
            let packed = client.get_with(path, &[("accept-encoding", coding)]).await;
            assert_eq!(packed.header("content-encoding"), coding, "{path}");
            assert!(packed.body.len() < plain.body.len(), "{path} {coding}");
            // Of the two, only gzip has a decoder here.
            if coding == "gzip" {
                let mut unpacked = Vec::new();
                GzDecoder::new(&packed.body[..])
                    .read_to_end(&mut unpacked)
                    .unwrap();
                assert!(unpacked == plain.body, "{path}");
            }
        }
    }
}

#[tokio::test]
async fn nothing_changes_within_a_release() {
    let folder = Folder::with(&Recipe::default());
    let (one, other) = (folder.client().await, folder.client().await);
    for path in PATHS {
        let (a, b) = (one.get(path).await, other.get(path).await);
        assert_eq!(a.body, b.body, "{path}");
        assert_eq!(a.header("etag"), b.header("etag"), "{path}");
        assert_eq!(a.header("last-modified"), "", "{path}");
    }
}

#[tokio::test]
async fn a_new_release_is_taken_up_whole_and_a_broken_one_is_not() {
    let folder = Folder::with(&Recipe::default());
    let client = folder.client().await;
    let before = client.get("/tiles/district/0/0/0").await;
    let newer = folder.publish(&Recipe {
        shift: 1.0,
        ..Recipe::default()
    });
    client.state.refresh().await;
    let headers = [("if-none-match", before.header("etag"))];
    let after = client.get_with("/tiles/district/0/0/0", &headers).await;
    assert_eq!(after.status, 200);
    assert_eq!(after.header("safeground-release"), newer);
    assert_ne!(after.body, before.body);
    folder.publish(&Recipe {
        drop_one_row: true,
        ..Recipe::default()
    });
    client.state.refresh().await;
    let still = client.get("/tiles/district/0/0/0").await;
    assert_eq!(still.header("safeground-release"), newer);
    assert_eq!(still.body, after.body);
}

#[tokio::test]
async fn a_release_with_a_changed_byte_is_not_served() {
    for name in [
        "scores.parquet",
        "places.parquet",
        "manifest.sig",
        "manifest.json",
    ] {
        let folder = Folder::with(&Recipe::default());
        let file = folder.path().join("public").join(&folder.id).join(name);
        let mut bytes = std::fs::read(&file).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        std::fs::write(&file, bytes).unwrap();
        let client = folder.client().await;
        assert!(client.get("/v1/catalog").await.is_problem(503), "{name}");
    }
}

#[tokio::test]
async fn a_server_that_trusts_one_key_serves_no_release_of_another() {
    let folder = Folder::with(&Recipe::default());
    let key = |secret: u8| ReleaseSigner::of_lake(&[secret; 32]).public_key();
    for (trusted, status) in [(key(1), 200), (key(2), 503)] {
        let config = Config {
            trusted_key: Some(trusted),
            ..Folder::config()
        };
        let client = folder.client_with(config).await;
        assert_eq!(client.get("/tiles/district/0/0/0").await.status, status);
    }
}

#[tokio::test]
async fn a_release_that_is_taken_back_is_no_longer_served() {
    let folder = Folder::with(&Recipe::default());
    let client = folder.client().await;
    assert_eq!(client.get("/tiles/district/0/0/0").await.status, 200);
    std::fs::remove_file(folder.path().join("public/current")).unwrap();
    client.state.refresh().await;
    for path in PATHS {
        assert!(client.get(path).await.is_problem(503), "{path}");
    }
}

#[tokio::test]
async fn a_bare_server_says_what_to_run_next() {
    let client = Folder::empty().client().await;
    let page = client.get("/").await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains("safeground release"));
    assert_eq!(client.get("/health").await.status, 200);
    assert!(client.get("/ready").await.is_problem(503));
    for path in PATHS {
        let answer = client.get(path).await;
        assert!(answer.is_problem(503), "{path}");
        assert!(answer.text().contains("safeground release"));
    }
}

#[tokio::test]
async fn every_response_links_to_its_manifest() {
    let client = Folder::with(&Recipe::default()).client().await;
    for path in PATHS {
        let answer = client.get(path).await;
        let links = answer.headers.get_all("link").iter();
        let mut links = links.filter_map(|link| link.to_str().ok());
        let link = links.find(|link| link.contains("rel=\"describedby\""));
        let manifest = link.unwrap().split(['<', '>']).nth(1).unwrap();
        let manifest = client.get(manifest).await.json();
        assert_eq!(manifest["release_id"], answer.header("safeground-release"));
    }
}

#[tokio::test]
async fn the_link_to_a_manifest_outlives_its_release() {
    let folder = Folder::with(&Recipe::default());
    let client = folder.client().await;
    let older = format!("/v1/manifest?release={}", folder.id);
    let before = client.get(&older).await;
    let newer = folder.publish(&Recipe {
        shift: 1.0,
        ..Recipe::default()
    });
    client.state.refresh().await;
    assert_eq!(client.get("/v1/manifest").await.json()["release_id"], newer);
    let after = client.get(&older).await;
    assert_eq!(after.body, before.body);
    assert_eq!(after.json()["release_id"], folder.id.as_str());
    assert_eq!(after.header("safeground-release"), folder.id);

    for other in ["0123456789abcdef", "../public", "ABC"] {
        let answer = client.get(&format!("/v1/manifest?release={other}")).await;
        assert!(answer.is_problem(404), "{other}");
    }
    // What was taken back is gone, however recently it was read.
    withdraw(folder.path(), Audience::Public, &folder.id, None).unwrap();
    assert!(client.get(&older).await.is_problem(404));
}

#[tokio::test]
async fn the_catalog_says_what_a_map_needs() {
    let folder = Folder::with(&Recipe::default());
    let client = folder.client().await;
    let catalog = client.get("/v1/catalog").await.json();
    assert_eq!(catalog["release_id"], folder.id.as_str());
    assert_eq!(catalog["audience"], "public");
    assert_eq!(catalog["synthetic"], true);
    assert_eq!(catalog["layers"].as_array().unwrap().len(), 4);
    assert_eq!(catalog["themes"][0]["code"], "child_marriage");
    assert_eq!(catalog["available"][0]["periods"][0], "2020");
    assert_eq!(catalog["statuses"][1]["code"], "below_threshold");
    assert_eq!(catalog["classes"][0]["code"], "hot_99");
    // In the words of the map, which says more beside its legend.
    let words = include_str!("../../web/src/texts/en.ts");
    for class in catalog["classes"].as_array().unwrap() {
        let (code, meaning) = (class["code"].as_str(), class["meaning"].as_str());
        let (_, after) = words.split_once(&format!("{}: \"", code.unwrap())).unwrap();
        let (of_map, _) = after.split_once('"').unwrap();
        assert!(meaning.unwrap().starts_with(of_map), "{class}: {of_map}");
    }
    assert!(
        catalog["attribution"]
            .as_str()
            .unwrap()
            .contains("Test publisher")
    );
}

#[tokio::test]
async fn every_error_is_a_problem() {
    let client = Folder::with(&Recipe::default()).client().await;
    for (path, status) in [
        ("/nothing", 404),
        ("/collections/", 404),
        ("/tiles/district", 404),
        ("/tiles/%FF.json", 404),
        ("/../../etc/passwd", 404),
        ("/index.html", 404),
        ("/v1/catalog?foo=1", 400),
        ("/?f=xml", 400),
    ] {
        let answer = client.get(path).await;
        assert!(answer.is_problem(status), "{path}: {answer:?}");
    }
    let long = format!("/v1/catalog?theme={}", "a".repeat(5000));
    assert!(client.get(&long).await.is_problem(414));
    for path in ["/v1/catalog", "/tiles/district/0/0/0", "/health"] {
        for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"] {
            let request = Request::builder().method(method).uri(path);
            let answer = client.send(request.body(Body::empty()).unwrap()).await;
            assert!(answer.is_problem(405), "{method} {path}");
            assert_eq!(answer.header("allow"), "GET, HEAD");
        }
    }
    let big = Request::post("/v1/catalog").header("content-length", "99999999");
    let answer = client.send(big.body(Body::empty()).unwrap()).await;
    assert!(answer.is_problem(413));
}

#[tokio::test]
async fn a_busy_server_refuses_work_and_still_tells_its_health() {
    let config = Config {
        max_requests: 0,
        ..Folder::config()
    };
    let client = Folder::with(&Recipe::default()).client_with(config).await;
    for path in PATHS {
        let answer = client.get(path).await;
        assert!(answer.is_problem(503), "{path}");
        assert_eq!(answer.header("retry-after"), "5");
    }
    for path in ["/health", "/ready", "/metrics"] {
        assert_eq!(client.get(path).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_ended() {
    let config = Config {
        // Nobody to do the work: it would wait for ever.
        workers: 0,
        request_timeout: std::time::Duration::from_millis(50),
        ..Folder::config()
    };
    let client = Folder::with(&Recipe::default()).client_with(config).await;
    for path in ["/tiles/district/0/0/0", "/collections/district/items"] {
        let answer = client.get(path).await;
        assert!(answer.is_problem(503), "{path}");
        assert!(answer.text().contains("timeout"));
    }
}

#[tokio::test]
async fn every_response_forbids_what_the_page_does_not_need() {
    let client = Folder::with(&Recipe::default()).client().await;
    for path in ["/", "/health", "/nothing", "/v1/catalog", "/tiles/h3/3/5/3"] {
        let answer = client.get(path).await;
        let policy = answer.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'"), "{path}");
        assert!(!policy.contains("unsafe"), "{path}");
        assert!(policy.contains("frame-ancestors 'none'"));
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        assert_eq!(answer.header("x-request-id").len(), 16);
    }
}

#[tokio::test]
async fn a_forged_host_is_not_repeated() {
    let client = Folder::with(&Recipe::default()).client().await;
    let headers = [("host", "evil.example/\"><script>")];
    let answer = client.get_with("/collections", &headers).await;
    assert_eq!(answer.status, 200);
    assert!(!answer.text().contains("evil"));
}

#[tokio::test]
async fn a_head_request_has_the_headers_and_no_body() {
    let client = Folder::with(&Recipe::default()).client().await;
    let request = Request::head("/collections/district/items");
    let answer = client.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), "application/geo+json");
    assert!(answer.body.is_empty());
}

#[tokio::test]
async fn nonsense_never_makes_the_server_fail() {
    let client = Folder::with(&Recipe::default()).client().await;
    let values = [
        "",
        "%00",
        "%FF",
        "-1",
        "NaN",
        "1e309",
        "'--",
        "<script>",
        "%E0%A4%B9",
        "..%2F..",
        "*",
        "true",
        "9999999999999999999999",
        "+",
        "a,b",
        "2021-99",
        "../..",
    ];
    let names = [
        "theme",
        "period",
        "datetime",
        "bbox",
        "limit",
        "cursor",
        "sortby",
        "skipGeometry",
        "properties",
        "f",
        "audience",
        "unknown",
    ];
    for address in safeground_server::addresses() {
        for value in values {
            let path = address
                .replace("{layer}", "district")
                .replace("{unit}", value)
                .replace("{z}", value)
                .replace("{x}", "0")
                .replace("{y}", value);
            for name in names {
                let uri = format!("{path}?{name}={value}");
                let Ok(request) = Request::get(&uri).body(Body::empty()) else {
                    continue;
                };
                let answer = client.send(request).await;
                assert!(answer.status.as_u16() < 500, "{uri}: {}", answer.status);
            }
        }
    }
}

#[tokio::test]
async fn logs_and_metrics_hold_no_place_coordinate_or_token() {
    let folder = Folder::with(&Recipe::default());
    let client = folder.client().await;
    let token = [("authorization", "Bearer sgt_canary")];
    for path in [
        "/tiles/district/7/94/55",
        "/collections/district/items/district:100",
        "/collections/district/items?bbox=84.125,22.125,85,23&sortby=name",
        "/v1/catalog?audience=planning",
        "/canary-in-a-path",
    ] {
        client.get_with(path, &token).await;
    }
    let metrics = client.get("/metrics").await.text();
    let log = captured::text();
    assert!(
        log.contains("\"route\":\"/tiles/{layer}/{z}/{x}/{y}\""),
        "{log}"
    );
    assert!(log.contains(&format!("\"release\":\"{}\"", folder.id)));
    assert!(
        metrics.contains("safeground_http_requests_total{"),
        "{metrics}"
    );
    for canary in [
        "canary",
        "district:100",
        "84.125",
        "22.125",
        "Alder",
        "/94/",
        "sortby",
    ] {
        assert!(!log.contains(canary), "{canary} in the log: {log}");
        assert!(!metrics.contains(canary), "{canary} in the metrics");
    }
}

#[tokio::test]
async fn the_description_of_the_service_is_openapi_3_1() {
    let client = Folder::empty().client().await;
    let answer = client.get("/openapi.json").await;
    let description = answer.json();
    assert!(description["openapi"].as_str().unwrap().starts_with("3.1"));
    for (path, operations) in description["paths"].as_object().unwrap() {
        let responses = operations["get"]["responses"].as_object().unwrap();
        assert!(
            responses.keys().any(|status| status.starts_with('2')),
            "{path}"
        );
    }
    let problem = &description["components"]["schemas"]["Problem"];
    assert!(problem["properties"]["status"].is_object());
    let references: Vec<_> = answer
        .text()
        .split("#/components/schemas/")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap().to_owned())
        .collect();
    for name in references {
        let known = &description["components"]["schemas"][&name];
        assert!(known.is_object(), "{name} is referred to but not described");
    }
}
