// Spanish for what the engine refuses and what it asks for first, beyond what `spanish.ts` has.

export const REFUSALS: Record<string, string> = {
  "set the side right with everyone, or hold the time-out again": "corrija el lado con todos, o repita la pausa", "say the level again": "diga otra vez el nivel", "take it out and enter elsewhere": "sáquela y entre por otro sitio", "take one of the catalogue": "tome una del catálogo", "give less, or draw up another": "dé menos, o cargue otra", "give this one another label": "ponga otra etiqueta a esta", "draw one up": "cargue una", "do something else with the needle": "haga otra cosa con la aguja",
  "move the tip, or do without a current: it is no guidance": "mueva la punta, o prescinda de la corriente: no guía",
  "no picture shows where this needle's tip is now": "ninguna imagen muestra dónde está ahora la punta de esta aguja", "take one with the tip in it before anything goes in": "tome una con la punta antes de que entre nada", "stop here, take out what is in, look after them, and write down why": "pare aquí, saque lo que esté dentro, atienda a la persona y escriba por qué", "read both feet": "lea los dos pies", "bare the feet and wait": "descubra los pies y espere", "attach the monitor": "conecte el monitor", "hold the time-out": "haga la pausa de seguridad", "clean the skin": "limpie la piel",
  // What has to hold before somebody goes home.
  "the needle is out": "la aguja está fuera", "groin, thigh and quadriceps are examined": "se exploraron ingle, muslo y cuádriceps", "the quadriceps has its power back (watch on, and examine again)": "el cuádriceps ha recuperado la fuerza (siga observando y explore otra vez)", "a fault of the program": "un fallo del programa",
  // What is out of range.
  "primary angle": "ángulo primario", "secondary angle": "ángulo secundario", "bevel angle": "ángulo del bisel", "degrees to turn": "grados de giro", "a coordinate": "una coordenada", "length of the direction": "longitud de la dirección", "the opening in mm": "abertura en mm", "the field in mm": "campo en mm", "seconds on the pedal": "segundos de pedal", "pulses a second": "pulsos por segundo", "seconds to wait": "segundos de espera", "minutes with bare feet": "minutos con los pies desnudos", "minutes to watch": "minutos de observación", "minutes of lipid": "minutos de lípidos", "millimetres to push": "milímetros al empujar", "millimetres to pull": "milímetros al tirar", "volume in ml": "volumen en ml", "rate in ml/s": "ritmo en ml/s", "lipid in ml": "lípidos en ml", "lipid in ml/min": "lípidos en ml/min", "fluid in ml": "líquido en ml", "dose in mg": "dosis en mg", "adrenaline in µg": "adrenalina en µg", "atropine in mg": "atropina en mg", "current in mA": "corriente en mA", "days after the block": "días tras el bloqueo",
};

export const REFUSAL_PATTERNS: [RegExp, string][] = [
  [/^(.+) is not done$/, "no está hecho: $T1"],
  [/^the checklist has no item "?(.+?)"?$/, "la lista no tiene el punto $1"],
  [/^it has (.+)$/, "tiene $L1"],
  [/^there are (.+); or draw one up$/, "hay $1; o cargue una"],
  [/^set the side to (left|right)$/, "ponga el lado $T1"],
  [/^"?(.+?)"? is (\d+) syringes$/, "$1 son $2 jeringas"],
  [/^a syringe called "?(.+?)"? is there and not empty$/, "hay una jeringa llamada $1 y no está vacía"],
  [/^pull it back to ([\d.]+) mm or less, then point it elsewhere$/, "retírela hasta $1 mm o menos y apúntela a otro sitio"],
  [/^([\d.]+) minutes of watching are over, because (.+) \(([\d.]+) are\)$/, "pasaron $1 minutos de observación, porque $T2 (van $3)"],
  [/^what was recognised is dealt with: (.+)$/, "lo reconocido está resuelto: $L1"],
  [/^see that (.+)$/, "compruebe que $S1"],
];
