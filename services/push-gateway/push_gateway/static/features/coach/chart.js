/** A bar for each day or week: the share that was answered in time. */
import { html, names } from '../../views/parts.js';
import { svg } from '../../vendor/lit-html/lit-html.js';
import { span } from './days.js';
import { percent, told } from './figures.js';

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
