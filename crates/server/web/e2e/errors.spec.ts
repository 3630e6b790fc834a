import { catalog, expect, open, settled, test } from "./page";

const problem = (status: number, kind: string, title: string, detail = "") => ({
  status,
  contentType: "application/problem+json",
  body: JSON.stringify({ type: `urn:safeground:problem:${kind}`, title, status, detail }),
});

test.beforeEach(({ watch }) => watch.allowErrors());

test("without a release the page says what to run", async ({ page }) => {
  await page.route("**/v1/catalog*", (route) =>
    route.fulfill(problem(503, "no-release", "Nothing is released for the audience public yet")),
  );
  await page.goto("/");
  await expect(page.getByRole("heading", { name: "Nothing is released yet" })).toBeVisible();
  await expect(page.locator("pre")).toContainText("safeground release");
  await page.unroute("**/v1/catalog*");
  await page.getByRole("button", { name: "Try again" }).click();
  await settled(page);
});

test("without a connection the page says so and can try again", async ({ page }) => {
  await page.route("**/v1/catalog*", (route) => route.abort("connectionrefused"));
  await page.goto("/");
  await expect(page.getByRole("alert")).toContainText("cannot be reached");
  await page.unroute("**/v1/catalog*");
  await page.getByRole("button", { name: "Try again" }).click();
  await settled(page);
});

test("a table that fails says why and can be asked for again", async ({ page }) => {
  await page.route(/\/items\?/, (route) =>
    route.fulfill(problem(503, "busy", "The server is busy")),
  );
  await page.goto("/");
  const notice = page.locator('[data-notice="rows"]');
  await expect(notice).toContainText("The server is busy");
  await page.unroute(/\/items\?/);
  await notice.getByRole("button", { name: "Try again" }).click();
  await settled(page);
  await expect(notice).toHaveCount(0);
});

test("tiles that fail leave the table and can be asked for again", async ({ page }) => {
  const tiles = /\/tiles\/[^/]+\/\d+\/\d+\/\d+/;
  await page.route(tiles, (route) => route.abort("connectionreset"));
  await page.goto("/");
  const notice = page.locator('[data-notice="tiles"]');
  await expect(notice).toBeVisible();
  await expect(page.locator(".table[data-complete]")).toBeVisible();
  await page.unroute(tiles);
  await notice.getByRole("button", { name: "Try again" }).click();
  await expect
    .poll(() =>
      page.evaluate(
        () =>
          safegroundMap.queryRenderedFeatures({ layers: ["units-fill", "units-nothing"] }).length,
      ),
    )
    .toBeGreaterThan(0);
});

test("without the map library the table works", async ({ page }) => {
  await page.route(/assets\/map-.*\.js/, (route) => route.abort("connectionreset"));
  await page.goto("/");
  await expect(page.locator('[data-notice="map"]')).toContainText("table works all the same");
  await expect(page.locator(".table[data-complete]")).toBeVisible();
  await page.locator(".table tbody tr[data-unit]").first().click();
  await expect(page.locator(".details .scores")).toBeVisible();
});

test("an unknown problem is shown in the server's words", async ({ page }) => {
  await page.route("**/v1/catalog*", (route) =>
    route.fulfill(problem(418, "teapot", "The server is a teapot", "pour elsewhere")),
  );
  await page.goto("/");
  await expect(page.getByRole("alert")).toContainText("The server is a teapot: pour elsewhere");
});

test("a place that the layer does not hold is said to be missing", async ({ page }) => {
  await open(page, "#unit=district:none");
  await expect(page.locator(".details .failure")).toBeVisible();
});

test("a token goes into headers alone and is forgotten on request", async ({ page }) => {
  const planning = await catalog(page);
  const seen: { url: string; authorization: string | undefined }[] = [];
  await page.route(/audience=planning/, async (route) => {
    const request = route.request();
    const authorization = request.headers()["authorization"];
    seen.push({ url: request.url(), authorization });
    if (authorization !== "Bearer a-secret") {
      await route.fulfill(problem(401, "unauthorized", "This audience needs a valid token"));
    } else if (request.url().includes("/v1/catalog")) {
      await route.fulfill({ json: { ...planning, audience: "planning" } });
    } else {
      await route.continue({
        url: request
          .url()
          .replace(/[?&]audience=planning/, "")
          .replace(/^([^?]*)&/, "$1?"),
      });
    }
  });
  await page.goto("/#audience=planning");
  await expect(page.getByRole("alert")).toContainText("needs a valid token");
  await page.getByRole("button", { name: "Access" }).click();
  await page.getByLabel("Token").fill("a-secret");
  await page.getByRole("button", { name: "Open" }).click();
  await settled(page);
  await expect(page.locator(".header .audience")).toHaveText("Planning");
  await expect
    .poll(() => seen.filter(({ url }) => /\/tiles\/.*\/\d+\/\d+\/\d+/.test(url)).length)
    .toBeGreaterThan(0);
  for (const { url } of seen) expect(url).not.toContain("a-secret");
  const unsent = seen.slice(1).filter(({ authorization }) => authorization !== "Bearer a-secret");
  expect(unsent).toEqual([]);
  expect(page.url()).not.toContain("a-secret");
  expect(await page.evaluate(() => JSON.stringify(localStorage))).not.toContain("a-secret");

  await page.getByRole("button", { name: "Access" }).click();
  await page.getByRole("button", { name: "Forget token" }).click();
  await settled(page);
  await expect(page.locator(".header .audience")).toHaveText("Public");
  expect(await page.evaluate(() => JSON.stringify(sessionStorage))).not.toContain("a-secret");
});

test("a release published meanwhile is announced", async ({ page }) => {
  await open(page);
  await page.route(/\/items\//, async (route) => {
    const response = await route.fetch();
    const headers = { ...response.headers(), "safeground-release": "ffffffffffffffff" };
    await route.fulfill({ response, headers });
  });
  await page.locator(".table tbody tr[data-unit]").first().click();
  await expect(page.locator('[data-notice="release"]')).toContainText("newer release");
});
