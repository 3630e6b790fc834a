// Figures and judgements of a plan in words.

import type { Language } from "../texts";
import type { PlanTexts } from "./texts/en";
import type { Fault, Figure, PlanDocument } from "./types";

/** A language with the planner's texts. */
export interface Spoken extends Language {
  plan: PlanTexts;
}

/** How sure a pick is: a word and a number. */
export function firmness({ plan }: Spoken, probability: number | null): string {
  if (probability === null) {
    return plan.notAsked;
  }
  const per = `${Math.round(probability * 100)} %`;
  const { firm, likely, open, weak } = plan.firmness;
  const word =
    probability >= 0.9 ? firm : probability >= 0.6 ? likely : probability >= 0.3 ? open : weak;
  return `${word} (${per})`;
}

/** A figure: a number with its interval, a band, or the kind of nothing. */
export function figure(spoken: Spoken, { value, low, high, status }: Figure): string {
  const { texts, format, plan } = spoken;
  const number = (of: number) => (Number.isInteger(of) ? format.integer(of) : format.rate(of));
  if (status === "zero") {
    return "0";
  }
  if (status !== "available" || (value === null && low === null)) {
    return plan.nothings[status] ?? texts.statuses[status];
  }
  if (value === null) {
    return high === null
      ? texts.countOpen(number(low ?? 0))
      : texts.intervalOf(number(low ?? 0), number(high));
  }
  return low === null || high === null
    ? number(value)
    : `${format.rate(value)} (${format.rate(low)}–${format.rate(high)})`;
}

/** How much better the best plan could be at most; for kilometres, how much nearer. */
export function gap({ plan }: Spoken, { summary }: PlanDocument): string {
  const { benefit, bound, benefit_unit } = summary;
  const nearer = benefit_unit === "kilometres";
  const share = nearer ? 1 - bound / benefit : bound / benefit - 1;
  // Rounded up: what is promised must hold.
  const percent = Math.ceil(share * 1000 - 1e-6) / 10;
  if (!Number.isFinite(percent) || percent <= 0) {
    return plan.best;
  }
  return nearer ? plan.atMostNearer(String(percent)) : plan.atMostMore(String(percent));
}

/** Whether households are counted rather than children. */
export function inHouseholds({ summary }: PlanDocument): boolean {
  return summary.benefit_unit === "households_at_risk";
}

/** What is reached against all that there is. */
export function reached({ plan, format }: Spoken, document: PlanDocument): string {
  const { summary } = document;
  const all = summary.area_benefit.value;
  if (summary.benefit_unit === "kilometres") {
    return plan.worstServed(format.rate(summary.benefit));
  }
  const benefit = format.rate(summary.benefit);
  const households = inHouseholds(document);
  if (all === null || all <= 0) {
    return households ? plan.expectedHouseholds(benefit) : plan.expected(benefit);
  }
  const of = households ? plan.expectedHouseholdsOf : plan.expectedOf;
  return of(benefit, format.rate(all), percent(summary.benefit / all));
}

/** People of the chosen villages against all people of the area. */
export function people({ plan, format }: Spoken, { summary }: PlanDocument): string {
  const of = ({ value, low }: Figure) => value ?? low;
  const [chosen, all] = [of(summary.population_chosen), of(summary.population_area)];
  if (chosen === null || all === null || all <= 0) {
    return plan.peopleUnknown;
  }
  return plan.peopleOf(format.integer(chosen), format.integer(all), percent(chosen / all));
}

function percent(share: number): string {
  return `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;
}

/** Days on which a team comes: the first, the last and how many. */
export function days({ plan, format }: Spoken, dates: readonly string[]): string {
  const [first, last] = [dates[0], dates.at(-1)];
  if (first === undefined || last === undefined) {
    return plan.noDay;
  }
  return dates.length === 1
    ? format.day(first)
    : plan.span(format.day(first), format.day(last), format.integer(dates.length));
}

/** A time of day. */
export function clock(minute: number): string {
  const whole = Math.round(minute);
  const pad = (number: number) => String(number).padStart(2, "0");
  return `${pad(Math.floor(whole / 60))}:${pad(whole % 60)}`;
}

/** What is wrong, in the language of the page where it has words for it. */
export function faultInWords({ plan }: Spoken, fault: Fault): string {
  const { faults } = plan;
  const value = fault.value ?? "";
  const valid = (fault.valid ?? []).join(", ");
  switch (fault.code) {
    case "unknown":
      return faults.unknown(value, valid);
    case "ambiguous":
      return faults.ambiguous(value, valid);
    case "theme":
      return faults.theme(value, valid);
    case "contradiction":
      return faults.contradiction(value);
    default:
      return faults.other(fault.message);
  }
}

/** Identifiers of places in a sentence exchanged for their names. */
export function named(sentence: string, names: ReadonlyMap<string, string>): string {
  return sentence.replace(
    /\b(?:state|district|subdistrict|block|village):[\w-]+/g,
    (id) => names.get(id) ?? id,
  );
}
