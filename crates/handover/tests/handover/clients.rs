//! The files opened by clients that are not ours.

use std::process::Command;

use safeground_handover::Language;
use safeground_handover::export;

use crate::exports::unpack;
use crate::sample::{HOSTILE, hostile, plan};

/// Runs `tests/clients/check.py` with the interpreter of the environment
/// variable `SAFEGROUND_PYTHON`, or `python3`. Without either, and for every
/// client that is not installed, the output says what was skipped.
#[test]
fn the_files_open_in_clients_that_are_not_ours() {
    let python = std::env::var("SAFEGROUND_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/check.py");
    let folder = std::env::temp_dir().join(format!("safeground-handover-{}", std::process::id()));
    let plans = [plan(), hostile(HOSTILE[0]), hostile(HOSTILE[8])];
    for (plan, language) in plans.iter().zip(Language::built_in().iter().cycle()) {
        for (name, bytes) in unpack(&export::bundle(plan, language).unwrap()) {
            let path = folder.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        }
        let Ok(output) = Command::new(&python).arg(script).arg(&folder).output() else {
            println!("skipped: there is no {python}");
            break;
        };
        println!("{}", String::from_utf8_lossy(&output.stdout));
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{error}");
    }
    std::fs::remove_dir_all(&folder).unwrap();
}
