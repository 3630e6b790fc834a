//! What is wrong with a question, and the smallest change that mends it.

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
        /// its kind.
        remedies: Vec<Remedy>,
    },
}

/// A constraint that cannot be met, in the order in which they are examined.
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
    let words: Vec<String> = remedies.iter().map(ToString::to_string).collect();
    words.join(", or ")
}
