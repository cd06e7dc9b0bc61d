// What the app says, in English and Spanish. The compiler holds the two to the same keys.

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
  outcome_stop: "Stop", outcome_caution: "Caution", outcome_clear: "Nothing stands against it", criteria: "Criteria", findings: "Contraindications and cautions", doses: "Local anaesthetic", risks: "What could go wrong", benefit: "What could be gained", missing: "Would settle more", sources: "Figures used", met: "met", not_met: "not met", cannot_say: "cannot be said", share_of_max: "of the maximum", no_figure: "no figure is known", of_people: "{low} to {high} of 100",
  plan_go: "Plan", side: "Side", left: "left", right: "right", both: "both", level: "Level", auto: "best", planning: "Planning…", candidates: "Candidates", trade_off: "Levels compared", why: "Why this one", refusals: "Refused because", safe: "safe", not_safe: "not safe", depth: "Depth", needle: "Needle", clearance: "Clearance", risk: "Touches something", c_arm: "C-arm", margin: "least allowed", to_chain: "to the chain", drag_hint: "Drag E (entry) or T (target) in any slice, or focus a slice and use the arrow keys with Shift (target) or Ctrl (entry). Wheel or Page keys change the slice.",
  axial: "Axial", sagittal: "Sagittal", coronal: "Coronal", along: "Along the needle", three_d: "3-D", no_webgl: "This browser has no WebGL: the 3-D view is left out. Slices are drawn by the server.", show_3d: "Show 3-D", reset_path: "Back to the plan", report: "Report", close: "Close", entry: "Entry", target: "Target", modelled: "modelled", plan_note: "The chain, ureters, roots and small vessels are inferred or modelled, never seen.", rehearse: "Rehearse this path", dragged: "Your path", psoas: "Psoas", kidney: "Kidney", vessel: "Great vessel", genitofemoral: "Genitofemoral block",
  rate_note: "Touching anything forbidden in a blind attempt", in_words: "In words", window: "Window", level_hu: "Level",
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
  outcome_stop: "Alto", outcome_caution: "Precaución", outcome_clear: "Nada lo impide", criteria: "Criterios", findings: "Contraindicaciones y precauciones", doses: "Anestésico local", risks: "Qué puede salir mal", benefit: "Qué se puede ganar", missing: "Aclararía más", sources: "Cifras usadas", met: "se cumple", not_met: "no se cumple", cannot_say: "no se puede decir", share_of_max: "del máximo", no_figure: "no se conoce ninguna cifra", of_people: "de {low} a {high} de cada 100",
  plan_go: "Planificar", side: "Lado", left: "izquierdo", right: "derecho", both: "ambos", level: "Nivel", auto: "el mejor", planning: "Planificando…", candidates: "Candidatos", trade_off: "Comparación de niveles", why: "Por qué este", refusals: "Rechazado porque", safe: "seguro", not_safe: "no seguro", depth: "Profundidad", needle: "Aguja", clearance: "Distancia libre", risk: "Toca algo", c_arm: "Arco en C", margin: "mínimo permitido", to_chain: "a la cadena", drag_hint: "Arrastre E (entrada) o T (diana) en cualquier corte, o enfoque un corte y use las flechas con Mayús (diana) o Ctrl (entrada). La rueda o las teclas de página cambian el corte.",
  axial: "Axial", sagittal: "Sagital", coronal: "Coronal", along: "A lo largo de la aguja", three_d: "3D", no_webgl: "Este navegador no tiene WebGL: se omite la vista 3D. El servidor dibuja los cortes.", show_3d: "Mostrar 3D", reset_path: "Volver al plan", report: "Informe", close: "Cerrar", entry: "Entrada", target: "Diana", modelled: "modelado", plan_note: "La cadena, los uréteres, las raíces y los vasos pequeños se infieren o modelan; nunca se ven.", rehearse: "Ensayar este trayecto", dragged: "Su trayecto", psoas: "Psoas", kidney: "Riñón", vessel: "Gran vaso", genitofemoral: "Bloqueo genitofemoral",
  rate_note: "Tocar algo prohibido en un intento a ciegas", in_words: "En palabras", window: "Ventana", level_hu: "Centro",
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

/** A name with underscores as words: `kidney_left` → kidney left. */
export function plain(name: string): string {
  return name.replaceAll("_", " ");
}
