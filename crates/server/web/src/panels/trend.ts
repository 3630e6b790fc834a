import { h, svg } from "../dom";
import type { Formatter } from "../format/number";

/** A value with its interval in one period. */
export interface TrendPoint {
  period: string;
  value: number | null;
  low: number | null;
  high: number | null;
}

const [WIDTH, HEIGHT, TOP, BOTTOM, SIDE] = [320, 96, 10, 20, 12];

/**
 * A small chart of values over periods with their intervals. A period without
 * a value is a gap, never a zero. The same figures follow as a table for
 * readers who do not see the chart.
 */
export function trend(
  points: readonly TrendPoint[],
  current: string,
  label: string,
  heads: { period: string; value: string; interval: string },
  format: Formatter,
): HTMLElement {
  const highest = Math.max(...points.map(({ value, high }) => Math.max(value ?? 0, high ?? 0)), 0);
  const top = highest > 0 ? highest : 1;
  const step = (WIDTH - 2 * SIDE) / Math.max(points.length - 1, 1);
  const x = (position: number) => (points.length === 1 ? WIDTH / 2 : SIDE + position * step);
  const y = (value: number) => TOP + (1 - value / top) * (HEIGHT - TOP - BOTTOM);
  const every = Math.ceil(points.length / 6);
  const marks = points.flatMap(({ period, value, low, high }, position) => {
    const at = x(position);
    const isLabelled = (points.length - 1 - position) % every === 0;
    const text = isLabelled
      ? svg("text", { x: at, y: HEIGHT - 5, class: "trend-period" }, format.period(period))
      : null;
    if (value === null) {
      return [text, svg("text", { x: at, y: y(0) - 3, class: "trend-gap" }, "·")];
    }
    return [
      text,
      low === null || high === null
        ? null
        : svg("line", { x1: at, x2: at, y1: y(low), y2: y(high), class: "trend-interval" }),
      svg("circle", {
        cx: at,
        cy: y(value),
        r: period === current ? 4.5 : 3,
        class: period === current ? "trend-current" : "trend-point",
      }),
    ];
  });
  const line = runs(
    points.map(({ value }, position) => (value === null ? null : [x(position), y(value)])),
  );
  const chart = svg(
    "svg",
    { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "trend", role: "img", "aria-label": label },
    [
      svg("line", { x1: 0, x2: WIDTH, y1: y(0), y2: y(0), class: "trend-axis" }),
      ...line.map((path) => svg("path", { d: path, class: "trend-line" })),
      ...marks,
    ],
  );
  const rows = points.map(({ period, value, low, high }) =>
    h("tr", null, [
      h("th", { scope: "row" }, format.period(period)),
      h("td", null, value === null ? "–" : format.rate(value)),
      h(
        "td",
        null,
        low === null || high === null ? "–" : `${format.rate(low)}–${format.rate(high)}`,
      ),
    ]),
  );
  return h("div", null, [
    chart,
    h("table", { class: "hidden" }, [
      h("caption", null, label),
      h("thead", null, [
        h("tr", null, [
          h("th", { scope: "col" }, heads.period),
          h("th", { scope: "col" }, heads.value),
          h("th", { scope: "col" }, heads.interval),
        ]),
      ]),
      h("tbody", null, rows),
    ]),
  ]);
}

/** Paths through the points that follow each other without a gap. */
function runs(points: readonly (readonly [number, number] | null | number[])[]): string[] {
  const paths: string[] = [];
  let current = "";
  for (const point of [...points, null]) {
    if (point) {
      current += `${current === "" ? "M" : "L"}${point[0]?.toFixed(1)} ${point[1]?.toFixed(1)}`;
    } else {
      if (current.includes("L")) paths.push(current);
      current = "";
    }
  }
  return paths;
}
