// How Chromium is started: the one that CHROMIUM names, never a download.

import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/** The path of a program that is given by path or by name. */
function locate(program) {
  if (program.includes("/")) {
    return program;
  }
  const folders = (process.env.PATH ?? "").split(delimiter);
  const found = folders.map((folder) => join(folder, program)).find(existsSync);
  if (!found) {
    throw new Error(`${program} is not installed: name a Chromium in the variable CHROMIUM`);
  }
  return found;
}

/** @type {import("@playwright/test").LaunchOptions} */
export const BROWSER = {
  executablePath: locate(process.env.CHROMIUM || "chromium"),
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
