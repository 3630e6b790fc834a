//! Generated files are current: a stale one is rewritten, and the test fails
//! so that the change is seen and committed.

use std::path::{Path, PathBuf};

use safeground_schema::Table;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn json(value: &serde_json::Value) -> String {
    serde_json::to_string_pretty(value).unwrap() + "\n"
}

fn expected() -> Vec<(String, String)> {
    let mut files = vec![
        (
            "data-schema/dictionary.md".to_owned(),
            safeground_schema::dictionary_markdown(),
        ),
        (
            "data-schema/errors.md".to_owned(),
            safeground_schema::errors_markdown(),
        ),
        (
            "data-schema/datapackage.json".to_owned(),
            json(&safeground_schema::data_package()),
        ),
        (
            "data-schema/mapping.md".to_owned(),
            safeground_ingest::mapping_markdown(),
        ),
        (
            "data-schema/mapping.schema.json".to_owned(),
            json(&safeground_ingest::mapping_json_schema()),
        ),
        (
            "data-schema/policy.schema.json".to_owned(),
            json(safeground_privacy::Policy::json_schema().as_value()),
        ),
        (
            "data-schema/functions.md".to_owned(),
            safeground_sql::functions::reference(),
        ),
        (
            "data-schema/plan.schema.json".to_owned(),
            json(schemars::schema_for!(safeground_campaign::Ask).as_value()),
        ),
        (
            "data-schema/manifest.schema.json".to_owned(),
            json(schemars::schema_for!(safeground_schema::release::Manifest).as_value()),
        ),
    ];
    for table in Table::ALL {
        files.push((
            format!("data-schema/tables/{table}.schema.json"),
            json(&safeground_schema::table_json_schema(*table)),
        ));
    }
    files
}

#[test]
fn generated_files_are_current() {
    let mut stale = Vec::new();
    for (name, text) in expected() {
        let path = root().join(&name);
        if std::fs::read_to_string(&path).ok().as_deref() != Some(text.as_str()) {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, text).unwrap();
            stale.push(name);
        }
    }
    assert!(
        stale.is_empty(),
        "these files were stale and have been rewritten; review and commit them: {stale:#?}"
    );
}
