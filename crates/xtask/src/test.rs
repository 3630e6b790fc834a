//! `cargo xtask test`: everything that must hold before a change lands.

use std::path::Path;
use std::time::Instant;

use anyhow::Context as _;

use crate::command::Step;
use crate::served::{Build, Served, build};

/// Sets up what the tests need and runs all of them, cheapest first.
pub(crate) fn run() -> anyhow::Result<()> {
    let start = Instant::now();
    let chromium = crate::browser::chromium()?;
    Step::new("cargo", &["fmt", "--all", "--check"]).run()?;
    crate::purity::run()?;
    crate::web::build()?;
    let web = crate::web::folder();
    Step::new("npm", &["run", "check"]).folder(&web).run()?;
    Step::new("npm", &["test"]).folder(&web).run()?;
    Step::new(
        "cargo",
        &[
            "clippy",
            "--locked",
            "--workspace",
            "--all-targets",
            "--",
            "-D",
            "warnings",
        ],
    )
    .run()?;
    Step::new(
        "cargo",
        &[
            "doc",
            "--locked",
            "--workspace",
            "--no-deps",
            "--document-private-items",
        ],
    )
    .env("RUSTDOCFLAGS", "-D warnings")
    .run()?;
    let tests = Step::new("cargo", &["test", "--locked", "--workspace"]);
    crate::test_tools::variables()?
        .iter()
        .fold(tests, |step, (name, value)| step.env(name, value))
        .run()?;
    browser_tests(&chromium)?;
    crate::attack::run(&crate::attack::fast()?)?;
    println!(
        "\nall tests passed in {:.0} s",
        start.elapsed().as_secs_f64()
    );
    say_what_was_skipped();
    Ok(())
}

/// Tests that pass hide what they print, and so that they skipped.
fn say_what_was_skipped() {
    for (folder, tests) in [
        ("data", "on public data about India"),
        ("oracles", "against values of other programs"),
    ] {
        let folder = crate::root().join("../shared").join(folder);
        if !folder.is_dir() {
            println!("skipped: tests {tests}; there is no {}", folder.display());
        }
    }
}

/// The demo through its self-check, and then the map in a real browser.
fn browser_tests(chromium: &str) -> anyhow::Result<()> {
    let binary = build(Build::Dev)?;
    let folder = crate::target_folder().join("demo-test");
    if folder.exists() {
        std::fs::remove_dir_all(&folder).context("cannot clear the last demo")?;
    }
    let folder = folder.to_str().context("the target folder is not text")?;
    let served = Served::start(
        &binary,
        &["demo", "--dir", folder, "--listen", "127.0.0.1:0"],
    )?;
    crate::demo::self_check(&served)?;
    crate::questions::ask(&binary, &format!("{folder}/releases"))?;
    crate::notebooks::run(&served.url, &token(&binary, folder, "research")?)?;
    crate::clients::run(&binary, &format!("{folder}/releases"))?;
    let token = token(&binary, folder, "planning")?;
    Step::new("npm", &["run", "e2e"])
        .folder(&crate::web::folder())
        .env("SAFEGROUND_URL", &served.url)
        .env("SAFEGROUND_PLANNING_TOKEN", &token)
        .env("CHROMIUM", chromium)
        .run()?;
    served.stop()
}

/// A token for a release of a demo.
fn token(binary: &Path, demo: &str, audience: &str) -> anyhow::Result<String> {
    let binary = binary.to_str().context("the binary's path is not text")?;
    let releases = format!("{demo}/releases");
    let arguments = [
        "token",
        "create",
        "--releases",
        &releases,
        "--audience",
        audience,
    ];
    let printed = Step::new(binary, &arguments).output()?;
    Ok(printed.trim().to_owned())
}

/// Rewrites generated files: the test that guards them writes what is stale
/// and fails, so that a second run tells whether all is current.
pub(crate) fn codegen() -> anyhow::Result<()> {
    let check = || {
        Step::new(
            "cargo",
            &[
                "test",
                "--locked",
                "--workspace",
                "--test",
                "cli",
                "generated_files",
            ],
        )
        .run()
    };
    if check().is_err() {
        check()?;
    }
    Ok(())
}

/// Runs the planner's tests with `HiGHS` built in; no part of [`run`], since it
/// takes minutes to build and tools that not everybody has.
pub(crate) fn highs() -> anyhow::Result<()> {
    let arguments = [
        "test",
        "--locked",
        "--package",
        "safeground-planning",
        "--features",
        "highs",
    ];
    Step::new("cargo", &arguments).run()
}

/// Compares the h3 functions with h3-py on so many cells; optimised, since
/// there may be a million.
pub(crate) fn h3(rows: &str) -> anyhow::Result<()> {
    let variables = crate::test_tools::variables()?;
    anyhow::ensure!(
        variables
            .iter()
            .any(|(name, _)| *name == "SAFEGROUND_PYTHON"),
        "h3-py could not be installed, and without it there is nothing to compare with"
    );
    // The program beside it: with the same features its crates are built once.
    let arguments = [
        "test",
        "--release",
        "--locked",
        "--package",
        "safeground-cli",
        "--package",
        "safeground-sql",
        "--test",
        "sql",
        "h3_oracle",
    ];
    variables
        .iter()
        .fold(Step::new("cargo", &arguments), |step, (name, value)| {
            step.env(name, value)
        })
        .env("SAFEGROUND_H3_ROWS", rows)
        .run()
}

/// Runs the criterion benches, optionally only those whose name holds FILTER.
pub(crate) fn bench(filter: &[String]) -> anyhow::Result<()> {
    let mut arguments = vec!["bench", "--locked", "--package", "safeground-benches"];
    if !filter.is_empty() {
        arguments.push("--");
        arguments.extend(filter.iter().map(String::as_str));
    }
    Step::new("cargo", &arguments).run()
}
