/** Days as the coach counts them (`2026-11-22`, wherever the reader is), and how figures are put into words. */

export const percent = (share, t) => (share === null ? '–' : `${Math.round(share * 100)}${t.lang === 'ru' ? '\u00a0' : ''}%`);

/** Seconds as people say them: `45 с`, `3 мин 20 с`, `2 ч 5 мин`. */
export function duration(seconds, t) {
	if (seconds === null) return '–';
	const s = Math.round(seconds);
	const [h, m] = [Math.floor(s / 3600), Math.floor((s % 3600) / 60)];
	if (h) return `${t('unit.h', { n: h })} ${t('unit.m', { n: m })}`;
	if (m) return `${t('unit.m', { n: m })} ${t('unit.s', { n: s % 60 })}`;
	return t('unit.s', { n: s });
}

/** `4:05` for a countdown. */
export const countdown = (seconds) => {
	const s = Math.max(0, Math.ceil(seconds));
	return `${Math.floor(s / 60)}:${String(s % 60).padStart(2, '0')}`;
};

export const told = ({ count, share, median_s: median }, t) =>
	t('report.told', { share: percent(share, t), median: duration(median, t), count });

/** What one can choose; `days` back from today, today included. */
export const RANGES = [
	{ name: 'week', days: 7, by: 'day' },
	{ name: 'fortnight', days: 14, by: 'day' },
	{ name: 'month', days: 30, by: 'day' },
	{ name: 'quarter', days: 91, by: 'week' },
	{ name: 'year', days: 364, by: 'week' },
];

/** What the server tells where nothing is chosen. */
export const USUAL = RANGES[1];

const DAY_MS = 86_400_000;

/** The first and the last day of a range that ends `today`. */
export function daysOf({ days }, today) {
	const first = new Date(Date.parse(today) - (days - 1) * DAY_MS);
	return { from: first.toISOString().slice(0, 10), to: today };
}

/** The day that it is at a moment (Unix seconds) in a time zone; null when this browser does not know the zone. */
export function dayIn(zone, moment) {
	try {
		return new Intl.DateTimeFormat('sv', { timeZone: zone }).format(moment * 1000);
	} catch {
		return null;
	}
}

/** `22 нояб.`, or `16–22 нояб.` for more than a day. */
export function span({ from, to }, lang) {
	const format = new Intl.DateTimeFormat(lang, { day: 'numeric', month: 'short', timeZone: 'UTC' });
	const [first, last] = [new Date(from), new Date(to)];
	return from === to ? format.format(first) : format.formatRange(first, last);
}
