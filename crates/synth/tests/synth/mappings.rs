//! Mappings fit the files, the tables and the codes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use safeground_schema::{FieldKind, Layer, Table};
use safeground_synth::SynthLoad;
use toml::Value;

use super::demo::{demo, rows};

fn mapping(load: &SynthLoad) -> toml::Table {
    let text = std::fs::read_to_string(demo().folder.join(&load.mapping)).unwrap();
    text.parse().unwrap()
}

fn header(folder: &Path, load: &SynthLoad, mapping: &toml::Table) -> BTreeSet<String> {
    let text = std::fs::read_to_string(folder.join(&load.file)).unwrap();
    if load.file.extension().unwrap() == "geojson" {
        let collection: geojson::FeatureCollection = text.parse().unwrap();
        let properties = collection.features[0].properties.clone().unwrap();
        let mut names: BTreeSet<String> = properties.keys().cloned().collect();
        names.insert("geometry".into());
        return names;
    }
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter(mapping))
        .from_reader(text.as_bytes());
    reader
        .headers()
        .unwrap()
        .iter()
        .map(str::to_owned)
        .collect()
}

fn delimiter(mapping: &toml::Table) -> u8 {
    let written = mapping["source"].get("delimiter").and_then(Value::as_str);
    written.map_or(b',', |text| text.as_bytes()[0])
}

fn tables<'a>(mapping: &'a toml::Table, key: &str) -> Vec<&'a toml::Table> {
    let items = mapping.get(key).and_then(Value::as_array);
    items
        .into_iter()
        .flatten()
        .map(|item| item.as_table().unwrap())
        .collect()
}

fn section<'a>(mapping: &'a toml::Table, key: &str) -> BTreeMap<&'a str, &'a Value> {
    let table = mapping.get(key).and_then(Value::as_table);
    table
        .into_iter()
        .flatten()
        .map(|(key, value)| (key.as_str(), value))
        .collect()
}

fn text<'a>(table: &'a toml::Table, key: &str) -> Option<&'a str> {
    table.get(key).and_then(Value::as_str)
}

#[test]
fn mappings_name_only_columns_of_their_file_and_fields_of_their_table() {
    for load in &demo().report.loads {
        let mapping = mapping(load);
        let header = header(&demo().folder, load, &mapping);
        let name = load.mapping.display();
        assert_eq!(mapping["version"].as_integer(), Some(1));
        assert_eq!(mapping["table"].as_str(), Some(load.table.name()), "{name}");
        assert_eq!(text(&mapping, "part"), load.part.as_deref());
        let mut used: BTreeSet<String> = BTreeSet::new();
        let mut filled: BTreeSet<String> = BTreeSet::new();
        for (field, column) in section(&mapping, "columns") {
            let column = column.as_table().unwrap();
            assert!(load.table.field(field).is_some(), "{name}: {field}");
            assert!(text(column, "from").is_some() != text(column, "constant").is_some());
            used.extend(text(column, "from").map(str::to_owned));
            filled.insert(field.to_owned());
        }
        for locate in tables(&mapping, "locate") {
            let field = text(locate, "field").unwrap_or("place_id");
            assert!(load.table.field(field).is_some(), "{name}: {field}");
            used.extend(text(locate, "column").map(str::to_owned));
            if let Some(layer) = text(locate, "layer") {
                layer.parse::<Layer>().unwrap();
            }
            if let Some(within) = locate.get("within").and_then(Value::as_table) {
                used.insert(text(within, "column").unwrap().to_owned());
            }
            filled.insert(field.to_owned());
            if locate.get("create").is_some() {
                filled.insert("level".to_owned());
            }
        }
        if let Some(reshape) = mapping.get("reshape").and_then(Value::as_table) {
            filled.insert(text(reshape, "value").unwrap().to_owned());
            for record in tables(reshape, "columns") {
                used.insert(text(record, "column").unwrap().to_owned());
                for (field, value) in section(record, "set") {
                    filled.insert(field.to_owned());
                    assert!(load.table.field(field).is_some() && value.is_str());
                }
                for (field, column) in section(record, "fields") {
                    filled.insert(field.to_owned());
                    used.insert(column.as_str().unwrap().to_owned());
                }
            }
        }
        used.extend(
            section(&mapping, "pii")
                .keys()
                .map(|column| (*column).to_owned()),
        );
        let unknown: Vec<_> = used.difference(&header).collect();
        assert!(unknown.is_empty(), "{name}: {unknown:?}");
        let unread: Vec<_> = header.difference(&used).collect();
        assert!(
            unread.is_empty() || unread == ["District code"],
            "{name}: {unread:?}"
        );
        for field in load.table.fields().iter().filter(|field| !field.nullable) {
            assert!(filled.contains(field.name), "{name} lacks {}", field.name);
        }
    }
}

#[test]
fn every_code_in_the_files_is_translated_into_a_code_of_the_table() {
    for load in &demo().report.loads {
        if load.file.extension().unwrap() != "csv" {
            continue;
        }
        let mapping = mapping(load);
        let rows = rows(
            &demo().folder,
            load.file.to_str().unwrap(),
            delimiter(&mapping),
        );
        for (name, column) in section(&mapping, "columns") {
            let column = column.as_table().unwrap();
            let field = load.table.field(name).unwrap();
            let (Some(codes), Some(from)) = (field.codes(), text(column, "from")) else {
                continue;
            };
            let translation = section(column, "codes");
            let translated = |text: &str| match translation.get(text) {
                Some(code) => codes.contains(&code.as_str().unwrap()),
                None => codes.contains(&text),
            };
            for row in &rows {
                let cell = row[from].as_str();
                assert!(
                    (cell.is_empty() && field.nullable) || translated(cell),
                    "{from}: {cell}"
                );
            }
            let spellings: BTreeSet<&str> = rows.iter().map(|row| row[from].as_str()).collect();
            for code in translation.values() {
                assert!(codes.contains(&code.as_str().unwrap()), "{from}: {code}");
            }
            assert!(spellings.len() > 1, "{from} has one value");
        }
    }
}

/// Keys of incidents and children are hashed; nothing else could name one.
#[test]
fn identifiers_of_children_and_cases_are_hashed() {
    let mut hashed = 0;
    for load in &demo().report.loads {
        let mapping = mapping(load);
        let pii = section(&mapping, "pii");
        for (name, column) in section(&mapping, "columns") {
            let field = load.table.field(name).unwrap();
            if !matches!(field.kind, FieldKind::Key) {
                continue;
            }
            let from = text(column.as_table().unwrap(), "from").unwrap();
            let decision = pii[from];
            let hashes =
                decision.as_str() == Some("key_hash") || decision.get("key_hash").is_some();
            assert!(hashes, "{}: {from}", load.mapping.display());
            hashed += 1;
        }
    }
    assert_eq!(hashed, 9);
}

#[test]
fn answered_marriages_use_the_identifiers_of_the_incidents() {
    let folder = &demo().folder;
    let mut known = BTreeSet::new();
    for (file, column, delimiter) in [
        ("incidents_alder.csv", "Child ID", b','),
        ("incidents_birch.csv", "child", b','),
        ("incidents_cedar.csv", "CHILD", b';'),
    ] {
        known.extend(
            rows(folder, file, delimiter)
                .into_iter()
                .map(|mut row| row.remove(column).unwrap()),
        );
    }
    let answered = rows(folder, "marriage_interventions.csv", b',');
    assert!(answered.iter().all(|row| known.contains(&row["Child ID"])));
    let kinds: BTreeSet<Table> = demo().report.loads.iter().map(|load| load.table).collect();
    assert_eq!(kinds.len(), 7);
}
