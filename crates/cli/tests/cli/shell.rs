//! The shell of `safeground sql`, driven through a terminal of its own.

use std::path::Path;
use std::process::Command;

use rexpect::process::WaitStatus;
use rexpect::session::{Options, PtySession, spawn_with_options};

use crate::path::House;
use crate::sql::house;

/// Longest wait for anything to be shown: the program that is tested is not
/// optimised, and other tests run beside it.
const PATIENCE_MS: u64 = 180_000;

/// A shell and what its terminal shows, without colours and cursor movements.
struct Shell(PtySession);

impl Shell {
    /// Starts it over the release for researchers, and waits for its prompt.
    /// `state` is where a user's programs keep what they remember.
    fn start(house: &House, state: (&str, &str)) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_safeground"));
        command
            .args(["sql", "--audience", "research", "--deadline", "600"])
            .current_dir(house.path("."))
            .env("TERM", "xterm")
            .env_remove("XDG_STATE_HOME")
            .env(state.0, house.path(state.1));
        let options = Options::new()
            .timeout_ms(Some(PATIENCE_MS))
            .strip_ansi_escape_codes(true);
        let mut shell = Self(spawn_with_options(command, options).unwrap());
        shell.shows(", manifest releases/research/");
        shell.prompts();
        shell
    }

    /// Types without ending the line.
    fn types(&mut self, text: &str) {
        self.0.send(text).unwrap();
        self.0.flush().unwrap();
    }

    /// Types a line and ends it.
    fn enters(&mut self, line: &str) {
        self.types(line);
        self.types("\r");
    }

    fn presses_ctrl_c(&mut self) {
        self.0.send_control('c').unwrap();
    }

    /// Waits until a text is shown after what was waited for before.
    fn shows(&mut self, text: &str) {
        let shown = self.0.exp_string(text);
        shown.unwrap_or_else(|error| panic!("{text:?} is not shown: {error}"));
    }

    fn prompts(&mut self) {
        self.shows("sql> ");
    }

    /// Leaves, and looks how it ended.
    fn leaves(mut self) {
        self.enters("\\q");
        self.0.exp_eof().unwrap();
        let status = self.0.process().wait().unwrap();
        assert!(matches!(status, WaitStatus::Exited(_, 0)), "{status:?}");
    }
}

/// Whether this machine has terminals to give; says so where it has none.
fn has_terminals() -> bool {
    let has = Path::new("/dev/ptmx").exists();
    if !has {
        eprintln!("skipped: there is no /dev/ptmx to make a terminal of");
    }
    has
}

#[test]
fn the_shell_answers_completes_cancels_and_remembers() {
    if !has_terminals() {
        return;
    }
    let house = house();
    let state = ("XDG_STATE_HOME", "state");
    let mut shell = Shell::start(&house, state);
    shell.enters("\\?");
    shell.shows("Ctrl-C cancels a query, Ctrl-D leaves");
    shell.prompts();
    shell.enters("\\d");
    shell.shows("public.places");
    shell.prompts();
    shell.enters("\\d places");
    shell.shows("Code of the Local Government Directory.");
    shell.prompts();
    shell.enters("\\d nowhere");
    shell.shows("there is no table `nowhere`");
    shell.prompts();

    let select = "SELECT place_id, name FROM places ORDER BY place_id LIMIT 2;";
    shell.enters(select);
    shell.shows("| district:9001 | Made-up 1 |");
    shell.shows("| district:9002 | Made-up 2 |");
    shell.shows("2 rows");
    shell.prompts();
    // The one table, column or function whose name begins like this.
    shell.types("SELECT count(*) AS n FROM coverag");
    shell.shows("FROM coverag");
    shell.types("\t");
    shell.shows("FROM coverage");
    shell.enters(";");
    shell.shows("| n ");
    shell.shows("1 rows");
    shell.prompts();

    // At the prompt Ctrl-C drops the line.
    shell.types("SELECT nonsense");
    shell.shows("nonsense");
    shell.presses_ctrl_c();
    shell.prompts();
    // The product of two lists of a million numbers: nobody waits for it.
    shell.enters("SELECT sum(a.value * b.value) FROM generate_series(1, 1000000) a,");
    shell.shows("  -> ");
    shell.enters("generate_series(1, 1000000) b;");
    shell.shows(" s; Ctrl-C cancels");
    shell.presses_ctrl_c();
    shell.shows("cancelled");
    shell.prompts();
    shell.enters("SELECT 40 + 2 AS answer;");
    shell.shows("| answer |");
    shell.shows("| 42     |");
    shell.prompts();
    shell.leaves();

    let kept = std::fs::read_to_string(house.path("state/safeground/sql_history")).unwrap();
    let kept: Vec<&str> = kept.lines().collect();
    for entered in [
        // The file writes a backslash and a line break with a backslash before.
        r"\\d places",
        select,
        "SELECT count(*) AS n FROM coverage;",
        r"SELECT sum(a.value * b.value) FROM generate_series(1, 1000000) a,\ngenerate_series(1, 1000000) b;",
        "SELECT 40 + 2 AS answer;",
    ] {
        assert!(kept.contains(&entered), "{entered}: {kept:?}");
    }
    assert!(
        !kept.iter().any(|line| line.contains("nonsense")),
        "{kept:?}"
    );

    // Another shell has it all: the last command, and with it the last but one.
    let mut shell = Shell::start(&house, state);
    shell.types("\u{1b}[A");
    shell.shows("\\q");
    shell.types("\u{1b}[A");
    shell.shows("SELECT 40 + 2 AS answer;");
    shell.enters("");
    shell.shows("| 42     |");
    shell.prompts();
    shell.leaves();
}

#[test]
fn without_a_folder_for_state_the_history_lies_in_the_home_folder() {
    if !has_terminals() {
        return;
    }
    let house = house();
    Shell::start(&house, ("HOME", "home")).leaves();
    let kept = house.path("home/.local/state/safeground/sql_history");
    let kept = std::fs::read_to_string(kept).unwrap();
    assert_eq!(kept.lines().next_back(), Some(r"\\q"));
}
