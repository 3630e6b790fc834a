//! What is charged, to whom, and what is refused.

use safeground_privacy::ledger::Reservation;
use safeground_privacy::query::{AnswerBook, QueryPlan, Refusal, Schema};
use safeground_privacy::{Policy, Released};

use super::world::{self, Desk, epsilon};

fn desk(yearly: &str) -> Desk {
    let rows = (0..20)
        .map(|at| world::row(&format!("c{at}"), &format!("r{at}"), &[("sex", "f")]))
        .collect();
    Desk::new(world::table(4), rows, yearly, 1)
}

#[test]
fn overlapping_questions_are_charged_each_until_the_budget_is_out() {
    let mut desk = desk("0.1");
    let left = |desk: &Desk| desk.schema.remaining(&desk.ledger)[&2024];
    let about = |sex: &str| format!("SELECT COUNT(*) FROM incidents WHERE sex IN ({sex})");
    for (sex, after) in [("'f'", "0.07"), ("'m'", "0.04"), ("'f', 'm'", "0.01")] {
        desk.ask(&about(sex), "0.03").unwrap();
        assert_eq!(left(&desk), epsilon(after));
    }
    let refused = desk.ask(&about("'other'"), "0.03");
    assert_eq!(refused, Err(Refusal::BudgetSpent));
    assert_eq!(left(&desk), epsilon("0.01"), "a refusal costs nothing");
    // What was answered stays answered.
    assert!(desk.ask(&about("'m'"), "0.03").is_ok());
    desk.ask(&about("'other'"), "0.01").unwrap();
    assert_eq!(left(&desk).millionths(), 0);
    assert_eq!(
        desk.ask(&about("'other', 'm'"), "0.001"),
        Err(Refusal::BudgetSpent)
    );
}

#[test]
fn only_the_years_that_are_read_pay() {
    let mut desk = desk("0.1");
    let text = "SELECT COUNT(*) FROM incidents WHERE period BETWEEN '2023-Q4' AND '2024-Q1'";
    assert_eq!(desk.plan(text).unwrap().years(), [2023, 2024]);
    desk.ask(text, "0.1").unwrap();
    let left = desk.schema.remaining(&desk.ledger);
    let millionths: Vec<u64> = left.values().map(|epsilon| epsilon.millionths()).collect();
    assert_eq!(millionths, [0, 0, 100_000]);
    // All years together cannot be asked once one of them is out.
    let all = "SELECT COUNT(*) FROM incidents";
    assert_eq!(desk.ask(all, "0.001"), Err(Refusal::BudgetSpent));
}

#[test]
fn all_tables_draw_on_one_account() {
    let mut desk = desk("0.1");
    let names = ["incidents", "rescues"].map(|name| (name.to_owned(), world::table(4)));
    desk.schema = Schema::new(world::ACCOUNT, names.into(), &Policy::default().research).unwrap();
    desk.ask("SELECT COUNT(*) FROM incidents", "0.1").unwrap();
    let refused = desk.ask("SELECT COUNT(*) FROM rescues", "0.001");
    assert_eq!(refused, Err(Refusal::BudgetSpent));
}

#[test]
fn shares_outside_the_policy_and_years_without_an_account_are_refused() {
    let mut desk = desk("0.1");
    let text = "SELECT COUNT(*) FROM incidents";
    for share in ["0.000999", "0.100001", "1"] {
        assert_eq!(desk.ask(text, share), Err(Refusal::Epsilon));
    }
    desk.ledger = Default::default();
    assert_eq!(desk.ask(text, "0.01"), Err(Refusal::NoBudget));
    desk.policy.yearly_epsilon = epsilon("2");
    assert_eq!(desk.ask(text, "0.01"), Err(Refusal::Unavailable));
}

#[test]
fn no_row_is_counted_without_the_charge_of_that_very_question() {
    let desk = desk("0.1");
    let price = |text: &str, share: &str| {
        let plan = desk.plan(text).unwrap();
        plan.price(epsilon(share), &desk.context, &desk.policy, &desk.seed)
            .unwrap()
    };
    let paid = price("SELECT COUNT(*) FROM incidents", "0.02");
    let Reservation::New(proposal) = paid.reserve(&desk.ledger).unwrap() else {
        panic!("it was not asked before");
    };
    let mut ledger = desk.ledger.clone();
    let charge = ledger.accept(proposal).unwrap().unwrap();
    assert!(paid.start(&charge, &desk.seed).is_ok());
    for other in [
        price("SELECT COUNT(*) FROM incidents WHERE sex = 'f'", "0.02"),
        price("SELECT COUNT(*) FROM incidents", "0.03"),
    ] {
        assert_eq!(
            other.start(&charge, &desk.seed).unwrap_err(),
            Refusal::Unavailable
        );
    }
    let seed = world::seed(2);
    assert_eq!(
        paid.start(&charge, &seed).unwrap_err(),
        Refusal::Unavailable
    );
}

#[test]
fn an_answer_that_was_not_paid_for_does_not_enter_the_book() {
    let mut desk = desk("0.1");
    let text = "SELECT COUNT(*) FROM incidents";
    let answer = desk.ask(text, "0.05").unwrap();
    // Read back from disk; the verification is the engine's hash.
    let reopen = |answer| Released::reopen(answer, |_| Ok::<(), ()>(())).unwrap();
    let mut book = AnswerBook::default();
    let unpaid = world::Desk::new(world::table(4), Vec::new(), "0.1", 1).ledger;
    assert_eq!(
        book.admit(reopen(answer.clone()), &unpaid),
        Err(Refusal::Unavailable)
    );
    let mut dearer = answer.clone();
    dearer.epsilon = epsilon("0.06");
    assert_eq!(
        book.admit(reopen(dearer), &desk.ledger),
        Err(Refusal::Unavailable)
    );
    book.admit(reopen(answer.clone()), &desk.ledger).unwrap();
    let plan = desk.plan(text).unwrap();
    let found = |share: &str| book.find(&plan, &desk.context, epsilon(share));
    assert_eq!(found("0.05").unwrap().get(), &answer);
    assert_eq!(found("0.001").unwrap().get(), &answer);
    assert!(found("0.05001").is_none());
    let other = QueryPlan::parse("SELECT COUNT(*) FROM incidents GROUP BY sex", &desk.schema);
    assert!(
        book.find(&other.unwrap(), &desk.context, epsilon("0.001"))
            .is_none()
    );
    assert_eq!((book.len(), book.is_empty()), (1, false));
}

#[test]
fn charges_and_refusals_do_not_depend_on_rows() {
    let script = [
        ("SELECT COUNT(*) FROM incidents", "0.05"),
        ("SELECT COUNT(*) FROM incidents WHERE sex = 'f'", "0.03"),
        ("SELECT COUNT(*) FROM incidents WHERE sex = 'x'", "0.03"),
        (
            "SELECT SUM(CLAMP(days_worked, 0, 9)) FROM incidents",
            "0.02",
        ),
        ("SELECT COUNT(*) FROM incidents WHERE sex = 'm'", "0.001"),
    ];
    let play = |mut desk: Desk| {
        let codes: Vec<&str> = script
            .iter()
            .map(|(text, share)| {
                desk.ask(text, share)
                    .map_or_else(Refusal::code, |_| "answered")
            })
            .collect();
        (codes, desk.file)
    };
    let full = play(desk("0.1"));
    let empty = play(Desk::new(world::table(4), Vec::new(), "0.1", 1));
    assert_eq!(full, empty);
    let expected = [
        "answered",
        "answered",
        "dp_unknown_key",
        "answered",
        "dp_budget_spent",
    ];
    assert_eq!(full.0, expected);
}

#[test]
fn exact_figures_do_not_print() {
    let desk = desk("0.1");
    let plan = desk.plan("SELECT COUNT(*) FROM incidents").unwrap();
    let priced = plan
        .price(epsilon("0.1"), &desk.context, &desk.policy, &desk.seed)
        .unwrap();
    let Reservation::New(proposal) = priced.reserve(&desk.ledger).unwrap() else {
        panic!("it was not asked before");
    };
    let charge = desk.ledger.clone().accept(proposal).unwrap().unwrap();
    let tally = priced.start(&charge, &desk.seed).unwrap();
    assert_eq!(
        format!("{tally:?}"),
        format!("Tally({}, sealed)", priced.draw())
    );
}
