//! The mapping files that load what partners deliver.

use std::path::Path;

use crate::SynthError;
use crate::files::write_text;

/// Folder of the mappings.
const FOLDER: &str = "mappings";

/// Name, without folder and extension, and text of every mapping.
const MAPPINGS: &[(&str, &str)] = &[
    ("states", include_str!("../mappings/states.toml")),
    ("districts", include_str!("../mappings/districts.toml")),
    ("blocks", include_str!("../mappings/blocks.toml")),
    ("villages", include_str!("../mappings/villages.toml")),
    ("effort", include_str!("../mappings/effort.toml")),
    (
        "incidents_alder",
        include_str!("../mappings/incidents_alder.toml"),
    ),
    (
        "incidents_birch",
        include_str!("../mappings/incidents_birch.toml"),
    ),
    (
        "incidents_cedar",
        include_str!("../mappings/incidents_cedar.toml"),
    ),
    (
        "incidents_damson",
        include_str!("../mappings/incidents_damson.toml"),
    ),
    ("indicators", include_str!("../mappings/indicators.toml")),
    (
        "marriage_interventions",
        include_str!("../mappings/marriage_interventions.toml"),
    ),
    (
        "welfare_enrolments",
        include_str!("../mappings/welfare_enrolments.toml"),
    ),
    ("campaigns", include_str!("../mappings/campaigns.toml")),
];

/// Path of the mapping of a data file, relative to the folder of the data:
/// both have the same name.
pub(crate) fn path_for(file: &str) -> String {
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    debug_assert!(MAPPINGS.iter().any(|(name, _)| *name == stem), "{stem}");
    format!("{FOLDER}/{stem}.toml")
}

/// Writes all mappings.
pub(crate) fn write(folder: &Path) -> Result<(), SynthError> {
    for (name, text) in MAPPINGS {
        write_text(folder, &format!("{FOLDER}/{name}.toml"), text)?;
    }
    Ok(())
}
