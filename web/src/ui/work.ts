// What is being worked on in this tab: the case, and the path planned on it.

import type { Candidate } from "../api/client";

export interface Work {
  case: string;
  side: "left" | "right";
  path: Candidate | null;
}

const KEY = "rami-work";

export function work(): Work {
  const kept = sessionStorage.getItem(KEY);
  return kept ? (JSON.parse(kept) as Work) : { case: "built-in", side: "left", path: null };
}

/** Where the chart of whoever is being worked on is kept in this tab once something in it was entered: one person's is no other's. */
export const keptChart = (): string => `rami-chart-${work().case}`;

/** The chart that was entered for whoever is being worked on; nothing while it is still the example. */
export function enteredChart(): { [key: string]: unknown } | null {
  const kept = sessionStorage.getItem(keptChart());
  return kept ? (JSON.parse(kept) as { [key: string]: unknown }) : null;
}

export function setWork(change: Partial<Work>): void {
  sessionStorage.setItem(KEY, JSON.stringify({ ...work(), ...change }));
}
