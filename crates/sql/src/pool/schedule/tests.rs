//! Turns, without a worker.

use super::*;

fn turns(running: usize, running_of_one: usize) -> Turns {
    Turns {
        running,
        running_of_one,
        queries_of_one: 4,
        waiting: 6,
        wait: Duration::from_secs(60),
        // Most tests are about the lane that all queries pass.
        fresh: running,
        fresh_for: Duration::from_secs(1),
    }
}

/// Starts waiting, in the order of the calls.
async fn wait(
    schedule: &Arc<Schedule>,
    identity: &'static str,
) -> tokio::task::JoinHandle<Result<Turn, Refusal>> {
    let schedule = Arc::clone(schedule);
    let waiting = tokio::spawn(async move { schedule.turn(identity).await });
    for _ in 0..8 {
        tokio::task::yield_now().await;
    }
    waiting
}

/// Whether every turn was given back.
fn is_idle(schedule: &Arc<Schedule>) -> bool {
    let state = schedule.lock();
    let free = state.lanes.iter().all(|lane| lane.running == 0);
    free && state.of.is_empty() && state.paused == 0 && state.expected == 0
}

#[tokio::test]
async fn a_user_with_one_query_waits_for_one_query_of_another() {
    let schedule = Schedule::new(turns(1, 1));
    let first = schedule.turn("many").await.unwrap();
    let second = wait(&schedule, "many").await;
    let third = wait(&schedule, "many").await;
    let single = wait(&schedule, "single").await;
    drop(first);
    let second = second.await.unwrap().unwrap();
    assert!(!third.is_finished() && !single.is_finished());
    drop(second);
    let single = single.await.unwrap().unwrap();
    assert!(!third.is_finished());
    drop(single);
    assert!(third.await.unwrap().is_ok());
}

#[tokio::test]
async fn one_user_cannot_take_every_turn() {
    let schedule = Schedule::new(turns(2, 1));
    let _first = schedule.turn("many").await.unwrap();
    let second = wait(&schedule, "many").await;
    assert!(schedule.turn("single").await.is_ok());
    assert!(!second.is_finished());
}

#[tokio::test]
async fn limits_are_told_by_name() {
    let schedule = Schedule::new(turns(1, 1));
    let _running = schedule.turn("a").await.unwrap();
    let mut waiting = Vec::new();
    for identity in ["a", "a", "a", "b", "b", "b"] {
        waiting.push(wait(&schedule, identity).await);
    }
    let of_one = schedule.turn("a").await.unwrap_err();
    assert_eq!(
        of_one,
        Refusal::Limit {
            limit: Limit::QueriesOfOne,
            most: 4
        }
    );
    let in_all = schedule.turn("c").await.unwrap_err();
    assert_eq!(
        in_all,
        Refusal::Limit {
            limit: Limit::QueriesWaiting,
            most: 6
        }
    );
}

#[tokio::test]
async fn who_leaves_the_queue_frees_a_place_and_takes_no_turn() {
    let schedule = Schedule::new(turns(1, 1));
    let running = schedule.turn("a").await.unwrap();
    let left = wait(&schedule, "b").await;
    let stays = wait(&schedule, "c").await;
    left.abort();
    assert!(left.await.is_err());
    drop(running);
    assert!(stays.await.unwrap().is_ok());
    assert_eq!(schedule.lock().lanes[0].running, 0);
    assert!(schedule.turn("b").await.is_ok());
}

#[tokio::test]
async fn waiting_ends_with_the_limit_of_waiting() {
    let wait = Duration::from_secs(1);
    let schedule = Schedule::new(Turns {
        wait,
        ..turns(1, 1)
    });
    let _running = schedule.turn("a").await.unwrap();
    let refusal = schedule.turn("b").await.unwrap_err();
    assert_eq!(
        refusal,
        Refusal::Limit {
            limit: Limit::WaitSeconds,
            most: 1
        }
    );
}

#[tokio::test]
async fn a_long_query_leaves_the_lane_of_fresh_ones_to_others() {
    let schedule = Schedule::new(turns(1, 1));
    let mut long = schedule.turn("long").await.unwrap();
    let waits = wait(&schedule, "small").await;
    assert!(!waits.is_finished());
    assert!(long.lengthen());
    let small = waits.await.unwrap().unwrap();
    drop(small);
    // The lane of long ones is full: the next one waits there, and small
    // ones still pass.
    let mut second = schedule.turn("second").await.unwrap();
    assert!(!second.lengthen());
    let second = tokio::spawn(second.again());
    assert!(schedule.turn("small").await.is_ok());
    assert!(!second.is_finished());
    drop(long);
    let second = second.await.unwrap().unwrap();
    assert_eq!(second.state, TurnState::Long);
    drop(second);
    assert!(is_idle(&schedule));
}

#[tokio::test]
async fn who_has_no_long_query_goes_first_among_the_fresh() {
    let schedule = Schedule::new(turns(1, 1));
    let mut long = schedule.turn("many").await.unwrap();
    assert!(long.lengthen());
    let fresh = schedule.turn("many").await.unwrap();
    let again = wait(&schedule, "many").await;
    let single = wait(&schedule, "single").await;
    drop(fresh);
    let single = single.await.unwrap().unwrap();
    assert!(!again.is_finished());
    drop(single);
    assert!(again.await.unwrap().is_ok());
}

#[tokio::test]
async fn a_query_that_waits_for_a_long_turn_counts_for_its_user() {
    let schedule = Schedule::new(turns(1, 1));
    let mut long = schedule.turn("other").await.unwrap();
    assert!(long.lengthen());
    let mut waiting = Vec::new();
    for _ in 0..4 {
        let turn = schedule.turn("many").await.unwrap();
        waiting.push(tokio::spawn(turn.again()));
        tokio::task::yield_now().await;
    }
    let refused = schedule.turn("many").await.unwrap_err();
    assert!(matches!(
        refused,
        Refusal::Limit {
            limit: Limit::QueriesOfOne,
            ..
        }
    ));
    waiting.iter().for_each(tokio::task::JoinHandle::abort);
}

#[tokio::test]
async fn one_fresh_turn_is_never_of_a_user_who_had_a_long_query() {
    let schedule = Schedule::new(turns(2, 2));
    for identity in ["one", "two"] {
        let mut long = schedule.turn(identity).await.unwrap();
        assert!(!long.is_of_long() && long.lengthen());
    }
    // Both are remembered; together they have one of two turns.
    let fresh = schedule.turn("one").await.unwrap();
    assert!(fresh.is_of_long());
    let second = wait(&schedule, "two").await;
    let small = schedule.turn("small").await.unwrap();
    assert!(!small.is_of_long() && !second.is_finished());
    drop(small);
    for _ in 0..8 {
        tokio::task::yield_now().await;
    }
    assert!(!second.is_finished());
    drop(fresh);
    assert!(second.await.unwrap().unwrap().is_of_long());
    // A minute later nobody remembers.
    for last in schedule.lock().long.values_mut() {
        *last -= REMEMBERED;
    }
    assert!(!schedule.turn("one").await.unwrap().is_of_long());
    assert!(is_idle(&schedule));
}

#[tokio::test]
async fn what_waits_for_a_long_turn_keeps_no_small_query_out_of_the_queue() {
    let schedule = Schedule::new(Turns {
        waiting: 1,
        ..turns(1, 1)
    });
    let mut long = schedule.turn("long").await.unwrap();
    assert!(long.lengthen());
    let displaced = schedule.turn("other").await.unwrap();
    let displaced = tokio::spawn(displaced.again());
    tokio::task::yield_now().await;
    let first = schedule.turn("first").await.unwrap();
    let second = wait(&schedule, "second").await;
    assert!(!second.is_finished());
    drop(first);
    assert!(second.await.unwrap().is_ok());
    displaced.abort();
}

#[tokio::test]
async fn a_query_that_waits_for_its_reader_leaves_its_turn_to_others() {
    let schedule = Schedule::new(turns(1, 1));
    let mut slow = schedule.turn("slow").await.unwrap();
    // No fresh turn is given away.
    slow.pause();
    assert!(slow.state != TurnState::Paused && slow.lengthen());
    slow.pause();
    assert_eq!(slow.state, TurnState::Paused);
    let mut other = schedule.turn("other").await.unwrap();
    assert!(other.lengthen());
    // One is paused for all: this one keeps its turn.
    other.pause();
    assert_eq!(other.state, TurnState::Long);
    let resumed = tokio::spawn(async move {
        slow.resume().await.unwrap();
        slow
    });
    tokio::task::yield_now().await;
    assert!(!resumed.is_finished());
    drop(other);
    let slow = resumed.await.unwrap();
    assert_eq!(slow.state, TurnState::Long);
    drop(slow);
    assert!(is_idle(&schedule));
}

#[tokio::test]
async fn what_is_paused_counts_for_its_user_and_is_forgotten_with_them() {
    let schedule = Schedule::new(turns(2, 1));
    let mut slow = schedule.turn("slow").await.unwrap();
    assert!(slow.lengthen());
    slow.pause();
    let mut again = schedule.turn("slow").await.unwrap();
    assert!(again.is_of_long() && again.lengthen());
    // One of one user.
    again.pause();
    assert_eq!(again.state, TurnState::Long);
    assert_eq!(schedule.lock().of["slow"].queries(), 2);
    drop(slow);
    drop(again);
    assert!(is_idle(&schedule));
}
