import { defineConfig } from "@playwright/test";
import { BROWSER } from "./e2e/browser.mjs";

const baseURL = process.env["SAFEGROUND_URL"];
if (!baseURL) {
  throw new Error("SAFEGROUND_URL is not set: the address of a served release, without a slash");
}

export default defineConfig({
  testDir: "e2e",
  outputDir: "node_modules/.playwright",
  // One browser at a time and patient waits: a map without a graphics card is
  // slow, and everything else that is tested shares the processors.
  workers: 1,
  timeout: 180_000,
  expect: { timeout: 60_000 },
  reporter: [["list"]],
  use: {
    baseURL,
    launchOptions: BROWSER,
    viewport: { width: 1440, height: 900 },
    contextOptions: { reducedMotion: "reduce" },
    actionTimeout: 60_000,
    navigationTimeout: 60_000,
    screenshot: "only-on-failure",
  },
});
