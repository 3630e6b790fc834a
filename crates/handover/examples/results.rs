//! Reads a filled workbook: `results PLAN.json FILLED.xlsx CAMPAIGNS.csv`.
//! Prints faults and warnings, and writes the good rows for the lake.

use safeground_handover::results::{self, ReadParams};
use safeground_handover::{Language, PlanDocument};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [plan, filled, out] = arguments.as_slice() else {
        return Err("usage: results PLAN.json FILLED.xlsx CAMPAIGNS.csv".into());
    };
    let plan: PlanDocument = serde_json::from_str(&std::fs::read_to_string(plan)?)?;
    let filled = std::fs::read(filled)?;
    let reading = results::read(&filled, &plan, Language::english(), &ReadParams::default())?;
    for fault in &reading.faults {
        println!("fault: {fault}");
    }
    for warning in &reading.warnings {
        println!("warning: {warning}");
    }
    println!(
        "{} visits with a result, {} without",
        reading.results.visits.len(),
        reading.empty_rows
    );
    std::fs::write(out, reading.results.campaigns_csv(None)?)?;
    Ok(())
}
