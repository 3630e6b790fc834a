//! SQL over a release.

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{Extensions, HeaderMap, HeaderValue, header};
use axum::response::Response;
use futures::StreamExt as _;
use safeground_sql::functions::{CatalogueEntry, catalogue};
use safeground_sql::pool::{Answer, Pool, Query};
use safeground_sql::{Format, Parameters, Refusal, TableEntry, TextTypes};
use serde::{Deserialize, Serialize};

use super::asked::Asked;
use super::sql_body::{AnswerBody, ERROR, Ending};
use crate::auth::{Granted, peer};
use crate::problem::Problem;
use crate::state::AppState;

/// Methods of the address.
pub(crate) const ALLOW: &str = "GET, HEAD, POST";

/// A query.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SqlQuery {
    /// One statement: SELECT, WITH, VALUES or EXPLAIN.
    #[schema(
        example = "SELECT unit_id, eb_rate FROM scores WHERE theme = $1 AND layer = \
                        'district' ORDER BY eb_rate DESC NULLS LAST LIMIT 10"
    )]
    sql: String,
    /// Values for `$1`, `$2` as a list, or for `$name` as an object. A date is
    /// `{"date": "2024-01-31"}`, a cell `{"h3": "8560925bfffffff"}`.
    #[serde(default)]
    #[schema(value_type = Object)]
    parameters: Parameters,
    /// `arrow`, `parquet`, `csv`, `json` or `ndjson`; the `Accept` header
    /// decides where it is absent, and `json` where that says nothing.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    format: Option<Format>,
    /// Most rows, at most a million.
    #[serde(default)]
    rows: Option<u64>,
    /// View types in Arrow, as the engine computes them, instead of classic
    /// ones that every client reads.
    #[serde(default)]
    views: bool,
}

/// Asks a release in SQL, in the address.
///
/// The statement is read-only, and runs in a process that can open nothing but
/// the tables of the release. Limits are told by name.
#[utoipa::path(
    get, path = "/v1/sql", tag = "SQL",
    params(
        super::openapi::OfAudience,
        ("sql" = String, Query, description = "One statement"),
        ("parameters" = Option<String>, Query, description = "JSON: a list for `$1`, an object for \
            `$name`"),
        ("format" = Option<String>, Query, description = "`arrow`, `parquet`, `csv`, `json` or \
            `ndjson`"),
        ("rows" = Option<u64>, Query, description = "Most rows"),
    ),
    responses(
        (status = 200, description = "The rows, as they are computed. What ends an answer within its \
            first mebibyte is told as a problem. Later the connection breaks: a body without its \
            last chunk is not whole. Over HTTP/1.1 with `TE: trailers` the body ends in good order \
            instead, with the trailer `safeground-error`: the end of the problem's type, and its \
            title", body = Vec<u8>),
        (status = 400, description = "The query is refused; `type` ends with a constant code",
            body = super::openapi::Details, content_type = "application/problem+json"),
        super::openapi::ReleaseProblems,
    )
)]
pub(crate) async fn get(
    State(state): State<AppState>,
    asked: Asked,
    request: Request,
) -> Result<Response, Problem> {
    let params = asked.params(&["sql", "parameters", "format", "rows"])?;
    let sql = params
        .text("sql")
        .ok_or_else(|| Problem::bad("sql", "expected one statement; POST takes longer ones"))?;
    let parameters = match params.text("parameters") {
        None => Parameters::default(),
        Some(text) => serde_json::from_str(text).map_err(|_| {
            Problem::bad(
                "parameters",
                "expected JSON: a list for $1, an object for $name",
            )
        })?,
    };
    let format = params.text("format").map(named).transpose()?;
    let rows = params.text("rows").map(|rows| {
        rows.parse()
            .map_err(|_| Problem::bad("rows", "expected a whole number"))
    });
    let query = SqlQuery {
        sql: sql.to_owned(),
        parameters,
        format,
        rows: rows.transpose()?,
        views: false,
    };
    answer(&state, &asked, request.extensions(), query).await
}

/// Asks a release in SQL, in the body.
#[utoipa::path(
    post, path = "/v1/sql", tag = "SQL",
    params(super::openapi::OfAudience),
    request_body = SqlQuery,
    responses(
        (status = 200, description = "The rows, as they are computed. What ends an answer within its \
            first mebibyte is told as a problem. Later the connection breaks: a body without its \
            last chunk is not whole. Over HTTP/1.1 with `TE: trailers` the body ends in good order \
            instead, with the trailer `safeground-error`: the end of the problem's type, and its \
            title", body = Vec<u8>),
        (status = 400, description = "The query is refused; `type` ends with a constant code",
            body = super::openapi::Details, content_type = "application/problem+json"),
        super::openapi::ReleaseProblems,
    )
)]
pub(crate) async fn post(
    State(state): State<AppState>,
    asked: Asked,
    request: Request,
) -> Result<Response, Problem> {
    asked.params(&[])?;
    let (parts, body) = request.into_parts();
    let config = state.config();
    let most = usize::try_from(config.max_body_bytes).unwrap_or(usize::MAX);
    let read = tokio::time::timeout(config.header_timeout, to_bytes(body, most)).await;
    let Ok(read) = read else {
        return Err(Problem::Timeout(config.header_timeout.as_secs()));
    };
    let body = read.map_err(|_| Problem::BodyTooLarge(config.max_body_bytes))?;
    let query: SqlQuery = serde_json::from_slice(&body).map_err(|_| {
        Problem::bad(
            "body",
            "expected a JSON object of `sql` and, if wanted, `parameters`, `format`, `rows`",
        )
    })?;
    answer(&state, &asked, &parts.extensions, query).await
}

/// Any other method.
pub(crate) async fn not_allowed() -> Problem {
    Problem::MethodNotAllowed(ALLOW)
}

/// A table that queries may name.
#[derive(Debug, Serialize)]
struct Tables {
    release_id: String,
    tables: Vec<TableEntry>,
}

/// Tables and columns that SQL may name.
#[utoipa::path(
    get, path = "/v1/tables", tag = "SQL",
    params(super::openapi::OfAudience),
    responses(
        (status = 200, description = "Tables with their columns, units and meanings", body = Object),
        super::openapi::ReleaseProblems,
    )
)]
pub(crate) async fn tables(
    State(state): State<AppState>,
    asked: Asked,
) -> Result<Response, Problem> {
    asked.params(&[])?;
    let pool = state.sql().of(&asked.view).await?;
    asked.json(&Tables {
        release_id: asked.view.release_id().to_owned(),
        tables: pool.tables(),
    })
}

#[derive(Debug, Serialize)]
struct Functions {
    functions: Vec<String>,
    table_functions: Vec<String>,
    /// Those that Safeground brings, as they document themselves.
    documented: Vec<Documented>,
}

#[derive(Debug, Serialize)]
struct Documented {
    name: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    aliases: Vec<String>,
    kind: &'static str,
    section: String,
    signature: String,
    description: String,
    arguments: Vec<Described>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    columns: Vec<Described>,
    #[serde(skip_serializing_if = "Option::is_none")]
    example: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    difference_from_duckdb: Option<String>,
}

#[derive(Debug, Serialize)]
struct Described {
    name: String,
    description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    r#type: Option<String>,
}

impl From<CatalogueEntry> for Documented {
    fn from(entry: CatalogueEntry) -> Self {
        let described = |(name, description)| Described {
            name,
            description,
            r#type: None,
        };
        Self {
            name: entry.name,
            aliases: entry.aliases,
            kind: entry.kind.as_str(),
            section: entry.section,
            signature: entry.signature,
            description: entry.description,
            arguments: entry.arguments.into_iter().map(described).collect(),
            columns: entry
                .columns
                .into_iter()
                .map(|column| Described {
                    name: column.name,
                    description: column.description,
                    r#type: Some(column.data_type),
                })
                .collect(),
            example: entry.example,
            difference_from_duckdb: entry.difference,
        }
    }
}

/// Functions that SQL may call.
#[utoipa::path(
    get, path = "/v1/functions", tag = "SQL",
    params(super::openapi::OfAudience),
    responses(
        (status = 200, description = "Names of functions, and of those that make tables; with \
            arguments, columns and an example for those that Safeground brings", body = Object),
        super::openapi::ReleaseProblems,
    )
)]
pub(crate) async fn functions(
    State(state): State<AppState>,
    asked: Asked,
) -> Result<Response, Problem> {
    asked.params(&[])?;
    let (functions, table_functions) = state.sql().of(&asked.view).await?.functions();
    asked.json(&Functions {
        functions,
        table_functions,
        documented: catalogue().into_iter().map(Documented::from).collect(),
    })
}

async fn answer(
    state: &AppState,
    asked: &Asked,
    extensions: &Extensions,
    query: SqlQuery,
) -> Result<Response, Problem> {
    let pool: Pool = state.sql().of(&asked.view).await?;
    let mut wanted = Query::new(query.sql);
    wanted.parameters = query.parameters;
    wanted.format = query
        .format
        .or_else(|| accepted(&asked.headers))
        .unwrap_or(Format::Json);
    if query.views {
        wanted.texts = TextTypes::AsComputed;
    }
    if let Some(rows) = query.rows {
        wanted.limits.rows = rows;
    }
    let identity = identity(state, asked, extensions);
    let answer = pool.query(&identity, wanted).await.map_err(Problem::Sql)?;
    let media_type = answer.format().media_type();
    let (beginning, rest) = begun(answer).await.map_err(Problem::Sql)?;
    let ending = Ending::of(asked.version, &asked.headers);
    let mut response = Response::new(Body::new(AnswerBody::new(beginning, rest, ending)));
    let headers = response.headers_mut();
    if ending == Ending::Trailer {
        headers.insert(header::TRAILER, HeaderValue::from(ERROR));
    }
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    // Answers are asked for once and may be large: nobody keeps them.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// Bytes of an answer that are waited for before its status is sent.
const BEGINNING_BYTES: usize = 1 << 20;

/// The beginning of an answer, and the rest. A limit that is met within it is
/// told as a problem; later than that by [`Ending`].
async fn begun(mut answer: Answer) -> Result<(Vec<Bytes>, Answer), Refusal> {
    let mut beginning = Vec::new();
    let mut bytes = 0;
    while bytes < BEGINNING_BYTES
        && let Some(part) = answer.next().await
    {
        let part = part?;
        bytes += part.len();
        beginning.push(part);
    }
    Ok((beginning, answer))
}

/// Whose turns and limits count: those of the token, or of the client where
/// none is needed.
fn identity(state: &AppState, asked: &Asked, extensions: &Extensions) -> String {
    let token = extensions.get::<Granted>().map(|granted| &*granted.token);
    let peer = peer(extensions, &asked.headers, state.config().behind_proxy);
    crate::sql::identity(token.unwrap_or_default(), peer)
}

fn named(name: &str) -> Result<Format, Problem> {
    Format::named(name).ok_or_else(|| {
        Problem::bad(
            "format",
            "expected one of arrow, parquet, csv, json, ndjson",
        )
    })
}

/// The first format that the client accepts by name.
fn accepted(headers: &HeaderMap) -> Option<Format> {
    let values = headers.get_all(header::ACCEPT).iter();
    values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|range| range.split(';').next().unwrap_or_default().trim())
        .find_map(|wanted| {
            Format::ALL.into_iter().find(|format| {
                let ours = format.media_type().split(';').next().unwrap_or_default();
                wanted.eq_ignore_ascii_case(ours)
            })
        })
}
