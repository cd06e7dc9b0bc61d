// A block as a film: its pictures drawn again by the server, one after the other, and recorded by the browser.

import { raw } from "../api/client";
import type { Screen } from "./screen";
import { readPicture } from "./wire";

/** Pictures in a film at most; of more, evenly spread ones are taken. */
const MOST = 240;
const MS_A_PICTURE = 120;

/** The film as WebM; nothing where the browser cannot write one. */
export async function record(id: string, screen: Screen, lines: readonly number[], progress: (n: number, of: number) => void): Promise<Blob | null> {
  const type = ["video/webm;codecs=vp9", "video/webm;codecs=vp8", "video/webm"].find((one) => typeof MediaRecorder !== "undefined" && MediaRecorder.isTypeSupported(one));
  if (!type || lines.length === 0) return null;
  const step = Math.max(1, lines.length / MOST);
  const chosen = Array.from({ length: Math.min(lines.length, MOST) }, (_, i) => lines[Math.floor(i * step)]!);
  const recorder = new MediaRecorder(screen.canvas.captureStream(25), { mimeType: type, videoBitsPerSecond: 2_500_000 });
  const parts: Blob[] = [];
  recorder.ondataavailable = (event) => parts.push(event.data);
  const ended = new Promise<void>((resolve) => (recorder.onstop = () => resolve()));
  recorder.start(500);
  try {
    for (const [index, line] of chosen.entries()) {
      progress(index + 1, chosen.length);
      // While the next picture is drawn the film stands still and is not written.
      recorder.pause();
      const picture = readPicture(await (await raw(`/api/sessions/${id}/picture/${line}`)).arrayBuffer());
      recorder.resume();
      if (picture) screen.show(picture);
      await new Promise((done) => window.setTimeout(done, MS_A_PICTURE));
    }
  } finally {
    recorder.stop();
  }
  await ended;
  return new Blob(parts, { type: "video/webm" });
}
