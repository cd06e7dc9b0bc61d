// What the engine reports, as words for the log and for a screen reader.

import { currentLanguage, plain, translated } from "../ui/words";
import type { BlockEvent } from "./wire";

/** Pain on the telephone under each hypothesis. */
const pains = (e: BlockEvent): string =>
  Object.entries((e["nrs_under"] ?? {}) as { [mechanism: string]: number }).map(([mechanism, nrs]) => `${nrs.toFixed(1)} (${plain(mechanism)})`).join(", ") || "–";

type Say = (event: BlockEvent) => string;
const number = (value: unknown, digits = 1): string => (typeof value === "number" ? value.toFixed(digits) : "–");
const word = (value: unknown): string => plain(String(value ?? ""));

const en: { [event: string]: Say } = {
  phase_entered: (e) => `Now: ${word(e["phase"])}.`,
  checked: (e) => `Checked: ${word(e["item"])}.`,
  consented: (e) => (e["given"] ? "The person wants the block." : "The person says no."),
  time_out_held: (e) => (e["mismatch"] ? `Time-out: ${translated(String(e["mismatch"]))}` : "Time-out held; everything fits."),
  drawn_up: (e) => `Drawn up: ${String(e["content"])} as ${String(e["label"])}.`,
  skin_numbed: (e) => `Skin and tract numb, ${number(e["volume_ml"])} ml.`,
  c_arm_moved: (e) => `C-arm: ${translated(String(e["in_words"]))}.`,
  needle_inserted: (e) => `Needle ${String(e["needle"])} at the skin, pass ${String(e["pass"])}.`,
  needle_moved: (e) => `Depth ${number(e["depth_mm"])} mm, ${number(e["force_n"], 2)} N${e["stopped"] ? `, stopped: ${word(e["stopped"])}` : ""}${e["lost_resistance"] ? ", the resistance fell away" : ""}.`,
  needle_redirected: () => "The needle points another way.",
  needle_removed: () => "The needle is out.",
  needle_seen: (e) => `The needle looks ${number(e["off_axis_deg"])}° off a point.`,
  said: (e) => `“${translated(String(e["words"]))}”`,
  contrast_shown: (e) => `Contrast: ${translated(String(e["in_words"]))}.`,
  pattern_called: (e) => `You call it ${word(e["pattern"])}.`,
  aspirated: (e) => `Aspiration: ${word(e["seen"])}.`,
  stimulated: (e) => `${word(e["mode"])} stimulation at ${number(e["milliamp"], 2)} mA: ${translated(String(e["answer"]))}`,
  injected: (e) => `${number(e["volume_ml"])} ml of ${String(e["agent"])} in; ${number(e["left_ml"])} ml left. ${translated(String(e["resistance"]))}`,
  temperatures: (e) => {
    const toe = e["toe_c"] as { left: number; right: number };
    return `Toes: left ${number(toe.left)}, right ${number(toe.right)} °C.`;
  },
  rule_fired: (e) => `${word(e["rule"])}: ${translated(String(e["statement"]))}.`,
  somatic_found: (e) => `Groin ${e["groin_numb"] ? "numb" : "feels"}, thigh ${e["thigh_numb"] ? "numb" : "feels"}, quadriceps ${e["quadriceps_weak"] ? "weak" : "strong"}.`,
  vitals: (e) => `Pressure ${number(e["mean_pressure_mmhg"], 0)}, pulse ${number(e["heart_rate_per_min"], 0)}, SpO₂ ${number(e["spo2_percent"], 0)}${e["awake"] ? "" : ", does not answer"}.`,
  warned: (e) => translated(String(e["text"])),
  noted: (e) => translated(String(e["text"])),
  consequence: (e) => translated(String(e["text"])),
  treated: (e) => `Treated: ${translated(String(e["effect"]))}`,
  observed: (e) => `Watched for ${number(e["minutes"], 0)} min.`,
  side_corrected: (e) => `The side is ${word(e["side"])} now.`,
  sedation_recorded: (e) => `Sedation: ${word(e["level"])}.`,
  handled: (e) => `Dealt with: ${word(e["complication"])}.`,
  followed_up: (e) => `Telephone, day ${number(e["day"], 0)}: pain ${pains(e)}.`,
  discharged: () => "The person goes home.",
};

const es: { [event: string]: Say } = {
  phase_entered: (e) => `Ahora: ${word(e["phase"])}.`,
  checked: (e) => `Comprobado: ${word(e["item"])}.`,
  consented: (e) => (e["given"] ? "La persona quiere el bloqueo." : "La persona dice que no."),
  time_out_held: (e) => (e["mismatch"] ? `Pausa: ${translated(String(e["mismatch"]))}` : "Pausa hecha; todo concuerda."),
  drawn_up: (e) => `Cargado: ${String(e["content"])} como ${String(e["label"])}.`,
  skin_numbed: (e) => `Piel y trayecto dormidos, ${number(e["volume_ml"])} ml.`,
  c_arm_moved: (e) => `Arco en C: ${translated(String(e["in_words"]))}.`,
  needle_inserted: (e) => `Aguja ${String(e["needle"])} en la piel, pase ${String(e["pass"])}.`,
  needle_moved: (e) => `Profundidad ${number(e["depth_mm"])} mm, ${number(e["force_n"], 2)} N${e["stopped"] ? `, parada: ${word(e["stopped"])}` : ""}${e["lost_resistance"] ? ", cedió la resistencia" : ""}.`,
  needle_redirected: () => "La aguja apunta a otro sitio.",
  needle_removed: () => "La aguja está fuera.",
  needle_seen: (e) => `La aguja se ve a ${number(e["off_axis_deg"])}° de un punto.`,
  said: (e) => `“${translated(String(e["words"]))}”`,
  contrast_shown: (e) => `Contraste: ${translated(String(e["in_words"]))}.`,
  pattern_called: (e) => `Usted lo llama ${word(e["pattern"])}.`,
  aspirated: (e) => `Aspiración: ${word(e["seen"])}.`,
  stimulated: (e) => `Estimulación ${word(e["mode"])} a ${number(e["milliamp"], 2)} mA: ${translated(String(e["answer"]))}`,
  injected: (e) => `${number(e["volume_ml"])} ml de ${String(e["agent"])}; quedan ${number(e["left_ml"])} ml. ${translated(String(e["resistance"]))}`,
  temperatures: (e) => {
    const toe = e["toe_c"] as { left: number; right: number };
    return `Dedos: izquierdo ${number(toe.left)}, derecho ${number(toe.right)} °C.`;
  },
  rule_fired: (e) => `${word(e["rule"])}: ${translated(String(e["statement"]))}.`,
  somatic_found: (e) => `Ingle ${e["groin_numb"] ? "dormida" : "normal"}, muslo ${e["thigh_numb"] ? "dormido" : "normal"}, cuádriceps ${e["quadriceps_weak"] ? "débil" : "fuerte"}.`,
  vitals: (e) => `Presión ${number(e["mean_pressure_mmhg"], 0)}, pulso ${number(e["heart_rate_per_min"], 0)}, SpO₂ ${number(e["spo2_percent"], 0)}${e["awake"] ? "" : ", no responde"}.`,
  side_corrected: (e) => `El lado es ahora ${word(e["side"])}.`,
  sedation_recorded: (e) => `Sedación: ${word(e["level"])}.`,
  handled: (e) => `Resuelto: ${word(e["complication"])}.`,
  treated: (e) => `Tratado: ${translated(String(e["effect"]))}`,
  observed: (e) => `Observación de ${number(e["minutes"], 0)} min.`,
  followed_up: (e) => `Teléfono, día ${number(e["day"], 0)}: ${pains(e)}.`,
  discharged: () => "La persona se va a casa.",
};

/** An event in words; nothing for those that only a picture tells. */
export function inWords(event: BlockEvent): string {
  if (event.event === "exposed") return "";
  const say = (currentLanguage() === "es" ? es[event.event] : undefined) ?? en[event.event];
  return say ? say(event) : plain(event.event);
}
