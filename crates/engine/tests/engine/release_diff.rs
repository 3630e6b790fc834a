//! What two releases tell together.

use std::path::Path;

use safeground_engine::release::{ReleaseSummary, diff};
use safeground_privacy::Audience;
use safeground_schema::Table;
use serde_json::json;

use crate::fixture::Rows;
use crate::release::{busy_state, release};

fn id_of(releases: &[ReleaseSummary], audience: Audience) -> &str {
    let of = releases.iter().find(|r| r.audience == audience).unwrap();
    &of.release_id
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir(to).unwrap();
    for file in std::fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), to.join(file.file_name())).unwrap();
    }
}

/// A busy state in which every block has enough of one kind of harm.
fn full_state(one_more: bool) -> Rows {
    let mut rows = busy_state();
    for child in 0..80 + usize::from(one_more) {
        // The child more is in village 7.
        let village = if child == 80 { 7 } else { child % 8 };
        rows.add(
            Table::Incidents,
            json!({"place_id": format!("village:{village}"), "date": "2021-06-01",
                   "child_key": format!("full-{child}"), "incident_key": format!("full-{child}"),
                   "partner": format!("p{}", child % 3), "category": "trafficking",
                   "detection_mode": "raid", "children": 1}),
        );
    }
    rows
}

#[tokio::test]
async fn releases_of_one_run_tell_nothing_small_together() {
    let folder = tempfile::tempdir().unwrap();
    let made = release(&busy_state(), folder.path(), 2).await;
    let compare = |one, other| {
        let (one, other) = (id_of(&made, one), id_of(&made, other));
        diff(folder.path(), one, other).unwrap()
    };
    for one in Audience::ALL {
        for other in Audience::ALL {
            let found = compare(one, other);
            assert!(found.is_clean(), "{one} and {other}: {found:?}");
        }
    }
    let ranges = compare(Audience::Research, Audience::Planning);
    assert!(ranges.closer_in_one > 0, "{ranges:?}");
    let noise = compare(Audience::Public, Audience::Research);
    assert!(noise.noise_in_one > 0, "{noise:?}");
}

#[tokio::test]
async fn two_lakes_that_differ_by_a_child_tell_of_it() {
    let [folder, elsewhere] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let before = release(&full_state(false), folder.path(), 2).await;
    let after = release(&full_state(true), elsewhere.path(), 2).await;
    let research = |releases: &[ReleaseSummary]| id_of(releases, Audience::Research).to_owned();
    let (before, after) = (research(&before), research(&after));
    // A folder of releases belongs to one lake; who has both puts them together.
    copy(
        &elsewhere.path().join("research").join(&after),
        &folder.path().join("research").join(&after),
    );
    let found = diff(folder.path(), &before, &after).unwrap();
    let changed: Vec<(&str, &str)> = found
        .changed
        .iter()
        .filter(|changed| changed.theme == "trafficking")
        .map(|changed| (changed.layer.as_str(), changed.unit_id.as_str()))
        .collect();
    assert_eq!(
        changed,
        [
            ("block", "block:3"),
            ("district", "district:1"),
            ("state", "state:1"),
        ]
    );
    assert!(!found.is_clean());
    for changed in &found.changed {
        if changed.theme == "trafficking" {
            assert_eq!(changed.ends[0].0 + 1, changed.ends[1].0);
        }
    }
}
