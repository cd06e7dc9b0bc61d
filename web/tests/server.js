// A running `rami serve` for tests: started, killed, started again on the same folder.

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
export const rami = process.env.RAMI_BIN ?? path.join(root, "target/ci/rami");

export class Server {
  constructor() {
    this.data = mkdtempSync(path.join(tmpdir(), "rami-serve-"));
    this.log = "";
  }

  /** Starts it; a port given before is asked for again, so that open pages find it. */
  async start(...more) {
    const port = this.port ? String(this.port) : "0";
    this.process = spawn(rami, ["serve", "--data", this.data, "--port", port, ...more], { stdio: ["ignore", "pipe", "pipe"] });
    this.process.stderr.on("data", (bytes) => (this.log += bytes));
    this.url = await new Promise((resolve, reject) => {
      this.process.stdout.once("data", (bytes) => resolve(String(bytes).trim()));
      this.process.once("exit", () => reject(new Error(`rami serve ended: ${this.log}`)));
    });
    this.port = Number(new URL(this.url).port);
    this.token = this.url.split("#token=")[1];
    return this;
  }

  /** As `kill -9`. */
  async kill() {
    const gone = new Promise((resolve) => this.process.once("exit", resolve));
    this.process.kill("SIGKILL");
    await gone;
  }

  async api(address, init = {}) {
    return fetch(`http://127.0.0.1:${this.port}${address}`, { ...init, headers: { Authorization: `Bearer ${this.token}`, "Content-Type": "application/json", ...init.headers } });
  }

  async remove() {
    await this.kill();
    rmSync(this.data, { recursive: true });
  }
}
