//! The audit log and the two-person override, and attacks on both.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use futures::TryStreamExt as _;
use object_store::memory::InMemory;
use object_store::{ObjectStore, ObjectStoreExt as _};
use safeground_engine::EngineError;
use safeground_engine::govern::{
    Approving, AuditLog, GovernError, Scribe, StewardKey, Stewards, allowed, approve, register,
    retire,
};
use safeground_engine::lake::{Lake, LakeOptions};
use safeground_engine::release::{Vault, VaultStep, open, run_on, run_reaching};
use safeground_privacy::audit::{Act, AuditError};
use safeground_privacy::{Audience, Policy};

use crate::lake::url;
use crate::release::{busy_state, input, request};

/// A lake's vault on a store that tests can reach into, and a clock that they
/// set.
#[derive(Clone)]
struct House {
    store: Arc<InMemory>,
    secret: u8,
    days: Arc<AtomicI64>,
}

impl House {
    fn new(secret: u8) -> Self {
        Self {
            store: Arc::new(InMemory::new()),
            secret,
            days: Arc::default(),
        }
    }

    fn vault(&self) -> Vault {
        let days = Arc::clone(&self.days);
        let clock = move || begin() + TimeDelta::days(days.load(Ordering::SeqCst));
        let store = Arc::clone(&self.store) as Arc<dyn ObjectStore>;
        Vault::new(store, "privacy".into(), &[self.secret; 32])
            .written_by(Scribe::of_system().with_clock(clock))
    }

    fn log(&self) -> AuditLog {
        self.vault().audit()
    }

    fn pass(&self, days: i64) {
        self.days.fetch_add(days, Ordering::SeqCst);
    }

    async fn files(&self, folder: &str) -> Vec<object_store::path::Path> {
        let listed = self.store.list(Some(&folder.into()));
        let mut names: Vec<_> = listed
            .map_ok(|found| found.location)
            .try_collect()
            .await
            .unwrap();
        names.sort();
        names
    }

    /// A house with the same secret and everything that was kept so far.
    async fn copy(&self) -> Self {
        let copy = Self::new(self.secret);
        for name in self.files("").await {
            let bytes = self.store.get(&name).await.unwrap().bytes().await.unwrap();
            copy.store.put(&name, bytes.into()).await.unwrap();
        }
        copy
    }
}

fn begin() -> DateTime<Utc> {
    "2026-11-26T10:00:00Z".parse().unwrap()
}

fn key(folder: &Path, name: &str) -> StewardKey {
    StewardKey::read_or_create(&folder.join(name)).unwrap()
}

/// Looser than the floor: planners see what a single organisation recorded.
fn looser() -> Policy {
    let mut policy = Policy::default();
    policy.planning.min_partners = 1;
    policy
}

fn approving(policy: &Policy) -> Approving<'_> {
    Approving {
        policy,
        reason: "one organisation works here",
        days: 30,
    }
}

/// Anita and Ravi as stewards of a house, with their keys.
async fn stewards(house: &House, folder: &Path) -> [StewardKey; 2] {
    let (anita, ravi) = (key(folder, "anita"), key(folder, "ravi"));
    register(&house.log(), "Anita", &anita, None).await.unwrap();
    register(&house.log(), "Ravi", &ravi, Some(&anita))
        .await
        .unwrap();
    [anita, ravi]
}

/// Why a policy is not allowed.
async fn refused(house: &House, policy: &Policy) -> String {
    let error = allowed(&house.vault(), policy).await.unwrap_err();
    assert!(
        matches!(&error, EngineError::Govern(GovernError::NotApproved { .. })),
        "{error}"
    );
    error.to_string()
}

#[tokio::test]
async fn two_stewards_allow_what_the_floor_forbids_and_the_release_says_so() {
    let (house, folder) = (House::new(1), tempfile::tempdir().unwrap());
    let keys = stewards(&house, folder.path()).await;
    let releases = folder.path().join("releases");
    let mut asked = request(&releases, 1);
    asked.policy = looser();
    let rows = busy_state();
    for (approved, key) in keys.iter().enumerate() {
        let refused = run_on(&input(&rows, &house.vault()), &asked).await;
        let said = refused.unwrap_err().to_string();
        assert!(
            said.contains("planning.min_partners = 1 (floor 2)"),
            "{said}"
        );
        assert_eq!(said.contains("Anita does"), approved == 1, "{said}");
        assert!(!releases.join("planning").exists());
        let policy = looser();
        approve(&house.vault(), key, &approving(&policy))
            .await
            .unwrap();
    }
    let report = run_on(&input(&rows, &house.vault()), &asked).await.unwrap();
    assert_eq!(
        report.looser_than_floor.unwrap().approved_by,
        ["Anita", "Ravi"]
    );
    for audience in Audience::ALL {
        let opened = open(&releases, audience).unwrap();
        let manifest = &opened.get().manifest;
        let looser = manifest.looser_than_floor.as_ref().unwrap();
        assert_eq!(looser.rules[0].setting, "planning.min_partners");
        assert_eq!(looser.approved_by, ["Anita", "Ravi"]);
        let said = "This release is looser than the floor: planning.min_partners is 1 where the \
                    floor is 2. Approved by Anita and Ravi.";
        assert_eq!(manifest.caveats[0], said);
    }
    let trail = house.log().read().await.unwrap();
    let acts: Vec<&str> = trail
        .entries()
        .iter()
        .map(|entry| entry.act.code())
        .collect();
    assert_eq!(
        acts,
        [
            "steward_registered",
            "steward_registered",
            "policy_approved",
            "policy_approved",
            "override_used",
            "release_made",
            "release_made",
            "release_made",
        ]
    );
    // What was decided so stays told, and a later release at the floor says so.
    asked.policy = Policy::default();
    run_on(&input(&rows, &house.vault()), &asked).await.unwrap();
    let later = open(&releases, Audience::Planning).unwrap();
    let mark = later.get().manifest.looser_than_floor.clone().unwrap();
    assert_eq!(mark.rules[0].setting, "planning.min_partners");
    assert_eq!(
        (mark.rules[0].value.as_str(), mark.rules[0].floor.as_str()),
        ("1", "2")
    );
    let trail = house.log().read().await.unwrap();
    // The log of the releases names the entries of the lake's.
    let beside = AuditLog::of_releases(&releases, Scribe::of_system()).unwrap();
    for entry in beside.read().await.unwrap().entries() {
        let Act::ReleaseMade { lake_entry, .. } = &entry.act else {
            panic!("{entry:?}");
        };
        assert_eq!(trail.holds(lake_entry.as_ref().unwrap()), Ok(()));
    }
}

#[tokio::test]
async fn a_release_at_the_floor_bears_no_mark() {
    let (house, folder) = (House::new(1), tempfile::tempdir().unwrap());
    run_on(
        &input(&busy_state(), &house.vault()),
        &request(folder.path(), 1),
    )
    .await
    .unwrap();
    let opened = open(folder.path(), Audience::Planning).unwrap();
    assert_eq!(opened.get().manifest.looser_than_floor, None);
    let text = serde_json::to_string(&opened.get().manifest).unwrap();
    assert!(!text.contains("looser"), "{text}");
}

#[tokio::test]
async fn one_steward_twice_is_one() {
    let (house, folder) = (House::new(1), tempfile::tempdir().unwrap());
    let [anita, _] = stewards(&house, folder.path()).await;
    let policy = looser();
    for _ in 0..3 {
        approve(&house.vault(), &anita, &approving(&policy))
            .await
            .unwrap();
        house.pass(1);
    }
    let said = refused(&house, &policy).await;
    assert!(said.contains("Anita does"), "{said}");
}

#[tokio::test]
async fn nobody_becomes_two_stewards_without_another_one_s_word() {
    let (house, folder) = (House::new(1), tempfile::tempdir().unwrap());
    let [anita, _] = stewards(&house, folder.path()).await;
    let (log, spare) = (house.log(), key(folder.path(), "spare"));
    let tried = [
        (register(&log, "Second", &spare, None).await, "must vouch"),
        (
            register(&log, "Second", &spare, Some(&spare)).await,
            "no steward",
        ),
        (
            register(&log, "Second", &anita, Some(&anita)).await,
            "a key registers once",
        ),
        (
            register(&log, "ANITA", &spare, Some(&anita)).await,
            "a name registers once",
        ),
    ];
    for (outcome, told) in tried {
        let said = outcome.unwrap_err().to_string();
        assert!(said.contains(told), "{said}");
    }
    // The same again is no error, and no second entry.
    let before = log.read().await.unwrap().entries().len();
    register(&log, "Anita", &anita, None).await.unwrap();
    assert_eq!(log.read().await.unwrap().entries().len(), before);
}

#[tokio::test]
async fn a_steward_written_into_the_log_without_a_vouch_stops_everything() {
    let (house, folder) = (House::new(1), tempfile::tempdir().unwrap());
    let [anita, ravi] = stewards(&house, folder.path()).await;
    let forged = Act::StewardRegistered {
        steward: "Second".into(),
        public_key: key(folder.path(), "second").public_key(),
        vouched_by: Some("Anita".into()),
        vouch: Some("00".repeat(64)),
    };
    house.log().write(forged).await.unwrap();
    let checked = house.log().check().await.unwrap();
    assert_eq!(checked.broken, Some(AuditError::Steward(2)));
    let policy = looser();
    for key in [&anita, &ravi] {
        let outcome = approve(&house.vault(), key, &approving(&policy)).await;
        assert!(matches!(outcome, Err(EngineError::Audit(_))));
    }
    assert!(allowed(&house.vault(), &policy).await.is_err());
    // What needs no override goes on.
    assert_eq!(
        allowed(&house.vault(), &Policy::default()).await.unwrap(),
        None
    );
}

#[tokio::test]
async fn an_approval_counts_for_its_policy_its_lake_and_its_time_alone() {
    let (house, folder) = (House::new(1), tempfile::tempdir().unwrap());
    let keys = stewards(&house, folder.path()).await;
    let policy = looser();
    for key in &keys {
        approve(&house.vault(), key, &approving(&policy))
            .await
            .unwrap();
    }
    assert!(allowed(&house.vault(), &policy).await.unwrap().is_some());

    // A policy edited after the approval is another one.
    let mut edited = looser();
    edited.public.k = 12;
    assert!(refused(&house, &edited).await.contains("nobody does"));
    let mut further = looser();
    further.planning.min_population = 500;
    assert!(refused(&house, &further).await.contains("nobody does"));

    // Approvals moved to where those of another policy are looked for.
    let files = house.files("privacy/approvals").await;
    assert_eq!(files.len(), 2);
    let sha256 = |policy: &Policy| {
        use sha2::Digest as _;
        let hash = sha2::Sha256::digest(policy.to_toml().as_bytes());
        hash.iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
    };
    let folder_of = format!("privacy/approvals/{}", sha256(&edited));
    for file in &files {
        let to = format!("{folder_of}/{}", file.filename().unwrap());
        house.store.copy(file, &to.as_str().into()).await.unwrap();
    }
    assert!(refused(&house, &edited).await.contains("another policy"));

    // The same stewards and approvals at another lake.
    let other = House::new(2);
    for name in ["Anita", "Ravi"] {
        let (first, own) = (
            key(folder.path(), "anita"),
            key(folder.path(), &name.to_lowercase()),
        );
        register(&other.log(), name, &own, Some(&first))
            .await
            .unwrap();
    }
    for file in &files {
        let bytes = house.store.get(file).await.unwrap().bytes().await.unwrap();
        other.store.put(file, bytes.into()).await.unwrap();
    }
    assert!(refused(&other, &policy).await.contains("another lake"));

    house.pass(29);
    assert!(allowed(&house.vault(), &policy).await.unwrap().is_some());
    house.pass(1);
    assert!(refused(&house, &policy).await.contains("expired"));
    // A clock that is set back does not make it young again: the log knows.
    house.log().write(Act::Purge).await.unwrap();
    house.pass(-20);
    assert!(refused(&house, &policy).await.contains("expired"));
}

#[tokio::test]
async fn an_approval_that_was_edited_planted_or_is_of_a_retired_steward_does_not_count() {
    let (house, folder) = (House::new(1), tempfile::tempdir().unwrap());
    let [anita, ravi] = stewards(&house, folder.path()).await;
    let policy = looser();
    approve(&house.vault(), &anita, &approving(&policy))
        .await
        .unwrap();

    // Signed for a copy of the lake, whose log this lake's does not know.
    let copy = house.copy().await;
    approve(&copy.vault(), &ravi, &approving(&policy))
        .await
        .unwrap();
    let known = house.files("privacy/approvals").await;
    let planted = copy.files("privacy/approvals").await;
    let planted = planted
        .into_iter()
        .find(|file| !known.contains(file))
        .unwrap();
    let bytes = copy
        .store
        .get(&planted)
        .await
        .unwrap()
        .bytes()
        .await
        .unwrap();
    house.store.put(&planted, bytes.into()).await.unwrap();
    assert!(
        refused(&house, &policy)
            .await
            .contains("does not tell of it")
    );

    approve(&house.vault(), &ravi, &approving(&policy))
        .await
        .unwrap();
    assert!(allowed(&house.vault(), &policy).await.unwrap().is_some());
    let edited = house.copy().await;
    for file in edited.files("privacy/approvals").await {
        let bytes = edited
            .store
            .get(&file)
            .await
            .unwrap()
            .bytes()
            .await
            .unwrap();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        let text = text.replace("2026-12-26", "2027-02-01");
        edited.store.put(&file, text.into()).await.unwrap();
    }
    assert!(refused(&edited, &policy).await.contains("signature"));

    retire(&house.log(), "Ravi", &anita).await.unwrap();
    assert!(
        refused(&house, &policy)
            .await
            .contains("Ravi does not count")
    );
    let last = retire(&house.log(), "Anita", &anita).await.unwrap_err();
    assert!(last.to_string().contains("last steward"), "{last}");
    let lake = house.vault().signer().public_key();
    let all = Stewards::of(&house.log().read().await.unwrap(), &lake).unwrap();
    assert_eq!(all.all().iter().filter(|steward| steward.active).count(), 1);
}

#[tokio::test]
async fn what_no_steward_may_allow_is_not_even_signed() {
    let (house, folder) = (House::new(1), tempfile::tempdir().unwrap());
    let [anita, _] = stewards(&house, folder.path()).await;
    let mut never = looser();
    never.public.sexual_abuse_finest_level = "block".into();
    let outcome = approve(&house.vault(), &anita, &approving(&never)).await;
    assert!(matches!(outcome, Err(EngineError::Policy(_))));
    assert!(allowed(&house.vault(), &never).await.is_err());
    let floor = Policy::default();
    let outcome = approve(&house.vault(), &anita, &approving(&floor)).await;
    assert!(
        outcome
            .unwrap_err()
            .to_string()
            .contains("needs no approval")
    );
    let policy = looser();
    for (reason, days) in [("", 30), ("why", 91), ("why", 0)] {
        let approving = Approving {
            policy: &policy,
            reason,
            days,
        };
        assert!(approve(&house.vault(), &anita, &approving).await.is_err());
    }
    assert_eq!(house.log().read().await.unwrap().entries().len(), 2);
}

#[tokio::test]
async fn a_release_is_in_the_log_before_it_is_told() {
    let (house, folder) = (House::new(1), tempfile::tempdir().unwrap());
    let stopped = run_reaching(
        &input(&busy_state(), &house.vault()),
        &request(folder.path(), 1),
        &mut |step| match step {
            VaultStep::Logged => Err(EngineError::Threads {
                reason: "killed here".into(),
            }),
            _ => Ok(()),
        },
    )
    .await;
    assert!(stopped.is_err());
    assert_eq!(house.log().read().await.unwrap().entries().len(), 3);
    assert!(!folder.path().join("public").exists(), "nothing was told");
}

#[tokio::test]
async fn a_log_that_is_not_to_be_believed_stops_what_it_would_have_to_tell_of() {
    let (house, folder) = (House::new(1), tempfile::tempdir().unwrap());
    for load in ["a", "b", "c"] {
        house
            .log()
            .write(Act::Undo { load: load.into() })
            .await
            .unwrap();
    }
    let at = |number: u64| format!("privacy/audit/{number:012}.json");
    let last = at(2).as_str().into();
    let bytes = house.store.get(&last).await.unwrap().bytes().await.unwrap();
    let text = String::from_utf8(bytes.to_vec()).unwrap();

    // Another load in the last entry.
    let changed = house.copy().await;
    changed
        .store
        .put(&last, text.replace("\"c\"", "\"d\"").into())
        .await
        .unwrap();
    // Its hash computed anew, which needs no secret; its signature does.
    let forged = house.copy().await;
    let without = Vault::new(
        Arc::clone(&forged.store) as Arc<dyn ObjectStore>,
        "elsewhere".into(),
        &[9; 32],
    );
    for load in ["a", "b", "d"] {
        without
            .audit()
            .write(Act::Undo { load: load.into() })
            .await
            .unwrap();
    }
    for number in 0..3 {
        let from = at(number).replace("privacy", "elsewhere");
        forged
            .store
            .copy(&from.as_str().into(), &at(number).as_str().into())
            .await
            .unwrap();
    }
    // One taken out.
    let gap = house.copy().await;
    gap.store.delete(&at(1).as_str().into()).await.unwrap();

    for (house, told) in [
        (changed, AuditError::Broken(2)),
        (forged, AuditError::Signature(0)),
        (gap, AuditError::Missing(1)),
    ] {
        let checked = house.log().check().await.unwrap();
        assert_eq!(checked.broken, Some(told.clone()));
        let releases = folder.path().join(format!("{told:?}"));
        let outcome = run_on(
            &input(&busy_state(), &house.vault()),
            &request(&releases, 1),
        )
        .await;
        assert!(matches!(outcome, Err(EngineError::Audit(_))), "{outcome:?}");
        assert!(!releases.join("public").exists(), "nothing was told");
        assert!(house.log().write(Act::Purge).await.is_err());
    }
    // A cut end shows to whoever kept a hash, and to nobody else.
    let kept = house.log().read().await.unwrap().head().to_owned();
    house.store.delete(&last).await.unwrap();
    let cut = house.log().read().await.unwrap();
    assert_eq!(cut.holds(&kept), Err(AuditError::CutBack(kept)));
}

#[tokio::test]
async fn a_write_that_was_cut_short_is_passed_over_and_told() {
    let house = House::new(1);
    house
        .log()
        .write(Act::Undo { load: "a".into() })
        .await
        .unwrap();
    let torn = "privacy/audit/000000000001.json".into();
    house
        .store
        .put(&torn, "{\"number\": 1, \"prev".into())
        .await
        .unwrap();
    house
        .log()
        .write(Act::Undo { load: "b".into() })
        .await
        .unwrap();
    let trail = house.log().read().await.unwrap();
    assert_eq!((trail.entries().len(), trail.torn()), (2, &[1][..]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn racing_writers_lose_no_entry_on_a_disk_and_in_an_object_store() {
    let folder = tempfile::tempdir().unwrap();
    let disk = AuditLog::of_releases(folder.path(), Scribe::of_system()).unwrap();
    for log in [disk, House::new(1).log()] {
        let writers = (0..16).map(|writer| {
            let log = log.clone();
            tokio::spawn(async move {
                for act in 0..4 {
                    let load = format!("{writer}-{act}");
                    log.write(Act::Undo { load }).await.unwrap();
                }
            })
        });
        futures::future::try_join_all(writers).await.unwrap();
        let trail = log.read().await.unwrap();
        let mut loads: Vec<String> = trail
            .entries()
            .iter()
            .map(|entry| format!("{:?}", entry.act))
            .collect();
        loads.sort();
        loads.dedup();
        assert_eq!((loads.len(), trail.entries().len()), (64, 64));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_register_one_name_one_is_registered() {
    let (house, folder) = (House::new(1), tempfile::tempdir().unwrap());
    let [anita, _] = stewards(&house, folder.path()).await;
    let anita = Arc::new(anita);
    let tries = (0..8).map(|number| {
        let (log, key) = (house.log(), key(folder.path(), &format!("meera-{number}")));
        let anita = Arc::clone(&anita);
        tokio::spawn(async move { register(&log, "Meera", &key, Some(&anita)).await.is_ok() })
    });
    let tries = futures::future::try_join_all(tries).await.unwrap();
    assert_eq!(tries.into_iter().filter(|done| *done).count(), 1);
    assert_eq!(house.log().check().await.unwrap().broken, None);
}

#[tokio::test]
async fn a_lake_begins_its_log_with_its_own_name_and_writes_down_what_takes_rows_away() {
    let folder = tempfile::tempdir().unwrap();
    let options = LakeOptions::default();
    let lake = Lake::open_or_create(&url(folder.path()), &options)
        .await
        .unwrap();
    Lake::open_or_create(&url(folder.path()), &options)
        .await
        .unwrap();
    assert!(lake.undo("nothing").await.is_err());
    lake.purge().await.unwrap();
    let trail = lake.audit().read().await.unwrap();
    let acts: Vec<&Act> = trail.entries().iter().map(|entry| &entry.act).collect();
    let own = Act::SecretMade {
        lake: lake.vault().signer().public_key(),
    };
    assert_eq!(acts, [&own, &Act::Purge]);
    let author = &trail.entries()[0].author;
    assert!(author.named.is_none() && !author.user.is_empty());
}
