/** The figures of the chosen days: a chart, all together, by who answered, by day or week. */
import { oneLine } from '../../core/format.js';
import { svg } from '../../vendor/lit-html/lit-html.js';
import { html, names } from '../../views/parts.js';
import { RANGES, duration, percent, span, told } from './figures.js';

export const choice = (coach) => html`
	<div class="choice" role="group" aria-label=${coach.t('report.range')}>
		${RANGES.map((range) => html`
			<button type="button" class=${names('plain', { chosen: range === coach.range })}
				aria-pressed=${String(range === coach.range)} @click=${() => coach.choose(range)}>${coach.t(`range.${range.name}`)}</button>`)}
		<a class="plain csv" href=${coach.csvUrl} download>${coach.t('report.csv')}</a>
	</div>`;

export function total({ t, report }) {
	const { count, share, median_s: median } = report.total;
	return html`
		<dl class="total">
			<div><dt>${t('report.share')}</dt><dd>${percent(share, t)}</dd></div>
			<div><dt>${t('report.median')}</dt><dd>${duration(median, t)}</dd></div>
			<div><dt>${t('report.count')}</dt><dd>${count}</dd></div>
		</dl>`;
}

export function tables({ t, report }) {
	const { operators, periods, by } = report;
	const answered = periods.filter(({ count }) => count).reverse();
	return html`
		${table(t, 'report.who', operators, ({ operator }) => (operator === null ? t('report.fromAvito') : oneLine(operator, 64)))}
		<details><summary>${t(`report.each.${by}`)}</summary>
			${table(t, `report.when.${by}`, answered, (period) => span(period, t.lang))}</details>`;
}

const table = (t, head, rows, nameOf) => html`
	<table>
		<thead><tr>${[head, 'report.share', 'report.median', 'report.count'].map((key) => html`<th scope="col">${t(key)}</th>`)}</tr></thead>
		<tbody>${rows.map((row) => html`<tr><th scope="row">${nameOf(row)}</th><td>${percent(row.share, t)}</td>
			<td>${duration(row.median_s, t)}</td><td>${row.count}</td></tr>`)}
			${rows.length ? '' : html`<tr><td colspan="4" class="quiet">${t('report.none')}</td></tr>`}</tbody>
	</table>`;

const [WIDTH, HEIGHT, LEFT, FOOT, TOP] = [720, 200, 40, 24, 8];
const LABELS_AT_MOST = 10;
const GOOD = 0.8;

const y = (share) => TOP + (1 - share) * (HEIGHT - FOOT - TOP);

export function chart(coach) {
	const { t, report } = coach;
	const { periods } = report;
	const step = (WIDTH - LEFT) / periods.length;
	const every = Math.ceil(periods.length / LABELS_AT_MOST);
	return html`
		<div class="plot" tabindex="0"><svg class="chart" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label=${t('report.chart')}>
			${[0, 0.5, 1].map((share) => line(share, t))}
			${periods.map((period, n) => bar(period, LEFT + n * step, step, t))}
			${periods.map((period, n) => (n % every ? '' : label(span({ from: period.from, to: period.from }, t.lang), LEFT + (n + 0.5) * step)))}
		</svg></div>`;
}

const line = (share, t) => svg`
	<line class="grid" x1=${LEFT} x2=${WIDTH} y1=${y(share)} y2=${y(share)}></line>
	<text class="scale" x=${LEFT - 6} y=${y(share) + 4}>${percent(share, t)}</text>`;

function bar(period, x, step, t) {
	if (!period.count) return '';
	const height = Math.max(2, y(0) - y(period.share));
	const low = period.share < GOOD;
	return svg`
		<rect class=${names('bar', { low })} data-day=${period.from} x=${x + step * 0.15} width=${step * 0.7}
			y=${y(0) - height} height=${height} rx="2"><title>${span(period, t.lang)}: ${told(period, t)}</title></rect>`;
}

const label = (words, x) => svg`<text class="label" x=${x} y=${HEIGHT - 6}>${words}</text>`;
