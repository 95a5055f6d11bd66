/** The open chat. */
import { avitoChatUrl, isSameAuthor } from '../core/messages.js';
import { capped, dayName, daysAgo, fullDate, oneLine, span } from '../core/format.js';
import { standing } from '../features/notes/notes.js';
import { pendingReplies } from '../core/threads.js';
import { atTail, runPlaces } from '../core/window.js';
import { avatar, buyerName } from './avatar.js';
import { composer } from './composer.js';
import { later } from './later.js';
import { button, html, icon, names, nothing, repeat, tool, when } from './parts.js';
import { bubble, reply } from './message.js';
import { welcome } from './welcome.js';

const JOINS_WITHIN_S = 300;
const whose = later(() => import('../team/views/whose.js'), 'whose', { words: 'team', style: 'team' });
const note = later(() => import('../features/notes/note.js'), 'note', { words: 'team', style: 'team' });

export function threadPane(app) {
	if (!app.ui.chatId) return html`<main class="thread" id="thread">${welcome(app)}</main>`;
	return html`
		<main class="thread" id="thread" @dragover=${app.do.dragOver} @drop=${app.do.drop}>
			${head(app, app.state.chats.get(app.ui.chatId) ?? { id: app.ui.chatId })}
			<div class="scroller" tabindex="0" role="group" aria-label=${app.t('thread.messages')}
				data-scroller @scroll=${app.do.scrollThread}>
				<ol class="messages">${messages(app, app.thread())}</ol>
			</div>
			${jump(app)}${composer(app)}
		</main>`;
}

function head(app, chat) {
	const { t, ui } = app;
	const { item, unread, unanswered_since: since = null } = chat;
	const about = [item?.title, item?.price].filter(Boolean).join(' · ');
	const busy = app.busy(chat.id);
	return html`
		<header class="head">
			<a class="tool back" href="#/" aria-label=${t('thread.back')}>${icon('back')}</a>
			${avatar(chat, 'small')}
			<div class="head-words">
				<h1><bdi>${oneLine(buyerName(chat, t), 80)}</bdi></h1>
				<p>${busy ? html`<span class="busy">${busy}</span>` : html`<bdi>${oneLine(about, 120)}</bdi>`}</p>
			</div>
			${when(app.isShared(chat), () => whose(app, chat))}
			${when(since !== null, () => html`
				<span class="waits" title=${fullDate(since, t.lang)}>${icon('clock')}${t('thread.waits', { ago: span(app.now() - since, t) })}</span>
				<button class="plain done" @click=${app.do.noAnswer}>${icon('check')}<span>${t('thread.noAnswer')}</span></button>`)}
			${when(unread, () => tool('checks', t('thread.markRead'), app.do.markRead))}
			<a class="tool" href=${avitoChatUrl(chat.id)} target="_blank" rel="noopener noreferrer"
				aria-label=${t('open.avito')} title=${t('open.avito')}>${icon('out')}</a>
			${tool('card', t('card.title'), app.do.toggleCard, { pressed: ui.cardShown })}
		</header>`;
}

const hint = (words, more) => html`<li class="hint">${words}${more}</li>`;

function messages(app, thread) {
	const { t, ui } = app;
	if (thread.status === 'failed') return hint(html`<p>${app.wordsOf(thread.error)}</p>`, button(t('again'), app.do.retryThread));
	if (thread.status === 'loading' || thread.status === 'empty') return hint(t('thread.loading'));
	const { from, to } = runPlaces(app.messageIds(), ui.run);
	const all = thread.messages;
	const replies = to === all.length ? pendingReplies(thread) : [];
	const drawn = lines(app, thread, from, to);
	return html`
		${when(from === 0, () => above(app, thread))}
		${repeat(drawn, ({ key }) => key, ({ draw }) => draw())}
		${repeat(replies, ({ ref }) => ref, (item) => reply(app, item))}
		${when(drawn.length + replies.length === 0, () => hint(t('thread.empty')))}`;
}

function above({ t, do: act }, { older, next }) {
	if (older === 'loading') return hint(t('thread.olderLoading'));
	if (older === 'failed') return hint(html`<p>${t('thread.olderFailed')}</p>`, button(t('again'), act.loadOlder));
	return when(next !== null, () => hint(button(t('thread.older'), act.loadOlder)));
}

function lines(app, thread, from, to) {
	const { t, ui } = app;
	const { messages: all, next } = thread;
	const drawn = [];
	const notes = standing(thread.notes);
	// Older notes come with the messages that they stand among.
	const first = all[from - 1] ?? (next !== null && all[0]);
	const passNotes = (until) => {
		while (notes[0]?.at < until) {
			const one = notes.shift();
			if (!first || one.at >= first.created) drawn.push({ key: `note ${one.id}`, draw: () => note(app, one) });
		}
	};
	const line = (key, className, words) =>
		drawn.push({ key, draw: () => html`<li class=${className}><span>${words}</span></li>` });
	for (let at = from; at < to; at += 1) {
		const [message, before] = [all[at], all[at - 1]];
		const { id, created } = message;
		const newDay = !before || daysAgo(before.created, created) !== 0;
		const noted = drawn.length;
		passNotes(created);
		if (newDay) line(`day ${id}`, 'day', dayName(created, app.now(), t));
		if (id === ui.newFrom) line('new', 'new', t('thread.new'));
		const joined = !newDay && drawn.length === noted && joins(before, message);
		drawn.push({ key: id, draw: () => bubble(app, message, joined) });
	}
	if (to === all.length) passNotes(Infinity);
	return drawn;
}

const joins = (before, message) =>
	isSameAuthor(before, message) && message.created - before.created < JOINS_WITHIN_S;

function jump({ ui, t, do: act, messageIds }) {
	if (ui.atBottom && atTail(messageIds(), ui.run)) return nothing;
	const label = t('thread.jump', { n: ui.unseen });
	return html`
		<button class="jump" aria-label=${label} title=${label} @click=${act.jump}>${icon('down')}${
			when(ui.unseen, () => html`<span class="count">${capped(ui.unseen)}</span>`)}</button>`;
}
