//! Answers on disk: one file each, made once, never changed.

use std::str;

use object_store::path::Path;
use safeground_privacy::NotSealed;
use safeground_privacy::Released;
use safeground_privacy::ledger::{Ledger, LedgerError};
use safeground_privacy::query::{Answer, AnswerBook, open_answer, seal_answer};

use crate::EngineError;
use crate::release::Vault;

/// Folder of the answers, with a folder for each question.
const ANSWERS: &str = "answers";

/// Ending of a kept answer's name, which begins with that of its draw.
const ENDING: &str = ".toml";

/// The kept answers of a vault.
#[derive(Debug, Clone, Copy)]
pub(super) struct KeptAnswers<'a>(pub(super) &'a Vault);

impl KeptAnswers<'_> {
    /// The ledger, which must have been charged for every kept answer: were
    /// its end cut off, budgets would be refilled.
    ///
    /// # Errors
    /// [`EngineError::Ledger`] where it was changed or cut back.
    pub(super) async fn ledger(self) -> Result<Ledger, EngineError> {
        // Listed first: what is charged later may be kept later.
        let kept = self.0.list(&self.0.location(&[ANSWERS])).await?;
        let ledger = self.0.ledger(&[]).await?;
        for draw in kept.iter().filter_map(draw_of) {
            if ledger.paid_for(draw).is_none() {
                return Err(LedgerError::CutBack(draw.to_owned()).into());
            }
        }
        Ok(ledger)
    }

    /// All answers to a question.
    ///
    /// # Errors
    /// [`EngineError::NotSealed`] where one was changed.
    pub(super) async fn book(
        self,
        question: &str,
        ledger: &Ledger,
    ) -> Result<AnswerBook, EngineError> {
        let mut book = AnswerBook::default();
        let folder = self.0.location(&[ANSWERS, question]);
        for location in self.0.list(&folder).await? {
            if draw_of(&location).is_some()
                && let Some(answer) = self.read(&location).await?
            {
                book.admit(answer, ledger)?;
            }
        }
        Ok(book)
    }

    /// Keeps an answer, and gives what is now kept: if another run of the same
    /// draw came first, what that one kept.
    ///
    /// # Errors
    /// [`EngineError::NotSealed`] where it was changed at once.
    pub(super) async fn keep(
        self,
        answer: &Released<Answer>,
    ) -> Result<Released<Answer>, EngineError> {
        let (question, draw) = (&answer.get().question, &answer.get().draw);
        let name = format!("{draw}{ENDING}");
        let location = self.0.location(&[ANSWERS, question, &name]);
        let text = seal_answer(answer, self.0.seed());
        self.0.create(&location, text.into_bytes()).await?;
        let kept = self.read(&location).await?;
        kept.ok_or_else(|| not_sealed().into())
    }

    async fn read(self, location: &Path) -> Result<Option<Released<Answer>>, EngineError> {
        let Some(bytes) = self.0.read(location).await? else {
            return Ok(None);
        };
        let text = str::from_utf8(&bytes).map_err(|_| not_sealed())?;
        Ok(Some(open_answer(text, self.0.seed())?))
    }
}

/// Name of the draw that a file keeps the answer of.
fn draw_of(location: &Path) -> Option<&str> {
    location.filename()?.strip_suffix(ENDING)
}

fn not_sealed() -> NotSealed {
    NotSealed {
        what: "the answer to a question".into(),
    }
}
