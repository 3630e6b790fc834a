//! The documented reference of the mapping, made from its types.

use std::fmt::Write as _;

use safeground_schema::Table;
use serde_json::{Map, Value};

use super::file::MappingFile;

/// JSON Schema of a mapping file.
#[must_use]
pub fn mapping_json_schema() -> Value {
    schemars::schema_for!(MappingFile).to_value()
}

/// `mapping.md`: every key with its meaning and default, and examples that
/// load.
#[must_use]
pub fn mapping_markdown() -> String {
    let schema = mapping_json_schema();
    let mut text = String::from(INTRODUCTION);
    for section in SECTIONS {
        let _ = write!(text, "\n## {}\n\n{}\n", section.title, section.text);
        if let Some(properties) = properties(&schema, section.definition) {
            text.push_str("\n| key | value | meaning |\n|---|---|---|\n");
            for (key, property) in properties {
                row(&mut text, &schema, key, property);
            }
        }
        if !section.example.is_empty() {
            let _ = write!(text, "\n```toml\n{}```\n", section.example);
        }
    }
    let _ = write!(
        text,
        "\n## Tables and their fields\n\nSee the [dictionary](dictionary.md). Tables: {}.\n",
        Table::ALL
            .iter()
            .map(|table| format!("`{table}`"))
            .collect::<Vec<_>>()
            .join(", ")
    );
    let _ = write!(text, "\n## Whole examples\n");
    for (title, example) in EXAMPLES {
        let _ = write!(text, "\n{title}\n\n```toml\n{example}```\n");
    }
    text
}

fn properties<'s>(schema: &'s Value, definition: &str) -> Option<&'s Map<String, Value>> {
    match definition {
        "" => None,
        "MappingFile" => schema["properties"].as_object(),
        other => schema["$defs"][other]["properties"].as_object(),
    }
}

fn row(text: &mut String, schema: &Value, key: &str, property: &Value) {
    let meaning = property["description"]
        .as_str()
        .unwrap_or("")
        .replace('\n', " ");
    let _ = writeln!(
        text,
        "| `{key}` | {} | {} |",
        kind(schema, property).replace('|', "\\|"),
        meaning.replace('|', "\\|")
    );
}

/// What a key takes, in words.
fn kind(schema: &Value, property: &Value) -> String {
    if let Some(options) = property["anyOf"].as_array() {
        return options
            .iter()
            .filter(|option| option["type"] != "null")
            .map(|option| kind(schema, option))
            .collect::<Vec<_>>()
            .join(" or ");
    }
    if let Some(reference) = property["$ref"].as_str() {
        let name = reference.rsplit('/').next().unwrap_or_default();
        let definition = &schema["$defs"][name];
        if let Some(codes) = codes(definition) {
            return codes;
        }
        if definition["type"] == "object" {
            return "table".into();
        }
        return kind(schema, definition);
    }
    if let Some(codes) = codes(property) {
        return codes;
    }
    let of = |kind: &str| {
        match kind {
            "string" => "text",
            "integer" => "whole number",
            "number" => "number",
            "boolean" => "true or false",
            "array" => "list",
            "object" => "table",
            other => other,
        }
        .to_owned()
    };
    match &property["type"] {
        Value::String(kind) => of(kind),
        Value::Array(kinds) => kinds
            .iter()
            .filter_map(Value::as_str)
            .filter(|kind| *kind != "null")
            .map(of)
            .collect::<Vec<_>>()
            .join(" or "),
        _ => "see below".into(),
    }
}

/// The codes of an enumeration.
fn codes(definition: &Value) -> Option<String> {
    let codes: Vec<String> = match (&definition["enum"], &definition["oneOf"]) {
        (Value::Array(codes), _) => codes.iter().filter_map(quoted).collect(),
        (_, Value::Array(options)) => options
            .iter()
            .filter_map(|option| quoted(&option["const"]))
            .collect(),
        _ => return None,
    };
    (!codes.is_empty()).then(|| codes.join(" "))
}

fn quoted(code: &Value) -> Option<String> {
    code.as_str().map(|code| format!("`{code}`"))
}

struct Section {
    title: &'static str,
    /// Type whose keys are listed; empty for none.
    definition: &'static str,
    text: &'static str,
    example: &'static str,
}

const INTRODUCTION: &str = "\
# Mapping files, version 1

Generated from `crates/ingest`; do not edit. The [JSON Schema](mapping.schema.json) of the same.

A mapping file says what the columns of a file mean. It is TOML; a key that is not listed here is an error. `safeground mapping init FILE` writes a first draft.

How a file is loaded:

1. Column names are compared after white space is tidied; an empty header becomes `column_3`, a repeated one `Name (2)`.
2. Every value of every column goes past the gate for personal data. A column that looks like it stops the load until `[pii]` decides about it. Nothing has been stored by then.
3. Rows that are not data (`[[exclude]]`) and rows that repeat an earlier row of the load letter for letter go to the quarantine, as do rows with too many or too few cells, rows of text files in which a stray quote has swallowed later rows, and rows that are no text in the encoding of the file.
4. A row is located (`[[locate]]`), becomes one record or several (`[reshape]`), and each field is filled (`[columns.FIELD]`).
5. A record that fails goes to the quarantine with the first cause found: a stable [code](errors.md), its cause and what to do. `safeground ingest` and `safeground loads` say where the quarantine of a load is (`quarantine_file` with `--json`): a Parquet file with a row for each rejected record, which names file, row, line and column. Accepted and quarantined records always add up to the records read. Of two rows with the same key (`place_id` of places; `from_place` and `to_place` of crosswalks; `place_id`, `indicator`, `period` and `source` of indicators) the first is kept and the others are `duplicate_key`.

How cells are read:

- Empty cells and white space mean \"no value\", as do the texts of `missing`.
- Numbers: `1,23,456`, `1,234,567`, `-3`, `1e5`, digits of Indian scripts. Commas must stand where thousands are grouped. `12.3%` is read where the field is a percentage or a share. `(12.3)`, as survey reports print figures of small samples, is read in table `indicators` only; elsewhere brackets may mean a negative amount.
- Dates: `2024-01-31` always; other forms (`31/01/2024`, `31.1.24`, `31 Jan 2024`) only where `date_order` is stated. Two-digit years are 1970 to 2069. A time of day is left out. In spreadsheets a number of five digits is a day serial.
- Text: Unicode form C, trimmed, one space between words.
- Periods: `2021`, `2021-Q3`, `2021-07`, `2019/2021`.
- Spreadsheets: a cell merged over several rows stands for each of them.
- Geometry: polygons of longitude and latitude on WGS 84. Spatial formats give a column `geometry`, and `geometry_latitude` and `geometry_longitude` for points. Places whose polygon is given get the point inside it, and their area on the ellipsoid, where the mapping gives none; the H3 cell always follows from the point.
- Also checked: counts, areas and durations are not negative; percentages lie within 0 to 100 and shares within 0 to 1; dates lie between 1900 and today; children are no more than people; a row with a `child_key` counts one child.
";

const SECTIONS: &[Section] = &[
    Section {
        title: "The file",
        definition: "MappingFile",
        text: "At the top of the file.",
        example: "version = 1\ntable = \"incidents\"\n",
    },
    Section {
        title: "`[source]`",
        definition: "SourceSpec",
        text: "How the file is read. A row with surplus cells (from unquoted delimiters) is repaired by `ragged_join` and counted; surplus cells that are all empty are passed over and counted too. The encoding is found by the byte order mark, else by looking at the whole file.",
        example: "[source]\ndate_order = \"dmy\"\nmissing = [\"NA\", \"*\"]\n",
    },
    Section {
        title: "`[[exclude]]`",
        definition: "ExcludeSpec",
        text: "Rows that are not data.",
        example: "[[exclude]]\ncolumn = \"DISTRICT\"\nmatches = \"(?i)^total\"\nreason = \"totals of the state\"\n",
    },
    Section {
        title: "`[columns.FIELD]`",
        definition: "ColumnSpec",
        text: "FIELD is a field of the table. A cell is first compared with `when`, else with `missing`; then `pattern` takes its part (a cell that does not match is `pattern_unmatched`), then `codes` translates it. A fixed place of all rows is a `constant` place id; other places are located. Units: `one` `hundred` `thousand` `lakh` `million` `crore` for counts; `hectare` `acre` `square_metre` `square_mile` for areas; `percent` and `share` for percentages and shares.",
        example: "[columns.category]\nfrom = \"Type\"\ncodes = { \"Child marriage\" = \"child_marriage\" }\n",
    },
    Section {
        title: "`when`",
        definition: "WhenSpec",
        text: "A list of rules instead of `codes`.",
        example: "[columns.note]\nfrom = \"Value\"\nwhen = [ { matches = '^\\(', value = \"small_sample\" } ]\n",
    },
    Section {
        title: "`[reshape]`",
        definition: "ReshapeSpec",
        text: "From wide to long: several columns of a row become records of their own. A row that fails before it is reshaped counts once per record. `[columns.FIELD]` of a field that a record fills says only how it is read, without `from` and `constant`.",
        example: "",
    },
    Section {
        title: "`[[reshape.columns]]`",
        definition: "ReshapeColumnSpec",
        text: "One record of each row.",
        example: "[reshape]\nvalue = \"value\"\n[[reshape.columns]]\ncolumn = \"cm_nfhs5\"\nset = { indicator = \"child_marriage\", period = \"2019/2021\", unit = \"percent\" }\nfields = { standard_error = \"cm_nfhs5_se\" }\n",
    },
    Section {
        title: "`[[locate]]`",
        definition: "LocateSpec",
        text: "Ways to tie a row to a place, tried in order for each target field; the first whose cells are filled decides. By `coordinates` or `h3` the field `h3` is filled. Points of rows are stored as H3 cells, never as coordinates, except in table `places`; so the gate passes the columns of coordinates that a row is located by. With `create = true` the row of a table of places defines its place: `place_id` is `layer:code`, and level, vintage and the code follow.\n\nNames are compared by the Jaro-Winkler similarity of their normalised spellings (case, accents, punctuation and common spelling variants removed). A name matches if its best place reaches `threshold` and leads the next by `margin`; otherwise it is `place_unmatched` or `place_ambiguous`, never guessed. A row whose code matches nothing is rejected; `optional` leaves the field empty instead.",
        example: "[[locate]]\nby = \"name\"\nlayer = \"district@2011\"\ncolumn = \"DISTRICT\"\nwithin = { layer = \"state\", column = \"STATE/UT\" }\naliases = { \"WEST BENGAL / 24 PARGANAS NORTH\" = \"district@2011:337\" }\n",
    },
    Section {
        title: "`within`",
        definition: "WithinSpec",
        text: "The place, at any level above, that a name is looked up in.",
        example: "",
    },
    Section {
        title: "`[pii]`",
        definition: "",
        text: "One line for each column that may hold personal data:\n\n| decision | effect |\n|---|---|\n| `\"drop\"` | The column is not stored and nothing may use it but `[[exclude]]`. |\n| `\"key_hash\"` | The column becomes a pseudonym: HMAC-SHA-256 with the secret of the lake, in the domain of its field. Only fields of the kind pseudonym take it. |\n| `{ key_hash = \"partner-a\" }` | The same in a domain of its own, for identifiers that only one partner gives. |\n| `{ coarsen = 2 }` | Decimals kept of a number, at most 2; about a kilometre for degrees. |\n| `{ coarsen = \"month\" }` | First day of the month, or of the `\"year\"`, of a date. |\n| `{ allow = \"names of districts\" }` | The column is harmless, for the reason given. |\n\nValues of columns that are dropped, hashed or coarsened stand in no report, error or quarantine.",
        example: "[pii]\n\"Phone\" = \"drop\"\n\"Child ID\" = \"key_hash\"\n\"lat\" = { coarsen = 2 }\n\"name\" = { allow = \"names of districts\" }\n",
    },
];

/// Whole mappings, which the tests read.
pub(super) const EXAMPLES: &[(&str, &str)] = &[
    (
        "Incidents of a partner, identifiers hashed, located by the code of the district:",
        r#"version = 1
table = "incidents"
[source]
date_order = "dmy"
[columns.incident_key]
from = "Case"
[columns.child_key]
from = "Child ID"
[columns.category]
from = "Type"
codes = { "Child marriage" = "child_marriage", "POCSO" = "sexual_abuse" }
[columns.detection_mode]
constant = "helpline"
[columns.date]
from = "Date"
[columns.children]
constant = "1"
[columns.partner]
constant = "partner-a"
[[locate]]
by = "lgd"
layer = "district"
column = "District"
[pii]
"Case" = "key_hash"
"Child ID" = "key_hash"
"Phone" = "drop"
"#,
    ),
    (
        "Villages of a census, their parents known already:",
        r#"version = 1
table = "places"
part = "villages"
[source]
header = false
names = ["st", "dt", "sdt", "vt", "level", "name", "households", "people", "children"]
ragged_join = "name"
[[exclude]]
column = "level"
not_equals = ["VILLAGE"]
reason = "sums of districts, sub-districts and towns"
[columns.name]
from = "name"
[columns.households]
from = "households"
[columns.population]
from = "people"
[columns.children_0_6]
from = "children"
[columns.source]
constant = "Census of India 2011"
[[locate]]
by = "census2011"
layer = "village@2011"
column = "vt"
pad = 6
create = true
[[locate]]
field = "parent_id"
by = "census2011"
layer = "subdistrict@2011"
column = "sdt"
pad = 5
[pii]
"name" = { allow = "names of villages" }
"#,
    ),
    (
        "A survey with one column per indicator, figures of small samples in brackets:",
        r#"version = 1
table = "indicators"
[source]
missing = ["*", "NA"]
[columns.value]
pattern = '\(?([0-9.]+)\)?'
[columns.note]
when = [ { matches = '^\(', value = "small_sample" }, { matches = '^\*', value = "suppressed" } ]
[columns.source]
constant = "NFHS-5"
[reshape]
value = "value"
[[reshape.columns]]
column = "Married before 18"
set = { indicator = "child_marriage", period = "2019/2021", unit = "percent" }
fields = { note = "Married before 18" }
[[reshape.columns]]
column = "Ten years of schooling"
set = { indicator = "schooling_10", period = "2019/2021", unit = "percent" }
fields = { note = "Ten years of schooling" }
[[locate]]
by = "name"
layer = "district"
column = "District"
within = { layer = "state", column = "State" }
"#,
    ),
    (
        "Habitations with coordinates, the absurd ones rejected:",
        r#"version = 1
table = "places"
[columns.name]
from = "HAB_NAME"
[columns.population]
from = "TOT_POPULA"
[[locate]]
by = "id"
layer = "habitation"
column = "HAB_ID"
create = true
[[locate]]
by = "coordinates"
latitude = "lat"
longitude = "lng"
area = [68.0, 6.0, 98.0, 38.0]
[pii]
"HAB_NAME" = { allow = "names of habitations" }
"#,
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Mapping;

    #[test]
    fn the_examples_of_the_reference_are_mappings() {
        for (title, example) in EXAMPLES {
            if let Err(error) = Mapping::parse(example) {
                panic!("{title}\n{error}");
            }
        }
    }

    #[test]
    fn every_key_is_documented() {
        let schema = mapping_json_schema();
        let text = mapping_markdown();
        let definitions = schema["$defs"].as_object().unwrap();
        // The decisions of [pii] have a table of their own.
        let keys = definitions
            .iter()
            .filter(|(name, _)| *name != "DecisionDetail")
            .map(|(_, definition)| definition)
            .chain(std::iter::once(&schema))
            .filter_map(|definition| definition["properties"].as_object())
            .flat_map(Map::iter);
        for (key, property) in keys {
            assert!(text.contains(&format!("| `{key}` |")), "{key}");
            assert!(
                property["description"].is_string(),
                "{key} has no description"
            );
        }
        assert!(!text.contains("see below"), "a key has no kind");
    }
}
