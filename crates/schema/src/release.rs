//! The shape of a release: its tables and a manifest.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema, SchemaRef};
use serde::{Deserialize, Serialize};

use crate::field::geoarrow_wkb;
use crate::{Status, ThemeKind};

/// Arrow schema of `scores.parquet`, one row per unit × theme × period,
/// sorted by layer, theme, period and unit. Every unit of a layer has a row
/// for every theme and period of that layer, so that presence tells nothing.
#[must_use]
pub fn scores_schema() -> SchemaRef {
    let text = |name: &str| Field::new(name, DataType::Utf8, false);
    let number = |name: &str| Field::new(name, DataType::Float64, true);
    let whole = |name: &str| Field::new(name, DataType::Int32, true);
    Arc::new(Schema::new(vec![
        text("layer"),
        text("unit_id"),
        text("theme"),
        text("period"),
        text("status"),
        Field::new("count", DataType::Int64, true),
        Field::new("count_low", DataType::Int64, true),
        Field::new("count_high", DataType::Int64, true),
        number("exposure"),
        number("rate"),
        number("rate_low"),
        number("rate_high"),
        number("eb_rate"),
        number("eb_low"),
        number("eb_high"),
        number("gi_z"),
        number("gi_p"),
        number("gi_q"),
        Field::new("gi_class", DataType::Utf8, true),
        whole("neighbours"),
        number("score"),
        number("score_low"),
        number("score_high"),
        number("score_burden"),
        number("score_clustering"),
        whole("rank"),
        whole("rank_low"),
        whole("rank_high"),
    ]))
}

/// What each column of `scores.parquet` means, in the order of
/// [`scores_schema`]: (column, unit, meaning).
pub const SCORES_DICTIONARY: &[(&str, &str, &str)] = &[
    (
        "layer",
        "",
        "Layer of the unit: `district`, `district@2011`, `h3_r5`.",
    ),
    (
        "unit_id",
        "",
        "Place identifier, or H3 cell as lowercase hexadecimal text.",
    ),
    (
        "theme",
        "",
        "Theme; published indicators as `indicator:CODE`.",
    ),
    ("period", "", "Period."),
    ("status", "", "Whether there is a value, and if not, why."),
    (
        "count",
        "children, or as the theme says",
        "Protected count: exact for researchers, with noise in layers that have any; empty unless \
         available, and where only a band is given.",
    ),
    (
        "count_low",
        "children, or as the theme says",
        "Least count: of the band, or of the 95 % interval that the noise leaves; the count itself \
         where it is exact.",
    ),
    (
        "count_high",
        "children, or as the theme says",
        "Largest count, likewise; empty where the band has no upper end.",
    ),
    (
        "exposure",
        "children, or as the theme says",
        "Denominator of the rate.",
    ),
    (
        "rate",
        "as the theme says",
        "Raw rate, or the published value of an indicator.",
    ),
    (
        "rate_low",
        "as the theme says",
        "Lower 95 % limit of the raw rate.",
    ),
    (
        "rate_high",
        "as the theme says",
        "Upper 95 % limit of the raw rate.",
    ),
    ("eb_rate", "as the theme says", "Empirical Bayes rate."),
    (
        "eb_low",
        "as the theme says",
        "Lower limit of its 95 % posterior interval.",
    ),
    (
        "eb_high",
        "as the theme says",
        "Upper limit of its 95 % posterior interval.",
    ),
    ("gi_z", "standard deviations", "Getis-Ord Gi* z-value."),
    ("gi_p", "probability", "Two-sided p-value of Gi*."),
    (
        "gi_q",
        "probability",
        "Benjamini-Hochberg adjusted p-value.",
    ),
    (
        "gi_class",
        "",
        "Hotspot class by q: hot_99, hot_95, hot_90, not_significant, cold_90, cold_95, cold_99.",
    ),
    (
        "neighbours",
        "units",
        "Neighbours with a value that entered Gi*.",
    ),
    (
        "score",
        "0 to 100",
        "Hotspot score: weighted mean of its two parts.",
    ),
    ("score_low", "0 to 100", "Lower limit of its 95 % interval."),
    (
        "score_high",
        "0 to 100",
        "Upper limit of its 95 % interval.",
    ),
    (
        "score_burden",
        "0 to 100",
        "Part: percentile rank of the empirical Bayes rate.",
    ),
    (
        "score_clustering",
        "0 to 100",
        "Part: how strongly high values cluster here.",
    ),
    ("rank", "", "Rank by score, 1 is highest."),
    ("rank_low", "", "Best rank within the 95 % interval."),
    ("rank_high", "", "Worst rank within the 95 % interval."),
];

/// Arrow schema of `breakdowns.parquet`, one row per unit × theme × period ×
/// class, sorted by layer, theme, period, breakdown, class and unit. Every unit
/// has a row for every class, so that presence tells nothing.
#[must_use]
pub fn breakdowns_schema() -> SchemaRef {
    let text = |name: &str| Field::new(name, DataType::Utf8, false);
    Arc::new(Schema::new(vec![
        text("layer"),
        text("unit_id"),
        text("theme"),
        text("period"),
        text("breakdown"),
        text("class"),
        text("status"),
        Field::new("count", DataType::Int64, true),
    ]))
}

/// What each column of `breakdowns.parquet` means, in the order of
/// [`breakdowns_schema`]: (column, unit, meaning).
pub const BREAKDOWNS_DICTIONARY: &[(&str, &str, &str)] = &[
    ("layer", "", "Layer of the unit: `district`, `block`."),
    ("unit_id", "", "Place identifier."),
    ("theme", "", "Theme."),
    ("period", "", "Period."),
    (
        "breakdown",
        "",
        "What the count is broken down by: `sex`, `age_band`, `detection_mode`, or `method` of \
         marriage interventions.",
    ),
    ("class", "", "Code of the class: `female`, `12-14`, `raid`."),
    ("status", "", "Whether there is a count, and if not, why."),
    (
        "count",
        "children",
        "Distinct children of the class; empty unless available. A child recorded under two \
         classes in a period counts in both.",
    ),
];

/// Arrow schema of `places.parquet`: the public description of every place
/// unit of the release. H3 cells are not listed; their id is their geometry.
#[must_use]
pub fn places_schema() -> SchemaRef {
    let text = |name: &str| Field::new(name, DataType::Utf8, true);
    let number = |name: &str| Field::new(name, DataType::Float64, true);
    let whole = |name: &str| Field::new(name, DataType::Int64, true);
    Arc::new(Schema::new(vec![
        Field::new("place_id", DataType::Utf8, false),
        Field::new("layer", DataType::Utf8, false),
        text("name"),
        text("parent_id"),
        text("lgd_code"),
        text("census2011_code"),
        whole("population"),
        whole("children"),
        whole("households"),
        number("area_km2"),
        number("latitude"),
        number("longitude"),
        Field::new("geometry", DataType::Binary, true).with_metadata(geoarrow_wkb()),
    ]))
}

/// Columns of `places.parquet`: name, unit, meaning.
pub const PLACES_DICTIONARY: &[(&str, &str, &str)] = &[
    (
        "place_id",
        "",
        "Identifier: level and code, such as `district:220`.",
    ),
    ("layer", "", "Layer that the place is a unit of."),
    ("name", "", "Name."),
    ("parent_id", "", "Place that this one lies in."),
    ("lgd_code", "", "Code of the Local Government Directory."),
    ("census2011_code", "", "Code of the census of 2011."),
    ("population", "people", "Inhabitants."),
    (
        "children",
        "children",
        "People under 18, counted or estimated as the manifest says.",
    ),
    (
        "households",
        "households",
        "Households, counted or estimated.",
    ),
    ("area_km2", "km²", "Area."),
    (
        "latitude",
        "degrees north",
        "Of the place's point, or of the centroid of its polygon.",
    ),
    (
        "longitude",
        "degrees east",
        "Of the place's point, or of the centroid of its polygon.",
    ),
    (
        "geometry",
        "degrees",
        "Polygon as WKB in longitude and latitude, marked as GeoArrow.",
    ),
];

/// Manifest of a release: everything needed to reproduce and cite it.
///
/// It holds no clock time, so that the same inputs, policy and seed give the
/// same bytes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Manifest {
    /// Version of this shape.
    pub format: u32,
    /// Sixteen hexadecimal digits that name the release.
    pub release_id: String,
    /// Audience: `public`, `research` or `planning`.
    pub audience: String,
    /// Day of the last load that the release is made from, ISO 8601.
    pub data_as_of: Option<String>,
    /// Version of the code that made it.
    pub code_version: String,
    /// Seed of everything random in it.
    pub seed: u64,
    /// SHA-256 of the policy text, hexadecimal.
    pub policy_sha256: String,
    /// The policy as applied to this audience.
    pub policy: serde_json::Value,
    /// What is looser than the floor in the policy, or was when a figure in the
    /// release was decided, and who allowed it; absent where nothing is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub looser_than_floor: Option<ManifestOverride>,
    /// Tables read, with the version read.
    pub inputs: Vec<ManifestInput>,
    /// Layers.
    pub layers: Vec<ManifestLayer>,
    /// Themes.
    pub themes: Vec<ManifestTheme>,
    /// Which periods exist for which layer and theme.
    pub available: Vec<ManifestAvailable>,
    /// Methods by column group, with their source.
    pub methods: BTreeMap<String, String>,
    /// The noise in it; absent where no count carries any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noise: Option<ManifestNoise>,
    /// Whether the input is synthetic.
    pub synthetic: bool,
    /// What a careful reader must know.
    pub caveats: Vec<String>,
    /// Files, with their hashes.
    pub files: Vec<ManifestFile>,
}

/// An override: two stewards allowed a policy that is looser than the floor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ManifestOverride {
    /// Rules of the floor that were loosened, for whatever audience.
    pub rules: Vec<ManifestLoosened>,
    /// Names of the stewards who approved, sorted.
    pub approved_by: Vec<String>,
}

impl ManifestOverride {
    /// The mark in words, as releases and servers show it.
    #[must_use]
    pub fn says(&self) -> String {
        let rules = self.rules.iter().map(|rule| {
            let ManifestLoosened {
                setting,
                value,
                floor,
            } = rule;
            format!("{setting} is {value} where the floor is {floor}")
        });
        format!(
            "This release is looser than the floor: {}. Approved by {}.",
            rules.collect::<Vec<_>>().join(", "),
            self.approved_by.join(" and ")
        )
    }
}

/// A rule of the floor that a policy loosens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ManifestLoosened {
    /// Setting, such as `planning.min_partners`.
    pub setting: String,
    /// Its value in the policy.
    pub value: String,
    /// Its value in the floor.
    pub floor: String,
}

/// A table that a release was made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ManifestInput {
    /// Table name.
    pub table: String,
    /// Delta version read.
    pub delta_version: u64,
}

/// A layer of a release.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ManifestLayer {
    /// Identifier: `district`, `district@2011`, `h3_r5`.
    pub id: String,
    /// Title for people.
    pub title: String,
    /// Whether the units are places or H3 cells.
    pub kind: LayerKind,
    /// H3 resolution of a cell layer.
    pub h3_resolution: Option<u8>,
    /// Number of units.
    pub units: u64,
    /// West, south, east, north in degrees.
    pub bounds: Option<[f64; 4]>,
}

/// Kind of the units of a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LayerKind {
    /// Administrative places.
    Place,
    /// H3 cells.
    H3,
}

/// A theme of a release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ManifestTheme {
    /// Code.
    pub code: String,
    /// Title for people.
    pub title: String,
    /// Kind of score.
    pub kind: ThemeKind,
    /// Unit of its rates.
    pub unit: String,
    /// What the rate is divided by, in words.
    pub denominator: Option<String>,
    /// Publisher, for an indicator.
    pub source: Option<String>,
    /// What a careful reader must know of it.
    pub note: Option<String>,
}

/// Periods that exist for a layer and theme.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ManifestAvailable {
    /// Layer identifier.
    pub layer: String,
    /// Theme code.
    pub theme: String,
    /// Periods, sorted.
    pub periods: Vec<String>,
    /// How its counts are protected; absent for published indicators.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protection: Option<CountProtection>,
    /// Standard deviation of the noise in its counts, where there is any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noise_standard_deviation: Option<f64>,
}

/// How counts of children are protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CountProtection {
    /// Exact, with joint suppression.
    Suppressed,
    /// As bands, with joint suppression.
    Banded,
    /// With random noise of one draw.
    Noise,
}

/// The noise in a release: what is needed to defend it, and nothing that
/// would take it off.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ManifestNoise {
    /// Commitment to the sealed seed, hexadecimal.
    pub seed_commitment: String,
    /// The draws in it, one for each calendar year.
    pub draws: Vec<ManifestDraw>,
    /// How well its measured layers can be expected to rank.
    pub utility: Vec<ManifestUtility>,
}

/// How well counts with noise can be expected to rank the units of a layer.
///
/// Simulated from the counts with noise themselves: a figure computed from the
/// exact counts would be one more answer about them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ManifestUtility {
    /// Layer, as the draw names it.
    pub layer: String,
    /// Theme.
    pub theme: String,
    /// Calendar year.
    pub year: i32,
    /// Expected share of the highest 5 % that are among the highest 5 % without
    /// noise, 0 to 1.
    pub top_5_percent_overlap: f64,
    /// Expected error of counts by their size; sizes of fewer than five units
    /// are left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub relative_error: Vec<ManifestSizeError>,
}

/// How far off counts of one size can be expected to be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ManifestSizeError {
    /// Smallest count of the size.
    pub from: u64,
    /// Largest; absent where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<u64>,
    /// Median of the error as a share of the count, two decimals.
    pub median: f64,
}

/// One draw of noise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ManifestDraw {
    /// Calendar year of the events.
    pub year: i32,
    /// Name of the draw in the privacy ledger.
    pub fingerprint: String,
    /// Hash of the ledger's entry that paid for it.
    pub ledger_entry: String,
    /// Epsilon that it cost every child of the year, decimal text.
    pub epsilon: String,
    /// The most (theme, period) pairs a child is counted under.
    pub contribution_bound: u32,
    /// The most children of one event that a place's count holds.
    pub event_cap: u64,
}

/// A file of a release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ManifestFile {
    /// File name within the release folder.
    pub name: String,
    /// SHA-256 of its bytes, hexadecimal.
    pub sha256: String,
    /// Size in bytes.
    pub bytes: u64,
}

/// Statuses that may occur in a release, in legend order.
pub const RELEASE_STATUSES: [Status; 4] = [
    Status::Available,
    Status::BelowThreshold,
    Status::NotObserved,
    Status::NoData,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dictionaries_cover_every_column_in_order() {
        for (schema, dictionary) in [
            (scores_schema(), SCORES_DICTIONARY),
            (places_schema(), PLACES_DICTIONARY),
        ] {
            let columns: Vec<_> = schema.fields().iter().map(|f| f.name().as_str()).collect();
            let described: Vec<_> = dictionary.iter().map(|(name, ..)| *name).collect();
            assert_eq!(columns, described);
        }
    }
}
