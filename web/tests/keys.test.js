// Keys of the theatre: none is lost while something is under way, while another control has the focus, or while nobody listens.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch } from "./browser.js";
import { allDone, begin, needled, open, perform, prepared } from "./perform.js";
import { Server } from "./server.js";

let server;
let browser;
let page;
let block;

const record = async () => (await (await server.api(`/api/sessions/${block.id}/debrief`)).json()).lines;
const room = () => page.locator(".eye canvas").focus();
/** Does this at once, without waiting for what comes of it, and answers with the lines it made. */
async function lines(what, count) {
  const before = (await record()).length;
  await what();
  for (let i = 0; i < 200; i++) {
    const now = await record();
    if (now.length >= before + count) {
      await page.waitForTimeout(150);
      return (await record()).slice(before);
    }
    await page.waitForTimeout(50);
  }
  return (await record()).slice(before);
}
const named = (made) => made.map((line) => `${line.action.do}${line.refused ? " refused" : ""}`);

before(async () => {
  server = await new Server().start();
  browser = await launch();
  page = await open(browser, server);
  await page.evaluate(() => localStorage.setItem("rami-coached", "yes"));
  block = await begin(server);
  allDone(await perform(page, block.id, [...prepared(block), ...needled(block, 0).slice(0, 2)]));
  await page.evaluate((id) => (location.hash = `#/theatre/${id}`), block.id);
  await page.waitForSelector(".needle-state:has-text('Depth')");
});

after(async () => {
  await browser?.close();
  await server?.remove();
});

test("keys pressed faster than the arm turns add up", async () => {
  await page.click("button:has-text('AP')");
  await page.waitForFunction(() => document.querySelector("input[type=range][aria-label='Primary angle']").value === "180");
  await room();
  const made = await lines(async () => {
    for (let i = 0; i < 4; i++) await page.keyboard.press("[");
    for (let i = 0; i < 3; i++) await page.keyboard.press("'");
  }, 7);
  assert.deepEqual(made.map(({ action }) => [action.primary_deg, action.secondary_deg]), [[175, 0], [170, 0], [165, 0], [160, 0], [160, 5], [160, 10], [160, 15]]);
  await page.waitForFunction(() => document.querySelector("input[type=number][aria-label='Primary angle']").value === "160");
});

test("so do directions of the needle and fields of the detector", async () => {
  await room();
  const needle = (await lines(async () => {
    for (let i = 0; i < 3; i++) await page.keyboard.press(".");
  }, 3)).map(({ action }) => action.direction);
  const way = block.aim.target_mm.map((v, i) => v - block.aim.entry_mm[i]);
  const across = ([x, y]) => (Math.atan2(y, x) * 180) / Math.PI;
  const turned = needle.map((direction) => ((across(direction) - across(way)) % 360 + 360) % 360);
  turned.forEach((deg, i) => assert.ok(Math.abs(Math.min(deg, 360 - deg) - 2 * (i + 1)) < 0.01, `${turned}`));
  const fields = await lines(async () => {
    for (let i = 0; i < 3; i++) await page.keyboard.press("m");
  }, 3);
  assert.deepEqual(fields.map(({ action }) => action.field_mm ?? null), [230, 150, null]);
});

test("what is pressed while the arm turns is done after it, in order", async () => {
  const made = await lines(async () => {
    await page.click("button:has-text('Lateral')");
    await page.keyboard.press("s");
    await page.keyboard.press("a");
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("ArrowDown");
  }, 5);
  assert.deepEqual(named(made), ["move_c_arm", "shot", "aspirate", "advance", "withdraw"]);
  assert.equal(made[4].action.mm, 2);
});

test("a slider keeps the keys that move it, and no others", async () => {
  await page.locator("input[type=range][aria-label='Primary angle']").focus();
  const made = await lines(async () => {
    for (const key of ["s", "a", "]", "ArrowRight"]) await page.keyboard.press(key);
  }, 4);
  assert.deepEqual(named(made), ["shot", "aspirate", "move_c_arm", "move_c_arm"]);
  assert.equal(made[3].action.primary_deg, made[2].action.primary_deg + 1, "the slider went on from where the key had turned the arm");
  const pulses = await lines(async () => {
    await page.keyboard.down("Space");
    await page.waitForTimeout(300);
    await page.keyboard.up("Space");
  }, 2);
  assert.ok(pulses.length >= 2 && pulses.every((line) => line.action.do === "live"), `${named(pulses)}`);
});

test("a number keeps its figures, a choice its arrows, a text everything", async () => {
  const volume = page.locator("input[aria-label='Volume in ml']");
  await volume.fill("");
  assert.deepEqual(named(await lines(async () => {
    for (const key of ["3", ".", "5", "s"]) await page.keyboard.press(key);
  }, 1)), ["shot"]);
  assert.equal(await volume.inputValue(), "3.5");
  const syringe = page.locator("select[aria-label='Syringe']");
  await syringe.focus();
  const kept = await syringe.inputValue();
  assert.deepEqual(named(await lines(() => page.keyboard.press("a"), 1)), ["aspirate"]);
  assert.equal(await syringe.inputValue(), kept);
  await page.click("details:has-text('Draw up') summary");
  const label = page.locator("input[aria-label='Label']");
  await label.fill("");
  assert.deepEqual(named(await lines(() => page.keyboard.type("as m"), 0)), []);
  assert.equal(await label.inputValue(), "as m");
  await page.click("details:has-text('Draw up') summary");
});

test("an emptied number does nothing, says so, and what comes after it is done", async () => {
  const volume = page.locator("input[aria-label='Volume in ml']");
  await page.locator("select[aria-label='Syringe']").selectOption("contrast");
  await volume.fill("");
  await page.evaluate(() => (document.getElementById("live").textContent = ""));
  const made = await lines(async () => {
    await page.click("button:has-text('Inject')");
    await page.waitForFunction(() => document.getElementById("live").textContent.includes("a number is missing"), null, { timeout: 5000 });
    await room();
    await page.keyboard.press("s");
  }, 1);
  assert.deepEqual(named(made), ["shot"]);
  await volume.fill("1");
  // An angle that was wiped out is no angle of nought: the arm stays.
  const angle = page.locator("input[type=number][aria-label='Primary angle']");
  const stood = await angle.inputValue();
  await angle.fill("");
  await angle.press("Enter");
  assert.deepEqual(named(await lines(() => angle.blur(), 0)), []);
  assert.equal(await angle.inputValue(), stood);
});

test("without a server a key and the pedal say that nothing was done", async () => {
  await room();
  await server.kill();
  await page.waitForFunction(() => document.querySelector(".connection")?.textContent !== "");
  for (const key of ["s", "Space", "3"]) {
    await page.evaluate(() => (document.getElementById("live").textContent = ""));
    await page.keyboard.press(key);
    await page.waitForFunction(() => document.getElementById("live").textContent.includes("not connected"), null, { timeout: 5000 });
  }
  assert.equal(await page.getAttribute(".pedal", "aria-pressed"), "false");
  await server.start();
});

test("nothing broke the page's policy", () => assert.deepEqual(page.complaints, []));
