//! The test build whose releases show every count as it is, so that attacks
//! can be seen to work before they are seen to fail. For synthetic data only;
//! `safeground` refuses to open what it writes.

fn main() -> std::process::ExitCode {
    safeground_cli::program::main()
}
