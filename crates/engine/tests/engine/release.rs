//! Releases: what they hold, what they hide, and that they are whole.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::{Float64Type, Int64Type};
use safeground_engine::release::{
    Input, Published, ReleaseRequest, ReleaseSummary, Vault, list, open, run_on,
};
use safeground_engine::{EngineError, Resources};
use safeground_privacy::{Audience, Policy};
use safeground_schema::Table;
use serde_json::json;

use crate::fixture::{Rows, small_state, vault};

/// Children per village in the busy state; the last two villages stay quiet.
const PER_VILLAGE: [u32; 8] = [30, 12, 7, 9, 3, 14, 0, 1];

fn incidents(rows: &mut Rows, village: usize, children: u32, year: i32, category: &str) {
    for child in 0..children {
        let key = format!("{category}-{village}-{year}-{child}");
        rows.add(
            Table::Incidents,
            json!({"place_id": format!("village:{village}"), "date": format!("{year}-05-17"),
                   "child_key": key, "incident_key": key, "partner": format!("p{}", child % 3),
                   "category": category, "detection_mode": "raid", "children": 1}),
        );
    }
}

pub fn busy_state() -> Rows {
    let mut rows = small_state();
    for (village, children) in PER_VILLAGE.into_iter().enumerate() {
        for year in [2021, 2022] {
            incidents(&mut rows, village, children, year, "child_labour");
            incidents(&mut rows, village, children / 2, year, "sexual_abuse");
        }
        for partner in ["p1", "p2", "p3"] {
            rows.add(
                Table::WelfareEnrolments,
                json!({"date": "2021-04-01", "place_id": format!("village:{village}"),
                       "scheme": "school", "eligible": 3 * village, "enrolled": village,
                       "partner": partner}),
            );
        }
        if village < 7 {
            rows.add(
                Table::Effort,
                json!({"date": "2021-04-01", "place_id": format!("village:{village}"),
                       "channel": "outreach", "staff_days": 3.0}),
            );
        }
    }
    for district in 0..2 {
        rows.add(
            Table::Indicators,
            json!({"place_id": format!("district:{district}"), "indicator": "cm_nfhs5",
                   "period": "2019/2021", "value": 20.0 + f64::from(district), "unit": "percent",
                   "standard_error": 2.0}),
        );
    }
    rows
}

/// The rows as the input of a release under a vault.
pub fn input(rows: &Rows, vault: &Vault) -> Input {
    Input {
        session: rows.session(),
        inputs: Vec::new(),
        data_as_of: Some("2026-01-01".into()),
        vault: vault.clone(),
    }
}

/// A release to all audiences.
pub fn request(folder: &Path, threads: usize) -> ReleaseRequest {
    ReleaseRequest {
        policy: Policy::default(),
        seed: 7,
        today: "2026-03-05".parse().unwrap(),
        audiences: Audience::ALL.to_vec(),
        releases: folder.to_owned(),
        resources: Resources {
            threads,
            ..Resources::default()
        },
    }
}

pub async fn release(rows: &Rows, folder: &Path, threads: usize) -> Vec<ReleaseSummary> {
    release_under(&vault(), rows, folder, threads).await
}

/// A release under a vault that may hold draws and decisions of earlier ones.
pub async fn release_under(
    vault: &Vault,
    rows: &Rows,
    folder: &Path,
    threads: usize,
) -> Vec<ReleaseSummary> {
    let report = run_on(&input(rows, vault), &request(folder, threads)).await;
    report.unwrap().releases
}

/// Scores of an audience.
pub fn scores(folder: &Path, audience: Audience) -> RecordBatch {
    open(folder, audience).unwrap().get().scores.clone()
}

pub fn texts(batch: &RecordBatch, name: &str) -> Vec<String> {
    let column = batch[name].as_string::<i32>();
    column.iter().map(|v| v.unwrap_or("").to_owned()).collect()
}

fn numbers(batch: &RecordBatch, name: &str) -> Vec<Option<f64>> {
    batch[name].as_primitive::<Float64Type>().iter().collect()
}

pub fn whole(batch: &RecordBatch, name: &str) -> Vec<Option<i64>> {
    batch[name].as_primitive::<Int64Type>().iter().collect()
}

/// What a release shows of counts without noise, row by row.
fn without_noise(folder: &Path, audience: Audience) -> Vec<String> {
    let batch = scores(folder, audience);
    let (layers, themes) = (texts(&batch, "layer"), texts(&batch, "theme"));
    let noisy = |row: usize| {
        let public = audience == Audience::Public && themes[row] != "outreach";
        public || layers[row].starts_with("h3")
    };
    (0..batch.num_rows())
        .filter(|row| !noisy(*row))
        .map(|row| format!("{:?}", batch.slice(row, 1)))
        .collect()
}

#[tokio::test]
async fn a_count_below_the_threshold_is_in_no_file_of_the_release() {
    let folder = tempfile::tempdir().unwrap();
    release(&busy_state(), folder.path(), 2).await;
    for audience in Audience::ALL {
        let batch = scores(folder.path(), audience);
        let policy = Policy::default();
        let (layers, themes) = (texts(&batch, "layer"), texts(&batch, "theme"));
        let status = texts(&batch, "status");
        let (counts, exposures) = (whole(&batch, "count"), numbers(&batch, "exposure"));
        let (low, high) = (whole(&batch, "count_low"), whole(&batch, "count_high"));
        let withheld = [
            "rate",
            "rate_low",
            "rate_high",
            "eb_rate",
            "eb_low",
            "eb_high",
            "score",
            "score_low",
            "score_high",
            "score_burden",
            "score_clustering",
        ]
        .map(|column| (column, numbers(&batch, column)));
        let mut shown = 0;
        for row in 0..batch.num_rows() {
            if themes[row].starts_with("indicator:") {
                continue;
            }
            let noisy = layers[row].starts_with("h3")
                || (audience == Audience::Public && themes[row] != "outreach");
            let k = policy.audience(audience).k.max(if noisy { 11 } else { 0 }) as i64;
            let available = status[row] == "available";
            let banded = audience == Audience::Planning && !noisy && themes[row] != "outreach";
            assert_eq!(counts[row].is_some(), available && !banded);
            assert!(counts[row].is_none_or(|count| count >= k));
            assert_eq!(low[row].is_some(), available);
            if noisy {
                assert!(low[row] <= counts[row] && counts[row] <= high[row]);
            } else {
                assert!(low[row].is_none_or(|low| low >= k));
                assert!(
                    high[row]
                        .zip(low[row])
                        .is_none_or(|(high, low)| high >= low)
                );
                assert!(!banded || high[row].zip(low[row]).is_none_or(|(h, l)| h - l >= 4));
            }
            for (column, values) in &withheld {
                assert!(available || values[row].is_none(), "{column}");
            }
            if themes[row] == "welfare_gap" && audience == Audience::Research {
                assert_eq!(exposures[row].is_some(), available, "denominators of ours");
                let rest = exposures[row].zip(counts[row]).map(|(e, c)| e as i64 - c);
                assert!(
                    rest.is_none_or(|rest| rest >= k),
                    "the rest is no small number"
                );
            }
            shown += usize::from(available);
        }
        assert!(shown > 0, "{audience} sees something");
        assert_eq!(
            themes.iter().any(|theme| theme == "welfare_gap"),
            audience != Audience::Public,
            "what names no child carries no noise and is not for the public"
        );
    }
}

#[tokio::test]
async fn zero_and_small_look_the_same() {
    let mut bytes = BTreeSet::new();
    for children in [0, 1, 4] {
        let mut rows = busy_state();
        // Village 6 has effort and no case; planners have k = 5.
        incidents(&mut rows, 6, children, 2021, "online_abuse");
        // The wider levels are far above the threshold either way, so they
        // change and are not compared.
        let folder = tempfile::tempdir().unwrap();
        release(&rows, folder.path(), 2).await;
        let batch = scores(folder.path(), Audience::Planning);
        let (layers, themes) = (texts(&batch, "layer"), texts(&batch, "theme"));
        let rows: Vec<usize> = (0..batch.num_rows())
            .filter(|row| layers[*row] == "village" && themes[*row] == "online_abuse")
            .collect();
        assert!(!rows.is_empty());
        let status = texts(&batch, "status");
        let shown: Vec<_> = rows.iter().map(|row| status[*row].clone()).collect();
        let slice = batch.slice(rows[0], rows.len());
        bytes.insert(format!("{shown:?} {slice:?}"));
    }
    assert_eq!(bytes.len(), 1);
}

#[tokio::test]
async fn scores_change_only_if_protected_counts_change() {
    // None, then two, then four missing children: below every threshold at
    // every level.
    let mut seen: BTreeMap<Audience, BTreeSet<Vec<String>>> = BTreeMap::new();
    let mut rows = busy_state();
    for village in [6, 7, 7] {
        let folder = tempfile::tempdir().unwrap();
        release(&rows, folder.path(), 2).await;
        for audience in Audience::ALL {
            let shown = without_noise(folder.path(), audience);
            let shown = shown.into_iter().filter(|row| !row.contains("missing\""));
            seen.entry(audience).or_default().insert(shown.collect());
        }
        incidents(&mut rows, village, 2, 2022, "missing");
    }
    for (audience, seen) in seen {
        assert_eq!(seen.len(), 1, "{audience}");
    }
}

#[tokio::test]
async fn the_bytes_are_the_same_at_one_and_two_threads_and_on_a_rerun() {
    let [one, two] = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let first = release(&busy_state(), one.path(), 1).await;
    let vault = vault();
    let second = release_under(&vault, &busy_state(), two.path(), 2).await;
    let again = release_under(&vault, &busy_state(), two.path(), 2).await;
    for ((a, b), c) in first.iter().zip(&second).zip(&again) {
        assert_eq!(a.release_id, b.release_id);
        assert_eq!(
            (a.published, c.published),
            (Published::New, Published::AlreadyThere)
        );
        for file in [
            "manifest.json",
            "manifest.sig",
            "places.parquet",
            "scores.parquet",
        ] {
            let bytes = |summary: &ReleaseSummary| fs::read(summary.folder.join(file)).unwrap();
            assert!(bytes(a) == bytes(b), "{file}");
        }
    }
    assert_eq!(list(two.path()).unwrap().len(), 3);
}

#[tokio::test]
async fn every_unit_has_a_row_for_every_theme_and_period() {
    let folder = tempfile::tempdir().unwrap();
    release(&busy_state(), folder.path(), 2).await;
    for audience in Audience::ALL {
        let released = open(folder.path(), audience).unwrap();
        let data = released.get();
        let columns = ["layer", "theme", "period", "unit_id"].map(|name| texts(&data.scores, name));
        let keys: Vec<[&String; 4]> = (0..data.scores.num_rows())
            .map(|row| [0, 1, 2, 3].map(|column| &columns[column][row]))
            .collect();
        assert!(
            keys.windows(2).all(|pair| pair[0] < pair[1]),
            "sorted and unique"
        );
        let mut units: BTreeMap<[&String; 3], BTreeSet<&String>> = BTreeMap::new();
        for [layer, theme, period, unit] in keys {
            units
                .entry([layer, theme, period])
                .or_default()
                .insert(unit);
        }
        for entry in &data.manifest.available {
            let layer = data
                .manifest
                .layers
                .iter()
                .find(|l| l.id == entry.layer)
                .unwrap();
            for period in &entry.periods {
                let listed = &units.remove(&[&entry.layer, &entry.theme, period]).unwrap();
                assert_eq!(
                    listed.len() as u64,
                    layer.units,
                    "{} {}",
                    entry.layer,
                    entry.theme
                );
            }
        }
        assert!(units.is_empty(), "the manifest lists all there is");
    }
}

#[tokio::test]
async fn audiences_see_their_levels_and_no_finer_sexual_abuse() {
    let folder = tempfile::tempdir().unwrap();
    release(&busy_state(), folder.path(), 2).await;
    let seen = |audience| {
        let batch = scores(folder.path(), audience);
        let pairs: BTreeSet<(String, String)> = texts(&batch, "layer")
            .into_iter()
            .zip(texts(&batch, "theme"))
            .collect();
        pairs
    };
    let layers =
        |audience| -> BTreeSet<String> { seen(audience).into_iter().map(|p| p.0).collect() };
    let expect = |names: &[&str]| {
        names
            .iter()
            .map(|n| (*n).to_owned())
            .collect::<BTreeSet<_>>()
    };
    assert_eq!(
        layers(Audience::Public),
        expect(&["state", "district", "h3_r3", "h3_r4", "h3_r5"])
    );
    assert!(layers(Audience::Planning).contains("village"));
    let abuse: BTreeSet<String> = seen(Audience::Planning)
        .into_iter()
        .filter(|(_, theme)| theme == "sexual_abuse")
        .map(|(layer, _)| layer)
        .collect();
    assert_eq!(abuse, expect(&["state", "district", "h3_r3"]));
}

#[tokio::test]
async fn nobody_looked_is_told_from_below_the_threshold() {
    let folder = tempfile::tempdir().unwrap();
    release(&busy_state(), folder.path(), 2).await;
    let batch = scores(folder.path(), Audience::Planning);
    let status = |unit: &str, period: &str| {
        let columns = ["unit_id", "theme", "period", "status"].map(|n| texts(&batch, n));
        let row = (0..batch.num_rows())
            .find(|r| {
                columns[0][*r] == unit && columns[1][*r] == "missing" && columns[2][*r] == period
            })
            .unwrap();
        columns[3][row].clone()
    };
    assert_eq!(status("village:6", "2021"), "below_threshold");
    assert_eq!(status("village:7", "2021"), "not_observed");
    assert_eq!(status("village:6", "2022"), "not_observed");
}

#[tokio::test]
async fn indicators_pass_with_their_own_interval() {
    let folder = tempfile::tempdir().unwrap();
    release(&busy_state(), folder.path(), 2).await;
    let batch = scores(folder.path(), Audience::Public);
    let row = texts(&batch, "theme")
        .iter()
        .position(|theme| theme == "indicator:cm_nfhs5")
        .unwrap();
    let value = |name: &str| numbers(&batch, name)[row];
    assert_eq!(value("rate"), Some(20.0));
    assert!((value("rate_low").unwrap() - 16.08).abs() < 0.01);
    assert_eq!(value("eb_rate"), None);
}

/// Events are counted in one vintage of a level, since the differences between
/// two would tell small numbers; published figures keep the one they are of.
#[tokio::test]
async fn indicators_of_another_vintage_than_the_counted_one_are_told() {
    let mut rows = busy_state();
    for district in ["north", "south"] {
        let place = format!("district@2019:{district}");
        rows.add(
            Table::Places,
            json!({"place_id": place, "level": "district", "vintage": "2019",
                   "name": district, "parent_id": "state:1"}),
        );
        rows.add(
            Table::Indicators,
            json!({"place_id": place, "indicator": "cm_nfhs5", "period": "2019/2021",
                   "value": 30.0, "unit": "percent", "standard_error": 2.0}),
        );
    }
    let folder = tempfile::tempdir().unwrap();
    release(&rows, folder.path(), 2).await;
    for audience in Audience::ALL {
        let batch = scores(folder.path(), audience);
        let (layers, themes) = (texts(&batch, "layer"), texts(&batch, "theme"));
        let told: BTreeSet<(&str, bool)> = layers
            .iter()
            .zip(&themes)
            .map(|(layer, theme)| (layer.as_str(), theme.starts_with("indicator:")))
            .filter(|(layer, _)| layer.starts_with("district"))
            .collect();
        let expected = [
            ("district", false),
            ("district", true),
            ("district@2019", true),
        ];
        assert_eq!(told, expected.into(), "{audience}");
    }
}

#[tokio::test]
async fn a_changed_byte_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let releases = release(&busy_state(), folder.path(), 2).await;
    for file in [
        "manifest.json",
        "manifest.sig",
        "places.parquet",
        "scores.parquet",
    ] {
        let path = releases[0].folder.join(file);
        let good = fs::read(&path).unwrap();
        let mut bad = good.clone();
        let middle = bad.len() / 2;
        bad[middle] ^= 1;
        fs::write(&path, &bad).unwrap();
        let error = open(folder.path(), Audience::Public).unwrap_err();
        assert!(
            matches!(error, EngineError::ReleaseDamaged { .. }),
            "{file}: {error}"
        );
        fs::write(&path, &good).unwrap();
        assert!(open(folder.path(), Audience::Public).is_ok());
    }
}

#[tokio::test]
async fn a_release_for_planners_cannot_be_served_to_the_public() {
    let folder = tempfile::tempdir().unwrap();
    let releases = release(&busy_state(), folder.path(), 2).await;
    let planning = &releases[2];
    let public = folder.path().join("public");
    fs::rename(&planning.folder, public.join(&planning.release_id)).unwrap();
    fs::write(public.join("current"), &planning.release_id).unwrap();
    let error = open(folder.path(), Audience::Public).unwrap_err();
    assert!(error.to_string().contains("planning"), "{error}");
}

#[tokio::test]
async fn an_empty_lake_gives_an_empty_release_and_no_release_says_what_to_run() {
    let folder = tempfile::tempdir().unwrap();
    let error = open(folder.path(), Audience::Public).unwrap_err();
    assert!(error.to_string().contains("safeground release"), "{error}");
    release(&Rows::default(), folder.path(), 1).await;
    let released = open(folder.path(), Audience::Public).unwrap();
    assert_eq!(released.get().scores.num_rows(), 0);
    assert!(released.get().manifest.layers.is_empty());
}

/// A session whose incidents are made up row by row as they are read.
async fn many_incidents(rows: usize) -> Input {
    let session = small_state().session();
    session.deregister_table("incidents").unwrap();
    let sql = format!(
        "CREATE VIEW incidents AS SELECT 'incident-' || value AS incident_key, \
         'child-' || (value * 7919 % {rows}) AS child_key, 'child_labour' AS category, \
         'raid' AS detection_mode, 'unknown' AS sex, '12-14' AS age_band, CAST(DATE '2021-01-01' + CAST(value % 700 AS INT) AS DATE) AS date, \
         'village:' || (value % 8) AS place_id, CAST(NULL AS BIGINT) AS h3, \
         CAST(NULL AS VARCHAR) AS source_place, CAST(NULL AS VARCHAR) AS destination_place, \
         CAST(1 AS BIGINT) AS children, 'p' || (value % 3) AS partner, 'load' AS load_id \
         FROM generate_series(1, {rows})"
    );
    session.sql(&sql).await.unwrap().collect().await.unwrap();
    Input {
        session,
        inputs: Vec::new(),
        data_as_of: Some("2026-01-01".into()),
        vault: vault(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn counting_keeps_to_its_memory_by_spilling_and_counts_the_same() {
    let mut input = many_incidents(25_000).await;
    let mut ids = BTreeSet::new();
    for memory_bytes in [16 << 20, 2 << 30] {
        input.vault = vault();
        let folder = tempfile::tempdir().unwrap();
        let request = ReleaseRequest {
            policy: Policy::default(),
            seed: 7,
            today: "2026-03-05".parse().unwrap(),
            audiences: vec![Audience::Planning],
            releases: folder.path().to_owned(),
            resources: Resources {
                threads: 2,
                memory_bytes,
            },
        };
        let report = run_on(&input, &request).await.unwrap();
        ids.extend(report.releases.into_iter().map(|r| r.release_id));
    }
    assert_eq!(ids.len(), 1);
}
