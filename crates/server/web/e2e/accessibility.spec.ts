import type { Page } from "@playwright/test";
import axe from "axe-core";
import { expect, open, settled, test } from "./page";

/** Rules of WCAG 2.2 A and AA, and good practice, that the page breaks. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const found = await page.evaluate(async () => {
    const { axe } = globalThis as never as { axe: typeof import("axe-core") };
    const results = await axe.run(document, { resultTypes: ["violations"] });
    return results.violations.flatMap(({ id, nodes }) =>
      nodes.map((node) => `${id}: ${node.target.join(" ")}: ${node.failureSummary ?? ""}`),
    );
  });
  return found;
}

test("the page breaks no rule, with and without a selection", async ({ page }) => {
  await open(page);
  expect(await violations(page)).toEqual([]);
  await page.locator(".table tbody tr[data-unit]").first().click();
  await expect(page.locator(".details .scores")).toBeVisible();
  await settled(page);
  expect(await violations(page)).toEqual([]);
});

test("the dialogs break no rule", async ({ page }) => {
  await open(page);
  for (const name of ["Methods and caveats", "Access"]) {
    await page.getByRole("button", { name }).click();
    await expect(page.getByRole("dialog")).toBeVisible();
    expect(await violations(page), name).toEqual([]);
    await page.keyboard.press("Escape");
  }
});

test.describe("in the dark", () => {
  test.use({ colorScheme: "dark" });

  test("the page breaks no rule", async ({ page }) => {
    await open(page, "#measure=rate");
    await page.locator(".table tbody tr[data-unit]").first().click();
    await expect(page.locator(".details .scores")).toBeVisible();
    expect(await violations(page)).toEqual([]);
  });
});

test.describe("on a phone", () => {
  test.use({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });

  test("the page breaks no rule", async ({ page }) => {
    await open(page);
    expect(await violations(page)).toEqual([]);
  });
});

test("the page of an error breaks no rule", async ({ page, watch }) => {
  watch.allowErrors();
  await page.route("**/v1/catalog*", (route) => route.abort("connectionrefused"));
  await page.goto("/");
  await expect(page.getByRole("alert")).toBeVisible();
  expect(await violations(page)).toEqual([]);
});

test("the page speaks Hindi and keeps its view", async ({ page }) => {
  await open(page);
  await page.getByLabel("Colour by", { exact: true }).selectOption("score");
  const address = page.url();
  await page.getByLabel("Language").selectOption("hi");
  await settled(page);
  await expect(page.locator("html")).toHaveAttribute("lang", "hi");
  await expect(page.getByLabel("विषय", { exact: true })).toBeVisible();
  expect(page.url()).toBe(address);
  expect(await violations(page)).toEqual([]);
});
