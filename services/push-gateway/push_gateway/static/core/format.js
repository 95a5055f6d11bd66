/** Times (Unix seconds, shown local), short texts and words in the operator's language. */

const formats = new Map();

function format(at, lang, options) {
	const key = lang + JSON.stringify(options);
	if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat(lang, options));
	return Number.isNaN(date(at).getTime()) ? '–' : formats.get(key).format(date(at));
}

const date = (seconds) => new Date(seconds * 1000);
const sameYear = (at, now) => date(at).getFullYear() === date(now).getFullYear();

export const clock = (at, lang) => format(at, lang, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
export const fullDate = (at, lang) =>
	format(at, lang, { dateStyle: 'full', timeStyle: 'medium', hourCycle: 'h23' });

/** Whole days from `at` to `now` by the local calendar: 0 today, 1 yesterday. */
export function daysAgo(at, now) {
	const midnight = (seconds) => date(seconds).setHours(0, 0, 0, 0);
	return Math.round((midnight(now) - midnight(at)) / 86_400_000);
}

export function dayName(at, now, t) {
	const recent = ['day.today', 'day.yesterday'][daysAgo(at, now)];
	if (recent) return t(recent);
	const year = sameYear(at, now) ? undefined : 'numeric';
	return format(at, t.lang, { day: 'numeric', month: 'long', year });
}

export function rowTime(at, now, t) {
	const days = daysAgo(at, now);
	if (days <= 0) return clock(at, t.lang);
	if (days === 1) return t('day.yesterday').toLowerCase();
	if (sameYear(at, now)) return format(at, t.lang, { day: 'numeric', month: 'short' });
	return format(at, t.lang, { day: '2-digit', month: '2-digit', year: '2-digit' });
}

export function span(seconds, t) {
	const s = Math.max(1, seconds);
	const [unit, size] = [['days', 86_400], ['hours', 3600], ['minutes', 60]].find(([, n]) => s >= n) ?? ['seconds', 1];
	return t(`span.${unit}`, { n: Math.floor(s / size) });
}

// Controls and marks that reorder the text around them.
const CONTROLS = String.raw`\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069`;
const UNSHOWABLE = new RegExp(`[${CONTROLS}]+`, 'g');
// Neither a space nor a control nor what is drawn as nothing.
const SHOWABLE = /[^\s\p{Cc}\p{DI}\u2800]/u;

/** A text or number as text. Anything else, which strangers may put in its place, is ''. */
export const plain = (value) => (typeof value === 'string' || Number.isFinite(value) ? String(value) : '');

/** Whether nothing of a text can be seen. */
export const isBlank = (text) => !SHOWABLE.test(text);

/** The first `units` UTF-16 units of a text, one less where that would halve a letter. */
export const truncate = (text, units) => text.slice(0, units).replace(/[\ud800-\udbff]$/, '');

/** Text fit for one line: no breaks, nothing that reorders its surroundings, bounded. */
export function oneLine(text, max = 160) {
	const whole = plain(text);
	const first = whole.search(SHOWABLE);
	if (first < 0) return '';
	const line = truncate(whole.slice(first), max * 4).replace(UNSHOWABLE, ' ').trimEnd();
	const letters = Array.from(line);
	return letters.length > max ? `${letters.slice(0, max).join('')}…` : line;
}

/** Who writes to us: the buyer, or the seller where we buy. */
export const buyerName = ({ buyer, buying }, t) => oneLine(buyer?.name, 80) || t(buying ? 'buyer.seller' : 'buyer.unnamed');

export const itemTitle = ({ item, enriched }, t) =>
	(item ? oneLine(item.title, 80) || t('type.item') : t(enriched ? 'item.none' : 'item.loading'));

export function initials(name) {
	const words = oneLine(name, 60).split(' ').filter((word) => /^[\p{L}\p{N}]/u.test(word));
	return words.slice(0, 2).map((word) => Array.from(word)[0]).join('').toUpperCase() || '?';
}

export const capped = (n) => (n > 99 ? '99+' : String(n));

export const LANGUAGES = ['ru', 'en'];

/**
 * `t('span.minutes', {n: 5})`: text with `{name}` places, or forms by plural category of `n`; a key without
 * words is its own text, for `t.maybe` undefined. `trees`: the WORDS in use.
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
