import { bandOf, type Values } from "../scale/scale";
import { problemOf, RequestError } from "./problem";
import {
  type Audience,
  type Catalog,
  type ItemsPage,
  type Place,
  type Profile,
  ROW_FIELDS,
  type TileJson,
} from "./types";

/** Who asks. The token never becomes part of an address. */
export interface Access {
  audience: Audience;
  token: string | null;
}

/** What a question is about. */
export interface Question {
  layer: string;
  theme: string;
  period: string;
}

const PAGE = 2_000;
const EXPORT_PAGE = 10_000;
const COUNT_FIELDS = ["count", "count_low", "count_high"] as const;

/** Requests to the server that served this page, and to no other. */
export class Client {
  access: Access = { audience: "public", token: null };
  /** Told the release of each response. */
  onRelease: (release: string) => void = () => {};

  catalog(signal?: AbortSignal): Promise<Catalog> {
    return this.json("/v1/catalog", {}, signal);
  }

  tileJson({ layer, theme, period }: Question, signal?: AbortSignal): Promise<TileJson> {
    return this.json(`/tiles/${encodeURIComponent(layer)}.json`, { theme, period }, signal);
  }

  profile(layer: string, unit: string, signal?: AbortSignal): Promise<Profile> {
    const path = `/collections/${encodeURIComponent(layer)}/items/${encodeURIComponent(unit)}`;
    return this.json(path, {}, signal);
  }

  firstPage(question: Question, sortby: string | null, signal?: AbortSignal): Promise<ItemsPage> {
    return this.json(
      items(question),
      {
        ...measured(question),
        properties: ROW_FIELDS.join(","),
        skipGeometry: "true",
        limit: String(PAGE),
        ...(sortby === null ? {} : { sortby }),
      },
      signal,
    );
  }

  /** The page after `page`, or `null` after the last. */
  async nextPage(page: ItemsPage, signal?: AbortSignal): Promise<ItemsPage | null> {
    const next = page.links.find((link) => link.rel === "next");
    if (!next) {
      return null;
    }
    const response = await this.fetch(ownAddress(next.href), signal);
    return readJson<ItemsPage>(response);
  }

  /** Names of all units of a layer of places, with those of the places they lie in. */
  async places(question: Question, signal?: AbortSignal): Promise<Place[]> {
    const places: Place[] = [];
    let page: ItemsPage | null = await this.json<ItemsPage>(
      items(question),
      {
        ...measured(question),
        properties: "name,parent_name",
        skipGeometry: "true",
        limit: String(EXPORT_PAGE),
      },
      signal,
    );
    while (page !== null) {
      places.push(...page.features.map(({ properties }) => properties));
      page = await this.nextPage(page, signal);
    }
    return places;
  }

  /** Address of the table as CSV; with a token it answers only to `csv`. */
  csvAddress(question: Question): string {
    const params = { ...measured(question), f: "csv", limit: String(EXPORT_PAGE) };
    return this.address(items(question), params);
  }

  /** The whole table as CSV, all pages of it. */
  async csv(question: Question): Promise<Blob> {
    const parts: string[] = [];
    let address: string | null = this.csvAddress(question);
    while (address !== null) {
      const response: Response = await this.fetch(address);
      const text = await response.text();
      parts.push(parts.length === 0 ? text : text.slice(text.indexOf("\r\n") + 2));
      address = nextLink(response.headers.get("link"));
    }
    return new Blob(parts, { type: "text/csv;charset=utf-8" });
  }

  /** Address of an own resource with the audience in it. */
  address(path: string, params: Record<string, string>): string {
    const query = new URLSearchParams(params);
    if (this.access.audience !== "public") {
      query.set("audience", this.access.audience);
    }
    const text = query.toString();
    return new URL(`.${path}${text === "" ? "" : `?${text}`}`, document.baseURI).href;
  }

  /**
   * Values of one measure for a sample of a layer too large to be loaded: its
   * first ten thousand units by identifier. Of a count also the bands.
   */
  async sample(question: Question, measure: string, signal?: AbortSignal): Promise<Values> {
    const params = {
      ...measured(question),
      properties: measure === "count" ? COUNT_FIELDS.join(",") : measure,
      f: "csv",
      limit: String(EXPORT_PAGE),
    };
    const response = await this.fetch(this.address(items(question), params), signal);
    return sampleOf(await response.text());
  }

  /** Template of the addresses of the tiles of a layer. */
  tileAddress(question: Question): string {
    const path = `/tiles/${encodeURIComponent(question.layer)}/ZOOM/COLUMN/ROW`;
    return this.address(path, measured(question)).replace("ZOOM/COLUMN/ROW", "{z}/{x}/{y}");
  }

  /** Headers of every request for data. */
  headers(): Record<string, string> {
    const { audience, token } = this.access;
    return audience !== "public" && token ? { Authorization: `Bearer ${token}` } : {};
  }

  private async json<T>(
    path: string,
    params: Record<string, string>,
    signal?: AbortSignal,
  ): Promise<T> {
    return readJson<T>(await this.fetch(this.address(path, params), signal));
  }

  private async fetch(address: string, signal?: AbortSignal): Promise<Response> {
    let response: Response;
    try {
      response = await fetch(address, { headers: this.headers(), signal: signal ?? null });
    } catch (error) {
      if (signal?.aborted) {
        throw error;
      }
      throw new RequestError("offline", "", "");
    }
    if (!response.ok) {
      throw await problemOf(response);
    }
    const release = response.headers.get("safeground-release");
    if (release !== null) {
      this.onRelease(release);
    }
    return response;
  }
}

/** Whether an error only says that the answer is no longer wanted. */
export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}

/**
 * An address of the server as this page reaches it. Behind a proxy the server
 * may not know its own scheme and host.
 */
export function ownAddress(href: string): string {
  const { pathname, search } = new URL(href, document.baseURI);
  return new URL(`${pathname}${search}`, document.baseURI).href;
}

/** The `next` of a `Link` header, as an own address. */
export function nextLink(header: string | null): string | null {
  const found = /<([^>]*)>;\s*rel="?next"?/.exec(header ?? "");
  return found?.[1] ? ownAddress(found[1]) : null;
}

/**
 * Values in a CSV of identifiers that need no quotes, followed by one measure,
 * or by a count with its ends. Without ends there are no bands.
 */
export function sampleOf(csv: string): Values {
  const rows = csv
    .split("\r\n")
    .slice(1)
    .map((line) => line.split(",").slice(1).map(numberIn));
  const numbers = rows.flatMap(([value]) => value ?? []);
  const bands = rows.flatMap(
    ([count, count_low, count_high]) =>
      bandOf({
        count: count ?? null,
        count_low: count_low ?? null,
        count_high: count_high ?? null,
      }) ?? [],
  );
  return { numbers, bands };
}

function numberIn(text: string): number | null {
  const value = Number(text);
  return text === "" || !Number.isFinite(value) ? null : value;
}

async function readJson<T>(response: Response): Promise<T> {
  try {
    return (await response.json()) as T;
  } catch (error) {
    if (isAbort(error)) {
      throw error;
    }
    // The connection broke off within the body, or something between us and
    // the server answered in its place.
    throw new RequestError("unreadable", "", "");
  }
}

function items({ layer }: Question): string {
  return `/collections/${encodeURIComponent(layer)}/items`;
}

function measured({ theme, period }: Question): Record<string, string> {
  return { theme, period };
}
