import { test as base, expect, type Page } from "@playwright/test";
import type { Catalog, Row } from "../src/api/types";

export { expect };

/** What must not happen while a test runs. */
interface Watch {
  /** Allows errors in the console, for tests that break the connection. */
  allowErrors(): void;
}

/**
 * A page that is watched: no request may leave the server, nothing may be
 * written to the console as an error, no rule of the content security policy
 * may be broken.
 */
export const test = base.extend<{ watch: Watch }>({
  watch: [
    async ({ page, baseURL }, use) => {
      const origin = new URL(baseURL ?? "").origin;
      const [foreign, errors, violations]: [string[], string[], string[]] = [[], [], []];
      let errorsAllowed = false;
      page.on("request", (request) => {
        const url = new URL(request.url().replace(/^blob:/, ""));
        if (url.protocol.startsWith("http") && url.origin !== origin) foreign.push(request.url());
      });
      page.on("console", (message) => {
        if (message.type() === "error" || message.type() === "warning") {
          // The software renderer of the tests speaks of its own speed.
          if (!message.text().includes("GPU stall")) errors.push(message.text());
        }
      });
      page.on("pageerror", (error) => errors.push(error.message));
      await page.exposeFunction("reportViolation", (text: string) => violations.push(text));
      await page.addInitScript(() => {
        addEventListener("securitypolicyviolation", (event) => {
          const report = (globalThis as never as { reportViolation(text: string): void })
            .reportViolation;
          report(`${event.violatedDirective}: ${event.blockedURI}`);
        });
      });
      await use({
        allowErrors: () => {
          errorsAllowed = true;
        },
      });
      expect(foreign, "requests to elsewhere").toEqual([]);
      expect(violations, "broken rules of the content security policy").toEqual([]);
      expect(errorsAllowed ? [] : errors, "errors in the console").toEqual([]);
    },
    { auto: true },
  ],
});

/** Opens the map and waits until map and table stand. */
export async function open(page: Page, hash = ""): Promise<void> {
  await page.goto(`/${hash}`);
  await settled(page);
}

/** Waits until map and table show what is asked for. */
export async function settled(page: Page): Promise<void> {
  await expect(page.locator(".table[data-complete]")).toBeVisible();
  await expect(page.locator("#map[data-idle]")).toBeAttached();
}

/** What the release holds. */
export async function catalog(page: Page): Promise<Catalog> {
  const response = await page.request.get("/v1/catalog");
  expect(response.ok()).toBe(true);
  return response.json();
}

/** Units of a layer as the server gives them. */
export async function items(
  page: Page,
  layer: string,
  theme: string,
  period: string,
): Promise<Row[]> {
  const query = new URLSearchParams({ theme, period, limit: "10000", skipGeometry: "true" });
  const response = await page.request.get(`/collections/${layer}/items?${query}`);
  expect(response.ok()).toBe(true);
  const body = await response.json();
  return body.features.map((feature: { properties: Row }) => feature.properties);
}

/** The parts of the address after `#`. */
export function address(page: Page): URLSearchParams {
  return new URLSearchParams(new URL(page.url()).hash.slice(1));
}

/** The address of the tiles on the map. */
export function tilesOf(page: Page): Promise<string> {
  return page.evaluate(() => String(safegroundMap.getSource("units").tiles[0]));
}

/** Where a unit is on the page: the middle of the screen after bringing it there. */
export async function centreOn(page: Page, unit: string): Promise<{ x: number; y: number }> {
  const at = await page.evaluate((id) => {
    const found = safegroundMap
      .queryRenderedFeatures({ layers: ["units-fill", "units-nothing"] })
      .find((feature) => feature.properties["id"] === id);
    if (!found) throw new Error(`unit ${id} is not drawn`);
    const ring = (
      found.geometry.type === "Polygon"
        ? found.geometry.coordinates[0]
        : found.geometry.coordinates[0][0]
    ) as [number, number][];
    const [x, y] = [0, 1].map((axis) => {
      const values = ring.map((position) => position[axis] ?? 0);
      return (Math.min(...values) + Math.max(...values)) / 2;
    }) as [number, number];
    safegroundMap.jumpTo({ center: [x, y] });
    const point = safegroundMap.project([x, y]);
    const box = safegroundMap.getContainer().getBoundingClientRect();
    return { x: box.x + point.x, y: box.y + point.y };
  }, unit);
  await expect(page.locator("#map[data-idle]")).toBeAttached();
  return at;
}

/** Colours of the map as they are on the screen, with their number of pixels. */
export async function colours(page: Page): Promise<Map<string, number>> {
  const picture = await page.locator("#map").screenshot();
  const counted = await page.evaluate(async (data) => {
    const image = new Image();
    image.src = `data:image/png;base64,${data}`;
    await image.decode();
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [image.width, image.height];
    const context = canvas.getContext("2d", { willReadFrequently: true });
    if (!context) throw new Error("no canvas");
    context.drawImage(image, 0, 0);
    const { data: pixels } = context.getImageData(0, 0, canvas.width, canvas.height);
    const counts: Record<string, number> = {};
    for (let at = 0; at < pixels.length; at += 4) {
      const colour = [0, 1, 2]
        .map((part) => (pixels[at + part] ?? 0).toString(16).padStart(2, "0"))
        .join("");
      counts[`#${colour}`] = (counts[`#${colour}`] ?? 0) + 1;
    }
    return counts;
  }, picture.toString("base64"));
  return new Map(Object.entries(counted));
}

interface TestMap {
  getSource(name: string): { tiles: string[] };
  getContainer(): HTMLElement;
  getZoom(): number;
  getCenter(): { lat: number; lng: number };
  project(position: [number, number]): { x: number; y: number };
  jumpTo(camera: { center?: [number, number]; zoom?: number }, data?: object): void;
  getPaintProperty(layer: string, name: string): unknown;
  queryRenderedFeatures(options: { layers: string[] }): {
    properties: Record<string, unknown>;
    geometry:
      | { type: "Polygon"; coordinates: [[number, number][]] }
      | { type: "MultiPolygon"; coordinates: [[[number, number][]]] };
  }[];
}

declare global {
  var safegroundMap: TestMap;
}
