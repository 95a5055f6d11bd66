/** Notes for colleagues beside a thread: by id, removed ones too, each as of its `stamp`. */

export function putNote(notes, note, stamp) {
	const held = notes.get(note.id);
	if (!(held?.stamp > stamp)) notes.set(note.id, { ...note, stamp });
}

/** All notes as an answer of `seq` has them; what is known as of later stays. */
export function loadNotes(notes, found, seq) {
	// What it does not name is gone, and an answer that is older still must not bring it back.
	for (const id of [...notes.keys()]) putNote(notes, { id, deleted: true }, seq);
	for (const note of found) putNote(notes, note, seq);
}

/** Those to be drawn, oldest first. */
export const standing = (notes) =>
	[...notes.values()].filter(({ deleted }) => !deleted).sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));
