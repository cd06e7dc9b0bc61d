// The server's API with its types. The token comes in the address once, stays in this tab, and leaves the address bar.

import type { components } from "./types";

export type Schemas = components["schemas"];
export type CaseSummary = Schemas["CaseSummary"];
export type CaseDetail = Schemas["CaseDetail"];
export type Plan = Schemas["Plan"];
export type Candidate = Schemas["Candidate"];
export type Assessment = Schemas["Assessment"];
export type Chart = Schemas["Chart"];
export type Problem = Schemas["Problem"];

const KEY = "rami-token";

/** Takes the token out of `#token=…`. */
export function takeToken(): void {
  const match = /^#token=([0-9a-zA-Z]+)/.exec(location.hash);
  if (!match?.[1]) return;
  sessionStorage.setItem(KEY, match[1]);
  history.replaceState(null, "", "/#/cases");
}

export function token(): string {
  return sessionStorage.getItem(KEY) ?? "";
}

/** A refusal in the server's words. */
export class Refused extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail);
  }
}

async function ask(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  headers.set("Authorization", `Bearer ${token()}`);
  let response: Response;
  try {
    response = await fetch(path, { ...init, headers });
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new Refused({ type: "urn:rami:problem:gone", title: "No answer", status: 0, detail: "the server does not answer; is `rami serve` still running?" });
  }
  if (response.ok) return response;
  const problem = (await response.json().catch(() => null)) as Problem | null;
  throw new Refused(problem ?? { type: "about:blank", title: "Refused", status: response.status, detail: response.statusText });
}

export async function get<T>(path: string): Promise<T> {
  return (await (await ask(path)).json()) as T;
}

export async function post<T>(path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const init: RequestInit = { method: "POST", signal: signal ?? null };
  if (body !== undefined) {
    init.body = JSON.stringify(body);
    init.headers = { "Content-Type": "application/json" };
  }
  return (await (await ask(path, init)).json()) as T;
}

export async function raw(path: string, signal?: AbortSignal): Promise<Response> {
  return ask(path, { signal: signal ?? null });
}

/** Sends a file and says how far it is. */
export function put(path: string, file: Blob, progress: (bytes: number) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("PUT", path);
    request.setRequestHeader("Authorization", `Bearer ${token()}`);
    request.upload.onprogress = (event) => progress(event.loaded);
    request.onload = () => {
      if (request.status < 300) return resolve();
      let problem: Problem = { type: "about:blank", title: "Refused", status: request.status, detail: request.statusText };
      try {
        problem = JSON.parse(request.responseText) as Problem;
      } catch {
        // Not a problem document: the status has to do.
      }
      reject(new Refused(problem));
    };
    request.onerror = () => reject(new Refused({ type: "about:blank", title: "Broken off", status: 0, detail: "the upload broke off" }));
    request.send(file);
  });
}

/** Asks for the newest of what was wanted: one request under way, the rest forgotten. */
export class Newest<T> {
  private wanted: (() => Promise<T>) | null = null;
  private busy = false;
  constructor(
    private readonly show: (value: T) => void,
    private readonly fail: (error: unknown) => void,
  ) {}

  ask(request: () => Promise<T>): void {
    this.wanted = request;
    void this.run();
  }

  private async run(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    while (this.wanted) {
      const request = this.wanted;
      this.wanted = null;
      try {
        const value = await request();
        this.show(value);
      } catch (error) {
        this.fail(error);
      }
    }
    this.busy = false;
  }
}
