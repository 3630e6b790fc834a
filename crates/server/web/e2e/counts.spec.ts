import type { Page } from "@playwright/test";
import type { Available, Catalog, Measures, Protection, Row, Status } from "../src/api/types";
import { address, catalog, expect, items, open, settled, test } from "./page";

type Counts = Pick<Measures, "count" | "count_low" | "count_high" | "rate">;

const BANDS = [
  [5, 9],
  [10, 19],
  [20, 49],
  [50, null],
] as const;

/** What a release with such protection would say of a count. */
function asProtected(protection: Protection, row: Counts & { status: string }): Partial<Counts> {
  const count = row.count ?? row.count_low;
  if (row.status !== "available" || count === null) {
    return {};
  }
  const [low, high] = BANDS.findLast(([from]) => count >= from) ?? BANDS[0];
  switch (protection) {
    case "banded":
      return { count: null, count_low: low, count_high: high, rate: null };
    case "noise":
      return { count, count_low: Math.max(0, count - 8), count_high: count + 8 };
    default:
      return { count, count_low: count, count_high: count };
  }
}

/** Lets the server's answers say what a release with other protection would say. */
async function pretend(page: Page, protection: Protection): Promise<void> {
  await page.route("**/v1/catalog*", async (route) => {
    const response = await route.fetch();
    const body: Catalog = await response.json();
    const available = body.available.map(
      (entry): Available => ({
        ...entry,
        ...(entry.theme.startsWith("indicator:") ? {} : { protection }),
        noise_standard_deviation: protection === "noise" ? 4 : null,
      }),
    );
    await route.fulfill({ response, json: { ...body, available } });
  });
  await page.route(/\/items[?/]/, async (route) => {
    const response = await route.fetch();
    if (!response.headers()["content-type"]?.includes("json")) {
      await route.fulfill({ response });
      return;
    }
    const body = await response.json();
    for (const feature of body.features ?? [body]) {
      const { properties } = feature;
      const rows = properties.measures ?? [properties];
      for (const row of rows) Object.assign(row, asProtected(protection, row));
    }
    await route.fulfill({ response, json: body });
  });
}

/** A counted theme with a place of a status, in the widest layer that has one. */
async function countedView(
  page: Page,
  wanted: Status = "available",
): Promise<{ hash: string; rows: Row[] }> {
  const { available, themes } = await catalog(page);
  const counted = themes.filter(({ kind }) => kind !== "indicator").map(({ code }) => code);
  for (const entry of available) {
    const isPlace = !entry.layer.startsWith("h3") && !entry.layer.startsWith("state");
    if (!isPlace || !counted.includes(entry.theme)) continue;
    const period = entry.periods.at(-1) ?? "";
    const rows = await items(page, entry.layer, entry.theme, period);
    if (rows.some(({ status }) => status === wanted)) {
      const view = { layer: entry.layer, theme: entry.theme, period, measure: "count" };
      return { hash: `#${new URLSearchParams(view)}`, rows };
    }
  }
  throw new Error(`the release has a counted theme with a place that is ${wanted}`);
}

test("counts say what they are, and the legend how they are protected", async ({ page }) => {
  const { hash, rows } = await countedView(page);
  await open(page, hash);
  const layer = address(page).get("layer");
  const theme = address(page).get("theme");
  const { available } = await catalog(page);
  const entry = available.find((one) => one.layer === layer && one.theme === theme);
  await expect(page.locator(".legend .protection")).toHaveCount(entry?.protection ? 1 : 0);
  await page.locator("thead th.cell-count").getByRole("button").click();
  await page.locator(".table tbody tr[data-unit]").first().click();
  const row = rows.find(({ id }) => id === address(page).get("unit"));
  const shown = page.locator('.details [data-measure="count"] data');
  const code = row?.count ?? `${row?.count_low}..${row?.count_high ?? ""}`;
  await expect(shown).toHaveAttribute("value", String(code));
});

test("bands are shown as ranges, coloured by range and put in order by range", async ({ page }) => {
  await pretend(page, "banded");
  const { hash, rows } = await countedView(page);
  await open(page, hash);
  await expect(page.locator('.legend [data-protection="banded"]')).toContainText("as ranges");
  const legend = page.locator(".legend-list").first().locator(".legend-label");
  await expect(legend).toHaveText(["5–9", "10–19", "20–49", "50+"]);
  const colour = await page.evaluate(() =>
    JSON.stringify(safegroundMap.getPaintProperty("units-fill", "fill-color")),
  );
  expect(colour).toContain('"count_low"');
  const counts = await page.locator(".legend-count").allTextContents();
  const total = counts.reduce((sum, text) => sum + Number(text.replace(/\D/g, "")), 0);
  expect(total).toBe(rows.length);

  const head = page.locator("thead th.cell-count");
  await expect(head).toContainText("Number (range)");
  await head.getByRole("button").click();
  await expect(head).toHaveAttribute("aria-sort", "descending");
  const values = page.locator(".table tbody .cell-count data");
  const lows = async () =>
    (await values.evaluateAll((list) => list.map((one) => one.getAttribute("value")))).map((text) =>
      Number.parseInt(String(text), 10),
    );
  const down = await lows();
  expect(down.length).toBeGreaterThan(0);
  expect(down).toEqual([...down].sort((a, b) => b - a));

  await page.locator(".table tbody tr[data-unit]").first().click();
  const shown = page.locator('.details [data-measure="count"]');
  await expect(shown.locator("data")).toHaveText(/^(\d+–\d+|\d+\+)$/);
  await expect(shown.locator(".hidden")).toHaveText(/^(\d+ to \d+|\d+ or more)$/);
  await expect(page.locator('.details [data-measure="rate"]')).toHaveCount(0);
  const choices = page.getByLabel("Colour by", { exact: true }).locator("option");
  expect(await choices.evaluateAll((list) => list.map((one) => (one as HTMLOptionElement).value)))
    // A band has no raw rate.
    .toEqual(["class", "eb_rate", "score", "count"]);
});

test("a number with noise is never shown without its interval", async ({ page }) => {
  await pretend(page, "noise");
  const { hash } = await countedView(page);
  await open(page, hash);
  const protection = page.locator('.legend [data-protection="noise"]');
  await expect(protection).toContainText("random noise added so that no child can be found");
  await expect(protection).toContainText("±4");
  await expect(page.locator("thead th.cell-count")).toContainText("with noise");
  const cell = page.locator(".table tbody .cell-count:has(data)").first();
  await expect(cell.locator(".interval")).toHaveText(/^\d+–\d+$/);
  await expect(cell.locator(".hidden")).toHaveText(/with random noise, likely between \d+ and \d+/);
  await page.locator(".table tbody tr[data-unit]").first().click();
  const shown = page.locator('.details [data-measure="count"]');
  await expect(shown.locator(".interval")).toHaveText(/^\(\d+–\d+ with noise\)$/);
  await expect(page.locator("#live")).toContainText("with random noise");
});

test("a withheld number stays one of the four kinds of nothing", async ({ page }) => {
  await pretend(page, "banded");
  const { hash, rows } = await countedView(page, "below_threshold");
  await open(page, hash);
  const row = rows.find(({ status }) => status === "below_threshold");
  await page.getByLabel("Find a place").fill(String(row?.id));
  const line = page.locator(`.table tr[data-unit="${row?.id}"]`);
  await expect(line.locator(".cell-nothing")).toContainText("Withheld");
  await expect(line.locator("data")).toHaveCount(0);
});

for (const width of [360, 390]) {
  test.describe(`on a phone ${width} pixels wide`, () => {
    test.use({ viewport: { width, height: 780 }, hasTouch: true, isMobile: true });

    test("ranges and noise leave nothing wider than the screen", async ({ page }) => {
      for (const protection of ["banded", "noise"] as const) {
        await page.unrouteAll();
        await pretend(page, protection);
        const { hash } = await countedView(page);
        await open(page, hash);
        await page.reload();
        await settled(page);
        const wide = await page.evaluate(() => {
          const limit = document.documentElement.clientWidth + 0.5;
          return [...document.querySelectorAll("body *")]
            .filter((element) => !element.closest(".map, .hidden, .skip"))
            .filter((element) => element.getBoundingClientRect().right > limit)
            .map((element) => `${element.tagName}.${element.className}`);
        });
        expect(wide, protection).toEqual([]);
        const cut = await page
          .locator(".table tbody .cell-count")
          .evaluateAll((cells) =>
            cells
              .filter((cell) => cell.scrollWidth > cell.clientWidth + 1)
              .map((cell) => cell.textContent),
          );
        expect(cut, `${protection}: counts that are cut off`).toEqual([]);
        await page.locator(".legend summary").tap();
        const said = page.locator(`.legend [data-protection="${protection}"]`);
        await said.scrollIntoViewIfNeeded();
        await expect(said).toBeInViewport({ ratio: 0.9 });
      }
    });
  });
}
