// Spanish for the planner: why this path, and why another is refused.

export const PLAN: Record<string, string> = {
  "The textbook names the lower third of L2 and the upper third of L3 for a single needle": "El libro de texto nombra el tercio inferior de L2 y el superior de L3 para una sola aguja",
  "the way out leaves the CT before it reaches the skin": "la salida deja la TC antes de llegar a la piel", "no path within the searched angles and thirds of the body keeps every margin": "ningún trayecto dentro de los ángulos y tercios buscados respeta todos los márgenes", "No path reached the skin": "Ningún trayecto llegó a la piel",
  "The genitofemoral nerve was blocked in 0 of 15 at L2, and contrast ran into psoas least often here": "El nervio genitofemoral se bloqueó en 0 de 15 en L2, y aquí el contraste entró en el psoas menos veces", "The lower third of L2 is one of the two textbook sites; the kidney is nearest here": "El tercio inferior de L2 es uno de los dos sitios de los libros; aquí el riñón está más cerca", "The upper third of L3 is one of the two textbook sites and the level most often used": "El tercio superior de L3 es uno de los dos sitios de los libros y el nivel más usado", "Nobody counted genitofemoral blocks at L3: the share is half way between L2 and L4": "Nadie contó bloqueos genitofemorales en L3: la proporción está a medio camino entre L2 y L4", "The genitofemoral nerve was blocked in 6 of 15 at L4": "El nervio genitofemoral se bloqueó en 6 de 15 en L4", "The kidney is far, psoas is thick, and the great vessels divide about here": "El riñón está lejos, el psoas es grueso y los grandes vasos se dividen por aquí",
  "No level": "Ningún nivel",
};

export const PLAN_PATTERNS: [RegExp, string][] = [
  [/^(L\d) on the (left|right) was chosen: it costs ([\d.]+) points, against (.+)$/, "Se eligió $1, lado $T2: cuesta $3 puntos, frente a $A4"],
  [/^(L\d) on the (left|right) was chosen$/, "Se eligió $1, lado $T2"],
  [/^([\d.]+) at (L\d)$/, "$1 en $2"],
  [/^no safe path at (L\d)$/, "ningún trayecto seguro en $1"],
  [/^Its tip comes within ([\d.]+) mm of the inferred trunk's likeliest course \((.+)\)$/, "Su punta llega a $1 mm del curso más probable de la cadena inferida ($L2)"],
  [/^Its tip comes within ([\d.]+) mm of the inferred trunk's likeliest course$/, "Su punta llega a $1 mm del curso más probable de la cadena inferida"],
  [/^([\d.]+) mm at (L\d)$/, "$1 mm en $2"],
  [/^It crosses ([\d.]+) mm of psoas and keeps clear of (.*); something it must not touch would be touched in ([\d.]+) % of attempts made blind$/, "Cruza $1 mm de psoas y deja libre: $L2; algo que no debe tocar se tocaría en el $3 % de los intentos a ciegas"],
  [/^(.+) ([\d.]+) mm$/, "$T1 $2 mm"],
  [/^(.+) ([\d.]+) %$/, "$T1 $2 %"],
  [/^(No level|Only \d+ of \d+ needles) on the (left|right): no safe path$/, "$T1, lado $T2: ningún trayecto seguro"],
  [/^The least bad one, at (L\d), is refused because (.+)$/, "El menos malo, en $1, se rechaza porque $S2"],
  [/^No safe path on the (left|right): (.+)$/, "Ningún trayecto seguro, lado $T1: $S2"],
  [/^(Only \d+ of \d+ needles) on the (left|right): no other level has a path to the skin$/, "$T1, lado $T2: ningún otro nivel tiene un trayecto hasta la piel"],
  [/^Only (\d+) of (\d+) needles$/, "Solo $1 de $2 agujas"],
  [/^No path on the (left|right) reached the skin$/, "Ningún trayecto del lado $T1 llegó a la piel"],
  [/^it is ([\d.]+) mm deep, and a needle of ([\d.]+) mm leaves less than ([\d.]+) mm at the hub$/, "tiene $1 mm de profundidad, y una aguja de $2 mm deja menos de $3 mm en el cono"],
  [/^it runs ([\d.]+) mm inside (.+)$/, "va $1 mm por dentro de $T2"],
  [/^it passes (.+) at ([\d.]+) mm, and ([\d.]+) mm is the least allowed$/, "pasa $T1 a $2 mm, y lo mínimo permitido son $3 mm"],
  [/^it touches voxels labelled (.+)$/, "toca vóxeles etiquetados $T1"],
  [/^it would touch (.+) in ([\d.]+) % of attempts, and ([\d.]+) % is the most allowed$/, "tocaría $T1 en el $2 % de los intentos, y lo máximo permitido es el $3 %"],
  [/^its tip would lie ([\d.]+) mm from the surface of the body of (L\d)$/, "su punta quedaría a $1 mm de la superficie del cuerpo de $2"],
  [/^its tip would lie ([\d.]+) mm behind the middle of the body of (L\d)$/, "su punta quedaría $1 mm por detrás del medio del cuerpo de $2"],
];
