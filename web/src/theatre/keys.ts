// Which keys belong to the room and which to the control that has the focus. None is lost without a trace: what a control takes
// shows in it, and what it has no use for goes on to the room.

/** Keys that move a slider or a choice. */
const MOVES = /^(Arrow(Up|Down|Left|Right)|PageUp|PageDown|Home|End)$/;
/** What can stand in a number, and what edits it. */
const NUMERIC = /^([0-9.,+\-eE]|Backspace|Delete|Enter|Arrow(Up|Down|Left|Right)|PageUp|PageDown|Home|End)$/;

/** Whether a key goes to the room though the focus is where it is. */
export function roomsOwn(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  const control = (event.target as HTMLElement).closest("input, select, textarea, summary, dialog");
  if (!control) return true;
  if (control.matches("input[type=range]")) return !MOVES.test(event.key);
  if (control.matches("input[type=number]")) return !NUMERIC.test(event.key);
  if (control.matches("select")) return !MOVES.test(event.key) && event.key !== " " && event.key !== "Enter";
  if (control.matches("summary")) return event.key !== " " && event.key !== "Enter";
  return false;
}
