import { address, expect, items, open, settled, test } from "./page";

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
