import { address, catalog, expect, open, settled, test, tilesOf } from "./page";

test("each choice changes the map, the table and the address", async ({ page }) => {
  await open(page);
  const { available, themes } = await catalog(page);
  const layer = String(address(page).get("layer"));
  const others = available.filter((entry) => entry.layer === layer);
  const theme = others.find((entry) => entry.theme !== address(page).get("theme"))?.theme;
  if (!theme) throw new Error("the release has two themes");

  await page.getByLabel("Theme", { exact: true }).selectOption(theme);
  await settled(page);
  expect(address(page).get("theme")).toBe(theme);
  await expect.poll(() => tilesOf(page)).toContain(`theme=${encodeURIComponent(theme)}`);
  const title = themes.find(({ code }) => code === theme)?.title ?? "";
  await expect(page.locator(".legend-title")).toHaveText(title, { ignoreCase: true });

  const periods = others.find((entry) => entry.theme === theme)?.periods ?? [];
  const period = periods[0] ?? "";
  await page.getByLabel("Period", { exact: true }).selectOption(period);
  await settled(page);
  expect(address(page).get("period")).toBe(period);
  await expect.poll(() => tilesOf(page)).toContain(`period=${encodeURIComponent(period)}`);

  const before = await page.evaluate(() =>
    JSON.stringify(safegroundMap.getPaintProperty("units-fill", "fill-color")),
  );
  await page.getByLabel("Colour by", { exact: true }).selectOption("rate");
  await settled(page);
  expect(address(page).get("measure")).toBe("rate");
  await expect
    .poll(() =>
      page.evaluate(() =>
        JSON.stringify(safegroundMap.getPaintProperty("units-fill", "fill-color")),
      ),
    )
    .not.toBe(before);
  await expect(page.locator(".table thead")).toContainText(/raw rate|value/i);

  const areas = page.getByLabel("Areas", { exact: true });
  const choices = await areas
    .locator("option")
    .evaluateAll((options) => options.map((option) => (option as HTMLOptionElement).value));
  const other = choices.find((choice) => choice !== layer);
  test.skip(other === undefined, "this release has one layer");
  const heading = await page.locator(".table-title").textContent();
  await areas.selectOption(String(other));
  await settled(page);
  expect(address(page).get("layer")).toBe(other);
  await expect.poll(() => tilesOf(page)).toContain(`/tiles/${other}/`);
  await expect(page.locator(".table-title")).not.toHaveText(String(heading));
});

test("the back button undoes a choice", async ({ page }) => {
  await open(page);
  const before = page.url();
  await page.getByLabel("Colour by", { exact: true }).selectOption("score");
  await settled(page);
  expect(page.url()).not.toBe(before);
  await page.goBack();
  await settled(page);
  expect(page.url()).toBe(before);
  await expect(page.getByLabel("Colour by", { exact: true })).toHaveValue("class");
  await page.goForward();
  await expect(page.getByLabel("Colour by", { exact: true })).toHaveValue("score");
});

test("themes are grouped by kind, and every kind says what it shows", async ({ page }) => {
  await open(page);
  const { themes, available } = await catalog(page);
  const layer = address(page).get("layer");
  const usable = themes.filter(({ code }) =>
    available.some((entry) => entry.theme === code && entry.layer === layer),
  );
  const kinds = new Set(usable.map(({ kind }) => kind));
  await expect(page.locator("#pick-theme optgroup")).toHaveCount(kinds.size);
  for (const kind of kinds) {
    const theme = usable.find((entry) => entry.kind === kind);
    await page.getByLabel("Theme", { exact: true }).selectOption(theme?.code ?? "");
    await expect(page.locator(`.legend .kind-${kind}`)).toBeVisible();
  }
  await expect(page.getByText("are never added up")).toBeVisible();
  const burden = usable.find(({ kind }) => kind === "burden");
  await page.getByLabel("Theme", { exact: true }).selectOption(burden?.code ?? "");
  await expect(page.locator(".legend")).toContainText("Recorded incidents follow reporters");
});

test("a shared address restores the view", async ({ page, context }) => {
  await open(page);
  await page.getByLabel("Colour by", { exact: true }).selectOption("score");
  await page.locator(".table tbody tr[data-unit]").nth(1).click();
  await expect(page.locator(".details .figures, .details .badge").first()).toBeVisible();
  await expect.poll(() => address(page).get("at")).not.toBeNull();
  await settled(page);
  const shared = page.url();
  const name = await page.locator(".details h2").textContent();
  const camera = await page.evaluate(() => safegroundMap.getZoom());

  const other = await context.newPage();
  await other.goto(shared);
  await settled(other);
  expect(other.url()).toBe(shared);
  await expect(other.getByLabel("Colour by", { exact: true })).toHaveValue("score");
  await expect(other.locator(".details h2")).toHaveText(String(name));
  expect(await other.evaluate(() => safegroundMap.getZoom())).toBeCloseTo(camera, 1);
  await other.close();
});

test("an address that asks for what is not there says so and shows what is", async ({ page }) => {
  await open(page, "#theme=no_such_theme&period=1900&measure=nonsense");
  await expect(page.locator('[data-notice="missing-theme"]')).toBeVisible();
  await expect(page.locator('[data-notice="missing-period"]')).toBeVisible();
  await expect(page.getByLabel("Colour by", { exact: true })).toHaveValue("class");
});

test("the link of the view can be copied", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await open(page);
  await page.getByRole("button", { name: "Copy link" }).click();
  await expect(page.locator('[data-notice="copy"]')).toContainText("copied");
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(page.url());
});
