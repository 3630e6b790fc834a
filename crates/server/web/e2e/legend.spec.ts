import { address, catalog, expect, items, open, settled, test } from "./page";

const NOTHINGS = ["below_threshold", "not_observed", "no_data", "zero"];

test("the legend keeps the four kinds of nothing apart by pattern and colour", async ({ page }) => {
  await open(page);
  const pictures = new Set<string>();
  for (const status of NOTHINGS) {
    const entry = page.locator(`.legend [data-status="${status}"]`);
    await expect(entry).toBeVisible();
    await expect(entry.locator(".legend-label")).not.toBeEmpty();
    const picture = await entry
      .locator("canvas")
      .evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL());
    pictures.add(picture);
  }
  expect(pictures.size).toBe(NOTHINGS.length);
});

test("the legend counts every unit once", async ({ page }) => {
  await open(page);
  const asked = address(page);
  const name = (part: string) => String(asked.get(part));
  const rows = await items(page, name("layer"), name("theme"), name("period"));
  for (const measure of ["class", "eb_rate", "rate", "score", "count"]) {
    await page.getByLabel("Colour by", { exact: true }).selectOption(measure);
    await settled(page);
    const counts = await page.locator(".legend-count").allTextContents();
    const total = counts.reduce((sum, text) => sum + Number(text.replace(/\D/g, "")), 0);
    expect(total, measure).toBe(rows.length);
  }
});

test("classes of a rate are stated with numbers and unit", async ({ page }) => {
  await open(page);
  await page.getByLabel("Colour by", { exact: true }).selectOption("rate");
  await settled(page);
  const labels = await page.locator(".legend-list").first().locator("li").allTextContents();
  expect(labels.length).toBeGreaterThan(1);
  for (const label of labels) {
    expect(label).toMatch(/\d/);
  }
  await expect(page.locator(".legend-unit")).not.toBeEmpty();
});

test("coverage of households is shown in quarters, the same for every kind of area", async ({
  page,
}) => {
  await open(page);
  const { available } = await catalog(page);
  const outreach = available.filter(({ theme }) => theme === "outreach");
  test.skip(outreach.length === 0, "this release has no campaigns");
  const theme = page.getByLabel("Theme", { exact: true });
  const measure = page.getByLabel("Colour by", { exact: true });
  for (const { layer } of outreach) {
    await page.getByLabel("Areas", { exact: true }).selectOption(layer);
    await settled(page);
    await theme.selectOption("outreach");
    await settled(page);
    await expect(measure).toHaveValue("rate");
    await expect(page.locator(".legend-list").first().locator(".legend-label")).toHaveText([
      "below 25",
      "25 to below 50",
      "50 to below 75",
      "75 and more",
    ]);
    await expect(page.locator(".legend-unit")).toHaveText("% of households");
    const burden = available.find((entry) => entry.layer === layer && entry.theme !== "outreach");
    if (burden) await theme.selectOption(burden.theme);
    await expect(measure).toHaveValue("class");
  }
});
