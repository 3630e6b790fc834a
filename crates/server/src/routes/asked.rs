//! What a request asks of a release.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Uri, Version, header};
use axum::response::Response;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::etag::ETag;
use crate::problem::Problem;
use crate::query::Params;
use crate::state::AppState;
use crate::view::View;

/// Media type of GeoJSON.
pub(crate) const GEOJSON: &str = "application/geo+json";
/// Media type of CSV, with its header line.
pub(crate) const CSV: &str = "text/csv; charset=utf-8; header=present";
/// Media type of JSON.
pub(crate) const JSON: &str = "application/json";

/// A request that may read the release it asks for.
#[derive(Debug)]
pub(crate) struct Asked {
    /// The release.
    pub(crate) view: Arc<View>,
    /// Headers of the request.
    pub(crate) headers: HeaderMap,
    /// Version of HTTP that it came in.
    pub(crate) version: Version,
    /// What links begin with.
    pub(crate) base: String,
    uri: Uri,
}

impl FromRequestParts<AppState> for Asked {
    type Rejection = Problem;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &AppState,
    ) -> Result<Self, Self::Rejection> {
        let view = parts.extensions.get::<Arc<View>>().cloned();
        Ok(Self {
            view: view.ok_or(Problem::Internal)?,
            headers: parts.headers.clone(),
            version: parts.version,
            base: state.base_url(&parts.headers),
            uri: parts.uri.clone(),
        })
    }
}

impl Asked {
    /// Its query, which may hold the given parameters.
    pub(crate) fn params(&self, allowed: &[&str]) -> Result<Params, Problem> {
        Params::parse(self.uri.query(), allowed)
    }

    /// The tag of the response in a form.
    pub(crate) fn etag(&self, form: &str) -> ETag {
        ETag::of(&[
            self.view.audience.as_str(),
            self.view.release_id(),
            &self.view.scope,
            self.uri.path(),
            self.uri.query().unwrap_or_default(),
            &self.base,
            form,
        ])
    }

    /// An address of ours with the audience of this request and more
    /// parameters.
    pub(crate) fn href<'a>(
        &self,
        path: &str,
        params: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        if self.view.audience != safeground_privacy::Audience::Public {
            query.append_pair("audience", self.view.audience.as_str());
        }
        query.extend_pairs(params);
        let query = query.finish();
        let mark = if query.is_empty() { "" } else { "?" };
        format!("{}{path}{mark}{query}", self.base)
    }

    /// The address of this request.
    pub(crate) fn this(&self) -> String {
        format!("{}{}", self.base, self.uri)
    }

    /// A JSON response, or 304 if the client has it.
    pub(crate) fn json(&self, value: &impl Serialize) -> Result<Response, Problem> {
        let etag = self.etag(JSON);
        if let Some(response) = etag.not_modified(&self.headers) {
            return Ok(response);
        }
        let body = serde_json::to_vec(value).map_err(|_| Problem::Internal)?;
        Ok(etag.on(reply(JSON, body)))
    }
}

/// A successful response.
pub(crate) fn reply(media_type: &'static str, body: impl Into<Bytes>) -> Response {
    let mut response = Response::new(Body::from(body.into()));
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    response
}

/// A segment of a path as it goes into an address.
pub(crate) fn segment(text: &str) -> String {
    // What a place identifier or a layer may hold (`:`, `@`) needs no escape
    // in a path; anything else does.
    text.bytes()
        .map(|byte| match byte {
            b if b.is_ascii_alphanumeric() || b"-._~:@".contains(&b) => char::from(b).to_string(),
            b => format!("%{b:02X}"),
        })
        .collect()
}

/// Parts of the path. What is not UTF-8 is not there.
#[derive(Debug)]
pub(crate) struct PathParts<T>(pub(crate) T);

impl<T> FromRequestParts<AppState> for PathParts<T>
where
    T: DeserializeOwned + Send,
{
    type Rejection = Problem;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &AppState,
    ) -> Result<Self, Self::Rejection> {
        match Path::from_request_parts(parts, state).await {
            Ok(Path(path)) => Ok(Self(path)),
            Err(_) => Err(Problem::NoRoute),
        }
    }
}
