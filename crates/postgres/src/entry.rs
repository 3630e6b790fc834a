//! Who comes in, and how: TLS, the first message, a token as password.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use bytes::{Buf as _, BytesMut};
use pgwire::messages::cancel::CancelRequest;
use pgwire::messages::response::{ErrorResponse, ReadyForQuery, TransactionStatus};
use pgwire::messages::startup::{
    Authentication, BackendKeyData, NegotiateProtocolVersion, ParameterStatus, Startup,
};
use pgwire::messages::{
    DecodeContext, Message as _, PgWireBackendMessage as Told, PgWireFrontendMessage as Asked,
    ProtocolVersion,
};
use safeground_server::{Guest, SqlCaller};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, ReadHalf, WriteHalf};
use tokio::sync::{mpsc, watch};

use crate::asking::{Asker, PROTOCOL, Visitor};
use crate::cancel::Cancel;
use crate::fault::{Failure, Fault};
use crate::frames::{FrameError, Frames, first};
use crate::outgoing::Outgoing;
use crate::serve::Shared;
use crate::session::Session;
use crate::settings::Settings;

/// Most connections of one token, or of one client without a token.
pub(crate) const MOST_OF_ONE: usize = 64;

/// Messages of a client that are read before the one before is answered.
const READ_AHEAD: usize = 4;

/// What the second number of a first message says: TLS is asked for, GSSAPI
/// encryption, or the stop of a query.
const TLS: u32 = 80_877_103;
const GSSAPI: u32 = 80_877_104;
const CANCEL: u32 = 80_877_102;

/// The name of the database of clients that name none of ours.
const ANY_DATABASE: &str = "safeground";

/// A connection, with or without TLS.
trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Wire for T {}

type Reading = Frames<ReadHalf<Box<dyn Wire>>>;
type Writing = Outgoing<WriteHalf<Box<dyn Wire>>>;

/// Connections by whose they are.
#[derive(Debug, Clone, Default)]
pub(crate) struct Inside(Arc<Mutex<HashMap<[u8; 32], usize>>>);

/// A connection that counts, until it is dropped.
struct Place {
    owner: [u8; 32],
    inside: Inside,
}

impl Inside {
    /// A place for a connection; `None` where its owner has too many.
    fn enter(&self, owner: [u8; 32]) -> Option<Place> {
        let mut inside = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = inside.entry(owner).or_default();
        if *count >= MOST_OF_ONE {
            return None;
        }
        *count += 1;
        drop(inside);
        Some(Place {
            owner,
            inside: self.clone(),
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut inside = self.inside.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = inside.get_mut(&self.owner) {
            *count -= 1;
            if *count == 0 {
                inside.remove(&self.owner);
            }
        }
    }
}

/// Answers one client, from its first byte to its last.
///
/// 1. TLS is agreed on, where there is any.
/// 2. The first message says who comes; a token is asked for, unless it is for
///    the public release.
/// 3. All this within the time that a request over HTTP has for its head.
/// 4. Messages are read while others are answered, so that a client that goes
///    away stops what runs for it.
pub(crate) async fn enter(shared: Arc<Shared>, guest: Guest) {
    let patience = shared.state.config().header_timeout;
    let (gone, is_gone) = watch::channel(false);
    let stopped = guest.stopped.clone();
    let coming = come_in(Arc::clone(&shared), guest, is_gone);
    // Whoever is too slow, or went away, is told nothing.
    let Ok(Some((session, mut frames, _place))) = tokio::time::timeout(patience, coming).await
    else {
        return;
    };
    let (sender, messages) = mpsc::channel(READ_AHEAD);
    let reading = async move {
        loop {
            let message = match frames.next().await {
                Ok(Some(message)) => Ok(message),
                Ok(None) | Err(FrameError::Gone) => break,
                Err(FrameError::Malformed) => Err(Fault::malformed()),
            };
            let is_malformed = message.is_err();
            let is_last = matches!(message, Ok(Asked::Terminate(_)));
            if sender.send(message).await.is_err() || is_malformed {
                // The end comes from who answers.
                std::future::pending::<()>().await;
            }
            if is_last {
                // Nothing more is asked; whoever hangs up as well does not wait
                // for an answer.
                while let Ok(Some(_)) = frames.next().await {}
                break;
            }
        }
        // Nobody may be listening any more; that is what we want.
        let _ = gone.send(true);
        drop(sender);
        std::future::pending::<()>().await;
    };
    tokio::select! {
        () = session.run(messages, stopped) => {}
        () = reading => {}
    }
}

/// What was let in: who answers, what is read, and its place.
type Entered = (Session<WriteHalf<Box<dyn Wire>>>, Reading, Place);

async fn come_in(
    shared: Arc<Shared>,
    guest: Guest,
    is_gone: watch::Receiver<bool>,
) -> Option<Entered> {
    let address = guest.address.ip();
    let has_tls = guest.tls.is_some();
    let (wire, is_secure, packet) = agree(&shared, guest).await?;
    let (read, write) = tokio::io::split(wire);
    let frames = Frames::new(read, shared.state.config().header_timeout);
    let mut out = Outgoing::new(write);
    let startup = match startup(packet) {
        _ if has_tls && !is_secure => Err(Fault::needs_tls()),
        Some(startup) => Ok(startup),
        None => Err(Fault::malformed()),
    };
    let entered = match startup {
        Ok(startup) => introduce(&shared, &mut out, frames, startup, address).await,
        Err(fault) => Err(fault.into()),
    };
    match entered {
        Ok((visitor, cancel, settings, frames, place)) => {
            let asker = Asker::new(shared, visitor, cancel, is_gone);
            Some((Session::new(asker, out, settings), frames, place))
        }
        Err(Failure::Told(fault)) => {
            let told = Told::ErrorResponse(ErrorResponse::from(fault.fatal().info()));
            if out.add(told).await.is_ok() {
                out.close().await;
            }
            None
        }
        Err(Failure::Gone) => None,
    }
}

/// Agrees on TLS and reads the first message that is none about it. `None`
/// where the client is gone, or came to stop a query.
async fn agree(shared: &Shared, guest: Guest) -> Option<(Box<dyn Wire>, bool, BytesMut)> {
    let mut wire: Box<dyn Wire> = Box::new(guest.stream);
    let mut tls = guest.tls;
    let mut is_secure = false;
    // TLS and GSSAPI may each be asked for once.
    for _ in 0..3 {
        let packet = first(&mut wire).await.ok()?;
        match ((&packet[4..]).get_u32(), packet.len()) {
            (TLS, 8) if !is_secure => match tls.take() {
                Some(tls) => {
                    wire.write_all(b"S").await.ok()?;
                    wire.flush().await.ok()?;
                    // What comes next is TLS: nothing was read beyond the
                    // eight bytes of the request.
                    wire = Box::new(tls.accept(wire).await.ok()?);
                    is_secure = true;
                }
                None => {
                    wire.write_all(b"N").await.ok()?;
                    wire.flush().await.ok()?;
                }
            },
            (GSSAPI, 8) => {
                wire.write_all(b"N").await.ok()?;
                wire.flush().await.ok()?;
            }
            (CANCEL, 16..=268) => {
                let mut packet = packet;
                let context = DecodeContext::new(ProtocolVersion::PROTOCOL3_2);
                if let Ok(Some(request)) = CancelRequest::decode(&mut packet, &context) {
                    shared.cancels.stop(&request);
                }
                // Whoever asks waits for the end, which TLS says in its own way.
                let _ = wire.shutdown().await;
                return None;
            }
            _ => return Some((wire, is_secure, packet)),
        }
    }
    None
}

/// Reads the first message: pairs of texts, the last followed by a zero.
fn startup(mut packet: BytesMut) -> Option<Startup> {
    let texts = std::str::from_utf8(packet.get(8..)?).ok()?;
    let pairs = texts.strip_suffix('\0')?;
    if !pairs.is_empty() {
        let texts: Vec<&str> = pairs.strip_suffix('\0')?.split('\0').collect();
        let names_are_there = texts.iter().step_by(2).all(|name| !name.is_empty());
        (texts.len().is_multiple_of(2) && names_are_there).then_some(())?;
    }
    let context = DecodeContext::new(ProtocolVersion::default());
    Startup::decode(&mut packet, &context).ok().flatten()
}

/// Finds out who comes, tells them so, and keeps a place for them.
async fn introduce(
    shared: &Shared,
    out: &mut Writing,
    mut frames: Reading,
    startup: Startup,
    address: std::net::IpAddr,
) -> Result<(Visitor, Cancel, Settings, Reading, Place), Failure> {
    let is_new = startup.protocol_number_minor >= 2;
    negotiate(out, &startup, is_new).await?;
    let audience = audience(&startup.parameters);
    let token = match audience.as_deref() {
        // It needs none.
        Some("public") => None,
        _ => password(out, &mut frames).await?,
    };
    let visitor = Visitor {
        audience,
        token,
        address,
    };
    let start = Instant::now();
    let who = shared.state.sql_caller(visitor.knock()).await;
    let who = who.map_err(|denied| Fault::denied(&denied));
    let status = who.as_ref().map_or_else(Fault::as_http, |_| 200);
    let state = &shared.state;
    state.end_call(
        "Connect",
        PROTOCOL,
        status,
        start.elapsed(),
        who.as_ref().ok(),
    );
    let SqlCaller { owner, .. } = who?;
    let place = shared.inside.enter(owner);
    let place = place.ok_or_else(|| Fault::too_many_connections(MOST_OF_ONE))?;
    let cancel = shared.cancels.enter(is_new).ok_or_else(Fault::internal)?;
    let settings = wanted(&startup.parameters);
    out.add(Told::Authentication(Authentication::Ok)).await?;
    for (name, value) in settings.told() {
        let told = ParameterStatus::new(name, value);
        out.add(Told::ParameterStatus(told)).await?;
    }
    let (number, secret) = cancel.told();
    let key = BackendKeyData::new(number, secret);
    out.add(Told::BackendKeyData(key)).await?;
    let ready = ReadyForQuery::new(TransactionStatus::Idle);
    out.add(Told::ReadyForQuery(ready)).await?;
    out.send().await?;
    Ok((visitor, cancel, settings, frames, place))
}

/// Says which version of the protocol is spoken where it is not the one asked
/// for, or where options are asked for that there are not.
async fn negotiate(out: &mut Writing, startup: &Startup, is_new: bool) -> Result<(), Failure> {
    let options = startup.parameters.keys();
    let unknown: Vec<String> = options
        .filter(|name| name.starts_with("_pq_."))
        .cloned()
        .collect();
    if unknown.is_empty() && matches!(startup.protocol_number_minor, 0 | 2) {
        return Ok(());
    }
    let version = match is_new {
        true => ProtocolVersion::PROTOCOL3_2,
        false => ProtocolVersion::PROTOCOL3_0,
    };
    let told = NegotiateProtocolVersion::new(version.into(), unknown);
    Ok(out.add(Told::NegotiateProtocolVersion(told)).await?)
}

/// The audience that a client names as its database. Clients that are told none
/// send the name of the user instead.
fn audience(parameters: &BTreeMap<String, String>) -> Option<String> {
    let of = |name: &str| parameters.get(name).map_or("", String::as_str);
    let (database, user) = (of("database"), of("user"));
    if database == "public" {
        return Some(database.to_owned());
    }
    let names_none = database.is_empty() || database == user || database == ANY_DATABASE;
    (!names_none).then(|| database.to_owned())
}

/// Asks for a token; `None` where the client has an empty one.
async fn password(out: &mut Writing, frames: &mut Reading) -> Result<Option<String>, Failure> {
    out.add(Told::Authentication(Authentication::CleartextPassword))
        .await?;
    out.send().await?;
    match frames.next().await {
        Ok(Some(Asked::PasswordMessageFamily(message))) => {
            let password = message.into_password().map_err(|_| Fault::malformed())?;
            Ok(Some(password.password).filter(|token| !token.is_empty()))
        }
        Ok(Some(_)) | Err(FrameError::Malformed) => Err(Fault::malformed().into()),
        Ok(None) | Err(FrameError::Gone) => Err(Failure::Gone),
    }
}

/// Settings that a client asks for at once. Those that cannot be had are left
/// as they are: it is told what holds.
fn wanted(parameters: &BTreeMap<String, String>) -> Settings {
    let mut settings = Settings::default();
    for (name, value) in parameters {
        // Whether it can be had is told below, by what holds.
        let _ = settings.set(name, Some(value));
    }
    let options = parameters.get("options").map_or("", String::as_str);
    for option in options.split_whitespace() {
        let option = option.trim_start_matches("-c").trim_start_matches("--");
        if let Some((name, value)) = option.split_once('=') {
            let _ = settings.set(name, Some(value));
        }
    }
    settings
}

#[cfg(test)]
mod tests {
    use bytes::BufMut as _;
    use proptest::prelude::*;

    use super::*;

    fn packet(texts: &[u8]) -> BytesMut {
        let mut packet = BytesMut::new();
        packet.put_u32(u32::try_from(8 + texts.len()).unwrap());
        packet.put_u32(196_608);
        packet.put_slice(texts);
        packet
    }

    #[test]
    fn the_database_is_an_audience_or_nothing() {
        let of = |user: &str, database: &str| {
            let texts = format!("user\0{user}\0database\0{database}\0\0");
            audience(&startup(packet(texts.as_bytes())).unwrap().parameters)
        };
        assert_eq!(of("a", "research").as_deref(), Some("research"));
        assert_eq!(of("public", "public").as_deref(), Some("public"));
        assert_eq!(of("a", "elsewhere").as_deref(), Some("elsewhere"));
        for (user, database) in [("a", "a"), ("a", "safeground"), ("a", "")] {
            assert_eq!(of(user, database), None);
        }
    }

    #[test]
    fn a_first_message_is_whole_or_none() {
        assert!(startup(packet(b"\0")).is_some());
        assert!(startup(packet(b"user\0a\0\0")).is_some());
        for texts in [
            &b""[..],
            b"user\0a\0",
            b"user\0\0",
            b"user\0a\0b\0\0",
            b"\xff\0a\0\0",
        ] {
            assert!(startup(packet(texts)).is_none(), "{texts:?}");
        }
    }

    #[test]
    fn settings_at_the_beginning_are_taken_where_they_can_be_had() {
        let texts = b"TimeZone\0Asia/Kolkata\0options\0-c statement_timeout=5s -cjit=off\0\0";
        let settings = wanted(&startup(packet(texts)).unwrap().parameters);
        assert_eq!(settings.statement_timeout.unwrap().as_secs(), 5);
        assert!(settings.told().contains(&("TimeZone".into(), "UTC".into())));
    }

    #[test]
    fn one_has_so_many_connections_and_leaving_makes_room() {
        let inside = Inside::default();
        let places: Vec<_> = (0..MOST_OF_ONE).map(|_| inside.enter([1; 32])).collect();
        assert!(places.iter().all(Option::is_some));
        assert!(inside.enter([1; 32]).is_none());
        assert!(inside.enter([2; 32]).is_some());
        drop(places);
        assert!(inside.0.lock().unwrap().is_empty());
    }

    proptest! {
        #[test]
        fn no_first_message_makes_it_panic(texts in prop::collection::vec(any::<u8>(), 0..80)) {
            startup(packet(&texts));
        }
    }
}
