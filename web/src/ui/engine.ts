// Sentences of the server's on the page: in the page's language where it has them, else marked as English.

import { h } from "./dom";
import { foreign, translated } from "./words";

export function engine(text: string): HTMLElement | string {
  const lang = foreign(text);
  return lang ? h("span", { lang }, text) : translated(text);
}

/** What went wrong, in the server's words or the browser's. */
export function failure(error: unknown): HTMLElement | string {
  return engine(error instanceof Error ? error.message : String(error));
}
