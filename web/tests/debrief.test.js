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

async function accessible() {
  const { violations } = await new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]).analyze();
  assert.deepEqual(violations.map((v) => `${v.id}: ${v.nodes.map((node) => node.target).join("; ")}`), []);
}

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
  await accessible();
});

/** A surface as the server lays it out: the ends of its points, and how many triangles. */
async function surfaceOf(id, number) {
  const bytes = Buffer.from(await (await server.api(`/api/sessions/${id}/hours/${number}`)).arrayBuffer());
  const [points, triangles] = [bytes.readUInt32LE(0), bytes.readUInt32LE(4)];
  assert.equal(bytes.length, 8 + 12 * (points + triangles));
  const ends = [0, 1, 2].map((axis) => {
    const all = Array.from({ length: points }, (_, i) => bytes.readFloatLE(8 + 12 * i + 4 * axis));
    return [Math.min(...all), Math.max(...all)];
  });
  return { ends, triangles };
}

test("drug and contrast are seen apart, flat and in 3-D, while they are given and through the hours", async () => {
  const own = await begin(server, { chart: await (await server.api("/api/chart/example")).json() });
  const drug = { do: "inject", label: "drug", volume_ml: 5, rate_ml_s: 0.25, watch: "blind" };
  allDone(await perform(page, own.id, [
    ...prepared(own), ...needled(own, 0), { do: "shot" }, { do: "aspirate" }, { do: "inject", label: "contrast", volume_ml: 2, rate_ml_s: 0.5, watch: "live" }, { do: "aspirate" }, drug, { do: "aspirate" }, drug,
  ]));
  const hours = await (await server.api(`/api/sessions/${own.id}/hours`)).json();
  const { moments } = hours;
  assert.equal(hours.schema, "rami.hours/1");
  // During the injection each syringe half and whole, then the hours.
  assert.deepEqual(moments.flatMap(({ giving }) => (giving ? [`${giving.volume_ml} ${giving.agent}`] : [])), ["1 iohexol", "2 iohexol", "2.5 bupivacaine", "5 bupivacaine", "2.5 bupivacaine", "5 bupivacaine"]);
  const after = moments.filter((moment) => !moment.giving);
  assert.deepEqual(after.map((moment) => Math.round(moment.since_drug_min)), [5, 15, 30, 60, 120, 240, 480, 720]);
  assert.ok(moments[1].contrast.mass_mg > 590 && moments[1].contrast.mass_mg <= 600 && moments[1].drug.shells.length === 0, "2 ml of 300 mg iodine");
  assert.ok(moments[5].drug.mass_mg > 24 && moments[5].drug.mass_mg <= 25, "10 ml of 2.5 mg/ml");
  for (let i = 1; i < after.length; i++) assert.ok(after[i].drug.mass_mg < after[i - 1].drug.mass_mg, "drug is absorbed");
  const most = (of) => Math.max(...moments.map((moment) => moment.blocked[of][1]));
  assert.ok(most("left") > 0.9 && most("right") < 0.5, `${most("left")} and ${most("right")} at L3`);
  assert.ok(after.at(-1).blocked.left[1] < most("left"));
  // Shells lie in one another, and the outermost about the tip.
  const [tip] = (await (await server.api(`/api/sessions/${own.id}/debrief`)).json()).deposits.map((deposit) => deposit.tip_mm);
  const shells = await Promise.all(moments[5].drug.shells.map((shell) => surfaceOf(own.id, shell.surface)));
  assert.equal(shells.length, 3);
  assert.ok(shells.every((shell) => shell.triangles > 100));
  for (let i = 1; i < 3; i++) shells[i].ends.forEach(([low, high], axis) => assert.ok(low >= shells[i - 1].ends[axis][0] && high <= shells[i - 1].ends[axis][1]));
  shells[0].ends.forEach(([low, high], axis) => assert.ok(low - 10 < tip[axis] && tip[axis] < high + 10, `${low}..${high} about ${tip}`));
  assert.equal((await server.api(`/api/sessions/${own.id}/hours/999`)).status, 404);

  // The report has the person, and the same injection with other draws of tissue and nerve.
  const { address } = await (await server.api(`/api/sessions/${own.id}/report`, { method: "POST" })).json();
  const report = await (await server.api(address)).text();
  assert.match(report, /walk my daughter to school/);
  assert.match(report, /\d of 5 draws/);

  await hash(`#/debrief/${own.id}`);
  const slider = page.locator("input[aria-label='Moment']");
  await slider.waitFor();
  const words = async (moment) => {
    await slider.fill(String(moment));
    return page.innerText(".hours [role=status]");
  };
  const many = (red, green, blue) => page.evaluate(([red, green, blue]) => {
    const canvas = document.querySelector(".hours canvas[role=img]");
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    let count = 0;
    // Dots are drawn three quarters opaque over the dark ground.
    for (let i = 0; i < data.length; i += 4) if (Math.abs(data[i] - red) + Math.abs(data[i + 1] - green) + Math.abs(data[i + 2] - blue) < 60) count += 1;
    return count;
  }, [red, green, blue]);
  const [violet, blue, red] = [() => many(146, 101, 196), () => many(135, 166, 196), () => many(255, 90, 80)];
  assert.match(await words(1), /^2\.0 ml of iohexol in · drug in tissue 0\.0 mg.*iodine (59\d|600) mg · fails on the left: L2 0 %, L3 0 %, L4 0 %/);
  assert.ok((await blue()) > 300 && (await violet()) < 20 && (await red()) === 0, "contrast alone, and nothing fails");
  const half = moments.findIndex((moment) => Math.round(moment.since_drug_min ?? 0) === 30 && !moment.giving);
  assert.match(await words(half), /^30 min after the drug · drug in tissue \d+\.\d mg, at most 0\.\d+ mg\/ml · iodine \d+ mg · fails on the left: L2 \d+ %, L3 (9\d|100) %/);
  assert.ok((await violet()) > 300 && (await red()) > 100, "drug, and a trunk that fails");
  await page.uncheck(".hours label:has-text('Local anaesthetic') input");
  assert.ok((await violet()) < 20 && (await blue()) > 150, "contrast apart");
  await page.check(".hours label:has-text('Local anaesthetic') input");

  await page.click(".debrief button:has-text('Show in 3-D')");
  const three = page.locator("canvas.three");
  const shown = (moment) => moments[moment].drug.shells.length + moments[moment].contrast.shells.length;
  const look = async (moment, count, name) => {
    await words(moment);
    await page.waitForFunction((count) => document.querySelector(".space")?.dataset.shells === String(count), count);
    await page.waitForTimeout(1000);
    return three.screenshot(shots && name ? { path: path.join(shots, name) } : {});
  };
  const early = await look(half, shown(half), "5-hours.png");
  const late = await look(moments.length - 1, shown(moments.length - 1), "5-hours-late.png");
  await page.uncheck(".hours label:has-text('Contrast') input");
  const apart = await look(half, moments[half].drug.shells.length, "5-hours-drug.png");
  assert.ok(!early.equals(late) && !early.equals(apart), "each moment, and each fluid, has its picture");
  await page.check(".hours label:has-text('Contrast') input");
  assert.ok((await look(half, shown(half))).equals(early), "and going back shows the same again");
  await accessible();
  await hash(`#/debrief/${block.id}`);
  await page.waitForSelector(".debrief .tissues li");
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
