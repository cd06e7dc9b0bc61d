// What a theatre offers: checks, syringes, needles, what one can call, recognise and give.

import type { Key } from "../ui/words";
import { plain } from "../ui/words";
import type { Action } from "./wire";

export const CHECKLIST = ["identity", "side_and_level", "allergy_and_blood_thinners", "pregnancy", "lipid_and_airway", "temperature_probes"];
export const SYRINGES: [string, string][] = [["skin", "lidocaine 1% 5ml"], ["contrast", "iohexol 300 5ml"], ["test", "lidocaine 1% 3ml"], ["drug", "bupivacaine 0.25% 10ml"]];
export type Pattern = Extract<Action, { do: "call_pattern" }>["pattern"];
export type Complication = Extract<Action, { do: "recognise" }>["complication"];
type Remedy = Extract<Action, { do: "treat" }>["with"];

export const PATTERNS: Pattern[] = ["prevertebral", "psoas", "vascular", "mixed_vascular", "epidural", "intrathecal", "disc", "urinary", "muscular", "visceral", "nothing"];
export const COMPLICATIONS: Complication[] = ["bone_contact", "haematoma", "vessel_puncture", "intravascular_injection", "toxicity", "psoas_injection", "root_contact", "kidney_puncture", "ureter_puncture", "disc_puncture", "visceral_puncture", "epidural_spread", "intrathecal_spread", "contrast_reaction", "vasovagal", "hypotension", "genitofemoral_block", "wrong_side"];
export const KEYS: [string, Key][] = [["Space", "k_pedal"], ["S", "spot"], ["K", "keep"], ["↑ ↓", "k_advance"], ["Shift + ↑ ↓", "k_advance5"], ["← →", "k_bevel"], [", .", "k_redirect"], ["PgUp PgDn", "k_redirect_up"], ["A", "aspirate"], ["1 2 3", "k_views"], ["[ ]", "k_primary"], ["; '", "k_secondary"], ["M", "k_magnify"], ["?", "keys"]];
/** Fields of the detector, mm; nothing is all of it. */
export const FIELDS = [null, 230, 150];
export const NEEDLES = ["22G-90-quincke", "22G-120-chiba", "22G-150-chiba", "22G-200-chiba", "20G-150-curved"];

const SIMPLE: Remedy["remedy"][] = ["stop_injecting", "reposition", "abandon", "call_for_help", "turn_supine", "legs_up", "airway", "oxygen", "cpr", "reassure", "keep_lying", "watch_neurology", "watch_for_bleeding", "call_surgeon", "antihistamine", "steroid", "antibiotic", "tell_and_follow_up"];

/** Everything that can be given or done against a complication, with doses for this body mass. */
export function remedies(kg: number): { name: string; words: string; give: Remedy }[] {
  const dosed: [string, string, { [key: string]: unknown }][] = [
    ["lipid_bolus", "1.5 ml/kg", { ml: Math.round(1.5 * kg) }],
    ["lipid_infusion", "0.25 ml/kg/min, 10 min", { ml_per_min: Math.round(0.25 * kg), minutes: 10 }],
    ["benzodiazepine", "2 mg", { mg: 2 }],
    ["propofol", "50 mg", { mg: 50 }],
    ["adrenaline", "50 µg", { ug: 50 }],
    ["ephedrine", "6 mg", { mg: 6 }],
    ["atropine", "0.6 mg", { mg: 0.6 }],
    ["fluids", "500 ml", { ml: 500 }],
    ["vasopressin", "", {}],
    ["beta_blocker", "", {}],
    ["calcium_channel_blocker", "", {}],
    ["lidocaine_antiarrhythmic", "", {}],
  ];
  return [
    ...SIMPLE.map((name) => ({ name, words: plain(name), give: { remedy: name } as Remedy })),
    ...dosed.map(([name, dose, more]) => ({ name, words: `${plain(name)}${dose ? `, ${dose}` : ""}`, give: { remedy: name, ...more } as Remedy })),
  ];
}
