import { h, svg } from "../dom";
import type { CurvePoint } from "./types";
import type { Spoken } from "./words";

const [WIDTH, HEIGHT, TOP, BOTTOM, LEFT, RIGHT] = [420, 170, 12, 34, 46, 14];

/**
 * What other budgets would reach, as a chart and as a table. Where musts and
 * floors cost more than a budget there is no point, never a zero.
 */
export function curve(spoken: Spoken, points: readonly CurvePoint[], budget: number): HTMLElement {
  const { plan, format } = spoken;
  const least = points[0]?.budget_team_days ?? 0;
  const most = points.at(-1)?.budget_team_days ?? 0;
  const highest = Math.max(...points.map(({ benefit, bound }) => bound ?? benefit ?? 0), 0) || 1;
  const wide = most > 0 ? most : 1;
  const x = (days: number) => LEFT + (days / wide) * (WIDTH - LEFT - RIGHT);
  const y = (value: number) => TOP + (1 - value / highest) * (HEIGHT - TOP - BOTTOM);
  const path = (value: (point: CurvePoint) => number | null) =>
    points
      .flatMap((point) => {
        const at = value(point);
        return at === null ? [] : [`${x(point.budget_team_days).toFixed(1)} ${y(at).toFixed(1)}`];
      })
      .map((at, order) => `${order === 0 ? "M" : "L"}${at}`)
      .join("");
  const text = (at: number, down: number, words: string, anchor: string) =>
    svg("text", { x: at, y: down, class: "trend-period", "text-anchor": anchor }, words);
  const label = plan.curveLabel(format.exact(least), format.exact(most));
  const chart = svg(
    "svg",
    { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "plan-curve", role: "img", "aria-label": label },
    [
      svg("line", { x1: LEFT, x2: WIDTH - RIGHT, y1: y(0), y2: y(0), class: "trend-axis" }),
      svg("line", { x1: x(budget), x2: x(budget), y1: TOP, y2: y(0), class: "plan-curve-now" }),
      svg("path", { d: path(({ bound }) => bound), class: "plan-curve-bound" }),
      svg("path", { d: path(({ benefit }) => benefit), class: "trend-line" }),
      ...points.flatMap(({ budget_team_days, benefit }) =>
        benefit === null
          ? []
          : [
              svg("circle", {
                cx: x(budget_team_days),
                cy: y(benefit),
                r: 3,
                class: "trend-point",
              }),
            ],
      ),
      text(LEFT - 6, y(highest) + 4, format.rate(highest), "end"),
      text(LEFT - 6, y(0) + 4, "0", "end"),
      text(x(wide), HEIGHT - 16, format.exact(most), "end"),
      text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 4, plan.budgetColumn, "middle"),
    ],
  );
  const cell = (value: number | null) =>
    h("td", null, value === null ? plan.notPossible : format.rate(value));
  const head = (words: string) => h("th", { scope: "col" }, words);
  return h("div", { class: "plan-curve-box" }, [
    chart,
    h("details", null, [
      h("summary", null, plan.figures),
      h("div", { class: "plan-scroll", tabindex: 0, role: "group", "aria-label": plan.figures }, [
        h("table", { class: "plan-table" }, [
          h("thead", null, [
            h("tr", null, [
              head(plan.budgetColumn),
              head(plan.benefitColumn),
              head(plan.gained),
              head(plan.boundColumn),
              head(plan.villagesColumn),
            ]),
          ]),
          h(
            "tbody",
            null,
            points.map((point) =>
              h("tr", null, [
                h("th", { scope: "row" }, format.rate(point.budget_team_days)),
                cell(point.benefit),
                cell(point.gained),
                cell(point.bound),
                h("td", null, point.villages === null ? "–" : format.integer(point.villages)),
              ]),
            ),
          ),
        ]),
      ]),
    ]),
  ]);
}

/**
 * The budget that the plan was made for and that of one team more, among the
 * points. The plan's own budget may be below the one asked for, where the days
 * could not be filled.
 */
export function teamMore(
  points: readonly CurvePoint[],
  teams: number,
): { now: CurvePoint; more: CurvePoint } | null {
  for (const now of points) {
    const wanted = now.budget_team_days * (1 + 1 / teams);
    const more = points.find(
      ({ budget_team_days }) => Math.abs(budget_team_days - wanted) < 1e-6 * wanted,
    );
    if (more) return { now, more };
  }
  return null;
}

/** What one team more would add, if both budgets have a plan. */
export function oneMoreTeam(points: readonly CurvePoint[], teams: number): number | null {
  const pair = teamMore(points, teams);
  const [now, more] = [pair?.now.benefit ?? null, pair?.more.benefit ?? null];
  return now === null || more === null ? null : Math.max(more - now, 0);
}
