//! Questions with noise: what they cost, what they tell, and that stops and
//! races change neither.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _, PutPayload};
use safeground_engine::questions::{
    Asked, QUESTIONS, QuestionRequest, QuestionStep, ask, ask_reaching, left_out, remaining, schema,
};
use safeground_engine::release::{DATASET, Input, Vault, run_on};
use safeground_engine::{EngineError, Resources};
use safeground_privacy::Policy;
use safeground_privacy::noise::Epsilon;
use safeground_privacy::query::{Answer, Refusal};
use safeground_schema::Table;
use safeground_schema::release::ManifestInput;
use serde_json::json;

use crate::fixture::{Rows, small_state, vault};
use crate::release::{self, busy_state};

const BY_DISTRICT: &str = "SELECT district, COUNT(DISTINCT child) FROM incidents \
     WHERE category = 'child_labour' AND period BETWEEN '2021' AND '2021' GROUP BY district";

/// The rows at a version of every table.
fn input_at(rows: &Rows, vault: &Vault, version: u64) -> Input {
    let inputs = Table::ALL.iter().map(|table| ManifestInput {
        table: table.to_string(),
        delta_version: version,
    });
    Input {
        inputs: inputs.collect(),
        ..release::input(rows, vault)
    }
}

fn input(rows: &Rows, vault: &Vault) -> Input {
    input_at(rows, vault, 1)
}

fn epsilon(text: &str) -> Epsilon {
    text.parse().unwrap()
}

fn request(question: &str, at: &str) -> QuestionRequest {
    QuestionRequest {
        policy: Policy::default(),
        question: question.to_owned(),
        epsilon: epsilon(at),
        token: None,
        resources: Resources {
            threads: 2,
            ..Resources::default()
        },
    }
}

/// A policy that spends nearly all of a year on questions, so that answers
/// come out near the figures they are about.
fn generous() -> Policy {
    let mut policy = Policy::default();
    for share in policy.noise.shares.values_mut() {
        *share = epsilon("0.05");
    }
    policy.questions.yearly_epsilon = epsilon("0.9");
    policy.questions.most_epsilon = epsilon("0.9");
    policy
}

fn generously(question: &str) -> QuestionRequest {
    QuestionRequest {
        policy: generous(),
        ..request(question, "0.9")
    }
}

fn answer(asked: &Asked) -> Answer {
    asked.answer.get().clone()
}

fn refused(outcome: Result<Asked, EngineError>) -> Refusal {
    match outcome.unwrap_err() {
        EngineError::Refused(refusal) => refusal,
        other => panic!("{other}"),
    }
}

/// Values by key, joined.
fn values(asked: &Asked) -> BTreeMap<String, i64> {
    let answer = asked.answer.get();
    let cells = answer.cells.iter();
    cells
        .map(|cell| (cell.keys.join(" "), cell.value))
        .collect()
}

/// An incident of a child in a place.
fn incident(rows: &mut Rows, child: Option<&str>, place: &str, date: &str) {
    rows.add(
        Table::Incidents,
        json!({"place_id": place, "date": date, "child_key": child, "partner": "p1",
               "category": "child_labour", "detection_mode": "raid", "children": 1,
               "sex": "female", "age_band": "12-14"}),
    );
}

fn stop() -> EngineError {
    EngineError::Threads {
        reason: "stopped here".into(),
    }
}

#[tokio::test]
async fn two_spellings_of_a_question_are_one_answer_and_one_charge() {
    let (vault, rows) = (vault(), busy_state());
    let first = ask(&input(&rows, &vault), &request(BY_DISTRICT, "0.02")).await;
    let first = first.unwrap();
    assert_eq!(first.charged, Some(epsilon("0.02")));
    assert_eq!(first.remaining, BTreeMap::from([(2021, epsilon("0.08"))]));
    let other = "select count(distinct CHILD) as n from incidents where period < '2022' and \
         period >= '2021-Q1' and category in ('child_labour', 'child_labour') group by district";
    for at in ["0.02", "0.01"] {
        let again = ask(&input(&rows, &vault), &request(other, at))
            .await
            .unwrap();
        assert_eq!(again.answer, first.answer, "the same, to the last bit");
        assert_eq!((again.charged, &again.remaining), (None, &first.remaining));
    }
    // Open, reserve, commit.
    assert_eq!(vault.ledger(&[]).await.unwrap().len(), 3);
}

#[tokio::test]
async fn a_more_accurate_answer_is_another_draw_and_stands_for_the_question_then() {
    let (vault, rows) = (vault(), busy_state());
    let mut told = Vec::new();
    for at in ["0.01", "0.05", "0.01"] {
        let asked = ask(&input(&rows, &vault), &request(BY_DISTRICT, at)).await;
        told.push(asked.unwrap());
    }
    assert_eq!(told[1].charged, Some(epsilon("0.05")));
    assert_eq!(told[2].charged, None);
    assert_eq!(told[2].answer, told[1].answer);
    assert_eq!(told[2].remaining[&2021], epsilon("0.04"));
}

#[tokio::test]
async fn other_rows_are_another_question_and_other_tables_are_not() {
    let (vault, rows) = (vault(), busy_state());
    let asked = request(BY_DISTRICT, "0.02");
    let first = ask(&input(&rows, &vault), &asked).await.unwrap();
    let mut later = input(&rows, &vault);
    for known in &mut later.inputs {
        if known.table == "campaigns" {
            known.delta_version += 1;
        }
    }
    let same = ask(&later, &asked).await.unwrap();
    assert_eq!((same.charged, &same.answer), (None, &first.answer));
    for table in ["incidents", "places", "place_changes"] {
        let known = later.inputs.iter_mut().find(|known| known.table == table);
        known.unwrap().delta_version += 1;
        let new = ask(&later, &asked).await.unwrap();
        assert_eq!(new.charged, Some(epsilon("0.02")), "{table}");
        assert_ne!(answer(&new).draw, answer(&first).draw);
    }
    let old = ask(&input(&rows, &vault), &asked).await.unwrap();
    assert_eq!((old.charged, &old.answer), (None, &first.answer));
    later.inputs.clear();
    assert!(matches!(
        ask(&later, &asked).await,
        Err(EngineError::Content { .. })
    ));
}

#[tokio::test]
async fn a_spent_budget_is_refused_and_refusals_leave_no_trace() {
    let (vault, rows) = (vault(), busy_state());
    let input = input(&rows, &vault);
    for category in ["child_labour", "missing", "trafficking"] {
        let question = format!(
            "SELECT COUNT(*) FROM incidents WHERE category = '{category}' AND period = '2021'"
        );
        let asked = ask(&input, &request(&question, "0.04")).await;
        match category {
            "trafficking" => assert_eq!(refused(asked), Refusal::BudgetSpent),
            _ => assert!(asked.is_ok()),
        }
    }
    // A question over both years is not answered for the one that has some.
    let both = "SELECT COUNT(*) FROM incidents WHERE period BETWEEN '2021' AND '2022'";
    let before = vault.ledger(&[]).await.unwrap().len();
    assert_eq!(
        refused(ask(&input, &request(both, "0.04")).await),
        Refusal::BudgetSpent
    );
    for (question, at, why) in [
        (both, "0.2", Refusal::Epsilon),
        (both, "0.0001", Refusal::Epsilon),
        ("SELECT * FROM incidents", "0.01", Refusal::Syntax),
        ("SELECT COUNT(*) FROM effort", "0.01", Refusal::UnknownTable),
        (
            "SELECT COUNT(*) FROM incidents; DROP",
            "0.01",
            Refusal::Syntax,
        ),
    ] {
        assert_eq!(refused(ask(&input, &request(question, at)).await), why);
    }
    assert_eq!(vault.ledger(&[]).await.unwrap().len(), before);
    let budgets = remaining(&vault).await.unwrap();
    assert_eq!(budgets.len(), 1);
    assert_eq!(budgets[0].remaining, epsilon("0.02"));
    let other = "SELECT COUNT(*) FROM incidents WHERE period = '2022'";
    assert!(ask(&input, &request(other, "0.1")).await.is_ok());
}

#[tokio::test]
async fn a_question_cut_short_anywhere_pays_once_and_is_answered_as_if_it_had_not_been() {
    let rows = busy_state();
    let asked = request(BY_DISTRICT, "0.03");
    let mut steps = Vec::new();
    let whole = vault();
    let uncut = ask_reaching(&input(&rows, &whole), &asked, &mut |step| {
        steps.push(step);
        Ok(())
    })
    .await
    .unwrap();
    assert_eq!(steps.len(), 6, "{steps:?}");
    for cut in steps {
        let vault = vault();
        let outcome = ask_reaching(&input(&rows, &vault), &asked, &mut |step| {
            if step == cut { Err(stop()) } else { Ok(()) }
        })
        .await;
        assert!(outcome.is_err());
        let spent = !matches!(cut, QuestionStep::Checked | QuestionStep::Opened);
        let ledger = vault.ledger(&[]).await.unwrap();
        let left = ledger.remaining(QUESTIONS, 2021);
        let expected = if spent { "0.07" } else { "0.1" };
        assert_eq!(left.unwrap_or(epsilon("0.1")), epsilon(expected), "{cut:?}");
        let again = ask(&input(&rows, &vault), &asked).await.unwrap();
        assert_eq!(again.answer, uncut.answer, "{cut:?}");
        assert_eq!(again.charged.is_none(), spent, "{cut:?}");
        let ledger = vault.ledger(&[]).await.unwrap();
        assert_eq!(ledger.remaining(QUESTIONS, 2021), Some(epsilon("0.07")));
        assert!(ledger.is_committed(&answer(&again).draw));
        assert_eq!(ledger.len(), 3, "cut after {cut:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn racing_askers_of_a_question_pay_once_and_are_told_the_same() {
    let (vault, rows) = (vault(), busy_state());
    let runs: Vec<_> = (0..16)
        .map(|_| {
            let (input, asked) = (input(&rows, &vault), request(BY_DISTRICT, "0.02"));
            tokio::spawn(async move { ask(&input, &asked).await.unwrap() })
        })
        .collect();
    let (mut told, mut charged) = (BTreeSet::new(), 0);
    for run in runs {
        let asked = run.await.unwrap();
        charged += usize::from(asked.charged.is_some());
        told.insert(format!("{:?}", asked.answer));
    }
    assert_eq!((told.len(), charged), (1, 1));
    assert_eq!(vault.ledger(&[]).await.unwrap().len(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn racing_askers_of_different_questions_never_spend_more_than_there_is() {
    let (vault, rows) = (vault(), busy_state());
    let categories = [
        "trafficking",
        "child_labour",
        "sexual_abuse",
        "child_marriage",
        "online_abuse",
        "missing",
    ];
    let runs: Vec<_> = categories
        .into_iter()
        .flat_map(|category| ["COUNT(*)", "COUNT(DISTINCT child)"].map(|m| (category, m)))
        .map(|(category, measure)| {
            let question = format!(
                "SELECT {measure} FROM incidents WHERE category = '{category}' AND period = '2021'"
            );
            let (input, asked) = (input(&rows, &vault), request(&question, "0.02"));
            tokio::spawn(async move { ask(&input, &asked).await })
        })
        .collect();
    let mut answered = 0;
    for run in runs {
        match run.await.unwrap() {
            Ok(_) => answered += 1,
            outcome => assert_eq!(refused(outcome), Refusal::BudgetSpent),
        }
    }
    assert_eq!(answered, 5, "0.1 holds five times 0.02");
    let budgets = remaining(&vault).await.unwrap();
    assert_eq!(budgets[0].remaining, Epsilon::ZERO);
}

#[tokio::test]
async fn answers_are_near_the_figures_where_the_policy_spends_much() {
    let (vault, rows) = (vault(), busy_state());
    let input = input(&rows, &vault);
    let asked = ask(&input, &generously(BY_DISTRICT)).await.unwrap();
    let exact = [("district:0", 58), ("district:1", 18)];
    assert_eq!(values(&asked).len(), 2);
    for (district, exact) in exact {
        let value = values(&asked)[district];
        assert!((value - exact).abs() <= 12, "{district}: {value}");
    }
    // All quarters and blocks are told of, empty ones included; the events of
    // a village are in its block.
    let question = "SELECT block, period, COUNT(*) FROM incidents WHERE category = 'child_labour' \
         AND period = '2022' GROUP BY block, period";
    let asked = ask(&input, &generously(question)).await.unwrap();
    let per_block = [42, 16, 17, 1];
    assert_eq!(values(&asked).len(), 16);
    for (key, value) in values(&asked) {
        let block: usize = key[6..7].parse().unwrap();
        let exact = if key.ends_with("Q2") {
            per_block[block]
        } else {
            0
        };
        assert!((value - exact).abs() <= 25, "{key}: {value}");
    }
    // A clamped sum of what is one in every row is the number of rows.
    let mut rows = small_state();
    for child in 0..80 {
        incident(
            &mut rows,
            Some(&format!("c{child}")),
            "village:3",
            "2020-02-01",
        );
    }
    let question = "SELECT sex, SUM(CLAMP(children, 0, 1)) FROM incidents WHERE period = '2020-Q1' \
         AND district IN ('district:0') GROUP BY sex";
    let input = input_at(&rows, &crate::fixture::vault(), 1);
    let asked = ask(&input, &generously(question)).await.unwrap();
    let value = values(&asked);
    assert!((value["female"] - 80).abs() <= 25 && value["male"].abs() <= 25);
}

#[tokio::test]
async fn an_event_known_only_by_its_cell_is_in_the_places_around_it() {
    let mut rows = small_state();
    let point = h3o::LatLng::new(25.7, 85.3).unwrap();
    let cell = u64::from(point.to_cell(h3o::Resolution::Eight));
    for child in 0..90 {
        rows.add(
            Table::MarriageInterventions,
            json!({"h3": cell, "date": "2023-08-01", "child_key": format!("c{child}"),
                   "method": "persuasion", "outcome": "prevented"}),
        );
    }
    let question = "SELECT COUNT(DISTINCT child) FROM marriage_interventions WHERE \
         outcome = 'prevented' AND period = '2023' GROUP BY block";
    let asked = ask(&input(&rows, &vault()), &generously(question)).await;
    for (block, value) in values(&asked.unwrap()) {
        let exact = if block == "block:3" { 90 } else { 0 };
        assert!((value - exact).abs() <= 12, "{block}: {value}");
    }
}

#[tokio::test]
async fn what_one_child_adds_is_bounded_and_rows_without_a_child_are_for_the_steward() {
    let mut rows = small_state();
    for day in 0..200 {
        let date = format!("2021-0{}-{:02}", 1 + day % 9, 1 + day % 28);
        incident(
            &mut rows,
            Some("the child"),
            &format!("village:{}", day % 8),
            &date,
        );
        incident(&mut rows, None, "village:1", &date);
    }
    let input = input(&rows, &vault());
    let question = "SELECT COUNT(*) FROM incidents WHERE period = '2021'";
    let asked = ask(&input, &generously(question)).await.unwrap();
    assert!(values(&asked)[""].abs() <= 27, "two rows count, and noise");
    let left = left_out(&input).await.unwrap();
    let of = |table: &str| left.iter().find(|l| l.table == table).unwrap().rows;
    assert_eq!((of("incidents"), of("marriage_interventions")), (200, 0));
}

#[tokio::test]
async fn places_finer_than_the_policy_are_never_told_of() {
    let mut rows = busy_state();
    rows.add(
        Table::Places,
        json!({"place_id": "block:9", "level": "block", "name": "Hamlet",
               "parent_id": "district:1", "population": 400}),
    );
    incident(&mut rows, Some("hidden-child"), "block:9", "2021-05-05");
    let input = input(&rows, &vault());
    let offered = schema(&input, &Policy::default(), Resources::default()).await;
    let offered = serde_json::to_string(&offered.unwrap()).unwrap();
    for told in [
        "\"block:3\"",
        "\"district:1\"",
        "\"2000-Q1\"",
        "\"2025-Q3\"",
    ] {
        assert!(offered.contains(told), "{told}");
    }
    for secret in ["village", "block:9", "_key", "2025-Q4", "h3", "partner"] {
        assert!(!offered.contains(secret), "{secret}");
    }
    for (question, why) in [
        ("GROUP BY village", Refusal::UnknownColumn),
        ("GROUP BY child_key", Refusal::UnknownColumn),
        ("WHERE place_id = 'village:1'", Refusal::UnknownColumn),
        ("WHERE block = 'block:9'", Refusal::UnknownKey),
        ("WHERE block = 'block:1'", Refusal::TooFine),
        ("GROUP BY category, block", Refusal::TooFine),
        ("WHERE period >= '2025-Q4'", Refusal::Empty),
    ] {
        let question = format!("SELECT COUNT(*) FROM incidents {question}");
        assert_eq!(refused(ask(&input, &request(&question, "0.01")).await), why);
    }
    let too_fine = EngineError::from(Refusal::UnknownKey).to_string();
    assert!(too_fine.starts_with("dp_unknown_key: ") && !too_fine.contains("block:9"));
}

#[tokio::test]
async fn before_a_quarter_has_settled_nothing_may_be_asked() {
    let mut early = input(&busy_state(), &vault());
    early.data_as_of = None;
    let asked = ask(&early, &request(BY_DISTRICT, "0.01")).await;
    assert_eq!(refused(asked), Refusal::UnknownTable);
    early.data_as_of = Some("2021-05-30".into());
    let later = "SELECT COUNT(*) FROM incidents WHERE period >= '2021-Q2'";
    let asked = ask(&early, &request(later, "0.01")).await;
    assert_eq!(refused(asked), Refusal::Empty);
}

#[tokio::test]
async fn no_pseudonym_and_no_exact_figure_is_kept_or_shown() {
    let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let vault = Vault::new(Arc::clone(&store), "privacy".into(), &[7; 32]);
    let rows = busy_state();
    let question = "SELECT COUNT(DISTINCT child) FROM incidents WHERE period = '2021' AND \
         category IN ('child_labour') GROUP BY block, detection_mode, sex, age_band";
    let mut shown = String::new();
    for at in ["0.01", "0.1"] {
        match ask(&input(&rows, &vault), &request(question, at)).await {
            Ok(asked) => shown += &format!("{asked:?}"),
            Err(error) => shown += &format!("{error} {error:?} {:?}", error.refusal()),
        }
    }
    let mut files = 0;
    let mut listed = store.list(None);
    while let Some(file) = futures::StreamExt::next(&mut listed).await {
        let bytes = store.get(&file.unwrap().location).await.unwrap();
        shown += str::from_utf8(&bytes.bytes().await.unwrap()).unwrap();
        files += 1;
    }
    assert_eq!(
        files, 5,
        "open, reserve, commit, one answer and one entry of the audit log"
    );
    for secret in ["child_labour-", "village", "Block 0", "p0", "raid-"] {
        assert!(!shown.contains(secret), "{secret}");
    }
    // The figures behind these are zero but for none recorded by sex, so what
    // differs from zero is noise: at this epsilon most must.
    let asked = ask(&input(&rows, &vault), &request(question, "0.01")).await;
    let values = values(&asked.unwrap());
    let zeros = values.values().filter(|value| **value == 0).count();
    assert!(zeros * 4 < values.len(), "{zeros} of {}", values.len());
}

#[tokio::test]
async fn neither_threads_nor_the_order_of_rows_change_an_answer() {
    let rows = busy_state();
    let mut reversed = rows.clone();
    reversed.0.reverse();
    let mut told = BTreeSet::new();
    for (rows, threads) in [(&rows, 1), (&rows, 4), (&reversed, 2)] {
        let mut asked = request(BY_DISTRICT, "0.05");
        asked.resources.threads = threads;
        let asked = ask(&input(rows, &vault()), &asked).await.unwrap();
        told.insert(format!("{:?}", asked.answer));
    }
    assert_eq!(told.len(), 1);
}

#[tokio::test]
async fn a_changed_answer_and_a_ledger_that_was_cut_back_are_refused() {
    let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let vault = Vault::new(Arc::clone(&store), "privacy".into(), &[7; 32]);
    let rows = busy_state();
    let asked = request(BY_DISTRICT, "0.02");
    let told = ask(&input(&rows, &vault), &asked).await.unwrap();
    let answer = answer(&told);
    let kept = Path::from(format!(
        "privacy/answers/{}/{}.toml",
        answer.question, answer.draw
    ));
    let whole = store.get(&kept).await.unwrap().bytes().await.unwrap();
    let text = str::from_utf8(&whole).unwrap();
    let changed = text.replacen("value = ", "value = 1", 1);
    store.put(&kept, PutPayload::from(changed)).await.unwrap();
    let error = ask(&input(&rows, &vault), &asked).await.unwrap_err();
    assert!(matches!(error, EngineError::NotSealed(_)), "{error}");
    assert_eq!(error.refusal(), Refusal::Unavailable);
    store.put(&kept, PutPayload::from(whole)).await.unwrap();
    assert!(ask(&input(&rows, &vault), &asked).await.is_ok());

    for entry in [2, 1] {
        let entry = Path::from(format!("privacy/ledger/{entry:012}.json"));
        store.delete(&entry).await.unwrap();
    }
    let other = request(
        "SELECT COUNT(*) FROM incidents WHERE period = '2021'",
        "0.1",
    );
    for asked in [&asked, &other] {
        let error = ask(&input(&rows, &vault), asked).await.unwrap_err();
        assert!(matches!(error, EngineError::Ledger(_)), "{error}");
        assert_eq!(error.refusal(), Refusal::Unavailable);
    }
    assert!(remaining(&vault).await.is_err());
}

#[tokio::test]
async fn draws_and_questions_of_a_year_never_spend_more_than_one_together() {
    let rows = busy_state();
    let question = "SELECT COUNT(*) FROM incidents WHERE period = '2021'";
    let caps = |vault: &Vault| {
        let vault = vault.clone();
        async move {
            let ledger = vault.ledger(&[]).await.unwrap();
            let of = |dataset: &str| {
                let mut accounts = ledger.accounts();
                accounts
                    .find(|a| a.dataset == dataset && a.year == 2021)
                    .map(|account| account.cap)
            };
            (of(DATASET), of(QUESTIONS))
        }
    };
    // The draws come first, under the default policy.
    let vault = vault();
    let folder = tempfile::tempdir().unwrap();
    release::release_under(&vault, &rows, folder.path(), 2).await;
    let input = input(&rows, &vault);
    let asked = ask(&input, &generously(question)).await;
    assert_eq!(refused(asked), Refusal::BudgetSpent);
    let mut modest = generously(question);
    modest.epsilon = epsilon("0.1");
    assert!(ask(&input, &modest).await.is_ok());
    let expected = (Some(epsilon("0.9")), Some(epsilon("0.1")));
    assert_eq!(caps(&vault).await, expected);

    // The questions come first, under a policy that gives them more.
    let vault = crate::fixture::vault();
    let folder = tempfile::tempdir().unwrap();
    let input = input_at(&rows, &vault, 1);
    assert!(ask(&input, &generously(question)).await.is_ok());
    let report = run_on(&input, &release::request(folder.path(), 2)).await;
    let report = report.unwrap();
    assert_eq!(report.draws, [2022]);
    assert_eq!(report.years_without_draw[0].0, 2021);
    assert_eq!(caps(&vault).await, (None, Some(epsilon("0.9"))));
}
