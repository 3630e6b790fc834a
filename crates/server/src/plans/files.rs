//! The files of a plan.

use axum::body::Bytes;
use safeground_handover::Language;
use safeground_handover::export::{Export, bundle};

use super::Finished;
use crate::problem::Problem;

/// A kind of file that every plan can be written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PlanFile {
    /// All exports in one archive.
    Bundle,
    /// An export.
    Export(Export),
    /// What planning the rest anew needs once results are in.
    State,
}

impl PlanFile {
    /// All files, in the order in which they are offered.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        let exports = Export::ALL.into_iter().map(Self::Export);
        std::iter::once(Self::Bundle)
            .chain(exports)
            .chain([Self::State])
    }

    /// The file of a name.
    pub(crate) fn of(name: &str) -> Result<Self, Problem> {
        let found = Self::all().find(|file| file.name() == name);
        found.ok_or_else(|| Problem::UnknownValue {
            what: "file",
            valid: Self::all().map(|file| file.name().to_owned()).collect(),
        })
    }

    /// Its name in addresses.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Bundle => "plan.zip",
            Self::Export(export) => export.file_name(),
            Self::State => "state.json",
        }
    }

    /// Its media type.
    pub(crate) fn media_type(self) -> &'static str {
        match self {
            Self::Bundle => "application/zip",
            Self::Export(export) => export.media_type(),
            Self::State => "application/json",
        }
    }

    /// Whether it differs between languages.
    pub(crate) fn speaks(self) -> bool {
        match self {
            Self::Bundle => true,
            Self::State
            | Self::Export(
                Export::Json | Export::OdkEntities | Export::VrpProblem | Export::VrpSolution,
            ) => false,
            Self::Export(_) => true,
        }
    }

    /// Its bytes.
    pub(crate) fn write(self, plan: &Finished, language: &Language) -> Result<Bytes, Problem> {
        let document = &plan.made.document;
        let written = match self {
            Self::Bundle => bundle(document, language),
            Self::Export(export) => export.write(document, language),
            Self::State => {
                return serde_json::to_vec_pretty(&plan.made.state)
                    .map(Bytes::from)
                    .map_err(|_| Problem::Internal);
            }
        };
        written.map(Bytes::from).map_err(|error| {
            tracing::error!(file = self.name(), %error, "a plan cannot be written as this file");
            Problem::Internal
        })
    }
}
