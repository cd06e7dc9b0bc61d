// A block brought as far as a test needs it, over the live wire and without clicking through what other tests click.

import { unlinked } from "./browser.js";

/** Opens a page of the app on this server; complaints about its policy and errors of its own are collected. */
export async function open(browser, server, { prepare, ...options } = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: "en-GB", ...options });
  await unlinked(context);
  await prepare?.(context);
  const page = await context.newPage();
  page.setDefaultTimeout(180_000);
  page.complaints = [];
  page.on("pageerror", (error) => page.complaints.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error" && /content security|CSP/i.test(message.text())) page.complaints.push(message.text());
  });
  await page.goto(server.url);
  await page.waitForSelector(".case.ready");
  return page;
}

/** Plans on the built-in patient and begins a block; answers with its id and its aim. */
export async function begin(server, { failure = null, chart = null, side = "left", level = "L3", caseId = "built-in" } = {}) {
  const post = async (address, body) => {
    const answer = await server.api(address, { method: "POST", body: JSON.stringify(body) });
    const json = await answer.json();
    if (!answer.ok) throw new Error(`${address}: ${json.detail}`);
    return json;
  };
  const plan = await post(`/api/cases/${caseId}/plan`, { side, level });
  const chosen = plan.candidates[[plan.chosen].flat()[0] ?? plan.verdict.refused[0]?.least_bad ?? 0];
  const aim = { entry_mm: chosen.entry_mm, target_mm: chosen.target_mm, primary_deg: chosen.primary_angle_deg, secondary_deg: chosen.secondary_angle_deg, needle_length_mm: chosen.needle_length_mm };
  const { id } = await post("/api/sessions", { case: caseId, side, level: chosen.level, aim, failure, chart });
  // A failure aims the needle elsewhere.
  const { header } = await (await server.api(`/api/sessions/${id}/debrief`)).json();
  return { id, aim: header.aim, side, level: chosen.level };
}

export const CHECKLIST = ["identity", "side_and_level", "allergy_and_blood_thinners", "pregnancy", "lipid_and_airway", "temperature_probes"];

/** From consent to a numb skin. */
export function prepared({ aim, side, level }) {
  return [
    ...CHECKLIST.map((item) => ({ do: "check", item })),
    { do: "consent", given: true }, { do: "record_sedation", level: "none" }, { do: "position_prone" }, { do: "attach_monitoring" }, { do: "acclimatise", minutes: 20 }, { do: "read_temperatures" },
    { do: "prepare_skin" }, { do: "drape" }, { do: "time_out", side, level },
    { do: "draw_up", label: "skin", content: "lidocaine 1% 5ml" }, { do: "draw_up", label: "contrast", content: "iohexol 300 5ml" }, { do: "draw_up", label: "drug", content: "bupivacaine 0.25% 10ml" },
    { do: "numb_skin", label: "skin", volume_ml: 3, at_mm: aim.entry_mm }, { do: "centre", at_mm: aim.target_mm },
  ];
}

/** The needle on its way, to so many millimetres before the target. */
export function needled({ aim }, short = 0) {
  const way = aim.target_mm.map((v, i) => v - aim.entry_mm[i]);
  const length = Math.hypot(...way);
  return [
    { do: "move_c_arm", primary_deg: aim.primary_deg, secondary_deg: aim.secondary_deg },
    { do: "insert_needle", needle: "22G-150-chiba", entry_mm: aim.entry_mm, direction: way.map((v) => v / length), bevel_deg: 0 },
    { do: "advance", mm: length - short },
  ];
}

/** The needle on its way to the target, the bevel turned half round again and again so that bends cancel. */
export function steered({ aim }) {
  const [arm, insert, { mm: depth }] = needled({ aim });
  const actions = [arm, insert];
  for (let left = depth, stretch = 5; left > 1e-6; left -= stretch, stretch = 10) {
    if (left < depth) actions.push({ do: "rotate", deg: 180 });
    actions.push({ do: "advance", mm: Math.min(stretch, left) });
  }
  return actions;
}

/** Does these one after the other in a page of the app; answers with what came of each. */
export async function perform(page, id, actions) {
  return page.evaluate(
    ({ id, actions }) =>
      new Promise((resolve, reject) => {
        const socket = new WebSocket(`ws://${location.host}/api/sessions/${id}/live`, ["rami.v1", `token.${sessionStorage.getItem("rami-token")}`]);
        socket.binaryType = "arraybuffer";
        const answers = [];
        let seen = 0;
        const next = () => {
          if (answers.length === actions.length) {
            socket.close();
            resolve(answers);
          } else socket.send(JSON.stringify({ type: "act", n: answers.length + 1, action: actions[answers.length] }));
        };
        socket.onopen = next;
        socket.onerror = () => reject(new Error("the wire broke"));
        socket.onmessage = ({ data }) => {
          if (typeof data !== "string") return socket.send(JSON.stringify({ type: "seen", frame: ++seen }));
          const message = JSON.parse(data);
          if (message.type === "view") return;
          answers.push(message);
          next();
        };
      }),
    { id, actions },
  );
}

/** Everything was done, nothing refused. */
export function allDone(answers) {
  const refused = answers.find((answer) => answer.type !== "done");
  if (refused) throw new Error(`${refused.why}; ${refused.first ?? ""}`);
}
