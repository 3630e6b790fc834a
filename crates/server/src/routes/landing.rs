//! The front page, for people the map and for programs the links (OGC API –
//! Common).

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Uri, header};
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;

use super::Link;
use super::asked::reply;
use super::assets;
use crate::problem::Problem;
use crate::query::Params;
use crate::state::AppState;

pub(super) const HTML: &str = "text/html; charset=utf-8";

/// Links of the service.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Landing {
    title: &'static str,
    description: &'static str,
    links: Vec<Link>,
}

/// What the service conforms to.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Conformance {
    #[serde(rename = "conformsTo")]
    conforms_to: [&'static str; 4],
}

/// The map, or what to do if there is nothing to show yet. With `f=json`, or
/// where JSON is accepted and HTML is not, links to everything else.
#[utoipa::path(
    get, path = "/", tag = "Service",
    params(("f" = Option<String>, Query, description = "`json` or `html`; else `Accept` decides")),
    responses(
        (status = 200, description = "The map as HTML, or links as JSON", content(
            (String = "text/html"),
            (Landing = "application/json"),
        )),
        super::openapi::BadRequest,
    )
)]
pub(crate) async fn landing(
    State(state): State<AppState>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let params = Params::parse_any(uri.query());
    let mut response = if wants_json(params.text("f"), &headers)? {
        Json(links(&state.base_url(&headers))).into_response()
    } else if !state.has_release() {
        page(NO_RELEASE)
    } else {
        assets::index(&headers).unwrap_or_else(|| page(NO_WEB_APP))
    };
    let headers = response.headers_mut();
    headers.append(header::VARY, HeaderValue::from_static("Accept"));
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    Ok(response)
}

/// Classes of OGC API standards that the service conforms to.
#[utoipa::path(
    get, path = "/conformance", tag = "Service",
    responses((status = 200, description = "Conformance classes", body = Conformance))
)]
pub(crate) async fn conformance() -> Json<Conformance> {
    Json(Conformance {
        conforms_to: [
            "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/core",
            "http://www.opengis.net/spec/ogcapi-common-2/1.0/conf/collections",
            "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
            "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
        ],
    })
}

fn wants_json(form: Option<&str>, headers: &HeaderMap) -> Result<bool, Problem> {
    match form {
        Some("json") => Ok(true),
        Some("html") => Ok(false),
        Some(_) => Err(Problem::bad("f", "expected `json` or `html`")),
        None => {
            let accept = headers.get(header::ACCEPT).and_then(|v| v.to_str().ok());
            let accept = accept.unwrap_or_default();
            Ok(accept.contains("application/json") && !accept.contains("text/html"))
        }
    }
}

fn links(base: &str) -> Landing {
    let link = |rel, path: &str, title| Link::json(rel, format!("{base}{path}"), title);
    let openapi = "application/vnd.oai.openapi+json;version=3.1";
    Landing {
        title: "Safeground",
        description: "Hotspots of harm to children and of gaps in protection, by place and \
                      period, from protected counts.",
        links: vec![
            link("self", "/?f=json", "This document"),
            Link::new("alternate", format!("{base}/?f=html"), "text/html", "Map"),
            Link::new(
                "service-desc",
                format!("{base}/openapi.json"),
                openapi,
                "Description of the service",
            ),
            link("conformance", "/conformance", "Conformance classes"),
            Link::new(
                "help",
                format!("{base}/privacy"),
                HTML,
                "What each audience can and cannot learn",
            ),
            link("data", "/collections", "Layers"),
            link(
                "describedby",
                "/v1/manifest",
                "Manifest of the public release",
            ),
        ],
    }
}

fn page(body: &str) -> Response {
    let text = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\">\
         <title>Safeground</title></head>\n<body>\n<h1>Safeground</h1>\n{body}</body>\n</html>\n"
    );
    reply(HTML, text)
}

const NO_RELEASE: &str = "<p>This server runs, but nothing is released yet.</p>
<ol>
<li>Load data into a lake: <code>safeground ingest --lake LAKE --as incidents --mapping incidents.toml FILE</code></li>
<li>Make a release: <code>safeground release --lake LAKE --releases RELEASES --policy policy.toml --seed 7</code></li>
<li>Reload this page. The server takes up a new release within seconds.</li>
</ol>
<p>To see it with synthetic data instead, run <code>safeground demo</code>.</p>
";

const NO_WEB_APP: &str = "<p>This server has releases, but was built without the map.</p>
<ol>
<li>Build the map: <code>npm ci</code> and <code>npm run build</code> in <code>crates/server/web</code></li>
<li>Build the server again: <code>cargo build</code></li>
</ol>
<p>The data are here all the same: <a href=\"/?f=json\">links</a>, <a href=\"/v1/catalog\">catalog</a>,
<a href=\"/collections\">layers</a>, <a href=\"/openapi.json\">description of the service</a>.</p>
";
