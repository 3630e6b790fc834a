//! The release that a request is about.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use crate::auth::peer;
use crate::problem::Problem;
use crate::state::AppState;
use safeground_privacy::Audience;

/// Names the release that a response is from.
pub(crate) const RELEASE: HeaderName = HeaderName::from_static("safeground-release");

/// Which release a response was made from, for the log.
#[derive(Debug, Clone)]
pub(crate) struct ServedRelease(pub(crate) String);

/// Identifier of the token that a response was made for, for the log; empty
/// where none is needed.
#[derive(Debug, Clone)]
pub(crate) struct ServedTo(pub(crate) Arc<str>);

/// Decides whether the request may read the release of the audience it asks
/// for, hands that release to the route, and says on the response which it
/// was, where its manifest is and who may store it.
pub(crate) async fn release_of_audience(
    State(state): State<AppState>,
    mut request: Request,
    next: Next,
) -> Response {
    let audience = match asked(request.uri().query()) {
        Ok(audience) => audience,
        Err(problem) => return problem.into_response(),
    };
    let behind_proxy = state.config().behind_proxy;
    let peer = peer(request.extensions(), request.headers(), behind_proxy);
    let allowed = state.gate().check(audience, request.headers(), peer).await;
    let granted = match allowed {
        Ok(granted) => granted,
        Err(problem) => return problem.into_response(),
    };
    let view = match state.part(audience, &granted.scope).await {
        Ok(view) => view,
        Err(problem) => return problem.into_response(),
    };
    let release = view.release_id().to_owned();
    request.extensions_mut().insert(view);
    let token = Arc::clone(&granted.token);
    request.extensions_mut().insert(granted);
    let response = next.run(request).await;
    // The manifest of an older release says so itself.
    let other = response.extensions().get::<ServedRelease>();
    let release = other.map_or(release, |other| other.0.clone());
    let mut response = name_release(response, &release, token);
    let headers = response.headers_mut();
    let mut append = |name, text: &str| {
        if let Ok(value) = HeaderValue::from_str(text) {
            headers.append(name, value);
        }
    };
    append(
        header::LINK,
        &format!(
            "</v1/manifest?audience={audience}&release={release}>; rel=\"describedby\"; \
             type=\"application/json\""
        ),
    );
    append(header::VARY, "Accept, Authorization");
    // Always asked again, so that a page never mixes two releases; the answer
    // is a 304 as long as the release is the same.
    headers.entry(header::CACHE_CONTROL).or_insert_with(|| {
        HeaderValue::from_static(match audience {
            Audience::Public => "public, no-cache",
            _ => "private, no-cache",
        })
    });
    response
}

/// Says which release a response was made from, to the client and to the log,
/// and to the log for which token.
pub(crate) fn name_release(mut response: Response, release: &str, token: Arc<str>) -> Response {
    let extensions = response.extensions_mut();
    extensions.insert(ServedTo(token));
    extensions.insert(ServedRelease(release.to_owned()));
    if let Ok(value) = HeaderValue::from_str(release) {
        response.headers_mut().append(RELEASE, value);
    }
    response
}

/// The audience in a query string; everyone's without one.
fn asked(query: Option<&str>) -> Result<Audience, Problem> {
    let mut audiences = form_urlencoded::parse(query.unwrap_or_default().as_bytes())
        .filter(|(name, _)| name == "audience");
    let audience = match audiences.next() {
        None => Ok(Audience::Public),
        Some((_, value)) => value.parse().map_err(|_| ()),
    };
    match (audience, audiences.next()) {
        (Ok(audience), None) => Ok(audience),
        _ => Err(Problem::bad(
            "audience",
            "expected one of public, research, planning",
        )),
    }
}
