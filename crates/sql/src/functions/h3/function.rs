//! The one `ScalarUDFImpl` behind all h3 functions.
//!
//! A function is a [`FunctionSpec`]: what it takes, what it gives, what it
//! says of itself, and a kernel over Arrow arrays. Types are checked once, at
//! planning; kernels see only the types of [`ArgumentKind`].

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, Field};
use datafusion::common::{Result, ScalarValue, exec_err, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, DocSection, Documentation, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl,
    Signature, Volatility,
};

use super::arguments::Arguments;

/// What an argument takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ArgumentKind {
    /// An H3 index: `UInt64`, `Int64` or hexadecimal text.
    Index,
    /// A list of H3 indexes of one of these types.
    IndexList,
    /// A whole number.
    Integer,
    /// A list of whole numbers.
    IntegerList,
    /// A number.
    Number,
    /// Text that is not an index: a unit, a mode, WKT.
    Text,
    /// Bytes: WKB.
    Bytes,
}

/// What a function gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Returns {
    /// An index of the type of the argument at this place.
    SameIndex(usize),
    /// A list of indexes of the type of the argument at this place.
    SameIndexList(usize),
    /// A list of lists of indexes of the type of the argument at this place.
    SameIndexLists(usize),
    /// `UInt64`.
    Unsigned,
    /// A list of `UInt64`.
    UnsignedList,
    /// `Utf8`.
    Text,
    /// A list of `Utf8`.
    TextList,
    /// `Binary`.
    Bytes,
    /// `Float64`.
    Number,
    /// A list of `Float64`.
    NumberList,
    /// `Int32`.
    Integer,
    /// A list of `Int32`.
    IntegerList,
    /// `Int64`.
    Long,
    /// `Boolean`.
    Boolean,
}

/// One argument of a function.
#[derive(Debug, Clone, Copy)]
pub(super) struct ArgumentSpec {
    pub(super) name: &'static str,
    pub(super) kind: ArgumentKind,
    pub(super) description: &'static str,
}

/// An argument of a function, in short.
pub(super) const fn argument(
    name: &'static str,
    kind: ArgumentKind,
    description: &'static str,
) -> ArgumentSpec {
    ArgumentSpec {
        name,
        kind,
        description,
    }
}

/// One function.
pub(super) struct FunctionSpec {
    pub(super) name: &'static str,
    pub(super) description: &'static str,
    pub(super) arguments: &'static [ArgumentSpec],
    /// How many of the last arguments may be left out.
    pub(super) optional: usize,
    pub(super) returns: Returns,
    pub(super) example: &'static str,
    /// Where it differs from DuckDB's function of the name; empty if nowhere.
    pub(super) difference: &'static str,
    pub(super) kernel: fn(&Arguments) -> Result<ArrayRef>,
}

/// The section of the documentation that h3 functions stand in.
pub(super) const SECTION: DocSection = DocSection {
    include: true,
    label: "H3 functions",
    description: None,
};

/// A function that DataFusion can call.
pub(super) struct H3Function {
    spec: &'static FunctionSpec,
    signature: Signature,
    documentation: Documentation,
}

impl H3Function {
    /// The function as DataFusion registers it.
    pub(super) fn udf(spec: &'static FunctionSpec) -> ScalarUDF {
        let signature = if spec.arguments.is_empty() {
            Signature::nullary(Volatility::Immutable)
        } else {
            Signature::user_defined(Volatility::Immutable)
        };
        ScalarUDF::new_from_impl(Self {
            spec,
            signature,
            documentation: document(spec),
        })
    }
}

fn document(spec: &FunctionSpec) -> Documentation {
    let required = spec.arguments.len() - spec.optional;
    let mut syntax = format!("{}(", spec.name);
    for (place, argument) in spec.arguments.iter().enumerate() {
        if place >= required {
            syntax.push('[');
        }
        if place > 0 {
            syntax.push_str(", ");
        }
        syntax.push_str(argument.name);
    }
    syntax.extend(std::iter::repeat_n(']', spec.optional));
    syntax.push(')');
    spec.arguments
        .iter()
        .fold(
            Documentation::builder(SECTION, spec.description, syntax)
                .with_sql_example(spec.example),
            |builder, argument| builder.with_argument(argument.name, argument.description),
        )
        .build()
}

impl std::fmt::Debug for H3Function {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.spec.name)
    }
}

// There is one function of a name, so the name stands for it.
impl PartialEq for H3Function {
    fn eq(&self, other: &Self) -> bool {
        self.spec.name == other.spec.name
    }
}

impl Eq for H3Function {}

impl Hash for H3Function {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.spec.name.hash(state);
    }
}

impl ScalarUDFImpl for H3Function {
    fn name(&self) -> &str {
        self.spec.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        let arguments = self.spec.arguments;
        if given.len() > arguments.len() || given.len() + self.spec.optional < arguments.len() {
            return plan_err!(
                "{} got {} arguments: write {}",
                self.spec.name,
                given.len(),
                self.documentation.syntax_example
            );
        }
        given
            .iter()
            .zip(arguments)
            .map(|(given, argument)| match coerced(argument.kind, given) {
                Some(coerced) => Ok(coerced),
                None => plan_err!(
                    "argument {} of {} is of type {given}: give {}",
                    argument.name,
                    self.spec.name,
                    expected(argument.kind)
                ),
            })
            .collect()
    }

    fn return_type(&self, given: &[DataType]) -> Result<DataType> {
        let index = |place: usize| match given.get(place) {
            Some(DataType::List(item)) => index_type(item.data_type()),
            Some(other) => index_type(other),
            None => DataType::UInt64,
        };
        Ok(match self.spec.returns {
            Returns::SameIndex(place) => index(place),
            Returns::SameIndexList(place) => list_of(index(place)),
            Returns::SameIndexLists(place) => list_of(list_of(index(place))),
            Returns::Unsigned => DataType::UInt64,
            Returns::UnsignedList => list_of(DataType::UInt64),
            Returns::Text => DataType::Utf8,
            Returns::TextList => list_of(DataType::Utf8),
            Returns::Bytes => DataType::Binary,
            Returns::Number => DataType::Float64,
            Returns::NumberList => list_of(DataType::Float64),
            Returns::Integer => DataType::Int32,
            Returns::IntegerList => list_of(DataType::Int32),
            Returns::Long => DataType::Int64,
            Returns::Boolean => DataType::Boolean,
        })
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let constant = arguments
            .args
            .iter()
            .all(|value| matches!(value, ColumnarValue::Scalar(_)));
        let rows = if constant { 1 } else { arguments.number_rows };
        let result = (self.spec.kernel)(&Arguments::new(self.spec, &arguments.args, rows)?)?;
        if result.len() != rows {
            return exec_err!("{} gave {} rows for {rows}", self.spec.name, result.len());
        }
        if constant {
            return Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(
                &result, 0,
            )?));
        }
        Ok(ColumnarValue::Array(result))
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(&self.documentation)
    }
}

/// A list of nullable items under the field name DataFusion uses.
pub(super) fn list_of(item: DataType) -> DataType {
    DataType::List(Arc::new(Field::new_list_field(item, true)))
}

/// The type an index of this type is given back as: all text is `Utf8`.
fn index_type(given: &DataType) -> DataType {
    match given {
        DataType::UInt64 | DataType::Int64 => given.clone(),
        DataType::Null => DataType::UInt64,
        _ => DataType::Utf8,
    }
}

fn coerced(kind: ArgumentKind, given: &DataType) -> Option<DataType> {
    let item = match given {
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::ListView(item)
        | DataType::LargeListView(item)
        | DataType::FixedSizeList(item, _) => Some(item.data_type()),
        DataType::Null => Some(given),
        _ => None,
    };
    match kind {
        ArgumentKind::Index => coerced_index(given),
        // Items of a list come out as Utf8: one reader less in every kernel.
        ArgumentKind::IndexList => Some(list_of(index_type(&coerced_index(item?)?))),
        ArgumentKind::Integer => (given.is_integer() || given.is_null()).then_some(DataType::Int64),
        ArgumentKind::IntegerList => {
            let item = item?;
            (item.is_integer() || item.is_null()).then(|| list_of(DataType::Int64))
        }
        ArgumentKind::Number => {
            (given.is_numeric() || given.is_null()).then_some(DataType::Float64)
        }
        ArgumentKind::Text => match given {
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Null => {
                Some(DataType::Utf8)
            }
            _ => None,
        },
        ArgumentKind::Bytes => match given {
            DataType::Binary
            | DataType::LargeBinary
            | DataType::BinaryView
            | DataType::FixedSizeBinary(_)
            | DataType::Null => Some(DataType::Binary),
            _ => None,
        },
    }
}

fn coerced_index(given: &DataType) -> Option<DataType> {
    match given {
        DataType::UInt64
        | DataType::Int64
        | DataType::Utf8
        | DataType::LargeUtf8
        | DataType::Utf8View => Some(given.clone()),
        DataType::Null => Some(DataType::UInt64),
        DataType::Dictionary(_, value) => coerced_index(value),
        other if other.is_unsigned_integer() => Some(DataType::UInt64),
        other if other.is_signed_integer() => Some(DataType::Int64),
        _ => None,
    }
}

fn expected(kind: ArgumentKind) -> &'static str {
    match kind {
        ArgumentKind::Index => "an H3 index as UInt64, Int64 or hexadecimal text",
        ArgumentKind::IndexList => "a list of H3 indexes as UInt64, Int64 or hexadecimal text",
        ArgumentKind::Integer => "a whole number",
        ArgumentKind::IntegerList => "a list of whole numbers",
        ArgumentKind::Number => "a number",
        ArgumentKind::Text => "text",
        ArgumentKind::Bytes => "bytes (WKB)",
    }
}
