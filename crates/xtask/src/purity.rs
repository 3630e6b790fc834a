//! The wall around the pure crates, checked on cargo's own dependency graph.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context as _;
use serde_json::Value;

use crate::command::Step;

/// Crates that compute and must not do input or output.
const PURE: [&str; 3] = [
    "safeground-stats",
    "safeground-privacy",
    "safeground-planning",
];

/// Crates (by name or by `prefix*`) that bring Arrow, SQL, async or files.
const FORBIDDEN: [&str; 28] = [
    "arrow*",
    "parquet*",
    "polars*",
    "datafusion*",
    "deltalake*",
    "delta_kernel*",
    "object_store",
    "sqlparser",
    "rusqlite",
    "libsqlite3-sys",
    "sqlx*",
    "tokio*",
    "async-*",
    "futures*",
    "smol",
    "mio",
    "hyper*",
    "axum*",
    "reqwest",
    "ureq",
    "csv*",
    "calamine",
    "shapefile",
    "flatgeobuf",
    "geozero",
    "tempfile",
    "memmap*",
    "walkdir",
];

/// Fails if a pure crate reaches a forbidden one through normal dependencies.
pub(crate) fn run() -> anyhow::Result<()> {
    let compiler = Step::new("rustc", &["-vV"]).output()?;
    let host = compiler
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .context("`rustc -vV` names no host")?;
    // Without the filter the graph holds crates of other platforms, such as
    // the browser bindings behind the random generator.
    let metadata = Step::new(
        "cargo",
        &[
            "metadata",
            "--format-version",
            "1",
            "--locked",
            "--filter-platform",
            host,
        ],
    )
    .output()?;
    let graph = Graph::read(&metadata)?;
    let breaches: Vec<String> = PURE.iter().flat_map(|pure| graph.breaches(pure)).collect();
    anyhow::ensure!(
        breaches.is_empty(),
        "pure crates must not reach input or output:\n  {}",
        breaches.join("\n  ")
    );
    println!("purity: {} reach no forbidden crate", PURE.join(", "));
    Ok(())
}

/// Normal dependencies by package name.
struct Graph {
    edges: BTreeMap<String, BTreeSet<String>>,
}

impl Graph {
    fn read(metadata: &str) -> anyhow::Result<Self> {
        let metadata: Value = serde_json::from_str(metadata).context("cargo metadata")?;
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let names: BTreeMap<String, String> = list(&metadata["packages"])
            .iter()
            .map(|package| (text(&package["id"]), text(&package["name"])))
            .collect();
        let name = |id: &Value| names.get(&text(id)).cloned().unwrap_or_default();
        let mut edges: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for node in list(&metadata["resolve"]["nodes"]) {
            let targets = edges.entry(name(&node["id"])).or_default();
            for dependency in list(&node["deps"]) {
                let normal = list(&dependency["dep_kinds"])
                    .iter()
                    .any(|kind| kind["kind"].is_null());
                if normal {
                    targets.insert(name(&dependency["pkg"]));
                }
            }
        }
        for pure in PURE {
            anyhow::ensure!(
                edges.contains_key(pure),
                "the workspace has no crate {pure}"
            );
        }
        Ok(Self { edges })
    }

    /// Each forbidden crate that `start` reaches, with the way to it.
    fn breaches(&self, start: &str) -> Vec<String> {
        let mut found = Vec::new();
        let mut seen = BTreeSet::from([start.to_owned()]);
        let mut waiting = vec![vec![start.to_owned()]];
        while let Some(way) = waiting.pop() {
            let last = way.last().expect("a way has at least its start");
            for next in self.edges.get(last).into_iter().flatten() {
                if !seen.insert(next.clone()) {
                    continue;
                }
                let mut longer = way.clone();
                longer.push(next.clone());
                if is_forbidden(next) {
                    found.push(longer.join(" → "));
                }
                waiting.push(longer);
            }
        }
        found
    }
}

fn is_forbidden(name: &str) -> bool {
    FORBIDDEN
        .iter()
        .any(|pattern| match pattern.strip_suffix('*') {
            Some(prefix) => name.starts_with(prefix),
            None => name == *pattern,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forbidden_crate_is_found_behind_an_allowed_one() {
        let edge = |from: &str, to: &str| (from.to_owned(), BTreeSet::from([to.to_owned()]));
        let graph = Graph {
            edges: BTreeMap::from([edge("safeground-stats", "geo"), edge("geo", "arrow-array")]),
        };
        assert_eq!(
            graph.breaches("safeground-stats"),
            ["safeground-stats → geo → arrow-array"]
        );
        assert!(graph.breaches("safeground-privacy").is_empty());
    }
}
