/** From place to place: to the newest message, to one that a search found, from one chat to others. */
import { capped, itemTitle, rowTime } from '../core/format.js';
import { isSibling, newestFirst, runPlaces } from '../core/lists.js';
import { preview } from '../core/messages.js';
import { html, icon, when } from './parts.js';

const WITHIN_MS = 20_000;
const ABOVE = 30;
const RUN = 120;
const FLASH_MS = 1600;
const MOST_OTHERS = 20;

const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));

/** The way back to the newest message, with the number of those that came meanwhile. */
export function toNewest({ ui, t, do: act }) {
	const label = t('thread.jump', { n: ui.unseen });
	return html`
		<button class="jump" aria-label=${label} title=${label} @click=${act.jump}>${icon('lazy.svg#down')}${
			when(ui.unseen, () => html`<span class="count">${capped(ui.unseen)}</span>`)}</button>`;
}

/** Opens a chat at a message, however far up that stands among what is held. */
export async function jump(app, chatId, { message_id: id, created }) {
	const here = () => app.ui.chatId === chatId;
	const until = performance.now() + WITHIN_MS;
	const thread = await opened(app, chatId, until);
	if (!thread) return;
	const isHeld = () => thread.messages.some((message) => message.id === id);
	while (here() && !isHeld() && mayBeAbove(thread, created) && performance.now() < until) {
		await app.reader.older(chatId);
		await frame(); // it returns at once when nothing can be read just now
	}
	if (!here() || !isHeld()) return;
	const ids = app.messageIds();
	const at = ids.indexOf(id);
	const { from, to } = runPlaces(ids, app.ui.run);
	if (at < from || at >= to) app.ui.run = { first: ids[Math.max(0, at - ABOVE)], size: RUN };
	app.ui.atBottom = false;
	app.schedule();
	await frame();
	await frame();
	const bubble = document.querySelector(`[data-message-id="${CSS.escape(id)}"]`);
	bubble?.scrollIntoView({ block: 'center' });
	app.ui.atBottom = false; // a scroll event from before may have said otherwise
	bubble?.animate([{ opacity: 0.3 }, { opacity: 1 }], { duration: FLASH_MS, easing: 'ease-out' });
}

/** The chat's thread once it is on screen and read, null when that does not come. */
async function opened(app, chatId, until) {
	while (performance.now() < until) {
		const thread = app.ui.chatId === chatId && app.thread();
		if (thread?.status === 'ready') return thread;
		if (thread?.status === 'failed') return null;
		await frame();
	}
	return null;
}

const mayBeAbove = ({ messages, next, older }, created) =>
	next !== null && older !== 'failed' && (messages[0]?.created ?? Infinity) >= created;

/** The buyer's other chats. */
export const others = (app, chat) => html`
	<section class="siblings">
		<h3>${app.t('card.others')}</h3>
		<ul>${[...app.state.chats.values()].filter(isSibling(chat)).sort(newestFirst).slice(0, MOST_OTHERS).map((one) => html`
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
