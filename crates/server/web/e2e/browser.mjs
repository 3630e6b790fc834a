// How Chromium is started: the one that CHROMIUM names, never a download.

/** @type {import("@playwright/test").LaunchOptions} */
export const BROWSER = {
  executablePath: process.env.CHROMIUM || "chromium",
  args: [
    "--no-sandbox",
    // WebGL without a graphics card.
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
};
