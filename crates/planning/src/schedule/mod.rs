//! Which team visits which place on which day, and in what order.
//!
//! [`ScheduleProblem::new`] checks a [`ScheduleRequest`] or returns every
//! [`ScheduleFault`]. `schedule` answers with a [`Schedule`], `replan` with a
//! new one from the results of the days worked. Stops and teams are named by
//! their number in the request, days by their date, times by minutes after
//! midnight.
//!
//! Inside, `areas` gives each team its part of the map, `parts` splits places
//! over days, `search` routes each team on the model of `vrp-core` and then
//! exchanges visits between teams, `day` walks a day and is believed instead of
//! it, `leftover` fits in what the search left out or says why it does not fit.
//!
//! Deliberately absent: the calendar file (dates are handed in), roads (a
//! factor or a table), and any person.

mod areas;
mod calendar;
mod day;
mod fault;
mod leftover;
mod params;
mod parts;
mod plan;
mod problem;
mod replan;
mod request;
mod road_areas;
mod roads;
mod search;
mod solve;

pub use fault::ScheduleFault;
pub use params::{Borders, ScheduleParams};
pub use plan::{
    Area, DaySchedule, PlannedVisit, Schedule, ScheduleRemedy, SearchEnd, TeamSchedule,
    Unscheduled, WhyNot,
};
pub use problem::ScheduleProblem;
pub use replan::{Outcome, Progress, VisitResult};
pub use request::{
    Blackout, OpenHours, Priority, Roads, ScheduleRequest, Stop, Team, Way, WayTable, working_dates,
};
