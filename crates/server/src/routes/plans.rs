//! Campaign plans, for planners.

use std::sync::Arc;

use axum::body::{Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use safeground_campaign::{Ask, Stage};
use safeground_handover::Language;
use safeground_privacy::Audience;
use serde::Serialize;
use serde_json::value::RawValue;

use super::asked::{JSON, PathParts, reply, segment};
use crate::auth::{Granted, peer};
use crate::etag::ETag;
use crate::middleware::name_release;
use crate::plans::{
    Finished, Outcome, PlanFile, PlanWords, Progress, Seen, Work, outcome_of, unreadable, work_off,
};
use crate::problem::{Details, Problem};
use crate::query::Params;
use crate::state::AppState;

/// Where plans are asked for.
pub(crate) const PLANS: &str = "/v1/plans";

/// Methods of that address.
pub(crate) const ALLOW: &str = "GET, HEAD, POST";

/// How far a plan has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
enum PlanStatus {
    /// It waits for others to end.
    Queued,
    /// It is being made.
    Running,
    /// There is no such plan: `problem` says why.
    Failed,
    /// It is made.
    Done,
}

/// A plan.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct PlanView {
    /// Identifier; the same request on the same release has the same.
    #[schema(example = "plan-0123456789abcdef")]
    id: String,
    /// Title, as asked for.
    title: String,
    /// Release that it is made from.
    release: String,
    status: PlanStatus,
    /// Plans that come before it, while it waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    ahead: Option<usize>,
    /// `reading`, `choosing`, `weighing` or `writing`, while it is being made.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    stage: Option<Stage>,
    /// Why there is no plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<Details>,
    /// Its files, once it is made.
    #[serde(skip_serializing_if = "Option::is_none")]
    files: Option<Vec<FileView>>,
    /// The plan itself, once it is made and where one plan was asked for:
    /// villages with reasons and intervals, routes, what was left out, what
    /// other budgets would reach.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    document: Option<Box<RawValue>>,
    /// Its sentences, where a language was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    words: Option<PlanWords>,
}

/// A file of a plan.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct FileView {
    name: &'static str,
    media_type: &'static str,
    /// Languages to choose from with `lang`; none where it has no words.
    languages: Vec<&'static str>,
    href: String,
}

/// The plans of a token.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct PlanList {
    /// The latest first.
    plans: Vec<PlanView>,
}

/// Asks for a plan: which villages, which teams, which days.
///
/// Needs a planning token. The plan is made of the current planning release;
/// the answer comes at once and says where to look for it. The same request on
/// the same release is the same plan, and is made once. At most one plan of
/// each token is made at a time; a plan that has begun is not stopped, so what
/// one may ask for is limited.
#[utoipa::path(
    post, path = "/v1/plans", tag = "Plans",
    request_body(content = ref("#/components/schemas/PlanAsk")),
    responses(
        (status = 202, description = "Taken; `Location` is where the plan will be", body = PlanView,
            headers(("Location" = String, description = "Address of the plan"))),
        (status = 400, description = "An unknown parameter in the address",
            body = Details, content_type = "application/problem+json"),
        (status = 401, description = "No planning token",
            body = Details, content_type = "application/problem+json"),
        (status = 403, description = "A token of another audience",
            body = Details, content_type = "application/problem+json"),
        (status = 413, description = "The request is too long",
            body = Details, content_type = "application/problem+json"),
        (status = 422, description = "The request cannot be answered; `faults` says which field, \
            which value and what would mend it. What only the release can tell, such as names \
            that it does not have, is told by the plan, which then has failed",
            body = Details, content_type = "application/problem+json"),
        (status = 429, description = "Too many plans wait",
            body = Details, content_type = "application/problem+json"),
        super::openapi::Unavailable,
    )
)]
pub(crate) async fn ask(
    State(state): State<AppState>,
    request: Request,
) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let granted = admit(&state, &parts).await?;
    let base = state.base_url(&parts.headers);
    Params::parse(parts.uri.query(), &[])?;
    let config = state.config();
    let Ok(_permit) = Arc::clone(state.requests()).try_acquire_owned() else {
        return Err(Problem::Busy);
    };
    let most = usize::try_from(config.max_plan_bytes).unwrap_or(usize::MAX);
    let Ok(read) = tokio::time::timeout(config.header_timeout, to_bytes(body, most)).await else {
        return Err(Problem::Timeout(config.header_timeout.as_secs()));
    };
    let body = read.map_err(|_| Problem::BodyTooLarge(config.max_plan_bytes))?;
    let ask = read_ask(&body)?;
    if let Err(error) = ask
        .check()
        .and_then(|()| config.plan_limits.check_ask(&ask))
    {
        return Err(problem_of(&outcome_of(&ask, &error)).unwrap_or(Problem::Internal));
    }
    // What the token opens, so that a plan is made of nothing else.
    let view = state.part(Audience::Planning, &granted.scope).await?;
    let work = Work { ask, view };
    let desk = state.plans();
    let id = desk
        .ask(granted.holder, work)
        .map_err(|_| Problem::PlansWait)?;
    work_off(desk, config.plan_limits);
    let seen = desk.see(granted.holder, &id).ok_or(Problem::PlansWait)?;
    let path = format!("{base}{PLANS}/{}", segment(&id));
    let mut response = respond(&granted, &seen, &view_of(&base, &seen))?;
    *response.status_mut() = StatusCode::ACCEPTED;
    if let Ok(path) = HeaderValue::from_str(&path) {
        response.headers_mut().insert(header::LOCATION, path);
    }
    Ok(response)
}

/// The plans that this token asked for.
///
/// Needs a planning token. Plans are kept in memory: the oldest go when there
/// are many, and all when the server starts again.
#[utoipa::path(
    get, path = "/v1/plans", tag = "Plans",
    responses(
        (status = 200, description = "The latest first, without the plans themselves",
            body = PlanList),
        super::openapi::ReleaseProblems,
    )
)]
pub(crate) async fn list(State(state): State<AppState>, parts: Parts) -> Result<Response, Problem> {
    let granted = admit(&state, &parts).await?;
    Params::parse(parts.uri.query(), &[])?;
    let base = state.base_url(&parts.headers);
    let seen = state.plans().all(granted.holder);
    let plans = seen.iter().map(|seen| view_of(&base, seen)).collect();
    let body = serde_json::to_vec(&PlanList { plans }).map_err(|_| Problem::Internal)?;
    Ok(unstored(reply(JSON, body)))
}

/// A plan, or how far it has come.
///
/// Needs the planning token that asked for it; to any other there is no such
/// plan. Ask again every second or so until `status` is `done` or `failed`.
#[utoipa::path(
    get, path = "/v1/plans/{id}", tag = "Plans",
    params(
        ("id" = String, Path, description = "Identifier of the plan"),
        ("lang" = Option<String>, Query, description = "Adds `words`, why each village is in the \
            plan and the like, in `en` or `hi`"),
    ),
    responses(
        (status = 200, description = "The plan, or how far it has come", body = PlanView),
        (status = 404, description = "This token has no such plan, or no longer",
            body = Details, content_type = "application/problem+json"),
        super::openapi::ReleaseProblems,
    )
)]
pub(crate) async fn plan(
    State(state): State<AppState>,
    PathParts(id): PathParts<String>,
    parts: Parts,
) -> Result<Response, Problem> {
    let granted = admit(&state, &parts).await?;
    let params = Params::parse(parts.uri.query(), &["lang"])?;
    let language = language_of(&params)?;
    let seen = state
        .plans()
        .see(granted.holder, &id)
        .ok_or(Problem::NoPlan)?;
    let base = state.base_url(&parts.headers);
    let Progress::Ended(Outcome::Done(finished)) = &seen.progress else {
        return respond(&granted, &seen, &view_of(&base, &seen));
    };
    let spoken = language.map_or("", Language::code);
    let etag = ETag::of(&["plan", &seen.id, &seen.release_id, &base, spoken, JSON]);
    if let Some(response) = etag.not_modified(&parts.headers) {
        return Ok(stored(named(response, &granted, &seen)));
    }
    let mut view = view_of(&base, &seen);
    view.document = raw(finished);
    view.words = language.map(|language| PlanWords::of(&finished.made.document, language));
    let response = respond(&granted, &seen, &view)?;
    Ok(stored(etag.on(response)))
}

/// A plan as a file: workbook, tables, map, walk lists.
///
/// Needs the planning token that asked for the plan.
#[utoipa::path(
    get, path = "/v1/plans/{id}/files/{name}", tag = "Plans",
    params(
        ("id" = String, Path, description = "Identifier of the plan"),
        ("name" = String, Path, description = "Name of the file, as the plan lists them"),
        ("lang" = Option<String>, Query, description = "`en` or `hi`"),
    ),
    responses(
        (status = 200, description = "The file, as an attachment", body = Vec<u8>,
            content_type = "application/octet-stream"),
        (status = 404, description = "This token has no such plan, it is not done, or there is no \
            such file", body = Details, content_type = "application/problem+json"),
        super::openapi::ReleaseProblems,
    )
)]
pub(crate) async fn file(
    State(state): State<AppState>,
    PathParts((id, name)): PathParts<(String, String)>,
    parts: Parts,
) -> Result<Response, Problem> {
    let granted = admit(&state, &parts).await?;
    let params = Params::parse(parts.uri.query(), &["lang"])?;
    let seen = state
        .plans()
        .see(granted.holder, &id)
        .ok_or(Problem::NoPlan)?;
    let Progress::Ended(Outcome::Done(finished)) = &seen.progress else {
        return Err(Problem::NoPlan);
    };
    let finished = Arc::clone(finished);
    let file = PlanFile::of(&name)?;
    let language = language_of(&params)?.unwrap_or_else(|| Language::english());
    let etag = ETag::of(&[
        "plan",
        &seen.id,
        &seen.release_id,
        name.as_str(),
        language.code(),
    ]);
    if let Some(response) = etag.not_modified(&parts.headers) {
        return Ok(stored(named(response, &granted, &seen)));
    }
    let Ok(_permit) = Arc::clone(state.requests()).try_acquire_owned() else {
        return Err(Problem::Busy);
    };
    let limit = state.config().request_timeout;
    let written = state.work(move || file.write(&finished, language));
    let Ok(bytes) = tokio::time::timeout(limit, written).await else {
        return Err(Problem::Timeout(limit.as_secs()));
    };
    let mut response = etag.on(reply(file.media_type(), bytes?));
    // Identifiers of plans and names of files need no escape.
    let disposition = if file.speaks() {
        format!(
            "attachment; filename=\"{}_{}_{name}\"",
            seen.id,
            language.code()
        )
    } else {
        format!("attachment; filename=\"{}_{name}\"", seen.id)
    };
    if let Ok(disposition) = HeaderValue::from_str(&disposition) {
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_DISPOSITION, disposition);
    }
    Ok(stored(named(response, &granted, &seen)))
}

/// Any other method.
pub(crate) async fn not_allowed() -> Problem {
    Problem::MethodNotAllowed(ALLOW)
}

/// Who asks, if it is a planner.
async fn admit(state: &AppState, parts: &Parts) -> Result<Granted, Problem> {
    let behind_proxy = state.config().behind_proxy;
    let peer = peer(&parts.extensions, &parts.headers, behind_proxy);
    let gate = state.gate();
    gate.check(Audience::Planning, &parts.headers, peer).await
}

/// A request for a plan, with the path of the field where it is none.
fn read_ask(body: &Bytes) -> Result<Ask, Problem> {
    let mut reader = serde_json::Deserializer::from_slice(body);
    let refused = |fault| Problem::PlanRefused(Arc::new(vec![fault]));
    let ask = serde_path_to_error::deserialize(&mut reader);
    let ask: Ask = ask.map_err(|error| refused(unreadable(&error)))?;
    reader.end().map_err(|error| {
        let path = serde_path_to_error::Track::new().path();
        refused(unreadable(&serde_path_to_error::Error::new(path, error)))
    })?;
    Ok(ask)
}

/// Why there is no plan, if there is none.
fn problem_of(outcome: &Outcome) -> Option<Problem> {
    match outcome {
        Outcome::Done(_) => None,
        Outcome::Refused(faults) => Some(Problem::PlanRefused(Arc::clone(faults))),
        Outcome::Unchecked => Some(Problem::PlanUnchecked),
        Outcome::Broken => Some(Problem::Internal),
    }
}

fn view_of(base: &str, seen: &Seen) -> PlanView {
    let mut view = PlanView {
        id: seen.id.clone(),
        title: seen.title.clone(),
        release: seen.release_id.clone(),
        status: PlanStatus::Queued,
        ahead: None,
        stage: None,
        problem: None,
        files: None,
        document: None,
        words: None,
    };
    match &seen.progress {
        Progress::Queued { ahead } => view.ahead = Some(*ahead),
        Progress::Running(stage) => {
            view.status = PlanStatus::Running;
            view.stage = Some(*stage);
        }
        Progress::Ended(Outcome::Done(_)) => {
            view.status = PlanStatus::Done;
            view.files = Some(files_of(base, &seen.id));
        }
        Progress::Ended(outcome) => {
            view.status = PlanStatus::Failed;
            view.problem = problem_of(outcome).map(|problem| problem.details());
        }
    }
    view
}

fn raw(finished: &Finished) -> Option<Box<RawValue>> {
    let text = std::str::from_utf8(&finished.json).ok()?;
    RawValue::from_string(text.to_owned()).ok()
}

fn files_of(base: &str, id: &str) -> Vec<FileView> {
    let languages = || Language::built_in().iter().map(Language::code).collect();
    PlanFile::all()
        .map(|file| FileView {
            name: file.name(),
            media_type: file.media_type(),
            languages: if file.speaks() {
                languages()
            } else {
                Vec::new()
            },
            href: format!("{base}{PLANS}/{}/files/{}", segment(id), file.name()),
        })
        .collect()
}

/// The language asked for, if one was.
fn language_of(params: &Params) -> Result<Option<&'static Language>, Problem> {
    let Some(code) = params.text("lang") else {
        return Ok(None);
    };
    let known = Language::built_in();
    let found = known.iter().find(|language| language.code() == code);
    let codes: Vec<&str> = known.iter().map(Language::code).collect();
    let expected = || format!("expected one of {}", codes.join(", "));
    found
        .map(Some)
        .ok_or_else(|| Problem::bad("lang", expected()))
}

fn respond(granted: &Granted, seen: &Seen, view: &PlanView) -> Result<Response, Problem> {
    let body = serde_json::to_vec(view).map_err(|_| Problem::Internal)?;
    Ok(unstored(named(reply(JSON, body), granted, seen)))
}

/// Says of which release and for which token a response is.
fn named(response: Response, granted: &Granted, seen: &Seen) -> Response {
    name_release(response, &seen.release_id, Arc::clone(&granted.token))
}

/// Not to be kept: it changes.
fn unstored(response: Response) -> Response {
    cached(response, "private, no-store")
}

/// To be kept by the planner's own browser, and asked for again.
fn stored(response: Response) -> Response {
    cached(response, "private, no-cache")
}

fn cached(mut response: Response, how: &'static str) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(how));
    headers.insert(header::VARY, HeaderValue::from_static("Authorization"));
    response
}
