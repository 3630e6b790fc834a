// npm run screenshot -- URL FILE [WIDTHxHEIGHT]: a picture of a served map.
import { chromium } from "@playwright/test";
import { BROWSER } from "./browser.mjs";

const [url, file, size = "1440x900"] = process.argv.slice(2);
if (!url || !file) {
  throw new Error("usage: npm run screenshot -- URL FILE [WIDTHxHEIGHT]");
}
const [width, height] = size.split("x").map(Number);
const browser = await chromium.launch(BROWSER);
try {
  const page = await browser.newPage({ viewport: { width, height }, reducedMotion: "reduce" });
  await page.goto(url);
  await page.locator("#map[data-idle]").waitFor({ timeout: 120_000 });
  await page.locator(".table[data-complete]").waitFor({ timeout: 120_000 });
  // Names are written once the areas are drawn.
  await page.evaluate(() => new Promise((done) => setTimeout(done, 500)));
  await page.locator("#map[data-idle]").waitFor({ timeout: 120_000 });
  await page.screenshot({ path: file });
} finally {
  await browser.close();
}
