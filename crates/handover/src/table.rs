//! The tables of a plan: the same columns for CSV, workbook, dictionary and
//! the properties of map features.

mod build;

use chrono::NaiveDate;

use crate::language::Language;

pub(crate) use build::{curve, left_out, plan, scores, unplannable};

/// Kind of the values of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Whole,
    /// A number shown with so many decimals.
    Number(usize),
    Date,
    /// `2026-03`.
    Month,
    /// `08:35`.
    Time,
}

/// What stands in a cell.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cell {
    Empty,
    Text(String),
    Number(f64),
    Date(NaiveDate),
}

/// Which end of a figure a column holds, or its status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Itself,
    Low,
    High,
    Status,
}

impl Part {
    fn suffix(self) -> &'static str {
        match self {
            Self::Itself => "",
            Self::Low => "low",
            Self::High => "high",
            Self::Status => "status",
        }
    }
}

/// A column of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Column {
    /// Key of the whole, such as `population`.
    base: &'static str,
    part: Part,
    pub(crate) kind: Kind,
    pub(crate) unit: &'static str,
}

impl Column {
    /// The key in files, such as `population_low`.
    pub(crate) fn key(&self) -> String {
        match self.part {
            Part::Itself => self.base.to_owned(),
            part => format!("{}_{}", self.base, part.suffix()),
        }
    }

    /// Which part of a figure it holds.
    pub(crate) fn part(&self) -> Part {
        self.part
    }

    /// The heading in a language.
    pub(crate) fn title(&self, language: &Language) -> String {
        let title = language.of("column", self.base);
        match self.part {
            Part::Itself => title.to_owned(),
            part => language.fill(&format!("suffix.{}", part.suffix()), &[("title", title)]),
        }
    }

    /// What it means, in a language.
    pub(crate) fn meaning<'a>(&self, language: &'a Language) -> &'a str {
        match self.part {
            Part::Itself => language.of("describe", self.base),
            part => language.of("describe", part.suffix()),
        }
    }
}

/// A table of a plan.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Table {
    /// Key of its name in files and in the words for sheets.
    pub(crate) name: &'static str,
    pub(crate) columns: Vec<Column>,
    pub(crate) rows: Vec<Vec<Cell>>,
}
