import { type Client, isAbort } from "./client";
import type { Profile } from "./types";

/** The profile of the selected unit; only the last one asked for counts. */
export class Profiles {
  current: Profile | null = null;
  private abort = new AbortController();

  constructor(private readonly client: Client) {}

  /** Loads a profile; `null` if another was asked for meanwhile. */
  async load(layer: string, unit: string): Promise<Profile | null> {
    this.forget();
    const { signal } = this.abort;
    try {
      const profile = await this.client.profile(layer, unit, signal);
      if (signal.aborted) {
        return null;
      }
      this.current = profile;
      return profile;
    } catch (error) {
      if (isAbort(error) || signal.aborted) {
        return null;
      }
      throw error;
    }
  }

  /** Nothing is selected any more. */
  forget(): void {
    this.abort.abort();
    this.abort = new AbortController();
    this.current = null;
  }
}
