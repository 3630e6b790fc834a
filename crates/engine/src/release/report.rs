//! What a release run tells the steward.

use std::collections::BTreeMap;
use std::path::PathBuf;

use safeground_privacy::Audience;
use safeground_schema::Table;
use safeground_schema::release::ManifestOverride;

use super::protect::Reports;
use super::store::Published;
use crate::count::BoundedCount;

/// What came of a release for one audience.
#[derive(Debug, Clone, serde::Serialize)]
pub struct ReleaseSummary {
    /// Audience.
    pub audience: Audience,
    /// Id.
    pub release_id: String,
    /// Whether it was written or there already.
    pub published: Published,
    /// Its folder.
    pub folder: PathBuf,
    /// Layers with their number of units.
    pub layers: BTreeMap<String, u64>,
    /// Themes.
    pub themes: Vec<String>,
    /// Rows of the scores.
    pub rows: u64,
    /// Rows by status.
    pub statuses: BTreeMap<String, u64>,
}

/// What came of a release run.
#[derive(Debug, Clone, serde::Serialize)]
pub struct RunReport {
    /// One entry per audience.
    pub releases: Vec<ReleaseSummary>,
    /// Rows of events that no layer could hold, by table and reason. Exact,
    /// so for the steward alone; it is in no release.
    pub left_out: Vec<LeftOut>,
    /// What joint suppression did, by theme and table. For the steward alone.
    pub suppression: Vec<Suppressed>,
    /// Closed years without a public draw, and why.
    pub years_without_draw: Vec<(i32, String)>,
    /// Years with a public draw.
    pub draws: Vec<i32>,
    /// What makes the policy looser than the floor, and who allowed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub looser_than_floor: Option<ManifestOverride>,
}

/// What joint suppression did to a table of a theme.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Suppressed {
    /// Theme.
    pub theme: String,
    /// Audience and layer.
    pub table: String,
    /// Cells.
    pub cells: usize,
    /// Withheld for their own sake.
    pub primary: usize,
    /// Withheld to protect others.
    pub complementary: usize,
}

/// Rows of a table that were not counted.
#[derive(Debug, Clone, serde::Serialize)]
pub struct LeftOut {
    /// Table.
    pub table: String,
    /// Reason.
    pub reason: String,
    /// Rows.
    pub rows: u64,
}

pub(super) fn left_out_rows(left_out: BTreeMap<(Table, &'static str), u64>) -> Vec<LeftOut> {
    left_out
        .into_iter()
        .map(|((table, reason), rows)| LeftOut {
            table: table.to_string(),
            reason: reason.to_owned(),
            rows,
        })
        .collect()
}

/// Rows that counts with noise cannot hold.
pub(super) fn without_key(bounded: &BoundedCount) -> impl Iterator<Item = LeftOut> {
    bounded.without_key.iter().map(|(table, rows)| LeftOut {
        table: table.to_string(),
        reason: "no child key: not in counts with noise, where no bound could be kept".into(),
        rows: *rows,
    })
}

pub(super) fn suppressed(reports: &Reports) -> Vec<Suppressed> {
    reports
        .iter()
        .flat_map(|(theme, report)| {
            report.tables.iter().map(|table| Suppressed {
                theme: theme.to_string(),
                table: table.name.clone(),
                cells: table.cells,
                primary: table.primary,
                complementary: table.complementary,
            })
        })
        .collect()
}
