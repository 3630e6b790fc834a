//! Printable walk lists as one HTML page without scripts or anything to fetch.
//!
//! Walk lists are carried through villages and get lost. They say where to go
//! and what to write down, never why: no score stands on them.

use std::fmt::Write as _;

use super::map::svg;
use super::{ExportError, checked};
use crate::document::{PlanDocument, Route, Visit};
use crate::language::Language;
use crate::language::dates::time;
use crate::safe_text::markup;
use crate::summary_lines;
use crate::words;

const STYLE: &str = include_str!("walk_list.css");

/// Columns that the team fills in.
const BLANKS: [&str; 5] = [
    "visited_on",
    "outcome",
    "households_reached",
    "pledges",
    "refusals",
];

/// The summary and the walk lists of all teams; each team begins on a new
/// page, each day stays together. Prints from any browser.
///
/// # Errors
/// [`ExportError::Document`] for a document with faults.
pub fn html(document: &PlanDocument, language: &Language) -> Result<Vec<u8>, ExportError> {
    checked(document)?;
    let mut body = summary(document, language);
    for team in &document.asked.teams {
        body.push_str(&team_section(document, &team.id, language));
    }
    if document.routes.is_empty() {
        let _ = write!(body, "<p>{}</p>", markup(language.word("list.no_day")));
    }
    Ok(page(document, &body, language))
}

/// The walk list of one team; empty days for a team without any.
///
/// # Errors
/// [`ExportError::Document`] for a document with faults.
pub(super) fn html_of_team(
    document: &PlanDocument,
    language: &Language,
    team_id: &str,
) -> Result<Vec<u8>, ExportError> {
    checked(document)?;
    let body = team_section(document, team_id, language);
    Ok(page(document, &body, language))
}

fn page(document: &PlanDocument, body: &str, language: &Language) -> Vec<u8> {
    let fonts: Vec<String> = language
        .fonts()
        .iter()
        .map(|font| {
            let plain = font.chars().filter(|c| c.is_alphanumeric() || *c == ' ');
            format!("\"{}\"", plain.collect::<String>())
        })
        .collect();
    let text = format!(
        "<!DOCTYPE html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" \
         content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n\
         <title>{}</title>\n<style>\nbody {{ font-family: {}, \"Noto Sans Devanagari\", \
         \"Nirmala UI\", \"Mangal\", sans-serif; }}\n{STYLE}</style>\n</head>\n\
         <body>\n{body}</body>\n</html>\n",
        markup(language.code()),
        markup(&document.title),
        fonts.join(", "),
    );
    text.into_bytes()
}

fn summary(document: &PlanDocument, language: &Language) -> String {
    let mut html = format!(
        "<section><h1>{}</h1>\n<dl class=\"summary\">",
        markup(&document.title)
    );
    for (label, text) in summary_lines::lines(document, language) {
        let (label, text) = (markup(&label), markup(&text));
        let _ = write!(html, "<div><dt>{label}</dt><dd>{text}</dd></div>");
    }
    html.push_str("</dl></section>\n");
    html
}

fn team_section(document: &PlanDocument, team_id: &str, language: &Language) -> String {
    let Some(team) = document.team(team_id) else {
        return String::new();
    };
    let days: Vec<(usize, &Route)> = document
        .routes
        .iter()
        .enumerate()
        .filter(|(_, route)| route.team_id == team_id)
        .collect();
    if days.is_empty() {
        return String::new();
    }
    let title = language.fill("list.title", &[("team", &team.label)]);
    let footer = words::footer(document, language);
    let mut html = format!(
        "<section class=\"team\"><h1>{}</h1><p class=\"footer\">{}</p><p>{}</p>\n",
        markup(&title),
        markup(&footer),
        markup(language.word("list.fill")),
    );
    for (number, route) in days {
        html.push_str(&day(document, number, route, language));
    }
    html.push_str("</section>\n");
    html
}

fn day(document: &PlanDocument, number: usize, route: &Route, language: &Language) -> String {
    let heading = language.fill(
        "list.day",
        &[
            ("date", &language.date(route.date)),
            ("visits", &language.whole(route.visits.len() as u64)),
            ("households", &language.whole(route.households())),
            ("km", &language.number(route.km, 1)),
            ("from", &time(route.departure_minute)),
            ("until", &time(route.return_minute)),
        ],
    );
    let mut html = format!(
        "<article class=\"day\"><h2>{}</h2>{}<table><thead><tr>",
        markup(&heading),
        svg(document, number, language),
    );
    let planned = [
        "order",
        "arrival",
        "name",
        "block",
        "lgd_code",
        "households_planned",
        "km",
    ];
    for (class, keys) in [
        ("planned", planned.as_slice()),
        ("blank", BLANKS.as_slice()),
    ] {
        for key in keys {
            let title = markup(language.of("column", key));
            let _ = write!(
                html,
                "<th scope=\"col\" class=\"{class} {key}\">{title}</th>"
            );
        }
    }
    html.push_str("</tr></thead><tbody>");
    for (order, visit) in (1..).zip(&route.visits) {
        html.push_str(&row(document, order, visit, language));
    }
    html.push_str("</tbody></table></article>\n");
    html
}

fn row(document: &PlanDocument, order: usize, visit: &Visit, language: &Language) -> String {
    let village = document.village(&visit.place_id);
    let households = village.map_or_else(String::new, |village| {
        let all = language.figure(&village.households, 0);
        language.fill("list.households_of", &[("figure", &all)])
    });
    let households = format!("{} {households}", language.whole(visit.households.into()));
    let name = village.map_or(visit.place_id.as_str(), |village| village.name.as_str());
    let block = village.map_or("", |village| village.block.as_str());
    let code = village.and_then(|village| village.lgd_code.as_deref());
    let mut html = String::from("<tr>");
    for text in [
        order.to_string(),
        time(visit.arrival_minute),
        name.to_owned(),
        block.to_owned(),
        code.unwrap_or("–").to_owned(),
        households,
        language.number(visit.km, 1),
    ] {
        let _ = write!(html, "<td>{}</td>", markup(&text));
    }
    for blank in BLANKS {
        if blank == "outcome" {
            let words = ["done", "lost", "refused"].map(|key| language.of("outcome", key));
            let boxes = words.map(|word| format!("☐ {}", markup(word)));
            let _ = write!(
                html,
                "<td class=\"blank outcome\">{}</td>",
                boxes.join("<br>")
            );
        } else {
            html.push_str("<td class=\"blank\"></td>");
        }
    }
    html.push_str("</tr>");
    html
}
