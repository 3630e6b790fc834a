//! `cargo xtask memory`: the peak memory of loading a file larger than memory
//! should hold.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context as _;

use crate::Options;
use crate::served::{Build, build};

/// Incidents of the synthetic state at scale 1, by which a size is turned
/// into a scale; the file that comes out is measured, not assumed.
const PROBE_SCALE: &str = "1";

/// Makes a state with a CSV file of incidents of at least the wanted size,
/// loads it after the places, and says how long that took and how much memory
/// the process held at most.
pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let gib: f64 = options
        .value("--gib")
        .unwrap_or("5")
        .parse()
        .context("--gib: expected a number")?;
    let binary = build(Build::Release)?;
    let folder = crate::target_folder().join("memory");
    if folder.exists() {
        std::fs::remove_dir_all(&folder).context("cannot clear the last run")?;
    }
    let wanted = gib * f64::from(1 << 30);
    let probe = folder.join("probe");
    synth(&binary, &probe, PROBE_SCALE)?;
    let per_scale = incidents(&probe)?.bytes as f64;
    std::fs::remove_dir_all(&probe)?;
    let input = folder.join("input");
    let report = synth(
        &binary,
        &input,
        &format!("{:.1}", (wanted / per_scale).ceil()),
    )?;
    let largest = incidents(&input)?;
    let loads: Vec<&serde_json::Value> = report["loads"].as_array().into_iter().flatten().collect();
    let made: u64 = loads
        .iter()
        .filter(|load| load["table"] == "incidents")
        .filter_map(|load| load["records"].as_u64())
        .sum();
    println!(
        "incidents: {made} in all, the largest file {:.2} GiB",
        largest.bytes as f64 / f64::from(1 << 30)
    );
    let lake = folder.join("lake");
    for load in loads {
        let text = |name: &str| load[name].as_str().unwrap_or_default().to_owned();
        if text("table") != "places" && text("file") != largest.name {
            continue;
        }
        let start = Instant::now();
        let child = Command::new(&binary)
            .arg("ingest")
            .arg("--lake")
            .arg(&lake)
            .args(["--as", &text("table"), "--json", "--mapping"])
            .arg(input.join(text("mapping")))
            .arg(input.join(text("file")))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .context("cannot start the load")?;
        let peak = peak_of(child)?;
        let seconds = start.elapsed().as_secs_f64();
        let rows = load["records"].as_u64().unwrap_or_default();
        println!(
            "{:<24} {rows:>11} rows  {seconds:>7.1} s  {:>9.0} rows/s  peak {:>5} MiB",
            text("table"),
            rows as f64 / seconds,
            peak >> 10
        );
    }
    std::fs::remove_dir_all(&folder).context("cannot clear up")
}

/// Writes the synthetic state and returns the generator's report.
fn synth(binary: &Path, folder: &Path, scale: &str) -> anyhow::Result<serde_json::Value> {
    let output = Command::new(binary)
        .args(["synth", "--json", "--scale", scale, "--out"])
        .arg(folder)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .context("cannot start the generator")?;
    anyhow::ensure!(
        output.status.success(),
        "the generator failed: {}",
        output.status
    );
    serde_json::from_slice(&output.stdout).context("the generator's report is not JSON")
}

/// A file of incidents.
struct Incidents {
    name: String,
    bytes: u64,
}

/// The largest file of incidents.
fn incidents(folder: &Path) -> anyhow::Result<Incidents> {
    let mut largest: Option<Incidents> = None;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let bytes = entry.metadata()?.len();
        let is_csv = name.starts_with("incidents") && name.ends_with(".csv");
        if is_csv && largest.as_ref().is_none_or(|known| known.bytes < bytes) {
            largest = Some(Incidents { name, bytes });
        }
    }
    largest.context("the generator wrote no incidents")
}

/// Waits for a process and returns the most memory it held, in kibibytes, as
/// the kernel keeps it in `VmHWM`.
fn peak_of(mut child: Child) -> anyhow::Result<u64> {
    let status_file = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    loop {
        if let Ok(text) = std::fs::read_to_string(&status_file)
            && let Some(line) = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))
            && let Some(kib) = line.split_whitespace().next()
        {
            peak = peak.max(kib.parse().unwrap_or(0));
        }
        if let Some(status) = child.try_wait()? {
            anyhow::ensure!(status.success(), "the load failed: {status}");
            anyhow::ensure!(
                peak > 0,
                "this system does not tell the memory of a process"
            );
            return Ok(peak);
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}
