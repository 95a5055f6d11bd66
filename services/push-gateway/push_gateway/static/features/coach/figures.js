/** How figures are put into words. */

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
