/** What this browser remembers. A browser that stores nothing only forgets. */

const PREFIX = 'avito-live.';

export function load(name, fallback) {
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
	} catch {
		// Full or forbidden: the panel works on without memory.
	}
}

export const onSaved = (name, callback) =>
	addEventListener('storage', (event) => event.key === PREFIX + name && callback());

const DEFAULTS = {
	lang: 'ru', theme: 'auto', volume: 0.7, repeatMinutes: 0, notify: false, sendWith: 'enter', markRead: true,
};

export const loadSettings = () => ({ ...DEFAULTS, ...load('settings', {}) });
