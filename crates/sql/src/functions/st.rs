//! `st_*`: geometry under PostGIS names, from `geodatafusion`.
//!
//! Geometry goes in and out as GeoArrow, or as WKB and WKT through
//! `st_geomfromwkb`, `st_asbinary` and the like. Nothing here is our own but
//! the words where `geodatafusion` lacks them, or has those of another
//! function.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::logical_expr::{AggregateUDF, DocSection, Documentation, ScalarUDF};
use datafusion::prelude::SessionContext;

/// Registers all of them.
pub(super) fn register(context: &SessionContext) {
    geodatafusion::register(context);
}

/// The functions `geodatafusion` adds to a session that has none of them, each
/// once: a function is registered under its aliases too.
pub(super) fn functions() -> (Vec<Arc<ScalarUDF>>, Vec<Arc<AggregateUDF>>) {
    let context = SessionContext::new();
    let before = context.state();
    register(&context);
    let after = context.state();
    let scalars: BTreeMap<_, _> = after
        .scalar_functions()
        .iter()
        .filter(|(name, function)| {
            *name == function.name() && !before.scalar_functions().contains_key(*name)
        })
        .collect();
    let aggregates: BTreeMap<_, _> = after
        .aggregate_functions()
        .iter()
        .filter(|(name, function)| {
            *name == function.name() && !before.aggregate_functions().contains_key(*name)
        })
        .collect();
    (
        scalars.into_values().cloned().collect(),
        aggregates.into_values().cloned().collect(),
    )
}

const SECTION: DocSection = DocSection {
    include: true,
    label: "Geometry functions",
    description: None,
};

/// What is said of a function in place of what `geodatafusion` says of it.
struct Words {
    name: &'static str,
    signature: &'static str,
    /// `None` where theirs is right.
    description: Option<&'static str>,
}

/// Functions whose signature is missing, is that of another function, or is a
/// call with somebody's numbers.
const OURS: &[Words] = &[
    Words {
        name: "st_3dmakebox",
        signature: "ST_3DMakeBox(pointLowLeft, pointUpRight)",
        description: None,
    },
    Words {
        name: "st_extent",
        signature: "ST_Extent(geometry)",
        description: Some(
            "Returns the smallest rectangle around all geometries of a group, as a struct of xmin, \
             ymin, xmax and ymax. Leave NULL and empty geometries out with a filter: where there is \
             nothing else, in a group or in one batch of its rows, the rectangle is infinite.",
        ),
    },
    Words {
        name: "st_makebox2d",
        signature: "ST_MakeBox2D(pointLowLeft, pointUpRight)",
        description: None,
    },
    Words {
        name: "st_makepoint",
        signature: "ST_MakePoint(x, y[, z[, m]])",
        description: None,
    },
    Words {
        name: "st_makepointm",
        signature: "ST_MakePointM(x, y, m)",
        description: None,
    },
    Words {
        name: "st_numinteriorrings",
        signature: "ST_NumInteriorRings(geometry)",
        description: Some(
            "Returns the number of interior rings of a polygon. Returns NULL if the input is not a \
             polygon.",
        ),
    },
    Words {
        name: "st_point",
        signature: "ST_Point(x, y[, srid])",
        description: None,
    },
    Words {
        name: "st_pointm",
        signature: "ST_PointM(x, y, m[, srid])",
        description: None,
    },
    Words {
        name: "st_pointz",
        signature: "ST_PointZ(x, y, z[, srid])",
        description: None,
    },
    Words {
        name: "st_pointzm",
        signature: "ST_PointZM(x, y, z, m[, srid])",
        description: None,
    },
];

/// What is said of a function: [`OURS`], and else what `geodatafusion` says.
pub(super) fn documentation(name: &str, theirs: Option<&Documentation>) -> Documentation {
    let mut documentation = theirs
        .cloned()
        .unwrap_or_else(|| Documentation::builder(SECTION, "", "").build());
    documentation.doc_section = SECTION;
    if let Some(words) = OURS.iter().find(|words| words.name == name) {
        documentation.syntax_example = words.signature.to_owned();
        if let Some(description) = words.description {
            documentation.description = description.to_owned();
        }
    }
    let description = &mut documentation.description;
    // Some of theirs end without one.
    if !description.is_empty() && !description.ends_with('.') {
        description.push('.');
    }
    documentation
}
