//! Values bound to `$1` and `$name`.

use std::collections::BTreeMap;

use arrow::datatypes::{DataType, TimeUnit};
use datafusion::common::ParamValues;
use datafusion::scalar::ScalarValue;
use serde::{Deserialize, Serialize};

use crate::gate::GateLimits;
use crate::refusal::{Limit, Refusal};

/// A value for a placeholder, as it stands in JSON.
///
/// Numbers, texts, truth values and null stand for themselves; a date, a
/// moment or an H3 cell is an object that names its type:
/// `{"date": "2024-01-31"}`, `{"timestamp": "2024-01-31T10:00:00"}`,
/// `{"h3": "8560925bfffffff"}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Parameter {
    /// Nothing.
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A whole number beyond the signed ones.
    Unsigned(u64),
    /// A number.
    Number(f64),
    /// A text.
    Text(String),
    /// A value of a type that JSON has not.
    Typed(TypedParameter),
}

/// A value of a type that JSON has not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TypedParameter {
    /// A day, ISO 8601.
    Date(String),
    /// A moment without a time zone, ISO 8601, to the microsecond.
    Timestamp(String),
    /// An H3 cell or other index as hexadecimal text, bound as UInt64.
    H3(String),
}

/// All values of a query: by position or by name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Parameters {
    /// For `$1`, `$2` and so on.
    Positional(Vec<Parameter>),
    /// For `$name`.
    Named(BTreeMap<String, Parameter>),
}

impl Default for Parameters {
    fn default() -> Self {
        Self::Positional(Vec::new())
    }
}

impl Parameters {
    /// Checks the number and size of the values.
    ///
    /// # Errors
    /// [`Refusal::Limit`].
    pub fn check(&self, limits: &GateLimits) -> Result<(), Refusal> {
        let (count, bytes) = match self {
            Self::Positional(values) => (values.len(), values.iter().map(Parameter::bytes).sum()),
            Self::Named(values) => {
                let bytes = values
                    .iter()
                    .map(|(name, value)| name.len() + value.bytes());
                (values.len(), bytes.sum::<usize>())
            }
        };
        if count as u64 > limits.parameters {
            return Err(Refusal::Limit {
                limit: Limit::Parameters,
                most: limits.parameters,
            });
        }
        if bytes as u64 > limits.parameter_bytes {
            return Err(Refusal::Limit {
                limit: Limit::ParameterBytes,
                most: limits.parameter_bytes,
            });
        }
        Ok(())
    }

    /// The values as the query engine binds them; `None` where there are none.
    pub(super) fn values(&self) -> Result<Option<ParamValues>, Refusal> {
        match self {
            Self::Positional(values) if values.is_empty() => Ok(None),
            Self::Named(values) if values.is_empty() => Ok(None),
            Self::Positional(values) => {
                let values = values.iter().map(Parameter::scalar);
                Ok(Some(values.collect::<Result<Vec<_>, _>>()?.into()))
            }
            Self::Named(values) => {
                let values = values
                    .iter()
                    .map(|(name, value)| Ok((name.as_str(), value.scalar()?)));
                Ok(Some(values.collect::<Result<Vec<_>, Refusal>>()?.into()))
            }
        }
    }
}

impl Parameter {
    fn bytes(&self) -> usize {
        match self {
            Self::Text(text)
            | Self::Typed(
                TypedParameter::Date(text)
                | TypedParameter::Timestamp(text)
                | TypedParameter::H3(text),
            ) => text.len(),
            _ => 8,
        }
    }

    fn scalar(&self) -> Result<ScalarValue, Refusal> {
        let parsed = |text: &String, data_type: DataType| {
            ScalarValue::try_from_string(text.clone(), &data_type).map_err(|_| Refusal::Parameters)
        };
        Ok(match self {
            Self::Null => ScalarValue::Null,
            Self::Boolean(value) => ScalarValue::from(*value),
            Self::Integer(value) => ScalarValue::from(*value),
            Self::Unsigned(value) => ScalarValue::from(*value),
            Self::Number(value) => ScalarValue::from(*value),
            Self::Text(value) => ScalarValue::from(value.as_str()),
            Self::Typed(TypedParameter::Date(day)) => parsed(day, DataType::Date32)?,
            Self::Typed(TypedParameter::Timestamp(moment)) => {
                parsed(moment, DataType::Timestamp(TimeUnit::Microsecond, None))?
            }
            Self::Typed(TypedParameter::H3(index)) => {
                let index = u64::from_str_radix(index, 16).map_err(|_| Refusal::Parameters)?;
                ScalarValue::from(index)
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_values_keep_their_types() {
        let parameters: Parameters = serde_json::from_str(
            r#"[null, true, 1, 18446744073709551615, 1.5, "a", {"date": "2024-01-31"}, {"h3": "85"}]"#,
        )
        .unwrap();
        let Some(ParamValues::List(values)) = parameters.values().unwrap() else {
            panic!("by position");
        };
        let types: Vec<_> = values.iter().map(|value| value.value.data_type()).collect();
        assert_eq!(
            types,
            [
                DataType::Null,
                DataType::Boolean,
                DataType::Int64,
                DataType::UInt64,
                DataType::Float64,
                DataType::Utf8,
                DataType::Date32,
                DataType::UInt64,
            ]
        );
        let named: Parameters = serde_json::from_str(r#"{"theme": "trafficking"}"#).unwrap();
        assert!(matches!(named, Parameters::Named(_)));
    }

    #[test]
    fn a_date_that_is_none_is_refused_without_its_text() {
        let bad = Parameters::Positional(vec![Parameter::Typed(TypedParameter::Date("x".into()))]);
        assert_eq!(bad.values().unwrap_err(), Refusal::Parameters);
    }
}
