//! The description of the service (OpenAPI 3.1), made from the handlers.

use std::sync::LazyLock;

use axum::http::HeaderMap;
use axum::response::Response;
use safeground_schema::release::SCORES_DICTIONARY;
use serde::Serialize;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::{IntoParams, IntoResponses, Modify, OpenApi, PartialSchema, ToSchema};

use super::asked::reply;
use crate::etag::ETag;
pub(crate) use crate::problem::Details;

/// Audience of the release.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(
    dead_code,
    reason = "describes parameters; they are read in crate::middleware"
)]
pub(crate) struct OfAudience {
    /// Whose release: `public`, `research` or `planning`. All but `public`
    /// need a bearer token.
    #[param(inline, default = "public")]
    audience: Option<AudienceName>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[expect(dead_code, reason = "describes values")]
enum AudienceName {
    Public,
    Research,
    Planning,
}

/// Layer of units.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(
    dead_code,
    reason = "describes parameters; they are read in the handlers"
)]
pub(crate) struct OfLayer {
    /// Identifier of the layer, as in `/collections`.
    #[param(example = "district")]
    layer: String,
}

/// Layer of tiles.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(
    dead_code,
    reason = "describes parameters; they are read in the handlers"
)]
pub(crate) struct OfTileLayer {
    /// Identifier of the layer, or `h3` for cells that become finer with the
    /// zoom.
    #[param(example = "h3")]
    layer: String,
}

/// Theme and period of the measures.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(
    dead_code,
    reason = "describes parameters; they are read in the handlers"
)]
pub(crate) struct OfTileMeasures {
    /// Theme, as in the catalog; the first of the layer by default.
    #[param(example = "child_marriage")]
    theme: Option<String>,
    /// Period, as in the catalog; the latest by default.
    #[param(example = "2021")]
    period: Option<String>,
}

/// Theme and period of the measures, the latter also as a time.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(
    dead_code,
    reason = "describes parameters; they are read in the handlers"
)]
pub(crate) struct OfMeasures {
    /// Theme, as in the catalog; the first of the layer by default.
    #[param(example = "child_marriage")]
    theme: Option<String>,
    /// Period, as in the catalog; the latest by default.
    #[param(example = "2021")]
    period: Option<String>,
    /// Instead of `period`: a date or an interval (RFC 3339, `..` for open).
    /// The latest period that shares a month with it is taken.
    #[param(example = "2019-01-01/2021-12-31")]
    datetime: Option<String>,
}

/// Which items, how many and in which order.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(
    dead_code,
    reason = "describes parameters; they are read in the handlers"
)]
pub(crate) struct OfItems {
    /// Only units that touch this box: west,south,east,north in degrees.
    #[param(example = "86.5,23.9,88.1,25.4")]
    bbox: Option<String>,
    /// How many units at most; more than 10,000 is 10,000.
    #[param(minimum = 1, maximum = 10_000, default = 1_000)]
    limit: Option<u32>,
    /// Where the page begins, from the link to the next page.
    cursor: Option<String>,
    /// Properties to sort by, each with `+` or `-` before it; empty values
    /// come last. `count` puts a unit of which only a band is given at the
    /// lower end of its band.
    #[param(example = "-score")]
    sortby: Option<String>,
    /// Leave the geometry out.
    #[param(rename = "skipGeometry", default = false)]
    skip_geometry: Option<bool>,
    /// Only these properties.
    #[param(example = "name,status,rate,rate_low,rate_high")]
    properties: Option<String>,
    /// `geojson` or `csv`; else `Accept` decides.
    #[param(example = "geojson")]
    f: Option<String>,
}

/// A request that cannot be read.
#[derive(IntoResponses)]
#[response(
    status = 400,
    description = "A parameter is unknown, repeated or not valid",
    content_type = "application/problem+json"
)]
#[expect(dead_code, reason = "describes a response")]
pub(crate) struct BadRequest(Details);

/// Something that the release does not hold.
#[derive(IntoResponses)]
#[response(
    status = 404,
    description = "There is no such layer, theme, period, unit or tile; \
    `valid` lists those that there are",
    content_type = "application/problem+json"
)]
#[expect(dead_code, reason = "describes a response")]
pub(crate) struct NotFound(Details);

/// Nothing to answer from.
#[derive(IntoResponses)]
#[response(
    status = 503,
    description = "No release yet, or too busy",
    content_type = "application/problem+json"
)]
#[expect(dead_code, reason = "describes a response")]
pub(crate) struct Unavailable(Details);

/// What every route of a release may answer.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "describes responses")]
pub(crate) enum ReleaseProblems {
    /// The client has the current response
    #[response(status = 304)]
    NotModified,
    /// A parameter is unknown, repeated or not valid
    #[response(status = 400, content_type = "application/problem+json")]
    BadRequest(Details),
    /// No token, or one that is unknown, expired or revoked
    #[response(status = 401, content_type = "application/problem+json")]
    Unauthorized(Details),
    /// The token is for another audience
    #[response(status = 403, content_type = "application/problem+json")]
    Forbidden(Details),
    /// The address is too long
    #[response(status = 414, content_type = "application/problem+json")]
    UriTooLong(Details),
    /// Too many invalid tokens from this client
    #[response(status = 429, content_type = "application/problem+json")]
    TooManyFailures(Details),
    /// A defect of the server
    #[response(status = 500, content_type = "application/problem+json")]
    Internal(Details),
    /// No release yet, too busy, or too slow
    #[response(status = 503, content_type = "application/problem+json")]
    Unavailable(Details),
}

/// Units as GeoJSON.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
#[expect(dead_code, reason = "describes a body that is written by hand")]
pub(crate) struct FeatureCollection {
    /// `FeatureCollection`
    r#type: String,
    /// Release that the values are from.
    release: String,
    /// Layer.
    layer: String,
    /// Theme of the measures.
    theme: Option<String>,
    /// Period of the measures; none if `datetime` met no period.
    period: Option<String>,
    /// Units that match.
    number_matched: u64,
    /// Units in this page.
    number_returned: u64,
    /// This page, the next, the manifest.
    links: Vec<super::Link>,
    /// The units.
    features: Vec<Feature>,
}

/// A unit.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a body that is written by hand")]
pub(crate) struct Feature {
    /// `Feature`
    r#type: String,
    /// Place identifier or H3 cell.
    id: String,
    /// Polygon, MultiPolygon or Point in longitude and latitude, or null.
    #[schema(value_type = Option<Object>)]
    geometry: Option<()>,
    /// What is known of the unit itself, and its measures: in a list those of
    /// one theme and period, of one unit those of each in `measures`.
    #[schema(value_type = Measures)]
    properties: (),
}

/// The measures of a unit, described from the dictionary of the released table.
struct Measures;

impl PartialSchema for Measures {
    fn schema() -> RefOr<Schema> {
        let described = SCORES_DICTIONARY
            .iter()
            .filter(|(name, ..)| crate::view::Measures::position(name).is_some());
        let measures = described.fold(ObjectBuilder::new(), |object, (name, unit, meaning)| {
            let unit = if unit.is_empty() {
                String::new()
            } else {
                format!(" ({unit})")
            };
            let kind = match crate::items::kind_of(name) {
                "integer" => Type::Integer,
                "number" => Type::Number,
                _ => Type::String,
            };
            let types = SchemaType::from_iter([kind, Type::Null]);
            let column = ObjectBuilder::new()
                .schema_type(types)
                .description(Some(format!("{meaning}{unit}")));
            object.property(*name, column)
        });
        let about = "The measures of a unit. One that is null has its reason in `status`. A count \
            is exact, and then `count_low` and `count_high` are the same; or a band, and then \
            `count` is null, and `count_high` too where the band has no upper end; or a number \
            with noise, and then the ends are those of a 95 % interval of the true count. \
            `protection` of the layer in the catalog says which.";
        measures.description(Some(about)).into()
    }
}

impl ToSchema for Measures {}

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let components = openapi.components.get_or_insert_default();
        let scheme = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        components.add_security_scheme("token", scheme);
    }
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Safeground",
        description = "Hotspots of harm to children and of gaps in protection, by place and \
            period. Everything served was computed from protected counts of one release, named \
            in the header `Safeground-Release`; the header `Link` leads to its manifest. All \
            forms of a release show the same values.",
    ),
    paths(
        super::landing::landing,
        super::landing::conformance,
        openapi,
        super::privacy::privacy,
        super::operation::health,
        super::operation::ready,
        super::operation::metrics,
        super::catalog::catalog,
        super::catalog::manifest,
        super::catalog::table_dictionary,
        super::dp::offer,
        super::dp::ask,
        super::sql::get,
        super::sql::post,
        super::sql::tables,
        super::sql::functions,
        super::plans::list,
        super::plans::ask,
        super::plans::plan,
        super::plans::file,
        super::collections::collections,
        super::collections::collection,
        super::features::items,
        super::features::item,
        super::tilejson::tilejson,
        super::tile::tile,
    ),
    components(schemas(Details, crate::plans::Fault, crate::plans::Mend, Measures, super::dp::DpQuestion, super::sql::SqlQuery)),
    modifiers(&Bearer),
    security((), ("token" = [])),
    tags(
        (name = "Service", description = "The service itself"),
        (name = "Release", description = "What a release holds and how it was made"),
        (name = "Features", description = "Units as features and tables (OGC API – Features)"),
        (name = "Questions", description = "Questions about single rows, answered with noise"),
        (name = "Plans", description = "Campaign plans, for planners"),
        (name = "Tiles", description = "Units as vector tiles"),
        (name = "Operation", description = "For operators"),
    )
)]
struct Description;

static TEXT: LazyLock<String> = LazyLock::new(|| {
    let mut description = serde_json::to_value(Description::openapi())
        .expect("the description is plain data, always JSON");
    let ours = description["components"]["schemas"].as_object_mut();
    ours.expect("the description has schemas")
        .extend(plan_ask_schemas());
    serde_json::to_string_pretty(&description).expect("JSON can be written")
});

/// What a planner may ask, as the crate that reads it describes it. OpenAPI 3.1
/// takes JSON Schema as it is.
fn plan_ask_schemas() -> serde_json::Map<String, serde_json::Value> {
    let settings = schemars::generate::SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    let schema = settings
        .into_generator()
        .into_root_schema_for::<safeground_campaign::Ask>();
    let mut ask = schema.to_value();
    let parts = ask["components"]["schemas"].take();
    let mut schemas = match parts {
        serde_json::Value::Object(parts) => parts,
        _ => serde_json::Map::new(),
    };
    if let Some(ask) = ask.as_object_mut() {
        ask.remove("components");
    }
    schemas.insert("PlanAsk".to_owned(), ask);
    schemas
}

/// This description.
#[utoipa::path(
    get, path = "/openapi.json", tag = "Service",
    responses((status = 200, description = "OpenAPI 3.1", body = Object,
        content_type = "application/vnd.oai.openapi+json;version=3.1"))
)]
pub(crate) async fn openapi(headers: HeaderMap) -> Response {
    let etag = ETag::of(&["openapi", &TEXT]);
    if let Some(response) = etag.not_modified(&headers) {
        return response;
    }
    etag.on(reply(
        "application/vnd.oai.openapi+json;version=3.1",
        TEXT.as_str(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_route_is_described_and_nothing_else() {
        let described = Description::openapi().paths.paths;
        let described: BTreeSet<_> = described.keys().map(String::as_str).collect();
        let table = super::super::table();
        let routes: BTreeSet<_> = table.iter().map(|route| route.documented).collect();
        assert_eq!(described, routes);
    }

    #[test]
    fn every_parameter_of_a_path_is_described() {
        let description: serde_json::Value = serde_json::from_str(&TEXT).unwrap();
        for (path, operations) in description["paths"].as_object().unwrap() {
            let parameters = operations["get"]["parameters"].as_array();
            for name in path.split('{').skip(1).filter_map(|p| p.split('}').next()) {
                let found = parameters.is_some_and(|parameters| {
                    parameters
                        .iter()
                        .any(|p| p["name"] == name && p["in"] == "path" && p["required"] == true)
                });
                assert!(found, "{path}: {name}");
            }
        }
    }
}
