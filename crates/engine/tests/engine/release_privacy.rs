//! What releases over time tell, and what becomes of a run that is cut short.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use safeground_engine::EngineError;
use safeground_engine::release::{
    DATASET, MANIFEST, ReleaseSummary, SCORES, Vault, VaultStep, run_on, run_reaching,
};
use safeground_privacy::Audience;
use safeground_privacy::noise::Epsilon;
use safeground_schema::Table;
use safeground_schema::release::Manifest;
use serde_json::json;

use crate::fixture::{Rows, small_state, vault};
use crate::release::{busy_state, input, release_under, request, scores, texts, whole};

/// Bytes of every score file, by audience.
fn score_bytes(releases: &[ReleaseSummary]) -> BTreeMap<Audience, Vec<u8>> {
    releases
        .iter()
        .map(|r| (r.audience, fs::read(r.folder.join(SCORES)).unwrap()))
        .collect()
}

fn manifest(release: &ReleaseSummary) -> Manifest {
    serde_json::from_slice(&fs::read(release.folder.join(MANIFEST)).unwrap()).unwrap()
}

/// A case of child labour in a village in a year.
fn case(rows: &mut Rows, village: usize, year: i32, child: &str) {
    rows.add(
        Table::Incidents,
        json!({"place_id": format!("village:{village}"), "date": format!("{year}-05-17"),
               "child_key": child, "incident_key": child, "partner": "p1",
               "category": "child_labour", "detection_mode": "raid", "children": 1}),
    );
}

#[tokio::test]
async fn what_is_recorded_after_a_period_was_told_changes_nothing_of_it() {
    let vault = vault();
    let folder = tempfile::tempdir().unwrap();
    let mut rows = busy_state();
    let before = release_under(&vault, &rows, folder.path(), 2).await;
    // Eighty children more, reported late: differencing the two releases
    // would tell each of them.
    for child in 0..80 {
        case(&mut rows, child % 8, 2021, &format!("late-{child}"));
    }
    let after = release_under(&vault, &rows, folder.path(), 2).await;
    assert_eq!(score_bytes(&before), score_bytes(&after));
}

#[tokio::test]
async fn a_new_year_is_told_beside_the_old_ones_and_each_year_pays_once() {
    let vault = vault();
    let folder = tempfile::tempdir().unwrap();
    let mut rows = busy_state();
    let before = release_under(&vault, &rows, folder.path(), 2).await;
    for child in 0..60 {
        case(&mut rows, child % 6, 2023, &format!("new-{child}"));
    }
    let after = release_under(&vault, &rows, folder.path(), 2).await;
    let draws = |releases: &[ReleaseSummary]| manifest(&releases[0]).noise.unwrap().draws;
    let (old, new) = (draws(&before), draws(&after));
    assert_eq!(old[..], new[..2], "the draws of 2021 and 2022 stand");
    assert_eq!(new[2].year, 2023);
    let ledger = vault.ledger(&[]).await.unwrap();
    for draw in &new {
        assert_eq!(ledger.remaining(DATASET, draw.year), Some(Epsilon::ZERO));
        assert!(ledger.is_committed(&draw.fingerprint));
    }
    for audience in Audience::ALL {
        let rows_of = |releases: &[ReleaseSummary], year: &str| {
            let release = releases.iter().find(|r| r.audience == audience).unwrap();
            let bytes = fs::read(release.folder.join(SCORES)).unwrap();
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join("s"), bytes).unwrap();
            let file = fs::File::open(folder.path().join("s")).unwrap();
            let reader =
                parquet::arrow::arrow_reader::ParquetRecordBatchReader::try_new(file, 100_000)
                    .unwrap();
            let mut found = Vec::new();
            for batch in reader {
                let batch = batch.unwrap();
                let period = texts(&batch, "period");
                for row in (0..batch.num_rows()).filter(|row| period[*row] == year) {
                    found.push(format!("{:?}", batch.slice(row, 1)));
                }
            }
            found
        };
        assert_eq!(
            rows_of(&before, "2022"),
            rows_of(&after, "2022"),
            "{audience}"
        );
        assert!(rows_of(&before, "2023").is_empty());
        assert!(!rows_of(&after, "2023").is_empty(), "{audience}");
    }
}

#[tokio::test]
async fn an_audience_alone_is_told_what_it_is_told_with_the_others() {
    let [together, alone] = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let all = release_under(&vault(), &busy_state(), together.path(), 2).await;
    let vault = vault();
    for audience in [Audience::Planning, Audience::Research, Audience::Public] {
        let mut asked = request(alone.path(), 2);
        asked.audiences = vec![audience];
        let one = run_on(&input(&busy_state(), &vault), &asked).await.unwrap();
        let bytes = score_bytes(&one.releases);
        assert_eq!(bytes[&audience], score_bytes(&all)[&audience], "{audience}");
    }
}

/// The steps of a run, in order, each as often as it is reached.
async fn steps(rows: &Rows, folder: &Path) -> Vec<VaultStep> {
    let mut steps = Vec::new();
    run_reaching(&input(rows, &vault()), &request(folder, 1), &mut |step| {
        steps.push(step);
        Ok(())
    })
    .await
    .unwrap();
    steps
}

fn stop() -> EngineError {
    EngineError::Threads {
        reason: "stopped here".into(),
    }
}

#[tokio::test]
async fn a_run_cut_short_anywhere_pays_once_and_ends_as_if_it_had_not_been() {
    let whole = tempfile::tempdir().unwrap();
    let rows = busy_state();
    let uncut = release_under(&vault(), &rows, whole.path(), 1).await;
    let uncut = score_bytes(&uncut);
    let folder = tempfile::tempdir().unwrap();
    let steps = steps(&rows, folder.path()).await;
    assert_eq!(steps.len(), 12, "five for each year and two: {steps:?}");
    for cut in 0..steps.len() {
        let vault = vault();
        let folder = tempfile::tempdir().unwrap();
        let mut at = 0;
        let outcome = run_reaching(
            &input(&rows, &vault),
            &request(folder.path(), 1),
            &mut |_| {
                at += 1;
                if at > cut { Err(stop()) } else { Ok(()) }
            },
        )
        .await;
        assert!(outcome.is_err());
        assert!(!folder.path().join("public").exists(), "nothing was told");
        let again = release_under(&vault, &rows, folder.path(), 1).await;
        assert_eq!(score_bytes(&again), uncut, "cut at {cut}");
        let ledger = vault.ledger(&[]).await.unwrap();
        for year in [2021, 2022] {
            assert_eq!(ledger.remaining(DATASET, year), Some(Epsilon::ZERO));
        }
        // Open, reserve and commit for each year, and nothing twice.
        assert_eq!(ledger.len(), 6, "cut at {cut}");
    }
}

#[tokio::test]
async fn a_budget_spent_on_a_draw_that_was_lost_is_not_spent_again() {
    let vault = vault();
    let folder = tempfile::tempdir().unwrap();
    let mut rows = busy_state();
    let outcome = run_reaching(
        &input(&rows, &vault),
        &request(folder.path(), 1),
        &mut |step| match step {
            VaultStep::Drawn => Err(stop()),
            _ => Ok(()),
        },
    )
    .await;
    assert!(outcome.is_err());
    // The data change before the run is repeated: it is another draw now.
    case(&mut rows, 0, 2021, "one more");
    let report = run_on(&input(&rows, &vault), &request(folder.path(), 1)).await;
    let report = report.unwrap();
    assert_eq!(report.years_without_draw.len(), 1);
    assert_eq!(report.years_without_draw[0].0, 2021);
    assert_eq!(report.draws, [2022]);
    let public = scores(folder.path(), Audience::Public);
    let noisy: BTreeSet<String> = texts(&public, "period")
        .into_iter()
        .zip(texts(&public, "theme"))
        .filter(|(_, theme)| theme == "child_labour")
        .map(|(period, _)| period)
        .collect();
    assert_eq!(noisy, BTreeSet::from(["2022".to_owned()]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn racing_runs_pay_once_and_tell_the_same() {
    let vault = vault();
    let rows = busy_state();
    let folders: Vec<_> = (0..8).map(|_| tempfile::tempdir().unwrap()).collect();
    let runs: Vec<_> = folders
        .iter()
        .map(|folder| {
            let (input, request) = (input(&rows, &vault), request(folder.path(), 1));
            tokio::spawn(async move {
                // One that loses the race for the decisions is told to run
                // again, which is safe.
                loop {
                    match run_on(&input, &request).await {
                        Err(EngineError::Busy { .. }) => {}
                        other => return other.map(|report| score_bytes(&report.releases)),
                    }
                }
            })
        })
        .collect();
    let mut told = BTreeSet::new();
    for run in runs {
        told.insert(run.await.unwrap().unwrap());
    }
    assert_eq!(told.len(), 1);
    assert_eq!(vault.ledger(&[]).await.unwrap().len(), 6);
}

#[tokio::test]
async fn a_ledger_that_was_cut_back_or_changed_is_refused() {
    use object_store::memory::InMemory;
    use object_store::{ObjectStore, ObjectStoreExt as _, PutPayload};
    use std::sync::Arc;
    let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let vault = Vault::new(Arc::clone(&store), "privacy".into(), &[7; 32]);
    let folder = tempfile::tempdir().unwrap();
    release_under(&vault, &busy_state(), folder.path(), 1).await;
    let refused = |what: &'static str| {
        let (vault, folder) = (vault.clone(), folder.path().to_owned());
        async move {
            let rerun = run_on(&input(&busy_state(), &vault), &request(&folder, 1)).await;
            let error = rerun.expect_err(what).to_string();
            assert!(error.contains("privacy ledger"), "{what}: {error}");
        }
    };
    let entry =
        |number: u32| object_store::path::Path::from(format!("privacy/ledger/{number:012}.json"));
    // The reservation of 2022 is the fourth entry, or later.
    let mut kept = Vec::new();
    for number in (1..6).rev() {
        kept.push((
            number,
            store
                .get(&entry(number))
                .await
                .unwrap()
                .bytes()
                .await
                .unwrap(),
        ));
        store.delete(&entry(number)).await.unwrap();
    }
    refused("cut back").await;
    for (number, bytes) in &kept {
        store
            .put(&entry(*number), PutPayload::from(bytes.clone()))
            .await
            .unwrap();
    }
    let changed = String::from_utf8(kept[4].1.to_vec())
        .unwrap()
        .replace("\"0.9\"", "\"0.1\"");
    store
        .put(&entry(1), PutPayload::from(changed))
        .await
        .unwrap();
    refused("changed").await;
}

#[tokio::test]
async fn a_child_counts_once_in_the_public_draw_wherever_it_was_seen() {
    // One child in every village, in four themes: without a bound it would
    // add to every district and theme.
    let mut rows = small_state();
    for village in 0..8 {
        for category in ["child_labour", "missing", "trafficking", "child_marriage"] {
            rows.add(
                Table::Incidents,
                json!({"place_id": format!("village:{village}"), "date": "2021-05-17",
                       "child_key": "the child", "incident_key": format!("{village}{category}"),
                       "partner": "p1", "category": category, "detection_mode": "raid",
                       "children": 1}),
            );
        }
    }
    let counted = bounded(&rows).await;
    for layer in ["district", "h3_r5"] {
        let sum: u64 = counted.iter().filter(|t| t.0 == layer).map(|t| t.1).sum();
        assert_eq!(sum, 1, "{layer}");
    }
}

#[tokio::test]
async fn one_event_counts_for_five_children_at_most_and_children_without_key_for_none() {
    let mut rows = small_state();
    for child in 0..12 {
        rows.add(
            Table::Incidents,
            json!({"place_id": "village:1", "date": "2021-05-17",
                   "child_key": format!("child {child}"), "incident_key": "one raid",
                   "partner": "p1", "category": "child_labour", "detection_mode": "raid",
                   "children": 1}),
        );
    }
    rows.add(
        Table::Incidents,
        json!({"place_id": "village:1", "date": "2021-05-17", "incident_key": "another raid",
               "partner": "p1", "category": "child_labour", "detection_mode": "raid",
               "children": 40}),
    );
    let counted = bounded(&rows).await;
    let sum: u64 = counted
        .iter()
        .filter(|t| t.0 == "district")
        .map(|t| t.1)
        .sum();
    assert_eq!(sum, 5);
}

/// Sums of the bounded counts of 2021, by layer.
async fn bounded(rows: &Rows) -> Vec<(String, u64)> {
    use safeground_engine::count::{Bounds, LayerKey, Wanted, count};
    use safeground_privacy::noise::{ContributionBound, NoiseSeed};
    let layers = [
        LayerKey::Place("district".parse().unwrap()),
        LayerKey::H3(5),
    ];
    let session = rows.session();
    let counted = count(&session, |_| Wanted {
        exact: BTreeSet::from([(layers[0].clone(), safeground_schema::PeriodKind::Year)]),
        noisy: layers.iter().cloned().collect(),
        ..Wanted::default()
    })
    .await
    .unwrap();
    let bounds = Bounds {
        contributions: ContributionBound::new(1).unwrap(),
        event_cap: 5,
    };
    let tables = counted
        .bounded
        .unwrap()
        .tables(
            &session,
            &BTreeSet::from([2021]),
            &layers,
            bounds,
            &NoiseSeed::of_lake(&[7; 32]),
        )
        .await
        .unwrap();
    tables
        .into_iter()
        .map(|table| (table.layer.to_string(), table.counts.iter().sum()))
        .collect()
}

#[tokio::test]
async fn a_planner_and_a_researcher_together_cannot_work_out_a_withheld_place() {
    let folder = tempfile::tempdir().unwrap();
    release_under(&vault(), &busy_state(), folder.path(), 2).await;
    // Bounds of each place from what either is shown, then by sums and
    // differences of block and villages, district and blocks, state and
    // districts until nothing changes.
    let mut bounds: BTreeMap<(String, String, String), (i64, i64)> = BTreeMap::new();
    let mut withheld = BTreeSet::new();
    for audience in [Audience::Research, Audience::Planning] {
        let batch = scores(folder.path(), audience);
        let column = |name| texts(&batch, name);
        let (units, themes, periods) = (column("unit_id"), column("theme"), column("period"));
        let (status, low, high) = (
            column("status"),
            whole(&batch, "count_low"),
            whole(&batch, "count_high"),
        );
        for row in 0..batch.num_rows() {
            let noisy = !units[row].contains(':');
            if noisy || themes[row].starts_with("indicator") || themes[row] == "welfare_gap" {
                continue;
            }
            let key = (
                themes[row].clone(),
                periods[row].clone(),
                units[row].clone(),
            );
            let of = bounds.entry(key.clone()).or_insert((0, 1 << 40));
            if status[row] == "available" {
                of.0 = of.0.max(low[row].unwrap());
                of.1 = of.1.min(high[row].unwrap_or(1 << 40));
            } else {
                withheld.insert(key);
            }
        }
    }
    let parents = |unit: &str| -> Vec<String> {
        let (level, number) = unit.split_once(':').unwrap();
        let number: usize = number.parse().unwrap();
        match level {
            "state" => (0..2).map(|d| format!("district:{d}")).collect(),
            "district" => (0..2)
                .map(|b| format!("block:{}", number * 2 + b))
                .collect(),
            "block" => (0..2)
                .map(|v| format!("village:{}", number * 2 + v))
                .collect(),
            _ => Vec::new(),
        }
    };
    let keys: Vec<_> = bounds.keys().cloned().collect();
    for _ in 0..20 {
        for (theme, period, unit) in &keys {
            let at = |unit: &String| (theme.clone(), period.clone(), unit.clone());
            let parts: Vec<_> = parents(unit)
                .iter()
                .map(at)
                .filter(|key| bounds.contains_key(key))
                .collect();
            if parts.len() != 2 {
                continue;
            }
            // Every child of these rows is in one place, which the attacker
            // is granted: the whole is the sum of its parts.
            let whole = bounds[&at(unit)];
            let (a, b) = (bounds[&parts[0]], bounds[&parts[1]]);
            bounds.insert(at(unit), (whole.0.max(a.0 + b.0), whole.1.min(a.1 + b.1)));
            let whole = bounds[&at(unit)];
            bounds.insert(
                parts[0].clone(),
                (a.0.max(whole.0 - b.1), a.1.min(whole.1 - b.0)),
            );
            let a = bounds[&parts[0]];
            bounds.insert(
                parts[1].clone(),
                (b.0.max(whole.0 - a.1), b.1.min(whole.1 - a.0)),
            );
        }
    }
    assert!(!withheld.is_empty());
    for key in withheld {
        let (low, high) = bounds[&key];
        assert!(high - low >= 4, "{key:?} lies in {low}..={high}");
    }
}

#[tokio::test]
async fn what_is_known_of_a_district_alone_is_no_remainder_of_its_blocks() {
    // Three children of the busy district are known by the district alone. Its
    // blocks are all large enough to be shown, and so is it: the difference
    // would be three.
    let mut rows = small_state();
    let mut add = |place: &str, category: &str, child: String| {
        for partner in ["p1", "p2"] {
            rows.add(
                Table::Incidents,
                json!({"place_id": place, "date": "2021-05-17", "child_key": child,
                       "incident_key": child, "partner": partner, "category": category,
                       "detection_mode": "raid", "children": 1}),
            );
        }
    };
    for (block, children) in [(0, 40), (1, 30), (2, 50), (3, 60)] {
        for child in 0..children {
            let village = format!("village:{}", 2 * block);
            add(&village, "child_labour", format!("{block}-{child}"));
            // Another kind of harm, so that nowhere nearly all suffered the same.
            add(&village, "trafficking", format!("t-{block}-{child}"));
        }
    }
    for child in 0..3 {
        add("district:0", "child_labour", format!("d-{child}"));
    }
    let folder = tempfile::tempdir().unwrap();
    release_under(&vault(), &rows, folder.path(), 2).await;
    let batch = scores(folder.path(), Audience::Research);
    let (units, themes) = (texts(&batch, "unit_id"), texts(&batch, "theme"));
    let counts = whole(&batch, "count");
    let count = |unit: &str| {
        let row = (0..batch.num_rows()).find(|r| units[*r] == unit && themes[*r] == "child_labour");
        counts[row.unwrap()]
    };
    assert_eq!(count("district:1"), Some(110));
    assert_eq!((count("block:2"), count("block:3")), (Some(50), Some(60)));
    let busy = ["district:0", "block:0", "block:1"].map(count);
    assert!(busy.contains(&None), "{busy:?}");
}

#[tokio::test]
async fn a_total_less_what_is_shown_is_no_small_number() {
    // Two blocks of three children each beside one of forty: each could have
    // any of seven, but together they have six, fewer than eleven.
    let mut rows = small_state();
    for village in [8, 9] {
        rows.add(
            Table::Places,
            json!({"place_id": format!("village:{village}"), "level": "village",
                   "name": format!("Village {village}"), "parent_id": "block:4",
                   "latitude": 25.4, "longitude": 84.4,
                   "children_under_18": 2_000, "households": 400}),
        );
    }
    rows.add(
        Table::Places,
        json!({"place_id": "block:4", "level": "block", "name": "Block 4",
               "parent_id": "district:0", "geometry": "84,25,84.5,25.5"}),
    );
    for (village, children) in [(0, 40), (2, 3), (8, 3), (4, 50), (6, 60)] {
        for child in 0..children {
            for partner in ["p1", "p2"] {
                let key = format!("{village}-{child}");
                rows.add(
                    Table::Incidents,
                    json!({"place_id": format!("village:{village}"), "date": "2021-05-17",
                           "child_key": key, "incident_key": key, "partner": partner,
                           "category": "child_labour", "detection_mode": "raid", "children": 1}),
                );
            }
        }
    }
    let folder = tempfile::tempdir().unwrap();
    release_under(&vault(), &rows, folder.path(), 2).await;
    let batch = scores(folder.path(), Audience::Research);
    let (units, themes) = (texts(&batch, "unit_id"), texts(&batch, "theme"));
    let counts = whole(&batch, "count");
    let count = |unit: &str| {
        let row = (0..batch.num_rows()).find(|r| units[*r] == unit && themes[*r] == "child_labour");
        counts[row.unwrap()]
    };
    assert_eq!((count("block:1"), count("block:4")), (None, None));
    assert_eq!((count("block:2"), count("block:3")), (Some(50), Some(60)));
    let told = (count("district:0"), count("block:0"));
    assert!(told.0.is_none() || told.1.is_none(), "{told:?}");
}
