//! What is wrong with a question, and the smallest change that mends it.

use std::fmt;

use serde::Serialize;

/// A fault of the input.
#[derive(Debug, Clone, PartialEq, Serialize, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// There is nothing to choose from.
    #[error("there are no candidate places; widen the area")]
    NoPlaces,
    /// Nothing may be chosen.
    #[error(
        "none of the {places} candidate places may be chosen: all are must-nots or left to \
         partners; take one off the must-nots or let a partner take part"
    )]
    NoneOpen {
        /// How many there are.
        places: usize,
    },
    /// A number of a place outside its domain.
    #[error(
        "{what} of place `{place}` is {value}; expected {expected}; correct it or leave the place out"
    )]
    Value {
        /// Name of the number.
        what: &'static str,
        /// Identifier of the place or demand point.
        place: String,
        /// Value found.
        value: f64,
        /// Domain in words.
        expected: &'static str,
    },
    /// A number of the question outside its domain.
    #[error("{what} is {value}; expected {expected}")]
    Setting {
        /// Name of the number.
        what: &'static str,
        /// Value found.
        value: f64,
        /// Domain in words.
        expected: &'static str,
    },
    /// Team-days for another number of bases than there are.
    #[error(
        "there are team-days for {figures} bases, but {bases} bases; state one figure for each \
         base, or none"
    )]
    BaseFigures {
        /// Figures given.
        figures: usize,
        /// Bases given.
        bases: usize,
    },
    /// A place that is to be paid by a base that there is not.
    #[error(
        "{place} is to be paid by base number {base}, but there are {bases} bases, numbered from \
         0; correct the number or leave it out"
    )]
    UnknownBase {
        /// Identifier of the place.
        place: String,
        /// Number found.
        base: usize,
        /// Bases given.
        bases: usize,
    },
    /// Team-days of a base outside their domain.
    #[error(
        "team-days of base number {base} are {team_days}; expected a finite number, not below \
         zero; correct them"
    )]
    BaseTeamDays {
        /// Number of the base, from 0.
        base: usize,
        /// Value found.
        team_days: f64,
    },
    /// An identifier used twice.
    #[error("`{id}` is given twice among the {list}; give it once")]
    Repeated {
        /// Which list.
        list: &'static str,
        /// The identifier.
        id: String,
    },
    /// A cost in households without a pace.
    #[error("the cost of place `{place}` is in households; state a pace or give team-days")]
    NoPace {
        /// Identifier of the place.
        place: String,
    },
    /// An identifier that no candidate has.
    #[error(
        "`{id}` among the {list} is not known{}",
        .nearest.as_ref().map_or("; take it off".to_owned(), |near| format!("; write `{near}` or take it off"))
    )]
    Unknown {
        /// Which list.
        list: &'static str,
        /// The identifier.
        id: String,
        /// The known identifier spelt most like it, if one is close.
        nearest: Option<String>,
    },
    /// A place on both lists.
    #[error("place `{place}` is both a must and a must-not; take it off one of the lists")]
    Contradiction {
        /// Identifier of the place.
        place: String,
    },
    /// A must in the territory of a partner who does not take part.
    #[error(
        "must `{place}` lies in the territory of partner `{partner}`, who does not take part; let \
         the partner take part or take the place off the musts"
    )]
    MustOfPartner {
        /// Identifier of the place.
        place: String,
        /// The partner.
        partner: String,
    },
    /// Benefit at the places themselves, but demand elsewhere.
    #[error(
        "weighted benefit sums the benefit of the places; leave out the demand points or ask for \
         maximum coverage"
    )]
    DemandElsewhere,
    /// A distance table of the wrong shape.
    #[error(
        "the distance table has {rows} rows and {columns} columns; expected {demand} rows (demand) \
         and {places} columns (places)"
    )]
    TableShape {
        /// Rows found.
        rows: usize,
        /// Columns found.
        columns: usize,
        /// Rows expected.
        demand: usize,
        /// Columns expected.
        places: usize,
    },
    /// Constraints that no choice can meet.
    #[error("{constraint}; {}", remedies_in_words(.remedies))]
    Infeasible {
        /// The constraint that cannot be met beside those named before it in
        /// [`Constraint`].
        constraint: Constraint,
        /// Changes of one kind that each suffice alone, each the smallest of
        /// its kind. Where bases are limited and the search for a choice met
        /// its limits, a smaller change or one of another kind may do too.
        remedies: Vec<Remedy>,
    },
}

/// A constraint that cannot be met, in the order in which they are examined.
/// Those of bases come last: they fail beside all others together.
#[derive(Debug, Clone, PartialEq, Serialize, thiserror::Error)]
#[non_exhaustive]
pub enum Constraint {
    /// A floor above what the block offers.
    #[error("block `{block}` must get {least} places but only {open} may be chosen there")]
    BlockFloor {
        /// The block.
        block: String,
        /// Its floor.
        least: usize,
        /// Places that may be chosen.
        open: usize,
    },
    /// Nothing can be paid.
    #[error(
        "the budget of {budget_team_days} team-days pays for no place: the cheapest, `{place}`, \
         costs {team_days}"
    )]
    CheapestPlace {
        /// The budget.
        budget_team_days: f64,
        /// The cheapest place.
        place: String,
        /// Its cost.
        team_days: f64,
    },
    /// The musts are more than is allowed.
    #[error(
        "the {places} musts cost {team_days} team-days; the budget is {budget_team_days} and \
         {most_places} places"
    )]
    Musts {
        /// How many.
        places: usize,
        /// Their cost.
        team_days: f64,
        /// The budget.
        budget_team_days: f64,
        /// Most places; all candidates if no limit was set.
        most_places: usize,
    },
    /// Musts and block floors are more than is allowed.
    #[error(
        "musts and block floors need at least {places} places and {team_days} team-days; the \
         budget is {budget_team_days} and {most_places} places"
    )]
    Floors {
        /// Least number of places.
        places: usize,
        /// Least team-days.
        team_days: f64,
        /// The budget.
        budget_team_days: f64,
        /// Most places; all candidates if no limit was set.
        most_places: usize,
    },
    /// The share of under-observed places cannot be reached.
    #[error(
        "a share of {share} under-observed places cannot be reached beside musts and block floors \
         within {budget_team_days} team-days and {most_places} places"
    )]
    UnderObservedShare {
        /// The share asked for.
        share: f64,
        /// The budget.
        budget_team_days: f64,
        /// Most places; all candidates if no limit was set.
        most_places: usize,
    },
    /// No base can pay for any place of its own.
    #[error(
        "no base has the team-days for any of its places within the budget; least is lacking at \
         base number {base}, which has {base_team_days}: place `{place}` costs {team_days}"
    )]
    CheapestPlaceOfBases {
        /// Number of the base, from 0.
        base: usize,
        /// Team-days it has.
        base_team_days: f64,
        /// A place of it.
        place: String,
        /// Its cost.
        team_days: f64,
    },
    /// The musts of one base are more than it can pay.
    #[error(
        "the {places} musts of base number {base} cost {team_days} team-days; it has \
         {base_team_days}"
    )]
    MustsOfBase {
        /// Number of the base, from 0.
        base: usize,
        /// How many musts belong to it.
        places: usize,
        /// Their cost.
        team_days: f64,
        /// Team-days it has.
        base_team_days: f64,
    },
    /// Musts, floors and share are more than the bases can pay, each for its
    /// own places.
    #[error(
        "musts, block floors and share cannot be paid from the team-days of the bases: base \
         number {base} has {base_team_days}; with the fewest days added it would pay {team_days}"
    )]
    FloorsOfBases {
        /// Number of the first base that has too few, from 0.
        base: usize,
        /// What it would pay where the fewest team-days in all are added.
        team_days: f64,
        /// Team-days it has.
        base_team_days: f64,
    },
    /// Whether the bases can pay was not found out within the limits of the
    /// search.
    #[error(
        "no choice was found that keeps musts, block floors and share within the team-days of the \
         bases, though one may exist: base number {base} has {base_team_days}, and would pay \
         {team_days} of the cheapest choice found"
    )]
    BasesUndecided {
        /// Number of the first base that has too few, from 0.
        base: usize,
        /// What it would pay.
        team_days: f64,
        /// Team-days it has.
        base_team_days: f64,
    },
}

/// Team-days that a base would need.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct BaseRaise {
    /// Number of the base, from 0.
    pub base: usize,
    /// Team-days it needs instead of those it has.
    pub to_team_days: f64,
    /// Team-days to add.
    pub added_team_days: f64,
}

impl fmt::Display for BaseRaise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "base number {} to {} team-days ({} more)",
            self.base, self.to_team_days, self.added_team_days
        )
    }
}

/// A change that makes the question feasible.
#[derive(Debug, Clone, PartialEq, Serialize, thiserror::Error)]
#[non_exhaustive]
pub enum Remedy {
    /// More money.
    #[error("raise the budget to {to_team_days} team-days")]
    RaiseBudget {
        /// Least budget that suffices.
        to_team_days: f64,
    },
    /// More team-days at bases.
    #[error(
        "raise {}{}",
        in_words(.bases, " and "),
        if *.fewest {
            String::new()
        } else {
            format!(" (fewer might do, but no fewer than {least_added_team_days} in all)")
        }
    )]
    RaiseBases {
        /// Bases to raise, in their order.
        bases: Vec<BaseRaise>,
        /// Whether no raise that adds fewer team-days in all suffices; false
        /// where the search for it met its limits.
        fewest: bool,
        /// Team-days that have to be added in all, whichever bases get them;
        /// the sum of `added_team_days` where that is the fewest.
        least_added_team_days: f64,
    },
    /// More places.
    #[error("allow {to} places")]
    RaiseMostPlaces {
        /// Least number that suffices.
        to: usize,
    },
    /// Fewer musts. None of the dropped ones can be kept while the others go.
    #[error("drop the musts `{}`", .places.join("`, `"))]
    DropMusts {
        /// Identifiers.
        places: Vec<String>,
    },
    /// A lower floor of one block.
    #[error("lower the floor of block `{block}` to {to}")]
    LowerBlockFloor {
        /// The block.
        block: String,
        /// Highest floor that can be met.
        to: usize,
    },
    /// Lower floors of all blocks.
    #[error("let no block floor exceed {to}")]
    CapFloors {
        /// Highest cap that can be met.
        to: usize,
    },
    /// A lower share.
    #[error("lower the share of under-observed places to {to}")]
    LowerShare {
        /// Highest share that can be met, to four places.
        to: f64,
    },
}

fn remedies_in_words(remedies: &[Remedy]) -> String {
    if remedies.is_empty() {
        return "no change of one kind suffices; lower several of them".to_owned();
    }
    in_words(remedies, ", or ")
}

fn in_words<Item: ToString>(items: &[Item], between: &str) -> String {
    let words: Vec<String> = items.iter().map(ToString::to_string).collect();
    words.join(between)
}
