const KEY = "safeground.token";

/** The token of this tab, gone when the tab is closed. */
export function sessionToken(): string | null {
  try {
    return sessionStorage.getItem(KEY);
  } catch {
    return null;
  }
}

/** Keeps a token for this tab, or forgets it. */
export function keepToken(token: string | null): void {
  try {
    if (token === null) {
      sessionStorage.removeItem(KEY);
    } else {
      sessionStorage.setItem(KEY, token);
    }
  } catch {
    // Storage may be switched off; then the token lasts until the page is left.
  }
}
