// The plan's report as a person opens it: in a browser, on paper, with a screen reader.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { AxeBuilder } from "@axe-core/playwright";
import { launch } from "./browser.js";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
const rami = process.env.RAMI_BIN ?? path.join(root, "target/ci/rami");
const example = path.resolve(root, "../shared/data/totalsegmentator-example");
const skip = existsSync(example) ? false : `no real CT at ${example}`;

let browser;
let page;
let folder;
const requests = [];

before(async () => {
  if (skip) return;
  folder = mkdtempSync(path.join(tmpdir(), "rami-report-"));
  execFileSync(rami, [
    "plan",
    path.join(example, "ct.nii.gz"),
    "--labels",
    path.join(example, "labels.nii.gz"),
    "--side",
    "left",
    "--out",
    folder,
  ]);
  browser = await launch();
  page = await (await browser.newContext({ viewport: { width: 1000, height: 1300 } })).newPage();
  page.on("request", (request) => requests.push(request.url()));
  await page.goto(pathToFileURL(path.join(folder, "report.html")).href);
});

after(async () => {
  await browser?.close();
  if (folder) rmSync(folder, { recursive: true });
});

test("the report asks nothing of any network", { skip }, () => {
  const outside = requests.filter((url) => !url.startsWith("file:") && !url.startsWith("data:"));
  assert.deepEqual(outside, []);
});

test("the report says what Rami is, and what it warns of, before the plan", { skip }, async () => {
  const text = await page.innerText("main");
  assert.match(text, /not a medical device/);
  const posture = text.indexOf("done prone");
  assert.ok(posture > 0 && posture < text.indexOf("Enter the skin"), "the posture warning comes first");
  assert.ok(text.indexOf("not a medical device") < text.indexOf("Enter the skin"));
});

test("the figures on the page are those of the plan", { skip }, async () => {
  const plan = JSON.parse(readFileSync(path.join(folder, "plan.json"), "utf8"));
  const chosen = plan.candidates[[plan.chosen].flat()[0]];
  const heading = await page.innerText("h1");
  assert.equal(heading, `${chosen.level} ${chosen.side}`);
  const glance = await page.innerText(".glance");
  assert.ok(glance.includes(`${Math.round(chosen.depth_mm)} mm`), glance);
  assert.ok(glance.includes(`primary ${Math.round(chosen.primary_angle_deg)}°`), glance);
});

test("every picture is drawn and has words for those who cannot see it", { skip }, async () => {
  const pictures = await page.$$eval("img", (images) =>
    images.map((image) => ({ width: image.naturalWidth, words: image.alt.length })),
  );
  assert.equal(pictures.length, 6);
  for (const picture of pictures) {
    assert.ok(picture.width >= 400 && picture.words > 30, JSON.stringify(picture));
  }
});

test("a screen reader and a keyboard find nothing in the way (WCAG 2.2 AA, by axe)", { skip }, async () => {
  const { violations } = await new AxeBuilder({ page })
    .withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"])
    .analyze();
  assert.deepEqual(
    violations.map((violation) => `${violation.id}: ${violation.help}`),
    [],
  );
});

test("a report of both sides prints on two A4 pages, too", { skip }, async () => {
  const both = path.join(folder, "both");
  const labels = path.join(example, "labels.nii.gz");
  execFileSync(rami, ["plan", path.join(example, "ct.nii.gz"), "--labels", labels, "--side", "both", "--out", both]);
  const report = await page.context().newPage();
  await report.goto(pathToFileURL(path.join(both, "report.html")).href);
  const pdf = await report.pdf({ preferCSSPageSize: true, printBackground: false });
  const pages = pdf.toString("latin1").match(/\/Type\s*\/Page[^s]/g) ?? [];
  assert.equal(pages.length, 2);
  await report.close();
});

test("the report prints on two A4 pages", { skip }, async () => {
  const pdf = await page.pdf({ preferCSSPageSize: true, printBackground: false });
  const pages = pdf.toString("latin1").match(/\/Type\s*\/Page[^s]/g) ?? [];
  assert.equal(pages.length, 2);
});
