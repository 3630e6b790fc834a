//! The function reference, `data-schema/functions.md`.

use std::fmt::Write;

use super::catalogue::{CatalogueEntry, catalogue};

/// The text of `data-schema/functions.md`, from what functions say of
/// themselves.
#[must_use]
pub fn reference() -> String {
    let entries = catalogue();
    let mut text = INTRODUCTION.to_owned();
    let of = |section: &str| {
        let section = section.to_owned();
        entries.iter().filter(move |entry| entry.section == section)
    };
    write_tables(&mut text, of("Statistical table functions"));
    text.push_str("\n## Aggregates\n\nNull is no data: rows with one are left out, and where nothing is left the result is null.\n");
    write_list(&mut text, of("Aggregates"));
    text.push_str(H3);
    write_coverage(&mut text, of("H3 functions"));
    write_list(&mut text, of("H3 functions"));
    text.push_str("\n## Geometry functions\n\nPostGIS names, from `geodatafusion`; the words are its own but where it has none, or those of another function.\n");
    write_list(&mut text, of("Geometry functions"));
    text.push_str("\n## Vector tiles\n\nPostGIS names and meanings; `geodatafusion` lacks them. They give geometry as WKB that says its coordinates; `st_geomfromwkb` makes of it what functions of one kind of geometry, such as `st_x`, take.\n");
    write_list(&mut text, of("Vector tiles"));
    text
}

const INTRODUCTION: &str = "\
# SQL functions

Generated from the functions' own documentation; do not edit. These are the functions that Safeground adds to those of DataFusion.

## Statistical table functions

They stand after `FROM` and take named arguments. `input` is a query in brackets, planned where it stands: it sees the same tables and common table expressions as the statement around it. Columns and words may be written with or without quotes; in brackets `[ ]` is what may be left out. Results come in order of ids, and depend on data, arguments and seed alone. Methods, sources and what they were checked against: `crates/stats/README.md`.
";

const H3: &str = "
## H3 functions

Names and semantics of DuckDB's h3 extension. Indexes are `UInt64`, `Int64` or hexadecimal text and come back in the type they came in, text as `Utf8`. Null gives null, and so does a value that is no index of the kind asked for, or a resolution that does not exist. A geometry that cannot be read, a mode that does not exist and lists too long for a batch are errors.

### Coverage

All functions that the extension lists are here, with the one of H3 4.5; this table says where one does something else.

| function | differs from DuckDB's |
|---|---|
";

fn write_coverage<'a>(text: &mut String, entries: impl Iterator<Item = &'a CatalogueEntry>) {
    for entry in entries {
        let difference = entry.difference.as_deref().unwrap_or("no");
        add(text, format_args!("| `{}` | {difference} |\n", entry.name));
    }
}

fn write_list<'a>(text: &mut String, entries: impl Iterator<Item = &'a CatalogueEntry>) {
    for entry in entries {
        add(text, format_args!("\n### `{}`\n\n", entry.name));
        add(text, format_args!("`{}`", entry.signature));
        for alias in &entry.aliases {
            add(text, format_args!(", also `{alias}`"));
        }
        add(text, format_args!("\n\n{}\n", entry.description.trim()));
        write_arguments(text, entry);
        write_example(text, entry);
    }
}

fn write_tables<'a>(text: &mut String, entries: impl Iterator<Item = &'a CatalogueEntry>) {
    for entry in entries {
        add(
            text,
            format_args!("\n### `{}`\n\n{}\n", entry.name, entry.description),
        );
        if let Some((default, most)) = entry.rows {
            add(
                text,
                format_args!(
                    "\nRows: {default} unless `max_rows` says otherwise, at most {most}.\n"
                ),
            );
        }
        add(text, format_args!("\n```text\n{}\n```\n", entry.signature));
        write_arguments(text, entry);
        text.push_str("\n| column | type | meaning |\n|---|---|---|\n");
        for column in &entry.columns {
            add(
                text,
                format_args!(
                    "| `{}` | {} | {} |\n",
                    column.name, column.data_type, column.description
                ),
            );
        }
        write_example(text, entry);
    }
}

fn write_arguments(text: &mut String, entry: &CatalogueEntry) {
    if entry.arguments.is_empty() {
        return;
    }
    text.push_str("\n| argument | meaning |\n|---|---|\n");
    for (name, meaning) in &entry.arguments {
        let meaning = meaning.trim().replace('\n', " ").replace('|', "\\|");
        add(text, format_args!("| `{name}` | {meaning} |\n"));
    }
}

fn write_example(text: &mut String, entry: &CatalogueEntry) {
    let Some(example) = &entry.example else {
        return;
    };
    let example = example.trim();
    // Documentation of other crates may bring its own fence.
    if example.starts_with("```") {
        add(text, format_args!("\n{example}\n"));
    } else {
        add(text, format_args!("\n```sql\n{example}\n```\n"));
    }
}

fn add(text: &mut String, what: std::fmt::Arguments<'_>) {
    text.write_fmt(what)
        .expect("writing to a string does not fail");
}
