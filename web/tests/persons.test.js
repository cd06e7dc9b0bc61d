// One person's plan, chart and block are no other's, however late an answer comes and whichever way one goes.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch } from "./browser.js";
import { allDone, begin, needled, open, perform, prepared } from "./perform.js";
import { Server } from "./server.js";

let server;
let browser;
let page;

const work = () => page.evaluate(() => JSON.parse(sessionStorage.getItem("rami-work") ?? "null"));
const hash = (to) => page.evaluate((to) => (location.hash = to), to);

before(async () => {
  server = await new Server().start();
  browser = await launch();
  page = await open(browser, server);
  await page.evaluate(() => localStorage.setItem("rami-coached", "yes"));
});

after(async () => {
  await browser?.close();
  await server?.remove();
});

test("a plan that comes after one has gone on to somebody else changes nothing", async () => {
  // The answer is held back until the screen has been left.
  let release;
  const held = new Promise((resolve) => (release = resolve));
  let asked;
  const waits = new Promise((resolve) => (asked = resolve));
  await page.route("**/api/cases/built-in/plan", async (route) => {
    const answer = await route.fetch();
    asked();
    await held;
    await route.fulfill({ response: answer });
  });
  await hash("#/plan/built-in");
  await page.waitForSelector(".actions button.primary");
  await page.click(".actions button.primary");
  await waits;
  await page.evaluate(() => sessionStorage.setItem("rami-work", JSON.stringify({ case: "somebody-else", side: "right", path: null })));
  await hash("#/cases");
  await page.waitForSelector(".case");
  const arrived = page.waitForResponse("**/api/cases/built-in/plan");
  release();
  await arrived;
  await page.waitForTimeout(300);
  assert.deepEqual(await work(), { case: "somebody-else", side: "right", path: null });
  await page.unroute("**/api/cases/built-in/plan");
});

test("a chart that was entered for one person is not taken for another", async () => {
  await page.evaluate(() => sessionStorage.setItem("rami-work", JSON.stringify({ case: "built-in", side: "left", path: null })));
  await page.evaluate(() => sessionStorage.setItem("rami-chart-built-in", JSON.stringify({ person: { weight_kg: 91 } })));
  await hash("#/theatre");
  await page.waitForSelector("button:has-text('Begin')");
  const own = await page.innerText("main");
  assert.ok(own.includes("follow the chart you entered"), own);
  await hash("#/cases");
  await page.waitForSelector(".case");
  await page.evaluate(() => sessionStorage.setItem("rami-work", JSON.stringify({ case: "somebody-else", side: "left", path: null })));
  await hash("#/theatre");
  await page.waitForSelector("button:has-text('Begin')");
  const other = await page.innerText("main");
  assert.ok(other.includes("No chart was entered"), other);
});

test("whoever looks at the debriefing before the end has seen the anatomy, by whatever way they came", async () => {
  const block = await begin(server);
  allDone(await perform(page, block.id, [...prepared(block), ...needled(block, 20).slice(0, 2)]));
  const notes = async () => {
    const { lines } = await (await server.api(`/api/sessions/${block.id}/debrief`)).json();
    return lines.filter((line) => line.action.text === "the anatomy was shown").length;
  };
  assert.equal(await notes(), 0);
  for (let i = 0; i < 2; i++) {
    await hash(`#/debrief/${block.id}`);
    await page.waitForSelector(".debrief");
    for (let wait = 0; wait < 50 && (await notes()) === 0; wait++) await page.waitForTimeout(100);
    assert.equal(await notes(), 1, "counted, and once");
    await hash("#/cases");
    await page.waitForSelector(".case");
  }
});
