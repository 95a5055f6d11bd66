/** The whole page: who waits now, how fast it went, when the shop is open. */
import { html, when } from '../../views/parts.js';
import { chart } from './chart.js';
import { hours } from './hours.js';
import { choice, tables, total } from './report.js';
import { waiting } from './waiting.js';

export function page(coach) {
	const { t, trouble, done, busy, report } = coach;
	return html`
		<header class="top"><h1>${t('coach.title')}</h1><a href="./">${t('coach.back')}</a></header>
		<main aria-busy=${String(busy)}>
			<p class="trouble" role="alert">${trouble}</p>
			<p class="done" role="status">${done}</p>
			<p class="quiet">${t('coach.why')}</p>
			${when(coach.waiting, () => waiting(coach))}
			${when(report, () => html`
				<section aria-labelledby="report-title">
					<h2 id="report-title">${t('report.title')}</h2>
					${choice(coach)}${total(coach)}${chart(coach)}${tables(coach)}
				</section>`)}
			${when(coach.hours, () => hours(coach))}
			${when(!report && !trouble, () => html`<p class="quiet">${t('coach.loading')}</p>`)}
		</main>`;
}
