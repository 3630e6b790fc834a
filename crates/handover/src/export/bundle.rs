//! All files of a plan in one archive, with their sums.

use std::io::{Cursor, Write as _};

use serde_json::json;
use sha2::{Digest as _, Sha256};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::{ExportError, checked};
use crate::document::PlanDocument;
use crate::language::Language;

/// A kind of file that a plan is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Export {
    /// The document itself.
    Json,
    /// The workbook.
    Xlsx,
    /// Villages by team and day.
    Csv,
    /// Score parts.
    ScoresCsv,
    /// The nearest misses.
    LeftOutCsv,
    /// Villages that no plan could hold.
    UnplannableCsv,
    /// Other budgets.
    CurveCsv,
    /// Description of the CSV files.
    TableSchema,
    /// Villages, routes and bases.
    GeoJson,
    /// Walk lists.
    Html,
    /// Entities for ODK Central.
    OdkEntities,
    /// Problem of the VRP solver.
    VrpProblem,
    /// Solution of the VRP solver.
    VrpSolution,
    /// Vector tiles.
    PmTiles,
}

impl Export {
    /// All of them, in the order of the archive.
    pub const ALL: [Self; 14] = [
        Self::Json,
        Self::Xlsx,
        Self::Csv,
        Self::ScoresCsv,
        Self::LeftOutCsv,
        Self::UnplannableCsv,
        Self::CurveCsv,
        Self::TableSchema,
        Self::GeoJson,
        Self::Html,
        Self::OdkEntities,
        Self::VrpProblem,
        Self::VrpSolution,
        Self::PmTiles,
    ];

    /// Name of its file in the archive.
    #[must_use]
    pub fn file_name(self) -> &'static str {
        match self {
            Self::Json => "plan.json",
            Self::Xlsx => "plan.xlsx",
            Self::Csv => "plan.csv",
            Self::ScoresCsv => "scores.csv",
            Self::LeftOutCsv => "left_out.csv",
            Self::UnplannableCsv => "unplannable.csv",
            Self::CurveCsv => "curve.csv",
            Self::TableSchema => "datapackage.json",
            Self::GeoJson => "plan.geojson",
            Self::Html => "walk_lists.html",
            Self::OdkEntities => "odk_entities.csv",
            Self::VrpProblem => "vrp_problem.json",
            Self::VrpSolution => "vrp_solution.json",
            Self::PmTiles => "plan.pmtiles",
        }
    }

    /// Its media type.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Json | Self::TableSchema | Self::VrpProblem | Self::VrpSolution => {
                "application/json"
            }
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Csv
            | Self::ScoresCsv
            | Self::LeftOutCsv
            | Self::UnplannableCsv
            | Self::CurveCsv
            | Self::OdkEntities => "text/csv; charset=utf-8; header=present",
            Self::GeoJson => "application/geo+json",
            Self::Html => "text/html; charset=utf-8",
            Self::PmTiles => "application/vnd.pmtiles",
        }
    }

    /// Writes the file.
    ///
    /// # Errors
    /// Those of the export.
    pub fn write(
        self,
        document: &PlanDocument,
        language: &Language,
    ) -> Result<Vec<u8>, ExportError> {
        match self {
            Self::Json => super::json(document, language),
            Self::Xlsx => super::xlsx(document, language),
            Self::Csv => super::csv(document, language),
            Self::ScoresCsv => super::scores_csv(document, language),
            Self::LeftOutCsv => super::left_out_csv(document, language),
            Self::UnplannableCsv => super::unplannable_csv(document, language),
            Self::CurveCsv => super::curve_csv(document, language),
            Self::TableSchema => super::table_schema(document, language),
            Self::GeoJson => super::geojson(document, language),
            Self::Html => super::html(document, language),
            Self::OdkEntities => super::odk_entities(document, language),
            Self::VrpProblem => super::vrp_problem(document, language),
            Self::VrpSolution => super::vrp_solution(document, language),
            Self::PmTiles => super::pmtiles(document, language),
        }
    }
}

/// A ZIP archive of every [`Export`], a walk list for each team under
/// `walk_lists/`, and `manifest.json` with plan, release, audience, language
/// and the SHA-256 of each file, in the order of the archive. Times of entries
/// are the first that the format knows.
///
/// # Errors
/// Those of the exports.
pub fn bundle(document: &PlanDocument, language: &Language) -> Result<Vec<u8>, ExportError> {
    checked(document)?;
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    for export in Export::ALL {
        let bytes = export.write(document, language)?;
        files.push((export.file_name().to_owned(), bytes));
    }
    for team in &document.asked.teams {
        if document.routes.iter().any(|route| route.team_id == team.id) {
            let bytes = super::html::html_of_team(document, language, &team.id)?;
            // A colon is no character of a file's name everywhere.
            let name = team.id.replace(':', "%3A");
            files.push((format!("walk_lists/{name}.html"), bytes));
        }
    }
    files.push((
        "manifest.json".to_owned(),
        manifest(document, language, &files)?,
    ));
    archive(&files)
}

fn manifest(
    document: &PlanDocument,
    language: &Language,
    files: &[(String, Vec<u8>)],
) -> Result<Vec<u8>, ExportError> {
    let sums: Vec<_> = files
        .iter()
        .map(|(name, bytes)| {
            let sum: String = Sha256::digest(bytes)
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect();
            json!({ "path": name, "bytes": bytes.len(), "sha256": sum })
        })
        .collect();
    let manifest = json!({
        "schema_version": document.schema_version,
        "plan_id": document.plan_id,
        "release_id": document.release_id,
        "audience": document.audience,
        "made_on": document.made_on,
        "language": language.code(),
        "made_by": concat!("safeground ", env!("CARGO_PKG_VERSION")),
        "files": sums,
    });
    let failed = ExportError::write("JSON");
    serde_json::to_vec_pretty(&manifest).map_err(|error| failed(&error))
}

fn archive(files: &[(String, Vec<u8>)]) -> Result<Vec<u8>, ExportError> {
    let failed = ExportError::write("ZIP");
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644);
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        writer
            .start_file(name.as_str(), options)
            .map_err(|error| failed(&error))?;
        writer.write_all(bytes).map_err(|error| failed(&error))?;
    }
    let cursor = writer.finish().map_err(|error| failed(&error))?;
    Ok(cursor.into_inner())
}
