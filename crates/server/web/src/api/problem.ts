/** Why a request brought no data: a problem that the server states, or no answer at all. */
export class RequestError extends Error {
  override readonly name = "RequestError";

  constructor(
    /** Last part of the problem's type, or `offline`, or `unreadable`. */
    readonly kind: string,
    readonly title: string,
    readonly detail: string,
    readonly valid: readonly string[] = [],
  ) {
    super(title);
  }

  /** Whether a token would help. */
  get needsToken(): boolean {
    return this.kind === "unauthorized" || this.kind === "forbidden";
  }
}

/** The problem in a response that is not a success (RFC 9457). */
export async function problemOf(response: Response): Promise<RequestError> {
  const body: unknown = await response.json().catch(() => null);
  const text = (name: string): string => {
    const value = (body as Record<string, unknown> | null)?.[name];
    return typeof value === "string" ? value : "";
  };
  const valid = (body as { valid?: unknown } | null)?.valid;
  return new RequestError(
    text("type").split(":").pop() || "unreadable",
    text("title"),
    text("detail"),
    Array.isArray(valid) ? valid.filter((value) => typeof value === "string") : [],
  );
}
