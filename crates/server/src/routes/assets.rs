//! The web app, embedded at compile time.

use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use rust_embed::{EmbeddedFile, RustEmbed};

use super::asked::reply;
use crate::etag::ETag;
use crate::problem::Problem;

#[derive(RustEmbed)]
#[folder = "web/dist"]
struct Web;

/// A file of the web app, or the 404 of everything else. Only embedded names
/// are looked up; no path reaches the file system.
pub(crate) async fn asset_or_not_found(
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let name = uri.path().trim_start_matches('/');
    let file = Web::get(name).filter(|_| name != "index.html");
    let file = file.ok_or(Problem::NoRoute)?;
    if !matches!(method, Method::GET | Method::HEAD) {
        return Err(Problem::MethodNotAllowed("GET, HEAD"));
    }
    let mut response = send(name, file, &headers);
    // The build puts a hash of the content into the names below `assets/`.
    let lifetime = if name.starts_with("assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "public, no-cache"
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(lifetime));
    Ok(response)
}

/// The page of the map; `None` if the web app was not built.
pub(crate) fn index(headers: &HeaderMap) -> Option<Response> {
    let file = Web::get("index.html")?;
    let mut response = send("index.html", file, headers);
    let headers = response.headers_mut();
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("public, no-cache"),
    );
    Some(response)
}

fn send(name: &str, file: EmbeddedFile, headers: &HeaderMap) -> Response {
    let hash = crate::auth::hex(&file.metadata.sha256_hash());
    let etag = ETag::of(&["asset", name, &hash]);
    if let Some(response) = etag.not_modified(headers) {
        return response;
    }
    let response = match media_type(name) {
        Some(media_type) => reply(media_type, file.data.into_owned()),
        None => StatusCode::NOT_FOUND.into_response(),
    };
    etag.on(response)
}

/// Media types of what the build makes. A kind of file that is not listed is
/// not served.
fn media_type(name: &str) -> Option<&'static str> {
    let (_, extension) = name.rsplit_once('.')?;
    Some(match extension {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "webp" => "image/webp",
        "woff2" => "font/woff2",
        "pbf" => "application/x-protobuf",
        "txt" => "text/plain; charset=utf-8",
        "wasm" => "application/wasm",
        _ => return None,
    })
}
