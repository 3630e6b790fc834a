//! Release folders written by hand, and requests without a socket.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryArray, Float64Array, Int32Array, Int64Array, RecordBatch, StringArray,
};
use arrow::datatypes::SchemaRef;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use geo::{MultiPolygon, polygon};
use geozero::{CoordDimensions, ToWkb as _};
use parquet::arrow::ArrowWriter;
use safeground_engine::release::{ReleaseSigner, SIGNATURE};
use safeground_schema::ThemeKind;
use safeground_schema::release::{
    LayerKind, Manifest, ManifestAvailable, ManifestFile, ManifestLayer, ManifestTheme,
    places_schema, scores_schema,
};
use safeground_server::{AppState, Config, app};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tower::ServiceExt as _;

/// A folder of releases that goes away with the test.
pub struct Folder {
    root: tempfile::TempDir,
    /// The release that it began with.
    pub id: String,
}

/// What a release is made of.
#[derive(Clone)]
pub struct Recipe {
    pub audience: &'static str,
    /// Added to every rate, to tell releases apart.
    pub shift: f64,
    /// Leaves out the row of one unit in one period, which no release may.
    pub drop_one_row: bool,
    /// Name of the first district.
    pub name: &'static str,
    /// Says that it is looser than the floor.
    pub looser: bool,
}

impl Default for Recipe {
    fn default() -> Self {
        Self {
            audience: "public",
            shift: 0.0,
            drop_one_row: false,
            name: "Alder",
            looser: false,
        }
    }
}

pub const THEMES: [(&str, &[&str]); 3] = [
    ("child_marriage", &["2020", "2021"]),
    ("trafficking", &["2021"]),
    ("indicator:cm_nfhs5", &["2019/2021"]),
];

/// Districts are squares of one degree, four in a row, from 84° E, 22° N; the
/// last one has no polygon.
pub const COLUMNS: i64 = 4;
pub const DISTRICTS: i64 = 13;

impl Folder {
    pub fn empty() -> Self {
        crate::captured::start();
        Self {
            root: tempfile::tempdir().unwrap(),
            id: String::new(),
        }
    }

    pub fn with(recipe: &Recipe) -> Self {
        let mut folder = Self::empty();
        folder.id = folder.publish(recipe);
        folder
    }

    pub fn path(&self) -> &Path {
        self.root.path()
    }

    /// Writes a release, makes it the current one, and returns its id: the
    /// beginning of the hash of its manifest without the id.
    pub fn publish(&self, recipe: &Recipe) -> String {
        let manifest = manifest(recipe);
        self.publish_tables(manifest, &places(recipe), &scores(recipe))
    }

    /// Writes a release of any tables.
    pub fn publish_tables(
        &self,
        mut manifest: Manifest,
        places: &RecordBatch,
        scores: &RecordBatch,
    ) -> String {
        let audience = self.path().join(&manifest.audience);
        let draft = audience.join("draft");
        std::fs::create_dir_all(&draft).unwrap();
        manifest.files = vec![
            write_table(&draft, "places.parquet", places),
            write_table(&draft, "scores.parquet", scores),
        ];
        let unsealed = serde_json::to_vec_pretty(&manifest).unwrap();
        manifest.release_id = sha256(&unsealed)[..16].to_owned();
        let id = manifest.release_id.clone();
        let sealed = serde_json::to_vec_pretty(&manifest).unwrap();
        let signature = ReleaseSigner::of_lake(&[1; 32]).sign(&sealed);
        std::fs::write(draft.join(SIGNATURE), signature).unwrap();
        std::fs::write(draft.join("manifest.json"), sealed).unwrap();
        std::fs::rename(&draft, audience.join(&id)).unwrap();
        std::fs::write(audience.join("current.new"), &id).unwrap();
        std::fs::rename(audience.join("current.new"), audience.join("current")).unwrap();
        id
    }

    pub fn config() -> Config {
        Config {
            token_refresh: std::time::Duration::ZERO,
            ..Config::default()
        }
    }

    pub async fn client(&self) -> Client {
        self.client_with(Self::config()).await
    }

    pub async fn client_with(&self, config: Config) -> Client {
        let state = AppState::new(self.path(), config);
        state.refresh().await;
        Client {
            app: app(state.clone()),
            state,
        }
    }
}

/// Requests to an application without a socket.
pub struct Client {
    pub app: Router,
    pub state: AppState,
}

/// A response, read to its end.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.body.to_vec()).unwrap()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    pub fn is_problem(&self, status: u16) -> bool {
        self.status.as_u16() == status
            && self.header("content-type") == "application/problem+json"
            && self.json()["status"] == status
    }
}

impl Client {
    pub async fn get(&self, path: &str) -> Answer {
        self.get_with(path, &[]).await
    }

    pub async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = Request::get(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Body::empty()).unwrap()).await
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.app.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: axum::body::to_bytes(body, usize::MAX).await.unwrap(),
        }
    }
}

/// Counts are known below the threshold only here: 0 to 4 for the first five
/// districts. What is released of them must be the same.
pub fn status_of(unit: usize) -> &'static str {
    match unit {
        0..5 => "below_threshold",
        5 => "not_observed",
        6 => "no_data",
        _ => "available",
    }
}

fn district(number: i64) -> String {
    format!("district:{}", 100 + number)
}

fn cells(resolution: u8) -> Vec<String> {
    let resolution = h3o::Resolution::try_from(resolution).unwrap();
    let mut cells: Vec<String> = (0..8)
        .flat_map(|row| (0..8).map(move |column| (row, column)))
        .map(|(row, column)| {
            let point =
                h3o::LatLng::new(22.0 + f64::from(row) / 2.0, 84.0 + f64::from(column) / 2.0);
            point.unwrap().to_cell(resolution).to_string()
        })
        .collect();
    cells.sort();
    cells.dedup();
    cells
}

/// Layers with their units.
pub fn layers() -> Vec<(String, Vec<String>)> {
    let mut layers = vec![(
        "district".to_owned(),
        (0..DISTRICTS).map(district).collect(),
    )];
    layers.extend([3, 4, 5].map(|r| (format!("h3_r{r}"), cells(r))));
    layers
}

pub fn manifest(recipe: &Recipe) -> Manifest {
    let themes = THEMES.map(|(code, _)| ManifestTheme {
        code: code.into(),
        title: code.replace(['_', ':'], " "),
        kind: if code.starts_with("indicator") {
            ThemeKind::Indicator
        } else {
            ThemeKind::Burden
        },
        unit: "per 100,000 children".into(),
        denominator: None,
        source: Some("Test publisher".into()),
        note: None,
    });
    let layers = layers();
    let available: Vec<ManifestAvailable> = layers
        .iter()
        .flat_map(|(layer, _)| THEMES.map(|theme| available(recipe, layer, theme)))
        .collect();
    let layers: Vec<ManifestLayer> = layers
        .into_iter()
        .map(|(id, units)| ManifestLayer {
            title: id.clone(),
            kind: if id.starts_with("h3") {
                LayerKind::H3
            } else {
                LayerKind::Place
            },
            h3_resolution: id.strip_prefix("h3_r").map(|r| r.parse().unwrap()),
            units: units.len() as u64,
            bounds: Some([84.0, 22.0, 88.0, 26.0]),
            id,
        })
        .collect();
    // Read from JSON, as the server reads it: what is not said is absent.
    let mut manifest = serde_json::json!({
        "format": 1,
        "release_id": "",
        "audience": recipe.audience,
        "data_as_of": "2021-12-31",
        "code_version": "0.1.0",
        "seed": 7,
        "policy_sha256": "",
        "policy": { "k": 5 },
        "inputs": [],
        "available": available,
        "layers": layers,
        "themes": themes,
        "methods": { "rate": "count / exposure" },
        "synthetic": true,
        "caveats": ["Made up."],
        "files": [],
    });
    if recipe.looser {
        manifest["looser_than_floor"] = serde_json::json!({
            "rules": [{ "setting": "planning.k", "value": "<5>", "floor": "7" }],
            "approved_by": ["Anita", "Ravi"],
        });
    }
    serde_json::from_value(manifest).unwrap()
}

/// How the counts of a layer are given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Counts {
    Exact,
    Banded,
    Noise,
}

/// Cells carry the noise of the public release for everybody.
fn counts_of(recipe: &Recipe, layer: &str) -> Counts {
    match recipe.audience {
        _ if layer.starts_with("h3") => Counts::Noise,
        "research" => Counts::Exact,
        "planning" => Counts::Banded,
        _ => Counts::Noise,
    }
}

/// What the manifest says of a theme in a layer.
fn available(recipe: &Recipe, layer: &str, (theme, periods): (&str, &[&str])) -> ManifestAvailable {
    let mut entry = serde_json::json!({ "layer": layer, "theme": theme, "periods": periods });
    if !theme.starts_with("indicator") {
        match counts_of(recipe, layer) {
            Counts::Exact => entry["protection"] = "suppressed".into(),
            Counts::Banded => entry["protection"] = "banded".into(),
            Counts::Noise => {
                entry["protection"] = "noise".into();
                entry["noise_standard_deviation"] = 4.25.into();
            }
        }
    }
    serde_json::from_value(entry).unwrap()
}

/// Count, least and largest count of a unit with a value.
fn count_and_ends(counts: Counts, position: usize) -> (Option<i64>, Option<i64>, Option<i64>) {
    let count = 20 + position as i64;
    match counts {
        Counts::Exact => (Some(count), Some(count), Some(count)),
        Counts::Noise => (Some(count), Some(count - 8), Some(count + 8)),
        Counts::Banded => {
            let bands = [(5, Some(9)), (10, Some(19)), (20, Some(49)), (50, None)];
            let (low, high) = bands[position % bands.len()];
            (None, Some(low), high)
        }
    }
}

fn places(recipe: &Recipe) -> RecordBatch {
    let numbers: Vec<i64> = (0..DISTRICTS).collect();
    let corner = |n: i64| (84.0 + (n % COLUMNS) as f64, 22.0 + (n / COLUMNS) as f64);
    let names = numbers.iter().map(|n| match n {
        0 => recipe.name.to_owned(),
        n => format!("District {n}"),
    });
    let geometry = numbers.iter().map(|&n| {
        let (x, y) = corner(n);
        let square = polygon![
            (x: x, y: y), (x: x + 1.0, y: y), (x: x + 1.0, y: y + 1.0), (x: x, y: y + 1.0),
        ];
        let shape = geo::Geometry::MultiPolygon(MultiPolygon(vec![square]));
        (n < 12).then(|| shape.to_wkb(CoordDimensions::xy()).unwrap())
    });
    let text = |value: Option<&str>| vec![value.map(str::to_owned); numbers.len()];
    let columns: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from_iter_values(
            numbers.iter().map(|&n| district(n)),
        )),
        Arc::new(StringArray::from(vec!["district"; numbers.len()])),
        Arc::new(StringArray::from_iter_values(names)),
        Arc::new(StringArray::from(text(Some("state:10")))),
        Arc::new(StringArray::from_iter_values(
            numbers.iter().map(|n| (100 + n).to_string()),
        )),
        Arc::new(StringArray::from(text(None))),
        Arc::new(Int64Array::from_iter_values(
            numbers.iter().map(|n| 1_000_000 + n),
        )),
        Arc::new(Int64Array::from_iter_values(
            numbers.iter().map(|n| 400_000 + n),
        )),
        Arc::new(Int64Array::from(vec![None; numbers.len()])),
        Arc::new(Float64Array::from(vec![Some(12_345.678_9); numbers.len()])),
        Arc::new(Float64Array::from_iter_values(
            numbers.iter().map(|&n| corner(n).1 + 0.5),
        )),
        Arc::new(Float64Array::from_iter_values(
            numbers.iter().map(|&n| corner(n).0 + 0.5),
        )),
        Arc::new(BinaryArray::from_iter(geometry)),
    ];
    RecordBatch::try_new(places_schema(), columns).unwrap()
}

/// A row of the scores: its keys and a number that its values come from.
struct Row {
    layer: String,
    unit: String,
    theme: &'static str,
    period: &'static str,
    position: usize,
}

fn scores(recipe: &Recipe) -> RecordBatch {
    let mut rows = Vec::new();
    for (layer, units) in layers() {
        let mut themes = THEMES;
        themes.sort();
        for (theme, periods) in themes {
            for &period in periods {
                for (position, unit) in units.iter().enumerate() {
                    rows.push(Row {
                        layer: layer.clone(),
                        unit: unit.clone(),
                        theme,
                        period,
                        position,
                    });
                }
            }
        }
    }
    if recipe.drop_one_row {
        rows.remove(3);
    }
    let schema = scores_schema();
    let columns = schema
        .fields()
        .iter()
        .enumerate()
        .map(|(column, field)| score_column(field.name(), column, &rows, recipe))
        .collect();
    RecordBatch::try_new(schema, columns).unwrap()
}

/// What a release of bands does not give.
const RAW_RATES: [&str; 3] = ["rate", "rate_low", "rate_high"];

fn score_column(name: &str, column: usize, rows: &[Row], recipe: &Recipe) -> ArrayRef {
    let text = |value: &dyn Fn(&Row) -> String| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(rows.iter().map(value)))
    };
    let available = |row: &Row| status_of(row.position) == "available";
    match name {
        "layer" => text(&|row| row.layer.clone()),
        "unit_id" => text(&|row| row.unit.clone()),
        "theme" => text(&|row| row.theme.into()),
        "period" => text(&|row| row.period.into()),
        "status" => text(&|row| status_of(row.position).into()),
        "gi_class" => Arc::new(StringArray::from_iter(
            rows.iter().map(|row| available(row).then_some("hot_95")),
        )),
        "count" | "count_low" | "count_high" => {
            Arc::new(Int64Array::from_iter(rows.iter().map(|row| {
                let counts = counts_of(recipe, &row.layer);
                let (count, low, high) = count_and_ends(counts, row.position);
                let value = match name {
                    "count" => count,
                    "count_low" => low,
                    _ => high,
                };
                value.filter(|_| available(row))
            })))
        }
        "neighbours" | "rank" | "rank_low" | "rank_high" => Arc::new(Int32Array::from_iter(
            rows.iter()
                .map(|row| available(row).then_some(row.position as i32)),
        )),
        // Numbers with all their digits, some negative.
        _ => Arc::new(Float64Array::from_iter(rows.iter().map(|row| {
            let number = ((row.position * 31 + column * 7) as f64 + 0.1).sin() * 1234.5 / 7.0;
            let has_rate = counts_of(recipe, &row.layer) != Counts::Banded;
            let given = available(row) && (has_rate || !RAW_RATES.contains(&name));
            given.then_some(number + recipe.shift)
        }))),
    }
}

fn write_table(folder: &Path, name: &str, batch: &RecordBatch) -> ManifestFile {
    let path: PathBuf = folder.join(name);
    let schema: SchemaRef = batch.schema();
    let file = std::fs::File::create(&path).unwrap();
    let mut writer = ArrowWriter::try_new(file, schema, None).unwrap();
    writer.write(batch).unwrap();
    writer.close().unwrap();
    let bytes = std::fs::read(&path).unwrap();
    ManifestFile {
        name: name.into(),
        sha256: sha256(&bytes),
        bytes: bytes.len() as u64,
    }
}

fn sha256(bytes: &[u8]) -> String {
    let hash = Sha256::digest(bytes);
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}
