//! Putting the parts together.

use std::path::PathBuf;

use safeground_schema::Table;

use crate::incident_files::{self, IncidentFiles};
use crate::interventions::{self, Interventions};
use crate::world::Model;
use crate::{
    SynthError, SynthLoad, SynthReport, SynthRequest, campaigns, canaries, effort, incidents,
    indicators, mappings, places, readme, truth, truth_tables, welfare,
};

/// Writes the fictional state of a request into its folder.
///
/// Files of the same names are replaced; nothing else in the folder is
/// touched. The truth is written last, so its presence says that the data
/// are complete. Memory does not grow with the scale.
///
/// # Errors
/// [`SynthError::Write`] with the file that could not be written.
pub fn generate(request: &SynthRequest) -> Result<SynthReport, SynthError> {
    let model = Model::new(request);
    let world = &model.world;
    mappings::write(request.folder())?;
    let mut loads = Vec::new();
    let mut add = |file: &str, table, records| {
        loads.push(SynthLoad {
            file: PathBuf::from(file),
            table,
            mapping: PathBuf::from(mappings::path_for(file)),
            part: None,
            records,
        });
    };
    let [states, districts, blocks, villages] = places::write(world, request)?;
    add(places::STATES, Table::Places, states);
    add(places::DISTRICTS, Table::Places, districts);
    add(places::BLOCKS, Table::Places, blocks);
    add(places::VILLAGES, Table::Places, villages);
    let rows = model.effort.write(world, request)?;
    add(effort::FILE, Table::Effort, rows);
    let rows = indicators::write(world, request)?;
    add(indicators::FILE, Table::Indicators, rows);
    let mut files = IncidentFiles::create(world, request)?;
    let mut answers = Interventions::create(world, request)?;
    let mut records = match request.canaries() {
        0 => None,
        _ => Some(canaries::Records::create(world, request)?),
    };
    let mut tally = incidents::draw(&model, request.seed(), |incident| {
        files.write(incident)?;
        if let Some(records) = &mut records {
            records.note(incident, None)?;
        }
        answers.hear(incident)
    })?;
    if let Some(mut records) = records {
        canaries::plant(&model, request, &mut tally, |incident, canary| {
            files.write(incident)?;
            records.note(incident, Some(canary))
        })?;
        records.finish()?;
    }
    let incidents = files.finish()?;
    for (file, rows) in incident_files::FILES.iter().zip(incidents) {
        add(file, Table::Incidents, rows);
    }
    let rows = answers.finish()?;
    add(interventions::FILE, Table::MarriageInterventions, rows);
    let rows = welfare::write(world, request)?;
    add(welfare::FILE, Table::WelfareEnrolments, rows);
    let rows = campaigns::write(world, request)?;
    add(campaigns::FILE, Table::Campaigns, rows);
    readme::write(request, &loads)?;
    truth_tables::write(&model, request, &tally)?;
    truth::write(&model, request, &tally)?;
    Ok(SynthReport {
        seed: request.seed(),
        scale: request.scale(),
        folder: request.folder().to_owned(),
        loads,
        truth: PathBuf::from(truth::FILE),
        incidents: incidents.iter().sum(),
        calendar: ("2020-01-01".into(), "2024-12-31".into()),
    })
}
