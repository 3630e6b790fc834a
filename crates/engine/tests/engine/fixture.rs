//! Small lakes in memory: rows as JSON, tables as the schema says.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryBuilder, Date32Builder, Float64Builder, Int64Builder, RecordBatch,
    StringBuilder,
};
use arrow::datatypes::DataType;
use datafusion::prelude::SessionContext;
use object_store::memory::InMemory;
use safeground_engine::release::Vault;
use safeground_schema::Table;
use serde_json::{Map, Value};

/// An empty vault under a known secret: two of them draw the same noise.
pub fn vault() -> Vault {
    Vault::new(Arc::new(InMemory::new()), "privacy".into(), &[7; 32])
}

/// Rows of the tables of a lake.
#[derive(Debug, Clone, Default)]
pub struct Rows(pub Vec<(Table, Value)>);

impl Rows {
    /// Adds a row; fields left out are null.
    pub fn add(&mut self, table: Table, row: Value) -> &mut Self {
        self.0.push((table, row));
        self
    }

    /// The rows of a table as one batch of the stored schema.
    pub fn batch(&self, table: Table) -> RecordBatch {
        self.batch_of(table, "load-1")
    }

    /// The rows of a table as one batch of a load.
    pub fn batch_of(&self, table: Table, load_id: &str) -> RecordBatch {
        let rows: Vec<&Map<String, Value>> = self
            .0
            .iter()
            .filter(|(t, _)| *t == table)
            .map(|(_, row)| row.as_object().unwrap())
            .collect();
        for row in &rows {
            for name in row.keys() {
                assert!(table.field(name).is_some(), "{table} has no {name}");
            }
        }
        let schema = table.arrow_schema();
        let columns = schema
            .fields()
            .iter()
            .map(|field| {
                let values = rows.iter().map(|row| row.get(field.name()));
                match field.name().as_str() {
                    "load_id" => column(&DataType::Utf8, rows.iter().map(|_| None), load_id),
                    _ => column(field.data_type(), values, ""),
                }
            })
            .collect();
        RecordBatch::try_new(schema, columns).unwrap()
    }

    /// A session over the tables, each registered under its name.
    pub fn session(&self) -> SessionContext {
        let ctx = SessionContext::new();
        for table in Table::ALL {
            ctx.register_batch(table.name(), self.batch(*table))
                .unwrap();
        }
        ctx
    }
}

fn column<'a>(
    data_type: &DataType,
    values: impl Iterator<Item = Option<&'a Value>>,
    default: &str,
) -> ArrayRef {
    match data_type {
        DataType::Utf8 => {
            let mut builder = StringBuilder::new();
            for value in values {
                let text = value.and_then(Value::as_str);
                builder.append_option(text.or((!default.is_empty()).then_some(default)));
            }
            Arc::new(builder.finish())
        }
        DataType::Int64 => {
            let mut builder = Int64Builder::new();
            values.for_each(|v| builder.append_option(v.and_then(Value::as_i64)));
            Arc::new(builder.finish())
        }
        DataType::Float64 => {
            let mut builder = Float64Builder::new();
            values.for_each(|v| builder.append_option(v.and_then(Value::as_f64)));
            Arc::new(builder.finish())
        }
        DataType::Date32 => {
            let mut builder = Date32Builder::new();
            values.for_each(|v| builder.append_option(v.and_then(Value::as_str).map(day)));
            Arc::new(builder.finish())
        }
        DataType::Binary => {
            let mut builder = BinaryBuilder::new();
            values.for_each(|v| builder.append_option(v.and_then(Value::as_str).map(wkb)));
            Arc::new(builder.finish())
        }
        other => panic!("no column of {other}"),
    }
}

/// Days since 1970 of an ISO date.
pub fn day(text: &str) -> i32 {
    let date: chrono::NaiveDate = text.parse().unwrap();
    let epoch = chrono::NaiveDate::from_ymd_opt(1970, 1, 1).unwrap();
    (date - epoch).num_days() as i32
}

/// Little-endian well-known binary of a box given as `west,south,east,north`.
pub fn wkb(text: &str) -> Vec<u8> {
    let [w, s, e, n]: [f64; 4] = text
        .split(',')
        .map(|part| part.parse().unwrap())
        .collect::<Vec<_>>()
        .try_into()
        .unwrap();
    let ring = [(w, s), (e, s), (e, n), (w, n), (w, s)];
    let mut bytes = vec![1];
    for number in [3_u32, 1, ring.len() as u32] {
        bytes.extend(number.to_le_bytes());
    }
    for (x, y) in ring {
        bytes.extend(x.to_le_bytes());
        bytes.extend(y.to_le_bytes());
    }
    bytes
}

/// A state of two districts, four blocks and eight villages, all with
/// polygons or points and children.
pub fn small_state() -> Rows {
    use serde_json::json;
    let mut rows = Rows::default();
    rows.add(
        Table::Places,
        json!({"place_id": "state:1", "level": "state", "name": "Fictional",
               "geometry": "84,25,86,26", "source": "synthetic"}),
    );
    for d in 0..2_i32 {
        let west = 84.0 + f64::from(d);
        rows.add(
            Table::Places,
            json!({"place_id": format!("district:{d}"), "level": "district",
                   "name": format!("District {d}"), "parent_id": "state:1",
                   "geometry": format!("{west},25,{},26", west + 1.0)}),
        );
        for b in 0..2_i32 {
            let south = 25.0 + 0.5 * f64::from(b);
            let block = d * 2 + b;
            rows.add(
                Table::Places,
                json!({"place_id": format!("block:{block}"), "level": "block",
                       "name": format!("Block {block}"),
                       "parent_id": format!("district:{d}"),
                       "geometry": format!("{west},{south},{},{}", west + 1.0, south + 0.5)}),
            );
            for v in 0..2_i32 {
                let village = block * 2 + v;
                rows.add(
                    Table::Places,
                    json!({"place_id": format!("village:{village}"), "level": "village",
                           "name": format!("Village {village}"),
                           "parent_id": format!("block:{block}"),
                           "latitude": south + 0.25,
                           "longitude": west + 0.25 + 0.5 * f64::from(v),
                           "children_under_18": 1_000 + 100 * village, "households": 400}),
                );
            }
        }
    }
    rows
}
