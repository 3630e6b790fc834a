//! The note that lies beside the data.

use std::fmt::Write as _;

use crate::files::write_text;
use crate::names::STATE_NAME;
use crate::{SynthError, SynthLoad, SynthRequest};

/// Writes `README.txt`.
pub(crate) fn write(request: &SynthRequest, loads: &[SynthLoad]) -> Result<(), SynthError> {
    let mut text = format!(
        "SYNTHETIC DATA\n\
         \n\
         Everything in this folder is invented. {state} is a fictional state in the\n\
         open ocean; its districts, villages, people, organisations and incidents do\n\
         not exist. The figures say nothing about any real place or child and must\n\
         not be quoted as if they did.\n\
         \n\
         seed {seed}, scale {scale}, calendar 2020-01-01 to 2024-12-31\n\
         \n\
         Files, in the order in which they are loaded, with the mapping of each:\n\
         \n",
        state = STATE_NAME,
        seed = request.seed(),
        scale = request.scale(),
    );
    for load in loads {
        let _ = writeln!(
            text,
            "  {:<28} {:<23} {:>9} records  {}",
            load.file.display(),
            load.table.name(),
            load.records,
            load.mapping.display(),
        );
    }
    text.push_str(
        "\n\
         What was planted (hotspots, under-reporting, seasons, a district that nobody\n\
         looks at, a service gap, negative controls) is in truth.json and truth/.\n\
         The truth is for tests of methods; do not load it.\n",
    );
    write_text(request.folder(), "README.txt", &text)
}
