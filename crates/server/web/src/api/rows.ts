import { type Client, isAbort, type Question } from "./client";
import type { ItemsPage, Row } from "./types";

/** Rows that are loaded without being asked for. */
export const AUTOMATIC = 10_000;

/** The units of a layer for a theme and period, as far as they are loaded. */
export interface Rows {
  question: Question;
  rows: Row[];
  /** Units that there are. */
  total: number;
  state: "loading" | "paused" | "complete" | "failed";
  error: unknown;
}

/**
 * Loads the rows page by page. A new question ends the one before it; what
 * arrives late is dropped.
 */
export class RowLoader {
  current: Rows | null = null;
  private abort = new AbortController();
  private last: ItemsPage | null = null;
  private sortby: string | null = null;

  constructor(
    private readonly client: Client,
    private readonly changed: (rows: Rows) => void,
  ) {}

  /** Loads the rows that answer a question. */
  async ask(question: Question, sortby: string | null = null): Promise<void> {
    this.sortby = sortby;
    this.last = null;
    this.start({ question, rows: [], total: 0, state: "loading", error: null });
    await this.load(AUTOMATIC);
  }

  /** Loads more of them, or tries again. */
  async more(): Promise<void> {
    if (this.current && this.current.state !== "complete") {
      this.start({ ...this.current, state: "loading", error: null });
      await this.load(this.current.rows.length + AUTOMATIC);
    }
  }

  /** Ends what is under way. */
  stop(): void {
    this.abort.abort();
  }

  private start(rows: Rows): void {
    this.abort.abort();
    this.abort = new AbortController();
    this.publish(rows);
  }

  private publish(rows: Rows): void {
    this.current = rows;
    this.changed(rows);
  }

  private async load(limit: number): Promise<void> {
    const { signal } = this.abort;
    while (this.current && this.current.rows.length < limit) {
      const current: Rows = this.current;
      try {
        const page: ItemsPage | null = this.last
          ? await this.client.nextPage(this.last, signal)
          : await this.client.firstPage(current.question, this.sortby, signal);
        if (signal.aborted) {
          return;
        }
        if (!page) {
          this.publish({ ...current, state: "complete" });
          return;
        }
        this.last = page;
        const rows = current.rows.concat(page.features.map((feature) => feature.properties));
        const complete = !page.links.some((link) => link.rel === "next");
        const state = complete ? "complete" : rows.length < limit ? "loading" : "paused";
        this.publish({ ...current, rows, total: page.numberMatched, state });
        if (complete) {
          return;
        }
      } catch (error) {
        if (!isAbort(error) && !signal.aborted) {
          this.publish({ ...current, state: "failed", error });
        }
        return;
      }
    }
  }
}
