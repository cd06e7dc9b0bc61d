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

export function setWork(change: Partial<Work>): void {
  sessionStorage.setItem(KEY, JSON.stringify({ ...work(), ...change }));
}
