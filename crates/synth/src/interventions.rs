//! Child marriages answered: what partners did about those they heard of.

use safeground_schema::{Category, CodeList as _, MarriageMethod, MarriageOutcome, Scheme};

use crate::files::Sheet;
use crate::incidents::{Incident, later};
use crate::profiles::index;
use crate::random::{Choice, Stream};
use crate::world::World;
use crate::{SynthError, SynthRequest};

/// File of the table.
pub(crate) const FILE: &str = "marriage_interventions.csv";

const HEADER: [&str; 8] = [
    "Intervention no",
    "Child ID",
    "Date",
    "Village code",
    "Answered by",
    "Outcome",
    "Enrolled afterwards in",
    "Partner",
];

/// Share of recorded child marriages that are answered.
pub(crate) const ANSWERED: f64 = 0.5;

/// Weights of injunction, negotiation and persuasion.
const METHODS: [f64; 3] = [0.15, 0.35, 0.50];

/// Shares of prevented, postponed, solemnised and unknown for each method.
pub(crate) const OUTCOMES: [[f64; 4]; 3] = [
    [0.74, 0.12, 0.09, 0.05],
    [0.52, 0.24, 0.16, 0.08],
    [0.43, 0.27, 0.19, 0.11],
];

/// Share of girls not married who are enrolled in something afterwards.
const FOLLOWED_UP: f64 = 0.72;

/// What they are enrolled in.
const FOLLOW_UPS: [(Scheme, f64); 4] = [
    (Scheme::School, 0.58),
    (Scheme::CashTransfer, 0.22),
    (Scheme::Sponsorship, 0.12),
    (Scheme::Identity, 0.08),
];

/// Longest time from hearing of a marriage to answering it, in days.
const WITHIN_DAYS: usize = 12;

/// The open file; hears of every incident and answers some.
#[derive(Debug)]
pub(crate) struct Interventions<'a> {
    world: &'a World,
    sheet: Sheet,
    stream: Stream,
    category: usize,
    methods: Choice,
    outcomes: Vec<Choice>,
    follow_ups: Choice,
    number: u64,
}

impl<'a> Interventions<'a> {
    /// Creates the file.
    pub(crate) fn create(world: &'a World, request: &SynthRequest) -> Result<Self, SynthError> {
        Ok(Self {
            world,
            sheet: Sheet::create(request.folder(), FILE, &HEADER)?,
            stream: Stream::new(request.seed(), "interventions"),
            category: index(Category::ChildMarriage),
            methods: Choice::new(&METHODS),
            outcomes: OUTCOMES.iter().map(|shares| Choice::new(shares)).collect(),
            follow_ups: Choice::new(&FOLLOW_UPS.map(|(_, weight)| weight)),
            number: 0,
        })
    }

    /// Answers an incident, if it is a child marriage and somebody could.
    pub(crate) fn hear(&mut self, incident: &Incident) -> Result<(), SynthError> {
        if incident.category != self.category || !self.stream.happens(ANSWERED) {
            return Ok(());
        }
        let bits = self.stream.bits();
        let method = self.methods.pick(bits as u16);
        let outcome = self.outcomes[method].pick((bits >> 16) as u16);
        let outcome = MarriageOutcome::ALL[outcome];
        let averted = matches!(
            outcome,
            MarriageOutcome::Prevented | MarriageOutcome::Postponed
        );
        let follow_up = FOLLOW_UPS[self.follow_ups.pick((bits >> 32) as u16)].0;
        let enrolled = self.stream.happens(FOLLOWED_UP) && averted;
        let date = later(incident.date, self.stream.below(WITHIN_DAYS + 1) as u32);
        self.number += 1;
        let village = &self.world.villages[incident.village];
        self.sheet
            .yearly_serial("SYN/M/", usize::from(date.year), self.number)
            .serial(incident.partner.child_prefix(), incident.child, 8)
            .day_first(date, b'/')
            .whole(u64::from(village.code))
            .text(method_label(MarriageMethod::ALL[method]))
            .text(outcome_label(outcome));
        if enrolled {
            self.sheet.text(scheme_label(follow_up));
        } else {
            self.sheet.empty();
        }
        self.sheet.text(incident.partner.name()).end_row()
    }

    /// Finishes the file; returns its rows.
    pub(crate) fn finish(self) -> Result<u64, SynthError> {
        self.sheet.finish()
    }
}

fn method_label(method: MarriageMethod) -> &'static str {
    match method {
        MarriageMethod::Injunction => "Court injunction",
        MarriageMethod::Negotiation => "Negotiation",
        _ => "Persuasion",
    }
}

fn outcome_label(outcome: MarriageOutcome) -> &'static str {
    match outcome {
        MarriageOutcome::Prevented => "Prevented",
        MarriageOutcome::Postponed => "Postponed till 18",
        MarriageOutcome::Solemnised => "Solemnised",
        _ => "Not known",
    }
}

/// What partners call a scheme.
pub(crate) fn scheme_label(scheme: Scheme) -> &'static str {
    match scheme {
        Scheme::School => "School",
        Scheme::CashTransfer => "Scholarship",
        Scheme::Sponsorship => "Sponsorship",
        _ => "Birth certificate",
    }
}
