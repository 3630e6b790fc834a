//! Routes of one team, on the model of `vrp-core`.

use std::cmp::Ordering;
use std::sync::Arc;
use std::time::Instant;

use chrono::NaiveDate;
use rand::Rng as _;
use rand_chacha::ChaCha8Rng;
use vrp_core::construction::features::create_travel_limit_feature;
use vrp_core::construction::heuristics::{
    EvaluationContext, InsertionContext, InsertionEvaluator, InsertionHeuristic, InsertionPosition,
    InsertionResult, JobSelector, LegSelection, MoveContext, ResultSelector, RouteContext,
    RouteSelector, eval_job_insertion_in_route,
};
use vrp_core::models::common::TimeWindow;
use vrp_core::models::problem::JobIdDimension as _;
use vrp_core::prelude::{
    CapacityFeatureBuilder, Cost, Demand, Environment, Feature, FeatureBuilder, FeatureObjective,
    GenericResult, GoalContext, GoalContextBuilder, Job, MinimizeUnassignedBuilder, Problem,
    ProblemBuilder, SimpleTransportCost, SingleBuilder, SingleDimLoad, TransportCost,
    TransportFeatureBuilder, VehicleBuilder, VehicleDetailBuilder, ViolationCode,
};
use vrp_core::rosomaxa::prelude::{HeuristicObjective as _, HeuristicSolution as _};

use crate::choose::{shuffle, stream};
use crate::schedule::calendar::{DAY_MINUTES, misses_priority, open_spans};
use crate::schedule::day::{Part, visit_minutes};
use crate::schedule::plan::SearchEnd;
use crate::schedule::request::ScheduleRequest;
use crate::schedule::roads::Ways;

/// Most parts taken out of the routes in a round, beside those of a whole day.
const MOST_REMOVED: usize = 12;

/// How far a schedule may fall behind the best one in kilometres, at first,
/// and still be searched from.
const FIRST_SLACK: f64 = 0.03;

/// One team's question.
pub(super) struct TeamTask<'a> {
    pub(super) request: &'a ScheduleRequest,
    pub(super) team: usize,
    /// Days that may be planned, ascending.
    pub(super) dates: &'a [NaiveDate],
    pub(super) parts: &'a [Part],
    pub(super) rounds: usize,
    pub(super) seed: u64,
    pub(super) deadline: Option<Instant>,
}

/// Parts of each day in order, by number.
pub(super) struct TeamRoutes {
    pub(super) days: Vec<Vec<usize>>,
    pub(super) ended: SearchEnd,
}

/// Routes of one team: first most households, then fewest visits off the days
/// wanted for them, then fewest kilometres.
///
/// 1. Each part is inserted where it costs least, in a random order.
/// 2. A round takes out the parts nearest to a random one, or a whole day, and
///    inserts them again in another order (Schrimpf et al. 2000).
/// 3. The result is searched from if it is no worse than the best by more than
///    a slack in kilometres that shrinks to nothing (Dueck 1993).
///
/// Model, limits, costs and insertion are those of `vrp-core`. Its own search
/// keeps days and jobs in tables hashed by their address in memory and weighs
/// its operators by the time they took, so that two runs differ; here days and
/// jobs stand in lists, the random numbers are ours, and nothing is timed but
/// the limit handed in.
///
/// O(rounds × removed × days × visits a day).
pub(super) fn route_team(task: &TeamTask) -> TeamRoutes {
    let nothing = TeamRoutes {
        days: vec![Vec::new(); task.dates.len()],
        ended: SearchEnd::AllRounds,
    };
    if task.parts.is_empty() || task.dates.is_empty() {
        return nothing;
    }
    let problem = Arc::new(model(task).expect("checked numbers make a model"));
    let mut random = stream(task.seed, task.team as u64);
    let mut order: Vec<usize> = (0..task.parts.len()).collect();
    shuffle(&mut order, &mut random);
    let mut current = recreate(start(&problem), ranks(&order));
    let mut best = current.deep_copy();
    let neighbours = neighbours(task);
    let mut ended = SearchEnd::AllRounds;
    for round in 0..task.rounds {
        if task
            .deadline
            .is_some_and(|deadline| Instant::now() >= deadline)
        {
            ended = SearchEnd::TimeLimit;
            break;
        }
        let mut next = current.deep_copy();
        ruin(&mut next, task, &neighbours, &mut random);
        shuffle(&mut order, &mut random);
        if random.random_bool(0.5) {
            hardest_first(&mut order, task);
        }
        let next = recreate(next, ranks(&order));
        let slack = FIRST_SLACK * (1.0 - round as f64 / task.rounds as f64);
        if problem.goal.total_order(&next, &best) == Ordering::Less {
            best = next.deep_copy();
        }
        if is_near(&next, &best, slack) {
            current = next;
        }
    }
    TeamRoutes {
        days: days(&best, task),
        ended,
    }
}

/// Whether all but the last goal are as good as the best, and the kilometres
/// within the slack.
fn is_near(next: &InsertionContext, best: &InsertionContext, slack: f64) -> bool {
    let fitness = |context: &InsertionContext| -> Vec<f64> {
        context.problem.goal.fitness(context).collect()
    };
    let (next, best) = (fitness(next), fitness(best));
    let last = next.len() - 1;
    for goal in 0..last {
        if next[goal] != best[goal] {
            return next[goal] < best[goal];
        }
    }
    next[last] <= best[last] * (1.0 + slack)
}

/// Stops, days and goals as `vrp-core` sees them: one clock in minutes runs
/// from the first day, and each day is a vehicle.
fn model(task: &TeamTask) -> GenericResult<Problem> {
    let request = task.request;
    let limits = &request.teams[task.team];
    let places: Vec<usize> = std::iter::once(Ways::new(request).base(task.team))
        .chain(task.parts.iter().map(|part| part.stop))
        .collect();
    let ways = Ways::new(request);
    let km: Vec<f64> = places
        .iter()
        .flat_map(|from| places.iter().map(|to| ways.km(*from, *to)))
        .collect();
    let minutes = places
        .iter()
        .flat_map(|from| places.iter().map(|to| ways.minutes(task.team, *from, *to)))
        .collect();
    let transport: Arc<dyn TransportCost> = Arc::new(SimpleTransportCost::new(minutes, km)?);
    let jobs = task
        .parts
        .iter()
        .enumerate()
        .map(|(number, part)| {
            let households = i32::try_from(part.households).unwrap_or(i32::MAX);
            SingleBuilder::default()
                .id(&number.to_string())
                .demand(Demand::delivery(households))
                .location(number + 1)?
                .duration(visit_minutes(request, task.team, part.households))?
                .times(windows(task, *part))?
                .build_as_job()
        })
        .collect::<GenericResult<Vec<Job>>>()?;
    let cap = i32::try_from(limits.most_households_per_day).unwrap_or(i32::MAX);
    let vehicles = (0..task.dates.len())
        .map(|day| {
            let starts = clock(task, day) + limits.day_starts_minute;
            VehicleBuilder::default()
                .id(&day.to_string())
                .capacity(SingleDimLoad::new(cap))
                .add_detail(
                    VehicleDetailBuilder::default()
                        .set_start_location(0)
                        .set_start_time(starts)
                        .set_end_location(0)
                        .set_end_time(starts + 60.0 * limits.hours_per_day)
                        .build()?,
                )
                .build()
        })
        .collect::<GenericResult<Vec<_>>>()?;
    ProblemBuilder::default()
        .add_jobs(jobs.into_iter())
        .add_vehicles(vehicles.into_iter())
        .with_goal(goal(task, &transport)?)
        .with_transport_cost(transport)
        .with_logger(Arc::new(|_| {}))
        .build()
}

fn goal(task: &TeamTask, transport: &Arc<dyn TransportCost>) -> GenericResult<GoalContext> {
    let households: Vec<f64> = task
        .parts
        .iter()
        .map(|part| f64::from(part.households))
        .collect();
    let most_km = task.request.teams[task.team].most_km_per_day;
    GoalContextBuilder::with_features(&[
        MinimizeUnassignedBuilder::new("households")
            .set_job_estimator(move |_, job| households[number(job)])
            .build()?,
        wanted_days(task)?,
        TransportFeatureBuilder::new("km")
            .set_violation_code(ViolationCode(1))
            .set_transport_cost(transport.clone())
            .build_minimize_distance()?,
        CapacityFeatureBuilder::<SingleDimLoad>::new("households_per_day")
            .set_violation_code(ViolationCode(2))
            .build()?,
        create_travel_limit_feature(
            "km_per_day",
            transport.clone(),
            ViolationCode(3),
            ViolationCode(4),
            Arc::new(move |_| Some(most_km)),
            Arc::new(|_| None),
        )?,
    ])?
    .build()
}

/// Counts visits off the days wanted for them.
struct WantedDays {
    /// Whether a part misses its wanted days, by part and day.
    misses: Vec<Vec<bool>>,
}

impl WantedDays {
    fn cost(&self, job: &Job, route: &RouteContext) -> Cost {
        f64::from(u8::from(self.misses[number(job)][day_of(route)]))
    }
}

impl FeatureObjective for WantedDays {
    fn fitness(&self, context: &InsertionContext) -> Cost {
        let routes = context.solution.routes.iter();
        routes
            .flat_map(|route| route.route().tour.jobs().map(move |job| (job, route)))
            .map(|(job, route)| self.cost(job, route))
            .sum()
    }

    fn estimate(&self, context: &MoveContext<'_>) -> Cost {
        match context {
            MoveContext::Route { route_ctx, job, .. } => self.cost(job, route_ctx),
            MoveContext::Activity { .. } => 0.0,
        }
    }
}

fn wanted_days(task: &TeamTask) -> GenericResult<Feature> {
    let misses = task
        .parts
        .iter()
        .map(|part| {
            let dates = task.dates.iter();
            dates
                .map(|date| misses_priority(task.request, part.stop, *date))
                .collect()
        })
        .collect();
    FeatureBuilder::default()
        .with_name("wanted_days")
        .with_objective(WantedDays { misses })
        .build()
}

/// Minute of the clock at which a day begins.
fn clock(task: &TeamTask, day: usize) -> f64 {
    (task.dates[day] - task.dates[0]).num_days() as f64 * DAY_MINUTES
}

/// When a part can be begun so that it ends before its place closes. Days on
/// which it is open throughout are joined.
fn windows(task: &TeamTask, part: Part) -> Vec<TimeWindow> {
    let work = visit_minutes(task.request, task.team, part.households);
    let mut spans: Vec<(f64, f64)> = Vec::new();
    let mut joins = false;
    for (day, date) in task.dates.iter().enumerate() {
        let open = open_spans(task.request, part.stop, *date);
        let all_day = open == [(0.0, DAY_MINUTES)];
        let begins = clock(task, day);
        match spans.last_mut() {
            Some(last) if joins && all_day => last.1 = begins + DAY_MINUTES,
            _ => spans.extend(
                open.iter()
                    .map(|(from, until)| (begins + from, begins + until)),
            ),
        }
        joins = all_day;
    }
    let mut windows: Vec<TimeWindow> = spans
        .into_iter()
        .filter(|(from, until)| until - work >= *from)
        .map(|(from, until)| TimeWindow::new(from, until - work))
        .collect();
    if windows.is_empty() {
        // Before all days: the part can be inserted nowhere.
        windows.push(TimeWindow::new(-2.0 * DAY_MINUTES, -2.0 * DAY_MINUTES));
    }
    windows
}

/// Nothing planned, every day with a route in the order of dates.
fn start(problem: &Arc<Problem>) -> InsertionContext {
    let environment = Arc::new(Environment {
        logger: Arc::new(|_| {}),
        ..Environment::default()
    });
    let mut context = InsertionContext::new(problem.clone(), environment);
    for actor in &problem.fleet.actors {
        let route = context.solution.registry.get_route(actor);
        context.solution.routes.extend(route);
    }
    context
}

/// The rank of each part in an order.
fn ranks(order: &[usize]) -> Vec<usize> {
    let mut ranks = vec![0; order.len()];
    for (rank, part) in order.iter().enumerate() {
        ranks[*part] = rank;
    }
    ranks
}

/// Parts with most households first, the others as they were.
fn hardest_first(order: &mut [usize], task: &TeamTask) {
    order.sort_by_key(|part| std::cmp::Reverse(task.parts[*part].households));
}

/// Inserts what is not planned, part after part.
fn recreate(context: InsertionContext, ranks: Vec<usize>) -> InsertionContext {
    InsertionHeuristic::new(Box::new(InTurn)).process(
        context,
        &Ranked(ranks),
        &EveryDay,
        &LegSelection::Exhaustive,
        &Cheapest,
    )
}

/// One part at a time, by rank.
struct Ranked(Vec<usize>);

impl JobSelector for Ranked {
    fn prepare(&self, context: &mut InsertionContext) {
        context
            .solution
            .required
            .sort_by_key(|job| self.0[number(job)]);
    }

    fn select<'a>(
        &'a self,
        context: &'a InsertionContext,
    ) -> Box<dyn Iterator<Item = &'a Job> + 'a> {
        Box::new(context.solution.required.iter().take(1))
    }
}

/// All days, by date.
struct EveryDay;

impl RouteSelector for EveryDay {
    fn prepare(&self, _: &mut InsertionContext) {}

    fn select<'a>(
        &'a self,
        context: &'a InsertionContext,
        _: &[&'a Job],
    ) -> Box<dyn Iterator<Item = &'a RouteContext> + 'a> {
        Box::new(context.solution.routes.iter())
    }
}

/// The cheapest insertion, the first of equals.
struct Cheapest;

impl ResultSelector for Cheapest {
    fn select_insertion(
        &self,
        _: &InsertionContext,
        left: InsertionResult,
        right: InsertionResult,
    ) -> InsertionResult {
        InsertionResult::choose_best_result(left, right)
    }
}

/// Evaluates days one after the other, so that no thread decides a tie.
struct InTurn;

impl InsertionEvaluator for InTurn {
    fn evaluate_all(
        &self,
        context: &InsertionContext,
        jobs: &[&Job],
        routes: &[&RouteContext],
        leg_selection: &LegSelection,
        result_selector: &dyn ResultSelector,
    ) -> InsertionResult {
        let mut result = InsertionResult::make_failure();
        for job in jobs {
            let evaluation = EvaluationContext {
                goal: &context.problem.goal,
                job,
                leg_selection,
                result_selector,
            };
            for route in routes {
                result = eval_job_insertion_in_route(
                    context,
                    &evaluation,
                    route,
                    InsertionPosition::Any,
                    result,
                );
            }
        }
        match result {
            // Without a job, all others would be given up with this one.
            InsertionResult::Failure(mut failure) => {
                failure.job = failure
                    .job
                    .or_else(|| jobs.first().map(|job| (*job).clone()));
                InsertionResult::Failure(failure)
            }
            success => success,
        }
    }
}

/// Takes out the parts around a random one, or now and then a whole day.
fn ruin(
    context: &mut InsertionContext,
    task: &TeamTask,
    neighbours: &[Vec<usize>],
    random: &mut ChaCha8Rng,
) {
    let most = MOST_REMOVED.min(task.parts.len());
    let count = random.random_range(1..=most as u64) as usize;
    let mut out = vec![false; task.parts.len()];
    let centre = random.random_range(0..task.parts.len() as u64) as usize;
    for part in neighbours[centre].iter().take(count) {
        out[*part] = true;
    }
    if random.random_bool(0.2) {
        let day = random.random_range(0..context.solution.routes.len() as u64) as usize;
        for job in context.solution.routes[day].route().tour.jobs() {
            out[number(job)] = true;
        }
    }
    for route in 0..context.solution.routes.len() {
        let tour = &context.solution.routes[route].route().tour;
        let jobs: Vec<Job> = tour
            .jobs()
            .filter(|job| out[number(job)])
            .cloned()
            .collect();
        for job in jobs {
            context.solution.routes[route].route_mut().tour.remove(&job);
            context.solution.required.push(job);
        }
    }
}

/// Parts by distance from each part, itself first.
fn neighbours(task: &TeamTask) -> Vec<Vec<usize>> {
    let ways = Ways::new(task.request);
    let parts = task.parts;
    (0..parts.len())
        .map(|part| {
            let mut others: Vec<(f64, usize)> = (0..parts.len())
                .map(|other| (ways.km(parts[part].stop, parts[other].stop), other))
                .collect();
            others.sort_by(|a, b| {
                let itself = |other: usize| other != part;
                (itself(a.1).cmp(&itself(b.1)))
                    .then(a.0.total_cmp(&b.0))
                    .then(a.1.cmp(&b.1))
            });
            others.truncate(MOST_REMOVED);
            others.into_iter().map(|(_, other)| other).collect()
        })
        .collect()
}

fn days(context: &InsertionContext, task: &TeamTask) -> Vec<Vec<usize>> {
    let mut days = vec![Vec::new(); task.dates.len()];
    for route in &context.solution.routes {
        let activities = route.route().tour.all_activities();
        days[day_of(route)] = activities
            .filter_map(|activity| activity.retrieve_job())
            .map(|job| number(&job))
            .collect();
    }
    days
}

/// Number of the part that a job stands for.
fn number(job: &Job) -> usize {
    job.dimens()
        .get_job_id()
        .and_then(|id| id.parse().ok())
        .expect("every job was given a number")
}

/// Number of the day that a route stands for.
fn day_of(route: &RouteContext) -> usize {
    use vrp_core::models::problem::VehicleIdDimension as _;
    let vehicle = &route.route().actor.vehicle;
    vehicle
        .dimens
        .get_vehicle_id()
        .and_then(|id| id.parse().ok())
        .expect("every vehicle was given a number")
}
