//! A made-up release, pools over it, and looks at the processes of a pool.

use std::fs::{self, File};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arrow::array::{
    ArrayRef, BinaryArray, Float64Array, Int32Array, Int64Array, RecordBatch, StringArray,
};
use arrow::datatypes::{DataType, SchemaRef};
use parquet::arrow::ArrowWriter;
use safeground_privacy::Released;
use safeground_schema::ThemeKind;
use safeground_schema::release::{
    LayerKind, Manifest, ManifestAvailable, ManifestFile, ManifestLayer, ManifestTheme,
    places_schema, scores_schema,
};
use safeground_sql::gate::GateLimits;
use safeground_sql::pool::{Pool, PoolParams, Program, Query, Turns};
use safeground_sql::{Format, Parameters, QueryLimits, Refusal, ReleasedTables, WorkerLimits};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

/// A text of the data that must never show in a refusal.
pub const CANARY: &str = "Canarypur-4711";

/// Its id, likewise.
pub const CANARY_ID: &str = "district:987654321";

/// Places, each with rows of [`PERIODS`] periods.
pub const PLACES: usize = 2_000;

/// Periods.
pub const PERIODS: usize = 6;

/// Memory of a worker in tests.
pub const MEMORY_BYTES: u64 = 256 << 20;

/// One test with workers at a time: tests look at the processes of all, and
/// each of them fills the machine.
static ALONE: Mutex<()> = Mutex::new(());

/// Waits until no other test has workers. A test that failed leaves nothing
/// behind that the next minds.
pub fn alone() -> MutexGuard<'static, ()> {
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A release on disk and a folder for temporary files.
pub struct World {
    _alone: Option<MutexGuard<'static, ()>>,
    pub folder: TempDir,
    pub temporary: TempDir,
    pub released: Arc<ReleasedTables>,
}

impl World {
    /// A world, once no other test has one.
    pub fn new() -> Self {
        let alone = alone();
        Self {
            _alone: Some(alone),
            ..Self::beside("0123456789abcdef")
        }
    }

    /// Another beside the one that a test has.
    pub fn beside(release_id: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let files = vec![
            write(folder.path(), "places.parquet", &places()),
            write(folder.path(), "scores.parquet", &scores()),
        ];
        let manifest = manifest(release_id, files);
        let manifest = Released::reopen(manifest, |_| Ok::<_, ()>(())).unwrap();
        let released = ReleasedTables::open(folder.path(), &manifest).unwrap();
        Self {
            _alone: None,
            folder,
            temporary: tempfile::tempdir().unwrap(),
            released,
        }
    }

    /// A pool with a deadline, limits of turns and one warm worker.
    pub async fn pool(&self, deadline: Duration, turns: Turns) -> Pool {
        let worker = WorkerLimits::new(MEMORY_BYTES, 60, 64 << 20, GateLimits::default()).unwrap();
        let query = QueryLimits {
            rows: 100_000,
            answer_bytes: 8 << 20,
            deadline,
        };
        self.pool_of(turns, query, worker).await
    }

    /// The same with other limits.
    pub async fn pool_of(&self, turns: Turns, query: QueryLimits, worker: WorkerLimits) -> Pool {
        let program = Program {
            path: env!("CARGO_BIN_EXE_safeground-sql-worker").into(),
            arguments: Vec::new(),
        };
        let params = PoolParams::new(program, 1, turns, query, worker).unwrap();
        let params = params.with_temporary(self.temporary.path().to_owned());
        Pool::start(params, Arc::clone(&self.released))
            .await
            .unwrap()
    }
}

/// A few at a time.
pub fn few() -> Turns {
    Turns {
        running: 2,
        running_of_one: 2,
        queries_of_one: 64,
        waiting: 512,
        wait: Duration::from_secs(600),
        fresh: 2,
        fresh_for: Duration::from_millis(150),
    }
}

/// Long enough for any small query on a busy machine.
pub const LONG: Duration = Duration::from_secs(120);

/// The rows of a query as JSON, or why there are none.
pub async fn rows(pool: &Pool, sql: &str) -> Result<serde_json::Value, Refusal> {
    with(pool, sql, Parameters::default()).await
}

/// The same with values.
pub async fn with(
    pool: &Pool,
    sql: &str,
    parameters: Parameters,
) -> Result<serde_json::Value, Refusal> {
    let mut query = Query::new(sql);
    query.format = Format::Json;
    query.parameters = parameters;
    let (bytes, _) = pool.query("somebody", query).await?.collect().await?;
    Ok(serde_json::from_slice(&bytes).unwrap())
}

/// Ids of the living children of this process that are workers, each with the
/// text of its `/proc/ID/status`.
pub fn workers() -> Vec<(u32, String)> {
    let me = std::process::id().to_string();
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let Some(id) = entry.file_name().to_str().and_then(|id| id.parse().ok()) else {
            continue;
        };
        // A process may end between two looks.
        let Ok(status) = fs::read_to_string(entry.path().join("status")) else {
            continue;
        };
        let dead = field(&status, "State").starts_with('Z');
        if field(&status, "PPid") == me && !dead && field(&status, "Name") == "safeground-sql-" {
            found.push((id, status));
        }
    }
    found.sort();
    found
}

/// A line of `/proc/ID/status`, empty where there is none.
pub fn field<'a>(status: &'a str, name: &str) -> &'a str {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    line.unwrap_or_default().trim()
}

/// Kibibytes of a line of `/proc/ID/status`, as bytes.
pub fn bytes(status: &str, name: &str) -> u64 {
    let number = field(status, name).split(' ').next();
    number.and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) << 10
}

fn write(folder: &Path, name: &str, batch: &RecordBatch) -> ManifestFile {
    let path = folder.join(name);
    let file = File::create(&path).unwrap();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), None).unwrap();
    writer.write(batch).unwrap();
    writer.close().unwrap();
    let bytes = fs::read(path).unwrap();
    let digest = Sha256::digest(&bytes);
    ManifestFile {
        name: name.to_owned(),
        sha256: digest.iter().map(|byte| format!("{byte:02x}")).collect(),
        bytes: bytes.len() as u64,
    }
}

fn place_id(place: usize) -> String {
    match place {
        0 => CANARY_ID.to_owned(),
        other => format!("district:{other}"),
    }
}

/// A batch of a schema from what each column holds at a row; other columns are
/// empty.
fn batch(
    schema: &SchemaRef,
    rows: usize,
    value: impl Fn(&str, usize) -> Option<Cell>,
) -> RecordBatch {
    let columns = schema.fields().iter().map(|field| -> ArrayRef {
        let cells = (0..rows).map(|row| value(field.name(), row));
        match field.data_type() {
            DataType::Utf8 => Arc::new(StringArray::from_iter(cells.map(|cell| match cell {
                Some(Cell::Text(text)) => Some(text),
                _ => None,
            }))),
            DataType::Int64 => Arc::new(Int64Array::from_iter(cells.map(|cell| match cell {
                Some(Cell::Whole(number)) => Some(number),
                _ => None,
            }))),
            DataType::Int32 => Arc::new(Int32Array::from(vec![None; rows])),
            DataType::Float64 => Arc::new(Float64Array::from_iter(cells.map(|cell| match cell {
                Some(Cell::Number(number)) => Some(number),
                _ => None,
            }))),
            DataType::Binary => Arc::new(BinaryArray::from_iter(cells.map(|_| None::<&[u8]>))),
            other => panic!("no such column in a release: {other}"),
        }
    });
    RecordBatch::try_new(Arc::clone(schema), columns.collect()).unwrap()
}

enum Cell {
    Text(String),
    Whole(i64),
    Number(f64),
}

fn places() -> RecordBatch {
    batch(&places_schema(), PLACES, |column, row| match column {
        "place_id" => Some(Cell::Text(place_id(row))),
        "layer" => Some(Cell::Text("district".into())),
        "name" => Some(Cell::Text(match row {
            0 => CANARY.to_owned(),
            other => format!("Place {other}"),
        })),
        "population" => Some(Cell::Whole(1_000 * row as i64)),
        _ => None,
    })
}

fn scores() -> RecordBatch {
    batch(&scores_schema(), PLACES * PERIODS, |column, row| {
        let (place, period) = (row / PERIODS, row % PERIODS);
        match column {
            "layer" => Some(Cell::Text("district".into())),
            "unit_id" => Some(Cell::Text(place_id(place))),
            "theme" => Some(Cell::Text("trafficking".into())),
            "period" => Some(Cell::Text((2018 + period).to_string())),
            "status" => Some(Cell::Text("available".into())),
            "count" => Some(Cell::Whole(10 + (row % 97) as i64)),
            "rate" => Some(Cell::Number(row as f64 / 7.0)),
            _ => None,
        }
    })
}

fn manifest(release_id: &str, files: Vec<ManifestFile>) -> Manifest {
    Manifest {
        format: 1,
        release_id: release_id.to_owned(),
        audience: "research".into(),
        data_as_of: None,
        code_version: "test".into(),
        seed: 1,
        policy_sha256: String::new(),
        policy: serde_json::Value::Null,
        looser_than_floor: None,
        inputs: Vec::new(),
        layers: vec![ManifestLayer {
            id: "district".into(),
            title: "Districts".into(),
            kind: LayerKind::Place,
            h3_resolution: None,
            units: PLACES as u64,
            bounds: None,
        }],
        themes: vec![ManifestTheme {
            code: "trafficking".into(),
            title: "Trafficking".into(),
            kind: ThemeKind::Burden,
            unit: "children".into(),
            denominator: None,
            source: None,
            note: None,
        }],
        available: vec![ManifestAvailable {
            layer: "district".into(),
            theme: "trafficking".into(),
            periods: (0..PERIODS)
                .map(|period| (2018 + period).to_string())
                .collect(),
            protection: None,
            noise_standard_deviation: None,
        }],
        methods: Default::default(),
        noise: None,
        synthetic: true,
        caveats: Vec::new(),
        files,
    }
}
