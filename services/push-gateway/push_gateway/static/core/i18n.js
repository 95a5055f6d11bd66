/** Words in the operator's language. */

export const LANGUAGES = ['ru', 'en'];

/**
 * `t('span.minutes', {n: 5})`: text with `{name}` places, or forms by plural category of `n`; a key without
 * words is its own text, for `t.maybe` undefined. `trees`: the WORDS of all parts in use.
 */
export function translator(lang, trees) {
	const plural = new Intl.PluralRules(lang);
	const t = (key, values = {}) => {
		const entry = t.maybe(key) ?? key;
		const text = typeof entry === 'string' ? entry : entry[plural.select(values.n)] ?? entry.other;
		return text.replace(/\{(\w+)\}/g, (place, name) => values[name] ?? place);
	};
	const find = (tree, key) => key.split('.').reduce((words, name) => words?.[name], tree);
	t.lang = lang;
	t.maybe = (key) => trees.map((tree) => find(tree, key)).find(Boolean);
	return t;
}
