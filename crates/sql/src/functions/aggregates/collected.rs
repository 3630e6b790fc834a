//! Aggregates that need all their rows at once.
//!
//! Rows come in any order and from any number of threads; each aggregate
//! sorts them before it adds anything up, so that the result is the same to
//! the bit.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array};
use arrow::datatypes::{DataType, Field, FieldRef, Float64Type};
use datafusion::common::utils::SingleRowListArrayBuilder;
use datafusion::common::{Result, ScalarValue, exec_err, internal_err, plan_err};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::format_state_name;
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, ColumnarValue, DocSection, Documentation,
    Signature, Volatility,
};
use datafusion::physical_expr::PhysicalExpr;

/// An aggregate over rows of numbers and one share, which is a constant.
pub(super) struct AggregateSpec {
    pub(super) name: &'static str,
    pub(super) description: &'static str,
    /// Columns, by name and description.
    pub(super) columns: &'static [(&'static str, &'static str)],
    /// The share, by name and description.
    pub(super) share: Option<(&'static str, &'static str)>,
    /// Whether the share may be 0.
    pub(super) from_zero: bool,
    pub(super) example: &'static str,
    /// The result over the rows that have all their numbers.
    pub(super) finish: fn(Columns, f64) -> Result<Option<f64>>,
}

/// The numbers of each column, of one length.
pub(super) type Columns = Vec<Vec<f64>>;

/// An aggregate that DataFusion can call.
pub(super) struct CollectedAggregate {
    spec: &'static AggregateSpec,
    signature: Signature,
    documentation: Documentation,
}

impl CollectedAggregate {
    /// The aggregate as DataFusion registers it.
    pub(super) fn udaf(spec: &'static AggregateSpec) -> AggregateUDF {
        let arguments: Vec<(&str, &str)> = spec.columns.iter().copied().chain(spec.share).collect();
        let names: Vec<&str> = arguments.iter().map(|(name, _)| *name).collect();
        let section = DocSection {
            include: true,
            label: "Aggregates",
            description: None,
        };
        let syntax = format!("{}({})", spec.name, names.join(", "));
        let documentation = arguments
            .into_iter()
            .fold(
                Documentation::builder(section, spec.description, syntax)
                    .with_sql_example(spec.example),
                |builder, (name, description)| builder.with_argument(name, description),
            )
            .build();
        AggregateUDF::new_from_impl(Self {
            spec,
            signature: Signature::user_defined(Volatility::Immutable),
            documentation,
        })
    }

    fn share(&self, expression: &Arc<dyn PhysicalExpr>) -> Result<f64> {
        let nothing =
            arrow::array::RecordBatch::new_empty(Arc::new(arrow::datatypes::Schema::empty()));
        // A column cannot be read from a batch without any.
        let value = match expression.evaluate(&nothing) {
            Ok(ColumnarValue::Scalar(ScalarValue::Float64(Some(value)))) => Some(value),
            _ => None,
        };
        match value {
            Some(share) if share <= 1.0 && (share > 0.0 || self.spec.from_zero && share == 0.0) => {
                Ok(share)
            }
            _ => plan_err!(
                "the last argument of {} must be a constant {} 0 and at most 1",
                self.spec.name,
                if self.spec.from_zero { "from" } else { "above" }
            ),
        }
    }
}

impl std::fmt::Debug for CollectedAggregate {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.spec.name)
    }
}

// There is one aggregate of a name, so the name stands for it.
impl PartialEq for CollectedAggregate {
    fn eq(&self, other: &Self) -> bool {
        self.spec.name == other.spec.name
    }
}

impl Eq for CollectedAggregate {}

impl Hash for CollectedAggregate {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.spec.name.hash(state);
    }
}

impl AggregateUDFImpl for CollectedAggregate {
    fn name(&self) -> &str {
        self.spec.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        let expected = self.spec.columns.len() + usize::from(self.spec.share.is_some());
        if given.len() != expected {
            return plan_err!(
                "{} got {} arguments: write {}",
                self.spec.name,
                given.len(),
                self.documentation.syntax_example
            );
        }
        if let Some(other) = given
            .iter()
            .find(|given| !given.is_numeric() && !given.is_null())
        {
            return plan_err!(
                "{} got an argument of type {other}: give numbers",
                self.spec.name
            );
        }
        Ok(vec![DataType::Float64; expected])
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Float64)
    }

    fn accumulator(&self, arguments: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        if arguments.is_distinct {
            return plan_err!("{} cannot be asked for DISTINCT values", self.spec.name);
        }
        let share = match (self.spec.share, arguments.exprs.last()) {
            (Some(_), Some(expression)) => self.share(expression)?,
            _ => 0.0,
        };
        Ok(Box::new(Collected {
            spec: self.spec,
            columns: vec![Vec::new(); self.spec.columns.len()],
            share,
        }))
    }

    fn state_fields(&self, arguments: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        let list = DataType::List(Arc::new(Field::new_list_field(DataType::Float64, true)));
        Ok(self
            .spec
            .columns
            .iter()
            .map(|(name, _)| {
                let name = format_state_name(arguments.name, name);
                Arc::new(Field::new(name, list.clone(), true))
            })
            .collect())
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(&self.documentation)
    }
}

struct Collected {
    spec: &'static AggregateSpec,
    columns: Columns,
    share: f64,
}

impl std::fmt::Debug for Collected {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "{} over {} rows",
            self.spec.name,
            self.columns[0].len()
        )
    }
}

impl Accumulator for Collected {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let given: Vec<&Float64Array> = values[..self.columns.len()]
            .iter()
            .map(|column| column.as_primitive::<Float64Type>())
            .collect();
        for row in 0..given[0].len() {
            // A row without one of its numbers is no data.
            if given.iter().any(|column| column.is_null(row)) {
                continue;
            }
            for (column, given) in self.columns.iter_mut().zip(&given) {
                column.push(given.value(row));
            }
        }
        Ok(())
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        for (column, state) in self.columns.iter_mut().zip(states) {
            for list in state.as_list::<i32>().iter().flatten() {
                column.extend(list.as_primitive::<Float64Type>().values());
            }
        }
        let rows = self.columns[0].len();
        if self.columns.iter().any(|column| column.len() != rows) {
            return internal_err!("{}: states of different lengths", self.spec.name);
        }
        Ok(())
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(self
            .columns
            .iter_mut()
            .map(|column| {
                let values = Float64Array::from(std::mem::take(column));
                SingleRowListArrayBuilder::new(Arc::new(values)).build_list_scalar()
            })
            .collect())
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let columns = self
            .columns
            .iter_mut()
            .map(std::mem::take)
            .collect::<Vec<_>>();
        if columns.iter().flatten().any(|value| !value.is_finite()) {
            return exec_err!(
                "{} met a number that is not finite: filter such rows out",
                self.spec.name
            );
        }
        Ok(ScalarValue::Float64((self.spec.finish)(
            columns, self.share,
        )?))
    }

    fn size(&self) -> usize {
        let numbers: usize = self.columns.iter().map(Vec::capacity).sum();
        size_of_val(self) + numbers * size_of::<f64>()
    }
}

/// An error unless all numbers are at least 0.
pub(super) fn check_not_negative(aggregate: &str, name: &str, values: &[f64]) -> Result<()> {
    if values.iter().any(|value| *value < 0.0) {
        return exec_err!("{aggregate} met a {name} below 0: it is defined from 0 up only");
    }
    Ok(())
}
