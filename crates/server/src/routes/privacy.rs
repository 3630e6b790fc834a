//! What each audience can and cannot learn, in plain words.
//!
//! One text serves the page and the reader of the sources: the Markdown beside
//! the crate that does what it says.

use std::fmt;
use std::sync::LazyLock;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Uri, header};
use axum::response::Response;
use pulldown_cmark::{Parser, html};
use safeground_privacy::Audience;
use safeground_schema::release::ManifestOverride;

use super::asked::reply;
use super::expected_error;
use super::landing::HTML;
use crate::etag::ETag;
use crate::problem::Problem;
use crate::query::Params;
use crate::state::AppState;

/// A language of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    English,
    Hindi,
}

impl Language {
    const ALL: [Self; 2] = [Self::English, Self::Hindi];

    /// Its tag (BCP 47).
    fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Hindi => "hi",
        }
    }

    /// Its name in itself.
    fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::Hindi => "हिन्दी",
        }
    }

    fn text(self) -> &'static str {
        match self {
            Self::English => include_str!("../../../privacy/STEWARDS.md"),
            Self::Hindi => include_str!("../../../privacy/STEWARDS.hi.md"),
        }
    }

    /// What leads back to the map.
    fn to_map(self) -> &'static str {
        match self {
            Self::English => "To the map",
            Self::Hindi => "मानचित्र पर जाएँ",
        }
    }

    /// What is said first of releases that are looser than the floor.
    fn marks(self, overrides: &[(Audience, ManifestOverride)]) -> String {
        let mut marks = String::new();
        for (audience, looser) in overrides {
            let title = match (self, audience) {
                (Self::English, Audience::Public) => "The public release",
                (Self::English, Audience::Research) => "The release for research",
                (Self::English, Audience::Planning) => "The release for planning",
                (Self::Hindi, Audience::Public) => "सार्वजनिक प्रकाशन",
                (Self::Hindi, Audience::Research) => "शोध के लिए प्रकाशन",
                (Self::Hindi, Audience::Planning) => "योजना के लिए प्रकाशन",
            };
            let rules = looser.rules.iter().map(|rule| {
                let (setting, value, floor) = (
                    escape(&rule.setting),
                    escape(&rule.value),
                    escape(&rule.floor),
                );
                match self {
                    Self::English => {
                        format!("<li><code>{setting}</code> is {value}; the floor is {floor}</li>")
                    }
                    Self::Hindi => {
                        format!("<li><code>{setting}</code> {value} है; न्यूनतम नियम {floor} है</li>")
                    }
                }
            });
            let rules: String = rules.collect();
            let names: Vec<String> = looser.approved_by.iter().map(|by| escape(by)).collect();
            marks.push_str(&match self {
                Self::English => format!(
                    "<section><h2>{title} is looser than the rules on this page</h2>\n\
                     <ul>{rules}</ul>\n<p>Approved by {}.</p></section>\n",
                    names.join(" and ")
                ),
                Self::Hindi => format!(
                    "<section><h2>{title} इस पृष्ठ के नियमों से ढीला है</h2>\n\
                     <ul>{rules}</ul>\n<p>अनुमति देने वाले: {}।</p></section>\n",
                    names.join(" और ")
                ),
            });
        }
        marks
    }

    fn page(self) -> &'static str {
        static ENGLISH: LazyLock<String> = LazyLock::new(|| write(Language::English));
        static HINDI: LazyLock<String> = LazyLock::new(|| write(Language::Hindi));
        match self {
            Self::English => &ENGLISH,
            Self::Hindi => &HINDI,
        }
    }

    /// The language asked for, or the first that the reader's browser names.
    fn wanted(asked: Option<&str>, headers: &HeaderMap) -> Result<Self, Problem> {
        let known = |tag: &str| {
            let primary = tag.split('-').next().unwrap_or_default();
            Self::ALL
                .into_iter()
                .find(|language| language.tag().eq_ignore_ascii_case(primary))
        };
        if let Some(tag) = asked {
            return known(tag).ok_or_else(|| Problem::bad("lang", "expected `en` or `hi`"));
        }
        let accepted = headers.get(header::ACCEPT_LANGUAGE);
        let accepted = accepted.and_then(|value| value.to_str().ok());
        let mut tags = accepted
            .unwrap_or_default()
            .split(',')
            .filter_map(|range| range.split(';').next())
            .map(str::trim);
        Ok(tags.find_map(known).unwrap_or(Self::English))
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.tag())
    }
}

/// What each audience can and cannot learn, for stewards and readers. The same
/// for every release, but that one which is looser than the floor is named
/// first, and how far off the public numbers can be expected to be stands last.
#[utoipa::path(
    get, path = "/privacy", tag = "Service",
    params(("lang" = Option<String>, Query,
        description = "`en` or `hi`; else `Accept-Language` decides")),
    responses(
        (status = 200, description = "The page", body = String, content_type = "text/html"),
        super::openapi::BadRequest,
    )
)]
pub(crate) async fn privacy(
    State(state): State<AppState>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let params = Params::parse_any(uri.query());
    let language = Language::wanted(params.text("lang"), &headers)?;
    let page = language.page();
    let marks = language.marks(&state.overrides());
    let errors = expected_error::section(language, state.public_noise().as_ref());
    let etag = ETag::of(&["privacy", page, &marks, &errors]);
    let mut response = match etag.not_modified(&headers) {
        Some(response) => response,
        None if marks.is_empty() && errors.is_empty() => etag.on(reply(HTML, page)),
        None => etag.on(reply(
            HTML,
            page.replacen("<main>\n", &format!("<main>\n{marks}"), 1)
                .replacen("</main>", &format!("{errors}</main>"), 1),
        )),
    };
    let headers = response.headers_mut();
    headers.append(header::VARY, HeaderValue::from_static("Accept-Language"));
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("public, no-cache"),
    );
    Ok(response)
}

/// A text of a manifest within HTML.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// The page in a language: the text between the way back and the other
/// languages. The text is ours, so what Markdown makes of it is safe.
fn write(language: Language) -> String {
    let text = language.text();
    let title = text
        .lines()
        .find_map(|line| line.strip_prefix("# "))
        .unwrap_or("Safeground");
    let mut body = String::new();
    html::push_html(&mut body, Parser::new(text));
    let others: String = Language::ALL
        .into_iter()
        .filter(|other| *other != language)
        .map(|other| {
            let name = other.name();
            format!("<a href=\"./privacy?lang={other}\" lang=\"{other}\" hreflang=\"{other}\">{name}</a>")
        })
        .collect();
    let to_map = language.to_map();
    format!(
        "<!doctype html>\n<html lang=\"{language}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{title} · Safeground</title>\n\
         <link rel=\"icon\" href=\"./icon.svg\" type=\"image/svg+xml\">\n\
         <link rel=\"stylesheet\" href=\"./page.css\">\n</head>\n<body>\n\
         <header><nav><a href=\"./\">{to_map}</a> {others}</nav></header>\n\
         <main>\n{body}</main>\n</body>\n</html>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headings(language: Language) -> usize {
        language
            .text()
            .lines()
            .filter(|line| line.starts_with('#'))
            .count()
    }

    #[test]
    fn both_languages_have_the_same_parts() {
        let english = headings(Language::English);
        assert!(english > 5);
        assert_eq!(headings(Language::Hindi), english);
        let points = |language: Language| language.text().matches("\n- ").count();
        assert_eq!(points(Language::Hindi), points(Language::English));
    }

    #[test]
    fn the_reader_s_language_is_found() {
        let wanted = |accepted: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_LANGUAGE, accepted.parse().unwrap());
            Language::wanted(None, &headers).unwrap()
        };
        assert_eq!(wanted("hi-IN,hi;q=0.9,en;q=0.8"), Language::Hindi);
        assert_eq!(wanted("bn-IN, HI;q=0.5"), Language::Hindi);
        assert_eq!(wanted("en-GB,hi;q=0.1"), Language::English);
        assert_eq!(wanted("*"), Language::English);
        assert!(Language::wanted(Some("fr"), &HeaderMap::new()).is_err());
    }
}
