/** Words of the panel in the operator's language. */
import { WORDS } from './words.js';

export const LANGUAGES = ['ru', 'en'];

/** `t('span.minutes', {n: 5})`: text with `{name}` places, or forms by plural category of `n`. `t.maybe` may be undefined. */
export function translator(lang) {
	const plural = new Intl.PluralRules(lang);
	const column = Math.max(0, LANGUAGES.indexOf(lang));
	const t = (key, values = {}) => {
		const entry = t.maybe(key) ?? key;
		const text = typeof entry === 'string' ? entry : entry[plural.select(values.n)] ?? entry.other;
		return text.replace(/\{(\w+)\}/g, (place, name) => values[name] ?? place);
	};
	t.lang = lang;
	t.maybe = (key) => key.split('.').reduce((words, name) => words?.[name], WORDS)?.[column];
	return t;
}
