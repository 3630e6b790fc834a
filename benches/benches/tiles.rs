//! Time to a vector tile in the middle of the demo at zooms 4 to 12, through
//! the whole application but the socket: encoded anew, and from memory; and
//! the time to refuse an address that is no tile, which a flood of them must
//! not make dear.
#![allow(missing_docs, reason = "criterion's macros make undocumented items")]

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use criterion::{Criterion, criterion_group, criterion_main};
use safeground_benches::Demo;
use safeground_engine::release::open;
use safeground_server::{AppState, Audience, Config, app};
use tower::ServiceExt as _;

/// Column and row of the tile that holds a point (web Mercator, XYZ scheme).
fn tile_of(zoom: u8, longitude: f64, latitude: f64) -> (u32, u32) {
    let tiles = f64::from(1_u32 << zoom);
    let x = (longitude + 180.0) / 360.0 * tiles;
    let y = (1.0 - latitude.to_radians().tan().asinh() / std::f64::consts::PI) / 2.0 * tiles;
    (x as u32, y as u32)
}

async fn bytes_of(app: Router, path: String) -> usize {
    let request = Request::get(path).body(Body::empty());
    let response = app.oneshot(request.expect("a valid request")).await;
    let response = response.expect("the application answers");
    assert!(matches!(
        response.status(),
        StatusCode::OK | StatusCode::NO_CONTENT
    ));
    let body = to_bytes(response.into_body(), usize::MAX).await;
    body.expect("the body is read").len()
}

fn tiles(criterion: &mut Criterion) {
    let demo = Demo::make(1.0).expect("the demo is made");
    let releases = demo.folder("releases");
    let release = open(&releases, Audience::Public).expect("the release opens");
    let bounds = release.get().manifest.layers.iter().find_map(|l| l.bounds);
    let [west, south, east, north] = bounds.expect("a layer has bounds");
    for (cache, tile_cache_bytes) in [("encoded", 0), ("from memory", 64 << 20)] {
        let state = AppState::new(
            &releases,
            Config {
                tile_cache_bytes,
                ..Config::default()
            },
        );
        demo.runtime.block_on(state.refresh());
        let app = app(state);
        for layer in ["district", "h3"] {
            let mut group = criterion.benchmark_group(format!("tiles/{layer}, {cache}"));
            for zoom in 4..=12 {
                let (x, y) = tile_of(zoom, (west + east) / 2.0, (south + north) / 2.0);
                let path =
                    format!("/tiles/{layer}/{zoom}/{x}/{y}?theme=child_marriage&period=2024");
                group.bench_function(format!("z{zoom:02}"), |bench| {
                    bench.iter(|| demo.runtime.block_on(bytes_of(app.clone(), path.clone())));
                });
            }
            group.finish();
        }
    }
    refusals(criterion, &demo);
}

/// Addresses that name no tile. THREATS.md asks for a refusal within 1 ms.
fn refusals(criterion: &mut Criterion, demo: &Demo) {
    let state = AppState::new(&demo.folder("releases"), Config::default());
    demo.runtime.block_on(state.refresh());
    let app = app(state);
    let mut group = criterion.benchmark_group("tiles/refused");
    for (name, path) in [
        ("zoom too deep", "/tiles/district/99/0/0"),
        ("beyond the world", "/tiles/district/4/16/3"),
        ("negative", "/tiles/district/4/-1/3"),
        ("no number", "/tiles/district/4/x/3"),
        ("no layer", "/tiles/villages-by-name/4/1/3"),
        (
            "no theme",
            "/tiles/district/4/1/3?theme=everything&period=2024",
        ),
    ] {
        group.bench_function(name, |bench| {
            bench.iter(|| demo.runtime.block_on(status_of(app.clone(), path)));
        });
    }
    group.finish();
}

async fn status_of(app: Router, path: &str) -> StatusCode {
    let request = Request::get(path).body(Body::empty());
    let response = app.oneshot(request.expect("a valid request")).await;
    let status = response.expect("the application answers").status();
    assert!(status.is_client_error(), "{path}: {status}");
    status
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(20)
        .warm_up_time(std::time::Duration::from_millis(500))
        .measurement_time(std::time::Duration::from_secs(2));
    targets = tiles
}
criterion_main!(benches);
