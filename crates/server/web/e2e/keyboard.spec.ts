import { address, expect, open, settled, test } from "./page";

test("everything can be reached and done with the keyboard alone", async ({ page }) => {
  await open(page);
  await page.keyboard.press("Tab");
  await expect(page.getByText("Skip to the table")).toBeFocused();
  await page.keyboard.press("Enter");
  const focused = page.locator(".table tbody tr:focus");
  await expect(focused).toHaveCount(1);
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await expect(focused).toHaveAttribute("aria-rowindex", "4");
  await page.keyboard.press("End");
  await page.keyboard.press("Home");
  await expect(focused).toHaveAttribute("aria-rowindex", "2");
  const unit = String(await focused.getAttribute("data-unit"));
  await page.keyboard.press("Enter");
  await expect(page.locator(".details .details-head h2")).toBeVisible();
  expect(address(page).get("unit")).toBe(unit);
  await expect(page.locator("#live")).toContainText("Selected:");
  await settled(page);
  await expect(focused).toHaveAttribute("data-unit", unit);

  const close = page.locator(".details").getByRole("button", { name: "Close" });
  for (let step = 0; step < 40; step += 1) {
    await page.keyboard.press("Shift+Tab");
    if (await close.evaluate((element) => element === document.activeElement)) break;
  }
  await expect(close).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.locator(".details")).toBeHidden();
  await expect(focused).toHaveCount(1);
});

test("the tab key goes through the page and out of it", async ({ page }) => {
  await open(page);
  const seen = new Set<string>();
  let left = false;
  for (let step = 0; step < 60 && !left; step += 1) {
    await page.keyboard.press("Tab");
    const at = await page.evaluate(() => {
      const element = document.activeElement;
      if (!element || element === document.body) return null;
      const rect = element.getBoundingClientRect();
      const shown = rect.width > 0 && rect.height > 0;
      const style = getComputedStyle(element);
      const marked = style.outlineStyle !== "none";
      return { name: `${element.tagName}.${element.className}#${element.id}`, shown, marked };
    });
    if (at === null) {
      left = true;
      continue;
    }
    expect(at.shown, `${at.name} has the focus and is not to be seen`).toBe(true);
    expect(at.marked, `the focus on ${at.name} is not to be seen`).toBe(true);
    seen.add(at.name);
  }
  expect(left, "the focus leaves the page at its end").toBe(true);
  for (const part of ["pick-theme", "pick-period", "pick-layer", "pick-measure", "filter"]) {
    expect(
      [...seen].some((name) => name.endsWith(`#${part}`)),
      part,
    ).toBe(true);
  }
  expect([...seen].some((name) => name.startsWith("CANVAS"))).toBe(true);
});

test("a dialog gives the focus back", async ({ page }) => {
  await open(page);
  const about = page.getByRole("button", { name: "Methods and caveats" });
  await about.focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog")).toBeVisible();
  await expect(page.getByRole("dialog")).toContainText("Getis-Ord");
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await expect(about).toBeFocused();
});
