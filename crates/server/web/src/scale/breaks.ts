/**
 * Limits between classes of a measure: the quantiles of the values, rounded to
 * numbers that can be said, without repetition.
 *
 * Returns at most `classes - 1` limits, ascending, each greater than the least
 * value and not greater than the greatest, so that no class is empty by
 * construction. Fewer where values repeat.
 */
export function quantileBreaks(values: readonly number[], classes = 5): number[] {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  const [least, greatest] = [sorted[0], sorted.at(-1)];
  if (least === undefined || greatest === undefined || least === greatest) {
    return [];
  }
  const limits: number[] = [];
  for (let part = 1; part < classes; part += 1) {
    const limit = round(quantile(sorted, part / classes), (greatest - least) / classes);
    const after = limits.at(-1) ?? least;
    if (limit > after && limit <= greatest) {
      limits.push(limit);
    }
  }
  return limits;
}

/** Which class a value falls into: the number of limits that it reaches. */
export function classOf(value: number, limits: readonly number[]): number {
  return limits.filter((limit) => value >= limit).length;
}

function quantile(sorted: readonly number[], share: number): number {
  const position = share * (sorted.length - 1);
  const [low, high] = [Math.floor(position), Math.ceil(position)];
  const [a, b] = [sorted[low] ?? 0, sorted[high] ?? 0];
  return a + (b - a) * (position - low);
}

/** Rounds to a step of 1, 2 or 5 times a power of ten, about a tenth of `width`. */
function round(value: number, width: number): number {
  const rough = width / 10;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((n) => n * power).findLast((n) => n <= rough * 1.5) ?? power;
  // Written with as many decimals as the step has, to be free of binary dust.
  const decimals = Math.max(0, -Math.floor(Math.log10(step)));
  return Number((Math.round(value / step) * step).toFixed(Math.min(decimals, 12)));
}
