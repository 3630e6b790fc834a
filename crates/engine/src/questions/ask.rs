//! A question's run: check, look up, pay, read, keep.

use std::collections::BTreeMap;

use safeground_privacy::audit::Act;
use safeground_privacy::ledger::Ledger;
use safeground_privacy::noise::Epsilon;
use safeground_privacy::query::{Answer, QueryContext, QueryPlan, Refusal, Schema};
use safeground_privacy::{Policy, Released};
use safeground_schema::Table;

use super::QUESTIONS;
use super::kept::KeptAnswers;
use super::offered::{OFFERED, offered};
use super::read::read_rows;
use super::surface::Surface;
use crate::release::{Input, LeftOut, Vault, sha256};
use crate::{EngineError, Resources};

/// What is asked, and under which policy.
#[derive(Debug, Clone)]
pub struct QuestionRequest {
    /// Policy; checked against its floor.
    pub policy: Policy,
    /// The question as written.
    pub question: String,
    /// What it may cost each year whose rows it reads.
    pub epsilon: Epsilon,
    /// Token that asks, for the audit log; absent where it is asked at the lake.
    pub token: Option<String>,
    /// Threads and memory; the answer depends on neither.
    pub resources: Resources,
}

/// What became of a question.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// The answer, the same for all who ask.
    pub answer: Released<Answer>,
    /// What was charged to each year now; absent where it was paid before.
    pub charged: Option<Epsilon>,
    /// What questions may still spend on the rows of its years.
    pub remaining: BTreeMap<i32, Epsilon>,
}

/// What a run may be stopped after, for tests of faults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuestionStep {
    /// The question was found sound and new.
    Checked,
    /// Its years have accounts.
    Opened,
    /// It was paid for.
    Reserved,
    /// The answer was drawn and not yet kept.
    Drawn,
    /// The answer was kept.
    Kept,
    /// It was noted as told.
    Committed,
}

/// Called at each step; an error stops the run there.
pub type QuestionReached<'a> = &'a mut (dyn FnMut(QuestionStep) -> Result<(), EngineError> + Send);

/// Answers a question, or gives the answer that was given before.
///
/// The answer, its noise included, depends on rows, policy, question and the
/// lake's seed alone.
///
/// # Errors
/// [`EngineError::Refused`] from the question, the schema and the ledger, before
/// any row is read, and failures of the lake. Of these whoever asked may be
/// told [`EngineError::refusal`] and no more.
pub async fn ask(input: &Input, request: &QuestionRequest) -> Result<Asked, EngineError> {
    ask_reaching(input, request, &mut |_| Ok(())).await
}

/// [`ask`] that tells of its steps, for tests of faults.
///
/// # Errors
/// As [`ask`], and what `reached` returns.
pub async fn ask_reaching(
    input: &Input,
    request: &QuestionRequest,
    reached: QuestionReached<'_>,
) -> Result<Asked, EngineError> {
    let policy = &request.policy;
    policy.check()?;
    let session = request.resources.session(&input.session)?;
    let surface = Surface::read(&session, policy, input.data_as_of.as_deref()).await?;
    let plan = QueryPlan::parse(&request.question, &surface.schema)?;
    let offered = offered(plan.table()).ok_or(Refusal::UnknownTable)?;
    let context = context(input, offered.table(), policy)?;
    let (vault, years) = (&input.vault, plan.years());
    let query = plan.price(request.epsilon, &context, &policy.questions, vault.seed())?;

    let answers = KeptAnswers(vault);
    let mut ledger = answers.ledger().await?;
    let mut book = answers.book(query.question(), &ledger).await?;
    if book.find(query.plan(), &context, query.epsilon()).is_none() {
        reached(QuestionStep::Checked)?;
        // Nothing is opened for a question that cannot be paid for.
        let cap = policy.questions.yearly_epsilon;
        let paid = ledger.paid_for(query.draw()).is_some();
        let left = |year: &i32| Vault::left(&ledger, QUESTIONS, *year, cap);
        if !paid && years.iter().map(left).any(|left| left < query.epsilon()) {
            return Err(Refusal::BudgetSpent.into());
        }
        // A question that is answered again tells nothing new, and is not
        // written down: anybody could make the log grow for ever.
        vault
            .audit()
            .write(Act::Question {
                question: query.draw().to_owned(),
                epsilon: query.epsilon().to_string(),
                token: request.token.clone(),
            })
            .await?;
        vault
            .open_years(&mut ledger, QUESTIONS, &years, cap)
            .await?;
        reached(QuestionStep::Opened)?;
        let reserve = |ledger: &Ledger| Ok(query.reserve(ledger)?);
        let (charge, new) = vault.pay(&mut ledger, reserve).await?;
        reached(QuestionStep::Reserved)?;
        let mut tally = query.start(&charge, vault.seed())?;
        read_rows(&session, &surface, offered, query.plan(), &mut tally).await?;
        let answer = tally.finish();
        reached(QuestionStep::Drawn)?;
        let answer = answers.keep(&answer).await?;
        reached(QuestionStep::Kept)?;
        book.admit(answer.clone(), &ledger)?;
        commit(vault, &mut ledger, &answer).await?;
        reached(QuestionStep::Committed)?;
        return Ok(Asked {
            answer,
            charged: new.then_some(query.epsilon()),
            remaining: left_of(&ledger, policy, years),
        });
    }
    let known = book.find(query.plan(), &context, query.epsilon());
    let answer = known.ok_or(Refusal::Unavailable)?.clone();
    commit(vault, &mut ledger, &answer).await?;
    Ok(Asked {
        answer,
        charged: None,
        remaining: left_of(&ledger, policy, years),
    })
}

/// Notes an answer as told, if no run did before.
async fn commit(
    vault: &Vault,
    ledger: &mut Ledger,
    answer: &Released<Answer>,
) -> Result<(), EngineError> {
    vault.commit(ledger, [answer.get().draw.clone()]).await
}

/// Versions of all that an answer about a table depends on.
fn context(input: &Input, table: Table, policy: &Policy) -> Result<QueryContext, EngineError> {
    let versions = [table, Table::Places, Table::PlaceChanges]
        .into_iter()
        .map(|table| {
            let known = input
                .inputs
                .iter()
                .find(|known| known.table == table.name());
            let version = known.map(|known| format!("{table}@{}", known.delta_version));
            version.ok_or_else(|| EngineError::Content {
                table: table.name(),
                reason: "its version is not known; answers are shared by version".into(),
            })
        })
        .collect::<Result<Vec<String>, EngineError>>()?;
    Ok(QueryContext {
        data_version: versions.join(" "),
        policy: sha256(policy.to_toml().as_bytes()),
    })
}

fn left_of(ledger: &Ledger, policy: &Policy, years: Vec<i32>) -> BTreeMap<i32, Epsilon> {
    let cap = policy.questions.yearly_epsilon;
    let left = |year| (year, Vault::left(ledger, QUESTIONS, year, cap));
    years.into_iter().map(left).collect()
}

/// What may be asked of a lake. Public: no row about a child is looked at.
///
/// # Errors
/// A policy below its floor, failures of the lake.
pub async fn schema(
    input: &Input,
    policy: &Policy,
    resources: Resources,
) -> Result<Schema, EngineError> {
    policy.check()?;
    let session = resources.session(&input.session)?;
    let surface = Surface::read(&session, policy, input.data_as_of.as_deref()).await?;
    Ok(surface.schema)
}

/// What questions may spend and have spent on the rows of a year.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct YearBudget {
    /// Year.
    pub year: i32,
    /// All questions together may spend this, for ever.
    pub cap: Epsilon,
    /// What they spent.
    pub spent: Epsilon,
    /// What is left.
    pub remaining: Epsilon,
}

/// The accounts of all years that were asked about. Public: it depends on what
/// was asked and never on rows. A year that is not listed has the policy's
/// whole yearly ε.
///
/// # Errors
/// [`EngineError::Ledger`] where the ledger was changed or cut back.
pub async fn remaining(vault: &Vault) -> Result<Vec<YearBudget>, EngineError> {
    let ledger = KeptAnswers(vault).ledger().await?;
    let of_questions = ledger.accounts().filter(|a| a.dataset == QUESTIONS);
    Ok(of_questions
        .map(|account| YearBudget {
            year: account.year,
            cap: account.cap,
            spent: account.spent,
            remaining: account.remaining(),
        })
        .collect())
}

/// Rows that no question counts since they do not name their child, by table.
///
/// Exact, so for the steward alone.
///
/// # Errors
/// A failed query.
pub async fn left_out(input: &Input) -> Result<Vec<LeftOut>, EngineError> {
    use arrow::array::AsArray as _;
    use arrow::datatypes::Int64Type;
    let mut left_out = Vec::new();
    for offered in &OFFERED {
        let Some(sql) = offered.source.without_child() else {
            continue;
        };
        let mut rows = 0;
        for batch in input.session.sql(&sql).await?.collect().await? {
            let column = batch["n"].as_primitive::<Int64Type>();
            rows += column.iter().flatten().sum::<i64>() as u64;
        }
        left_out.push(LeftOut {
            table: offered.table().to_string(),
            reason: "no child key: no bound could be kept".into(),
            rows,
        });
    }
    Ok(left_out)
}
