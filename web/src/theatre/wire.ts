// The live wire of a block: actions up; views, answers and pictures down. Reconnects by itself; the server keeps the block.

import { type Schemas, token } from "../api/client";

type Said = Schemas["Said"];
export type Action = Extract<Said, { type: "act" }>["action"];
type Told = Schemas["Told"];
/** What the screen may see of a block; the server leaves the truth out. */
export type View = Schemas["View"];
/** An event as the log shows it: its name and whatever belongs to it. */
export type BlockEvent = { event: string; [key: string]: unknown };

export interface Picture {
  number: number;
  rows: number;
  columns: number;
  kind: number;
  primary: number;
  secondary: number;
  clock: number;
  action: number;
  drawnMs: number;
  mmPerPixel: number;
  grey: Uint8Array;
}

/** Reads a picture off the wire; the header is described where the server writes it. */
export function readPicture(buffer: ArrayBuffer): Picture | null {
  const view = new DataView(buffer);
  if (buffer.byteLength < 48 || view.getUint32(0, false) !== 0x52465231) return null;
  const [rows, columns] = [view.getUint16(8, true), view.getUint16(10, true)];
  return {
    number: view.getUint32(4, true),
    rows,
    columns,
    kind: view.getUint8(12),
    primary: view.getFloat32(16, true),
    secondary: view.getFloat32(20, true),
    clock: view.getFloat64(24, true),
    action: view.getUint32(32, true),
    drawnMs: view.getFloat32(36, true),
    mmPerPixel: view.getFloat32(40, true),
    grey: new Uint8Array(buffer, 48, rows * columns),
  };
}

/** What came of an action, in the server's words. */
export type Answer = Extract<Told, { type: "done" | "refused" | "failed" }>;

/** The remark that asks for the anatomy; the server counts it. */
export const ANATOMY_SHOWN = "the anatomy was shown";

/** Whether a number of an action is none: an emptied field. JSON would make it null, and nobody would know which. */
function numberMissing(action: Action): boolean {
  const missing = (value: unknown): boolean =>
    typeof value === "number" ? !Number.isFinite(value) : typeof value === "object" && value !== null && Object.values(value).some(missing);
  return missing(action);
}

export interface Listener {
  view: (view: View) => void;
  picture: (picture: Picture) => void;
  answer: (action: Action | null, answer: Answer) => void;
  state: (open: boolean) => void;
}

export class Wire {
  private socket: WebSocket | null = null;
  private next = 1;
  private seen = 0;
  private closed = false;
  private readonly waiting = new Map<number, { action: Action; done: (answer: Answer) => void }>();

  constructor(
    private readonly id: string,
    private readonly listener: Listener,
  ) {
    this.open();
  }

  private open(): void {
    const socket = new WebSocket(`ws://${location.host}/api/sessions/${this.id}/live`, ["rami.v1", `token.${token()}`]);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      this.seen = 0;
      this.listener.state(true);
    };
    socket.onmessage = (event: MessageEvent<string | ArrayBuffer>) => {
      if (typeof event.data === "string") this.told(JSON.parse(event.data) as { type: string });
      else this.shown(event.data);
    };
    socket.onclose = () => {
      const lost = [...this.waiting.values()];
      this.waiting.clear();
      for (const { action, done } of lost) {
        const answer: Answer = { type: "failed", n: 0, why: "the connection broke off" };
        if (!this.closed) this.listener.answer(action, answer);
        done(answer);
      }
      if (this.closed) return;
      this.listener.state(false);
      window.setTimeout(() => this.open(), 800);
    };
    this.socket = socket;
  }

  private told(message: { type: string; [key: string]: unknown }): void {
    if (message.type === "view") {
      this.listener.view(message["view"] as View);
      return;
    }
    // What was not understood has no number; answers come in order, so it is of the one that has waited longest.
    if (!("n" in message)) {
      const [oldest] = this.waiting.keys();
      message = { type: "failed", n: oldest ?? 0, why: typeof message["why"] === "string" ? message["why"] : "not understood" };
    }
    const entry = this.waiting.get(Number(message["n"]));
    this.waiting.delete(Number(message["n"]));
    const answer = message as unknown as Answer;
    this.listener.answer(entry?.action ?? null, answer);
    entry?.done(answer);
  }

  private shown(buffer: ArrayBuffer): void {
    const picture = readPicture(buffer);
    // Said before painting is over would let the server run ahead of the screen.
    requestAnimationFrame(() => {
      if (picture) this.listener.picture(picture);
      this.seen += 1;
      this.send({ type: "seen", frame: this.seen });
    });
  }

  get connected(): boolean {
    return this.socket?.readyState === WebSocket.OPEN;
  }

  private send(message: Said): void {
    if (this.connected) this.socket?.send(JSON.stringify(message));
  }

  /** Does something; the answer is the engine's. */
  act(action: Action): Promise<Answer> {
    const n = this.next++;
    return new Promise((done) => {
      if (!this.connected) {
        const answer: Answer = { type: "failed", n, why: "not connected" };
        this.listener.answer(action, answer);
        done(answer);
        return;
      }
      if (numberMissing(action)) {
        const answer: Answer = { type: "failed", n, why: "a number is missing" };
        this.listener.answer(action, answer);
        done(answer);
        return;
      }
      this.waiting.set(n, { action, done });
      this.send({ type: "act", n, action });
    });
  }

  get lastNumber(): number {
    return this.next - 1;
  }

  pedal(down: boolean, pulses: number): void {
    this.send({ type: "pedal", down, pulses_per_s: pulses });
  }

  close(): void {
    this.closed = true;
    this.socket?.close();
  }
}
