import { describe, expect, it } from "vitest";
import { row } from "../testing";
import type { Client, Question } from "./client";
import { RowLoader, type Rows } from "./rows";
import type { ItemsPage } from "./types";

const QUESTION: Question = { layer: "district", theme: "t", period: "2024" };

/** A server of so many units in pages of so many, which fails at a page if asked to. */
function server(units: number, size: number, failsAt = -1): Client {
  let failing = failsAt;
  const page = (from: number): ItemsPage => ({
    numberMatched: units,
    links: from + size < units ? [{ rel: "next", href: `/items?cursor=${from + size}` }] : [],
    features: Array.from({ length: Math.min(size, units - from) }, (_, at) => ({
      properties: row({ id: String(from + at) }),
    })),
  });
  const pageOf = async (from: number) => {
    if (from === failing) {
      failing = -1;
      throw new Error("broken off");
    }
    return page(from);
  };
  return {
    firstPage: () => pageOf(0),
    nextPage: (last: ItemsPage) => {
      const next = last.links.find(({ rel }) => rel === "next");
      return next ? pageOf(Number(next.href.split("=")[1])) : Promise.resolve(null);
    },
  } as unknown as Client;
}

describe("loading rows", () => {
  it("follows the pages to the end and loses and repeats none", async () => {
    const loader = new RowLoader(server(25, 10), () => {});
    await loader.ask(QUESTION);
    expect(loader.current).toMatchObject({ state: "complete", total: 25 });
    expect(loader.current?.rows.map(({ id }) => Number(id))).toEqual(
      Array.from({ length: 25 }, (_, at) => at),
    );
  });

  it("pauses in a large layer and goes on when asked", async () => {
    const loader = new RowLoader(server(25_000, 5_000), () => {});
    await loader.ask(QUESTION);
    expect(loader.current).toMatchObject({ state: "paused" });
    expect(loader.current?.rows.length).toBe(10_000);
    await loader.more();
    await loader.more();
    expect(loader.current).toMatchObject({ state: "complete" });
    expect(loader.current?.rows.length).toBe(25_000);
  });

  it("keeps what came before a failure and goes on from there", async () => {
    const loader = new RowLoader(server(30, 10, 10), () => {});
    await loader.ask(QUESTION);
    expect(loader.current).toMatchObject({ state: "failed" });
    expect(loader.current?.rows.length).toBe(10);
    await loader.more();
    expect(loader.current).toMatchObject({ state: "complete" });
    expect(loader.current?.rows.length).toBe(30);
  });

  it("drops what arrives for a question that is no longer asked", async () => {
    const seen: Rows[] = [];
    const loader = new RowLoader(server(25, 10), (rows) => seen.push(rows));
    const first = loader.ask(QUESTION);
    const second = loader.ask({ ...QUESTION, theme: "other" });
    await Promise.all([first, second]);
    expect(loader.current?.question.theme).toBe("other");
    expect(loader.current?.rows.length).toBe(25);
    expect(seen.filter(({ question, rows }) => question.theme === "t" && rows.length > 0)).toEqual(
      [],
    );
  });
});
