/** What this browser remembers, by name. Where it stores nothing, this page remembers as long as it lives. */

const PREFIX = 'avito-live.';

const unsaved = new Map(); // what the browser would not store: full or forbidden

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

/** The names that begin so, whoever saved them. */
export function namesOf(prefix) {
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

/** Calls back when another tab has saved or removed anything whose name begins so. */
export const onSaved = (prefix, callback) =>
	addEventListener('storage', ({ key }) => (key === null || key.startsWith(PREFIX + prefix)) && callback());

const DEFAULTS = {
	lang: 'ru', theme: 'auto', volume: 0.7, repeatMinutes: 0, notify: false, sendWith: 'enter', markRead: true,
};

export const loadSettings = () => ({ ...DEFAULTS, ...load('settings', {}) });
