// Letters and controls that are the same everywhere, as far as a test can see to it: DejaVu comes with the locked packages and
// stands in for the fonts of the machine, and a probe says whether this machine still draws otherwise.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const packages = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../node_modules/@fontsource");
const FACES = [["Letters", "400", "dejavu-sans", "latin-400-normal"], ["Letters", "700", "dejavu-sans", "latin-700-normal"], ["Fixed", "400", "dejavu-mono", "latin-400-normal"], ["Fixed", "700", "dejavu-mono", "latin-700-normal"]];
const file = (name, face) => path.join(packages, name, `files/${name}-${face}.woff2`);
const faces = (source) => FACES.map(([family, weight, name, face]) => `@font-face { font-family: ${family}; font-weight: ${weight}; src: url(${source(name, face)}) format("woff2"); }`).join("\n");

/** How Chromium is started for pictures: no hints of letters, no colours at their edges, one profile, software. */
export const FLAGS = ["--font-render-hinting=none", "--disable-lcd-text", "--force-color-profile=srgb", "--enable-unsafe-swiftshader", "--hide-scrollbars"];

/** The app of this context asks for letters of the packages where it would ask for those of the machine; drawings, too. */
export async function lettered(context) {
  const named = (text) => text.replaceAll("system-ui", "Letters").replaceAll("ui-monospace", "Fixed");
  await context.route(/\/letters-[a-z0-9-]+\.woff2$/, (route) => {
    const [, name, face] = /letters-(dejavu-[a-z]+)-(.+)\.woff2$/.exec(route.request().url());
    return route.fulfill({ body: readFileSync(file(name, face)), contentType: "font/woff2" });
  });
  await context.route(/\/app\.(js|css)$/, async (route) => {
    const url = new URL(route.request().url());
    const folder = process.env.RAMI_APP;
    const text = folder ? readFileSync(path.join(folder, path.basename(url.pathname)), "utf8") : await (await route.fetch()).text();
    const style = url.pathname.endsWith(".css");
    return route.fulfill({ contentType: style ? "text/css" : "text/javascript", body: (style ? faces((name, face) => `/letters-${name}-${face}.woff2`) : "") + named(text) });
  });
}

/** Waits for all letters: a drawing made before would have others. */
export const loaded = (page) => page.evaluate(() => Promise.all(["400 12px Letters", "700 12px Letters", "400 12px Fixed", "700 12px Fixed"].map((font) => document.fonts.load(font))).then(() => document.fonts.ready));

/** Fonts of the machine that a screen used none the less; there should be none. */
export async function strangers(page) {
  const session = await page.context().newCDPSession(page);
  await session.send("DOM.enable");
  await session.send("CSS.enable");
  const { root } = await session.send("DOM.getDocument", { depth: 0 });
  const { nodeIds } = await session.send("DOM.querySelectorAll", { nodeId: root.nodeId, selector: "body *" });
  const found = new Map();
  for (const nodeId of nodeIds) {
    const { fonts } = await session.send("CSS.getPlatformFontsForNode", { nodeId });
    for (const font of fonts) if (!font.isCustomFont) found.set(font.familyName, nodeId);
  }
  const named = [];
  for (const [family, nodeId] of found) named.push(`${family}: ${(await session.send("DOM.getOuterHTML", { nodeId })).outerHTML.slice(0, 120)}`);
  await session.detach();
  return named;
}

const data = (name, face) => `data:font/woff2;base64,${readFileSync(file(name, face)).toString("base64")}`;
const PROBE = `<style>${faces(data)} body { margin: 8px; background: #0d1216; color: #e6ecef; color-scheme: dark; font: 15px/1.5 Letters; } button, select, input { font: inherit; accent-color: #4cc2b4; } b { border: 1px solid #2e3a43; border-radius: 9px; padding: 3px; } code { font-family: Fixed; }</style>
<p>Hamburgefonstiv 0123456789 ÁÉÍÓÚ ñ µ ° → ↑ ✓ ↶ <b>Rectangles</b> <code>0.25% 10ml</code></p>${[".74", ".78", ".82", ".84", ".85", ".86", ".88", "1.12", "1.35"].map((size) => `<span style="font-size: ${size}rem">Murciélago ${size}, quick brown fox.</span>`).join(" ")}
<p><button>One</button> <select><option>Two</select> <input type="number" value="3"> <input type="range" value="30"> <input type="checkbox" checked> <input type="checkbox"></p><p><progress value="3" max="10"></progress> <meter value="2" max="10"></meter> <details open><summary>S</summary>D</details></p>`;

/** What this machine makes of the same letters and controls: the version of its Chromium and a hash of a picture of them. */
export async function probed(browser) {
  const page = await browser.newPage({ viewport: { width: 640, height: 320 }, deviceScaleFactor: 1 });
  await page.setContent(PROBE);
  await loaded(page);
  const picture = await page.screenshot({ animations: "disabled", caret: "hide" });
  const pixels = await page.evaluate(async (base64) => {
    const bitmap = await createImageBitmap(await (await fetch(`data:image/png;base64,${base64}`)).blob());
    const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
    context.drawImage(bitmap, 0, 0);
    return [...context.getImageData(0, 0, bitmap.width, bitmap.height).data];
  }, picture.toString("base64"));
  await page.close();
  return { chromium: browser.version(), pixels: createHash("sha256").update(Uint8Array.from(pixels)).digest("hex") };
}
