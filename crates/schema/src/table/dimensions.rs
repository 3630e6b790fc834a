//! Fields of the tables that describe places and their context.

use super::columns::{LEVEL, field};
use crate::field::{FieldKind, FieldSpec};

/// What a publisher may say of a survey figure.
const INDICATOR_NOTE: FieldKind = FieldKind::Code {
    list: "indicator_note",
    codes: || vec!["small_sample", "suppressed", "provisional", "estimated"],
};

pub(super) const PLACES: &[FieldSpec] = &[
    field(
        "place_id",
        FieldKind::Place,
        false,
        "",
        "Identifier, level-prefixed LGD code such as `district:220`.",
    ),
    field("level", LEVEL, false, "", "Administrative level."),
    field(
        "vintage",
        FieldKind::Text,
        true,
        "",
        "Vintage of the territory; empty for the current directory.",
    ),
    field("name", FieldKind::Text, true, "", "Official name."),
    field("parent_id", FieldKind::Place, true, "", "Place it lies in."),
    field(
        "lgd_code",
        FieldKind::Text,
        true,
        "",
        "Local Government Directory code.",
    ),
    field(
        "census2011_code",
        FieldKind::Text,
        true,
        "",
        "Code in the 2011 census.",
    ),
    field(
        "valid_from",
        FieldKind::Date,
        true,
        "",
        "First day of validity.",
    ),
    field(
        "valid_to",
        FieldKind::Date,
        true,
        "",
        "Last day of validity.",
    ),
    field(
        "latitude",
        FieldKind::Number,
        true,
        "degrees north",
        "Latitude of the representative point, EPSG:4326.",
    ),
    field(
        "longitude",
        FieldKind::Number,
        true,
        "degrees east",
        "Longitude of the representative point, EPSG:4326.",
    ),
    field(
        "h3",
        FieldKind::H3,
        true,
        "",
        "H3 cell (resolution 8) of the representative point.",
    ),
    field(
        "geometry",
        FieldKind::Geometry,
        true,
        "",
        "Polygon, or nothing for villages.",
    ),
    field(
        "area_km2",
        FieldKind::Number,
        true,
        "square kilometres",
        "Area.",
    ),
    field(
        "households",
        FieldKind::Integer,
        true,
        "households",
        "Households.",
    ),
    field(
        "population",
        FieldKind::Integer,
        true,
        "people",
        "Population.",
    ),
    field(
        "children_0_6",
        FieldKind::Integer,
        true,
        "children",
        "Children aged 0 to 6.",
    ),
    field(
        "children_under_18",
        FieldKind::Integer,
        true,
        "children",
        "Children below 18.",
    ),
    field(
        "source",
        FieldKind::Text,
        true,
        "",
        "Publisher and year of the figures.",
    ),
];

pub(super) const PLACE_CHANGES: &[FieldSpec] = &[
    field(
        "from_place",
        FieldKind::Place,
        false,
        "",
        "Place of the earlier vintage.",
    ),
    field(
        "to_place",
        FieldKind::Place,
        false,
        "",
        "Place of the later vintage.",
    ),
    field(
        "weight",
        FieldKind::Number,
        false,
        "share 0 to 1",
        "Share of the earlier place.",
    ),
    field(
        "basis",
        FieldKind::Text,
        true,
        "",
        "What the share is measured in: name, area or population.",
    ),
    field(
        "source",
        FieldKind::Text,
        true,
        "",
        "Who made the crosswalk.",
    ),
];

pub(super) const INDICATORS: &[FieldSpec] = &[
    field("place_id", FieldKind::Place, false, "", "Place."),
    field(
        "indicator",
        FieldKind::Text,
        false,
        "",
        "Code of the indicator, such as `cm_nfhs5`.",
    ),
    field(
        "period",
        FieldKind::Period,
        false,
        "",
        "Period of the figure.",
    ),
    field(
        "value",
        FieldKind::Number,
        true,
        "as `unit` says",
        "The figure; empty where the publisher suppressed it.",
    ),
    field(
        "unit",
        FieldKind::Text,
        false,
        "",
        "Unit: `percent`, `per_1000`, `cases`, `ratio`, `people`.",
    ),
    field(
        "sample_size",
        FieldKind::Integer,
        true,
        "respondents",
        "Respondents behind a survey figure.",
    ),
    field(
        "standard_error",
        FieldKind::Number,
        true,
        "as `unit` says",
        "Standard error of a survey figure.",
    ),
    field(
        "note",
        INDICATOR_NOTE,
        true,
        "",
        "What the publisher said of the figure.",
    ),
    field("source", FieldKind::Text, true, "", "Publisher."),
];
