// After a block: replay, curves, 3-D, downloads. And who may not come in while it runs.

import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { AxeBuilder } from "@axe-core/playwright";
import { launch } from "./browser.js";
import { allDone, begin, needled, open, perform, prepared } from "./perform.js";
import { Server } from "./server.js";

let server;
let browser;
let page;
let block;
const shots = process.env.RAMI_SCREENSHOTS;
const hash = (to) => page.evaluate((to) => (location.hash = to), to);
const resident = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.process.pid}/status`, "utf8"))[1]) / 1024;

before(async () => {
  server = await new Server().start();
  browser = await launch("--enable-unsafe-swiftshader");
  page = await open(browser, server, { acceptDownloads: true });
  block = await begin(server, { failure: "psoas" });
  const lateral = { do: "move_c_arm", primary_deg: 90, secondary_deg: 0 };
  allDone(await perform(page, block.id, [
    ...prepared(block), ...needled(block, 0), { do: "shot" }, lateral, { do: "shot" }, { do: "live", seconds: 0.5, pulses_per_s: 8 }, { do: "aspirate" },
    { do: "inject", label: "contrast", volume_ml: 1, rate_ml_s: 0.5, watch: "live" }, { do: "call_pattern", pattern: "psoas" }, { do: "aspirate" },
    { do: "inject", label: "drug", volume_ml: 5, rate_ml_s: 0.25, watch: "blind" }, { do: "remove_needle" }, { do: "wait", seconds: 600 }, { do: "read_temperatures" }, { do: "examine_somatic" }, { do: "judge_block", worked: false },
  ]));
});

after(async () => {
  await browser?.close();
  await server?.remove();
});

test("going to the debriefing before the end is asked about, and counts as having seen the anatomy", async () => {
  await page.evaluate(() => localStorage.setItem("rami-coached", "yes"));
  await hash(`#/theatre/${block.id}`);
  await page.waitForSelector(".needle-state");
  page.once("dialog", (dialog) => dialog.dismiss());
  await page.click(".theatre a:has-text('Debrief')");
  assert.match(page.url(), /theatre/);
  page.once("dialog", (dialog) => dialog.accept());
  await page.click(".theatre a:has-text('Debrief')");
  await page.waitForSelector(".debrief");
  const debrief = await (await server.api(`/api/sessions/${block.id}/debrief`)).json();
  assert.equal(debrief.lines.filter((line) => line.action.text === "the anatomy was shown").length, 1);
});

test("the scrubber shows each moment, with the truth marked as such", async () => {
  await page.waitForSelector(".debrief .tissues li");
  const slider = page.locator("input[aria-label='Line']");
  const words = async (n) => {
    await slider.fill(String(n));
    await page.waitForTimeout(300);
    return page.innerText(".moment");
  };
  const debrief = await (await server.api(`/api/sessions/${block.id}/debrief`)).json();
  const at = (name) => debrief.lines.find((line) => line.action.do === name).n;
  assert.match(await words(at("advance")), /truth/);
  assert.match(await words(at("call_pattern")), /psoas/);
  const caption = () => page.innerText(".debrief .fluoro figcaption");
  await words(debrief.lines.filter((line) => line.action.do === "shot")[0].n);
  await page.waitForFunction(() => !/ 90° \/ 0°/.test(document.querySelector(".debrief .fluoro figcaption").textContent));
  await words(at("live"));
  await page.waitForFunction(() => / 90° \/ 0°/.test(document.querySelector(".debrief .fluoro figcaption").textContent));
  assert.match(await caption(), /Replay/);
  await page.click("button:has-text('Play')");
  await page.waitForFunction((n) => Number(document.querySelector("input[aria-label='Line']").value) > n, at("live"));
  await page.click("button:has-text('Pause')");
});

test("the score is explained beside the reference run, and curves have words", async () => {
  const text = await page.innerText(".debrief");
  assert.match(text, /What this case teaches/);
  assert.match(text, /Psoas is too far back/);
  const labels = await page.$$eval(".chart-canvas", (all) => all.map((one) => one.getAttribute("aria-label")));
  for (const [what, wanted] of [["temperature", /Temperature of the toes.*left:/s], ["plasma", /Plasma/], ["chain", /Chain blocked.*L3:/s], ["pain", /transmission.*central gain.*expectation.*mixture/s]]) {
    assert.ok(labels.some((label) => wanted.test(label)), `${what}: ${labels.join(" | ").slice(0, 400)}`);
  }
  await page.click("summary:has-text('Measures')");
  const rows = await page.$$eval("details table tbody tr", (all) => all.map((row) => [...row.cells].map((cell) => cell.textContent)));
  assert.ok(rows.filter(([, own, reference]) => own !== "–" && reference !== "–").length >= 5, "measured against the reference run");
  if (shots) {
    mkdirSync(shots, { recursive: true });
    await page.screenshot({ path: path.join(shots, "5-debrief.png"), fullPage: true });
  }
  const { violations } = await new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]).analyze();
  assert.deepEqual(violations.map((v) => `${v.id}: ${v.nodes.map((node) => node.target).join("; ")}`), []);
});

test("fluid and block are seen in 3-D through the hours", async () => {
  await page.click(".debrief button:has-text('Show in 3-D')");
  await page.waitForSelector("input[aria-label='Hours after the drug']", { state: "visible" });
  const words = async (minutes) => {
    await page.locator("input[aria-label='Hours after the drug']").fill(String(minutes));
    return page.innerText(".debrief [role=status].small");
  };
  assert.match(await words(60), /^1 h 0 min · L2 \d+ %, L3 \d+ %, L4 \d+ %/);
  assert.match(await words(720), /^12 h 0 min · L2 0 %, L3 0 %, L4 0 %/, "hours later nothing is blocked");
  const drawn = await page.locator("canvas.three").screenshot(shots ? { path: path.join(shots, "5-hours.png") } : {});
  assert.ok(drawn.length > 8000, `a picture of ${drawn.length} bytes: something is drawn`);
});

test("everything can be taken away: page, PDF, log, JSON, video", async () => {
  const got = async (name) => {
    const [download] = await Promise.all([page.waitForEvent("download"), page.click(`.debrief button:has-text("${name}")`)]);
    return readFileSync(await download.path());
  };
  const html = String(await got("Report (HTML)"));
  assert.match(html, /^<!doctype html>/i);
  assert.match(html, /not a medical device/i);
  assert.ok(!/<script/i.test(html));
  const pdf = await got("Report (PDF)");
  assert.equal(pdf.subarray(0, 5).toString("latin1"), "%PDF-");
  assert.match(pdf.toString("latin1"), /\/MarkInfo|\/StructTreeRoot/, "tagged");
  const log = String(await got("Session log"));
  assert.equal(JSON.parse(log.split("\n")[0]).schema, "rami.session/1");
  assert.equal(JSON.parse(String(await got("Debriefing (JSON)"))).schema, "rami.debrief/1");
  assert.equal(JSON.parse(String(await got("Score (JSON)"))).score.schema, "rami.score/1");
  const video = await got("Video (WebM)");
  assert.equal(video.readUInt32BE(0), 0x1a45dfa3, "EBML, which WebM is");
  assert.ok(video.length > 20_000, `${video.length} bytes`);
});

test("a client that never reads costs no memory, and the block goes on for others", async () => {
  const own = await begin(server);
  allDone(await perform(page, own.id, [{ do: "consent", given: true }, { do: "position_prone" }, { do: "attach_monitoring" }, { do: "shot" }]));
  // Its handler never says that it has seen a picture, and does nothing with what comes.
  await page.evaluate(
    (id) =>
      new Promise((resolve) => {
        const socket = (window.slow = new WebSocket(`ws://${location.host}/api/sessions/${id}/live`, ["rami.v1", `token.${sessionStorage.getItem("rami-token")}`]));
        socket.onopen = () => {
          socket.send(JSON.stringify({ type: "pedal", down: true, pulses_per_s: 20 }));
          resolve();
        };
      }),
    own.id,
  );
  await page.waitForTimeout(1500);
  const [before, frames] = [resident(), async () => (await (await server.api(`/api/sessions/${own.id}/debrief`)).json()).radiation.frames];
  const first = await frames();
  await page.waitForTimeout(8000);
  assert.ok((await frames()) > first + 10, "the pedal went on");
  assert.ok(resident() - before < 40, `${before.toFixed(0)} MB became ${resident().toFixed(0)} MB`);
  await page.evaluate(() => window.slow.close());
});

test("eight blocks at a time share what they have in common", async () => {
  const before = resident();
  for (let i = 0; i < 8; i++) await begin(server);
  const each = (resident() - before) / 8;
  assert.ok(each < 25, `a block more takes ${each.toFixed(1)} MB`);
});
