//! The loads of `crates/xtask/india/india.toml`, run one after another.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::Deserialize;

use crate::command::Step;

/// One load: files, the table they fill, and how.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Load {
    files: Vec<String>,
    table: String,
    mapping: String,
}

/// The loads in their order, and the folder of their mappings.
#[derive(Debug)]
pub(super) struct Plan {
    mappings: PathBuf,
    loads: Vec<Load>,
}

/// What came of one load.
#[derive(Debug)]
pub(super) struct Loaded {
    /// Name of the mapping without its extension; names the load.
    pub(super) name: String,
    /// What the loader reported.
    pub(super) report: Report,
}

/// The part of the loader's report that is shown and checked.
#[derive(Debug, Deserialize)]
pub(super) struct Report {
    load_id: String,
    /// Records read.
    pub(super) read: u64,
    /// Records stored.
    pub(super) accepted: u64,
    /// Records in the quarantine.
    pub(super) quarantined: u64,
    /// Records stored after a repair.
    pub(super) repaired: u64,
    rejects: Vec<Reject>,
    totals: Vec<Total>,
    names: Vec<Names>,
}

/// Rejected records of one code and column.
#[derive(Debug, Deserialize)]
struct Reject {
    code: String,
    column: String,
    count: u64,
}

/// Sums of the figures of one column.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub(super) struct Sums {
    /// Of all records.
    pub(super) read: f64,
    /// Of the records stored.
    pub(super) accepted: f64,
    /// Of the records in the quarantine.
    pub(super) quarantined: f64,
}

#[derive(Debug, Deserialize)]
struct Total {
    column: String,
    #[serde(flatten)]
    sums: Sums,
}

/// How the spellings of a column of names were found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(super) struct Spellings {
    /// Different spellings looked up.
    pub(super) spellings: u64,
    alias: u64,
    exact: u64,
    part_of_district: u64,
    fuzzy: u64,
    /// Names near no known place.
    pub(super) unmatched: u64,
    /// Names near several known places.
    pub(super) ambiguous: u64,
    /// Names whose parent is not known.
    pub(super) parent_unmatched: u64,
}

#[derive(Debug, Deserialize)]
struct Names {
    column: String,
    #[serde(flatten)]
    spellings: Spellings,
}

impl Spellings {
    /// Spellings that led to a place.
    pub(super) fn found(self) -> u64 {
        self.alias + self.exact + self.part_of_district + self.fuzzy
    }
}

impl Report {
    /// Sums of a column's figures.
    pub(super) fn sums(&self, column: &str) -> anyhow::Result<Sums> {
        let found = self.totals.iter().find(|total| total.column == column);
        Ok(found
            .with_context(|| format!("the report has no total of column `{column}`"))?
            .sums)
    }

    /// Spellings of a column of names.
    pub(super) fn spellings(&self, column: &str) -> anyhow::Result<Spellings> {
        let found = self.names.iter().find(|names| names.column == column);
        Ok(found
            .with_context(|| format!("the report has no names of column `{column}`"))?
            .spellings)
    }

    /// Records rejected under a code.
    pub(super) fn rejected(&self, code: &str) -> u64 {
        let of_code = self.rejects.iter().filter(|reject| reject.code == code);
        of_code.map(|reject| reject.count).sum()
    }
}

impl Plan {
    /// Reads `india.toml` in the folder of the mappings.
    pub(super) fn read(mappings: &Path) -> anyhow::Result<Self> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct File {
            load: Vec<Load>,
        }
        let file = mappings.join("india.toml");
        let text = std::fs::read_to_string(&file)
            .with_context(|| format!("cannot read {}", file.display()))?;
        let file: File =
            toml::from_str(&text).with_context(|| format!("{} is no plan", file.display()))?;
        Ok(Self {
            mappings: mappings.to_owned(),
            loads: file.load,
        })
    }

    /// Files of the plan that are not in the folder, each once.
    pub(super) fn absent(&self, data: &Path) -> Vec<&str> {
        let mut absent: Vec<&str> = self
            .loads
            .iter()
            .flat_map(|load| &load.files)
            .map(String::as_str)
            .filter(|file| !data.join(file).exists())
            .collect();
        absent.sort_unstable();
        absent.dedup();
        absent
    }

    /// Runs the loads in their order into the lake of this folder.
    pub(super) fn run(
        &self,
        binary: &Path,
        data: &Path,
        folder: &Path,
    ) -> anyhow::Result<Vec<Loaded>> {
        let reports = folder.join("reports");
        std::fs::create_dir_all(&reports)
            .with_context(|| format!("cannot make {}", reports.display()))?;
        self.loads
            .iter()
            .map(|load| self.load(load, binary, data, folder, &reports))
            .collect()
    }

    fn load(
        &self,
        load: &Load,
        binary: &Path,
        data: &Path,
        folder: &Path,
        reports: &Path,
    ) -> anyhow::Result<Loaded> {
        let name = load.mapping.trim_end_matches(".toml").to_owned();
        let lake = folder.join("lake");
        let mapping = self.mappings.join(&load.mapping);
        let files: Vec<PathBuf> = load.files.iter().map(|file| data.join(file)).collect();
        let mut arguments = vec![
            "ingest",
            "--json",
            "--lake",
            text(&lake)?,
            "--as",
            &load.table,
            "--mapping",
            text(&mapping)?,
        ];
        for file in &files {
            arguments.push(text(file)?);
        }
        println!("{name} …");
        let printed = Step::new(text(binary)?, &arguments).output()?;
        let report = reports.join(format!("{name}.json"));
        Ok(Loaded {
            name,
            report: keep_report(&printed, &report)?,
        })
    }
}

/// The report of a load; that of the first time where the lake says that it
/// holds the same content already.
fn keep_report(printed: &str, kept: &Path) -> anyhow::Result<Report> {
    /// What tells a load from one that was there before.
    #[derive(Deserialize)]
    struct Answer {
        already_loaded: bool,
        load_id: String,
    }
    let shape = "the loader's report is not JSON of the shape expected";
    let answer: Answer = serde_json::from_str(printed).context(shape)?;
    if !answer.already_loaded {
        let report: Report = serde_json::from_str(printed).context(shape)?;
        std::fs::write(kept, printed)
            .with_context(|| format!("cannot write {}", kept.display()))?;
        return Ok(report);
    }
    let report = std::fs::read_to_string(kept)
        .ok()
        .and_then(|text| serde_json::from_str::<Report>(&text).ok())
        .filter(|report| report.load_id == answer.load_id);
    report.with_context(|| {
        format!(
            "load {} is in the lake and its report is not in {}: remove the folder of \
             the lake and load again",
            answer.load_id,
            kept.display()
        )
    })
}

fn text(path: &Path) -> anyhow::Result<&str> {
    path.to_str()
        .with_context(|| format!("the path {} is not text", path.display()))
}

/// Prints what was read, stored and rejected, and why.
pub(super) fn print_summary(loads: &[Loaded]) {
    println!(
        "\n{:<30} {:>11} {:>11} {:>11}  why",
        "load", "read", "accepted", "quarantined"
    );
    for Loaded { name, report } in loads {
        print!(
            "{name:<30} {:>11} {:>11} {:>11} ",
            report.read, report.accepted, report.quarantined
        );
        let mut why: Vec<String> = report
            .rejects
            .iter()
            .map(|reject| format!("{} {} {}", reject.count, reject.code, reject.column))
            .collect();
        if report.repaired > 0 {
            why.push(format!("{} repaired", report.repaired));
        }
        println!(" {}", why.join("; "));
    }
    let sum = |of: fn(&Report) -> u64| loads.iter().map(|load| of(&load.report)).sum::<u64>();
    println!(
        "{:<30} {:>11} {:>11} {:>11}\n",
        "together",
        sum(|report| report.read),
        sum(|report| report.accepted),
        sum(|report| report.quarantined)
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mapping_of_the_plan_is_there_and_every_mapping_is_in_the_plan() {
        let folder = crate::root().join("crates/xtask/india");
        let plan = Plan::read(&folder).unwrap();
        let mut planned: Vec<String> = plan.loads.into_iter().map(|load| load.mapping).collect();
        planned.sort();
        let mut there: Vec<String> = std::fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name != "india.toml")
            .collect();
        there.sort();
        assert_eq!(planned, there);
    }

    #[test]
    fn a_load_that_is_there_already_has_the_report_of_its_first_time() {
        let folder = std::env::temp_dir().join(format!("safeground-xtask-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let kept = folder.join("load.json");
        let report = r#"{"already_loaded":false,"load_id":"a1","read":3,"accepted":2,
            "quarantined":1,"repaired":0,"rejects":[{"code":"excluded_row","column":"tru",
            "count":1}],"totals":[],"names":[]}"#;
        let again = r#"{"already_loaded":true,"load_id":"a1","read":3,"accepted":2,
            "quarantined":1,"repaired":null,"rejects":null,"totals":null,"names":null}"#;
        assert!(keep_report(again, &kept).is_err());
        assert_eq!(keep_report(report, &kept).unwrap().accepted, 2);
        assert_eq!(
            keep_report(again, &kept).unwrap().rejected("excluded_row"),
            1
        );
        let other = again.replace("a1", "b2");
        assert!(keep_report(&other, &kept).is_err());
        assert!(keep_report(r#"{"load_id":"a1"}"#, &kept).is_err());
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
