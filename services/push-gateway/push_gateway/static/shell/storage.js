/** What this browser (else this page) remembers: settings, drafts, replies on their way. */
import { makeRef, operator } from './gateway.js';

const PREFIX = 'avito-live.';

const unsaved = new Map(); // what the browser did not store: full or forbidden

export function load(name, fallback) {
	if (unsaved.has(name)) return unsaved.get(name) ?? fallback;
	try {
		return JSON.parse(localStorage.getItem(PREFIX + name)) ?? fallback;
	} catch {
		return fallback;
	}
}

/** Saves; null removes. */
export function save(name, value) {
	try {
		if (value === null) localStorage.removeItem(PREFIX + name);
		else localStorage.setItem(PREFIX + name, JSON.stringify(value));
		unsaved.delete(name);
	} catch {
		unsaved.set(name, value);
	}
}

function namesOf(prefix) {
	const names = new Set(unsaved.keys());
	try {
		for (let at = 0; at < localStorage.length; at += 1) {
			const key = localStorage.key(at);
			if (key.startsWith(PREFIX)) names.add(key.slice(PREFIX.length));
		}
	} catch {
		// Forbidden: nothing is stored.
	}
	return [...names].filter((name) => name.startsWith(prefix) && load(name, null) !== null);
}

/** Calls back when another tab has saved or removed a name that begins so. */
export const onSaved = (prefix, callback) =>
	addEventListener('storage', ({ key }) => (key === null || key.startsWith(PREFIX + prefix)) && callback());

const DEFAULTS = {
	lang: 'ru', theme: 'auto', volume: 0.7, repeatMinutes: 0, notify: false, sendWith: 'enter', markRead: true,
};

export const loadSettings = () => ({ ...DEFAULTS, ...load('settings', {}) });

const KEPT_S = 180 * 86_400; // as long as chats are

const now = () => Date.now() / 1000;
const nameOf = (place) => `draft/${operator()}/${place}`;
const entryOf = (place) => load(nameOf(place), null);

export const draft = (place) => entryOf(place)?.text ?? '';

export function setDraft(place, text) {
	save(nameOf(place), text ? { text, at: now() } : null);
}

/** The ref of a draft at the server; a changed text gets another. */
export function refOfDraft(place) {
	const entry = { ref: makeRef(), ...entryOf(place) };
	save(nameOf(place), entry);
	return entry.ref;
}

/** Puts a text back; false if another one is there. */
export function giveBack(place, text) {
	const there = draft(place);
	if (there && there !== text) return false;
	setDraft(place, text);
	return true;
}

export const onDrafts = (callback) => onSaved('draft/', callback);

/** Removes drafts that are older than any chat. */
export function pruneDrafts() {
	for (const name of namesOf('draft/')) if (load(name).at < now() - KEPT_S) save(name, null);
}

const folderOf = (who) => `reply/${who}/`;

/** Replies whose end is not known here. Pictures live as long as the page. */
export class KeptReplies {
	#pictures = new Map();
	#files = new Map(); // ref → {file, url, share that has left}
	#all = null;

	/** `onChange`: another tab has changed one. */
	constructor(onChange) {
		onSaved('reply/', () => {
			this.#all = null;
			onChange();
		});
	}

	/** Those of this operator, oldest first. */
	all() {
		const folder = folderOf(operator());
		if (this.#all?.folder !== folder) {
			const pictures = [...this.#pictures.values()].filter(({ by }) => by === operator());
			const replies = [...namesOf(folder).map((name) => load(name)), ...pictures];
			this.#all = { folder, replies: replies.sort((a, b) => a.at - b.at) };
		}
		return this.#all.replies;
	}

	get(ref) {
		const picture = this.#pictures.get(ref);
		return picture?.by === operator() ? picture : load(folderOf(operator()) + ref, null);
	}

	put(reply) {
		this.#all = null;
		if (reply.kind === 'text') save(folderOf(reply.by) + reply.ref, reply);
		else this.#pictures.set(reply.ref, reply);
	}

	remove(ref) {
		this.#all = null;
		this.#pictures.delete(ref);
		save(folderOf(operator()) + ref, null);
	}

	holdsPictures = () => this.#pictures.size > 0;

	putFile = (ref, file, url) => this.#files.set(ref, { file, url, share: 0 });

	fileOf = (ref) => this.#files.get(ref);

	removeFile(ref) {
		const held = this.#files.get(ref);
		if (held) URL.revokeObjectURL(held.url);
		this.#files.delete(ref);
	}
}
