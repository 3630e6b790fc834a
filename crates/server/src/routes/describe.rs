//! A layer described as an OGC API collection.

use safeground_schema::Period;
use serde::Serialize;

use super::asked::{Asked, CSV, GEOJSON, segment};
use super::{Link, catalog};
use crate::view::LayerView;

/// Longitude and latitude in degrees (WGS 84), in this order.
const CRS84: &str = "http://www.opengis.net/def/crs/OGC/1.3/CRS84";

/// A layer.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Collection {
    id: String,
    title: String,
    description: String,
    attribution: String,
    item_type: &'static str,
    crs: [&'static str; 1],
    extent: Extent,
    /// Themes with their periods.
    themes: Vec<ThemePeriods>,
    links: Vec<Link>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
struct Extent {
    #[serde(skip_serializing_if = "Option::is_none")]
    spatial: Option<Spatial>,
    #[serde(skip_serializing_if = "Option::is_none")]
    temporal: Option<Temporal>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
struct Spatial {
    bbox: [[f64; 4]; 1],
    crs: &'static str,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
struct Temporal {
    interval: [[String; 2]; 1],
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
struct ThemePeriods {
    theme: String,
    periods: Vec<String>,
}

/// Describes a layer.
pub(crate) fn describe(asked: &Asked, layer: &LayerView) -> Collection {
    let path = format!("/collections/{}", segment(&layer.info.id));
    let items = format!("{path}/items");
    let tiles = format!("/tiles/{}.json", segment(&layer.info.id));
    Collection {
        id: layer.info.id.clone(),
        title: layer.info.title.clone(),
        description: format!(
            "{} units; each feature carries the measures of one theme and one period, chosen by \
             `theme` and `period`.",
            layer.units.len()
        ),
        attribution: catalog::attribution(
            &asked.view.manifest.themes,
            asked.view.manifest.synthetic,
        ),
        item_type: "feature",
        crs: [CRS84],
        extent: Extent {
            spatial: bounds(layer).map(|bbox| Spatial {
                bbox: [bbox],
                crs: CRS84,
            }),
            temporal: interval(layer).map(|interval| Temporal {
                interval: [interval],
            }),
        },
        themes: layer
            .themes
            .iter()
            .map(|theme| ThemePeriods {
                theme: theme.clone(),
                periods: layer
                    .measures
                    .get(theme)
                    .map(|periods| periods.keys().cloned().collect())
                    .unwrap_or_default(),
            })
            .collect(),
        links: vec![
            Link::json("self", asked.href(&path, []), "This layer"),
            Link::new("items", asked.href(&items, []), GEOJSON, "Units as GeoJSON"),
            Link::new(
                "items",
                asked.href(&items, [("f", "csv")]),
                CSV,
                "Units as CSV",
            ),
            Link::json(
                "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector",
                asked.href(&tiles, []),
                "Vector tiles (TileJSON)",
            ),
            Link::json(
                "describedby",
                asked.href("/v1/manifest", [("release", asked.view.release_id())]),
                "Manifest of the release",
            ),
        ],
    }
}

/// West, south, east, north of a layer.
pub(crate) fn bounds(layer: &LayerView) -> Option<[f64; 4]> {
    layer.info.bounds.or_else(|| {
        layer
            .extents
            .iter()
            .map(|extent| extent.bounds)
            .reduce(|a, b| {
                [
                    a[0].min(b[0]),
                    a[1].min(b[1]),
                    a[2].max(b[2]).min(180.0),
                    a[3].max(b[3]),
                ]
            })
    })
}

/// First and last moment of the periods of a layer.
fn interval(layer: &LayerView) -> Option<[String; 2]> {
    let periods = layer.measures.values().flat_map(|periods| periods.keys());
    let months: Vec<_> = periods
        .filter_map(|period| period.parse::<Period>().ok())
        .map(Period::months)
        .collect();
    let (year, month) = months.iter().map(|(from, _)| *from).min()?;
    let (last_year, last_month) = months.iter().map(|(_, to)| *to).max()?;
    let (after_year, after_month) = if last_month == 12 {
        (last_year + 1, 1)
    } else {
        (last_year, last_month + 1)
    };
    let last_day =
        chrono::NaiveDate::from_ymd_opt(after_year, after_month.into(), 1)?.pred_opt()?;
    Some([
        format!("{year:04}-{month:02}-01T00:00:00Z"),
        format!("{last_day}T23:59:59Z"),
    ])
}
