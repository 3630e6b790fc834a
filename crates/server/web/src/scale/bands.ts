import type { Band } from "../format/count";

/**
 * Bands of the planning policy. Where a release has no others, all of them are
 * classes, so that a colour means the same in every period and theme.
 */
const PLANNING_BANDS: readonly Band[] = [
  { low: 5, high: 9 },
  { low: 10, high: 19 },
  { low: 20, high: 49 },
  { low: 50, high: null },
];

/**
 * The classes of a map of bands, least first: the bands of the policy, or,
 * where a band is not among them, those that occur. Bands that begin at the
 * same number are one class, which reaches as far as the widest of them.
 */
export function bandClasses(bands: readonly Band[]): Band[] {
  const known = bands.every((band) =>
    PLANNING_BANDS.some(({ low, high }) => low === band.low && high === band.high),
  );
  const widest = new Map<number, number | null>();
  for (const { low, high } of known ? PLANNING_BANDS : bands) {
    const before = widest.get(low);
    const open = high === null || before === null;
    widest.set(low, open ? null : Math.max(before ?? high, high));
  }
  return [...widest].map(([low, high]) => ({ low, high })).sort((a, b) => a.low - b.low);
}

/** Which class a band falls into, by its lower end. */
export function bandClassOf(low: number, classes: readonly Band[]): number {
  return Math.max(
    classes.findLastIndex((band) => low >= band.low),
    0,
  );
}
