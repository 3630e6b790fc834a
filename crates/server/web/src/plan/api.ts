import type { Client } from "../api/client";
import { problemOf, RequestError } from "../api/problem";
import type { PlanAsk, PlanProblem, PlanView } from "./types";

/** A request that the server refuses, with what is wrong. */
export class Refused extends Error {
  override readonly name = "Refused";

  constructor(readonly problem: PlanProblem) {
    super(problem.title);
  }
}

/** Plans of the server that served this page. */
export class PlanClient {
  constructor(private readonly client: Client) {}

  /** Asks for a plan. */
  async ask(ask: PlanAsk, signal: AbortSignal): Promise<PlanView> {
    const response = await this.fetch("/v1/plans", {}, signal, {
      method: "POST",
      body: JSON.stringify(ask),
      headers: { ...this.client.headers(), "Content-Type": "application/json" },
    });
    return (await response.json()) as PlanView;
  }

  /** A plan, or how far it has come; its sentences in a language. */
  async plan(id: string, lang: string, signal: AbortSignal): Promise<PlanView> {
    const response = await this.fetch(`/v1/plans/${encodeURIComponent(id)}`, { lang }, signal);
    return (await response.json()) as PlanView;
  }

  /** The plans of this token, the latest first. */
  async list(signal: AbortSignal): Promise<PlanView[]> {
    const response = await this.fetch("/v1/plans", {}, signal);
    return ((await response.json()) as { plans: PlanView[] }).plans;
  }

  /** A file of a plan. */
  async file(id: string, name: string, lang: string | null, signal: AbortSignal): Promise<Blob> {
    const path = `/v1/plans/${encodeURIComponent(id)}/files/${encodeURIComponent(name)}`;
    const response = await this.fetch(path, lang === null ? {} : { lang }, signal);
    return response.blob();
  }

  /** What was asked for a plan. */
  async asked(id: string, signal: AbortSignal): Promise<PlanAsk> {
    const state = await (await this.file(id, "state.json", null, signal)).text();
    return (JSON.parse(state) as { ask: PlanAsk }).ask;
  }

  private async fetch(
    path: string,
    params: Record<string, string>,
    signal: AbortSignal,
    init: RequestInit = { headers: this.client.headers() },
  ): Promise<Response> {
    const address = this.client.address(path, params);
    let response: Response;
    try {
      response = await fetch(address, { ...init, signal });
    } catch (error) {
      if (signal.aborted) throw error;
      throw new RequestError("offline", "", "");
    }
    if (response.status === 422) {
      throw new Refused((await response.json()) as PlanProblem);
    }
    if (!response.ok) {
      throw await problemOf(response);
    }
    return response;
  }
}
