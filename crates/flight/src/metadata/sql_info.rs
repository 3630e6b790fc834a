//! Facts about the server.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Int32Array, Int32Builder, Int64Array, ListArray, ListBuilder,
    MapBuilder, MapFieldNames, RecordBatch, StringArray, StringBuilder, UInt32Array, UnionArray,
};
use arrow::buffer::ScalarBuffer;
use arrow::datatypes::{DataType, Field, UnionFields};
use arrow::error::ArrowError;

use super::tables::batch;

/// A fact.
enum Fact {
    Text(&'static str),
    Truth(bool),
    /// A number or a code.
    Code(i32),
    Texts(Vec<String>),
}

/// Facts by their numbers in `FlightSql.proto`, sorted.
///
/// `functions` are the names that queries may call.
fn facts(functions: &[String]) -> Vec<(u32, Fact)> {
    vec![
        (0, Fact::Text("Safeground")),
        (1, Fact::Text(env!("CARGO_PKG_VERSION"))),
        (2, Fact::Text(arrow::ARROW_VERSION)),
        // Read-only; SQL and no Substrait; no transactions; queries can be
        // cancelled; nothing can be loaded.
        (3, Fact::Truth(true)),
        (4, Fact::Truth(true)),
        (5, Fact::Truth(false)),
        (8, Fact::Code(0)),
        (9, Fact::Truth(true)),
        (10, Fact::Truth(false)),
        (11, Fact::Truth(false)),
        // Nothing can be created: catalogs, schemas, tables.
        (500, Fact::Truth(false)),
        (501, Fact::Truth(false)),
        (502, Fact::Truth(false)),
        // Names without quotes are read in lower case; quoted ones as they
        // stand.
        (503, Fact::Code(3)),
        (504, Fact::Text("\"")),
        (505, Fact::Code(0)),
        (506, Fact::Truth(true)),
        // Without NULLS FIRST or LAST nothing sorts as the largest value.
        (507, Fact::Code(0)),
        (511, Fact::Texts(functions.to_vec())),
    ]
}

/// The facts that are asked for, or all. A number that there is not is left
/// out.
pub(crate) fn sql_info(functions: &[String], asked: &[u32]) -> Result<RecordBatch, ArrowError> {
    let mut facts = facts(functions);
    facts.retain(|(number, _)| asked.is_empty() || asked.contains(number));
    let mut values = Values::default();
    let numbers = UInt32Array::from_iter_values(facts.iter().map(|(number, _)| *number));
    for (_, fact) in facts {
        values.push(fact);
    }
    let values = values.finish()?;
    batch(vec![
        ("info_name", DataType::UInt32, false, Arc::new(numbers)),
        ("value", values.data_type().clone(), false, values),
    ])
}

/// Values of several types, in the union that the protocol gives.
#[derive(Default)]
struct Values {
    kinds: Vec<i8>,
    offsets: Vec<i32>,
    texts: Vec<&'static str>,
    truths: Vec<bool>,
    codes: Vec<i32>,
    lists: Vec<Vec<String>>,
}

impl Values {
    fn push(&mut self, fact: Fact) {
        let (kind, offset) = match fact {
            Fact::Text(text) => {
                self.texts.push(text);
                (0, self.texts.len())
            }
            Fact::Truth(truth) => {
                self.truths.push(truth);
                (1, self.truths.len())
            }
            Fact::Code(code) => {
                self.codes.push(code);
                (3, self.codes.len())
            }
            Fact::Texts(texts) => {
                self.lists.push(texts);
                (4, self.lists.len())
            }
        };
        self.kinds.push(kind);
        let offset = i32::try_from(offset).expect("there are few facts");
        self.offsets.push(offset - 1);
    }

    fn finish(self) -> Result<ArrayRef, ArrowError> {
        let mut lists = ListBuilder::new(StringBuilder::new()).with_field(Field::new(
            "string_data",
            DataType::Utf8,
            true,
        ));
        for list in &self.lists {
            lists.append_value(list.iter().map(Some));
        }
        let lists: ListArray = lists.finish();
        let names = MapFieldNames {
            entry: "entries".into(),
            key: "key".into(),
            value: "value".into(),
        };
        let numbers = ListBuilder::new(Int32Builder::new()).with_field(Field::new(
            "$data$",
            DataType::Int32,
            true,
        ));
        let maps = MapBuilder::new(Some(names), Int32Builder::new(), numbers).finish();
        let arrays: Vec<(&str, ArrayRef)> = vec![
            ("string_value", Arc::new(StringArray::from(self.texts))),
            ("bool_value", Arc::new(BooleanArray::from(self.truths))),
            (
                "bigint_value",
                Arc::new(Int64Array::from(Vec::<i64>::new())),
            ),
            ("int32_bitmask", Arc::new(Int32Array::from(self.codes))),
            ("string_list", Arc::new(lists)),
            ("int32_to_int32_list_map", Arc::new(maps)),
        ];
        let fields = arrays
            .iter()
            .map(|(name, array)| Field::new(*name, array.data_type().clone(), true));
        let fields: UnionFields = (0_i8..).zip(fields.map(Arc::new)).collect();
        let arrays = arrays.into_iter().map(|(_, array)| array).collect();
        let union = UnionArray::try_new(
            fields,
            ScalarBuffer::from(self.kinds),
            Some(ScalarBuffer::from(self.offsets)),
            arrays,
        )?;
        Ok(Arc::new(union))
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::{Array as _, AsArray as _};

    use super::*;

    #[test]
    fn facts_that_are_asked_for_come_in_order_and_unknown_ones_not_at_all() {
        let functions = vec!["h3_cell_to_parent".to_owned()];
        let some = sql_info(&functions, &[511, 3, 0, 999]).unwrap();
        let numbers = some
            .column(0)
            .as_primitive::<arrow::datatypes::UInt32Type>();
        assert_eq!(numbers.values(), &[0, 3, 511]);
        let values = some.column(1).as_union();
        assert_eq!(values.value(0).as_string::<i32>().value(0), "Safeground");
        assert!(values.value(1).as_boolean().value(0));
        let listed = values.value(2).as_list::<i32>().value(0);
        assert_eq!(listed.as_string::<i32>().value(0), functions[0]);
        assert!(sql_info(&functions, &[]).unwrap().num_rows() > 10);
        assert_eq!(sql_info(&functions, &[999]).unwrap().num_rows(), 0);
        assert!(!some.column(1).is_nullable());
    }
}
