// What the hands need lies in the window without scrolling: on a desk at 1280 × 800 and under fingers on a tablet.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { AxeBuilder } from "@axe-core/playwright";
import { launch } from "./browser.js";
import { allDone, begin, needled, open, perform, prepared } from "./perform.js";
import { Server } from "./server.js";

const WINDOWS = {
  desk: { viewport: { width: 1280, height: 800 } },
  tablet: { viewport: { width: 1024, height: 768 }, hasTouch: true },
};
const shots = process.env.RAMI_SCREENSHOTS;

let server;
let browser;
const blocks = {};

before(async () => {
  server = await new Server().start();
  browser = await launch();
  const page = await open(browser, server);
  blocks.begun = await begin(server);
  blocks.drawn = await begin(server);
  blocks.needled = await begin(server);
  blocks.wrong = await begin(server, { failure: "wrong_side" });
  allDone(await perform(page, blocks.drawn.id, prepared(blocks.drawn)));
  allDone(await perform(page, blocks.needled.id, [...prepared(blocks.needled), ...needled(blocks.needled, 5)]));
  await page.context().close();
});

after(async () => {
  await browser?.close();
  await server?.remove();
});

/** What of these is not wholly in the window, or lies under something else. */
const beyond = (page) => page.evaluate(() => {
  const inject = document.querySelector("[data-coach=inject]");
  const needle = document.querySelector("[data-coach=needle]");
  const wanted = {
    ...Object.fromEntries([...inject.querySelectorAll(".actions > button, .actions > select, .actions > input")].filter((one) => !one.closest("details")).map((one, i) => [`syringe ${i} ${one.getAttribute("aria-label") ?? one.textContent}`, one])),
    ...Object.fromEntries([...needle.querySelectorAll(".actions > button, .actions > select, .pad, .needle-state")].map((one, i) => [`needle ${i} ${one.getAttribute("aria-label") ?? one.textContent}`, one])),
    pedal: document.querySelector(".pedal"),
    step: document.querySelector(".steps .now button"),
    picture: document.querySelector(".eye canvas"),
    guide: document.querySelector(".coach:not([hidden])"),
    next: document.querySelector(".coach:not([hidden]) button"),
  };
  return {
    count: Object.values(wanted).filter(Boolean).length,
    scrolled: window.scrollY,
    wide: document.documentElement.scrollWidth - window.innerWidth,
    beyond: Object.entries(wanted).flatMap(([name, one]) => {
      if (!one) return [];
      const box = one.getBoundingClientRect();
      if (box.width === 0 || box.top < 0 || box.left < 0 || box.bottom > window.innerHeight || box.right > window.innerWidth) return [`${name}: ${Math.round(box.top)} to ${Math.round(box.bottom)} of ${window.innerHeight}`];
      const over = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
      return one.contains(over) || over?.contains(one) ? [] : [`${name} lies under ${over?.className || over?.tagName}`];
    }),
  };
});

for (const [name, options] of Object.entries(WINDOWS)) {
  for (const language of ["en", "es"]) {
    test(`syringes, needle and pedal are in the window: ${name}, ${language}`, async () => {
      const page = await open(browser, server, { ...options, reducedMotion: "reduce" });
      page.setDefaultTimeout(20_000);
      await page.evaluate((language) => {
        localStorage.setItem("rami-coached", "yes");
        if (language === "es") document.querySelector("button[lang=es]").click();
      }, language);
      if (options.hasTouch) assert.ok(await page.evaluate(() => window.matchMedia("(pointer: coarse)").matches), "as under fingers");
      for (const [stage, { id }] of Object.entries(blocks)) {
        await page.evaluate((id) => (location.hash = `#/theatre/${id}`), id);
        await page.waitForFunction(() => document.querySelectorAll(".ledger dd").length > 5);
        for (const guided of [false, true]) {
          if (guided) await page.click("#coach-start");
          for (let mark = 0; mark < (guided ? 8 : 1); mark++) {
            if (mark > 0) await page.click(".coach button >> nth=0");
            const found = await beyond(page);
            if (shots && mark === 0) {
              mkdirSync(shots, { recursive: true });
              await page.screenshot({ path: path.join(shots, `reach-${name}-${language}-${stage}${guided ? "-guide" : ""}.png`) });
            }
            assert.ok(found.count >= 24, `${found.count}`);
            assert.deepEqual([found.scrolled, found.beyond], [0, []], `${stage}${guided ? `, guide ${mark + 1}` : ""}`);
            assert.ok(found.wide <= 0, `wider by ${found.wide}`);
          }
        }
        await page.click(".coach button >> nth=1");
      }
      await page.evaluate((id) => (location.hash = `#/theatre/${id}`), blocks.needled.id);
      await page.waitForSelector(".behind button");
      // What is done can be looked at, and put away again.
      await page.click(".behind button");
      await page.waitForSelector(".steps .done button");
      assert.equal(await page.getAttribute(".behind button", "aria-expanded"), "true");
      const { violations } = await new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]).analyze();
      assert.deepEqual(violations.map((v) => `${v.id}: ${v.nodes.map((node) => node.target).join("; ")}`), []);
      await page.click(".behind button");
      assert.equal(await page.getAttribute(".behind button", "aria-expanded"), "false");
      await page.waitForSelector(".steps .done button", { state: "hidden" });
      assert.deepEqual(page.complaints, []);
      await page.context().close();
    });
  }
}
