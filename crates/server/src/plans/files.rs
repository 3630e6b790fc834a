//! The files of a plan.

use axum::body::Bytes;

use super::Finished;
use crate::problem::Problem;

/// A language that files are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    /// English.
    English,
    /// Hindi.
    Hindi,
}

impl Language {
    /// All of them.
    pub(crate) const ALL: [Self; 2] = [Self::English, Self::Hindi];

    /// Its code.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Hindi => "hi",
        }
    }
}

/// A kind of file that every plan can be written as.
#[derive(Debug)]
pub(crate) struct PlanFile {
    /// Its name in addresses.
    pub(crate) name: &'static str,
    /// Its media type.
    pub(crate) media_type: &'static str,
    /// What it is, in English.
    pub(crate) about: &'static str,
    /// Whether it differs between languages.
    pub(crate) speaks: bool,
    write: fn(&Finished, Language) -> Option<Bytes>,
}

impl PlanFile {
    /// The file of a name.
    pub(crate) fn of(name: &str) -> Result<&'static Self, Problem> {
        let found = FILES.iter().find(|file| file.name == name);
        found.ok_or_else(|| Problem::UnknownValue {
            what: "file",
            valid: FILES.iter().map(|file| file.name.to_owned()).collect(),
        })
    }

    /// Its bytes.
    pub(crate) fn write(&self, plan: &Finished, language: Language) -> Result<Bytes, Problem> {
        (self.write)(plan, language).ok_or_else(|| {
            tracing::error!(file = self.name, "a plan cannot be written as this file");
            Problem::Internal
        })
    }
}

/// All files, in the order in which they are offered.
pub(crate) static FILES: &[PlanFile] = &[
    PlanFile {
        name: "plan.json",
        media_type: "application/json",
        about: "The whole plan, for programs",
        speaks: false,
        write: |plan, _| Some(plan.json.clone()),
    },
    PlanFile {
        name: "state.json",
        media_type: "application/json",
        about: "What planning the rest anew needs once results are in",
        speaks: false,
        write: |plan, _| {
            serde_json::to_vec_pretty(&plan.made.state)
                .ok()
                .map(Bytes::from)
        },
    },
];
