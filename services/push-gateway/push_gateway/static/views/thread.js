/** The open chat. */
import { buyerName, dayName, daysAgo, fullDate, itemTitle, oneLine, span } from '../core/format.js';
import { atTail, runDown, runPlaces, runUp, tailRun } from '../core/lists.js';
import { avitoChatUrl, isSameAuthor } from '../core/messages.js';
import { pendingReplies } from '../core/store.js';
import { postAnswered, postRead } from '../shell/gateway.js';
import { ThreadScroll } from '../shell/scroll.js';
import { composer, composerActions } from './composer.js';
import { bubble, reply } from './message.js';
import { LAZY, avatar, button, buyingTag, html, icon, lazy, nothing, repeat, tool, when } from './parts.js';

const JOINS_WITHIN_S = 300;
const NEAR_PX = 600;

const toNewest = lazy(() => import('./jump.js'), 'toNewest', LAZY);
const ownerButton = lazy(() => import('./colleagues.js'), 'ownerButton', LAZY);

/** Before the first thread is drawn: what an operator can do in one. */
export function prepare(app) {
	app.scroll = new ThreadScroll(app.ui);
	Object.assign(app.do, threadActions(app), composerActions(app));
}

export function threadPane(app) {
	return html`
		<main class="thread" id="thread" @dragover=${app.do.dragOver} @drop=${app.do.drop}>
			${head(app, app.state.chats.get(app.ui.chatId) ?? { id: app.ui.chatId })}
			<div class="scroller" tabindex="0" role="group" aria-label=${app.t('thread.messages')}
				data-scroller @scroll=${app.do.scrollThread}>
				<ol class="messages">${messages(app, app.thread())}</ol>
			</div>
			${when(!(app.ui.atBottom && atTail(app.messageIds(), app.ui.run)), () => toNewest(app))}${composer(app)}
		</main>`;
}

function head(app, chat) {
	const { t, ui } = app;
	const { item, unread, unanswered_since: since = null } = chat;
	const about = item && [itemTitle(chat, t), oneLine(item.price, 40)].filter(Boolean).join(' · ');
	const busy = app.fromFeature('busy', chat.id);
	return html`
		<header class="head">
			<a class="tool back" href="#/" aria-label=${t('thread.back')}>${icon('back')}</a>
			${avatar(chat, 'small')}
			<div class="head-words">
				<h1><bdi>${buyerName(chat, t)}</bdi></h1>
				<p>${busy ? html`<span class="busy">${busy}</span>` : html`${buyingTag(chat, t)} <bdi>${about}</bdi>`}</p>
			</div>
			${when(app.isShared(chat), () => ownerButton(app, chat))}
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
	const others = app.fromFeatures('lines', thread).flat().sort((a, b) => a.at - b.at);
	// What a feature puts beside older messages comes with these.
	const first = all[from - 1] ?? (next !== null && all[0]);
	const passOthers = (until) => {
		while (others[0]?.at < until) {
			const one = others.shift();
			if (!first || one.at >= first.created) drawn.push(one);
		}
	};
	const line = (key, className, words) =>
		drawn.push({ key, draw: () => html`<li class=${className}><span>${words}</span></li>` });
	for (let at = from; at < to; at += 1) {
		const [message, before] = [all[at], all[at - 1]];
		const { id, created } = message;
		const newDay = !before || daysAgo(before.created, created) !== 0;
		const between = drawn.length;
		passOthers(created);
		if (newDay) line(`day ${id}`, 'day', dayName(created, app.now(), t));
		if (id === ui.newFrom) line('new', 'new', t('thread.new'));
		const joined = !newDay && drawn.length === between && joins(before, message);
		drawn.push({ key: id, draw: () => bubble(app, message, joined) });
	}
	if (to === all.length) passOthers(Infinity);
	return drawn;
}

const joins = (before, message) =>
	isSameAuthor(before, message) && message.created - before.created < JOINS_WITHIN_S;

function threadActions(app) {
	const { ui } = app;

	const reachEnd = () => {
		ui.unseen = 0;
		if (ui.run.first !== null) ui.run = { first: null, size: ui.run.size };
		app.reader.maybeMarkRead();
	};

	return {
		scrollThread({ target: { scrollTop, scrollHeight, clientHeight } }) {
			const ids = app.messageIds();
			ui.atBottom = app.scroll.staysAtBottom() && atTail(ids, ui.run);
			if (ui.atBottom) reachEnd();
			if (scrollTop < NEAR_PX) {
				const up = runUp(ids, ui.run);
				if (up === ui.run && scrollHeight > clientHeight) app.reader.older(ui.chatId);
				ui.run = up;
			} else if (scrollHeight - scrollTop - clientHeight < NEAR_PX) {
				ui.run = runDown(ids, ui.run);
			}
			app.schedule();
		},
		loadOlder: () => app.reader.older(ui.chatId),
		retryThread: () => app.reader.thread(ui.chatId),
		jump() {
			Object.assign(ui, { run: tailRun(), unseen: 0, atBottom: true });
			app.changed();
		},
		markRead: () => postRead(ui.chatId, app.messageIds().at(-1)).catch(app.failed),
		noAnswer: () => postAnswered(ui.chatId, app.messageIds().at(-1)).catch(app.failed),
		askBlock: () => app.use(import('./dialogs.js'), 'askBlock', ui.chatId),
		askDelete: (message) => app.use(import('./dialogs.js'), 'askDelete', message),
		/** Takes a chat without an owner, leaves an own one, else asks. */
		takeOrLeave: () => app.use(import('./colleagues.js'), 'takeOrLeave'),
		chooseOwner: () => app.use(import('./colleagues.js'), 'chooseOwner'),
	};
}
