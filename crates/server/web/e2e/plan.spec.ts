import type { Locator, Page } from "@playwright/test";
import axe from "axe-core";
import { address, expect, test } from "./page";

const TOKEN = process.env["SAFEGROUND_PLANNING_TOKEN"] ?? "";

test.skip(TOKEN === "", "SAFEGROUND_PLANNING_TOKEN is not set: a token for the planning release");
// A plan shares the processors with the browser.
test.setTimeout(600_000);

/** Opens the planner's page as somebody with a token. */
async function openPlanner(page: Page, hash = "", language = "en"): Promise<void> {
  await page.addInitScript(
    ([token = "", code = "en"]) => {
      sessionStorage.setItem("safeground.token", token);
      localStorage.setItem("safeground.language", code);
    },
    [TOKEN, language],
  );
  await page.goto(`/#audience=planning&page=plan${hash}`);
  await expect(page.locator(".plan-areas input").first()).toBeVisible();
}

/** Fills in what every plan needs, and little work for the planner. */
async function fill(page: Page): Promise<void> {
  await page.locator(".plan-areas input").first().check();
  // A base in another district would be too far away for any visit.
  const area = (await page.locator(".plan-areas label").first().textContent()) ?? "";
  const within = `#plan-places option[value$=", ${area.split(",")[0]}"]`;
  const base = await page.locator(within).first().getAttribute("value");
  await page.locator("#plan-base-0").fill(base ?? "");
  await page.locator("#plan-weeks").fill("2");
}

/** Sends the request and waits for the plan. */
async function make(page: Page): Promise<void> {
  await page.locator(".plan-form button[type=submit]").click();
  await planned(page);
}

async function planned(page: Page): Promise<void> {
  await expect(page.locator(".plan-villages tbody tr").first()).toBeVisible({ timeout: 400_000 });
  await expect(page.locator(".plan-progress")).toBeHidden();
}

/** Names of the villages in the order of the table. */
function villages(page: Page): Promise<string[]> {
  return page.locator(".plan-villages [data-village]").allTextContents();
}

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const { axe } = globalThis as never as { axe: typeof import("axe-core") };
    const results = await axe.run(document, { resultTypes: ["violations"] });
    return results.violations.flatMap(({ id, nodes }) =>
      nodes.map((node) => `${id}: ${node.target.join(" ")}: ${node.failureSummary ?? ""}`),
    );
  });
}

/** What is wider than the screen, but for what scrolls within itself. */
function tooWide(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const limit = document.documentElement.clientWidth + 0.5;
    return [...document.querySelectorAll("body *")]
      .filter((element) => !element.closest(".map, .hidden, .skip, .plan-scroll"))
      .filter((element) => element.getBoundingClientRect().right > limit)
      .map((element) => `${element.tagName}.${element.className}`);
  });
}

test("a planner goes from the map to a plan, its reasons and its files", async ({ page }) => {
  const chunks: string[] = [];
  page.on("request", (request) => chunks.push(request.url()));
  await page.addInitScript((token) => sessionStorage.setItem("safeground.token", token), TOKEN);
  await page.goto("/#audience=planning");
  const open = page.getByRole("button", { name: "Plan a campaign" });
  await expect(open).toBeVisible();
  expect(chunks.filter((url) => /\/plan-[^/]*\.js$/.test(url))).toEqual([]);
  await open.click();
  await expect(page.locator(".plan-areas input").first()).toBeVisible();
  expect(chunks.filter((url) => /\/plan-[^/]*\.js$/.test(url))).not.toEqual([]);
  expect(address(page).get("page")).toBe("plan");
  await fill(page);
  await page.locator(".plan-more summary").click();
  await page.locator("#plan-borders").check();
  await make(page);

  const count = await page.locator(".plan-villages tbody tr").count();
  expect(count).toBeGreaterThan(0);
  await expect(page.locator(".plan-summary")).toContainText("people of the area");
  await expect(page.locator(".plan-honest")).toContainText("no proven case");
  await expect(page.locator(".plan-curve")).toBeVisible();

  const first = page.locator("[data-village]").first();
  const name = (await first.textContent()) ?? "";
  await first.click();
  const why = page.locator(".plan-why");
  await expect(why.getByRole("heading", { level: 3 })).toContainText(name);
  await expect(why.locator(".plan-reasons li").first()).not.toBeEmpty();
  await expect(why).not.toContainText(/\b(block|district):\d/);
  await expect(first).toHaveAttribute("aria-pressed", "true");

  await page.locator(".plan-files summary").click();
  for (const file of ["plan.zip", "plan.xlsx", "walk_lists.html"]) {
    const [saved] = await Promise.all([
      page.waitForEvent("download"),
      page.locator(`[data-file="${file}"]`).click(),
    ]);
    expect(saved.suggestedFilename()).toMatch(/^plan-[0-9a-f]{16}_en_/);
  }

  // The address brings the plan and its request back.
  const id = address(page).get("plan");
  expect(id).toMatch(/^plan-[0-9a-f]{16}$/);
  await page.reload();
  await planned(page);
  expect(await page.locator(".plan-villages tbody tr").count()).toBe(count);
  await expect(page.locator("#plan-weeks")).toHaveValue("2");
  await expect(page.locator("#plan-borders")).toBeChecked();
  await page.getByRole("button", { name: /Back to the map/ }).click();
  await expect(page.locator(".table[data-complete]")).toBeVisible();
});

test("the table is put in order, and a day shows its routes and villages", async ({ page }) => {
  await openPlanner(page);
  await fill(page);
  await make(page);
  const names = await villages(page);
  await page.locator(".plan-villages thead").getByRole("button", { name: "Village" }).click();
  const sorted = await villages(page);
  expect(sorted).toEqual([...names].sort((a, b) => a.localeCompare(b, "en", { numeric: true })));
  const head = page.locator(".plan-villages thead th").first();
  await expect(head).toHaveAttribute("aria-sort", "ascending");
  await page.locator("#plan-day").selectOption({ index: 1 });
  await expect(page.locator(".plan-routes li").first()).toContainText("km");
  await expect
    .poll(() =>
      page.evaluate(
        () => safegroundMap.queryRenderedFeatures({ layers: ["spots", "spots-none"] }).length,
      ),
    )
    .toBeGreaterThan(0);
});

test("a village that must not be visited is gone from the next plan", async ({ page }) => {
  await openPlanner(page);
  await fill(page);
  await make(page);
  const first = page.locator("[data-village]").first();
  const id = (await first.getAttribute("data-village")) ?? "";
  await first.click();
  await page.locator(".plan-why").getByRole("button", { name: "Must not be visited" }).click();
  await expect(page.locator(".plan-stale")).toBeVisible();
  const before = address(page).get("plan");
  await page.locator(".plan-stale button").click();
  await expect.poll(() => address(page).get("plan")).not.toBe(before);
  await planned(page);
  await expect(page.locator(".plan-stale")).toBeHidden();
  await expect(page.locator(`[data-village="${id}"]`)).toHaveCount(0);
});

test("faults stand beside their field until they are mended", async ({ page, watch }) => {
  // The browser notes every answer that is a refusal.
  watch.allowErrors();
  await openPlanner(page);
  await page.locator(".plan-form button[type=submit]").click();
  const said = (field: string): Locator => page.locator(`[data-field="${field}"]`);
  await expect(said("areas")).toContainText("Choose at least one area");
  await expect(page.locator("#plan-filter")).toBeFocused();
  await fill(page);
  await page.locator("#plan-base-0").fill("Nowhere-on-Sea");
  await page.locator(".plan-form button[type=submit]").click();
  await expect(said("teams[0].base")).toContainText("Nowhere-on-Sea", { timeout: 120_000 });
  await expect(page.locator("#plan-base-0")).toHaveAttribute("aria-invalid", "true");
  await expect(page.locator("#plan-base-0")).toBeFocused();
  expect(await violations(page)).toEqual([]);
  await fill(page);
  await make(page);
  await expect(said("teams[0].base")).toBeHidden();
});

test("a click on the map chooses an area and a base", async ({ page }) => {
  await openPlanner(page);
  await expect(page.locator("#map[data-idle]")).toBeAttached();
  const box = await page.locator("#map").boundingBox();
  const middle = { x: (box?.width ?? 0) / 2, y: (box?.height ?? 0) / 2 };
  await page.locator("#map").click({ position: middle });
  await expect(page.locator(".plan-picker .chip")).toHaveCount(1);
  await page.locator("#map").click({ position: middle });
  await expect(page.locator(".plan-picker .chip")).toHaveCount(0);
  await page.getByRole("button", { name: "Choose the base of team A on the map" }).click();
  await expect(page.locator(".plan-hint")).toBeVisible();
  await page.locator("#map").click({ position: middle });
  await expect(page.locator("#plan-base-0")).toHaveValue(/^-?\d+\.\d{5}, -?\d+\.\d{5}$/);
  await expect(page.locator(".plan-hint")).toBeHidden();
});

test("everything works by keyboard", async ({ page }) => {
  await openPlanner(page);
  await page.locator("#plan-filter").focus();
  const label = (await page.locator(".plan-areas label").nth(2).textContent()) ?? "";
  await page.keyboard.type(label);
  await page.keyboard.press("Enter");
  await expect(page.locator(".plan-picker .chip")).toHaveCount(1);
  const base = await page.locator("#plan-places option").first().getAttribute("value");
  await page.locator("#plan-base-1").focus();
  await page.keyboard.type(base ?? "");
  await page.locator("#plan-weeks").focus();
  await page.keyboard.press("Control+A");
  await page.keyboard.type("2");
  await page.keyboard.press("Enter");
  await planned(page);
  await expect(page.locator(".plan-result")).toBeFocused();
  await page.locator("[data-village]").first().focus();
  await page.keyboard.press("Enter");
  await expect(page.locator(".plan-why h3")).toBeFocused();
});

test.describe("the plan breaks no rule of accessibility", () => {
  for (const [name, options, language] of [
    ["by day", {}, "en"],
    ["in the dark and in Hindi", { colorScheme: "dark" }, "hi"],
    ["on a phone", { viewport: { width: 360, height: 780 }, hasTouch: true, isMobile: true }, "hi"],
  ] as const) {
    test.describe(name, () => {
      test.use(options);

      test(name, async ({ page }) => {
        await openPlanner(page, "", language);
        expect(await violations(page)).toEqual([]);
        expect(await tooWide(page)).toEqual([]);
        await fill(page);
        await make(page);
        await page.locator("[data-village]").first().click();
        await expect(page.locator(".plan-why")).toBeVisible();
        expect(await violations(page)).toEqual([]);
        expect(await tooWide(page)).toEqual([]);
        if (language === "hi") {
          await expect(page.locator(".plan-reasons li").first()).toContainText(/[\u0900-\u097f]/);
        }
      });
    });
  }
});

test("without a token there is no planner's page", async ({ page, watch }) => {
  watch.allowErrors();
  await page.goto("/#audience=planning&page=plan");
  await expect(page.getByRole("alert")).toContainText("needs a valid token");
  await page.goto("/");
  await expect(page.locator(".table[data-complete]")).toBeVisible();
  await expect(page.getByRole("button", { name: "Plan a campaign" })).toHaveCount(0);
});
