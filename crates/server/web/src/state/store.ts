import { readAddress, writeAddress } from "./address";
import type { View } from "./view";

/** Whether a change is a step that the back button undoes. */
export type Step = "push" | "replace";

type Listener = (view: View, before: View) => void;

/** The view, mirrored in the address of the page. */
export class Store {
  private readonly listeners: Listener[] = [];

  constructor(private current: View) {
    history.replaceState(null, "", writeAddress(current));
  }

  get view(): View {
    return this.current;
  }

  subscribe(listener: Listener): void {
    this.listeners.push(listener);
  }

  /** Changes the view. */
  set(change: Partial<View>, step: Step = "push"): void {
    const before = this.current;
    const view = { ...before, ...change };
    const [old, address] = [writeAddress(before), writeAddress(view)];
    this.current = view;
    if (old === address) {
      return;
    }
    if (step === "push") {
      history.pushState(null, "", address);
    } else {
      history.replaceState(null, "", address);
    }
    for (const listener of this.listeners) {
      listener(view, before);
    }
  }

  /** Calls back with what the address asks for when the user goes back or edits it. */
  onNavigation(listener: (wanted: Partial<View>) => void, signal: AbortSignal): void {
    const navigate = () => {
      if (location.hash !== writeAddress(this.current)) {
        listener(readAddress(location.hash));
      }
    };
    addEventListener("popstate", navigate, { signal });
  }
}
