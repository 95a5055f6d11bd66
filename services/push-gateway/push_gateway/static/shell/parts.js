/** Fetches what belongs to the parts of the panel that are not needed every day: words and style sheets. */
import { LANGUAGES, translator } from '../core/i18n.js';
import { BASE } from './gateway.js';

const spoken = new Set(['panel']);
const heard = {}; // by language: the words of each part
const worn = new Map();

/** Resolves to the words in a language: of all parts in use, from now on with `part`. */
export async function speak(lang, part = 'panel') {
	const known = LANGUAGES.includes(lang) ? lang : LANGUAGES[0];
	const words = heard[known] ??= new Map();
	await Promise.all([...spoken, part].map(async (name) =>
		words.set(name, (await import(`../words/${known}/${name}.js`)).WORDS)));
	spoken.add(part);
	return translator(known, [...words.values()]); // those that came meanwhile as well: who asked first may end last
}

/** Resolves once the style sheet is in use. */
export function wear(name) {
	if (!worn.has(name)) worn.set(name, addSheet(new URL(`static/${name.includes('/') ? name : `styles/${name}`}.css`, BASE)));
	return worn.get(name).catch((error) => {
		worn.delete(name);
		throw error;
	});
}

function addSheet({ href }) {
	const link = Object.assign(document.createElement('link'), { rel: 'stylesheet', href });
	return new Promise((resolve, reject) => {
		link.onload = resolve;
		link.onerror = () => {
			link.remove();
			reject(new Error(`No ${href}`));
		};
		document.head.append(link);
	});
}
