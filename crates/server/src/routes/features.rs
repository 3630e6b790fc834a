//! Units as features, and as rows of a table.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;

use super::Link;
use super::asked::{Asked, CSV, GEOJSON, PathParts, reply, segment};
use crate::items::{
    CollectionPage, Cursor, Field, Sort, Source, fields, limit, select_units, write_collection,
    write_csv, write_profile,
};
use crate::problem::Problem;
use crate::query::{Interval, Params};
use crate::state::AppState;
use crate::view::{LayerView, Selection, View};

const PARAMETERS: [&str; 10] = [
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
];

/// Form of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    GeoJson,
    Csv,
}

/// What a request for items asks for, checked.
struct Question {
    layer: String,
    theme: Option<String>,
    period: Option<String>,
    interval: Option<Interval>,
    bbox: Option<[f64; 4]>,
    limit: usize,
    offset: usize,
    cursor: Cursor,
    sort: Vec<Sort>,
    fields: Vec<Field>,
    skip_geometry: bool,
    form: Form,
}

/// Units of a layer with their measures for one theme and one period.
#[utoipa::path(
    get, path = "/collections/{layer}/items", tag = "Features",
    params(
        super::openapi::OfLayer,
        super::openapi::OfAudience,
        super::openapi::OfMeasures,
        super::openapi::OfItems,
    ),
    responses(
        (status = 200, description = "A page of units; `Link` with `rel=\"next\"` leads to the \
            next", content(
            (super::openapi::FeatureCollection = "application/geo+json"),
            (String = "text/csv"),
        )),
        (status = 410, description = "The cursor is of another question or release",
            body = super::openapi::Details, content_type = "application/problem+json"),
        super::openapi::ReleaseProblems,
        super::openapi::NotFound,
    )
)]
pub(crate) async fn items(
    State(state): State<AppState>,
    asked: Asked,
    PathParts(layer): PathParts<String>,
) -> Result<Response, Problem> {
    let params = asked.params(&PARAMETERS)?;
    let question = question(&asked, &params, layer)?;
    // Refuses an unknown layer, theme or period before a tag is compared.
    select(&question, asked.view.layer(&question.layer)?)?;
    let etag = asked.etag(match question.form {
        Form::GeoJson => GEOJSON,
        Form::Csv => CSV,
    });
    if let Some(response) = etag.not_modified(&asked.headers) {
        return Ok(response);
    }
    let asked = Arc::new(asked);
    let response = state
        .work(move || answer(&asked, &params, &question))
        .await?;
    Ok(etag.on(response))
}

/// One unit with its measures for every theme and period.
#[utoipa::path(
    get, path = "/collections/{layer}/items/{unit}", tag = "Features",
    params(
        super::openapi::OfLayer,
        ("unit" = String, Path, description = "Place identifier or H3 cell", example = "district:220"),
        super::openapi::OfAudience,
        ("theme" = Option<String>, Query, description = "Only this theme"),
        ("skipGeometry" = Option<bool>, Query, description = "Leave the geometry out"),
    ),
    responses(
        (status = 200, description = "The unit; `measures` in its properties has one entry for \
            each theme and period", body = super::openapi::Feature,
            content_type = "application/geo+json"),
        super::openapi::ReleaseProblems,
        super::openapi::NotFound,
    )
)]
pub(crate) async fn item(
    State(state): State<AppState>,
    asked: Asked,
    PathParts((layer, unit)): PathParts<(String, String)>,
) -> Result<Response, Problem> {
    let params = asked.params(&["theme", "skipGeometry"])?;
    let skip_geometry = params.flag("skipGeometry")?;
    let theme = params.text("theme").map(str::to_owned);
    let found = asked.view.layer(&layer)?;
    let unit = found.unit(&unit)?;
    if theme.is_some() {
        found.select(theme.as_deref(), None)?;
    }
    let etag = asked.etag(GEOJSON);
    if let Some(response) = etag.not_modified(&asked.headers) {
        return Ok(response);
    }
    let view: Arc<View> = Arc::clone(&asked.view);
    let links = vec![
        Link::new("self", asked.this(), GEOJSON, "This unit"),
        Link::json(
            "collection",
            asked.href(&format!("/collections/{}", segment(&layer)), []),
            "Its layer",
        ),
    ];
    let body = state
        .work(move || {
            let layer = view.layer(&layer)?;
            Ok(write_profile(
                layer,
                unit,
                theme.as_deref(),
                skip_geometry,
                &links,
            ))
        })
        .await?;
    Ok(etag.on(reply(GEOJSON, body)))
}

fn question(asked: &Asked, params: &Params, layer: String) -> Result<Question, Problem> {
    let text = |name| params.text(name);
    let interval = params.datetime()?;
    if interval.is_some() && text("period").is_some() {
        return Err(Problem::bad(
            "datetime",
            "expected `period` or `datetime`, not both",
        ));
    }
    let asked_for = ["theme", "period", "datetime", "bbox", "sortby"].map(text);
    let cursor = Cursor::of(&asked.view, &layer, &asked_for);
    Ok(Question {
        layer,
        theme: text("theme").map(str::to_owned),
        period: text("period").map(str::to_owned),
        interval,
        bbox: params.bbox()?,
        limit: limit(params)?,
        offset: cursor.offset(params)?,
        cursor,
        sort: Sort::parse(params)?,
        fields: fields(params)?,
        skip_geometry: params.flag("skipGeometry")?,
        form: form(text("f"), &asked.headers)?,
    })
}

fn form(asked: Option<&str>, headers: &HeaderMap) -> Result<Form, Problem> {
    match asked {
        Some("json" | "geojson") => Ok(Form::GeoJson),
        Some("csv") => Ok(Form::Csv),
        Some(_) => Err(Problem::bad("f", "expected `geojson` or `csv`")),
        None => {
            let accept = headers.get(header::ACCEPT).and_then(|v| v.to_str().ok());
            Ok(match accept {
                Some(accept) if accept.trim().starts_with("text/csv") => Form::Csv,
                _ => Form::GeoJson,
            })
        }
    }
}

fn select<'a>(
    question: &'a Question,
    layer: &'a LayerView,
) -> Result<Option<Selection<'a>>, Problem> {
    let theme = question.theme.as_deref();
    match &question.interval {
        Some(interval) => layer.select_within(theme, interval),
        None => layer.select(theme, question.period.as_deref()).map(Some),
    }
}

fn answer(asked: &Asked, params: &Params, question: &Question) -> Result<Response, Problem> {
    let layer = asked.view.layer(&question.layer)?;
    let selection = select(question, layer)?;
    let units = match &selection {
        Some(selection) => select_units(layer, selection, question.bbox, &question.sort),
        None => Vec::new(),
    };
    let start = question.offset.min(units.len());
    let end = start.saturating_add(question.limit).min(units.len());
    let page = &units[start..end];
    let next = (end < units.len()).then(|| {
        let cursor = question.cursor.at(end);
        let path = format!("/collections/{}/items", segment(&question.layer));
        let others = params
            .iter()
            .filter(|(name, _)| !matches!(*name, "cursor" | "audience"));
        asked.href(&path, others.chain([("cursor", cursor.as_str())]))
    });
    let source = selection.map(|selection| Source {
        layer,
        selection,
        fields: &question.fields,
    });
    let mut response = match question.form {
        Form::Csv => {
            let mut response = reply(CSV, write_csv(source, &question.fields, page));
            let name = HeaderValue::from_static("attachment; filename=\"safeground.csv\"");
            let headers = response.headers_mut();
            headers.insert(header::CONTENT_DISPOSITION, name);
            let meaning = "</v1/dictionary>; rel=\"help\"; type=\"application/json\"";
            headers.append(header::LINK, HeaderValue::from_static(meaning));
            response
        }
        Form::GeoJson => {
            let mut links = vec![Link::new("self", asked.this(), GEOJSON, "This page")];
            links.extend(
                next.clone()
                    .map(|href| Link::new("next", href, GEOJSON, "Next page")),
            );
            links.push(Link::json(
                "describedby",
                asked.href("/v1/manifest", [("release", asked.view.release_id())]),
                "Manifest of the release",
            ));
            let collection = CollectionPage {
                r#type: "FeatureCollection",
                release: asked.view.release_id().to_owned(),
                layer: question.layer.clone(),
                theme: selection.map(|s| s.theme.to_owned()),
                period: selection.map(|s| s.period.to_owned()),
                number_matched: units.len(),
                number_returned: page.len(),
                links,
            };
            reply(
                GEOJSON,
                write_collection(&collection, source, page, question.skip_geometry),
            )
        }
    };
    if let Some(value) =
        next.and_then(|n| HeaderValue::from_str(&format!("<{n}>; rel=\"next\"")).ok())
    {
        response.headers_mut().append(header::LINK, value);
    }
    Ok(response)
}
