// The theatre beyond a plain block: machine, fingers, wrong side, guide, anatomy; and every screen in Spanish.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { mkdirSync } from "node:fs";
import path from "node:path";
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
const picture = () => page.evaluate(() => Number(document.documentElement.dataset.picture ?? -1));
const newer = (n) => page.waitForFunction((n) => Number(document.documentElement.dataset.picture ?? -1) > n, n);
const ledger = (name) => page.evaluate((name) => [...document.querySelectorAll(".ledger div")].find((row) => row.textContent.startsWith(name))?.querySelector("dd").textContent, name);
const logged = (words) => page.waitForFunction((text) => document.querySelector(".log")?.textContent?.includes(text), words);
const grey = () => page.evaluate(() => {
  const canvas = document.querySelector(".eye canvas");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return Array.from({ length: canvas.width * canvas.height }, (_, i) => data[4 * i]);
});

async function take(name) {
  if (!shots) return;
  mkdirSync(shots, { recursive: true });
  await page.screenshot({ path: path.join(shots, `${name}.png`) });
}

async function accessible(where) {
  const { violations } = await new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]).analyze();
  assert.deepEqual(violations.map((v) => `${where}: ${v.id}: ${v.help} (${v.nodes.map((node) => node.target).join("; ")})`), []);
}

before(async () => {
  server = await new Server().start();
  browser = await launch();
  page = await open(browser, server, { hasTouch: true });
  await page.evaluate(() => localStorage.setItem("rami-coached", "yes"));
  block = await begin(server);
  allDone(await perform(page, block.id, [...prepared(block), ...needled(block, 25)]));
  await hash(`#/theatre/${block.id}`);
  await page.waitForSelector(".needle-state:has-text('Depth')");
});

after(async () => {
  await browser?.close();
  await server?.remove();
});

test("a smaller field of the detector shows less, larger, at more dose", async () => {
  const shot = async () => {
    const [n, before] = [await picture(), parseFloat(await ledger("DAP"))];
    await page.locator(".eye canvas").focus();
    await page.keyboard.press("s");
    await newer(n);
    await page.waitForFunction((before) => parseFloat([...document.querySelectorAll(".ledger div")].find((row) => row.textContent.startsWith("DAP")).querySelector("dd").textContent) > before, before);
    return parseFloat(await ledger("DAP")) - before;
  };
  await shot();
  const whole = await grey();
  await page.selectOption("select[aria-label='Field of the detector']", "150");
  await page.waitForFunction(() => document.querySelector("select[aria-label='Field of the detector']").value === "150");
  await shot();
  const part = await grey();
  assert.ok(whole.filter((v, i) => Math.abs(v - part[i]) > 12).length > 0.3 * whole.length, "another picture");
  await page.selectOption("select[aria-label='Field of the detector']", "");
});

test("shutters darken what they cover", async () => {
  const range = page.locator("input[aria-label='Collimation']");
  await range.focus();
  await range.fill("100");
  const n = await picture();
  await page.locator(".eye canvas").focus();
  await page.keyboard.press("s");
  await newer(n);
  const rows = await page.evaluate(() => {
    const canvas = document.querySelector(".eye canvas");
    const mean = (y) => {
      const { data } = canvas.getContext("2d").getImageData(60, y, 60, 12);
      return data.filter((_, i) => i % 4 === 0).reduce((a, b) => a + b, 0) / (data.length / 4);
    };
    return [mean(30), mean(480)];
  });
  assert.ok(rows.every((mean) => mean < 60), `the edge is shuttered: ${rows}`);
  await range.fill("300");
});

test("the needle follows a finger, a wheel and keys, and says what is felt", async () => {
  const depth = async () => parseFloat(/Depth ([\d.]+)/.exec(await page.innerText(".needle-state"))[1]);
  const [start, box] = [await depth(), await page.locator(".pad").boundingBox()];
  const [x, y] = [box.x + box.width / 2, box.y + box.height - 6];
  await page.locator(".pad").dispatchEvent("pointerdown", { pointerId: 1, pointerType: "touch", clientX: x, clientY: y });
  for (let i = 1; i <= 8; i++) await page.locator(".pad").dispatchEvent("pointermove", { pointerId: 1, pointerType: "touch", clientX: x, clientY: y - 6 * i });
  await page.locator(".pad").dispatchEvent("pointerup", { pointerId: 1, pointerType: "touch" });
  await page.waitForFunction((start) => parseFloat(/Depth ([\d.]+)/.exec(document.querySelector(".needle-state").textContent)[1]) >= start + 7.95, start);
  const pushed = await depth();
  for (let i = 0; i < 3; i++) await page.locator(".eye canvas").dispatchEvent("wheel", { deltaY: 100, cancelable: true });
  await page.waitForFunction((pushed) => parseFloat(/Depth ([\d.]+)/.exec(document.querySelector(".needle-state").textContent)[1]) <= pushed - 2.9, pushed);
  assert.match(await page.innerText(".needle-state"), /[\d.]+ N/);
  await page.locator(".eye canvas").focus();
  await page.keyboard.press("ArrowRight");
  await page.waitForFunction(() => /bevel 15°/.test(document.querySelector(".needle-state").textContent));
  // A deep needle cannot be pointed elsewhere: tissue holds it, and the room says so.
  await page.keyboard.press(".");
  await page.waitForSelector(".log .refused:has-text('tissue holds')");
  await page.keyboard.press("?");
  await page.waitForSelector("dialog.keys[open]");
  await accessible("keys");
  await page.keyboard.press("Escape");
});

test("the anatomy is hidden at first, drawn over the picture when asked for, and counted", async () => {
  assert.equal((await server.api(`/api/sessions/${block.id}/anatomy`)).status, 409);
  assert.equal(await ledger("Anatomy shown"), "0");
  await page.locator(".eye canvas").focus();
  const n = await picture();
  await page.keyboard.press("s");
  await newer(n);
  const coloured = () => page.evaluate(() => {
    const canvas = document.querySelector(".eye canvas");
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    let count = 0;
    for (let i = 0; i < data.length; i += 4) if (Math.abs(data[i] - data[i + 2]) > 40) count += 1;
    return count;
  });
  assert.equal(await coloured(), 0);
  await page.click("button:has-text('Show me the anatomy')");
  await page.waitForSelector(".anatomy:not([hidden]) .legend li");
  assert.match(await page.innerText(".anatomy"), /The tip is in \w+/);
  await page.waitForFunction(() => document.querySelector(".anatomy .plane canvas")?.getContext("2d").getImageData(192, 192, 1, 1).data[3] > 0);
  assert.ok((await coloured()) > 800, "structures are drawn over the picture");
  assert.equal(await ledger("Anatomy shown"), "1");
  await take("4-anatomy");
  await accessible("anatomy");
  await page.click("button:has-text('Hide the anatomy')");
  assert.equal(await coloured(), 0);
});

test("contrast is watched with what was there before subtracted", async () => {
  allDone(await perform(page, block.id, [{ do: "advance", mm: 19 }, { do: "shot" }, { do: "aspirate" }]));
  await page.selectOption("select[aria-label='Syringe']", "contrast");
  await page.selectOption("select[aria-label='Watched by']", "subtracted");
  const n = await picture();
  await page.click("button:has-text('Inject')");
  await page.waitForFunction(() => [...document.querySelectorAll(".log li")].some((li) => /iohexol/.test(li.textContent)));
  await newer(n);
  // Bones are gone from the subtracted picture: it is much flatter than the plain one.
  const spread = (values) => {
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    return Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length);
  };
  const subtracted = spread(await grey());
  await page.locator(".eye canvas").focus();
  const m = await picture();
  await page.keyboard.press("s");
  await newer(m);
  const plain = spread(await grey());
  assert.ok(subtracted < 0.8 * plain, `${subtracted} against ${plain}`);
});

test("a mark on the wrong side is noticed at the time-out and set right", async () => {
  await hash("#/theatre");
  await page.waitForSelector(".lessons button");
  assert.equal((await page.$$(".lessons li")).length, 10);
  await accessible("lobby");
  await take("4-lobby");
  await page.click(".lessons button:has-text('Wrong side')");
  await page.waitForSelector(".steps button");
  for (const step of ["Sign-in", "Wants it", "No sedation", "Prone", "Monitor on", "Feet bare", "Baseline", "Skin", "Drape", "Time-out"]) {
    await page.locator(`.steps li:not(.done) button:has-text("${step}")`).first().click();
    await page.waitForFunction((words) => [...document.querySelectorAll(".steps .done button")].some((b) => b.textContent.includes(words)), step);
  }
  await logged("mark on the skin says right");
  await page.click("button:has-text('To the skin')");
  await page.waitForSelector(".log .refused:has-text('time-out did not agree')");
  await page.click("button:has-text('Set the side right')");
  await page.waitForFunction(() => ![...document.querySelectorAll(".steps button")].some((b) => b.textContent.includes("Set the side right")));
});

test("toxicity can be treated with everything its script asks for", async () => {
  const options = await page.$$eval("select[aria-label='Treat'] option", (all) => all.map((option) => option.value));
  const lessons = await (await server.api("/api/failures")).json();
  const wanted = lessons.flatMap((lesson) => lesson.expert.filter((step) => step.do === "treat").map((step) => step.with.remedy));
  assert.ok(wanted.length >= 5);
  assert.deepEqual(wanted.filter((remedy) => !options.includes(remedy)), []);
  const named = await page.$$eval("select[aria-label='Recognise'] option", (all) => all.map((option) => option.value));
  const complications = lessons.flatMap((lesson) => lesson.expert.filter((step) => step.do === "recognise").map((step) => step.complication));
  assert.deepEqual(complications.filter((one) => !named.includes(one)), []);
});

const coached = (step) => page.waitForFunction((step) => document.querySelector(".coach")?.textContent?.includes(step), `${step}/8`);

test("the guide leads through a whole block, each mark met by doing what it asks for", async () => {
  await page.evaluate(() => localStorage.removeItem("rami-coached"));
  const own = await begin(server);
  await hash(`#/theatre/${own.id}`);
  await page.waitForSelector(".coach:not([hidden])");
  // Pictures are counted by block: the count of the block before must not stand for this one's.
  await page.evaluate(() => delete document.documentElement.dataset.picture);
  await coached(1);
  await page.waitForSelector("[data-coach=steps].coached");
  await take("4-guide");
  await accessible("guide");
  for (const step of ["Sign-in", "Wants it", "No sedation", "Prone", "Monitor on", "Feet bare", "Baseline", "Skin", "Drape", "Time-out", "Draw up", "Numb"]) {
    await page.locator(`.steps li:not(.done) button:has-text("${step}")`).first().click();
    await page.waitForFunction((words) => [...document.querySelectorAll(".steps .done button")].some((b) => b.textContent.includes(words)), step);
  }
  await coached(2);
  await page.waitForSelector("[data-coach=arm].coached");
  await page.click("button:has-text('Tunnel')");
  await coached(3);
  await page.click("button:has-text('Centre on target')");
  const key = async (name) => {
    await page.locator(".eye canvas").focus();
    await page.keyboard.press(name);
  };
  const n = await picture();
  await key("s");
  await newer(n);
  await coached(4);
  await page.waitForSelector("[data-coach=needle].coached");
  await page.click("button:has-text('To the skin')");
  await coached(5);
  // A little at a time, the bevel turned half round so that the needle runs straight.
  const depth = Math.hypot(...own.aim.target_mm.map((v, i) => v - own.aim.entry_mm[i]));
  const deep = () => page.evaluate(() => parseFloat(/Depth ([\d.]+)/.exec(document.querySelector(".needle-state").textContent)?.[1] ?? "0"));
  for (let gone = 0; gone + 5 <= depth; gone += 5) {
    const from = await deep();
    await key("Shift+ArrowUp");
    await page.waitForFunction((from) => parseFloat(/Depth ([\d.]+)/.exec(document.querySelector(".needle-state").textContent)?.[1] ?? "0") > from, from);
    if (gone % 10 === 0) for (let i = 0; i < 6; i++) await page.click("button:has-text('Bevel +30°')");
  }
  await page.click("button:has-text('Lateral')");
  await key("s");
  await key("a");
  await coached(6);
  await page.waitForSelector("[data-coach=inject].coached");
  await page.selectOption("select[aria-label='Syringe']", "contrast");
  await page.fill("input[aria-label='Volume in ml']", "1");
  await page.click("button:has-text('Inject')");
  await coached(7);
  await accessible("guide, contrast in");
  await page.selectOption("select[aria-label='Call the pattern']", "prevertebral");
  await logged("You call it prevertebral");
  await key("a");
  await page.selectOption("select[aria-label='Syringe']", "drug");
  await page.fill("input[aria-label='Volume in ml']", "5");
  await page.click("button:has-text('Inject')");
  await coached(8);
  await page.waitForSelector("[data-coach=steps].coached");
  await page.click("button:has-text('Take out')");
  await logged("The needle is out");
  for (let i = 0; i < 3; i++) await page.click("button:has-text('Wait 5 min')");
  await page.click("button:has-text('Read temperatures')");
  await page.click("button:has-text('Examine groin')");
  await logged("Groin");
  await page.click("button:has-text('The block works')");
  await page.waitForSelector(".coach", { state: "hidden" });
  assert.equal(await page.evaluate(() => localStorage.getItem("rami-coached")), "yes");
  // What the guide leads to is a block: the chain fails, and everything asked for was done in order.
  const debrief = await (await server.api(`/api/sessions/${own.id}/debrief`)).json();
  assert.equal(debrief.lines.filter((line) => line.refused).length, 0, JSON.stringify(debrief.lines.filter((line) => line.refused).map((line) => line.refused)));
  assert.ok(debrief.block_achieved);
});

test("the guide can be called, passed over mark by mark, and put away for good", async () => {
  const own = await begin(server);
  await hash(`#/theatre/${own.id}`);
  await page.waitForSelector(".steps button");
  assert.ok(await page.locator(".coach").isHidden(), "who has been led once is not led again");
  await page.click("#coach-start");
  for (let step = 1; step <= 8; step++) {
    await coached(step);
    await page.click(".coach button:has-text('Next')");
  }
  await page.waitForSelector(".coach", { state: "hidden" });
  await page.click("#coach-start");
  await coached(1);
  await page.click("button:has-text('Put the guide away')");
  await page.waitForSelector(".coach", { state: "hidden" });
  await page.reload();
  await page.waitForSelector(".steps button");
  assert.ok(await page.locator(".coach").isHidden(), "and stays away");
});

test("every screen holds on a tablet, in Spanish, with motion reduced", async () => {
  await page.click("button[lang=es]");
  await page.emulateMedia({ reducedMotion: "reduce" });
  await page.setViewportSize({ width: 1024, height: 768 });
  for (const [screen, ready] of [["cases", ".case.ready"], ["assess", ".verdict"], ["plan", ".card.is-safe, .card.is-refused"], ["theatre", ".lessons button"], [`theatre/${block.id}`, ".needle-state"], ["debrief", ".sessions"], [`debrief/${block.id}`, ".tissues li"]]) {
    await hash(`#/${screen}`);
    await page.waitForSelector(ready);
    await accessible(screen);
    const [wide, seen] = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
    assert.ok(wide <= seen, `${screen} is wider (${wide}) than the tablet (${seen})`);
    // Everything of the engine's on these screens has Spanish: nothing is left that a screen reader would have to read as English.
    assert.deepEqual(await page.$$eval("main [lang=en]", (all) => all.map((one) => one.textContent)), [], screen);
    await take(`es-${screen.replace(/\/.*/, "-block")}`);
  }
  const still = () => page.evaluate(() => document.querySelector(".monitored canvas")?.toDataURL());
  await hash(`#/theatre/${block.id}`);
  await page.waitForSelector(".monitor dd");
  await page.waitForTimeout(400);
  const first = await still();
  await page.waitForTimeout(600);
  assert.equal(await still(), first, "the trace stands still");
  // What the engine refuses is said in Spanish, too.
  await page.click("button:has-text('A la piel')");
  await page.waitForSelector(".log .refused:has-text('ya hay una aguja puesta')");
  await page.emulateMedia({ reducedMotion: null });
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.click("button[lang=en]");
});

test("nothing broke the page's policy", () => assert.deepEqual(page.complaints, []));
