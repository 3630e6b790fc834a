//! Checks of `[[locate]]`.

use std::collections::BTreeMap;

use safeground_schema::{FieldKind, FieldSpec, Layer, PlaceId, Table};

use super::check::{FOLLOWS_PLACE_ID, field, trimmed};
use super::checked::{CodeKind, Locator, LocatorGroup, Method, Parent};
use super::file::{LocateBy, LocateSpec, MappingFile, WithinSpec};
use crate::IngestError;
use crate::convert::text::normal_text;
use crate::locate::{NameRule, ParentKey, Within};

/// Finest H3 resolution that is kept.
pub(crate) const FINEST_RESOLUTION: u8 = 8;

impl LocatorGroup {
    /// Fields that the group fills.
    pub(super) fn fills(&self, table: Table) -> Vec<&'static str> {
        let mut filled = Vec::new();
        let cell = self.locators.iter().any(|locator| {
            matches!(
                locator.method,
                Method::Coordinates { .. } | Method::Cell { .. }
            )
        });
        if self.target.name != "h3" {
            filled.push(self.target.name);
        }
        if cell {
            filled.push("h3");
        }
        if table == Table::Places {
            if self.target.name == "place_id" {
                filled.extend(FOLLOWS_PLACE_ID);
            }
            if cell
                && self
                    .locators
                    .iter()
                    .any(|locator| matches!(locator.method, Method::Coordinates { .. }))
            {
                filled.extend(["latitude", "longitude"]);
            }
            for locator in self.locators.iter().filter(|locator| locator.create) {
                match locator.method {
                    Method::Code {
                        kind: CodeKind::Lgd,
                        ..
                    } => filled.push("lgd_code"),
                    Method::Code {
                        kind: CodeKind::Census2011,
                        ..
                    } => filled.push("census2011_code"),
                    _ => {}
                }
            }
        }
        filled
    }
}

/// The ways to locate each field, in the order written.
pub(super) fn groups(table: Table, file: &MappingFile) -> Result<Vec<LocatorGroup>, IngestError> {
    let mut groups: Vec<LocatorGroup> = Vec::new();
    for (index, spec) in file.locate.iter().enumerate() {
        let key = format!("locate[{index}]");
        let target = target(table, spec, &key)?;
        let locator = locator(table, target, spec, &file.source.missing, &key)?;
        match groups
            .iter_mut()
            .find(|group| group.target.name == target.name)
        {
            Some(group) => {
                if group.locators[0].create || locator.create {
                    return Err(IngestError::mapping(
                        key,
                        "a row that defines its place is located in one way only",
                        "keep the [[locate]] with `create = true`",
                    ));
                }
                group.locators.push(locator);
            }
            None => groups.push(LocatorGroup {
                target,
                locators: vec![locator],
            }),
        }
    }
    Ok(groups)
}

fn target(table: Table, spec: &LocateSpec, key: &str) -> Result<&'static FieldSpec, IngestError> {
    let by_cell = matches!(spec.by, LocateBy::Coordinates | LocateBy::H3);
    // In `places` the point of a row is a figure of the place, never the way
    // to find it.
    let default = if by_cell && table == Table::Places {
        "h3"
    } else {
        "place_id"
    };
    let name = spec.field.as_deref().unwrap_or(default);
    let target = field(table, &format!("{key}.field"), name)?;
    match target.kind {
        FieldKind::Place => {}
        FieldKind::H3 if by_cell => {}
        _ => {
            return Err(IngestError::mapping(
                format!("{key}.field"),
                format!("field `{name}` holds no place"),
                "name a field that holds a place id, such as `place_id` or `parent_id`",
            ));
        }
    }
    if by_cell {
        if table.field("h3").is_none() {
            return Err(IngestError::mapping(
                format!("{key}.by"),
                format!("table `{table}` has no field `h3`"),
                "locate by `lgd`, `census2011`, `id` or `name`",
            ));
        }
        if !matches!(name, "h3" | "place_id") || !target.nullable {
            return Err(IngestError::mapping(
                format!("{key}.field"),
                format!("a point or cell cannot fill `{name}`"),
                "remove `field`, or write `field = \"h3\"`",
            ));
        }
    }
    Ok(target)
}

fn locator(
    table: Table,
    target: &FieldSpec,
    spec: &LocateSpec,
    missing: &[String],
    key: &str,
) -> Result<Locator, IngestError> {
    keys_belong(spec, key)?;
    if spec.create && (table != Table::Places || target.name != "place_id") {
        return Err(IngestError::mapping(
            format!("{key}.create"),
            "only the place_id of table `places` can be defined by a row",
            "remove `create`; load the places first",
        ));
    }
    if spec.optional && !target.nullable {
        return Err(IngestError::mapping(
            format!("{key}.optional"),
            format!("field `{}` may not be empty", target.name),
            "remove it",
        ));
    }
    if spec.create && !matches!(spec.by, LocateBy::Lgd | LocateBy::Census2011 | LocateBy::Id) {
        return Err(IngestError::mapping(
            format!("{key}.by"),
            "a place is defined by its code",
            "write `by = \"lgd\"`, `\"census2011\"` or `\"id\"`, with `layer`",
        ));
    }
    let method = match spec.by {
        LocateBy::Lgd => code(CodeKind::Lgd, spec, key)?,
        LocateBy::Census2011 => code(CodeKind::Census2011, spec, key)?,
        LocateBy::Id => code(CodeKind::Id, spec, key)?,
        LocateBy::Name => name(spec, key)?,
        LocateBy::Coordinates => coordinates(spec, key)?,
        LocateBy::H3 => Method::Cell {
            column: column(spec, key)?,
            resolution: resolution(spec, key)?,
        },
    };
    Ok(Locator {
        method,
        create: spec.create,
        optional: spec.optional,
        missing: trimmed(missing)
            .into_iter()
            .chain(trimmed(&spec.missing))
            .collect(),
    })
}

/// Keys that the chosen `by` does not read are mistakes.
fn keys_belong(spec: &LocateSpec, key: &str) -> Result<(), IngestError> {
    let by_code = matches!(spec.by, LocateBy::Lgd | LocateBy::Census2011 | LocateBy::Id);
    let by_name = spec.by == LocateBy::Name;
    let by_point = spec.by == LocateBy::Coordinates;
    let by_cell = spec.by == LocateBy::H3;
    let rules = [
        ("layer", spec.layer.is_some(), by_code || by_name),
        ("column", spec.column.is_some(), !by_point),
        ("columns", spec.columns.is_some(), by_code),
        (
            "join",
            spec.join.is_some(),
            by_code && spec.columns.is_some(),
        ),
        ("pad", spec.pad.is_some(), by_code),
        (
            "slug",
            spec.slug,
            spec.by == LocateBy::Id && spec.layer.is_some(),
        ),
        ("within", spec.within.is_some(), by_name),
        ("threshold", spec.threshold.is_some(), by_name),
        ("margin", spec.margin.is_some(), by_name),
        ("aliases", !spec.aliases.is_empty(), by_name),
        ("latitude", spec.latitude.is_some(), by_point),
        ("longitude", spec.longitude.is_some(), by_point),
        ("area", spec.area.is_some(), by_point),
        ("resolution", spec.resolution.is_some(), by_point || by_cell),
    ];
    match rules.iter().find(|(_, given, belongs)| *given && !belongs) {
        Some((name, ..)) => Err(IngestError::mapping(
            format!("{key}.{name}"),
            "this way to locate does not read it",
            "remove it, or correct `by`",
        )),
        None => Ok(()),
    }
}

fn code(kind: CodeKind, spec: &LocateSpec, key: &str) -> Result<Method, IngestError> {
    let columns = match (&spec.column, &spec.columns) {
        (Some(column), None) => vec![normal_text(column).into_owned()],
        (None, Some(columns)) if !columns.is_empty() => columns
            .iter()
            .map(|column| normal_text(column).into_owned())
            .collect(),
        _ => {
            return Err(IngestError::mapping(
                format!("{key}.column"),
                "there must be exactly one of `column` and `columns`",
                "name the column of the code, or the columns that together are the code",
            ));
        }
    };
    if spec.layer.is_none() && (kind != CodeKind::Id || spec.create) {
        return Err(layer_missing(key));
    }
    Ok(Method::Code {
        kind,
        layer: spec
            .layer
            .as_deref()
            .map(|text| layer(&format!("{key}.layer"), text))
            .transpose()?,
        columns,
        join: spec.join.clone().unwrap_or_default(),
        pad: spec.pad.unwrap_or(0),
        slug: spec.slug,
    })
}

fn name(spec: &LocateSpec, key: &str) -> Result<Method, IngestError> {
    let default = NameRule::default();
    let share = |name: &str, value: Option<f64>, default: f64| match value {
        Some(value) if !(0.0..=1.0).contains(&value) => Err(IngestError::mapping(
            format!("{key}.{name}"),
            format!("{value} is outside 0 to 1"),
            format!("write a similarity such as {default}"),
        )),
        other => Ok(other.unwrap_or(default)),
    };
    let aliases = spec
        .aliases
        .iter()
        .map(|(spelling, id)| {
            let id = id.parse::<PlaceId>().map_err(|error| {
                IngestError::mapping(
                    format!("{key}.aliases"),
                    format!("spelling `{spelling}`: {error}"),
                    "write the id of a known place",
                )
            })?;
            Ok((spelling.clone(), id))
        })
        .collect::<Result<BTreeMap<_, _>, IngestError>>()?;
    Ok(Method::Name {
        layer: layer(
            &format!("{key}.layer"),
            spec.layer.as_deref().ok_or_else(|| layer_missing(key))?,
        )?,
        column: column(spec, key)?,
        parent: spec
            .within
            .as_ref()
            .map(|within| parent(within, key))
            .transpose()?,
        rule: NameRule {
            threshold: share("threshold", spec.threshold, default.threshold)?,
            margin: share("margin", spec.margin, default.margin)?,
        },
        aliases,
    })
}

fn parent(spec: &WithinSpec, key: &str) -> Result<Parent, IngestError> {
    let by = match spec.by {
        None | Some(LocateBy::Name) => ParentKey::Name,
        Some(LocateBy::Lgd) => ParentKey::Lgd,
        Some(LocateBy::Census2011) => ParentKey::Census2011,
        Some(_) => {
            return Err(IngestError::mapping(
                format!("{key}.within.by"),
                "a parent is told by its name or code",
                "write `name`, `lgd` or `census2011`",
            ));
        }
    };
    if spec.pad.is_some() && by == ParentKey::Name {
        return Err(IngestError::mapping(
            format!("{key}.within.pad"),
            "a name is not filled with zeros",
            "remove it, or tell the parent by its code",
        ));
    }
    Ok(Parent {
        column: normal_text(&spec.column).into_owned(),
        within: Within {
            layer: layer(&format!("{key}.within.layer"), &spec.layer)?,
            by,
        },
        pad: spec.pad.unwrap_or(0),
    })
}

fn coordinates(spec: &LocateSpec, key: &str) -> Result<Method, IngestError> {
    let (Some(latitude), Some(longitude)) = (&spec.latitude, &spec.longitude) else {
        return Err(IngestError::mapping(
            format!("{key}.latitude"),
            "both `latitude` and `longitude` must name a column",
            "name the columns of the coordinates in degrees",
        ));
    };
    if let Some([west, south, east, north]) = spec.area
        && !(west < east
            && south < north
            && west >= -180.0
            && east <= 180.0
            && south >= -90.0
            && north <= 90.0)
    {
        return Err(IngestError::mapping(
            format!("{key}.area"),
            "the bounds are not west, south, east, north in degrees",
            "write them in this order, such as [68.0, 6.0, 98.0, 38.0]",
        ));
    }
    Ok(Method::Coordinates {
        latitude: normal_text(latitude).into_owned(),
        longitude: normal_text(longitude).into_owned(),
        area: spec.area,
        resolution: resolution(spec, key)?,
    })
}

fn column(spec: &LocateSpec, key: &str) -> Result<String, IngestError> {
    spec.column
        .as_deref()
        .map(|column| normal_text(column).into_owned())
        .ok_or_else(|| {
            IngestError::mapping(
                format!("{key}.column"),
                "no column is named",
                "name the column that tells the place",
            )
        })
}

fn resolution(spec: &LocateSpec, key: &str) -> Result<u8, IngestError> {
    match spec.resolution {
        Some(resolution) if resolution > FINEST_RESOLUTION => Err(IngestError::mapping(
            format!("{key}.resolution"),
            format!("{resolution} is finer than what is kept"),
            format!("write {FINEST_RESOLUTION} or less"),
        )),
        other => Ok(other.unwrap_or(FINEST_RESOLUTION)),
    }
}

fn layer_missing(key: &str) -> IngestError {
    IngestError::mapping(
        format!("{key}.layer"),
        "no layer is named",
        "write a level such as `district`, or a level of a vintage such as `district@2011`",
    )
}

fn layer(key: &str, text: &str) -> Result<Layer, IngestError> {
    text.parse().map_err(|error| {
        IngestError::mapping(
            key,
            format!("{error}"),
            "write a level such as `district`, or a level of a vintage such as `district@2011`",
        )
    })
}
