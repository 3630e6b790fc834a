import { expect, open, settled, test } from "./page";

for (const width of [360, 390]) {
  test.describe(`on a phone ${width} pixels wide`, () => {
    test.use({ viewport: { width, height: 780 }, hasTouch: true, isMobile: true });

    test("nothing is wider than the screen and map and table are both there", async ({ page }) => {
      await open(page);
      const wide = await page.evaluate(() => {
        const limit = document.documentElement.clientWidth + 0.5;
        return [...document.querySelectorAll("body *")]
          .filter((element) => !element.closest(".map, .hidden, .skip"))
          .filter((element) => element.getBoundingClientRect().right > limit)
          .map((element) => `${element.tagName}.${element.className}`);
      });
      expect(wide).toEqual([]);
      const map = await page.locator("#map").boundingBox();
      const table = await page.locator(".table-scroll").boundingBox();
      expect(map?.height ?? 0).toBeGreaterThan(180);
      expect(table?.height ?? 0).toBeGreaterThan(100);
      expect(table?.y ?? 0).toBeGreaterThan((map?.y ?? 0) + (map?.height ?? 0) - 1);
    });

    test("the sheet grows and shrinks, and a tap selects", async ({ page }) => {
      await open(page);
      const height = async () => (await page.locator(".panel").boundingBox())?.height ?? 0;
      const half = await height();
      await page.locator(".sheet-handle").tap();
      await expect.poll(height).toBeGreaterThan(half);
      await page.locator(".sheet-handle").tap();
      await expect.poll(height).toBeLessThan(half);
      await page.locator(".sheet-handle").tap();
      await expect.poll(height).toBe(half);
      await settled(page);
      await page.locator(".table tbody tr[data-unit]").first().tap();
      await expect(page.locator(".details .details-head h2")).toBeVisible();
      const legend = page.locator(".legend");
      await expect(legend).not.toHaveAttribute("open");
      await legend.locator("summary").tap();
      await expect(page.locator('.legend [data-status="not_observed"]')).toBeVisible();
    });
  });
}
