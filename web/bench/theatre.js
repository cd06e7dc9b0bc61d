// What a trainee waits for, measured in a browser beside the server on the same machine. Prints a table.

import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { launch } from "../tests/browser.js";
import { Server } from "../tests/server.js";

const app = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../crates/server/assets/app");
const rows = [];
const row = (what, value, aim) => {
  rows.push(`| ${what} | ${value} | ${aim} |`);
  console.error(`${what}: ${value}`);
};
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
const worst = (values) => Math.max(...values);
const memory = (pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]) / 1024;

const server = await new Server().start();
const browser = await launch();
const page = await (await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: "en-GB" })).newPage();
page.setDefaultTimeout(120_000);

const scripts = readdirSync(app).filter((file) => file.endsWith(".js"));
const zipped = (file) => gzipSync(readFileSync(path.join(app, file))).length / 1000;
row("JavaScript, gzipped", `${scripts.reduce((sum, file) => sum + zipped(file), 0).toFixed(0)} kB (${zipped("app.js").toFixed(0)} kB before 3-D is asked for)`, "<= 1200 kB");

await page.goto(server.url);
await page.waitForSelector(".case.ready");
await page.waitForTimeout(2000);
row("server, idle, one case open", `${memory(server.process.pid).toFixed(0)} MB`, "<= 300 MB");
const interactive = [];
for (let i = 0; i < 5; i++) {
  const start = performance.now();
  await page.goto("about:blank");
  await page.goto(server.url);
  await page.waitForSelector(".case button");
  interactive.push(performance.now() - start);
}
row("page interactive, median of 5", `${median(interactive).toFixed(0)} ms`, "<= 1500 ms");

await page.click('nav a[href="#/plan"]');
await page.waitForSelector(".card.is-safe, .card.is-refused");
await page.waitForTimeout(3000);
const drags = await page.evaluate(async () => {
  const canvas = document.querySelector(".plane canvas");
  const judged = () => Number(document.documentElement.dataset.judged ?? 0);
  const times = [];
  for (let i = 0; i < 40; i++) {
    const [n, start] = [judged(), performance.now()];
    canvas.dispatchEvent(new KeyboardEvent("keydown", { key: i % 2 ? "ArrowLeft" : "ArrowRight", ctrlKey: true, bubbles: true }));
    while (judged() === n) await new Promise((done) => setTimeout(done, 1));
    times.push(performance.now() - start);
    await new Promise((done) => setTimeout(done, 120));
  }
  return times.slice(5);
});
row("a dragged path judged and shown, median (worst)", `${median(drags).toFixed(0)} ms (${worst(drags).toFixed(0)})`, "<= 50 ms");

const ready = [
  ...["identity", "consent", "side_and_level", "allergy_and_blood_thinners", "pregnancy", "access_and_monitoring", "lipid_and_airway", "temperature_probes"].map((item) => ({ do: "check", item })),
  { do: "consent", given: true }, { do: "record_sedation", level: "none" }, { do: "position_prone" }, { do: "attach_monitoring" }, { do: "acclimatise", minutes: 20 }, { do: "read_temperatures" },
  { do: "prepare_skin" }, { do: "drape" }, { do: "time_out", side: "left", level: "L3" }, { do: "draw_up", label: "skin", content: "lidocaine 1% 5ml" },
];
const begin = async () => {
  const plan = await (await server.api("/api/cases/built-in/plan", { method: "POST", body: JSON.stringify({ side: "left", level: "L3" }) })).json();
  const chosen = plan.candidates[[plan.chosen].flat()[0]];
  const aim = { entry_mm: chosen.entry_mm, target_mm: chosen.target_mm, primary_deg: chosen.primary_angle_deg, secondary_deg: chosen.secondary_angle_deg, needle_length_mm: 150 };
  const { id } = await (await server.api("/api/sessions", { method: "POST", body: JSON.stringify({ case: "built-in", side: "left", level: "L3", aim }) })).json();
  return { id, aim };
};

// In the page: the app's own wire would do, but a bare one shows what a frame costs without the app's painting of it.
const script = ({ id, aim, ready, seconds, needle }) =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://${location.host}/api/sessions/${id}/live`, ["rami.v1", `token.${sessionStorage.getItem("rami-token")}`]);
    socket.binaryType = "arraybuffer";
    const direction = aim.target_mm.map((v, i) => v - aim.entry_mm[i]);
    const todo = [...ready, { do: "numb_skin", label: "skin", volume_ml: 3, at_mm: aim.entry_mm }, { do: "move_c_arm", primary_deg: aim.primary_deg, secondary_deg: aim.secondary_deg }, { do: "insert_needle", needle: "22G-150-chiba", entry_mm: aim.entry_mm, direction: direction.map((v) => v / Math.hypot(...direction)), bevel_deg: 0 }];
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 512;
    document.body.append(canvas);
    const context = canvas.getContext("2d");
    const image = context.createImageData(512, 512);
    const out = new Uint32Array(image.data.buffer);
    const [shown, photons, drawn] = [[], [], []];
    let [n, seen, live, sent] = [0, 0, false, null];
    const act = (action) => socket.send(JSON.stringify({ type: "act", n: ++n, action }));
    socket.onopen = () => act(todo.shift());
    socket.onerror = () => reject(new Error("the wire broke"));
    const push = () => {
      if (!live || !needle) return;
      sent = { n: n + 1, at: performance.now() };
      act(n % 2 ? { do: "advance", mm: 1 } : { do: "withdraw", mm: 0.5 });
    };
    socket.onmessage = (event) => {
      if (typeof event.data === "string") {
        const message = JSON.parse(event.data);
        if (message.type === "refused" && !live) return reject(new Error(`${message.why}; ${message.first}`));
        if (message.type === "done" && !live) {
          if (todo.length > 0) return act(todo.shift());
          live = true;
          socket.send(JSON.stringify({ type: "pedal", down: true, pulses_per_s: 20 }));
          setTimeout(push, 500);
          setTimeout(() => {
            socket.send(JSON.stringify({ type: "pedal", down: false }));
            socket.close();
            resolve({ shown, photons, drawn });
          }, seconds * 1000);
        }
        return;
      }
      const view = new DataView(event.data);
      const grey = new Uint8Array(event.data, 48);
      for (let i = 0; i < grey.length; i++) out[i] = 0xff000000 | (grey[i] * 0x010101);
      context.putImageData(image, 0, 0);
      requestAnimationFrame(() => {
        const now = performance.now();
        socket.send(JSON.stringify({ type: "seen", frame: ++seen }));
        shown.push(now);
        drawn.push(view.getFloat32(36, true));
        if (sent && view.getUint32(32, true) >= sent.n) {
          photons.push(now - sent.at);
          sent = null;
          setTimeout(push, 30);
        }
      });
    };
  });
const rate = ({ shown }) => (shown.length - 1) / ((shown.at(-1) - shown[0]) / 1000);

const one = await page.evaluate(script, { ...(await begin()), ready, seconds: 8, needle: true });
row("frames shown, 512 x 512, the needle moving", `${rate(one).toFixed(1)} /s`, ">= 15 /s");
row("one frame drawn by the engine, median", `${median(one.drawn).toFixed(1)} ms (${(1000 / median(one.drawn)).toFixed(0)} /s)`, ">= 25 /s");
row("action to photon, median (worst)", `${median(one.photons).toFixed(0)} ms (${worst(one.photons).toFixed(0)})`, "<= 120 ms");

const rooms = [];
for (let i = 0; i < 8; i++) rooms.push(await begin());
// Eight people have a window each: in a window's hidden tabs a browser draws once a second.
const pages = await Promise.all(rooms.map(async () => {
  const tab = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage();
  await tab.goto(server.url);
  return tab;
}));
const eight = await Promise.all(pages.map((tab, i) => tab.evaluate(script, { ...rooms[i], ready, seconds: 10, needle: false })));
const gaps = eight.flatMap(({ shown }) => shown.slice(1).map((at, i) => at - shown[i]));
row("8 sessions at once: frames shown in each, least; longest stall", `${Math.min(...eight.map(rate)).toFixed(1)} /s; ${worst(gaps).toFixed(0)} ms`, "<= 500 ms");
row("server with 9 sessions open", `${memory(server.process.pid).toFixed(0)} MB`, "-");

console.log(["| what | measured | aim |", "| --- | --- | --- |", ...rows].join("\n"));
await browser.close();
await server.remove();
