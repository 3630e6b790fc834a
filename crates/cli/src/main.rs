//! The `safeground` binary.

#[cfg(feature = "unprotected")]
compile_error!("`safeground` is never built without protection; build `safeground-unprotected`");

fn main() -> std::process::ExitCode {
    safeground_cli::program::main()
}
