//! What each message of a connection does.

use std::time::Duration;

use pgwire::api::portal::Format;
use pgwire::api::results::FieldInfo;
use pgwire::messages::PgWireBackendMessage as Told;
use pgwire::messages::PgWireFrontendMessage as Asked;
use pgwire::messages::data::{NoData, ParameterDescription};
use pgwire::messages::extendedquery::{
    BindComplete, CloseComplete, Describe, Execute, ParseComplete, PortalSuspended,
    TARGET_TYPE_BYTE_STATEMENT,
};
use pgwire::messages::response::{
    CommandComplete, EmptyQueryResponse, ErrorResponse, ReadyForQuery, TransactionStatus,
};
use tokio::io::AsyncWrite;
use tokio::sync::{mpsc, watch};

use crate::asking::Asker;
use crate::catalog::{Listing, Texts};
use crate::commands::{Command, shown};
use crate::fault::{Failure, Fault};
use crate::outgoing::Outgoing;
use crate::portals::{Portal, Portals, Prepared, Statement};
use crate::rows::{Rows, description, fields};
use crate::settings::Settings;
use crate::values;

/// How long a connection may be open without a question.
const IDLE_MINUTES: u64 = 10;

/// A transaction: it changes nothing, but its queries are of one release.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Transaction {
    /// None is open.
    None,
    /// One is open, of a release once something was asked.
    Open(Option<String>),
    /// One is open and a statement of it failed.
    Failed,
}

/// A connection after somebody came in.
pub(crate) struct Session<W> {
    asker: Asker,
    out: Outgoing<W>,
    settings: Settings,
    transaction: Transaction,
    portals: Portals,
    /// After an error in the extended protocol: messages are skipped up to the
    /// next Sync.
    skips: bool,
}

impl<W: AsyncWrite + Unpin> Session<W> {
    /// A session that answers over `out`.
    pub(crate) fn new(asker: Asker, out: Outgoing<W>, settings: Settings) -> Self {
        Self {
            asker,
            out,
            settings,
            transaction: Transaction::None,
            portals: Portals::default(),
            skips: false,
        }
    }

    /// Answers messages until the client says no more, the server stops or
    /// nothing is asked for a while.
    pub(crate) async fn run(
        mut self,
        mut messages: mpsc::Receiver<Result<Asked, Fault>>,
        mut stopped: watch::Receiver<bool>,
    ) {
        let idle = Duration::from_secs(60 * IDLE_MINUTES);
        let last = loop {
            let message = tokio::select! {
                message = messages.recv() => message,
                _ = stopped.wait_for(|stopped| *stopped) => break Some(Fault::stopping()),
                () = tokio::time::sleep(idle) => break Some(Fault::idle(IDLE_MINUTES)),
            };
            let message = match message {
                None | Some(Ok(Asked::Terminate(_))) => break None,
                Some(Err(fault)) => break Some(fault),
                Some(Ok(message)) => message,
            };
            let is_simple = matches!(message, Asked::Query(_));
            let answered = match self.answer(message).await {
                Err(Failure::Told(fault)) if fault.is_fatal => break Some(fault),
                Err(Failure::Told(fault)) => self.tell(&fault, is_simple).await,
                other => other,
            };
            if answered.is_err() {
                return;
            }
        };
        if let Some(fault) = last {
            let told = Told::ErrorResponse(ErrorResponse::from(fault.info()));
            if self.out.add(told).await.is_err() {
                return;
            }
        }
        self.out.close().await;
    }

    /// Answers one message.
    async fn answer(&mut self, message: Asked) -> Result<(), Failure> {
        if self.skips && !matches!(message, Asked::Sync(_)) {
            return Ok(());
        }
        match message {
            Asked::Query(query) => {
                self.simple(query.query).await?;
                self.ready().await
            }
            Asked::Parse(parse) => {
                self.portals.prepare(parse)?;
                self.add(Told::ParseComplete(ParseComplete::new())).await
            }
            Asked::Bind(bind) => {
                self.portals.bind(bind)?;
                self.add(Told::BindComplete(BindComplete::new())).await
            }
            Asked::Describe(describe) => self.describe(describe).await,
            Asked::Execute(execute) => self.execute(execute).await,
            Asked::Close(close) => {
                match close.target_type {
                    TARGET_TYPE_BYTE_STATEMENT => {
                        self.portals.forget(close.name.as_deref());
                    }
                    _ => self.portals.close(close.name.as_deref()),
                }
                self.add(Told::CloseComplete(CloseComplete::new())).await
            }
            Asked::Sync(_) => {
                self.skips = false;
                if self.transaction == Transaction::None {
                    self.portals.close_all();
                }
                self.ready().await
            }
            Asked::Flush(_) => Ok(self.out.send().await?),
            // A password after it was checked, and what is never sent here.
            _ => Err(Fault::malformed().into()),
        }
    }

    /// Tells of an error. Within the extended protocol, what follows it is
    /// skipped.
    async fn tell(&mut self, fault: &Fault, is_simple: bool) -> Result<(), Failure> {
        if self.transaction != Transaction::None {
            self.transaction = Transaction::Failed;
            self.portals.close_all();
        }
        let told = Told::ErrorResponse(ErrorResponse::from(fault.info()));
        self.add(told).await?;
        if is_simple {
            return self.ready().await;
        }
        self.skips = true;
        Ok(self.out.send().await?)
    }

    async fn ready(&mut self) -> Result<(), Failure> {
        let status = match self.transaction {
            Transaction::None => TransactionStatus::Idle,
            Transaction::Open(_) => TransactionStatus::Transaction,
            Transaction::Failed => TransactionStatus::Error,
        };
        self.add(Told::ReadyForQuery(ReadyForQuery::new(status)))
            .await?;
        Ok(self.out.send().await?)
    }

    async fn add(&mut self, told: Told) -> Result<(), Failure> {
        Ok(self.out.add(told).await?)
    }

    /// A statement in the simple protocol: columns, rows and the end.
    async fn simple(&mut self, sql: String) -> Result<(), Failure> {
        match Prepared::read(sql) {
            Prepared::Command(command) => {
                let (tag, texts) = self.command(&command)?;
                if let Some(texts) = &texts {
                    self.describe_texts(&texts.columns).await?;
                }
                self.send_texts(tag, texts).await
            }
            Prepared::Listing(listing) => {
                self.describe_texts(&listing.columns()).await?;
                self.list(listing).await
            }
            Prepared::Query(sql) => {
                self.may_ask()?;
                let timeout = self.settings.statement_timeout;
                let formats = Format::UnifiedText;
                let asked = self.asker.ask(&sql, None, timeout, &formats).await;
                let mut rows = asked?;
                of_one_release(&mut self.transaction, &rows)?;
                self.add(Told::RowDescription(rows.description())).await?;
                let (sent, _) = send(&mut self.out, &mut self.asker, &mut rows, u64::MAX).await?;
                self.complete(format!("SELECT {sent}")).await
            }
        }
    }

    /// Nothing is asked in a transaction that failed.
    fn may_ask(&self) -> Result<(), Fault> {
        match self.transaction {
            Transaction::Failed => Err(Fault::failed_transaction()),
            _ => Ok(()),
        }
    }

    async fn complete(&mut self, tag: String) -> Result<(), Failure> {
        self.add(Told::CommandComplete(CommandComplete::new(tag)))
            .await
    }

    /// Does a command: what its end is called, and what it shows.
    fn command(&mut self, command: &Command) -> Result<(String, Option<Texts>), Fault> {
        if !matches!(command, Command::End(_) | Command::Empty) {
            self.may_ask()?;
        }
        let tag = match command {
            Command::Empty => "",
            Command::Begin => {
                if self.transaction == Transaction::None {
                    self.transaction = Transaction::Open(None);
                }
                "BEGIN"
            }
            Command::End(commits) => {
                let was = std::mem::replace(&mut self.transaction, Transaction::None);
                self.portals.close_all();
                match *commits && was != Transaction::Failed {
                    true => "COMMIT",
                    false => "ROLLBACK",
                }
            }
            Command::Set(name, value) => {
                let set = self.settings.set(name, value.as_deref());
                set.unwrap_or_else(|| Err(Fault::setting()))?;
                "SET"
            }
            Command::Accept(tag) => tag,
            Command::ResetAll => {
                self.settings = Settings::default();
                "RESET"
            }
            Command::Discard => {
                self.settings = Settings::default();
                self.portals.forget_all();
                self.portals.close_all();
                "DISCARD ALL"
            }
            Command::Deallocate(name) => {
                match name {
                    None => self.portals.forget_all(),
                    Some(name) if self.portals.forget(Some(name)) => {}
                    Some(_) => return Err(Fault::unknown_statement()),
                }
                "DEALLOCATE"
            }
            Command::Write => return Err(Fault::read_only()),
            Command::Show(_) | Command::Constant { .. } => {
                let (column, value) = shown(command, &self.settings)?;
                let texts = Texts {
                    columns: vec![column],
                    rows: vec![vec![value]],
                };
                let tag = match command {
                    Command::Show(_) => "SHOW",
                    _ => "SELECT 1",
                };
                return Ok((tag.to_owned(), Some(texts)));
            }
        };
        Ok((tag.to_owned(), None))
    }

    async fn describe_texts(&mut self, columns: &[String]) -> Result<(), Failure> {
        let told = description(&Texts::fields(columns));
        self.add(Told::RowDescription(told)).await
    }

    /// Sends texts, if there are any, and the end of the command.
    async fn send_texts(&mut self, tag: String, texts: Option<Texts>) -> Result<(), Failure> {
        if tag.is_empty() {
            let nothing = EmptyQueryResponse::new();
            return self.add(Told::EmptyQueryResponse(nothing)).await;
        }
        for row in texts.iter().flat_map(Texts::data) {
            self.add(Told::DataRow(row)).await?;
        }
        self.complete(tag).await
    }

    async fn list(&mut self, listing: Listing) -> Result<(), Failure> {
        self.may_ask()?;
        let who = self.asker.caller().await?;
        let texts = listing.of(&who.pool.tables());
        let tag = format!("SELECT {}", texts.rows.len());
        self.send_texts(tag, Some(texts)).await
    }

    /// Describes a statement without running it, or a portal, which then runs
    /// to its first rows.
    async fn describe(&mut self, describe: Describe) -> Result<(), Failure> {
        let name = describe.name.as_deref();
        if describe.target_type == TARGET_TYPE_BYTE_STATEMENT {
            let statement = self.portals.statement(name)?;
            if let Prepared::Query(sql) = &statement.prepared {
                self.may_ask()?;
                planned(&mut self.asker, &statement, sql).await?;
            }
            let types = statement.types().iter().map(|known| known.oid()).collect();
            let told = ParameterDescription::new(types);
            self.add(Told::ParameterDescription(told)).await?;
            let columns = columns(&statement)?;
            return self.describe_columns(columns).await;
        }
        let portal = self.portals.portal(name)?;
        if let Prepared::Query(_) = portal.statement.prepared {
            if self.transaction == Transaction::Failed {
                return Err(Fault::failed_transaction().into());
            }
            let timeout = self.settings.statement_timeout;
            start(&mut self.asker, portal, &mut self.transaction, timeout).await?;
        }
        match &portal.rows {
            Some(rows) => {
                let told = rows.description();
                self.add(Told::RowDescription(told)).await
            }
            None => {
                let columns = columns(&portal.statement)?;
                self.describe_columns(columns).await
            }
        }
    }

    async fn describe_columns(&mut self, columns: Option<Vec<FieldInfo>>) -> Result<(), Failure> {
        let told = match columns {
            Some(columns) => Told::RowDescription(description(&columns)),
            None => Told::NoData(NoData::new()),
        };
        self.add(told).await
    }

    /// Runs a portal: its next rows, at most as many as are asked for.
    async fn execute(&mut self, execute: Execute) -> Result<(), Failure> {
        let most = match u64::try_from(execute.max_rows) {
            Ok(0) | Err(_) => u64::MAX,
            Ok(most) => most,
        };
        let portal = self.portals.portal(execute.name.as_deref())?;
        let statement = std::sync::Arc::clone(&portal.statement);
        match &statement.prepared {
            Prepared::Command(command) => {
                let (tag, texts) = self.command(command)?;
                self.send_texts(tag, texts).await
            }
            Prepared::Listing(listing) => self.list(*listing).await,
            Prepared::Query(_) => {
                if self.transaction == Transaction::Failed {
                    return Err(Fault::failed_transaction().into());
                }
                let (mut sent, mut more) = (0, false);
                if !portal.is_done {
                    let timeout = self.settings.statement_timeout;
                    let asker = &mut self.asker;
                    start(asker, portal, &mut self.transaction, timeout).await?;
                    if let Some(rows) = &mut portal.rows {
                        (sent, more) = send(&mut self.out, asker, rows, most).await?;
                    }
                    if !more {
                        portal.is_done = true;
                        portal.rows = None;
                    }
                }
                if more {
                    let suspended = PortalSuspended::new();
                    return self.add(Told::PortalSuspended(suspended)).await;
                }
                self.complete(format!("SELECT {sent}")).await
            }
        }
    }
}

/// Sends rows, at most so many: how many were sent, and whether more may come.
async fn send<W: AsyncWrite + Unpin>(
    out: &mut Outgoing<W>,
    asker: &mut Asker,
    rows: &mut Rows,
    most: u64,
) -> Result<(u64, bool), Failure> {
    let mut sent = 0;
    while sent < most {
        match rows.ready() {
            Some(row) => {
                out.add(Told::DataRow(row)).await?;
                sent += 1;
            }
            None => {
                if !asker.fetch(rows).await? {
                    return Ok((sent, false));
                }
            }
        }
    }
    Ok((sent, true))
}

/// Plans a statement, once.
async fn planned(asker: &mut Asker, statement: &Statement, sql: &str) -> Result<(), Failure> {
    let described = statement.described.get_or_try_init(|| asker.describe(sql));
    described.await.map(|_| ())
}

/// Starts a portal, if it has not begun.
async fn start(
    asker: &mut Asker,
    portal: &mut Portal,
    transaction: &mut Transaction,
    timeout: Option<Duration>,
) -> Result<(), Failure> {
    let Prepared::Query(sql) = &portal.statement.prepared else {
        return Ok(());
    };
    if portal.rows.is_some() || portal.is_done {
        return Ok(());
    }
    if !portal.statement.knows_types(portal.values.len()) {
        planned(asker, &portal.statement, sql).await?;
    }
    let types = portal.statement.types();
    let row = values::row(&portal.values, &types, |position| {
        portal.is_binary(position)
    })?;
    let rows = asker.ask(sql, row, timeout, &portal.results).await?;
    of_one_release(transaction, &rows)?;
    portal.rows = Some(rows);
    Ok(())
}

/// Columns of a statement, as far as they are known without running it; `None`
/// where it gives none.
fn columns(statement: &Statement) -> Result<Option<Vec<FieldInfo>>, Fault> {
    match &statement.prepared {
        Prepared::Command(command @ (Command::Show(_) | Command::Constant { .. })) => {
            let (column, _) = shown(command, &Settings::default())?;
            Ok(Some(Texts::fields(&[column])))
        }
        Prepared::Command(_) => Ok(None),
        Prepared::Listing(listing) => Ok(Some(Texts::fields(&listing.columns()))),
        Prepared::Query(_) => {
            let described = statement.described.get();
            let schema = described.map(|described| &described.schema);
            schema
                .map(|schema| fields(schema, &Format::UnifiedText))
                .transpose()
        }
    }
}

/// All queries of a transaction are of one release.
fn of_one_release(transaction: &mut Transaction, rows: &Rows) -> Result<(), Fault> {
    if let Transaction::Open(release) = transaction {
        match release {
            None => *release = Some(rows.release_id().to_owned()),
            Some(release) if release == rows.release_id() => {}
            Some(_) => return Err(Fault::another_release()),
        }
    }
    Ok(())
}
