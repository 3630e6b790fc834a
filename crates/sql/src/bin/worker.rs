//! The worker alone, for the tests and the bench of this crate.
//!
//! With the argument `probe` it confines itself as a worker does and then
//! tries what a worker must not be able to do, one thing per run.

use std::process::ExitCode;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    match arguments.next().as_deref() {
        None => match safeground_sql::worker::run() {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                // It has seen no query yet, so causes hold no values.
                let cause = std::error::Error::source(&error);
                eprintln!(
                    "{error}{}",
                    cause.map(|cause| format!(": {cause}")).unwrap_or_default()
                );
                ExitCode::FAILURE
            }
        },
        #[cfg(target_os = "linux")]
        Some("probe") => probe(
            arguments.next().as_deref().unwrap_or_default(),
            arguments.next().map(Into::into),
        ),
        Some(_) => ExitCode::FAILURE,
    }
}

/// Tries one thing. Exit code 0: it was refused; 1: it was possible. A signal
/// is an end of the process, as good as a refusal.
#[cfg(target_os = "linux")]
fn probe(attempt: &str, folder: Option<std::path::PathBuf>) -> ExitCode {
    use std::fs::{self, File};
    use std::io::Write as _;
    use std::net::TcpStream;
    use std::os::unix::net::UnixStream;
    use std::process::Command;

    use safeground_sql::WorkerLimits;
    use safeground_sql::gate::GateLimits;

    let limits = WorkerLimits::new(64 << 20, 5, 1 << 20, GateLimits::default());
    let limits = limits.expect("these limits are limits");
    let confinement = safeground_sql::worker::confine(&limits, folder.as_deref());
    let confinement = confinement.expect("the process can be confined");
    let possible = match attempt {
        "nothing" => false,
        "read" => File::open("/etc/hostname").is_ok() || fs::read("/proc/self/environ").is_ok(),
        "list" => fs::read_dir("/").is_ok(),
        "write" => File::create("/tmp/safeground-probe").is_ok(),
        "connect" => TcpStream::connect("127.0.0.1:1").is_ok(),
        "socket" => UnixStream::pair().is_ok(),
        "execute" => Command::new("/bin/true").status().is_ok(),
        "lift" => rustix::process::setrlimit(
            rustix::process::Resource::As,
            rustix::process::Rlimit {
                current: None,
                maximum: None,
            },
        )
        .is_ok(),
        "memory" => {
            let bytes = vec![1_u8; 512 << 20];
            bytes.contains(&1)
        }
        "temporary" => {
            // Allowed where there is a folder and Landlock; up to its size.
            let path = folder.unwrap_or_default().join("file");
            let written = File::create(path).and_then(|mut file| file.write_all(b"rows"));
            written.is_ok() != confinement.temporary_files
        }
        _ => true,
    };
    ExitCode::from(u8::from(possible))
}
