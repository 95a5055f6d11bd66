/**
 * What an operator has begun to write: one entry a place (a chat, or the note beside it) and operator.
 * Nothing is held here: whichever tab wrote last, all read that.
 */
import { makeRef, operator } from './gateway.js';
import { load, namesOf, onSaved, save } from './storage.js';

const KEPT_S = 180 * 86_400; // as long as chats are

const now = () => Date.now() / 1000;
const nameOf = (place) => `draft/${operator()}/${place}`;
const entryOf = (place) => load(nameOf(place), null);

export const draft = (place) => entryOf(place)?.text ?? '';

export function setDraft(place, text) {
	save(nameOf(place), text ? { text, at: now() } : null);
}

/** The ref under which a draft is saved at the server; it stays the same until the text changes. */
export function refOfDraft(place) {
	const entry = { ref: makeRef(), ...entryOf(place) };
	save(nameOf(place), entry);
	return entry.ref;
}

/** Puts a text back where it was written; false, and nothing done, when another one stands there. */
export function giveBack(place, text) {
	const there = draft(place);
	if (there && there !== text) return false;
	setDraft(place, text);
	return true;
}

export const onDrafts = (callback) => onSaved('draft/', callback);

/** Lets go of what nobody has touched for as long as a chat is kept. */
export function pruneDrafts() {
	for (const name of namesOf('draft/')) if (load(name).at < now() - KEPT_S) save(name, null);
}
