// What every screen looks like, against committed pictures: 1280 × 800 and, under fingers, a tablet lying; in English.
//
// Letters come from the locked packages (letters.js), and no screen may use another font. `screens/machine.json` says which
// Chromium drew the references, and what it made of a probe of letters and controls. Where this machine makes the same of the
// probe, screens are compared pixel by pixel: one differs when a channel is off by more than CHANNEL of 255, a screen when more
// than SHARE of its pixels do. Where it draws otherwise, the test says so and compares means of blocks of BLOCK × BLOCK pixels:
// a block differs when a channel is off by more than COARSE_CHANNEL, a screen when more than COARSE_SHARE of its blocks do.
// What moves with the wall's clock is masked, figures are shown as 0, and the score's words and colours are levelled: this is how
// screens look, and what models come to is for other tests. RAMI_BLESS=1 writes anew what differs; look at it before it is committed.

import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { AxeBuilder } from "@axe-core/playwright";
import { launch } from "./browser.js";
import { FLAGS, lettered, loaded, probed, strangers } from "./letters.js";
import { allDone, begin, needled, open, perform, prepared } from "./perform.js";
import { Server } from "./server.js";

const CHANNEL = 24;
const SHARE = 0.0005;
const BLOCK = 8;
const COARSE_CHANNEL = 16;
const COARSE_SHARE = 0.004;
const SIZES = { desk: { width: 1280, height: 800 }, tablet: { width: 1024, height: 768 } };
const folder = path.join(path.dirname(fileURLToPath(import.meta.url)), "screens");
const machine = path.join(folder, "machine.json");
const bless = process.env.RAMI_BLESS === "1";

let server;
let browser;
let page;
let judge;
let fingers;
let fine = true;
let block;
let quiz;

const hash = (to) => page.evaluate((to) => (location.hash = to), to);
const still = (selector) => page.waitForSelector(selector);

before(async () => {
  server = await new Server().start();
  browser = await launch(...FLAGS);
  page = await open(browser, server, { reducedMotion: "reduce", deviceScaleFactor: 1, prepare: lettered });
  await loaded(page);
  judge = await browser.newPage();
  fingers = await page.context().newCDPSession(page);
  const now = await probed(browser);
  if (bless) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(machine, `${JSON.stringify(now, null, 2)}\n`);
  }
  const then = JSON.parse(readFileSync(machine, "utf8"));
  fine = now.pixels === then.pixels;
  if (!fine) {
    console.log(`this machine draws letters or controls otherwise (Chromium ${now.chromium}) than the one of the references (Chromium ${then.chromium}):`);
    console.log(`screens are compared by means of ${BLOCK} × ${BLOCK} pixels, ${100 * COARSE_SHARE} % of which may be off by more than ${COARSE_CHANNEL}, and not pixel by pixel`);
  }
  await page.evaluate(() => localStorage.setItem("rami-coached", "yes"));
  block = await begin(server);
  const drug = { do: "inject", label: "drug", volume_ml: 5, rate_ml_s: 0.25, watch: "blind" };
  allDone(await perform(page, block.id, [
    ...prepared(block), ...needled(block, 0), { do: "shot" }, { do: "aspirate" }, { do: "inject", label: "contrast", volume_ml: 2, rate_ml_s: 0.5, watch: "live" },
    { do: "call_pattern", pattern: "prevertebral" }, { do: "aspirate" }, drug, { do: "move_c_arm", primary_deg: 90, secondary_deg: 0 }, { do: "shot" },
  ]));
  quiz = await begin(server, { failure: "psoas" });
});

after(async () => {
  await browser?.close();
  await server?.remove();
});

/** What share of pixels differs, what share of blocks, and where the pixels are. */
async function compared(one, two) {
  return judge.evaluate(async ({ one, two, channel, block, coarse }) => {
    const read = async (base64) => {
      const bitmap = await createImageBitmap(await (await fetch(`data:image/png;base64,${base64}`)).blob());
      const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
      context.drawImage(bitmap, 0, 0);
      return context.getImageData(0, 0, bitmap.width, bitmap.height);
    };
    const [a, b] = await Promise.all([read(one), read(two)]);
    if (a.width !== b.width || a.height !== b.height) return { pixels: 1, blocks: 1, where: `${a.width} × ${a.height}, not ${b.width} × ${b.height}` };
    let count = 0;
    const box = [a.width, a.height, 0, 0];
    const across = Math.ceil(a.width / block);
    const down = Math.ceil(a.height / block);
    // Sums of the differences of a block, and how many pixels it has.
    const sums = new Float64Array(across * down * 4);
    for (let i = 0; i < a.data.length; i += 4) {
      const [x, y] = [(i / 4) % a.width, Math.floor(i / 4 / a.width)];
      const at = 4 * (Math.floor(y / block) * across + Math.floor(x / block));
      sums[at + 3] += 1;
      let off = false;
      for (let c = 0; c < 3; c++) {
        const difference = a.data[i + c] - b.data[i + c];
        sums[at + c] += difference;
        off ||= Math.abs(difference) > channel;
      }
      if (!off) continue;
      count += 1;
      [box[0], box[1], box[2], box[3]] = [Math.min(box[0], x), Math.min(box[1], y), Math.max(box[2], x), Math.max(box[3], y)];
    }
    let blocks = 0;
    for (let at = 0; at < sums.length; at += 4) if ([0, 1, 2].some((c) => Math.abs(sums[at + c]) > coarse * sums[at + 3])) blocks += 1;
    return { pixels: count / (a.width * a.height), blocks: blocks / (across * down), where: count > 0 ? box : null };
  }, { one: one.toString("base64"), two: two.toString("base64"), channel: CHANNEL, block: BLOCK, coarse: COARSE_CHANNEL });
}

const differs = ({ pixels, blocks }) => (fine ? pixels > SHARE : blocks > COARSE_SHARE);
const told = ({ pixels, blocks, where }) => `${(100 * pixels).toFixed(4)} % of the pixels and ${(100 * blocks).toFixed(3)} % of the blocks differ${where ? `, within ${where}` : ""}`;

async function holds(name, size, masks = []) {
  await page.mouse.move(0, 0);
  await page.evaluate(() => {
    window.scrollTo(0, 0);
    document.activeElement?.blur();
    document.getElementById("live")?.classList.remove("shown");
  });
  await page.waitForTimeout(400);
  const shoot = () => page.screenshot({ animations: "disabled", caret: "hide", mask: masks.map((selector) => page.locator(selector)), maskColor: "#404040" });
  // Slices and pictures come when they are drawn: a screen counts once it stands still.
  let taken = await shoot();
  for (let i = 0; i < 20; i++) {
    await page.waitForTimeout(700);
    const next = await shoot();
    const stands = next.equals(taken);
    taken = next;
    if (stands) break;
  }
  await page.evaluate(() => {
    document.querySelectorAll(".debrief td small").forEach((words) => (words.textContent = "words"));
    document.querySelectorAll(".debrief tr.bad").forEach((row) => row.classList.remove("bad"));
    document.querySelectorAll(".debrief ul.refusal").forEach((list) => list.remove());
    document.querySelectorAll(".debrief .verdict").forEach((verdict) => (verdict.className = "verdict clear"));
    const words = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
    while (words.nextNode()) if (/\d/.test(words.currentNode.data)) words.currentNode.data = words.currentNode.data.replaceAll(/\d/g, "0");
  });
  taken = await shoot();
  const reference = path.join(folder, `${name}-${size}.png`);
  const kept = existsSync(reference) ? readFileSync(reference) : null;
  assert.ok(kept || bless, `there is no reference ${reference}: RAMI_BLESS=1 writes it`);
  const found = kept ? await compared(kept, taken) : { pixels: 1, blocks: 1, where: null };
  console.log(`${name}-${size}: ${told(found)}`);
  if (bless && found.pixels > 0) writeFileSync(reference, taken);
  if (bless || !differs(found)) return;
  if (process.env.RAMI_SCREENSHOTS) {
    mkdirSync(process.env.RAMI_SCREENSHOTS, { recursive: true });
    writeFileSync(path.join(process.env.RAMI_SCREENSHOTS, `${name}-${size}-now.png`), taken);
  }
  assert.fail(`${name} at ${size}: ${told(found)}; RAMI_SCREENSHOTS=folder keeps what it looks like now, and where that is meant RAMI_BLESS=1 makes it the reference`);
}

async function accessible(where) {
  const { violations } = await new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]).analyze();
  assert.deepEqual(violations.map((v) => `${where}: ${v.id}: ${v.help} (${v.nodes.map((node) => node.target).join("; ")})`), []);
}

const painted = () => page.waitForFunction(() => [...document.querySelectorAll(".plane canvas")].every((c) => c.getContext("2d").getImageData(192, 192, 1, 1).data[3] > 0));
const pictured = () => page.waitForFunction(() => document.querySelector(".fluoro figcaption")?.textContent?.includes("°"));

/** Every screen: its name, how one gets there, when it is there, and what of it moves with the wall's clock. */
const SCREENS = [
  ["cases", async () => (await hash("#/cases"), still(".case.ready")), []],
  ["assess", async () => (await hash("#/assess"), still(".verdict")), []],
  ["plan", async () => (await hash("#/plan"), await still(".card.is-safe, .card.is-refused"), painted()), []],
  ["lobby", async () => (await hash("#/theatre"), await still(".lessons button"), still("text=Built-in patient")), [".sessions"]],
  ["theatre", async () => (await hash(`#/theatre/${block.id}`), await still(".needle-state:has-text('Depth')"), pictured()), [".monitored canvas"]],
  ["guide", async () => (await page.click("#coach-start"), still(".coach:not([hidden])")), [".monitored canvas"]],
  ["keys", async () => (await page.click("button:has-text('Put the guide away')"), await page.click("button[aria-label='Keys']"), still("dialog.keys[open]")), [".monitored canvas"]],
  ["debrief", async () => (await page.keyboard.press("Escape"), await hash(`#/debrief/${block.id}`), await still(".hours input[aria-label='Moment']"), await still(".debrief .verdict"), pictured()), []],
  ["blocks", async () => (await hash("#/debrief"), still(".sessions")), [".sessions"]],
  ["quiz", async () => (await hash(`#/quiz/${quiz.id}`), page.waitForFunction(() => document.querySelectorAll("[role=group] button").length >= 11)), []],
];

for (const [size, viewport] of Object.entries(SIZES)) {
  for (const [name, go, masks] of SCREENS) {
    test(`${name} at ${viewport.width} × ${viewport.height} looks as it did, and axe finds nothing`, async () => {
      // A quiz is drawn once: its block goes on, and is another picture the second time.
      if (name === "quiz" && size === "tablet") quiz = await begin(server, { failure: "psoas" });
      await page.setViewportSize(viewport);
      await fingers.send("Emulation.setTouchEmulationEnabled", { enabled: size === "tablet", maxTouchPoints: 1 });
      assert.equal(await page.evaluate(() => window.matchMedia("(pointer: coarse)").matches), size === "tablet");
      await go();
      const [wide, seen] = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
      assert.ok(wide <= seen, `${name} is wider (${wide}) than its window (${seen})`);
      await holds(name, size, masks);
      assert.deepEqual(await strangers(page), [], `${name} uses fonts of this machine`);
      await accessible(`${name} at ${size}`);
    });
  }
}

/** A picture of the cases, with something done to the page and undone again. */
async function altered(css) {
  const style = css ? await page.evaluateHandle((css) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    document.adoptedStyleSheets = [sheet];
  }, css) : null;
  const taken = await page.screenshot({ animations: "disabled" });
  await page.evaluate(() => (document.adoptedStyleSheets = []));
  await style?.dispose();
  return taken;
}

test("both measures tell a panel hidden or moved by ten pixels; the fine one also four pixels; letters drawn bolder pass the coarse one only", async () => {
  await hash("#/cases");
  await page.setViewportSize(SIZES.desk);
  await still(".case.ready");
  const untouched = await altered("");
  assert.deepEqual(await compared(untouched, await altered("")), { pixels: 0, blocks: 0, where: null });
  for (const css of [".case { visibility: hidden }", ".columns { display: none }", ".columns { translate: 0 10px }", ".case { translate: 10px 0 }", "main { translate: 10px 0 }"]) {
    const found = await compared(untouched, await altered(css));
    console.log(`${css}: ${told(found)}`);
    assert.ok(found.pixels > SHARE && found.blocks > COARSE_SHARE, `${css}: ${told(found)}`);
  }
  const four = await compared(untouched, await altered(".case { translate: 4px 0 }"));
  assert.ok(four.pixels > SHARE, told(four));
  const bolder = await compared(untouched, await altered("body { -webkit-text-stroke: .25px }"));
  console.log(`bolder: ${told(bolder)}`);
  assert.ok(bolder.pixels > SHARE && bolder.blocks <= COARSE_SHARE, told(bolder));
});
