//! The worker alone, for the tests and the bench of this crate.
//!
//! With the argument `probe` it confines itself as a worker does and then
//! tries what a worker must not be able to do, one thing per run; with
//! `control` it tries the same without, which shows that it can be done here.

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        [] => serve(),
        #[cfg(target_os = "linux")]
        ["control", attempt, target] => probe::unconfined(attempt, target),
        #[cfg(target_os = "linux")]
        ["probe", attempt, target] => probe::confined(attempt, target, None),
        #[cfg(target_os = "linux")]
        ["probe", attempt, target, folder] => {
            probe::confined(attempt, target, Some(std::path::Path::new(folder)))
        }
        _ => ExitCode::FAILURE,
    }
}

fn serve() -> ExitCode {
    match safeground_sql::worker::run() {
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
    }
}

#[cfg(target_os = "linux")]
mod probe {
    use std::fs::{self, File};
    use std::io::Write as _;
    use std::net::{Ipv4Addr, SocketAddrV4, TcpStream};
    use std::os::fd::OwnedFd;
    use std::os::unix::net::UnixStream;
    use std::path::Path;
    use std::process::{Command, ExitCode};

    use rustix::net::{AddressFamily, SocketType};
    use rustix::process::{Resource, Rlimit};
    use safeground_sql::WorkerLimits;
    use safeground_sql::gate::GateLimits;

    /// Exit code where the attempt was refused. A signal is an end of the
    /// process, as good as a refusal.
    const REFUSED: u8 = 0;

    /// Exit code where it was possible.
    const POSSIBLE: u8 = 3;

    /// What a process has from before it was confined.
    struct Before {
        socket: OwnedFd,
        address_space: Rlimit,
    }

    /// Tries without confinement.
    pub(super) fn unconfined(attempt: &str, target: &str) -> ExitCode {
        told(possible(attempt, target, Before::now()))
    }

    /// Tries after the process has confined itself, with a folder for temporary
    /// files if there is one.
    pub(super) fn confined(attempt: &str, target: &str, folder: Option<&Path>) -> ExitCode {
        let before = Before::now();
        let limits = WorkerLimits::new(64 << 20, 5, 1 << 20, GateLimits::default());
        let limits = limits.expect("these limits are limits");
        let confinement = safeground_sql::worker::confine(&limits, folder);
        let confinement = confinement.expect("the process can be confined");
        if attempt == "temporary" {
            // Allowed where there is Landlock, and nowhere else.
            let written = File::create(target).and_then(|mut file| file.write_all(b"rows"));
            return told(Some(written.is_ok() != confinement.temporary_files));
        }
        told(possible(attempt, target, before))
    }

    impl Before {
        fn now() -> Self {
            let socket = rustix::net::socket(AddressFamily::INET, SocketType::STREAM, None);
            Self {
                socket: socket.expect("an unconfined process makes a socket"),
                address_space: rustix::process::getrlimit(Resource::As),
            }
        }
    }

    fn told(possible: Option<bool>) -> ExitCode {
        match possible {
            Some(true) => ExitCode::from(POSSIBLE),
            Some(false) => ExitCode::from(REFUSED),
            None => ExitCode::FAILURE,
        }
    }

    /// Tries one thing. `None` where it is no attempt that is known.
    fn possible(attempt: &str, target: &str, before: Before) -> Option<bool> {
        let address = || {
            let port = target.parse().expect("the target is a port");
            SocketAddrV4::new(Ipv4Addr::LOCALHOST, port)
        };
        let made = |family| rustix::net::socket(family, SocketType::STREAM, None).is_ok();
        Some(match attempt {
            "nothing" => false,
            "read" => fs::read(target).is_ok(),
            "list" => fs::read_dir(target).is_ok(),
            "write" => File::create(target).is_ok(),
            "connect" => TcpStream::connect(address()).is_ok(),
            "connect a socket it has" => rustix::net::connect(&before.socket, &address()).is_ok(),
            "connect a path" => UnixStream::connect(target).is_ok(),
            "make a network socket" => made(AddressFamily::INET),
            "make a local socket" => made(AddressFamily::UNIX),
            "make a pair of sockets" => UnixStream::pair().is_ok(),
            "execute" => Command::new(target).status().is_ok(),
            // What was its limit is none of a worker's.
            "lift" => rustix::process::setrlimit(Resource::As, before.address_space).is_ok(),
            "memory" => std::hint::black_box(vec![1_u8; 512 << 20]).contains(&1),
            _ => return None,
        })
    }
}
