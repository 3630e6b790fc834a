//! The log of all tests of this binary.
//!
//! One subscriber for the process, not one for a test: whether a log line is
//! wanted is remembered for each place in the code, by whichever thread comes
//! by first, so a subscriber of one thread misses lines at random. It also
//! means that a check of the log sees what every other test made happen.

use std::io::Write;
use std::sync::{Mutex, Once, PoisonError};

use tracing_subscriber::filter::LevelFilter;

static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());
static START: Once = Once::new();

struct Capture;

impl Write for Capture {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let mut log = LOG.lock().unwrap_or_else(PoisonError::into_inner);
        log.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Keeps everything that is logged from now on, at every level.
pub fn start() {
    START.call_once(|| {
        tracing_subscriber::fmt()
            .json()
            .with_max_level(LevelFilter::TRACE)
            .with_writer(|| Capture)
            .init();
    });
}

/// Everything logged so far but what the clock alone says: seconds and
/// fractions of a time or a duration can spell any coordinate.
pub fn text() -> String {
    let log = LOG.lock().unwrap_or_else(PoisonError::into_inner);
    String::from_utf8_lossy(&log)
        .lines()
        .map(without_the_clock)
        .fold(String::new(), |text, line| text + &line + "\n")
}

/// One line of the log without its timestamp and, where it is a number, its
/// duration.
fn without_the_clock(line: &str) -> String {
    let mut event: serde_json::Value =
        serde_json::from_str(line).expect("each line of the log is an object");
    let object = event.as_object_mut().expect("each line is an object");
    object.remove("timestamp");
    if let Some(fields) = object.get_mut("fields").and_then(|it| it.as_object_mut())
        && fields.get("duration_ms").is_some_and(|it| it.is_number())
    {
        fields.remove("duration_ms");
    }
    event.to_string()
}
