//! What a request names, found in a release: places, bases, themes, earlier
//! visits, territories.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use safeground_planning::choose::LatLng;
use safeground_schema::ThemeKind;
use safeground_schema::release::Manifest;

use crate::ask::{BaseAsk, TeamAsk};
use crate::benefit::Weighted;
use crate::candidates::VILLAGE;
use crate::tables::{Tables, Wanted, kind_of};
use crate::{Ask, CampaignError};

/// The points where teams set out, as far as stated.
pub(crate) fn bases(ask: &Ask, tables: &Tables) -> Result<Vec<Option<LatLng>>, CampaignError> {
    let base = |(number, team): (usize, &TeamAsk)| {
        let base = team.base.as_ref();
        base.map(|base| base_of(&format!("teams[{number}].base"), base, tables))
            .transpose()
    };
    ask.teams.iter().enumerate().map(base).collect()
}

fn base_of(field: &str, base: &BaseAsk, tables: &Tables) -> Result<LatLng, CampaignError> {
    let fail = |value: String, expected| CampaignError::Setting {
        field: field.to_owned(),
        value,
        expected,
    };
    let (latitude, longitude) = match base {
        BaseAsk::Point {
            latitude,
            longitude,
        } => (*latitude, *longitude),
        BaseAsk::Place(value) => {
            let place = resolve(tables, field, value, ANY)?;
            tables.places[place].position.ok_or_else(|| {
                fail(
                    value.clone(),
                    "a place with a position; give latitude and longitude instead",
                )
            })?
        }
    };
    if latitude.abs() <= 90.0 && longitude.abs() <= 180.0 {
        Ok(LatLng {
            latitude,
            longitude,
        })
    } else {
        Err(fail(
            format!("{latitude}, {longitude}"),
            "degrees north (−90 to 90) and east (−180 to 180)",
        ))
    }
}

/// Layers that a place may be of.
pub(crate) const ANY: &[&str] = &["state", "district", "subdistrict", "block", VILLAGE];

/// A place by identifier, or by a name that it alone has among these layers.
pub(crate) fn resolve(
    tables: &Tables,
    field: &str,
    value: &str,
    layers: &[&str],
) -> Result<usize, CampaignError> {
    let of_layer = |number: usize| layers.contains(&tables.places[number].layer.as_str());
    if let Some(number) = tables.number(value).filter(|number| of_layer(*number)) {
        return Ok(number);
    }
    let sought = value.trim().to_lowercase();
    let named: Vec<usize> = (0..tables.places.len())
        .filter(|number| of_layer(*number))
        .filter(|number| tables.places[*number].name.to_lowercase() == sought)
        .collect();
    match named.as_slice() {
        [number] => Ok(*number),
        [] => Err(CampaignError::Unknown {
            field: field.to_owned(),
            value: value.to_owned(),
            release_id: tables.release_id.clone(),
            nearest: nearest(tables, &sought, layers),
        }),
        several => Err(CampaignError::Ambiguous {
            field: field.to_owned(),
            value: value.to_owned(),
            ids: several
                .iter()
                .take(10)
                .map(|number| tables.places[*number].id.clone())
                .collect(),
        }),
    }
}

/// The name or identifier spelt most like the one sought.
fn nearest(tables: &Tables, sought: &str, layers: &[&str]) -> Option<String> {
    let of_layer = tables
        .places
        .iter()
        .filter(|place| layers.contains(&place.layer.as_str()));
    of_layer
        .map(|place| {
            let by_name = strsim::jaro_winkler(sought, &place.name.to_lowercase());
            let by_id = strsim::jaro_winkler(sought, &place.id);
            (by_name.max(by_id), place)
        })
        .filter(|(likeness, _)| *likeness > 0.85)
        .max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.id.cmp(&a.1.id)))
        .map(|(_, place)| format!("{} ({})", place.name, place.id))
}

pub(crate) fn themes_of(
    ask: &Ask,
    manifest: &Manifest,
) -> Result<(Vec<Weighted>, Wanted), CampaignError> {
    let mut themes = Vec::new();
    for (code, weight) in &ask.themes {
        let theme = Weighted::of(manifest, code, *weight).map_err(|reason| {
            let possible = manifest.themes.iter().map(|theme| theme.code.clone());
            CampaignError::Theme {
                theme: code.clone(),
                reason,
                possible: possible
                    .filter(|code| Weighted::of(manifest, code, 1.0).is_ok())
                    .collect(),
            }
        })?;
        themes.push(theme);
    }
    let mut wanted = Wanted {
        themes: BTreeMap::new(),
    };
    for theme in &themes {
        let mut periods: Vec<&str> = manifest
            .available
            .iter()
            .filter(|available| available.theme == theme.code)
            .filter(|available| ANY.contains(&available.layer.as_str()))
            .flat_map(|available| available.periods.iter().map(String::as_str))
            .collect();
        periods.sort_unstable();
        periods.dedup();
        // A published indicator has years of its own: the latest is taken.
        let is_indicator = kind_of(manifest, &theme.code) == Some(ThemeKind::Indicator);
        let asked = ask.period.as_deref().filter(|_| !is_indicator);
        let period = match asked {
            Some(asked) if periods.contains(&asked) => Some(asked),
            Some(_) => None,
            None => periods.last().copied(),
        };
        let Some(period) = period else {
            return Err(CampaignError::Unknown {
                field: "period".to_owned(),
                value: ask.period.clone().unwrap_or_default(),
                release_id: manifest.release_id.clone(),
                nearest: periods.last().map(|period| (*period).to_owned()),
            });
        };
        wanted.themes.insert(theme.code.clone(), period.to_owned());
    }
    Ok((themes, wanted))
}

pub(crate) fn earlier_visits(
    ask: &Ask,
    tables: &Tables,
) -> Result<Vec<(usize, NaiveDate, u64)>, CampaignError> {
    let mut visits = Vec::new();
    for (number, visit) in ask.earlier.visits.iter().enumerate() {
        let field = format!("earlier.visits[{number}].village");
        let place = resolve(tables, &field, &visit.village, &[VILLAGE])?;
        if visit.date > ask.from {
            return Err(CampaignError::Setting {
                field: format!("earlier.visits[{number}].date"),
                value: visit.date.to_string(),
                expected: "a day before the campaign begins",
            });
        }
        visits.push((place, visit.date, visit.households));
    }
    Ok(visits)
}

pub(crate) fn territories_of(
    ask: &Ask,
    tables: &Tables,
) -> Result<Vec<(usize, String)>, CampaignError> {
    ask.territories
        .iter()
        .map(|(place, partner)| {
            let number = resolve(tables, "territories", place, ANY)?;
            Ok((number, partner.clone()))
        })
        .collect()
}
