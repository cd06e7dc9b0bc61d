// The app as a trainee uses it, in a browser: every screen, a whole block, and what must not be lost.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { AxeBuilder } from "@axe-core/playwright";
import { chromium } from "playwright-core";
import { launch, unlinked } from "./browser.js";
import { Server, rami } from "./server.js";

const PATIENCE = 180_000;
let server;
let browser;
let page;
const outside = [];
const complaints = [];
const shots = process.env.RAMI_SCREENSHOTS;

async function open(url) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: "en-GB" });
  await unlinked(context);
  const opened = await context.newPage();
  opened.setDefaultTimeout(PATIENCE);
  opened.on("request", (request) => {
    if (!request.url().startsWith(`http://127.0.0.1:${server.port}/`) && !/^(blob|data):/.test(request.url())) outside.push(request.url());
  });
  opened.on("console", (message) => {
    if (message.type() === "error" && /content security|CSP/i.test(message.text())) complaints.push(message.text());
  });
  opened.on("pageerror", (error) => complaints.push(error.message));
  await opened.goto(url);
  return opened;
}

async function picture(name) {
  if (!shots) return;
  mkdirSync(shots, { recursive: true });
  await page.screenshot({ path: path.join(shots, `${name}.png`) });
}

async function accessible() {
  const { violations } = await new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]).analyze();
  assert.deepEqual(violations.map((violation) => `${violation.id}: ${violation.help} (${violation.nodes.map((node) => node.target).join("; ")})`), []);
}

const go = (name) => page.click(`nav a[href="#/${name}"]`);
const logged = (words) => page.waitForFunction((text) => document.querySelector(".log")?.textContent?.includes(text), words);
const picturesSoFar = () => page.evaluate(() => Number(document.documentElement.dataset.picture ?? -1));
const state = async () => {
  const rows = await page.$$eval(".ledger dt, .ledger dd", (cells) => cells.map((cell) => cell.textContent));
  return rows.join("|") + (await page.innerText(".needle-state"));
};

before(async () => {
  server = await new Server().start();
  browser = await launch();
  page = await open(server.url);
});

after(async () => {
  await browser?.close();
  await server?.remove();
});

test("the address opens the cases, and its token leaves the address bar", async () => {
  await page.waitForSelector(".case.ready");
  assert.ok(!page.url().includes(server.token));
  await accessible();
  await picture("1-cases");
});

test("a chart is assessed item by item, and the decision aid opens in its own frame", async () => {
  await go("assess");
  await page.waitForSelector(".verdict");
  assert.ok((await page.$$(".criteria li")).length >= 4);
  await picture("2-assess");
  await accessible();
  await page.click("summary:has-text('Person')");
  await page.fill('[data-path="person.weight_kg"]', "6800");
  await page.click("button:has-text('Assess')");
  await page.waitForFunction(() => /weight_kg.*outside/.test(document.querySelector(".refusal")?.textContent ?? ""));
  await page.fill('[data-path="person.weight_kg"]', "68");
  await page.click("button:has-text('Decision aid')");
  const frame = await (await page.waitForSelector("iframe.document")).contentFrame();
  await frame.waitForSelector("h1");
  assert.match(await frame.innerText("main"), /block/i);
});

test("a plan is looked at, and a dragged path is judged anew", async () => {
  await go("plan");
  await page.waitForSelector(".card.is-safe, .card.is-refused");
  const canvas = page.locator(".plane canvas").first();
  await page.waitForFunction(() => [...document.querySelectorAll(".plane canvas")].every((c) => c.getContext("2d").getImageData(192, 192, 1, 1).data[3] > 0));
  const before = await page.innerText(".figures");
  await canvas.focus();
  for (let i = 0; i < 4; i++) await page.keyboard.press("Control+ArrowRight");
  await page.waitForFunction((old) => document.querySelector(".figures")?.innerText !== old, before);
  await page.waitForSelector(".tag:has-text('Your path')");
  await picture("3-plan");
  await accessible();
  await page.click("button:has-text('Back to the plan')");
  await page.waitForFunction((old) => document.querySelector(".figures")?.innerText === old, before);
});

test("a whole block by keyboard and mouse", async () => {
  await page.click("button:has-text('Rehearse this path')");
  await page.waitForSelector("button:has-text('Begin')");
  await accessible();
  await page.click("button:has-text('Begin')");
  await page.waitForSelector(".steps button");
  await page.waitForSelector(".coach:not([hidden])");
  await page.click("button:has-text('Put the guide away')");
  // Too early: the room says why not.
  await page.locator("button:has-text('To the skin')").click();
  await page.waitForSelector(".log .refused");
  for (const step of ["Sign-in", "Wants it", "No sedation", "Prone", "Monitor on", "Feet bare", "Baseline", "Skin", "Drape", "Time-out", "Draw up syringes", "Numb skin"]) {
    const button = page.locator(`.steps li:not(.done) button:has-text("${step}")`).first();
    await button.click();
    await page.waitForFunction((words) => [...document.querySelectorAll(".steps .done button")].some((b) => b.textContent.includes(words)), step);
  }
  await page.locator(".fluoro canvas").first().focus();
  await page.keyboard.press("2");
  await logged("C-arm");
  let shown = await picturesSoFar();
  await page.keyboard.press("s");
  await page.waitForFunction((n) => Number(document.documentElement.dataset.picture ?? -1) > n, shown);
  await page.locator("button:has-text('To the skin')").click();
  await logged("at the skin");
  // The pedal is held on the space bar while the needle goes in.
  shown = await picturesSoFar();
  await page.locator(".fluoro canvas").first().focus();
  await page.keyboard.down("Space");
  await page.waitForFunction((n) => Number(document.documentElement.dataset.picture ?? -1) >= n + 3, shown);
  for (let i = 0; i < 8; i++) await page.keyboard.press("Shift+ArrowUp");
  await logged("Depth 40.0 mm");
  await page.keyboard.up("Space");
  // What was under way when the foot came off still arrives, later on a busy machine; then the last picture is held.
  let still = -1;
  for (let i = 0; i < 20 && still !== (await picturesSoFar()); i++) {
    still = await picturesSoFar();
    await page.waitForTimeout(500);
  }
  await page.waitForTimeout(700);
  assert.equal(await picturesSoFar(), still, "the last picture is held");
  await page.keyboard.press("k");
  await picture("4-theatre");
  await accessible();
  await page.keyboard.press("3");
  for (let i = 0; i < 11; i++) await page.keyboard.press("Shift+ArrowUp");
  await page.waitForFunction(() => /Depth (9\d|10\d|8\d)/.test(document.querySelector(".log")?.textContent ?? "") || document.querySelector(".needle-state")?.textContent?.includes("on bone"));
  await page.keyboard.press("s");
  await page.keyboard.press("a");
  await logged("Aspiration");
  await page.selectOption("select[aria-label='Syringe']", "contrast");
  await page.click("button:has-text('Inject')");
  await page.waitForFunction(() => [...document.querySelectorAll(".log li")].some((li) => /iohexol/.test(li.textContent)));
  await page.selectOption("select[aria-label='Call the pattern']", "prevertebral");
  await page.keyboard.press("Escape");
  await page.locator(".fluoro canvas").first().focus();
  await page.keyboard.press("a");
  await page.selectOption("select[aria-label='Syringe']", "drug");
  await page.fill("input[aria-label='Volume in ml']", "5");
  await page.click("button:has-text('Inject')");
  await page.waitForFunction(() => [...document.querySelectorAll(".log li")].some((li) => /bupivacaine in/.test(li.textContent)));
  await page.click("button:has-text('Take out')");
  await logged("The needle is out");
  await page.click("button:has-text('Wait 5 min')");
  await page.click("button:has-text('Read temperatures')");
  await page.click("button:has-text('Examine groin')");
  await logged("Groin");
  await page.click("button:has-text('The block works')");
  await logged("judged");
});

test("reloading in the middle loses nothing, and a second tab sees the same block", async () => {
  const before = await state();
  await page.reload();
  await page.waitForFunction(() => document.querySelectorAll(".ledger dd").length > 5);
  assert.equal(await state(), before);
  const tab = await page.context().newPage();
  // A new tab has no token of its own: the printed address gives it one, then the block's address.
  await tab.goto(server.url);
  await tab.goto(page.url());
  await tab.waitForFunction(() => document.querySelectorAll(".ledger dd").length > 5);
  await tab.close();
});

test("a killed server goes on where it was", async () => {
  const before = await state();
  await server.kill();
  await page.waitForFunction(() => document.querySelector(".connection")?.textContent !== "");
  const old = server.token;
  await server.start();
  assert.notEqual(server.token, old);
  const address = page.url().split("#")[1];
  await page.goto("about:blank");
  await page.goto(server.url);
  await page.waitForSelector(".cases");
  await page.evaluate((hash) => (location.hash = hash), address);
  await page.waitForFunction(() => document.querySelectorAll(".ledger dd").length > 5);
  assert.equal(await state(), before);
});

test("the debriefing replays the block and shows where the fluid went", async () => {
  // The person has not gone home: the app asks first, since the debriefing shows the truth.
  page.once("dialog", (dialog) => dialog.accept());
  await page.click(".theatre a:has-text('Debrief')");
  await page.waitForSelector(".debrief");
  await page.waitForFunction(() => document.querySelector(".debrief .fluoro figcaption")?.textContent?.includes("°"));
  assert.ok((await page.$$(".tissues li")).length >= 2, "the tip went through tissues");
  await picture("5-debrief");
  // The chart that was entered on the second screen went into the block, and is in its report.
  await page.click("button:text-is('Report')");
  const frame = await (await page.waitForSelector("dialog iframe.document")).contentFrame();
  await frame.waitForSelector("h1");
  assert.match(await frame.innerText("main, body"), /walk my daughter to school/);
  await page.click("dialog button:has-text('Close')");
  await accessible();
});

test("the app speaks Spanish", async () => {
  await page.click("button[lang=es]");
  assert.equal(await page.getAttribute("html", "lang"), "es");
  await go("cases");
  await page.waitForSelector("h1:has-text('Casos')");
  await accessible();
  await page.click("button[lang=en]");
});

test("nothing was asked of any other host, and no policy was broken", () => {
  assert.deepEqual(outside, []);
  assert.deepEqual(complaints, []);
});

test("a DICOM folder is imported; what is no CT is refused in words", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "rami-dicom-"));
  try {
    execFileSync(rami, ["phantom", "--seed", "3", "--spacing", "4", "--dicom", "--out", folder], { stdio: "pipe" });
    const series = path.join(folder, "series");
    assert.ok(existsSync(series) && readdirSync(series).length > 20);
    await go("cases");
    await page.locator("input[aria-label='Choose a folder']").setInputFiles(series);
    // Without labels nothing can be planned: the reader says so, and names the way out.
    await page.waitForFunction(() => /label/.test([...document.querySelectorAll(".refusal")].map((p) => p.textContent).join(" ")));
    await page.locator("input[aria-label='Choose files']").setInputFiles([path.join(folder, "ct.nii.gz"), path.join(folder, "labels.nii.gz")]);
    await page.waitForFunction(() => document.body.innerText.includes("imported."));
    writeFileSync(path.join(folder, "notes.txt"), "not a scan");
    await page.locator("input[aria-label='Choose files']").setInputFiles(path.join(folder, "notes.txt"));
    await page.waitForFunction(() => /DICOM/.test([...document.querySelectorAll(".refusal")].map((p) => p.textContent).join(" ")));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("without WebGL the app says so, and slices are still there", async () => {
  const plain = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-3d-apis", "--disable-gpu"] });
  try {
    const blind = await plain.newPage({ viewport: { width: 1280, height: 800 }, locale: "en-GB" });
    blind.setDefaultTimeout(PATIENCE);
    await blind.goto(server.url);
    await blind.waitForSelector(".case.ready");
    await blind.click('nav a[href="#/plan"]');
    await blind.waitForSelector(".card.is-safe, .card.is-refused");
    await blind.click("button:has-text('Show 3-D')");
    await blind.waitForSelector(".space .refusal:has-text('WebGL')");
    await blind.waitForFunction(() => document.querySelector(".plane canvas").getContext("2d").getImageData(192, 192, 1, 1).data[3] > 0);
  } finally {
    await plain.close();
  }
});

test("the log of a session is the one that `rami replay` reads", async () => {
  const sessions = await (await server.api("/api/sessions")).json();
  assert.ok(sessions.length >= 1);
  const text = await (await server.api(`/api/sessions/${sessions[0].id}/session.jsonl`)).text();
  const lines = text.trim().split("\n").map((line) => JSON.parse(line));
  assert.equal(lines[0].schema, "rami.session/1");
  assert.deepEqual(lines.slice(1).map((line) => line.n), lines.slice(1).map((_, index) => index + 1));
  assert.equal(readFileSync(path.join(server.data, "sessions", `${sessions[0].id}.jsonl`), "utf8"), text);
});
