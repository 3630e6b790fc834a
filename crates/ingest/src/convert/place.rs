//! What the fields of a place follow from.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, Int64Array, StringArray};
use arrow::datatypes::Float64Type;
use safeground_schema::{ErrorCode, Table};

use super::geometry::Shape;
use super::locate::{Found, Located, Point, cell_of};
use super::reject::{Cause, Rows};
use crate::mapping::{CodeKind, FINEST_RESOLUTION, LocatorGroup, Method};

/// Arrays of a record, one per field of the table; `None` where nothing has
/// filled the field yet.
pub(super) struct Fields {
    table: Table,
    arrays: Vec<Option<ArrayRef>>,
}

impl Fields {
    pub(super) fn new(table: Table) -> Self {
        Self {
            table,
            arrays: vec![None; table.fields().len()],
        }
    }

    fn index(&self, name: &str) -> usize {
        self.table
            .fields()
            .iter()
            .position(|field| field.name == name)
            .expect("the mapping was checked against the fields of the table")
    }

    pub(super) fn get(&self, name: &str) -> Option<&ArrayRef> {
        self.table.field(name)?;
        self.arrays[self.index(name)].as_ref()
    }

    pub(super) fn set_at(&mut self, index: usize, array: ArrayRef) {
        self.arrays[index] = Some(array);
    }

    fn set(&mut self, name: &str, array: ArrayRef) {
        let index = self.index(name);
        self.arrays[index] = Some(array);
    }

    pub(super) fn into_arrays(self) -> Vec<Option<ArrayRef>> {
        self.arrays
    }
}

/// Fills the fields that locating decides.
pub(super) fn fill_located(fields: &mut Fields, groups: &[LocatorGroup], found: &[Found]) {
    for (group, found) in groups.iter().zip(found) {
        let texts = |text: fn(&Located) -> Option<&str>| -> ArrayRef {
            Arc::new(
                found
                    .places
                    .iter()
                    .map(|place| place.as_ref().and_then(text))
                    .collect::<StringArray>(),
            )
        };
        let has_cell = group.locators.iter().any(|locator| {
            matches!(
                locator.method,
                Method::Coordinates { .. } | Method::Cell { .. }
            )
        });
        if group.target.name != "h3" {
            fields.set(group.target.name, texts(|place| Some(&place.id)));
        }
        if has_cell {
            fields.set(
                "h3",
                Arc::new(found.cells.iter().copied().collect::<Int64Array>()),
            );
        }
        if fields.table != Table::Places {
            continue;
        }
        if group.target.name == "place_id" {
            fields.set("level", texts(|place| Some(place.level)));
            fields.set("vintage", texts(|place| place.vintage.as_deref()));
        }
        for locator in &group.locators {
            match locator.method {
                Method::Code {
                    kind: CodeKind::Lgd,
                    ..
                } if locator.create => {
                    fields.set("lgd_code", texts(|place| place.code.as_deref()));
                }
                Method::Code {
                    kind: CodeKind::Census2011,
                    ..
                } if locator.create => {
                    fields.set("census2011_code", texts(|place| place.code.as_deref()));
                }
                Method::Coordinates { .. } => {
                    let degrees = |of: fn(&Point) -> f64| -> ArrayRef {
                        Arc::new(
                            found
                                .points
                                .iter()
                                .map(|point| point.as_ref().map(of))
                                .collect::<Float64Array>(),
                        )
                    };
                    fields.set("latitude", degrees(|point| point.latitude));
                    fields.set("longitude", degrees(|point| point.longitude));
                }
                _ => {}
            }
        }
    }
}

/// Fills what a place's polygon and point tell: the point inside and the
/// area where the mapping gives none, and the H3 cell of the point.
pub(super) fn derive(fields: &mut Fields, shapes: &[Option<Shape>], rows: &mut Rows) {
    let height = rows.len();
    let given = |fields: &Fields, name: &str| -> Vec<Option<f64>> {
        match fields.get(name) {
            Some(array) => array.as_primitive::<Float64Type>().iter().collect(),
            None => vec![None; height],
        }
    };
    let shape = |row: usize| shapes.get(row).copied().flatten();
    let mut latitudes = given(fields, "latitude");
    let mut longitudes = given(fields, "longitude");
    let mut areas = given(fields, "area_km2");
    let column: Arc<str> = Arc::from("latitude, longitude");
    for row in 0..height {
        match (latitudes[row], longitudes[row], shape(row)) {
            (None, None, Some(shape)) => {
                latitudes[row] = Some(shape.latitude);
                longitudes[row] = Some(shape.longitude);
            }
            (Some(_), None, _) | (None, Some(_), _) => rows.reject(row, || {
                Cause::of_column(ErrorCode::CoordinateInvalid, &column, None)
            }),
            _ => {}
        }
        if let (None, Some(shape)) = (areas[row], shape(row)) {
            areas[row] = Some(shape.area_km2);
        }
    }
    if fields.get("h3").is_none_or(|cells| cells.null_count() > 0) {
        let before = fields.get("h3").cloned();
        let cells: Int64Array = (0..height)
            .map(|row| {
                let kept = before.as_ref().and_then(|cells| {
                    let cells = cells.as_primitive::<arrow::datatypes::Int64Type>();
                    cells.is_valid(row).then(|| cells.value(row))
                });
                let point = latitudes[row].zip(longitudes[row]);
                kept.or_else(|| {
                    let (latitude, longitude) = point?;
                    cell_of(
                        Point {
                            latitude,
                            longitude,
                        },
                        FINEST_RESOLUTION,
                    )
                })
            })
            .collect();
        fields.set("h3", Arc::new(cells));
    }
    fields.set("latitude", Arc::new(Float64Array::from(latitudes)));
    fields.set("longitude", Arc::new(Float64Array::from(longitudes)));
    fields.set("area_km2", Arc::new(Float64Array::from(areas)));
}
