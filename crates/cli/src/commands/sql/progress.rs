//! What the shell says of a query that takes long: one line on standard error,
//! drawn over as it changes, and erased when the answer or the error comes.

use std::io::{IsTerminal as _, Stderr, Write};
use std::time::Duration;

use tokio::time::Instant;

use super::received::Amount;

/// How long a query is left alone before anything is said of it.
const FIRST: Duration = Duration::from_secs(1);

/// Pause between two lines.
const EVERY: Duration = Duration::from_millis(500);

/// How far a query is, for whoever waits for it. Dropping it erases the line.
#[derive(Debug)]
pub(super) struct Progress<W: Write = Stderr>(Option<Line<W>>);

impl Progress {
    /// Says nothing.
    pub(super) fn hidden() -> Self {
        Self(None)
    }

    /// Says it on standard error where that is a terminal, else nothing.
    pub(super) fn on_terminal() -> Self {
        let stderr = std::io::stderr();
        let shown = stderr.is_terminal();
        Self(shown.then(|| Line::new(stderr)))
    }
}

impl<W: Write> Progress<W> {
    /// Waits for something, and says meanwhile how far the query is.
    pub(super) async fn while_waiting<T>(&mut self, work: impl Future<Output = T>) -> T {
        let Some(line) = &mut self.0 else {
            return work.await;
        };
        let mut work = std::pin::pin!(work);
        loop {
            let next = line.next;
            tokio::select! {
                biased;
                done = &mut work => return done,
                () = tokio::time::sleep_until(next) => line.draw(Instant::now()),
            }
        }
    }

    /// So much of the answer has come.
    pub(super) fn received(&mut self, amount: Amount) {
        let Some(line) = &mut self.0 else {
            return;
        };
        line.amount = Some(amount);
        let now = Instant::now();
        if now >= line.next {
            line.draw(now);
        }
    }

    /// Erases the line and says nothing any more.
    pub(super) fn end(&mut self) {
        self.0 = None;
    }
}

/// A line of a terminal that is drawn again and again.
#[derive(Debug)]
struct Line<W: Write> {
    sink: W,
    began: Instant,
    /// When it is drawn next.
    next: Instant,
    amount: Option<Amount>,
    /// Columns that it fills, blanks over what was longer included.
    width: usize,
}

impl<W: Write> Line<W> {
    /// A line of which nothing is shown yet.
    fn new(sink: W) -> Self {
        let began = Instant::now();
        Self {
            sink,
            began,
            next: began + FIRST,
            amount: None,
            width: 0,
        }
    }

    fn draw(&mut self, now: Instant) {
        let says = says(now.duration_since(self.began), self.amount);
        let gap = self.width.saturating_sub(says.len());
        self.write(&format!("\r{says}{:gap$}", ""));
        self.width = self.width.max(says.len());
        self.next = now + EVERY;
    }

    fn erase(&mut self) {
        if self.width > 0 {
            // A terminal shows Ctrl-C as two characters after the line.
            let width = self.width + 2;
            self.write(&format!("\r{:width$}\r", ""));
            self.width = 0;
        }
    }

    /// What cannot be shown must not end the query.
    fn write(&mut self, text: &str) {
        let _ = self.sink.write_all(text.as_bytes());
        let _ = self.sink.flush();
    }
}

impl<W: Write> Drop for Line<W> {
    fn drop(&mut self) {
        self.erase();
    }
}

/// The line's text, in ASCII: a byte is a column.
fn says(elapsed: Duration, amount: Option<Amount>) -> String {
    let seconds = elapsed.as_secs();
    match amount.filter(|amount| !amount.is_nothing()) {
        Some(amount) => format!("{seconds} s, {amount}; Ctrl-C cancels"),
        None => format!("{seconds} s; Ctrl-C cancels"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a terminal shows of one line of output.
    fn screen(output: &[u8]) -> String {
        let (mut shown, mut column) = (Vec::new(), 0);
        for byte in output {
            if *byte == b'\r' {
                column = 0;
                continue;
            }
            if column == shown.len() {
                shown.push(b' ');
            }
            shown[column] = *byte;
            column += 1;
        }
        String::from_utf8_lossy(&shown).trim_end().to_owned()
    }

    #[test]
    fn it_says_the_seconds_and_once_rows_come_their_number() {
        let seconds = Duration::from_millis(61_900);
        assert_eq!(says(seconds, None), "61 s; Ctrl-C cancels");
        for (amount, told) in [
            (Amount::Rows(0), "61 s; Ctrl-C cancels"),
            (Amount::Rows(12_345), "61 s, 12345 rows; Ctrl-C cancels"),
            (Amount::Bytes(1_540_000), "61 s, 1.5 MB; Ctrl-C cancels"),
        ] {
            assert_eq!(says(seconds, Some(amount)), told);
        }
    }

    #[test]
    fn the_line_is_drawn_over_and_then_erased() {
        let mut line = Line::new(Vec::<u8>::new());
        let began = line.began;
        line.draw(began + Duration::from_secs(1));
        assert_eq!(screen(&line.sink), "1 s; Ctrl-C cancels");
        line.amount = Some(Amount::Rows(100));
        line.draw(began + Duration::from_secs(2));
        assert_eq!(screen(&line.sink), "2 s, 100 rows; Ctrl-C cancels");
        line.amount = None;
        line.draw(began + Duration::from_secs(3));
        assert_eq!(screen(&line.sink), "3 s; Ctrl-C cancels");
        // As the terminal shows the key.
        line.write("^C");
        line.erase();
        assert_eq!(screen(&line.sink), "");
        assert!(line.sink.ends_with(b"\r"));
        let drawn = line.sink.len();
        line.erase();
        assert_eq!(line.sink.len(), drawn, "nothing is left to erase");
    }

    #[tokio::test]
    async fn a_quick_answer_shows_no_line_and_a_slow_one_does() {
        let mut line = Line::new(Vec::<u8>::new());
        // However slow this machine is.
        line.next += Duration::from_secs(3_600);
        let mut progress = Progress(Some(line));
        let sink = |progress: &Progress<Vec<u8>>| {
            let line = progress.0.as_ref();
            line.map(|line| screen(&line.sink)).unwrap_or_default()
        };
        assert_eq!(progress.while_waiting(async { 7 }).await, 7);
        progress.received(Amount::Rows(7));
        assert_eq!(sink(&progress), "");
        // As if that time had passed.
        if let Some(line) = &mut progress.0 {
            line.next = Instant::now();
        }
        let slow = tokio::time::sleep(Duration::from_millis(20));
        progress.while_waiting(slow).await;
        assert!(sink(&progress).ends_with("s, 7 rows; Ctrl-C cancels"));
        progress.end();
        assert!(progress.0.is_none());
    }
}
