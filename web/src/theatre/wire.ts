// The live wire of a block: actions up; views, answers and pictures down. Reconnects by itself; the server keeps the block.

import { token } from "../api/client";

export type Action = { do: string; [key: string]: unknown };
export type BlockEvent = { event: string; [key: string]: unknown };

/** What the screen may see of a block; the server leaves the truth out. */
export interface View {
  n: number;
  clock_s: number;
  phase: string;
  side: "left" | "right";
  level: string;
  checked: { [item: string]: number };
  consent: boolean | null;
  sedation: string | null;
  prone: boolean;
  monitored: boolean;
  acclimatised_min: number;
  skin_clean: boolean;
  draped: boolean;
  time_out: boolean;
  numb: boolean;
  syringes: { [label: string]: { volume_ml: number; left_ml: number; [key: string]: unknown } };
  c_arm: { primary_deg: number; secondary_deg: number; isocentre_mm: [number, number, number]; opening_mm: [number, number] | null };
  radiation: { frames: number; shots: number; fluoroscopy_s: number; reference_kerma_mgy: number; dap_gy_cm2: number; effective_dose_msv: number; staff_eye_usv: number };
  needle: { name: string; entry_mm: [number, number, number]; direction: [number, number, number]; bevel_deg: number; depth_mm: number; on_bone: boolean; force_n: number; tip_mm: [number, number, number] | null } | null;
  passes: number;
  redirections: number;
  aspirated: boolean;
  given: { agent: string; volume_ml: number; mass_mg: number; at_s: number }[];
  share_of_maximum: number;
  temperatures: { t_s: number; toe_c: { left: number; right: number }; sole_c: { left: number; right: number }; since_injection_min: number | null }[];
  vitals: { mean_pressure_mmhg: number; heart_rate_per_min: number; spo2_percent: number; awake: boolean } | null;
  lipid_ml: number;
  judged: boolean | null;
  discharged: boolean;
  anatomy_shown: number;
  pedal: boolean;
}

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

export type Answer = { type: "done"; events: BlockEvent[] } | { type: "refused"; why: string; first: string } | { type: "failed"; why: string };

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
      for (const { done } of this.waiting.values()) done({ type: "failed", why: "the connection broke off" });
      this.waiting.clear();
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

  private send(message: object): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  /** Does something; the answer is the engine's. */
  act(action: Action): Promise<Answer> {
    const n = this.next++;
    return new Promise((done) => {
      if (this.socket?.readyState !== WebSocket.OPEN) {
        done({ type: "failed", why: "not connected" });
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
