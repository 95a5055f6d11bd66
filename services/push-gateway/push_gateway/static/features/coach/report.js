/** The figures of the chosen days: all together, by who answered, by day or week. */
import { oneLine } from '../../core/format.js';
import { html, names } from '../../views/parts.js';
import { RANGES, span } from './days.js';
import { duration, percent } from './figures.js';

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
		${table(t, 'report.who', operators, ({ operator }) => (operator === null ? t('report.nobody') : oneLine(operator, 64)))}
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
