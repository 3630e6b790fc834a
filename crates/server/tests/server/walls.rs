//! What this crate must not reach.

use std::path::Path;

fn sources(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else {
            let text = std::fs::read_to_string(&path).unwrap();
            found.push((path.display().to_string(), text));
        }
    }
}

#[test]
fn of_the_engine_only_the_reading_of_releases_is_used() {
    let mut found = Vec::new();
    sources(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &mut found,
    );
    let mut uses = 0;
    for (path, text) in &found {
        for (position, name) in text.match_indices("safeground_engine") {
            let after = &text[position + name.len()..];
            assert!(
                after.starts_with("::release"),
                "{path} reaches beyond releases"
            );
            uses += 1;
        }
        // Reopening is the release module's side of the wall.
        assert!(!text.contains("Released::reopen"), "{path}");
        assert!(!text.contains("Released::seal"), "{path}");
    }
    assert!(uses > 0);
}
