import type { Client, Question } from "./api/client";
import { AUTOMATIC, type Rows } from "./api/rows";
import type { Kind, Layer } from "./api/types";
import { NO_VALUES, needsValues, type Values, valuesOf } from "./scale/scale";
import type { Measure } from "./state/view";

/**
 * Values that the limits of the classes come from: those of the rows, or of a
 * sample in a layer so large that its rows are not all loaded. The rows that
 * are loaded of it are the highest, so limits from them would mislead.
 */
export class ClassValues {
  private sample: { key: string; values: Values | null } | null = null;
  private readonly ended = new AbortController();

  constructor(
    private readonly client: Client,
    private readonly changed: () => void,
  ) {}

  /** Ends what is under way. */
  stop(): void {
    this.ended.abort();
  }

  /** The values; `null` while they are on their way. */
  of(measure: Measure, kind: Kind, rows: Rows | null): Values | null {
    if (!needsValues(measure, kind)) {
      return NO_VALUES;
    }
    if (this.sample) {
      return this.sample.values;
    }
    return rows === null || rows.state === "loading" ? null : valuesOf(measure, rows.rows);
  }

  /** Loads a sample where one is needed. */
  load(layer: Layer | null, question: Question | null, measure: Measure, kind: Kind): void {
    if (!layer || !question || layer.units <= AUTOMATIC || !needsValues(measure, kind)) {
      this.sample = null;
      return;
    }
    const key = JSON.stringify([question, measure]);
    if (this.sample?.key !== key) {
      this.sample = { key, values: null };
      void this.ask(question, measure, key);
    }
  }

  private async ask(question: Question, measure: Measure, key: string): Promise<void> {
    const { signal } = this.ended;
    // Without a sample there is one class; the map is still drawn.
    const values = await this.client.sample(question, measure, signal).catch(() => NO_VALUES);
    if (!signal.aborted && this.sample?.key === key) {
      this.sample = { key, values };
      this.changed();
    }
  }
}
