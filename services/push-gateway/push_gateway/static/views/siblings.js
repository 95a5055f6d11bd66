/** From one chat to others: the buyer's other ones, the next in the list, the one that waits longest. */
import { itemTitle, rowTime } from '../core/format.js';
import { isSibling, newestFirst } from '../core/lists.js';
import { preview } from '../core/messages.js';
import { html } from './parts.js';

const MOST = 20;

export const others = (app, chat) => html`
	<section class="siblings">
		<h3>${app.t('card.others')}</h3>
		<ul>${[...app.state.chats.values()].filter(isSibling(chat)).sort(newestFirst).slice(0, MOST).map((one) => html`
			<li><a href=${app.chatHref(one.id)}>
				<span class="line"><bdi>${itemTitle(one, app.t)}</bdi>
					<time>${rowTime(one.updated, app.now(), app.t)}</time></span>
				<span class="line quiet"><bdi>${preview(one.last_message, app.t)}</bdi></span></a></li>`)}</ul>
	</section>`;

/** To the chat so many rows below the open one. */
export function step(app, by) {
	const chats = app.visibleChats();
	const at = chats.findIndex(({ id }) => id === app.ui.chatId);
	const next = chats[at < 0 ? 0 : at + by];
	if (next) app.goTo(next.id);
}

export function goToLongest(app) {
	const waiting = [...app.state.chats.values()].filter((chat) => chat.unanswered_since !== null);
	const [first] = waiting.sort((a, b) => a.unanswered_since - b.unanswered_since);
	if (first) app.goTo(first.id);
}
