//! How far off the public numbers can be expected to be, for the page that says
//! what they tell.

use std::collections::BTreeMap;

use safeground_handover::Language as Words;
use safeground_schema::release::{ManifestNoise, ManifestUtility};

use super::privacy::{Language, escape};

/// Sizes as (smallest, largest) count.
type Size = (u64, Option<u64>);

/// A table of the latest year: what of the top 5 % is kept, and the error of
/// counts by their size. Empty where the release says nothing of it.
///
/// Every figure stands in the manifest of the public release, and was simulated
/// from its counts with noise alone.
pub(super) fn section(language: Language, noise: Option<&ManifestNoise>) -> String {
    let utility = noise.map_or(&[][..], |noise| &noise.utility);
    let latest = utility.iter().map(|row| row.year).max();
    let rows: Vec<&ManifestUtility> = utility
        .iter()
        .filter(|row| Some(row.year) == latest)
        .collect();
    let sizes: BTreeMap<u64, Option<u64>> = rows
        .iter()
        .flat_map(|row| &row.relative_error)
        .map(|error| (error.from, error.to))
        .collect();
    let (Some(year), false) = (latest, sizes.is_empty()) else {
        return String::new();
    };
    let sizes: Vec<Size> = sizes.into_iter().collect();
    let (title, says, layer, theme, kept) = match language {
        Language::English => (
            format!("How far off the public numbers of {year} are"),
            "Noise moves a small number by a larger share of itself than a large one. Half of the \
             numbers of each size are no further off than this. It is worked out from the numbers \
             with noise alone; sizes that fewer than five places have are left out.",
            "Areas",
            "Theme",
            "Top 5 % kept",
        ),
        Language::Hindi => (
            format!("{year} की सार्वजनिक संख्याएँ कितनी हटी हुई हैं"),
            "शोर छोटी संख्या को उसके आकार के हिसाब से बड़ी संख्या से अधिक हटाता है। हर आकार की आधी \
             संख्याएँ इससे अधिक नहीं हटी हैं। यह केवल शोर वाली संख्याओं से निकाला गया है; जो आकार पाँच \
             से कम स्थानों का है, वह छोड़ा गया है।",
            "क्षेत्र",
            "विषय",
            "ऊपर के 5 % में से बचे",
        ),
    };
    let words = match language {
        Language::English => Words::english(),
        Language::Hindi => Words::hindi(),
    };
    let head: String = sizes
        .iter()
        .map(|(from, to)| {
            let size = to.map_or(format!("{from}+"), |to| format!("{from}–{to}"));
            format!("<th scope=\"col\">{size}</th>")
        })
        .collect();
    let body: String = rows
        .iter()
        .map(|row| {
            let cells: String = sizes
                .iter()
                .map(|(from, _)| {
                    let error = row.relative_error.iter().find(|error| error.from == *from);
                    error.map_or("<td>–</td>".to_owned(), |error| {
                        format!("<td>±{:.0} %</td>", 100.0 * error.median)
                    })
                })
                .collect();
            format!(
                "<tr><td>{}</td><td>{}</td><td>{:.0} %</td>{cells}</tr>\n",
                escape(&areas(language, &row.layer)),
                escape(&words.theme(&row.theme)),
                100.0 * row.top_5_percent_overlap
            )
        })
        .collect();
    format!(
        "<section><h2 id=\"error\">{title}</h2>\n<p>{says}</p>\n\
         <div class=\"wide\" role=\"region\" aria-labelledby=\"error\" tabindex=\"0\">\n\
         <table>\n<thead><tr><th scope=\"col\">{layer}</th>\
         <th scope=\"col\">{theme}</th><th scope=\"col\">{kept}</th>{head}</tr></thead>\n\
         <tbody>\n{body}</tbody>\n</table>\n</div></section>\n"
    )
}

/// Areas of a layer as the map calls them; a layer without a word of its own by
/// its name.
fn areas(language: Language, layer: &str) -> String {
    let word = match (language, layer) {
        (Language::English, "state") => "States",
        (Language::English, "district") => "Districts",
        (Language::Hindi, "state") => "राज्य",
        (Language::Hindi, "district") => "ज़िले",
        _ => {
            return match (language, layer.strip_prefix("h3_r")) {
                (_, None) => layer.to_owned(),
                (Language::English, Some(resolution)) => {
                    format!("Hexagons, resolution {resolution}")
                }
                (Language::Hindi, Some(resolution)) => format!("षट्कोण, स्तर {resolution}"),
            };
        }
    };
    word.to_owned()
}

#[cfg(test)]
mod tests {
    use safeground_schema::release::ManifestSizeError;

    use super::*;

    fn noise(errors: Vec<ManifestSizeError>) -> ManifestNoise {
        let utility = |year, errors| ManifestUtility {
            layer: "district".into(),
            theme: "missing<".into(),
            year,
            top_5_percent_overlap: 0.981,
            relative_error: errors,
        };
        let mut noise: ManifestNoise = serde_json::from_value(serde_json::json!({
            "seed_commitment": "", "draws": [], "utility": []
        }))
        .unwrap();
        noise.utility = vec![utility(2023, Vec::new()), utility(2024, errors)];
        noise
    }

    #[test]
    fn the_latest_year_stands_by_size_and_nothing_where_nothing_is_told() {
        let errors = vec![
            ManifestSizeError {
                from: 11,
                to: Some(49),
                median: 0.17,
            },
            ManifestSizeError {
                from: 1_000,
                to: None,
                median: 0.0,
            },
        ];
        let text = section(Language::English, Some(&noise(errors)));
        assert!(text.contains("of 2024 are"), "{text}");
        assert!(text.contains("<th scope=\"col\">11–49</th><th scope=\"col\">1000+</th>"));
        let row = "<td>missing&lt;</td><td>98 %</td><td>±17 %</td><td>±0 %</td>";
        assert!(text.contains(row), "{text}");
        assert!(text.contains("<td>Districts</td>"), "{text}");
        assert!(section(Language::Hindi, None).is_empty());
        assert!(section(Language::English, Some(&noise(Vec::new()))).is_empty());
    }

    #[test]
    fn areas_and_themes_have_the_reader_s_words() {
        let error = ManifestSizeError {
            from: 11,
            to: None,
            median: 0.17,
        };
        let mut told = noise(vec![error]);
        for row in &mut told.utility {
            row.layer = "h3_r5".into();
            row.theme = "child_marriage".into();
        }
        let english = section(Language::English, Some(&told));
        let row = "<td>Hexagons, resolution 5</td><td>child marriage</td>";
        assert!(english.contains(row), "{english}");
        let hindi = section(Language::Hindi, Some(&told));
        assert!(
            hindi.contains("<td>षट्कोण, स्तर 5</td><td>बाल विवाह</td>"),
            "{hindi}"
        );
    }
}
