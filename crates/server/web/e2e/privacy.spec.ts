import type { Page } from "@playwright/test";
import axe from "axe-core";
import { expect, open, test } from "./page";

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

test("the map leads to the page that says what can be learned, and back", async ({ page }) => {
  await open(page);
  await page.getByRole("button", { name: "Methods and caveats" }).click();
  await page
    .getByRole("dialog")
    .getByRole("link", { name: "What you can and cannot learn here" })
    .click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("cannot learn");
  await page.getByRole("link", { name: "To the map" }).click();
  await expect(page.locator("#map")).toBeAttached();
});

for (const [language, heading] of [
  ["en", "What we do not promise"],
  ["hi", "हम किस बात का वचन नहीं देते"],
] as const) {
  for (const colorScheme of ["light", "dark"] as const) {
    test(`the page breaks no rule: ${language}, ${colorScheme}`, async ({ page }) => {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width: 360, height: 780 });
      await page.goto(`/privacy?lang=${language}`);
      await expect(page.locator("html")).toHaveAttribute("lang", language);
      await expect(page.getByRole("heading", { name: heading })).toBeVisible();
      const { wide, background } = await page.evaluate(() => ({
        wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
        background: getComputedStyle(document.body).backgroundColor,
      }));
      expect(wide).toBe(0);
      // The style sheet has arrived.
      expect(background).not.toBe("rgba(0, 0, 0, 0)");
      expect(await violations(page)).toEqual([]);
    });
  }
}

test("the page needs no script", async ({ browser, baseURL }) => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(`${baseURL}/privacy`);
  await page.getByRole("link", { name: "हिन्दी" }).click();
  await expect(page.locator("html")).toHaveAttribute("lang", "hi");
  await context.close();
});
