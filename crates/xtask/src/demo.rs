//! `cargo xtask demo`: from nothing to a map of the synthetic state.

use anyhow::Context as _;
use serde_json::Value;

use crate::Options;
use crate::command::Step;
use crate::served::{Build, Served, build};

/// Builds, makes the demo lake, serves; with `--once` checks itself and stops.
pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let binary = build(if options.has("--dev") {
        Build::Dev
    } else {
        Build::Release
    })?;
    let folder = crate::target_folder().join("demo");
    let folder = folder.to_str().context("the target folder is not text")?;
    let port = options
        .value("--port")
        .unwrap_or(if options.has("--once") { "0" } else { "8080" });
    let address = format!("127.0.0.1:{port}");
    let served = Served::start(&binary, &["demo", "--dir", folder, "--listen", &address])?;
    if options.has("--once") {
        self_check(&served)?;
        served.stop()?;
        println!("\ndemo: all checks passed");
        Ok(())
    } else {
        println!("\nOpen {} in a browser; Ctrl-C ends it.", served.url);
        served.wait()
    }
}

/// Asks a served lake what a visitor's browser would ask.
pub(crate) fn self_check(served: &Served) -> anyhow::Result<()> {
    let json = |path: &str| -> anyhow::Result<Value> {
        let (_, body) = served.get(path)?;
        serde_json::from_slice(&body).with_context(|| format!("GET {path}: not JSON"))
    };
    let (kind, page) = served.get("/")?;
    anyhow::ensure!(
        kind.starts_with("text/html") && String::from_utf8_lossy(&page).contains("<script"),
        "`/` is not the map page ({kind})"
    );
    served.get("/health")?;
    served.get("/ready")?;
    let catalog = json("/v1/catalog")?;
    let available = catalog["available"]
        .as_array()
        .filter(|list| !list.is_empty())
        .context("the catalog lists nothing to show")?;
    for entry in available {
        let text = |name: &str| entry[name].as_str().unwrap_or_default();
        let (layer, theme) = (text("layer"), text("theme"));
        let period = entry["periods"]
            .as_array()
            .and_then(|periods| periods.last())
            .and_then(Value::as_str)
            .with_context(|| format!("{layer} {theme} has no period"))?;
        let query = format!("theme={theme}&period={period}");
        let items = json(&format!(
            "/collections/{layer}/items?{query}&limit=1&skipGeometry=true"
        ))?;
        let count = items["numberMatched"].as_u64().unwrap_or_default();
        anyhow::ensure!(count > 0, "{layer} has no unit for {theme} in {period}");
        json(&format!("/tiles/{layer}.json?{query}"))?;
        println!("  {layer:<16} {theme:<28} {period:<10} {count:>7} units");
    }
    let first = &available[0];
    let layer = first["layer"].as_str().unwrap_or_default();
    let theme = first["theme"].as_str().unwrap_or_default();
    let period = first["periods"][0].as_str().unwrap_or_default();
    let (kind, tile) = served.get(&format!(
        "/tiles/{layer}/0/0/0?theme={theme}&period={period}"
    ))?;
    anyhow::ensure!(
        kind == "application/vnd.mapbox-vector-tile" && !tile.is_empty(),
        "the world tile of {layer} is empty or of type {kind}"
    );
    Ok(())
}

/// Makes `docs/demo.png` from the served demo in Chromium.
pub(crate) fn screenshot() -> anyhow::Result<()> {
    let chromium = crate::browser::chromium()?;
    let binary = build(Build::Dev)?;
    let folder = crate::target_folder().join("demo");
    let folder = folder.to_str().context("the target folder is not text")?;
    let served = Served::start(
        &binary,
        &["demo", "--dir", folder, "--listen", "127.0.0.1:0"],
    )?;
    let picture = crate::root().join("docs/demo.png");
    std::fs::create_dir_all(crate::root().join("docs"))?;
    let picture = picture.to_str().context("the path is not text")?;
    // The theme that most of the planted structure shows in.
    let view = format!("{}/#theme=child_marriage", served.url);
    Step::new("npm", &["run", "screenshot", "--", &view, picture])
        .folder(&crate::web::folder())
        .env("CHROMIUM", &chromium)
        .run()?;
    served.stop()
}
