//! Writes the bundle of a plan: `bundle PLAN.json LANGUAGE OUT.zip`, where
//! LANGUAGE is `en`, `hi` or the path of a language file.

use safeground_handover::{Language, PlanDocument, export};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [plan, language, out] = arguments.as_slice() else {
        return Err("usage: bundle PLAN.json LANGUAGE OUT.zip".into());
    };
    let plan: PlanDocument = serde_json::from_str(&std::fs::read_to_string(plan)?)?;
    let built_in = Language::built_in();
    let language = match built_in.iter().find(|known| known.code() == language) {
        Some(known) => known.clone(),
        None => Language::read(&std::fs::read_to_string(language)?)?,
    };
    std::fs::write(out, export::bundle(&plan, &language)?)?;
    Ok(())
}
