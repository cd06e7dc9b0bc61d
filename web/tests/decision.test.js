// The decision aid as a person opens it: in a browser, on a small screen, on paper, with a screen reader; and as PDF.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { AxeBuilder } from "@axe-core/playwright";
import { launch } from "./browser.js";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
const rami = process.env.RAMI_BIN ?? path.join(root, "target/ci/rami");
const charts = path.join(root, "crates/clinic/charts");
const aids = [
  ["crps", "en"],
  ["crps", "es"],
  ["arterial_insufficiency", "en"],
  ["low_back_pain", "es"],
  ["hyperhidrosis", "en"],
];

let browser;
let folder;
const file = (chart, language, end) => path.join(folder, `${chart}-${language}.${end}`);

before(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "rami-decision-"));
  for (const [chart, language] of aids) {
    execFileSync(rami, [
      "decide",
      path.join(charts, `${chart}.toml`),
      "--language",
      language,
      "--out",
      file(chart, language, "html"),
    ]);
  }
  browser = await launch();
});

after(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true });
});

async function open(chart, language, width) {
  const page = await (await browser.newContext({ viewport: { width, height: 900 } })).newPage();
  const requests = [];
  page.on("request", (request) => requests.push(request.url()));
  await page.goto(pathToFileURL(file(chart, language, "html")).href);
  return { page, requests };
}

for (const [chart, language] of aids) {
  for (const width of [1000, 320]) {
    test(`axe finds nothing in ${chart} (${language}) at ${width} px, and nothing scrolls sideways`, async () => {
      const { page, requests } = await open(chart, language, width);
      const { violations, passes } = await new AxeBuilder({ page })
        .withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"])
        .analyze();
      assert.deepEqual(
        violations.map((violation) => `${violation.id}: ${violation.help}`),
        [],
      );
      assert.ok(passes.length > 30, `only ${passes.length} rules applied`);
      const sideways = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
      assert.ok(!sideways);
      assert.equal(requests.length, 1, "the page asks for nothing but itself");
      await page.close();
    });
  }
}

test("on paper nothing is told by colour: all of it is black, white or grey", async () => {
  const { page } = await open("crps", "en", 1000);
  await page.emulateMedia({ media: "print" });
  const coloured = await page.evaluate(() => {
    const grey = (colour) => {
      const [r, g, b, a = 1] = (colour.match(/[\d.]+/g) ?? []).map(Number);
      return colour === "none" || colour.startsWith("url") || a === 0 || (r === g && g === b);
    };
    const properties = ["color", "backgroundColor", "borderTopColor", "borderBottomColor", "fill", "stroke"];
    return [...document.querySelectorAll("body, body *")]
      .filter((element) => !element.closest("defs"))
      .flatMap((element) => {
        const style = getComputedStyle(element);
        return properties
          .filter((property) => !grey(style[property]))
          .map((property) => `${element.tagName} ${property} ${style[property]}`);
      });
  });
  assert.deepEqual(coloured, []);
  await page.close();
});

test("the keyboard reaches every field, and each is named", async () => {
  const { page } = await open("crps", "en", 1000);
  const names = await page.evaluate(() =>
    [...document.querySelectorAll("input, textarea")].map(
      (field) => (field.getAttribute("aria-label") ?? field.labels?.[0]?.innerText ?? "").trim().length,
    ),
  );
  assert.ok(names.length >= 6 && names.every((length) => length > 3), names.join());
  await page.close();
});

test("the PDF is tagged, says its language and embeds its fonts", () => {
  const out = path.join(folder, "aid.pdf");
  execFileSync(rami, ["decide", path.join(charts, "crps.toml"), "--language", "es", "--out", out]);
  const pdf = readFileSync(out, "latin1");
  for (const part of ["%PDF-1.7", "/Marked true", "/Lang (es)", "/StructTreeRoot", "/S /Figure", "/FontFile2"]) {
    assert.ok(pdf.includes(part), part);
  }
});
