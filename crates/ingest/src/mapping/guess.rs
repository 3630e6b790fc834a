//! What headers usually mean.

use safeground_schema::{FieldKind, FieldSpec, Level, Table};

use super::profile::{DateForm, Profile};
use crate::convert::text::folded;

/// Headers, folded, that usually fill a field.
const USUAL: &[(&str, &[&str])] = &[
    (
        "date",
        &[
            "date",
            "month",
            "dateofincident",
            "incidentdate",
            "dateofevent",
            "eventdate",
            "dateofreport",
            "dateofreporting",
            "reportdate",
            "reportingdate",
            "dateofregistration",
            "registrationdate",
            "dateofrescue",
            "rescuedate",
            "dateofintervention",
            "interventiondate",
            "dateofvisit",
            "visitdate",
            "dateoftraining",
            "trainingdate",
            "दिनांक",
            "तिथि",
            "तारीख",
        ],
    ),
    (
        "category",
        &[
            "category",
            "type",
            "crime",
            "offence",
            "typeofcase",
            "casetype",
            "श्रेणी",
        ],
    ),
    (
        "detection_mode",
        &[
            "detectionmode",
            "source",
            "modeofdetection",
            "channel",
            "how",
        ],
    ),
    (
        "children",
        &[
            "children",
            "noofchildren",
            "numberofchildren",
            "childrenrescued",
            "बच्चे",
        ],
    ),
    ("age_band", &["ageband", "agegroup", "age"]),
    ("sex", &["sex", "gender", "लिंग"]),
    (
        "partner",
        &["partner", "organisation", "organization", "ngo", "संस्था"],
    ),
    (
        "incident_key",
        &["case", "caseid", "caseno", "casenumber", "incidentid", "id"],
    ),
    ("child_key", &["childid", "childcode", "beneficiaryid"]),
    (
        "event_key",
        &["eventid", "operationid", "interventionid", "caseid"],
    ),
    ("case_key", &["case", "caseid", "caseno", "casenumber"]),
    ("stage", &["stage", "casestage", "status"]),
    ("case_stage", &["casestage", "stage"]),
    ("method", &["method", "howstopped"]),
    ("outcome", &["outcome", "result"]),
    ("follow_up", &["followup", "scheme"]),
    ("scheme", &["scheme", "schemename", "योजना"]),
    ("eligible", &["eligible", "entitled"]),
    ("applied", &["applied", "applications"]),
    ("enrolled", &["enrolled", "sanctioned", "beneficiaries"]),
    ("refused", &["refused", "rejected"]),
    ("sessions", &["sessions", "counsellingsessions"]),
    (
        "mental_health_referrals",
        &["mentalhealthreferrals", "referrals"],
    ),
    ("cadre", &["cadre", "participanttype"]),
    ("participants", &["participants", "attendance", "people"]),
    ("topic", &["topic", "subject"]),
    ("activity", &["activity", "activitytype"]),
    (
        "households_reached",
        &["householdsreached", "households", "families"],
    ),
    ("pledges", &["pledges", "pledge"]),
    ("channel", &["channel", "activity"]),
    (
        "staff_days",
        &["staffdays", "days", "mandays", "persondays"],
    ),
    ("reports", &["reports", "referrals", "count"]),
    ("report_type", &["reporttype", "type"]),
    ("establishments_closed", &["establishmentsclosed"]),
    ("indicator", &["indicator", "indicatorname"]),
    ("period", &["period", "year"]),
    ("value", &["value", "figure"]),
    ("unit", &["unit"]),
    ("sample_size", &["samplesize", "respondents"]),
    ("standard_error", &["standarderror", "se"]),
    (
        "population",
        &["population", "totpopula", "totp", "people", "जनसंख्या"],
    ),
    ("households", &["households", "nohh", "families"]),
    ("children_0_6", &["p06", "children06"]),
    (
        "children_under_18",
        &["children", "childrenunder18", "under18"],
    ),
    ("area_km2", &["area", "areakm2", "areasqkm"]),
    ("latitude", &["latitude", "lat", "y"]),
    ("longitude", &["longitude", "lng", "lon", "long", "x"]),
    ("geometry", &["geometry"]),
    ("weight", &["weight", "share"]),
];

/// Words of a header that tell a level.
const LEVELS: &[(Level, &[&str])] = &[
    (Level::Habitation, &["habitation", "hab"]),
    (Level::Village, &["village", "vt", "gram", "गाँव", "गांव"]),
    (Level::Block, &["block", "cdblock", "प्रखंड", "ब्लॉक"]),
    (
        Level::Subdistrict,
        &["subdistrict", "sdt", "tehsil", "taluk", "taluka", "mandal"],
    ),
    (Level::District, &["district", "dist", "dt", "जिला", "ज़िला"]),
    (
        Level::State,
        &["state", "st", "stateut", "statesuts", "राज्य"],
    ),
];

/// Whether a column may fill a field, by its header and its cells.
pub(super) fn fits(field: &FieldSpec, profile: &Profile) -> bool {
    let header = folded(&profile.name);
    let is_usual = header == folded(field.name)
        || USUAL
            .iter()
            .any(|(name, headers)| *name == field.name && headers.contains(&header.as_str()));
    is_usual
        && match field.kind {
            FieldKind::Integer | FieldKind::Number => profile.is_numeric(),
            FieldKind::Date => profile.date_form() != DateForm::None,
            FieldKind::Place | FieldKind::H3 => false,
            _ => true,
        }
}

/// A level and the columns that tell its place.
pub(super) struct LevelColumns {
    pub level: Level,
    pub code: Option<String>,
    pub is_census: bool,
    pub name: Option<String>,
}

/// Levels that the headers speak of, finest first.
pub(super) fn levels(profiles: &[Profile]) -> Vec<LevelColumns> {
    LEVELS
        .iter()
        .filter_map(|(level, words)| {
            let of_level: Vec<(&Profile, String)> = profiles
                .iter()
                .filter_map(|profile| {
                    let header = folded(&profile.name);
                    let rest = words
                        .iter()
                        .filter_map(|word| header.strip_prefix(word))
                        .min_by_key(|rest| rest.len())?;
                    let is_known = [
                        "",
                        "code",
                        "name",
                        "lgdcode",
                        "censuscode",
                        "census2011code",
                        "id",
                        "ut",
                    ]
                    .contains(&rest);
                    is_known.then(|| (profile, rest.to_owned()))
                })
                .collect();
            let code = of_level.iter().find(|(profile, rest)| {
                rest.contains("code") || rest == "id" || (rest.is_empty() && profile.is_numeric())
            });
            let name = of_level.iter().find(|(profile, rest)| {
                (rest.is_empty() || rest == "name" || rest == "ut") && !profile.is_numeric()
            });
            if code.is_none() && name.is_none() {
                return None;
            }
            Some(LevelColumns {
                level: *level,
                code: code.map(|(profile, _)| profile.name.clone()),
                is_census: code.is_some_and(|(_, rest)| rest.contains("census")),
                name: name.map(|(profile, _)| profile.name.clone()),
            })
        })
        .collect()
}

/// The table whose fields most headers fit; `None` where two fit alike.
pub(super) fn table(profiles: &[Profile]) -> Option<Table> {
    let mut scores: Vec<(usize, Table)> = Table::ALL
        .iter()
        .map(|table| {
            let score = table
                .fields()
                .iter()
                .filter(|field| profiles.iter().any(|profile| fits(field, profile)))
                .map(|field| if field.nullable { 1 } else { 2 })
                .sum();
            (score, *table)
        })
        .collect();
    scores.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    match scores.as_slice() {
        [(first, table), (second, _), ..] if first > second => Some(*table),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_usual_header_belongs_to_a_field_and_is_folded() {
        for (name, headers) in USUAL {
            assert!(
                Table::ALL.iter().any(|table| table.field(name).is_some()),
                "{name}"
            );
            for header in *headers {
                assert_eq!(folded(header), *header);
            }
        }
    }
}
