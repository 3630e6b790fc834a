//! Answers that were given, shared by all and free.

use std::collections::BTreeMap;

use super::{Answer, QueryContext, QueryPlan, Refusal, Schema};
use crate::Released;
use crate::ledger::Ledger;
use crate::noise::Epsilon;

/// The most accurate answer known to each question.
///
/// Whoever asks again, in whatever spelling and for the same ε or less, gets
/// the very answer that was given before, and nothing is charged.
#[derive(Debug, Default)]
pub struct AnswerBook {
    answers: BTreeMap<String, Released<Answer>>,
}

impl AnswerBook {
    /// The answer to a question, if one was given that is at least as accurate.
    #[must_use]
    pub fn find(
        &self,
        plan: &QueryPlan,
        context: &QueryContext,
        epsilon: Epsilon,
    ) -> Option<&Released<Answer>> {
        let answer = self.answers.get(&plan.identity(context))?;
        (answer.get().epsilon >= epsilon).then_some(answer)
    }

    /// Takes in an answer: one just drawn, or one read back from disk.
    ///
    /// The more accurate of two answers to one question stays.
    ///
    /// # Errors
    /// [`Refusal::Unavailable`] for an answer that the ledger was not charged
    /// for.
    pub fn admit(&mut self, answer: Released<Answer>, ledger: &Ledger) -> Result<(), Refusal> {
        let (question, draw, epsilon) = {
            let answer = answer.get();
            (answer.question.clone(), &answer.draw, answer.epsilon)
        };
        if ledger.paid_for(draw) != Some(epsilon) {
            return Err(Refusal::Unavailable);
        }
        let known = self.answers.get(&question);
        if known.is_none_or(|known| known.get().epsilon < epsilon) {
            self.answers.insert(question, answer);
        }
        Ok(())
    }

    /// Number of questions answered.
    #[must_use]
    pub fn len(&self) -> usize {
        self.answers.len()
    }

    /// Whether none was.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.answers.is_empty()
    }
}

impl Schema {
    /// What may still be spent on the rows of each year, for all to see. Years
    /// without an account are not there.
    ///
    /// It depends on what was asked and never on rows.
    #[must_use]
    pub fn remaining(&self, ledger: &Ledger) -> BTreeMap<i32, Epsilon> {
        let calendars = self.tables().values().map(|table| table.calendar);
        calendars
            .flat_map(|calendar| (0..calendar.len()).map(move |at| calendar.year(at)))
            .filter_map(|year| Some((year, ledger.remaining(self.account(), year)?)))
            .collect()
    }
}
