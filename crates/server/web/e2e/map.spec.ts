import { palette } from "../src/scale/palette";
import { address, catalog, centreOn, colours, expect, items, open, settled, test } from "./page";

test("the map draws every district in the colour of its class", async ({ page }) => {
  await open(page);
  const [layer, theme, period] = ["layer", "theme", "period"].map((name) =>
    String(address(page).get(name)),
  ) as [string, string, string];
  expect(layer).toContain("district");
  const rows = await items(page, layer, theme, period);
  const drawn = await page.evaluate(() =>
    safegroundMap
      .queryRenderedFeatures({ layers: ["units-fill", "units-nothing"] })
      .map((feature) => String(feature.properties["id"])),
  );
  expect(new Set(drawn)).toEqual(new Set(rows.map((row) => row.id)));
  const seen = await colours(page);
  const { classes } = palette(false);
  const expected = new Set(rows.flatMap((row) => (row.gi_class ? [classes[row.gi_class]] : [])));
  for (const colour of expected) {
    expect(seen.get(colour) ?? 0, `pixels of ${colour}`).toBeGreaterThan(50);
  }
});

test("names are written without fonts from elsewhere", async ({ page }) => {
  await open(page);
  await expect
    .poll(() =>
      page.evaluate(() => safegroundMap.queryRenderedFeatures({ layers: ["labels"] }).length),
    )
    .toBeGreaterThan(5);
});

test("the tooltip shows the very values of the items", async ({ page }) => {
  await open(page);
  const asked = address(page);
  const name = (part: string) => String(asked.get(part));
  const rows = await items(page, name("layer"), name("theme"), name("period"));
  const shown = rows.filter((row) => row.status === "available").slice(0, 3);
  expect(shown.length).toBeGreaterThan(0);
  for (const row of shown) {
    const { x, y } = await centreOn(page, row.id);
    await page.mouse.move(x + 4, y + 4);
    await page.mouse.move(x, y);
    const tooltip = page.locator(".tooltip");
    await expect(tooltip).toHaveAttribute("data-unit", row.id);
    await expect(tooltip).toContainText(row.name ?? row.id);
    for (const measure of ["eb_rate", "rate", "count", "gi_q", "score"] as const) {
      if (row[measure] === null) continue;
      const value = tooltip.locator(`[data-measure="${measure}"] data`);
      expect(Number(await value.getAttribute("value")), measure).toBe(row[measure]);
    }
  }
});

test("a unit without a value says why under the pointer", async ({ page }) => {
  await open(page);
  const asked = address(page);
  const name = (part: string) => String(asked.get(part));
  const rows = await items(page, name("layer"), name("theme"), name("period"));
  const row = rows.find(({ status }) => status !== "available");
  test.skip(row === undefined, "every unit of this release has a value");
  if (!row) return;
  const { x, y } = await centreOn(page, row.id);
  await page.mouse.move(x + 4, y + 4);
  await page.mouse.move(x, y);
  const words = page.locator(`.legend [data-status="${row.status}"] .legend-label`);
  await expect(page.locator(".tooltip")).toContainText(String(await words.textContent()));
});

test("a click on the map selects the row, a click on a row moves the map", async ({ page }) => {
  await open(page);
  const rows = page.locator(".table tbody tr[data-unit]");
  const [first, second] = await rows.evaluateAll((list) =>
    list.slice(0, 2).map((row) => String((row as HTMLElement).dataset["unit"])),
  );
  if (!first || !second) throw new Error("the table has two rows");
  const { x, y } = await centreOn(page, second);
  await page.mouse.click(x, y);
  await expect(page.locator(`tr[data-unit="${second}"]`)).toHaveAttribute("aria-selected", "true");
  await expect(page.locator(".details")).toBeVisible();
  expect(address(page).get("unit")).toBe(second);
  const before = await page.evaluate(() => safegroundMap.getCenter());
  await page.locator(`tr[data-unit="${first}"]`).click();
  await expect(page.locator(`tr[data-unit="${first}"]`)).toHaveAttribute("aria-selected", "true");
  await expect.poll(() => page.evaluate(() => safegroundMap.getCenter())).not.toEqual(before);
  await settled(page);
  await expect
    .poll(() =>
      page.evaluate(() =>
        safegroundMap
          .queryRenderedFeatures({ layers: ["selected-line"] })
          .map((feature) => String(feature.properties["id"])),
      ),
    )
    .toContain(first);
});

test("the heat map grows finer as the map comes closer, and the table with it", async ({
  page,
}) => {
  const { layers } = await catalog(page);
  const cells = layers.filter(({ kind }) => kind === "h3");
  test.skip(cells.length < 2, "this release has one layer of hexagons");
  await open(page, "#layer=h3");
  const title = page.locator(".table-title");
  const coarse = String(await title.textContent());
  await page.evaluate(() => safegroundMap.jumpTo({ zoom: 11 }, { byProgram: true }));
  await expect(title).not.toHaveText(coarse);
  await settled(page);
  const resolutions = await page.evaluate(() =>
    safegroundMap
      .queryRenderedFeatures({ layers: ["units-fill", "units-nothing"] })
      .map((feature) => Number.parseInt(String(feature.properties["id"]).charAt(1), 16)),
  );
  const finest = Math.max(...cells.map((layer) => layer.h3_resolution ?? 0));
  expect(Math.max(...resolutions)).toBe(Math.min(finest, 7));
});

test("a hexagon chosen in the table is shown at a zoom where it is drawn", async ({ page }) => {
  const { layers } = await catalog(page);
  test.skip(!layers.some(({ kind }) => kind === "h3"), "this release has no hexagons");
  await open(page, "#layer=h3");
  const row = page.locator(".table tbody tr[data-unit]").first();
  const cell = await row.getAttribute("data-unit");
  await row.click();
  await expect(page.locator(".details .details-head h2")).toContainText("Hexagon");
  await expect
    .poll(() =>
      page.evaluate(() =>
        safegroundMap
          .queryRenderedFeatures({ layers: ["selected-line"] })
          .map((feature) => feature.properties["id"]),
      ),
    )
    .toContain(cell);
  await settled(page);
  await expect(page.locator(`tr[data-unit="${cell}"]`)).toHaveAttribute("aria-selected", "true");
});
