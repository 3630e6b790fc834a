//! The description of the CSV files: a Frictionless Data Package with a Table
//! Schema for each.

use serde_json::{Value, json};

use super::{ExportError, checked};
use crate::document::{PlanDocument, Status};
use crate::language::Language;
use crate::table::{self, Column, Kind, Part, Table};

/// Name of the file of a table.
pub(crate) fn file_name(table: &str) -> String {
    format!("{table}.csv")
}

/// `datapackage.json` for `plan.csv`, `scores.csv`, `left_out.csv`,
/// `unplannable.csv` and `curve.csv`: for each column type, unit, title and meaning in the language,
/// for each status column the codes that it can hold.
///
/// # Errors
/// [`ExportError::Document`] for a document with faults.
pub fn table_schema(document: &PlanDocument, language: &Language) -> Result<Vec<u8>, ExportError> {
    checked(document)?;
    let tables = [
        table::plan(document, language),
        table::scores(document, language),
        table::left_out(document, language),
        table::unplannable(document, language),
        table::curve(document, language),
    ];
    let package = json!({
        "profile": "tabular-data-package",
        "name": "campaign-plan",
        "title": document.title,
        "plan_id": document.plan_id,
        "release_id": document.release_id,
        "audience": document.audience,
        "created": format!("{}T00:00:00Z", document.made_on),
        "resources": tables.iter().map(|table| resource(table, language)).collect::<Vec<_>>(),
    });
    let write = ExportError::write("JSON");
    let mut bytes = serde_json::to_vec_pretty(&package).map_err(|error| write(&error))?;
    bytes.push(b'\n');
    Ok(bytes)
}

fn resource(table: &Table, language: &Language) -> Value {
    let fields: Vec<Value> = table.columns.iter().map(|c| field(c, language)).collect();
    json!({
        "profile": "tabular-data-resource",
        "name": table.name.replace('_', "-"),
        "path": file_name(table.name),
        "title": language.of("sheet", table.name),
        "encoding": "utf-8",
        "format": "csv",
        "schema": {
            "fields": fields,
            "missingValues": [""],
        },
    })
}

fn field(column: &Column, language: &Language) -> Value {
    let kind = match column.kind {
        Kind::Text => "string",
        Kind::Whole => "integer",
        Kind::Number(_) => "number",
        Kind::Date => "date",
        // A year alone is no `yearmonth`.
        Kind::Month => "string",
        Kind::Time => "string",
    };
    let mut field = json!({
        "name": column.key(),
        "type": kind,
        "title": column.title(language),
        "description": column.meaning(language),
    });
    if !column.unit.is_empty() {
        field["unit"] = json!(column.unit);
    }
    if column.kind == Kind::Time {
        field["constraints"] = json!({ "pattern": "[0-2][0-9]:[0-5][0-9]" });
    }
    if column.part() == Part::Status {
        let codes = Status::ALL.map(Status::key);
        field["constraints"] = json!({ "enum": codes, "required": true });
    }
    field
}
