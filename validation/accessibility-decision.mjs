// Runs axe-core on decision aids in Chromium: node check.mjs FILE.html...  Needs axe-core and puppeteer-core.
import puppeteer from "puppeteer-core";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const browser = await puppeteer.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
let bad = 0;
for (const file of process.argv.slice(2)) {
  for (const width of [1000, 320]) {
    const page = await browser.newPage();
    await page.setViewport({ width, height: 900 });
    await page.goto("file://" + file);
    await page.evaluate(axe);
    const result = await page.evaluate(() => window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
    bad += result.violations.length + Number(overflow);
    console.log(`${file.split("/").pop()} at ${width} px: ${result.passes.length} rules passed, ${result.violations.length} violations, ${result.incomplete.length} to look at by hand${overflow ? ", scrolls sideways" : ""}`);
    for (const v of [...result.violations, ...result.incomplete]) console.log("  ", v.id, v.help, v.nodes.length, v.nodes[0].html.slice(0, 120));
    await page.close();
  }
}
await browser.close();
process.exit(bad ? 1 : 0);
