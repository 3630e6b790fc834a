import { AUDIENCES } from "../api/types";
import { type Camera, MEASURES, type View } from "./view";

/*
 * The view is kept after the `#`, which a browser does not send: where
 * somebody looks is nobody's business, so it must not reach a server's log.
 */

/** What an address asks for; whatever is not well formed is left out. */
export function readAddress(hash: string): Partial<View> {
  const params = new URLSearchParams(hash.replace(/^#/, ""));
  const view: Partial<View> = {};
  const audience = AUDIENCES.find((known) => known === params.get("audience"));
  const measure = MEASURES.find((known) => known === params.get("measure"));
  const camera = readCamera(params.get("at"));
  if (audience) view.audience = audience;
  if (measure) view.measure = measure;
  if (camera) view.camera = camera;
  for (const name of ["layer", "theme", "period", "unit"] as const) {
    const value = params.get(name);
    if (value) view[name] = value;
  }
  return view;
}

/** The address of a view, to be read back by `readAddress`. */
export function writeAddress(view: View): string {
  const parts: [string, string][] = [
    ["layer", view.layer],
    ["theme", view.theme],
    ["period", view.period],
    ["measure", view.measure],
  ];
  if (view.audience !== "public") parts.unshift(["audience", view.audience]);
  if (view.unit !== null) parts.push(["unit", view.unit]);
  if (view.camera !== null) parts.push(["at", writeCamera(view.camera)]);
  // What identifiers and periods hold needs no escape after `#`, and reads
  // better without.
  const plain = (text: string) =>
    encodeURIComponent(text).replace(/%(3A|2F|2C|40)/g, decodeURIComponent);
  return `#${parts.map(([name, value]) => `${name}=${plain(value)}`).join("&")}`;
}

function writeCamera({ latitude, longitude, zoom }: Camera): string {
  return `${latitude.toFixed(4)},${longitude.toFixed(4)},${zoom.toFixed(2)}`;
}

function readCamera(text: string | null): Camera | null {
  const match = /^(-?\d+(?:\.\d+)?),(-?\d+(?:\.\d+)?),(\d+(?:\.\d+)?)$/.exec(text ?? "");
  if (!match) {
    return null;
  }
  const [latitude, longitude, zoom] = match.slice(1).map(Number) as [number, number, number];
  const valid = Math.abs(latitude) <= 85 && Math.abs(longitude) <= 180 && zoom <= 22;
  return valid ? { latitude, longitude, zoom } : null;
}

/** Whether an address asks for the planner's page, and for which plan. */
export function readPlanAddress(hash: string): { plan: string | null } | null {
  const params = new URLSearchParams(hash.replace(/^#/, ""));
  if (params.get("page") !== "plan" || params.get("audience") !== "planning") {
    return null;
  }
  return { plan: params.get("plan") };
}

/** The address of the planner's page. Who may see a plan is decided by the token alone. */
export function writePlanAddress(plan: string | null): string {
  const rest = plan === null ? "" : `&plan=${encodeURIComponent(plan)}`;
  return `#audience=planning&page=plan${rest}`;
}
