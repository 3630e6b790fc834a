//! `st_asmvt`: rows as a vector tile.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, FieldRef, Fields, Schema};
use datafusion::common::{Result, ScalarValue, plan_err};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::format_state_name;
use datafusion::logical_expr::{
    Accumulator, AggregateUDFImpl, ColumnarValue, Documentation, Signature, Volatility,
};
use datafusion::physical_expr::PhysicalExpr;

use super::SECTION;
use super::aggregate::Rows;
use super::encoding::{LayerParams, check_properties};

const NAME: &str = "st_asmvt";

const SYNTAX: &str = "st_asmvt(row[, name][, extent][, geometry_name][, id_name])";

/// Name of a layer where nothing else is said.
const LAYER: &str = "default";

/// Units along its side where nothing else is said.
const EXTENT: u32 = 4_096;

/// The function.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct AsMvt {
    signature: Signature,
    documentation: Documentation,
}

impl AsMvt {
    pub(super) fn new() -> Self {
        Self {
            signature: Signature::user_defined(Volatility::Immutable),
            documentation: Documentation::builder(
                SECTION,
                "A Mapbox vector tile of one layer, a feature for each row with a geometry, in the order of the rows; empty without any. Tiles of several layers are the tiles put behind each other. Columns of the row are properties of its feature, null ones left out.",
                SYNTAX,
            )
            .with_argument(
                "row",
                "named_struct('geometry', ..., 'name', ...): PostGIS takes a row there, which this SQL has no word for. Its geometry is in units of the tile (st_asmvtgeom).",
            )
            .with_argument("name", "Name of the layer, a constant. Default 'default'.")
            .with_argument("extent", "Units along its side, a constant. Default 4096.")
            .with_argument(
                "geometry_name",
                "Column of geometry, a constant. Default the first with geometry or bytes.",
            )
            .with_argument(
                "id_name",
                "Column of whole numbers that are ids of features and no property, a constant. Default none.",
            )
            .with_sql_example(
                "SELECT st_asmvt(named_struct('geometry', st_asmvtgeom(st_transform(st_geomfromwkb(geometry), 3857), st_tileenvelope(5, 22, 13)), 'name', name), 'places') FROM places",
            )
            .build(),
        }
    }

    /// How the layer is written, from the row's type and the constants.
    fn params(&self, fields: &Fields, constants: &[Arc<dyn PhysicalExpr>]) -> Result<LayerParams> {
        let text = |place: usize| match constants.get(place).map(value) {
            None => Ok(None),
            Some(Some(ScalarValue::Utf8(text) | ScalarValue::Utf8View(text))) => Ok(text),
            Some(Some(ScalarValue::Null)) => Ok(None),
            Some(_) => plan_err!("names must be constant texts: write {SYNTAX}"),
        };
        let extent = match constants.get(1).map(value) {
            None | Some(Some(ScalarValue::Null)) => Some(EXTENT),
            Some(Some(number)) if number.data_type().is_integer() => {
                match number.cast_to(&DataType::UInt32) {
                    Ok(ScalarValue::UInt32(Some(extent))) if extent > 0 => Some(extent),
                    _ => None,
                }
            }
            Some(_) => None,
        };
        let Some(extent) = extent else {
            return plan_err!("the extent must be a constant whole number above 0: write {SYNTAX}");
        };
        let named = |name: String| match fields.iter().position(|field| *field.name() == name) {
            Some(place) => Ok(place),
            None => plan_err!("the row of {NAME} has no column of a name that it is given"),
        };
        let geometry = match text(2)? {
            Some(name) => named(name)?,
            None => match fields.iter().position(is_geometry) {
                Some(place) => place,
                None => return plan_err!("the row of {NAME} has no geometry"),
            },
        };
        let id = text(3)?.map(named).transpose()?;
        if id.is_some_and(|id| !fields[id].data_type().is_integer()) {
            return plan_err!("ids of features are whole numbers: write {SYNTAX}");
        }
        let params = LayerParams {
            function: NAME,
            name: text(0)?.unwrap_or_else(|| LAYER.to_owned()),
            extent,
            geometry,
            id,
        };
        check_properties(&params, fields)?;
        Ok(params)
    }
}

/// Whether a column of a row is taken for its geometry.
fn is_geometry(field: &FieldRef) -> bool {
    let bytes = [
        DataType::Binary,
        DataType::LargeBinary,
        DataType::BinaryView,
    ];
    let marked = field.extension_type_name();
    bytes.contains(field.data_type()) || marked.is_some_and(|name| name.starts_with("geoarrow."))
}

/// The value of an expression without columns.
fn value(expression: &Arc<dyn PhysicalExpr>) -> Option<ScalarValue> {
    let nothing = RecordBatch::new_empty(Arc::new(Schema::empty()));
    match expression.evaluate(&nothing) {
        Ok(ColumnarValue::Scalar(value)) => Some(value),
        _ => None,
    }
}

impl AggregateUDFImpl for AsMvt {
    fn name(&self) -> &str {
        NAME
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        match given {
            [DataType::Struct(_), ..] if given.len() <= 5 => Ok(given.to_vec()),
            _ => plan_err!("the row must be a struct: write {SYNTAX}"),
        }
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Binary)
    }

    fn accumulator(&self, arguments: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        if arguments.is_distinct {
            return plan_err!("{NAME} cannot be asked for DISTINCT rows");
        }
        let data_type = arguments.expr_fields[0].data_type();
        let DataType::Struct(fields) = data_type else {
            return plan_err!("the row must be a struct: write {SYNTAX}");
        };
        let params = self.params(fields, &arguments.exprs[1..])?;
        Ok(Box::new(Rows::new(params, data_type.clone())))
    }

    fn state_fields(&self, arguments: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        let row = arguments.input_fields[0].data_type().clone();
        let list = DataType::List(Arc::new(Field::new_list_field(row, true)));
        let name = format_state_name(arguments.name, "rows");
        Ok(vec![Arc::new(Field::new(name, list, true))])
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(&self.documentation)
    }
}
