// A page in Debian's Chromium, with the flags a closed network and a container need.

import path from "node:path";
import { chromium } from "playwright-core";

const EXECUTABLE = process.env.CHROMIUM ?? "/usr/bin/chromium";
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export function launch(...more) {
  return chromium.launch({ executablePath: EXECUTABLE, args: [...FLAGS, ...more] });
}

/** With RAMI_APP set to a folder of built files, pages take those in place of the program's own: to try them unlinked. */
export async function unlinked(context) {
  const folder = process.env.RAMI_APP;
  if (!folder) return;
  await context.route(/\/[a-z]+\.(js|css)$/, (route) => route.fulfill({ path: path.join(folder, path.basename(new URL(route.request().url()).pathname)) }));
}
