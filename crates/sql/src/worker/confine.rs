//! Confining the process to what a query needs.

use std::path::Path;

use landlock::{
    ABI, Access as _, AccessFs, AccessNet, CompatLevel, Compatible as _, PathBeneath, PathFd,
    Ruleset, RulesetAttr as _, RulesetCreatedAttr as _, RulesetError, RulesetStatus, Scope,
};
use rustix::process::{DumpableBehavior, Resource, Rlimit, setrlimit};

use super::wire::Confinement;
use super::{WorkerError, syscalls};
use crate::limits::WorkerLimits;

/// Stack of the thread that plans: statements within the limits of the gate
/// nest a few hundred levels, and an unoptimised build needs kilobytes a level.
pub(super) const PLANNING_STACK_BYTES: usize = 64 << 20;

/// Address space for the small threads and the allocator's own bookkeeping.
const RESERVE_BYTES: u64 = 32 << 20;

/// Most open files: the tables, the socket, a few temporary ones.
const MOST_OPEN_FILES: u64 = 128;

/// How much a worker gives way to everything else on the machine. Its parent
/// makes it give way further once its query takes long.
const NICENESS: i32 = 5;

/// Confines this process for good: it and the threads it starts from now on.
///
/// 1. It gives way to other processes, leaves no core file and cannot be looked
///    into by others of its user.
/// 2. Limits: address space (what it has now and the memory of `limits`), time
///    on processors, size of a file, open files.
/// 3. Landlock: no path at all, or one folder for temporary files; no TCP; no
///    signals or abstract sockets beyond the process.
/// 4. A filter of system calls: those that computing needs. Programs, sockets,
///    tracing and the like end the process; anything else unlisted is refused.
///
/// Without Landlock (kernels before 5.13) opening files is refused altogether,
/// and so there are no temporary files.
///
/// # Errors
/// [`WorkerError::Confine`], [`WorkerError::Threads`] where there is more than
/// one thread.
pub fn confine(
    limits: &WorkerLimits,
    temporary: Option<&Path>,
) -> Result<Confinement, WorkerError> {
    let failed = |step| WorkerError::Confine { step };
    let threads = std::fs::read_dir("/proc/self/task").map_err(|_| failed("threads"))?;
    let got = threads.count();
    if got != 1 {
        return Err(WorkerError::Threads { got });
    }
    // Giving way is a courtesy: not being allowed to is no danger.
    let _ = rustix::process::nice(NICENESS);
    rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable)
        .map_err(|_| failed("dumpable"))?;

    let has = address_space_bytes().ok_or_else(|| failed("address space"))?;
    let address_space = has + PLANNING_STACK_BYTES as u64 + RESERVE_BYTES + limits.memory_bytes();
    let seconds = limits.compute_seconds();
    for (resource, most, beyond) in [
        (Resource::Core, 0, 0),
        (Resource::Nofile, MOST_OPEN_FILES, 0),
        (Resource::Fsize, limits.temporary_bytes(), 0),
        (Resource::As, address_space, 0),
        // The first limit ends it with a signal of its own, the second kills.
        (Resource::Cpu, seconds, 1),
    ] {
        let limit = Rlimit {
            current: Some(most),
            maximum: Some(most + beyond),
        };
        setrlimit(resource, limit).map_err(|_| failed("limits"))?;
    }

    let temporary = temporary.filter(|_| limits.temporary_bytes() > 0);
    let landlock = restrict_paths(temporary).map_err(|_| failed("landlock"))?;
    let confinement = Confinement {
        temporary_files: landlock && temporary.is_some(),
        landlock,
    };
    syscalls::filter(confinement.temporary_files).map_err(|_| failed("seccomp"))?;
    Ok(confinement)
}

/// Bytes of address space in use.
fn address_space_bytes() -> Option<u64> {
    let statm = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = statm.split(' ').next()?.parse().ok()?;
    Some(pages * rustix::param::page_size() as u64)
}

/// Whether the kernel has Landlock. Changes nothing.
pub(super) fn can_restrict_paths() -> bool {
    let ruleset = Ruleset::default().set_compatibility(CompatLevel::HardRequirement);
    let ruleset = ruleset.handle_access(AccessFs::from_all(ABI::V1));
    ruleset.and_then(Ruleset::create).is_ok()
}

/// Whether Landlock is enforced. The newest of its rules that the kernel has
/// are used.
fn restrict_paths(temporary: Option<&Path>) -> Result<bool, RulesetError> {
    let abi = ABI::V6;
    let mut ruleset = Ruleset::default()
        .handle_access(AccessFs::from_all(abi))?
        .handle_access(AccessNet::from_all(abi))?
        .scope(Scope::from_all(abi))?
        .create()?;
    // A folder that cannot be opened gives no rule, and so no access.
    if let Some(folder) = temporary.and_then(|folder| PathFd::new(folder).ok()) {
        let access = AccessFs::ReadFile
            | AccessFs::WriteFile
            | AccessFs::ReadDir
            | AccessFs::MakeReg
            | AccessFs::MakeDir
            | AccessFs::RemoveFile
            | AccessFs::RemoveDir
            | AccessFs::Truncate;
        ruleset = ruleset.add_rule(PathBeneath::new(folder, access))?;
    }
    let status = ruleset.restrict_self()?;
    Ok(status.ruleset != RulesetStatus::NotEnforced)
}
