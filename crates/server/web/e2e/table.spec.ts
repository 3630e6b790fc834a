import { readFile } from "node:fs/promises";
import { address, catalog, expect, items, open, settled, test } from "./page";

test("the table holds the values of the items, best first", async ({ page }) => {
  await open(page);
  const asked = address(page);
  const name = (part: string) => String(asked.get(part));
  const rows = await items(page, name("layer"), name("theme"), name("period"));
  await expect(page.locator(".table table")).toHaveAttribute(
    "aria-rowcount",
    String(rows.length + 1),
  );
  const best = rows
    .filter((row) => row.score !== null)
    .sort((a, b) => (b.score ?? 0) - (a.score ?? 0));
  const first = page.locator(".table tbody tr[data-unit]").first();
  await expect(first).toHaveAttribute("data-unit", String(best[0]?.id));
  const value = first.locator(".cell-score data");
  expect(Number(await value.getAttribute("value"))).toBe(best[0]?.score);
});

test("columns sort both ways and say so", async ({ page }) => {
  await open(page);
  const head = page.locator("thead th.cell-name");
  const names = () => page.locator(".table tbody .unit-name").allTextContents();
  await head.getByRole("button").click();
  await expect(head).toHaveAttribute("aria-sort", "ascending");
  const up = await names();
  expect(up).toEqual([...up].sort(new Intl.Collator("en", { numeric: true }).compare));
  await head.getByRole("button").click();
  await expect(head).toHaveAttribute("aria-sort", "descending");
  const down = await names();
  expect(down).toEqual(
    [...down].sort(new Intl.Collator("en", { numeric: true }).compare).reverse(),
  );
});

test("the filter finds places by name whatever the case", async ({ page }) => {
  await open(page);
  const row = page.locator(".table tbody tr[data-unit]").nth(2);
  const unit = String(await row.getAttribute("data-unit"));
  const name = String(await row.locator(".unit-name").textContent());
  await page.getByLabel("Find a place").fill(name.toUpperCase());
  await expect(page.locator(`tr[data-unit="${unit}"]`)).toBeVisible();
  await page.getByLabel("Find a place").fill("no place is called so");
  await expect(page.getByText("No place matches.")).toBeVisible();
});

test("the downloaded CSV is that of the server, named for the release", async ({ page }) => {
  await open(page);
  const asked = address(page);
  const { release_id } = await catalog(page);
  const waiting = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download CSV" }).click();
  const download = await waiting;
  expect(download.suggestedFilename()).toContain(release_id);
  const query = new URLSearchParams({
    theme: String(asked.get("theme")),
    period: String(asked.get("period")),
    f: "csv",
    limit: "10000",
  });
  const response = await page.request.get(`/collections/${asked.get("layer")}/items?${query}`);
  expect(await readFile(await download.path(), "utf8")).toBe(await response.text());
});

test("a layer that comes in pages is loaded to its end", async ({ page }) => {
  let pages = 0;
  await page.route(/\/items\?.*skipGeometry/, async (route) => {
    pages += 1;
    await route.continue({
      url: route
        .request()
        .url()
        .replace(/limit=\d+/, "limit=7"),
    });
  });
  await open(page);
  const asked = address(page);
  const name = (part: string) => String(asked.get(part));
  const rows = await items(page, name("layer"), name("theme"), name("period"));
  await expect(page.locator(".table table")).toHaveAttribute(
    "aria-rowcount",
    String(rows.length + 1),
  );
  expect(pages).toBe(Math.ceil(rows.length / 7));
  await settled(page);
});

test("the details show every figure with its interval and the parts of the score", async ({
  page,
}) => {
  await open(page);
  const asked = address(page);
  const name = (part: string) => String(asked.get(part));
  const rows = await items(page, name("layer"), name("theme"), name("period"));
  await page.locator(".table tbody tr[data-unit]").first().click();
  const details = page.locator(".details");
  await expect(details.locator(".scores")).toBeVisible();
  const unit = address(page).get("unit");
  const row = rows.find(({ id }) => id === unit);
  for (const measure of ["eb_rate", "rate", "count", "gi_q", "score"] as const) {
    if (!row || row[measure] === null) continue;
    const value = details.locator(`[data-measure="${measure}"] data`).first();
    expect(Number(await value.getAttribute("value")), measure).toBe(row[measure]);
  }
  await expect(details.locator('[data-measure="score_burden"]')).toBeVisible();
  await expect(details.locator('[data-measure="score_clustering"]')).toBeVisible();
  await expect(details).toContainText(/Rank \d+/);
});
