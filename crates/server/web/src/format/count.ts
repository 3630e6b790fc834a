import type { Measures } from "../api/types";

/** The fields of a unit that say how often something was counted. */
export type Counted = Partial<Pick<Measures, "count" | "count_low" | "count_high">>;

/** A range of counts; without an upper end where `high` is `null`. */
export interface Band {
  low: number;
  high: number | null;
}

/** A count as a release gives it. */
export type Count =
  | { form: "exact"; value: number }
  | { form: "band"; band: Band }
  | { form: "noise"; value: number; low: number; high: number };

/**
 * The count of a unit; `null` where none is given. A band never becomes one
 * number, and a number with noise never loses its interval.
 */
export function countOf({ count, count_low, count_high }: Counted): Count | null {
  const [value, low, high] = [count ?? null, count_low ?? null, count_high ?? null];
  if (value === null) {
    return low === null ? null : { form: "band", band: { low, high } };
  }
  return low === null || high === null || (low === value && high === value)
    ? { form: "exact", value }
    : { form: "noise", value, low, high };
}

/** The number by which counts are put in order: of a band its lower end. */
export function countKey({ count, count_low }: Counted): number | null {
  return count ?? count_low ?? null;
}

/** A count for programs: `12`, `5..9` or `50..`. */
export function countCode(count: Count): string {
  return count.form === "band"
    ? `${count.band.low}..${count.band.high ?? ""}`
    : String(count.value);
}
