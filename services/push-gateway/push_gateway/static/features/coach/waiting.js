/** Who can still be answered in time, the most urgent first. */
import { oneLine } from '../../core/format.js';
import { html, names, repeat, when } from '../../views/parts.js';
import { countdown } from './figures.js';

const URGENT_S = 120;

export function waiting(coach) {
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
