//! Aggregation of all events of a lake to H3 cells and to districts, by theme
//! and year, distinct children, events and partners included.
#![allow(missing_docs, reason = "criterion's macros make undocumented items")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use safeground_benches::Demo;
use safeground_engine::count::{LayerKey, Places, Wanted, count};
use safeground_schema::{Layer, Level, PeriodKind, Table};

fn aggregation(criterion: &mut Criterion) {
    let demo = Demo::make(10.0).expect("the demo is made");
    let lake = demo.lake().expect("the lake opens");
    let description = demo.runtime.block_on(lake.describe()).expect("it is read");
    let rows: u64 = description
        .tables
        .iter()
        .filter(|table| table.table == Table::Incidents.name())
        .map(|table| table.rows)
        .sum();
    let input = demo.runtime.block_on(lake.input()).expect("it is read");
    let mut group = criterion.benchmark_group("count");
    group.throughput(Throughput::Elements(rows)).sample_size(10);
    let layers = [
        ("h3 resolution 5", LayerKey::H3(5)),
        ("h3 resolution 6", LayerKey::H3(6)),
        (
            "districts",
            LayerKey::Place(Layer::current(Level::District)),
        ),
    ];
    for (name, layer) in layers {
        group.bench_function(name, |bench| {
            bench.iter(|| {
                let wanted = |_: &Places| Wanted {
                    exact: [(layer.clone(), PeriodKind::Year)].into(),
                    ..Wanted::default()
                };
                demo.runtime
                    .block_on(count(&input.session, wanted))
                    .expect("the lake is counted")
            });
        });
    }
    group.finish();
}

criterion_group!(benches, aggregation);
criterion_main!(benches);
