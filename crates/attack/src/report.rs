//! The report: for machines as JSON, for people as one page of HTML.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Context as _;

use crate::attack::Outcome;
use crate::run::{Line, Report, Verdict};

/// Writes the report as JSON.
///
/// # Errors
/// Where the file cannot be written.
pub fn write_json(report: &Report, file: &Path) -> anyhow::Result<()> {
    let text = serde_json::to_string_pretty(report)?;
    std::fs::write(file, text + "\n").with_context(|| format!("cannot write {}", file.display()))
}

/// Writes the report as one page that needs nothing else.
///
/// # Errors
/// Where the file cannot be written.
pub fn write_html(report: &Report, file: &Path) -> anyhow::Result<()> {
    std::fs::write(file, page(report)).with_context(|| format!("cannot write {}", file.display()))
}

const STYLE: &str = "
:root { color-scheme: light dark; --ground: #fff; --ink: #1b1f24; --soft: #5b6570;
  --line: #d8dee4; --good: #1a7f37; --bad: #b3261e; --none: #6e5600; --card: #f6f8fa; }
@media (prefers-color-scheme: dark) { :root { --ground: #101418; --ink: #e6edf3;
  --soft: #9aa6b2; --line: #30363d; --good: #56d364; --bad: #ff8a80; --none: #e3b341;
  --card: #171c22; } }
body { background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif;
  max-width: 76rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; } p.facts { color: var(--soft); }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .5rem .6rem;
  border-bottom: 1px solid var(--line); }
td.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.passed { color: var(--good); font-weight: 600; } .failed { color: var(--bad); font-weight: 600; }
.none { color: var(--none); font-weight: 600; }
small, summary { color: var(--soft); } details ul { margin: .3rem 0; padding-left: 1.2rem; }
.scroll { overflow-x: auto; }
";

fn page(report: &Report) -> String {
    let count = |verdict: Verdict| {
        report
            .lines
            .iter()
            .filter(|line| line.verdict == verdict)
            .count()
    };
    let releases: Vec<String> = report
        .releases
        .iter()
        .map(|(audience, id)| format!("{} {}", escaped(audience), escaped(id)))
        .collect();
    let mut html = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>Attacks on a release</title><style>{STYLE}</style></head><body>\n\
         <h1>Attacks on a release</h1>\n\
         <p class=\"facts\">safeground {}, a fictional state at scale {} with {} canary children; \
         {}. Releases: {}.</p>\n",
        escaped(&report.version),
        report.scale,
        report.canaries,
        if report.fast {
            "the fast subset of tries"
        } else {
            "all tries"
        },
        releases.join(", "),
    );
    let _ = writeln!(
        html,
        "<p><span class=\"passed\">{} passed</span>, <span class=\"failed\">{} failed, {} do not \
         work, {} tried nothing or ended in an error</span>, <span class=\"none\">{} have no \
         surface yet</span>. An attack passes only if it succeeded against its control: a release \
         without protection, or a leak planted for it.</p>",
        count(Verdict::Passed),
        count(Verdict::Failed),
        count(Verdict::AttackDoesNotWork),
        count(Verdict::NothingTried) + count(Verdict::Error),
        count(Verdict::NoSurfaceYet),
    );
    if report.same_program {
        html.push_str(
            "<p class=\"failed\">There is no program without protection: the release under test \
             stands for both sides, so a passed attack is not possible where the control is a \
             release without protection.</p>\n",
        );
    }
    html.push_str(
        "<div class=\"scroll\"><table><thead><tr><th>#</th><th>attack</th><th>passes when</th>\
         <th>control</th><th>tried</th><th>succeeded</th><th>measured</th><th>bound</th>\
         <th>verdict</th></tr></thead><tbody>\n",
    );
    for line in &report.lines {
        row(&mut html, line);
    }
    html.push_str("</tbody></table></div></body></html>\n");
    html
}

fn row(html: &mut String, line: &Line) {
    let number = |of: &dyn Fn(&Outcome) -> String| {
        line.on_release
            .as_ref()
            .filter(|o| !o.measure.is_empty())
            .map_or(String::new(), of)
    };
    let class = match line.verdict {
        Verdict::Passed => "passed",
        Verdict::NoSurfaceYet => "none",
        _ => "failed",
    };
    let control = line.on_control.as_ref().map_or(String::new(), |outcome| {
        format!(
            "<br><small>{} of {} there; {} {}</small>",
            outcome.succeeded,
            outcome.tried,
            escaped(outcome.measure),
            short(outcome.measured)
        )
    });
    let mut notes = String::new();
    for (side, outcome) in [("release", &line.on_release), ("control", &line.on_control)] {
        for note in outcome.iter().flat_map(|outcome| &outcome.detail) {
            let _ = write!(notes, "<li>{side}: {}</li>", escaped(note));
        }
    }
    if let Some(error) = &line.error {
        let _ = write!(notes, "<li>{}</li>", escaped(error));
    }
    let _ = writeln!(
        html,
        "<tr><td class=\"number\">{}</td><td>{}<details><summary>figures, {:.1} s</summary><ul>\
         {notes}</ul></details></td><td>{}</td><td>{}{control}</td><td class=\"number\">{}</td>\
         <td class=\"number\">{}</td><td class=\"number\">{}<br><small>{}</small></td>\
         <td class=\"number\">{}</td><td class=\"{class}\">{}</td></tr>",
        line.number,
        escaped(line.name),
        line.seconds,
        escaped(line.passes_when),
        escaped(line.control),
        number(&|o| o.tried.to_string()),
        number(&|o| o.succeeded.to_string()),
        number(&|o| short(o.measured)),
        number(&|o| escaped(o.measure)),
        number(&|o| short(o.bound)),
        line.verdict.words(),
    );
}

fn short(value: f64) -> String {
    if value.fract() == 0.0 && value.abs() < 1e12 {
        format!("{value}")
    } else {
        format!("{value:.3}")
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_says_each_verdict_and_escapes_what_it_quotes() {
        let line = |number, verdict, error: Option<&str>| Line {
            number,
            name: "differencing <b>",
            passes_when: "none",
            control: "none",
            on_control: None,
            on_release: Some(Outcome::none_allowed(7, 1, "cells")),
            verdict,
            error: error.map(str::to_owned),
            seconds: 0.1,
        };
        let report = Report {
            version: "0".into(),
            releases: vec![("public".into(), "0123".into())],
            canaries: 10,
            scale: 1.0,
            fast: true,
            same_program: false,
            lines: vec![
                line(1, Verdict::Failed, None),
                line(2, Verdict::NoSurfaceYet, Some("<script>")),
            ],
        };
        let page = page(&report);
        assert!(page.contains("FAILED") && page.contains("no surface yet"));
        assert!(page.contains("&lt;script&gt;") && !page.contains("<script>"));
        assert!(page.contains("prefers-color-scheme"));
    }
}
