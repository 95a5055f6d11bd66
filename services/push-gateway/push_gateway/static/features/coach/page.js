/** The whole page: who waits now, how fast it went, when the shop is open. */
import { oneLine } from '../../core/format.js';
import { html, names, repeat, when } from '../../views/parts.js';
import { countdown } from './figures.js';
import { hours } from './hours.js';
import { chart, choice, tables, total } from './report.js';

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

const URGENT_S = 120;

function waiting(coach) {
	const { t, passed } = coach;
	const { chats, late, more = 0, open } = coach.waiting;
	const soon = chats.filter(({ left_s: left }) => left > passed);
	const over = late + chats.length - soon.length;
	return html`
		<section aria-labelledby="waiting-title">
			<h2 id="waiting-title">${t('waiting.title')}</h2>
			${when(!open, () => html`<p class="quiet">${t('waiting.closed')}</p>`)}
			<ul class="rows waiting">${repeat(soon, (chat) => chat.chat_id, (chat) => row(chat, chat.left_s - passed, t))}</ul>
			${when(!soon.length, () => html`<p class="quiet">${t('waiting.none')}</p>`)}
			${when(more, () => html`<p class="quiet" data-more>${t('waiting.more', { n: more })}</p>`)}
			${when(over, () => html`<p class="quiet" data-late>${t('waiting.late', { n: over })}</p>`)}
		</section>`;
}

const row = (chat, left, t) => html`
	<li class=${names('box', { urgent: left < URGENT_S })} data-chat-id=${chat.chat_id}>
		<a href=${`./#/chat/${encodeURIComponent(chat.chat_id)}`}><bdi>${oneLine(chat.buyer, 80) || t('waiting.unnamed')}</bdi></a>
		<span class="quiet"><bdi>${oneLine(chat.item, 100)}</bdi></span>
		<b class="left" title=${t('waiting.left')}>${countdown(left)}</b>
	</li>`;
