//! From a CSV file through gate, conversion, validation and location to Arrow
//! batches; what the lake does with them is not counted in.
#![allow(missing_docs, reason = "criterion's macros make undocumented items")]

use std::error::Error;

use arrow::array::RecordBatch;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use safeground_benches::Demo;
use safeground_ingest::{Gazetteer, LoadRequest, Mapping, MaxRejects, Sink, identify, load};

/// Takes batches and forgets them.
struct Forget;

impl Sink for Forget {
    fn write(&mut self, _: RecordBatch) -> Result<(), Box<dyn Error + Send + Sync>> {
        Ok(())
    }
}

fn ingest(criterion: &mut Criterion) {
    let demo = Demo::make(10.0).expect("the demo is made");
    let lake = demo.lake().expect("the lake opens");
    let places = demo.runtime.block_on(lake.gazetteer());
    let gazetteer = Gazetteer::new(places.expect("the places are read"));
    let input = demo.folder("input");
    let text = std::fs::read_to_string(input.join("mappings/incidents_alder.toml"));
    let mapping = Mapping::parse(&text.expect("the mapping is there")).expect("and valid");
    let files = [input.join("incidents_alder.csv")];
    let id = identify(&files, mapping.table(), mapping.part()).expect("the file is read");
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let quarantine = scratch.path().join("quarantine.parquet");
    let run = |threads: usize| {
        let request = LoadRequest {
            files: &files,
            mapping: &mapping,
            gazetteer: &gazetteer,
            secret: &[7; 32],
            today: chrono::NaiveDate::MAX,
            max_rejects: MaxRejects::Rows(0),
            threads,
            scratch: scratch.path(),
        };
        load(&request, &id, &mut Forget, &quarantine).expect("the file loads")
    };
    let rows = run(1).read;
    let mut group = criterion.benchmark_group("ingest");
    group.throughput(Throughput::Elements(rows)).sample_size(10);
    for threads in [1, 2] {
        group.bench_function(format!("incidents csv, {threads} threads"), |bench| {
            bench.iter(|| run(threads));
        });
    }
    group.finish();
}

criterion_group!(benches, ingest);
criterion_main!(benches);
