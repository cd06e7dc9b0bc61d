// Every failure of the library, begun from its button and gone through as its script's expert does; and the quiz on each of them.

import assert from "node:assert/strict";
import path from "node:path";
import { after, before, test } from "node:test";
import { AxeBuilder } from "@axe-core/playwright";
import { launch } from "./browser.js";
import { allDone, begin, open, perform, prepared, steered } from "./perform.js";
import { Server } from "./server.js";

/** What each leads to, by the engine's own record: the complication that begins, and what contrast shows. */
const LEADS_TO = {
  psoas: { began: /^psoas_injection$/, shown: /^psoas$/ },
  vessel: { began: /^(vessel_puncture|intravascular_injection)$/, shown: /^(mixed_)?vascular$/ },
  ureter: { began: /^ureter_puncture$/, shown: /^urinary$/ },
  disc: { began: /^disc_puncture$/, shown: /^disc$/ },
  kidney: { began: /^kidney_puncture$/, shown: null },
  genitofemoral: { began: /^genitofemoral_block$/, shown: /^(psoas|muscular)$/ },
  toxicity: { began: /^toxicity$/, shown: null },
  wrong_side: { began: null, shown: null },
  vasovagal: { began: /^vasovagal$/, shown: null },
  contrast_reaction: { began: /^contrast_reaction$/, shown: /./ },
};

let server;
let browser;
let page;
let lessons;

const hash = (to) => page.evaluate((to) => (location.hash = to), to);
const lines = () => page.evaluate(() => document.querySelectorAll(".log li").length);
const record = async (id) => (await server.api(`/api/sessions/${id}/debrief`)).json();
const events = (debrief) => debrief.lines.flatMap((line) => line.events ?? []);

async function accessible(where) {
  const { violations } = await new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]).analyze();
  assert.deepEqual(violations.map((v) => `${where}: ${v.id}: ${v.help} (${v.nodes.map((node) => node.target).join("; ")})`), []);
}

before(async () => {
  server = await new Server().start();
  browser = await launch();
  page = await open(browser, server);
  await page.evaluate(() => localStorage.setItem("rami-coached", "yes"));
  lessons = await (await server.api("/api/failures")).json();
});

after(async () => {
  await browser?.close();
  await server?.remove();
});

/** Does something on the screen and waits for the room to tell of it. */
async function told(what) {
  const before = await lines();
  await what();
  await page.waitForFunction((n) => document.querySelectorAll(".log li").length > n, before);
}

const choose = (label, value) => told(async () => {
  const select = page.locator(`select[aria-label='${label}']`);
  // The same remedy twice is two choices.
  await select.evaluate((element) => (element.value = ""));
  await select.selectOption(value);
});
const press = async (key) => {
  await page.locator(".eye canvas").focus();
  await page.keyboard.press(key);
};
const click = (words) => page.click(`button:has-text('${words}')`);

/** A step of the script's expert, by the screen where the screen has it. */
async function does(step, own) {
  const wired = async (...actions) => allDone(await perform(page, own.id, actions));
  switch (step.do) {
    case "approach":
      return wired(...steered(own), { do: "shot" });
    case "insert_needle":
      return click("To the skin");
    case "aspirate":
      return told(() => press("a"));
    case "inject": {
      await page.selectOption("select[aria-label='Syringe']", step.label);
      await page.fill("input[aria-label='Volume in ml']", String(Math.min(step.volume_ml, 20)));
      await page.selectOption("select[aria-label='Watched by']", step.watch);
      return told(() => click("Inject"));
    }
    case "call_pattern":
      return choose("Call the pattern", step.pattern);
    case "recognise":
      return choose("Recognise", step.complication);
    case "treat":
      return choose("Treat", step.with.remedy);
    case "advance":
      return told(() => press("Shift+ArrowUp"));
    case "withdraw":
      for (let mm = 0; mm < step.mm; mm += 5) await told(() => press("Shift+ArrowDown"));
      return;
    case "remove_needle":
      return told(() => click("Take out"));
    case "observe":
      return told(() => click("Observe 30 min"));
    case "examine_somatic":
      return told(() => click("Examine groin"));
    case "ask":
      return told(() => click("Ask the person"));
    case "correct_side":
      return told(() => click("Set the side right"));
    default:
      return wired(step);
  }
}

for (const [failure, leads] of Object.entries(LEADS_TO)) {
  test(`the failure “${failure}” begins from the library, goes wrong as it should and is dealt with by its script`, async () => {
    const lesson = lessons.find((one) => one.failure === failure);
    await hash("#/theatre");
    await page.waitForSelector(".lessons button");
    const at = lessons.indexOf(lesson);
    await page.locator(".lessons button").nth(at).click();
    await page.waitForSelector(".steps button");
    const id = page.url().split("/").at(-1);
    const { header } = await record(id);
    const own = { id, aim: header.aim, side: header.setup.side, level: header.setup.level };
    const ready = prepared(own).map((action) => (action.label === "drug" && failure === "toxicity" ? { ...action, content: "bupivacaine 0.5% 20ml" } : action));
    if (failure === "wrong_side") {
      // The time-out does not agree, and nothing goes in before the side is set right.
      const answers = await perform(page, id, ready);
      const held = answers.flatMap((answer) => answer.events ?? []).find((event) => event.event === "time_out_held");
      assert.match(held?.mismatch ?? "", /mark on the skin says right/);
      await page.waitForSelector("button:has-text('Set the side right')");
      await does({ do: "insert_needle" }, own);
      await page.waitForSelector(".log .refused:has-text('time-out did not agree')");
      await does({ do: "correct_side" }, own);
      await does({ do: "insert_needle" }, own);
      await page.waitForSelector(".needle-state:has-text('Depth')");
    } else {
      allDone(await perform(page, id, ready));
      await page.waitForFunction(() => document.querySelectorAll(".steps li.done").length >= 11);
      for (const step of lesson.expert) await does(step, own);
    }
    const debrief = await record(id);
    const all = events(debrief);
    const began = all.filter((event) => event.event === "complication_began").map((event) => event.complication);
    if (leads.began) assert.ok(began.some((one) => leads.began.test(one)), `${failure} began: ${began}`);
    const shown = all.filter((event) => event.event === "contrast_shown").map((event) => event.pattern);
    if (leads.shown) assert.ok(shown.some((one) => leads.shown.test(one)), `${failure} shows: ${shown}`);
    // Afterwards the debriefing says what it was about.
    await hash(`#/debrief/${id}`);
    await page.waitForSelector(`h2:has-text('What this case teaches')`);
    assert.ok((await page.innerText(".debrief")).includes(lesson.teaches));
    await page.waitForSelector(".debrief .verdict");
  });
}

for (const failure of [null, "psoas", "vessel", "ureter", "disc", "kidney"]) {
  test(`the quiz on ${failure ?? "a needle where it should be"} judges by what the picture shows`, async () => {
    const own = await begin(server, { failure });
    await hash(`#/quiz/${own.id}`);
    await page.waitForFunction(() => document.querySelectorAll("[role=group] button").length >= 11);
    await accessible("quiz");
    if (process.env.RAMI_SCREENSHOTS) await page.screenshot({ path: path.join(process.env.RAMI_SCREENSHOTS, `quiz-${failure}.png`) });
    const shown = events(await record(own.id)).filter((event) => event.event === "contrast_shown").at(-1);
    assert.ok(shown, "contrast went in");
    const expected = failure ? LEADS_TO[failure].shown : /^prevertebral$/;
    if (expected) assert.match(shown.pattern, expected);
    // Wrong on purpose for one of them: it is said so, and what an expert reads is said either way.
    const answer = failure === "kidney" ? "epidural" : shown.pattern;
    await page.locator("[role=group] button").filter({ hasText: new RegExp(`^${answer.replaceAll("_", " ")}$`) }).click();
    await page.waitForFunction(() => /An expert reads/.test(document.body.innerText));
    assert.match(await page.innerText("main"), failure === "kidney" ? /Not so\./ : /Right\./);
    await accessible("quiz, answered");
  });
}

test("nothing broke the page's policy", () => assert.deepEqual(page.complaints, []));
