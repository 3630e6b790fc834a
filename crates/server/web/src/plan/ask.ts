// The request of the page, as a value.

import type { Catalog, Theme } from "../api/types";
import type { Fault, PlanAsk } from "./types";

const WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
/** Names that `Date.getUTCDay` numbers. */
const DAY_NAMES = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const DAY_MS = 86_400_000;

/** Themes that say how many children a visit may reach, as the planner takes them. */
export function plannable(catalog: Catalog): Theme[] {
  const known = new Set(catalog.available.map(({ theme }) => theme));
  return catalog.themes.filter(
    ({ code, kind, unit }) =>
      known.has(code) && (kind === "burden" || (kind === "indicator" && unit.includes("%"))),
  );
}

/** A request to start from: two teams, six weeks from the Monday after next. */
export function firstAsk(catalog: Catalog, today: Date): PlanAsk {
  const themes = plannable(catalog);
  const theme = themes.find(({ code }) => code === "child_marriage") ?? themes[0];
  const day = Math.floor(today.getTime() / DAY_MS);
  // The first of January 1970 was a Thursday.
  const monday = day + 14 - ((day + 3) % 7);
  return {
    title: "",
    areas: [],
    themes: theme ? { [theme.code]: 1 } : {},
    from: new Date(monday * DAY_MS).toISOString().slice(0, 10),
    weeks: 6,
    teams: [{ name: "A" }, { name: "B" }],
    seed: 1,
  };
}

/** Working days of a team: weekdays within the weeks that are no holidays. */
export function workingDays(ask: PlanAsk): number {
  const start = Date.parse(`${ask.from}T00:00:00Z`);
  if (Number.isNaN(start) || !(ask.weeks >= 1 && ask.weeks <= 104)) {
    return 0;
  }
  const weekdays = new Set(ask.weekdays ?? WEEKDAYS);
  const holidays = new Set(ask.holidays ?? []);
  let days = 0;
  for (let day = 0; day < ask.weeks * 7; day += 1) {
    const date = new Date(start + day * DAY_MS);
    const name = DAY_NAMES[date.getUTCDay()] ?? "";
    if (weekdays.has(name) && !holidays.has(date.toISOString().slice(0, 10))) {
      days += 1;
    }
  }
  return days;
}

/** Most team-days that can be spent. */
export function allTeamDays(ask: PlanAsk): number {
  return workingDays(ask) * ask.teams.length;
}

/** As many teams as asked for; new ones are named on from the last. */
export function withTeams(ask: PlanAsk, count: number): PlanAsk {
  const teams = ask.teams.slice(0, count);
  const names = new Set(teams.map(({ name }) => name));
  for (let number = 0; teams.length < count; number += 1) {
    const name = teamName(number);
    if (!names.has(name)) teams.push({ name });
  }
  return { ...ask, teams };
}

/** A, B, … Z, A2, B2, … */
function teamName(number: number): string {
  const letter = String.fromCharCode(65 + (number % 26));
  return number < 26 ? letter : `${letter}${Math.floor(number / 26) + 1}`;
}

/** What is sent: without what was left empty. */
export function toSend(ask: PlanAsk): PlanAsk {
  const teams = ask.teams.map(({ base, ...team }) =>
    base === undefined || base === "" ? team : { ...team, base },
  );
  const sent: PlanAsk = { ...ask, teams };
  // More than there is may be what a remedy asks for, and is sent.
  if (sent.budget_team_days === allTeamDays(ask)) {
    delete sent.budget_team_days;
  }
  if (sent.objective !== "maximum_coverage") delete sent.service_radius_km;
  if (!sent.exploration_share) delete sent.exploration_share;
  return sent;
}

/** What is missing before the request makes sense, by field. */
export function missing(ask: PlanAsk): string[] {
  const fields: string[] = [];
  if (ask.areas.length === 0) fields.push("areas");
  if (Object.keys(ask.themes).length === 0) fields.push("themes");
  if (workingDays(ask) === 0) fields.push("from");
  return fields;
}

/** The request with one field changed, as a remedy says. */
export function withField(ask: PlanAsk, field: string, value: unknown): PlanAsk {
  const [first = "", ...rest] = field.split(".");
  if (rest.length === 0) {
    return { ...ask, [first]: value };
  }
  const inner = (ask[first] ?? {}) as Record<string, unknown>;
  return { ...ask, [first]: { ...inner, [rest.join(".")]: value } };
}

/** The request with a village on one of the two lists, on the other, or on neither. */
export function withVillage(
  ask: PlanAsk,
  village: string,
  list: "musts" | "must_nots" | null,
): PlanAsk {
  const without = (ids: string[] | undefined) => (ids ?? []).filter((id) => id !== village);
  const changed: PlanAsk = {
    ...ask,
    musts: without(ask.musts),
    must_nots: without(ask.must_nots),
  };
  if (list) changed[list] = [...(changed[list] ?? []), village];
  return changed;
}

/**
 * The field of the page that a fault belongs to: the one of its path, else of
 * the nearest part of the path before it.
 */
export function slotOf(fault: Fault, slots: readonly string[]): string | null {
  let path = fault.field ?? "";
  while (path !== "") {
    if (slots.includes(path)) return path;
    path = path.replace(/(\.[^.[]+|\[\d+\]|^[^.[]+)$/, "");
  }
  return null;
}
