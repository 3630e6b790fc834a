//! Entity tags.
//!
//! A response is a function of the release, the address and the form asked
//! for, so its tag is a hash of these; it can be compared before anything is
//! computed. A compressed body is another sequence of bytes, so its strong tag
//! has the coding as a suffix, which is ignored when tags are compared.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use sha2::{Digest as _, Sha256};

/// Changes when the same release is written differently.
const FORMAT: &str = concat!(env!("CARGO_PKG_VERSION"), "+2");

/// Codings that a tag may end in.
const SUFFIXES: [&str; 2] = ["-gzip", "-br"];

/// A strong entity tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ETag(String);

impl ETag {
    /// The tag of what these parts determine.
    pub(crate) fn of(parts: &[&str]) -> Self {
        let mut hash = Sha256::new();
        for part in std::iter::once(&FORMAT).chain(parts) {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part.as_bytes());
        }
        let hash: [u8; 32] = hash.finalize().into();
        Self(crate::auth::hex(&hash[..16]))
    }

    /// Enough of it to tell questions apart.
    pub(crate) fn short(&self) -> &str {
        &self.0[..16]
    }

    /// The tag as one of the tags in `If-None-Match`, if it is there.
    fn matched(&self, headers: &HeaderMap) -> Option<String> {
        let listed = headers.get_all(header::IF_NONE_MATCH);
        let mut tags = listed
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .map(str::trim);
        tags.find_map(|tag| {
            if tag == "*" {
                return Some(format!("\"{}\"", self.0));
            }
            let plain = tag.strip_prefix("W/").unwrap_or(tag).trim_matches('"');
            let bare = SUFFIXES
                .iter()
                .find_map(|suffix| plain.strip_suffix(suffix))
                .unwrap_or(plain);
            (bare == self.0).then(|| format!("\"{plain}\""))
        })
    }

    /// 304 with the tag that the client has, if it has the current one.
    pub(crate) fn not_modified(&self, headers: &HeaderMap) -> Option<Response> {
        let tag = self.matched(headers)?;
        let mut response = StatusCode::NOT_MODIFIED.into_response();
        set(&mut response, &tag);
        Some(response)
    }

    /// Puts the tag on a response.
    pub(crate) fn on(&self, mut response: Response) -> Response {
        set(&mut response, &format!("\"{}\"", self.0));
        response
    }
}

fn set(response: &mut Response, tag: &str) {
    if let Ok(value) = HeaderValue::from_str(tag) {
        response.headers_mut().insert(header::ETAG, value);
    }
}

/// Adds the coding of a body to its tag.
pub(crate) fn mark_coding(response: &mut Response) {
    let headers = response.headers();
    let coding = headers
        .get(header::CONTENT_ENCODING)
        .and_then(|v| v.to_str().ok());
    let tag = headers.get(header::ETAG).and_then(|v| v.to_str().ok());
    let (Some(coding), Some(tag)) = (coding, tag) else {
        return;
    };
    if let Some(opened) = tag.strip_suffix('"') {
        let tag = format!("{opened}-{coding}\"");
        set(response, &tag);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(tags: &str) -> HeaderMap {
        HeaderMap::from_iter([(header::IF_NONE_MATCH, tags.parse().unwrap())])
    }

    #[test]
    fn the_tag_of_a_compressed_body_matches_its_content() {
        let tag = ETag::of(&["release", "/path"]);
        let text = format!("\"other\", \"{}-gzip\"", tag.0);
        let response = tag.not_modified(&asked(&text)).unwrap();
        let sent = response.headers()[header::ETAG].to_str().unwrap();
        assert_eq!(sent, format!("\"{}-gzip\"", tag.0));
        assert!(tag.not_modified(&asked("\"other\"")).is_none());
        assert!(tag.not_modified(&asked("*")).is_some());
    }

    #[test]
    fn the_parts_of_a_tag_do_not_run_together() {
        assert_ne!(ETag::of(&["ab", "c"]), ETag::of(&["a", "bc"]));
    }
}
