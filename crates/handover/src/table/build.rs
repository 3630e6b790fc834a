//! The tables filled from a document.

use super::{Cell, Column, Kind, Part, Table};
use crate::document::{
    Figure, LeftOut, PlanDocument, Role, Route, Status, Unplannable, UnplannableReason, Village,
    Visit,
};
use crate::language::Language;
use crate::language::dates::time;
use crate::words;

/// Collects columns while the first row is written, so that a column and its
/// cells stand in one line of code.
#[derive(Default)]
struct Row {
    columns: Vec<Column>,
    cells: Vec<Cell>,
}

impl Row {
    fn put(&mut self, base: &'static str, kind: Kind, unit: &'static str, cell: Cell) {
        self.put_part(base, Part::Itself, kind, unit, cell);
    }

    fn put_part(
        &mut self,
        base: &'static str,
        part: Part,
        kind: Kind,
        unit: &'static str,
        cell: Cell,
    ) {
        self.columns.push(Column {
            base,
            part,
            kind,
            unit,
        });
        self.cells.push(cell);
    }

    fn text(&mut self, base: &'static str, text: impl Into<String>) {
        self.put(base, Kind::Text, "", Cell::Text(text.into()));
    }

    /// A code that may be missing; an empty text says so.
    fn code(&mut self, base: &'static str, text: Option<&str>) {
        let cell = text.map_or(Cell::Empty, |text| Cell::Text(text.to_owned()));
        self.put(base, Kind::Text, "", cell);
    }

    fn number(&mut self, base: &'static str, kind: Kind, unit: &'static str, value: f64) {
        self.put(base, kind, unit, Cell::Number(value));
    }

    /// A value that may be missing, with its status beside it.
    fn optional(&mut self, base: &'static str, kind: Kind, unit: &'static str, cell: Option<Cell>) {
        let status = match cell {
            Some(_) => Status::Available,
            None => Status::NoData,
        };
        self.put(base, kind, unit, cell.unwrap_or(Cell::Empty));
        self.status(base, status);
    }

    fn status(&mut self, base: &'static str, status: Status) {
        let cell = Cell::Text(status.key().to_owned());
        self.put_part(base, Part::Status, Kind::Text, "", cell);
    }

    fn figure(&mut self, base: &'static str, kind: Kind, unit: &'static str, figure: &Figure) {
        let cell = |value: Option<f64>| value.map_or(Cell::Empty, Cell::Number);
        self.put_part(base, Part::Itself, kind, unit, cell(figure.value));
        self.put_part(base, Part::Low, kind, unit, cell(figure.low));
        self.put_part(base, Part::High, kind, unit, cell(figure.high));
        self.status(base, figure.status);
    }
}

fn table(name: &'static str, heading: Row, rows: Vec<Row>) -> Table {
    let columns = heading.columns;
    debug_assert!(rows.iter().all(|row| row.columns == columns));
    Table {
        name,
        columns,
        rows: rows.into_iter().map(|row| row.cells).collect(),
    }
}

/// A day of a village, or a village without one.
enum Day<'a> {
    Visit(&'a Route, usize, &'a Visit),
    Without,
}

/// Villages by date, team and order, one row for each visit; villages without
/// a visit follow in the order of the document. A plan without villages has
/// the columns all the same.
pub(crate) fn plan(document: &PlanDocument, language: &Language) -> Table {
    let mut rows = Vec::new();
    let mut visited = std::collections::BTreeSet::new();
    let by_id: std::collections::BTreeMap<&str, &Village> = document
        .villages
        .iter()
        .map(|village| (village.place_id.as_str(), village))
        .collect();
    for (route, order, visit) in document.visits() {
        if let Some(village) = by_id.get(visit.place_id.as_str()) {
            visited.insert(visit.place_id.as_str());
            let day = Day::Visit(route, order, visit);
            rows.push(plan_row(document, village, &day, language));
        }
    }
    for village in &document.villages {
        if !visited.contains(village.place_id.as_str()) {
            rows.push(plan_row(document, village, &Day::Without, language));
        }
    }
    let heading = plan_row(document, &sample_village(), &Day::Without, language);
    table("plan", heading, rows)
}

fn plan_row(document: &PlanDocument, village: &Village, day: &Day<'_>, language: &Language) -> Row {
    let mut row = Row::default();
    row.text("plan_id", &document.plan_id);
    row.text("release_id", &document.release_id);
    day_cells(&mut row, document, village, day, language);
    row.text("place_id", &village.place_id);
    row.code("lgd_code", village.lgd_code.as_deref());
    row.text("name", &village.name);
    row.text("block", &village.block);
    row.text("district", &village.district);
    row.number(
        "longitude",
        Kind::Number(5),
        "degrees",
        village.position.longitude,
    );
    row.number(
        "latitude",
        Kind::Number(5),
        "degrees",
        village.position.latitude,
    );
    row.figure("population", Kind::Number(0), "people", &village.population);
    row.figure(
        "households",
        Kind::Number(0),
        "households",
        &village.households,
    );
    let unit = document.summary.benefit_unit.key();
    row.figure("benefit", Kind::Number(1), unit, &village.benefit);
    row.number(
        "remaining_share",
        Kind::Number(2),
        "",
        village.remaining_share,
    );
    let number = |value: Option<f64>| value.map(Cell::Number);
    row.optional(
        "score_rank",
        Kind::Whole,
        "",
        number(village.score_rank.map(f64::from)),
    );
    let month = village
        .last_visit
        .map(|month| Cell::Text(month.to_string()));
    row.optional("last_visit", Kind::Month, "", month);
    let firmness = number(village.selection_probability);
    row.optional("selection_probability", Kind::Number(2), "", firmness);
    row.text("role", village.role.key());
    let probability = match village.role {
        Role::Explored { probability } => Some(probability),
        Role::Chosen | Role::Must => None,
    };
    row.optional("draw_probability", Kind::Number(4), "", number(probability));
    let step = number(village.rollout_step.map(f64::from));
    row.optional("rollout_step", Kind::Whole, "", step);
    let distance = number(village.base_distance_km);
    row.optional("base_distance_km", Kind::Number(1), "km", distance);
    row.number("team_days", Kind::Number(2), "team-days", village.team_days);
    row.text("reasons", words::reasons(village, language).join(" "));
    row
}

fn day_cells(
    row: &mut Row,
    document: &PlanDocument,
    village: &Village,
    day: &Day<'_>,
    language: &Language,
) {
    let left = document
        .unscheduled
        .iter()
        .find(|left| left.place_id == village.place_id);
    let scheduled = match (day, left) {
        (Day::Visit(..), _) => "scheduled",
        (Day::Without, Some(_)) => "unscheduled",
        (Day::Without, None) => "not_scheduled",
    };
    row.text("scheduled", scheduled);
    let visit = match day {
        Day::Visit(route, order, visit) => Some((*route, *order, *visit)),
        Day::Without => None,
    };
    let team_id = visit.map(|(route, ..)| route.team_id.as_str());
    row.code("team_id", team_id);
    let team = team_id.and_then(|id| document.team(id));
    row.code("team", team.map(|team| team.label.as_str()));
    let cell = |cell: Option<Cell>| cell.unwrap_or(Cell::Empty);
    let date = visit.map(|(route, ..)| Cell::Date(route.date));
    row.put("date", Kind::Date, "", cell(date));
    let order = visit.map(|(_, order, _)| Cell::Number(order as f64));
    row.put("order", Kind::Whole, "", cell(order));
    let visit = visit.map(|(_, _, visit)| visit);
    let at = |minute: fn(&Visit) -> f64| cell(visit.map(|v| Cell::Text(time(minute(v)))));
    row.put("arrival", Kind::Time, "", at(|visit| visit.arrival_minute));
    row.put("start", Kind::Time, "", at(|visit| visit.start_minute));
    row.put("leave", Kind::Time, "", at(|visit| visit.leave_minute));
    let minutes = visit.map(|v| Cell::Number((v.leave_minute - v.arrival_minute).round()));
    row.put("minutes", Kind::Whole, "minutes", cell(minutes));
    let km = visit.map(|visit| Cell::Number(visit.km));
    row.put("km", Kind::Number(1), "km", cell(km));
    let planned = visit.map(|visit| Cell::Number(visit.households.into()));
    row.put(
        "households_planned",
        Kind::Whole,
        "households",
        cell(planned),
    );
    // Known for every village of a scheduled plan, and then possibly zero.
    let known = !document.routes.is_empty() || left.is_some();
    let without = left.map_or(0.0, |left| left.households.into());
    let without = known.then_some(Cell::Number(without));
    row.optional("households_unscheduled", Kind::Whole, "households", without);
    let why = left.map(|left| words::unscheduled(left, document, language).join(" "));
    row.code("why_not", why.as_deref());
}

/// All score parts, one row each, by village and in the order of the document.
pub(crate) fn scores(document: &PlanDocument, language: &Language) -> Table {
    let sample = sample_village();
    let sample_part = crate::document::ScorePart {
        measure: crate::document::Measure::Burden,
        theme: None,
        figure: Figure::absent(Status::NoData),
        source: crate::document::Source::Published,
        from_place_id: None,
        from_place: None,
        q_value: None,
        observations: None,
        method: String::new(),
    };
    let row = |village: &Village, part: &crate::document::ScorePart| {
        let mut row = Row::default();
        row.text("plan_id", &document.plan_id);
        row.text("release_id", &document.release_id);
        row.text("place_id", &village.place_id);
        row.text("name", &village.name);
        row.text("measure", part.measure.key());
        row.code("theme", part.theme.as_deref());
        row.text("label", words::score_label(part, language));
        row.figure("value", Kind::Number(3), "", &part.figure);
        let absent = Figure::absent(Status::NoData);
        let observations = part.observations.as_ref().unwrap_or(&absent);
        row.figure("observations", Kind::Number(0), "", observations);
        row.optional(
            "q_value",
            Kind::Number(4),
            "",
            part.q_value.map(Cell::Number),
        );
        row.text("method", &part.method);
        row.text(
            "source",
            match part.source {
                crate::document::Source::Protected => "protected",
                crate::document::Source::Published => "published",
            },
        );
        let from = part.from_place_id.as_ref().unwrap_or(&village.place_id);
        row.text("from_place_id", from);
        let from = match (&part.from_place_id, &part.from_place) {
            (None, _) => Some(village.name.as_str()),
            (Some(_), name) => name.as_deref(),
        };
        row.code("from_place", from);
        row
    };
    let row = &row;
    let rows = document
        .villages
        .iter()
        .flat_map(|village| village.scores.iter().map(move |part| row(village, part)))
        .collect();
    table("scores", row(&sample, &sample_part), rows)
}

/// The nearest misses.
pub(crate) fn left_out(document: &PlanDocument, language: &Language) -> Table {
    let row = |left: &LeftOut| {
        let mut row = Row::default();
        row.text("plan_id", &document.plan_id);
        row.text("release_id", &document.release_id);
        row.text("place_id", &left.place_id);
        row.code("lgd_code", left.lgd_code.as_deref());
        row.text("name", &left.name);
        row.text("block", &left.block);
        row.text("district", &left.district);
        row.number(
            "longitude",
            Kind::Number(5),
            "degrees",
            left.position.longitude,
        );
        row.number(
            "latitude",
            Kind::Number(5),
            "degrees",
            left.position.latitude,
        );
        row.figure("population", Kind::Number(0), "people", &left.population);
        let unit = document.summary.benefit_unit.key();
        let adds = left.marginal_benefit.map(Cell::Number);
        row.optional("marginal_benefit", Kind::Number(1), unit, adds);
        row.number("team_days", Kind::Number(2), "team-days", left.team_days);
        row.text("reason", words::left_out(left, language));
        row
    };
    let sample = LeftOut {
        place_id: String::new(),
        lgd_code: None,
        name: String::new(),
        block: String::new(),
        district: String::new(),
        position: sample_village().position,
        population: Figure::absent(Status::NoData),
        marginal_benefit: None,
        team_days: 0.0,
        reason: crate::document::LeftOutReason::MustNot,
    };
    let rows = document.left_out.iter().map(row).collect();
    table("left_out", row(&sample), rows)
}

/// Villages that no plan could hold.
pub(crate) fn unplannable(document: &PlanDocument, language: &Language) -> Table {
    let row = |village: &Unplannable| {
        let mut row = Row::default();
        row.text("plan_id", &document.plan_id);
        row.text("release_id", &document.release_id);
        row.text("place_id", &village.place_id);
        row.code("lgd_code", village.lgd_code.as_deref());
        row.text("name", &village.name);
        row.text("block", &village.block);
        row.text("district", &village.district);
        row.figure("population", Kind::Number(0), "people", &village.population);
        row.text("reason", words::unplannable(&village.reason, language));
        row
    };
    let sample = Unplannable {
        place_id: String::new(),
        lgd_code: None,
        name: String::new(),
        block: String::new(),
        district: String::new(),
        population: Figure::absent(Status::NoData),
        reason: UnplannableReason::NoPosition,
    };
    let rows = document.unplannable.iter().map(row).collect();
    table("unplannable", row(&sample), rows)
}

/// What other budgets would reach.
pub(crate) fn curve(document: &PlanDocument, _: &Language) -> Table {
    let unit = document.summary.benefit_unit.key();
    let row = |point: &crate::document::CurvePoint| {
        let mut row = Row::default();
        row.text("plan_id", &document.plan_id);
        row.text("release_id", &document.release_id);
        let budget = point.budget_team_days;
        row.number("budget_team_days", Kind::Number(1), "team-days", budget);
        let number = |value: Option<f64>| value.map(Cell::Number);
        row.optional("benefit", Kind::Number(1), unit, number(point.benefit));
        row.optional("bound", Kind::Number(1), unit, number(point.bound));
        row.optional("gained", Kind::Number(1), unit, number(point.gained));
        let villages = number(point.villages.map(f64::from));
        row.optional("villages", Kind::Whole, "villages", villages);
        row
    };
    let sample = crate::document::CurvePoint {
        budget_team_days: 0.0,
        benefit: None,
        bound: None,
        gained: None,
        villages: None,
    };
    let rows = document.curve.iter().map(row).collect();
    table("curve", row(&sample), rows)
}

/// A village that only lends its columns to a table.
fn sample_village() -> Village {
    Village {
        place_id: String::new(),
        lgd_code: None,
        name: String::new(),
        block: String::new(),
        district: String::new(),
        position: crate::document::Position {
            longitude: 0.0,
            latitude: 0.0,
        },
        population: Figure::absent(Status::NoData),
        households: Figure::absent(Status::NoData),
        scores: Vec::new(),
        benefit: Figure::absent(Status::NoData),
        remaining_share: 1.0,
        score_rank: None,
        last_visit: None,
        selection_probability: None,
        role: Role::Chosen,
        rollout_step: None,
        base_distance_km: None,
        team_days: 0.0,
        reasons: Vec::new(),
    }
}
