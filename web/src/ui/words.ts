// What the app says, in English and Spanish. The compiler holds the two to the same keys.

import { PATTERNS_ES, PHRASES, TERMS } from "./spanish";

const en = {
  app: "Rami", tagline: "Lumbar sympathetic block, in silico", notice: "Research and teaching software. Not advice for the care of a person.",
  skip: "Skip to content", screens: "Screens", language: "Language", cases: "Cases", assess: "Assess and decide", plan: "Plan", theatre: "Theatre", debrief: "Debrief",
  no_token: "This page needs the address that `rami serve` printed, with everything after the #. Open that one.",
  cases_lead: "Choose a person to work on, grow one, or drop a CT.", built_in: "built in", digital: "digital patient", folder: "case folder", imported: "imported",
  closed: "not open yet", opening: "opening: {what}", ready: "ready", refused: "refused", open: "Open", use: "Work on this case", chosen: "Chosen",
  grow: "Grow a digital patient", seed: "Seed", sex: "Sex", drawn: "drawn", female: "female", male: "male", height: "Height", weight: "Weight", age: "Age", years: "years", variant: "Anatomy", ordinary: "ordinary",
  grow_go: "Grow", import: "Import a CT", drop_here: "Drop a DICOM folder, or a NIfTI CT with its labels, here", choose_folder: "Choose a folder", choose_files: "Choose files",
  import_note: "Nothing leaves this computer. File names are not kept. Labels: a NIfTI whose name has “label” or “seg” in it, or one mask per structure.", case_name: "Name of the case", import_go: "Import", allow_gap: "Fill missing slices between their neighbours",
  uploading: "Sending {n} of {m} files, {p} %", reading: "Reading and checking", import_done: "{name}: imported. {size} voxels.", nothing_to_import: "No file was dropped.",
  need_case: "Choose a case first.", loading: "Loading…", wait_case: "The case is being opened: {what}.",
  chart: "Chart", chart_lead: "What is not known may stay open; what it would settle is said. The example is a made-up person.", assess_go: "Assess", decide_go: "Decision aid", with_plan: "Show the plan's own hazards beside", yes: "yes", no: "no", unknown: "not known", add: "Add", remove: "Remove",
  outcome_stop: "Stop", outcome_caution: "Caution", outcome_clear: "Nothing stands against it", criteria: "Criteria", none_found: "None found in the chart.", findings: "Contraindications and cautions", doses: "Local anaesthetic", risks: "What could go wrong", benefit: "What could be gained", missing: "Would settle more", sources: "Figures used", met: "met", not_met: "not met", cannot_say: "cannot be said", share_of_max: "of the maximum", no_figure: "no figure is known", of_people: "{low} to {high} of 100",
  plan_go: "Plan", side: "Side", left: "left", right: "right", both: "both", level: "Level", auto: "best", planning: "Planning…", candidates: "Candidates", trade_off: "Levels compared", why: "Why this one", refusals: "Refused because", safe: "safe", not_safe: "not safe", depth: "Depth", needle: "Needle", clearance: "Clearance", risk: "Touches something", c_arm: "C-arm", margin: "least allowed", to_chain: "to the chain", drag_hint: "Drag E (entry) or T (target) in any slice, or focus a slice and use the arrow keys with Shift (target) or Ctrl (entry). Wheel or Page keys change the slice.",
  axial: "Axial", sagittal: "Sagittal", coronal: "Coronal", along: "Along the needle", three_d: "3-D", no_webgl: "This browser has no WebGL: the 3-D view is left out. Slices are drawn by the server.", show_3d: "Show 3-D", reset_path: "Back to the plan", report: "Report", close: "Close", entry: "Entry", target: "Target", modelled: "modelled", plan_note: "The chain, ureters, roots and small vessels are inferred or modelled, never seen.", rehearse: "Rehearse this path", dragged: "Your path", psoas: "Psoas", kidney: "Kidney", vessel: "Great vessel", genitofemoral: "Genitofemoral block",
  rate_note: "Touching anything forbidden in a blind attempt", in_words: "In words", window: "Window", level_hu: "Level",
  monitor: "Monitor", trace: "ECG-like trace", clock: "Clock", pulse: "Pulse", pressure: "Mean pressure", left_toe: "Left toe", right_toe: "Right toe", no_monitor: "No monitor is attached.",
  preparing: "Preparing the room…", new_block: "A new block", with_path: "{case}: {level} {side}, along the path you planned.", without_path: "{case}: along the path the planner chooses.", with_chart: "Doses, body and report follow the chart you entered.", without_chart: "No chart was entered: body mass and health are those of the case.", begin: "Begin", earlier: "Earlier blocks", none_yet: "None yet.",
  live: "Live", second: "Kept view", room3d: "C-arm, table and patient, turned with the arrow keys", log: "Log", force: "Force on the needle", primary: "Primary angle", secondary: "Secondary angle", syringe: "Syringe", volume: "Volume in ml", pedal: "Pedal (hold, or Space)", reconnecting: "The connection broke off; trying again. The block is safe.",
  collimation: "Collimation", brightness: "Brightness", no_aim: "There is no planned path to aim along; plan one first.", no_needle: "No needle is in.", step: "Step", current: "Current", content: "What is in it", syringe_label: "Label", call_pattern: "Call the pattern", recognise: "Recognise", treat: "Treat", magnification: "Field of the detector", pulse_rate: "Pulses a second", sound: "Sound", coach: "Guide", spot: "Spot", keep: "Keep view", tunnel: "Tunnel", oblique: "Oblique", lateral: "Lateral", centre: "Centre on target",
  steps: "Steps", lateral_off: "Lateral", cranial_off: "Cranial", lean_out: "Turn out", lean_up: "Tilt up", otherwise: "Beside the planned path", steps_done: "{n} done", insert: "To the skin", advance: "Advance", withdraw: "Withdraw", bevel_left: "Bevel −30°", bevel_right: "Bevel +30°", redirect_in: "Redirect inwards 2°", redirect_out: "Redirect outwards 2°", redirect_up: "Redirect towards the head 2°", redirect_down: "Redirect towards the feet 2°", take_out: "Take out", through: "Through the needle", aspirate: "Aspirate", sensory: "50 Hz", motor: "2 Hz", blind: "Blind", watch: "Watched by", inject: "Inject", draw_up: "Draw up", ledgers: "Ledgers", fluoro_time: "Time on the pedal", pictures: "Pictures", effective: "Effective dose", eye: "Operator's eye", anaesthetic: "Anaesthetic, of the maximum", passes: "Passes", anatomy_shown: "Anatomy shown", bevel: "bevel", on_bone: "on bone",
  s_checklist: "Sign-in checklist", s_consent: "Wants it today", s_sedation: "No sedation", s_prone: "Prone", s_monitor: "Monitor on", s_bare: "Feet bare, 20 min", s_baseline: "Baseline temperatures", s_clean: "Skin", s_drape: "Drape", s_timeout: "Time-out", s_syringes: "Draw up syringes", s_numb: "Numb skin and tract", ask: "Ask the person", s_temps: "Read temperatures", wait5: "Wait 5 min", s_somatic: "Examine groin and thigh", works_yes: "The block works", works_no: "It does not", s_observe: "Observe 30 min", s_home: "Discharge", show_anatomy: "Show me the anatomy",
  g_steps: "Work through the steps from top to bottom: nothing goes in before the time-out, and the room says why.", g_arm: "Turn the C-arm to the tunnel view: the needle will look like a point.", g_live: "Hold the pedal (Space), or take a spot picture (S).", g_needle: "Put the needle to the skin at the planned entry.", g_advance: "Advance a little at a time (↑), looking in tunnel and lateral views; at the front of the body stop and aspirate (A).", g_contrast: "Inject 1 ml of contrast, live, and call what you see.", g_drug: "Aspirate again, then inject the drug in small amounts.", g_after: "Wait, read the temperatures of both feet, examine groin and thigh, and judge the block.", next: "Next", skip_all: "Put the guide away",
  replay: "Replay", tissue: "Tissue at the tip through time", temperature: "Temperature of the toes", score: "Score", no_score: "This block has not been scored.", download: "Downloads", session_log: "Session log (JSON lines)", debrief_json: "Debriefing (JSON)", line: "Line", omitted: "What happened", truth: "truth", no_picture: "No picture in this line.", play: "Play", pause: "Pause", spread_h: "Where the fluid went", no_spread: "Nothing was injected.", video: "Video (WebM)", choose_block: "Choose a block.", plasma: "Plasma", points: "points", measures: "Measures", measure: "Measure", yours: "This block", reference: "Reference run",
  failures: "Practise a failure", failures_lead: "The block is set up to go wrong. Notice it, name it, deal with it; the debriefing says what it was.", f_psoas: "Psoas", f_vessel: "Vessel", f_ureter: "Ureter", f_disc: "Disc", f_kidney: "Kidney", f_genitofemoral: "Genitofemoral nerve", f_toxicity: "Toxicity (LAST)", f_wrong_side: "Wrong side", f_vasovagal: "Faint", f_contrast_reaction: "Contrast reaction", quiz: "Contrast quiz", quiz_lead: "A needle stands somewhere, contrast goes in: say what the picture shows.", quiz_question: "What does the contrast show?", quiz_right: "Right.", quiz_wrong: "Not so.", quiz_was: "An expert reads: {words}.", again: "Another",
  tip_in: "The tip is in {place}.", anatomy_now: "The anatomy as it is", hide_anatomy: "Hide the anatomy", debrief_early: "The block is not over. The debriefing shows the truth; going there now counts as having seen the anatomy. Go?", keys: "Keys", k_pedal: "Hold: pedal", k_advance: "Advance, withdraw", k_advance5: "Advance, withdraw 5 mm", k_bevel: "Turn the bevel 15°", k_redirect: "Redirect in, out 2°", k_redirect_up: "Redirect towards head, feet 2°", k_views: "AP, tunnel, lateral", k_primary: "Primary angle 5°", k_secondary: "Secondary angle 5°", k_magnify: "Next field of the detector", field_whole: "30 cm",
  pad: "Needle pad", pad_words: "Drag: ↑ push, ↓ pull, ↔ bevel", block_of: "{name}, {n} lines", s_correct: "Set the side right", s_phone: "Telephone, day {day}",
  lesson: "What this case teaches", expert: "In the scripted case an expert then does", pain: "Pain, 0 to 10: four hypotheses", pain_note: "Medians; shaded: 5 to 95 of 100 draws of the priors.", chain_block: "Chain blocked, side of the block", chain_note: "The end of the block is drawn sharp; how it fades is not modelled.", moment: "Moment", of_drug: "Local anaesthetic", of_contrast: "Contrast", shells: "Shells of drug at {edges} mg per ml of tissue; dots are equal shares of what there is.", hours_note: "Computed flow, one draw of the tissue. The trunk turns red as its outflow fails by the model of nerves; the curve of the chain follows the published onset instead.", giving: "{ml} ml of {agent} in", after_contrast: "before the drug", after_drug: "{time} after the drug", drug_left: "drug in tissue {mg} mg, at most {most} mg/ml", iodine_left: "iodine {mg} mg", fibres_failing: "fails on the {side}: {levels}", from_behind: "from behind", show_spread_3d: "Show in 3-D", report_html: "Report (HTML)", report_pdf: "Report (PDF)", score_json: "Score (JSON)", recording: "Drawing picture {n} of {m}…", no_recorder: "This browser cannot write video.", difference: "Difference", reference_note: "The reference run is the plan itself, carried out without error on the same person.", not_over: "This block is not over.", checks: "What was checked", posture: "Posture", spacing: "Voxels",
} as const;

export type Key = keyof typeof en;

const es: Record<Key, string> = {
  app: "Rami", tagline: "Bloqueo simpático lumbar, in silico", notice: "Programa de investigación y docencia. No es consejo para la atención de una persona.",
  skip: "Ir al contenido", screens: "Pantallas", language: "Idioma", cases: "Casos", assess: "Valorar y decidir", plan: "Plan", theatre: "Quirófano", debrief: "Repaso",
  no_token: "Esta página necesita la dirección que imprimió `rami serve`, con todo lo que sigue a #. Abra esa.",
  cases_lead: "Elija una persona, cree una o suelte una TC.", built_in: "incluido", digital: "paciente digital", folder: "carpeta", imported: "importado",
  closed: "aún sin abrir", opening: "abriendo: {what}", ready: "listo", refused: "rechazado", open: "Abrir", use: "Trabajar con este caso", chosen: "Elegido",
  grow: "Crear un paciente digital", seed: "Semilla", sex: "Sexo", drawn: "al azar", female: "mujer", male: "hombre", height: "Talla", weight: "Peso", age: "Edad", years: "años", variant: "Anatomía", ordinary: "habitual",
  grow_go: "Crear", import: "Importar una TC", drop_here: "Suelte aquí una carpeta DICOM, o una TC NIfTI con sus etiquetas", choose_folder: "Elegir carpeta", choose_files: "Elegir archivos",
  import_note: "Nada sale de este ordenador. No se guardan los nombres de archivo. Etiquetas: un NIfTI con “label” o “seg” en el nombre, o una máscara por estructura.", case_name: "Nombre del caso", import_go: "Importar", allow_gap: "Rellenar cortes que faltan con sus vecinos",
  uploading: "Enviando {n} de {m} archivos, {p} %", reading: "Leyendo y comprobando", import_done: "{name}: importado. {size} vóxeles.", nothing_to_import: "No se soltó ningún archivo.",
  need_case: "Elija primero un caso.", loading: "Cargando…", wait_case: "El caso se está abriendo: {what}.",
  chart: "Historia", chart_lead: "Lo que no se sabe puede quedar abierto; se dice qué aclararía. El ejemplo es una persona inventada.", assess_go: "Valorar", decide_go: "Ayuda para decidir", with_plan: "Mostrar también los riesgos propios del plan", yes: "sí", no: "no", unknown: "no se sabe", add: "Añadir", remove: "Quitar",
  outcome_stop: "Alto", outcome_caution: "Precaución", outcome_clear: "Nada lo impide", criteria: "Criterios", none_found: "Ninguna en la historia.", findings: "Contraindicaciones y precauciones", doses: "Anestésico local", risks: "Qué puede salir mal", benefit: "Qué se puede ganar", missing: "Aclararía más", sources: "Cifras usadas", met: "se cumple", not_met: "no se cumple", cannot_say: "no se puede decir", share_of_max: "del máximo", no_figure: "no se conoce ninguna cifra", of_people: "de {low} a {high} de cada 100",
  plan_go: "Planificar", side: "Lado", left: "izquierdo", right: "derecho", both: "ambos", level: "Nivel", auto: "el mejor", planning: "Planificando…", candidates: "Candidatos", trade_off: "Comparación de niveles", why: "Por qué este", refusals: "Rechazado porque", safe: "seguro", not_safe: "no seguro", depth: "Profundidad", needle: "Aguja", clearance: "Distancia libre", risk: "Toca algo", c_arm: "Arco en C", margin: "mínimo permitido", to_chain: "a la cadena", drag_hint: "Arrastre E (entrada) o T (diana) en cualquier corte, o enfoque un corte y use las flechas con Mayús (diana) o Ctrl (entrada). La rueda o las teclas de página cambian el corte.",
  axial: "Axial", sagittal: "Sagital", coronal: "Coronal", along: "A lo largo de la aguja", three_d: "3D", no_webgl: "Este navegador no tiene WebGL: se omite la vista 3D. El servidor dibuja los cortes.", show_3d: "Mostrar 3D", reset_path: "Volver al plan", report: "Informe", close: "Cerrar", entry: "Entrada", target: "Diana", modelled: "modelado", plan_note: "La cadena, los uréteres, las raíces y los vasos pequeños se infieren o modelan; nunca se ven.", rehearse: "Ensayar este trayecto", dragged: "Su trayecto", psoas: "Psoas", kidney: "Riñón", vessel: "Gran vaso", genitofemoral: "Bloqueo genitofemoral",
  rate_note: "Tocar algo prohibido en un intento a ciegas", in_words: "En palabras", window: "Ventana", level_hu: "Centro",
  monitor: "Monitor", trace: "Trazado parecido a un ECG", clock: "Reloj", pulse: "Pulso", pressure: "Presión media", left_toe: "Dedo izquierdo", right_toe: "Dedo derecho", no_monitor: "No hay monitor conectado.",
  preparing: "Preparando la sala…", new_block: "Un bloqueo nuevo", with_path: "{level} {side}, en {case}, por el trayecto que planificó.", without_path: "{case}: por el trayecto que elige el planificador.", with_chart: "Las dosis, el cuerpo y el informe siguen la historia que usted introdujo.", without_chart: "No se ha introducido ninguna historia: el peso y la salud son los del caso.", begin: "Empezar", earlier: "Bloqueos anteriores", none_yet: "Ninguno aún.",
  live: "En directo", second: "Vista guardada", room3d: "Arco en C, mesa y paciente; gira con las flechas", log: "Registro", force: "Fuerza en la aguja", primary: "Ángulo primario", secondary: "Ángulo secundario", syringe: "Jeringa", volume: "Volumen en ml", pedal: "Pedal (mantener, o Espacio)", reconnecting: "Se cortó la conexión; se intenta de nuevo. El bloqueo está a salvo.",
  collimation: "Colimación", brightness: "Brillo", no_aim: "No hay trayecto planificado al que apuntar; planifique uno.", no_needle: "No hay aguja puesta.", step: "Paso", current: "Corriente", content: "Qué contiene", syringe_label: "Etiqueta", call_pattern: "Nombrar el patrón", recognise: "Reconocer", treat: "Tratar", magnification: "Campo del detector", pulse_rate: "Pulsos por segundo", sound: "Sonido", coach: "Guía", spot: "Disparo", keep: "Guardar vista", tunnel: "Túnel", oblique: "Oblicua", lateral: "Lateral", centre: "Centrar en la diana",
  steps: "Pasos", lateral_off: "Lateral", cranial_off: "Craneal", lean_out: "Girar afuera", lean_up: "Inclinar arriba", otherwise: "Fuera del trayecto previsto", steps_done: "{n} hechos", insert: "A la piel", advance: "Avanzar", withdraw: "Retirar", bevel_left: "Bisel −30°", bevel_right: "Bisel +30°", redirect_in: "Redirigir 2° hacia dentro", redirect_out: "Redirigir 2° hacia fuera", redirect_up: "Redirigir 2° hacia la cabeza", redirect_down: "Redirigir 2° hacia los pies", take_out: "Sacar", through: "Por la aguja", aspirate: "Aspirar", sensory: "50 Hz", motor: "2 Hz", blind: "A ciegas", watch: "Visto con", inject: "Inyectar", draw_up: "Cargar", ledgers: "Cuentas", fluoro_time: "Tiempo de pedal", pictures: "Imágenes", effective: "Dosis efectiva", eye: "Ojo del operador", anaesthetic: "Anestésico, del máximo", passes: "Pases", anatomy_shown: "Anatomía mostrada", bevel: "bisel", on_bone: "en hueso",
  s_checklist: "Lista de entrada", s_consent: "Lo quiere hoy", s_sedation: "Sin sedación", s_prone: "Boca abajo", s_monitor: "Monitor puesto", s_bare: "Pies desnudos, 20 min", s_baseline: "Temperaturas basales", s_clean: "Piel", s_drape: "Paños", s_timeout: "Pausa de seguridad", s_syringes: "Cargar jeringas", s_numb: "Dormir piel y trayecto", ask: "Preguntar a la persona", s_temps: "Leer temperaturas", wait5: "Esperar 5 min", s_somatic: "Explorar ingle y muslo", works_yes: "El bloqueo funciona", works_no: "No funciona", s_observe: "Observar 30 min", s_home: "Alta", show_anatomy: "Mostrar la anatomía",
  g_steps: "Siga los pasos de arriba abajo: nada entra antes de la pausa, y la sala dice por qué.", g_arm: "Gire el arco a la vista en túnel: la aguja se verá como un punto.", g_live: "Mantenga el pedal (Espacio), o tome un disparo (S).", g_needle: "Ponga la aguja en la piel en la entrada planificada.", g_advance: "Avance poco a poco (↑), mirando en túnel y lateral; en el frente del cuerpo pare y aspire (A).", g_contrast: "Inyecte 1 ml de contraste en directo y nombre lo que ve.", g_drug: "Aspire otra vez y luego inyecte el fármaco en pequeñas cantidades.", g_after: "Espere, lea las temperaturas de ambos pies, explore ingle y muslo y juzgue el bloqueo.", next: "Siguiente", skip_all: "Guardar la guía",
  replay: "Repetición", tissue: "Tejido en la punta a lo largo del tiempo", temperature: "Temperatura de los dedos", score: "Puntuación", no_score: "Este bloqueo no se ha puntuado.", download: "Descargas", session_log: "Registro de la sesión (JSON por líneas)", debrief_json: "Repaso (JSON)", line: "Línea", omitted: "Qué pasó", truth: "verdad", no_picture: "No hay imagen en esta línea.", play: "Reproducir", pause: "Pausar", spread_h: "Adónde fue el líquido", no_spread: "No se inyectó nada.", video: "Vídeo (WebM)", choose_block: "Elija un bloqueo.", plasma: "Plasma", points: "puntos", measures: "Medidas", measure: "Medida", yours: "Este bloqueo", reference: "De referencia",
  failures: "Practicar un fallo", failures_lead: "El bloqueo está preparado para salir mal. Note qué pasa, nómbrelo y resuélvalo; el repaso dice qué era.", f_psoas: "Psoas", f_vessel: "Vaso", f_ureter: "Uréter", f_disc: "Disco", f_kidney: "Riñón", f_genitofemoral: "Nervio genitofemoral", f_toxicity: "Toxicidad (LAST)", f_wrong_side: "Lado equivocado", f_vasovagal: "Síncope", f_contrast_reaction: "Reacción al contraste", quiz: "Examen de contraste", quiz_lead: "Hay una aguja en algún sitio y entra contraste: diga qué muestra la imagen.", quiz_question: "¿Qué muestra el contraste?", quiz_right: "Correcto.", quiz_wrong: "No es así.", quiz_was: "Un experto lee: {words}.", again: "Otro",
  tip_in: "La punta está en {place}.", anatomy_now: "La anatomía tal como es", hide_anatomy: "Ocultar la anatomía", debrief_early: "El bloqueo no ha terminado. El repaso muestra la verdad; ir ahora cuenta como haber visto la anatomía. ¿Ir?", keys: "Teclas", k_pedal: "Mantener: pedal", k_advance: "Avanzar, retirar", k_advance5: "Avanzar, retirar 5 mm", k_bevel: "Girar el bisel 15°", k_redirect: "Redirigir dentro, fuera 2°", k_redirect_up: "Redirigir a cabeza, pies 2°", k_views: "AP, túnel, lateral", k_primary: "Ángulo primario 5°", k_secondary: "Ángulo secundario 5°", k_magnify: "Siguiente campo del detector", field_whole: "30 cm",
  pad: "Panel de la aguja", pad_words: "Arrastrar: ↑ empujar, ↓ tirar, ↔ bisel", block_of: "{name}, {n} líneas", s_correct: "Corregir el lado", s_phone: "Teléfono, día {day}",
  lesson: "Qué enseña este caso", expert: "En el caso escrito, un experto hace entonces", pain: "Dolor, 0 a 10: cuatro hipótesis", pain_note: "Medianas; sombreado: de 5 a 95 de cada 100 extracciones.", chain_block: "Cadena bloqueada, lado del bloqueo", chain_note: "El fin del bloqueo se dibuja brusco; cómo se desvanece no se modela.", moment: "Momento", of_drug: "Anestésico local", of_contrast: "Contraste", shells: "Superficies del fármaco a {edges} mg por ml de tejido; los puntos son partes iguales de lo que hay.", hours_note: "Flujo calculado, una extracción del tejido. El tronco enrojece cuando falla su salida según el modelo de nervios; la curva de la cadena sigue en cambio el inicio publicado.", giving: "{ml} ml de {agent} dentro", after_contrast: "antes del fármaco", after_drug: "{time} después del fármaco", drug_left: "fármaco en el tejido {mg} mg, como mucho {most} mg/ml", iodine_left: "yodo {mg} mg", fibres_failing: "falla en el lado {side}: {levels}", from_behind: "desde atrás", show_spread_3d: "Mostrar en 3D", report_html: "Informe (HTML)", report_pdf: "Informe (PDF)", score_json: "Puntuación (JSON)", recording: "Dibujando la imagen {n} de {m}…", no_recorder: "Este navegador no puede grabar vídeo.", difference: "Diferencia", reference_note: "La referencia es el propio plan, ejecutado sin error en la misma persona.", not_over: "Este bloqueo no ha terminado.", checks: "Qué se comprobó", posture: "Postura", spacing: "Vóxeles",
};

let language: "en" | "es" = (localStorage.getItem("rami-language") ?? navigator.language).startsWith("es") ? "es" : "en";

export function currentLanguage(): "en" | "es" {
  return language;
}

export function setLanguage(code: "en" | "es"): void {
  language = code;
  localStorage.setItem("rami-language", code);
}

/** Words by key, with {places} filled. */
export function t(key: Key, places: Record<string, string | number> = {}): string {
  let words: string = (language === "es" ? es : en)[key];
  for (const [name, value] of Object.entries(places)) words = words.replaceAll(`{${name}}`, String(value));
  return words;
}

/** A name with underscores as words, as a clinic says it: `nerve_root_L3_left` → left nerve root L3, or its Spanish. */
export function plain(name: string): string {
  const known = language === "es" ? TERMS[name] : undefined;
  if (known) return known;
  const found = /^([a-z_]+?)(?:_([CTLS]\d+))?_(left|right)$/.exec(name);
  if (!found) return name.replaceAll("_", " ");
  const [, structure = "", level, side] = found;
  const base = `${plain(structure)}${level ? ` ${level}` : ""}`;
  return language === "es" ? `${base}, lado ${side === "left" ? "izquierdo" : "derecho"}` : `${side} ${base}`;
}

/** A structure as the planner says it: left nerve root L3, vertebra L3, disc L3/L4, right rib 12. */
function structure(said: string): string | null {
  const sided = /^(left|right) (.+)$/.exec(said);
  if (sided) {
    const base = structure(sided[2]!);
    return base && `${base}, lado ${sided[1] === "left" ? "izquierdo" : "derecho"}`;
  }
  const numbered = /^(.+?) ([CTLS]\d+(?:\/[CTLS]\d+)?|\d+)$/.exec(said);
  if (numbered) {
    const base = structure(numbered[1]!);
    return base && `${base} ${numbered[2]}`;
  }
  return TERMS[said.replaceAll(" ", "_")] ?? PHRASES[said] ?? null;
}

/** What stays as it is in every language: figures, levels, words in quotation marks. */
const PLAIN = /^(?:[\d.,/:% ×°–-]*|[CTLS]\d|(?:mm|ml|mg|min|s|kPa|mA)\b|`.*`|".*")$/;

/** One part of a sentence by its letter in the pattern; nothing where it is not known. */
function part(how: string, text: string): string | null {
  const all = (by: RegExp, between: string): string | null => {
    const parts = text.split(by).map((one) => (PLAIN.test(one) ? one : spanish(one)));
    return parts.every((one) => one !== null) ? parts.join(between) : null;
  };
  switch (how) {
    case "T":
      return PLAIN.test(text) ? text : spanish(text);
    case "L":
      return all(/, /, ", ");
    case "A":
      return all(/ and /, " y ");
    case "S":
      return all(/; /, "; ");
    case "F":
      return text.replace(" to ", " a ");
    case "C": {
      const rest = text ? spanish(text) : "";
      return rest && `, ${rest}`;
    }
    default:
      return text;
  }
}

/** A sentence of the engine's in Spanish; nothing where it is not known. */
export function spanish(text: string): string | null {
  const whole = text.trim();
  const stop = /[.;]$/.exec(whole)?.[0] ?? "";
  const bare = stop ? whole.slice(0, -1) : whole;
  const known = PHRASES[whole] ?? PHRASES[bare] ?? structure(bare);
  if (known) return known;
  for (const [pattern, words] of PATTERNS_ES) {
    const found = pattern.exec(bare);
    if (!found) continue;
    let complete = true;
    const said = words.replace(/\$([A-Z]?)(\d)/g, (_, how: string, at: string) => {
      const one = part(how, found[Number(at)] ?? "");
      complete &&= one !== null;
      return one ?? "";
    });
    if (complete) return said;
  }
  // Several sentences, or several reasons, one after the other.
  for (const [by, between] of [[/(?<=\.) (?=[A-Z])/, ". "], [/; /, "; "]] as const) {
    const parts = bare.split(by);
    if (parts.length < 2) continue;
    const said = parts.map((one) => spanish(one)?.replace(/\.$/, "") ?? null);
    if (said.every((one) => one !== null)) return said.join(between);
  }
  return null;
}

/** A sentence of the engine's in the language of the page, where it is known; else as it came. */
export function translated(text: string): string {
  return language === "es" ? (spanish(text) ?? text) : text;
}

/** The language of a sentence as `translated` gives it, where that is not the page's: a screen reader has to be told. */
export function foreign(text: string): "en" | null {
  return language === "es" && /[A-Za-z]{2}/.test(text) && spanish(text) === null ? "en" : null;
}
