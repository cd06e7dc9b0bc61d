// A real labelled CT opened in the browser, planned and needled; a real DICOM series dropped, and refused or read as the reader says.

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { launch } from "./browser.js";
import { allDone, begin, needled, open, perform, prepared } from "./perform.js";
import { Server, rami } from "./server.js";

const data = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../../shared/data");
const labelled = path.join(data, "totalsegmentator-example");
const series = path.join(data, "acrin-flt-breast-001");
const skip = existsSync(labelled) && existsSync(series) ? false : `no real CTs at ${data}`;
const shots = process.env.RAMI_SCREENSHOTS;
let server;
let browser;
let page;

before(async () => {
  if (skip) return;
  server = await new Server().start();
  browser = await launch();
  page = await open(browser, server);
});

after(async () => {
  await browser?.close();
  await server?.remove();
});

test("the real labelled CT is opened, planned and needled in the browser", { skip }, async () => {
  await page.fill(".drop ~ *, input[maxlength='80']", "Labelled CT").catch(() => undefined);
  await page.locator("input[aria-label='Choose files']").setInputFiles([path.join(labelled, "ct.nii.gz"), path.join(labelled, "labels.nii.gz")]);
  await page.waitForFunction(() => document.body.innerText.includes("imported.") || [...document.querySelectorAll("section .refusal")].some((p) => p.textContent));
  assert.equal(await page.$$eval("section.card > .refusal", (all) => all.map((p) => p.textContent).join("")), "");
  assert.match(await page.innerText("main"), /What was checked/);
  const cases = await (await server.api("/api/cases")).json();
  const own = cases.find((one) => one.kind === "imported");
  assert.equal(own.state.state, "ready");
  await page.evaluate((id) => (location.hash = `#/plan/${id}`), own.id);
  await page.waitForSelector(".card.is-safe, .card.is-refused");
  await page.waitForFunction(() => [...document.querySelectorAll(".plane canvas")].every((c) => c.getContext("2d").getImageData(192, 192, 1, 1).data[3] > 0));
  if (shots) {
    mkdirSync(shots, { recursive: true });
    await page.screenshot({ path: path.join(shots, "6-real-plan.png") });
  }
  const block = await begin(server, { caseId: own.id });
  const answers = await perform(page, block.id, [...prepared(block), ...needled(block, 30), { do: "shot" }]);
  allDone(answers);
  const moved = answers.flatMap((answer) => answer.events).find((event) => event.event === "needle_moved");
  assert.ok(moved.depth_mm > 20 && moved.force_n > 0, JSON.stringify(moved));
  await page.evaluate(() => localStorage.setItem("rami-coached", "yes"));
  await page.evaluate((id) => (location.hash = `#/theatre/${id}`), block.id);
  await page.waitForFunction(() => Number(document.documentElement.dataset.picture ?? -1) >= 0);
  if (shots) await page.screenshot({ path: path.join(shots, "6-real-theatre.png") });
});

test("the real DICOM series is dropped, and what comes of it is what the reader says", { skip }, async () => {
  const said = spawnSync(rami, ["import", series, "--out", path.join(mkdtempSync(path.join(tmpdir(), "rami-real-")), "case")], { encoding: "utf8" });
  await page.evaluate(() => (location.hash = "#/cases"));
  await page.waitForSelector(".drop");
  const files = readdirSync(series).filter((name) => name.endsWith(".dcm"));
  // Dropped as a person drops them, in one go.
  const handles = page.locator("input[aria-label='Choose a folder']");
  await handles.evaluate((input) => input.addEventListener("change", (event) => {
    event.stopImmediatePropagation();
    const transfer = new DataTransfer();
    for (const file of input.files) transfer.items.add(file);
    document.querySelector(".drop").dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }));
  }, { capture: true, once: true }));
  await handles.evaluate((input) => (input.onchange = null));
  await handles.setInputFiles(series);
  await page.waitForFunction(() => /Sending \d+ of \d+ files|Reading and checking|imported\./.test(document.body.innerText));
  await page.waitForFunction(() => document.body.innerText.includes("imported.") || [...document.querySelectorAll("section .refusal")].some((p) => p.textContent));
  const refused = await page.$$eval("section .refusal", (all) => all.map((p) => p.textContent).join(""));
  assert.ok(files.length > 50);
  // Without labels nothing can be planned: the app says so in words. What the reader itself refuses, it refuses here, too.
  if (said.status !== 0) assert.ok(refused.length > 20, refused);
  else assert.ok(refused === "" || /label/.test(refused), refused);
  assert.equal((await server.api("/api/status")).status, 200);
});
