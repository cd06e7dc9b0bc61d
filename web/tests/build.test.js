// The app that the server embeds is what these sources build, and its types are those of the server's description.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const web = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const embedded = path.resolve(web, "../crates/server/assets/app");
const run = (program, ...rest) => execFileSync(path.join(web, "node_modules/.bin", program), rest, { cwd: web, stdio: "pipe" });

test("the types of the client are generated from the server's description", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "rami-types-"));
  try {
    run("openapi-typescript", "../schemas/openapi.json", "--output", path.join(folder, "types.ts"));
    const [fresh, kept] = [path.join(folder, "types.ts"), path.join(web, "src/api/types.ts")].map((file) => readFileSync(file, "utf8"));
    assert.ok(fresh === kept, "src/api/types.ts is stale: npm run types");
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("the sources hold under strict types", () => {
  run("tsc", "--noEmit");
});

test("the embedded app is what a fresh build gives, and small enough", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "rami-app-"));
  try {
    execFileSync(path.join(web, "node_modules/.bin/vite"), ["build"], { cwd: web, stdio: "pipe", env: { ...process.env, RAMI_WEB_OUT: folder } });
    const files = readdirSync(folder).sort();
    assert.deepEqual(readdirSync(embedded).sort(), files);
    for (const file of files) {
      assert.ok(readFileSync(path.join(folder, file)).equals(readFileSync(path.join(embedded, file))), `${file} is stale: npm run build`);
    }
    const scripts = files.filter((file) => file.endsWith(".js"));
    const bytes = scripts.reduce((sum, file) => sum + gzipSync(readFileSync(path.join(folder, file))).length, 0);
    assert.ok(bytes <= 1.2e6, `${bytes} bytes of JavaScript, gzipped`);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
