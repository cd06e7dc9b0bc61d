// Sentences of the engine's in Spanish: every one that stands in its sources, and those of real answers.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "vite";

const web = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const crates = path.resolve(web, "../crates");
let words;
let folder;

before(async () => {
  const made = await build({ root: web, configFile: false, logLevel: "silent", build: { write: false, minify: false, lib: { entry: "src/ui/words.ts", formats: ["es"], fileName: "words" } } });
  folder = mkdtempSync(path.join(tmpdir(), "rami-words-"));
  writeFileSync(path.join(folder, "words.mjs"), [made].flat()[0].output[0].code);
  globalThis.localStorage = { getItem: () => "es", setItem: () => undefined };
  words = await import(pathToFileURL(path.join(folder, "words.mjs")));
});

after(() => rmSync(folder, { recursive: true }));

/** Where sentences stand that the app shows: files, and what in them is no sentence of its own; how many there are at least. */
const SOURCES = {
  "what the engine refuses": { least: 60, files: ["procedure/src/step", "procedure/src/refusal.rs"], within: /(?:Refusal::(?:new|range)|Self::new|wrong|within|then_some)\(((?:[^()"]|"(?:[^"\\]|\\.)*"|\((?:[^()"]|"(?:[^"\\]|\\.)*"|\([^()]*\))*\))*)\)/g },
  "why a complication began": { least: 10, files: ["procedure/src/step"], within: /begin\(((?:[^()"]|"(?:[^"\\]|\\.)*"|\((?:[^()"]|"(?:[^"\\]|\\.)*"|\([^()]*\))*\))*)\)/g },
  "the score": { least: 30, files: ["procedure/src/score/mod.rs", "procedure/src/score/needle.rs", "procedure/src/score/contrast.rs", "procedure/src/score/fluid.rs", "procedure/src/score/handling.rs"] },
  "criteria": { least: 15, files: ["clinic/src/indication/arteries.rs", "clinic/src/indication/crps.rs", "clinic/src/indication/raynaud.rs", "clinic/src/indication/other.rs"], within: /Criterion::(?:ask|new)\(((?:[^()"]|"(?:[^"\\]|\\.)*"|\((?:[^()"]|"(?:[^"\\]|\\.)*"|\([^()]*\))*\))*)\)/g },
  "findings": { least: 100, files: ["clinic/src/safety"] },
  "why a path is chosen or refused": { least: 25, files: ["plan/src/choice.rs", "plan/src/assess.rs"] },
};
/** Templates whose places take different things, or that are parts of a sentence: whole sentences as they come out. */
const WHOLE = {
  "{} {} agreed by everyone": ["left L3 agreed by everyone"],
  "{} pass{} (an advance after pulling back {:.0} mm is another), {} redirection{}": ["1 pass (an advance after pulling back 10 mm is another), 0 redirections", "2 passes (an advance after pulling back 10 mm is another), 1 redirection"],
  "{dap:.3} Gy·cm² in {} and {} of the pedal ({:.0} s); mixed spinal procedures need {:.2}": ["0.351 Gy·cm² in 2 single pictures and 1 run of the pedal (6 s); mixed spinal procedures need 1.18"],
  "single picture": [], "{number} {what}{}": [], " without being named": [],
  "{} was dealt with{}{but}": ["psoas injection was dealt with", "needle in a vessel was dealt with without being named; oxygen came before stop injecting", "reaction to contrast was dealt with; oxygen came before call for help; what harms was given: beta blocker, vasopressin"],
  "{}: dealt with too late{but}": ["injection into psoas: dealt with too late", "local anaesthetic systemic toxicity: left out lipid bolus, airway; what harms was given: propofol"],
  "; {then} came before {first}": [], "; what harms was given: {}": [],
  "what harms in {} was given: {what}": ["what harms in reaction to contrast was given: beta blocker"],
  "{kind} in the {} category": ["sensory", "vasomotor", "sudomotor or oedema", "motor or trophic"].flatMap((name) => [`symptom in the ${name} category`, `sign in the ${name} category`]),
  "{what} for at least {limit} weeks": ["low back pain", "pain after the rash", "complaint present"].map((what) => `${what} for at least 12 weeks`),
  "{how} reaction to contrast before": ["mild", "moderate", "severe", "a"].map((how) => `${how} reaction to contrast before`),
  "{:?} is not a known name; it may be {nearest}, which thins the blood": ['"warfarn" is not a known name; it may be warfarin, which thins the blood'],
  "{:?} is not a name known here": ['"herbal tea" is not a name known here'],
  "Confirm the pause against the guideline itself before going ahead. {said}": ["Confirm the pause against the guideline itself before going ahead. Agree with its prescriber whether it may be paused: the guideline gives 7 days before the block; to start again 24 hours after."],
  "; whether the dose prevents or treats clots is not recorded, so the longer pause counts": ["enoxaparin slows clotting; the last dose is too recent; whether the dose prevents or treats clots is not recorded, so the longer pause counts"],
  "; this person's risk of bleeding is high, and the interval is for others": ["aspirin stops platelets from sticking; the agreed pause is long enough; this person's risk of bleeding is high, and the interval is for others"],
  "{agreed}, from when, and when {name} starts again: the interval in the evidence is unverified and is not given as an instruction.": ["Agree with its prescriber whether it may be paused, from when, and when apixaban starts again: the interval in the evidence is unverified and is not given as an instruction."],
  "{} to {} {unit}": [], "to start again {} after": [],
  "{agreed}: the guideline gives {} before the block; {again}.": ["Agree with its prescriber whether it may be paused: the guideline gives 48 to 72 hours before the block; to start again 6 to 24 hours after.", "Agree with its prescriber whether it may be paused: the guideline gives 5 days before the block; when to start again, its prescriber says."],
  "{} Find out: {}.": ["Give less, or a weaker solution. Find out: person.weight_kg, person.age_years."],
  "{} on the {side}: no safe path. The least bad one, at {}, is refused because {}.": ["No level on the left: no safe path. The least bad one, at L3, is refused because it runs 2.0 mm inside left kidney; it touches voxels labelled left rib 12.", "Only 1 of 2 needles on the right: no safe path. The least bad one, at L2, is refused because it would touch left ureter in 12 % of attempts, and 5.0 % is the most allowed."],
  "Only {} of {} needles on the {side}: no other level has a path to the skin.": ["Only 1 of 2 needles on the left: no other level has a path to the skin."],
  "{mm:.0} mm at {level}": [], "{:.1} at {}": [], " and ": [],
  ". Its tip comes within {here:.0} mm of the inferred trunk's likeliest course{beside}": ["L2 on the left was chosen. Its tip comes within 3 mm of the inferred trunk's likeliest course. It crosses 8 mm of psoas and keeps clear of left kidney 9 mm; something it must not touch would be touched in 12.1 % of attempts made blind."],
  "{} on the {} was chosen": [],
  ": it costs {:.1} points, against {}": ["L3 on the left was chosen: it costs 14.4 points, against 15.8 at L4 and no safe path at L2. Its tip comes within 3 mm of the inferred trunk's likeliest course (5 mm at L4, 4 mm at L2). It crosses 8 mm of psoas and keeps clear of left lumbar segmental vessels L3 3 mm, left ureter 8 mm, left nerve root L2 8 mm; something it must not touch would be touched in 23.3 % of attempts made blind."],
  ". The textbook names the lower third of L2 and the upper third of L3 for a single needle": ["L4 on the right was chosen: it costs 12.0 points, against no safe path at L3. Its tip comes within 4 mm of the inferred trunk's likeliest course. The textbook names the lower third of L2 and the upper third of L3 for a single needle. It crosses 0 mm of psoas and keeps clear of inferior vena cava 6 mm; something it must not touch would be touched in 9.0 % of attempts made blind."],
  ". It crosses {:.0} mm of psoas and keeps clear of {}; something it must not touch would be touched in {:.1} % of attempts made blind.": [],
  "its tip would lie {gap:.0} mm from the surface of the body of {}": ["its tip would lie 9 mm from the surface of the body of L3"],
  "its tip would lie {behind:.0} mm behind the middle of the body of {}": ["its tip would lie 4 mm behind the middle of the body of L3"],
};

/** The sentences of a source: its string literals of more than one word, tests and comments left out. */
function sentences({ files, within }) {
  const all = files.flatMap((name) => {
    const where = path.join(crates, name);
    return name.endsWith(".rs") ? [where] : readdirSync(where).filter((one) => one.endsWith(".rs")).map((one) => path.join(where, one));
  });
  const found = new Set();
  for (const file of all) {
    const text = readFileSync(file, "utf8").split("#[cfg(test)]")[0].replace(/^\s*(\/\/|#\[).*$/gm, "").replace(/\\\n\s*/g, "");
    const regions = within ? [...text.matchAll(within)].map((match) => match[1]) : [text];
    for (const region of regions) {
      for (const [, literal] of region.matchAll(/"((?:[^"\\]|\\.)*)"/g)) if (/[a-zA-Z]{2}.* /.test(literal)) found.add(literal.replaceAll('\\"', '"'));
    }
  }
  return [...found];
}

/** A template with its places filled by one thing after another: a figure, a level, a side, a structure, a pattern, a drug. */
const FILLERS = ["3", "L3", "left", "left psoas", "a psoas pattern", "psoas injection", "aspirin", "2 to 3", "sensory", "low back pain"];
function known(template) {
  if (WHOLE[template]) return WHOLE[template].every((one) => words.spanish(one) !== null);
  if (!template.includes("{")) return words.spanish(template) !== null;
  return FILLERS.some((filler) => words.spanish(template.replace(/\{[^}]*\}/g, filler)) !== null);
}

for (const [what, source] of Object.entries(SOURCES)) {
  test(`${what}: every sentence has Spanish`, () => {
    const all = sentences(source);
    assert.ok(all.length >= source.least, `${all.length} sentences were found`);
    assert.deepEqual(all.filter((one) => !known(one)), []);
  });
}

test("titles and lessons of the library have Spanish", () => {
  const scripts = [...readFileSync(path.join(crates, "server/src/theatre/failure.rs"), "utf8").matchAll(/include_str!\("([^"]+)"\)/g)].map(([, name]) => path.join(crates, "server/src/theatre", name));
  assert.equal(scripts.length, 10);
  const said = scripts.flatMap((file) => [...readFileSync(file, "utf8").matchAll(/^(?:title|teaches) = "(.*)"$/gm)].map(([, text]) => text));
  assert.equal(said.length, 20);
  assert.deepEqual(said.filter((one) => words.spanish(one) === null), []);
});

test("complications, their signs and consequences, and every item of the checklist have Spanish", () => {
  const values = (file, keys) => [...readFileSync(path.join(crates, file), "utf8").matchAll(new RegExp(`^(?:${keys}) = "((?:[^"\\\\]|\\\\.)*)"$`, "gm"))].map(([, text]) => text.replaceAll('\\"', '"'));
  const said = values("procedure/data/complications.toml", "name|sign|consequence");
  assert.ok(said.length > 50, `${said.length}`);
  const items = values("clinic/data/course.toml", "id").map((id) => id.replaceAll("_", " "));
  assert.ok(items.length > 20, `${items.length}`);
  assert.deepEqual([...said, ...items].filter((one) => words.spanish(one) === null), []);
  assert.notEqual(words.spanish(`left out: ${items.join(", ")}`), null);
});

/** As the planner says a structure (`rami_plan::words::in_words`). */
function inWords(name) {
  const said = (stem) => ({ autochthon: "erector spinae", iliopsoas: "psoas", iliac_vena: "iliac vein", hip: "hip bone" })[stem] ?? stem.replace("vertebrae_", "vertebra ").replaceAll("_", " ");
  const rib = /^rib_(left|right)_(\d+)$/.exec(name);
  if (rib) return `${rib[1]} rib ${rib[2]}`;
  const disc = /^intervertebral_disc_(.+)$/.exec(name);
  if (disc) return `disc ${disc[1].replace("_", "/")}`;
  const sided = /^(.+)_(left|right)$/.exec(name);
  return sided ? `${sided[2]} ${said(sided[1])}` : said(name);
}

test("every structure has a Spanish name, as labels and as the planner says it", () => {
  const text = readFileSync(path.join(crates, "anatomy/src/structure.rs"), "utf8");
  const names = [...text.matchAll(/\(\d+, "([A-Za-z0-9_]+)"\)/g)].map(([, name]) => name);
  assert.ok(names.length > 100, `${names.length}`);
  const all = [...names, "nerve_root_L3_left", "lumbar_segmental_vessels_L4_right", "renal_artery_left", "renal_vein_right", "intervertebral_disc_L4_L5", "sympathetic_trunk_left", "genitofemoral_nerve_right"];
  assert.deepEqual(all.filter((name) => words.spanish(inWords(name)) === null), []);
  for (const words_ of ["air or gas", "soft tissue without a label", "dense tissue without a label", "outside the CT", "fat"]) assert.notEqual(words.spanish(words_), null, words_);
});

test("templates that are told apart still stand in the sources", () => {
  const all = Object.values(SOURCES).flatMap(sentences);
  assert.deepEqual(Object.keys(WHOLE).filter((template) => !all.includes(template)), []);
});

test("what is not known stays English and is told apart for a screen reader, and nothing is half translated", () => {
  const strange = "the ghost in the machine hums";
  assert.equal(words.spanish(strange), null);
  assert.equal(words.translated(strange), strange);
  assert.equal(words.foreign(strange), "en");
  assert.equal(words.foreign("no needle is in"), null);
  assert.equal(words.spanish(`no needle is in; ${strange}`), null);
  assert.equal(words.spanish(`it runs 2.0 mm inside ${strange}`), null);
  for (const english of [...Object.values(SOURCES).flatMap(sentences), ...Object.values(WHOLE).flat()]) {
    const said = words.spanish(english) ?? "";
    assert.doesNotMatch(said, /\b(the|is|was|which|would|needle|left|right|before|drug)\b/, said);
  }
});
