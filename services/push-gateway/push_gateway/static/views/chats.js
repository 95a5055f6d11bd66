/** The list of chats: only the rows in view are in the page. */
import { buyerName, capped, fullDate, itemTitle, oneLine, rowTime, span } from '../core/format.js';
import { emptyList, nextSearch, rowsInView } from '../core/lists.js';
import { preview } from '../core/messages.js';
import {
	LAZY, author, avatar, button, buyingTag, html, icon, isComposing, lazy, names, nothing, picture, repeat, when,
} from './parts.js';

const ROW_HEIGHT = 80;
const noChats = lazy(() => import('./notices.js'), 'noChats', LAZY);
const longest = lazy(() => import('./notices.js'), 'longest', LAZY);
const ownerLabel = lazy(() => import('./colleagues.js'), 'ownerLabel', LAZY);

export function chatsPane(app) {
	const { t, ui } = app;
	return html`
		<nav class="chats" aria-label=${t('chats.title')} @keydown=${app.do.walk}>
			<div class="find">
				<label class="search">${icon('search')}
					<input type="search" name="q" maxlength="100" autocomplete="off" placeholder=${t('chats.search')}
						aria-label=${t('chats.search')} .value=${ui.list.q} @input=${app.do.search}></label>
				${filters(app)}
			</div>
			<div class="rows" @scroll=${app.do.scrollChats} data-rows>${rows(app)}</div>
		</nav>`;
}

function filters(app) {
	const { t, ui } = app;
	const { unread, waiting, buying } = app.totals();
	const filter = (name, count) => html`
		<button class="filter" aria-pressed=${ui.list.filter === name} @click=${() => app.do.filter(name)}
			>${t(`filter.${name}`)}${when(count, () => html` <span class="count">${capped(count)}</span>`)}</button>`;
	return html`
		<div class="filters" role="group" aria-label=${t('chats.filter')}>
			${filter('all')}${filter('unread', unread)}${filter('unanswered', waiting)}${
				when(app.colleagues.length > 1, () => html`${filter('mine')}${filter('free')}`)}${
				when(buying || ['buying', 'selling'].includes(ui.list.filter), () => html`${filter('selling')}${filter('buying')}`)}
		</div>
		${when(ui.list.filter === 'unanswered', () => longest(app))}`;
}

function rows(app) {
	const { ui, t } = app;
	const chats = app.visibleChats();
	if (chats.length === 0) return empty(app);
	const { first, last } = rowsInView(ui.rowsTop, ui.rowsHeight, ROW_HEIGHT, chats.length);
	return html`
		<ul class="run" .style=${`--rows: ${chats.length}; --first: ${first}`}>
			${repeat(chats.slice(first, last), (chat) => chat.id, (chat, at) => html`
				<li aria-setsize=${chats.length} aria-posinset=${first + at + 1}>${row(app, chat)}</li>`)}
		</ul>
		${when(ui.list.status === 'loading', () => html`<p class="hint">${t('chats.loading')}</p>`)}`;
}

const face = (chat) => (chat.item?.image
	? html`${picture(chat.item.image, 'thumb')}${avatar(chat, 'tiny')}`
	: avatar(chat));

function row(app, chat) {
	const { t, ui } = app;
	const { id, unread, unanswered_since: since } = chat;
	const open = id === ui.chatId;
	const at = chat.last_message?.created ?? chat.updated;
	return html`
		<a class=${names('row', { open, unread })} href=${app.chatHref(id)} data-chat-id=${id} aria-current=${open ? 'page' : nothing}
			@click=${(event) => app.do.openExcerpt(event, id)}>
			<span class="face">${face(chat)}</span>
			<span class="line"><bdi class="name">${buyerName(chat, t)}</bdi>
				${when(at, () => html`<time title=${fullDate(at, t.lang)}>${rowTime(at, app.now(), t)}</time>`)}</span>
			<span class="line what">${lastWords(app, chat)}
				${when(unread, () => html`<span class="count" title=${t('row.unread', { n: unread })}>${capped(unread)}</span>`)}</span>
			<span class="line about">${buyingTag(chat, t)}<bdi>${itemTitle(chat, t)}</bdi>
				${when(chat.owner && app.isShared(chat), () => ownerLabel(app, chat.owner))}
				${when(since !== null, () => html`<span class="waits" title=${fullDate(since, t.lang)}>${icon('clock')}${span(app.now() - since, t)}</span>`)}</span>
		</a>`;
}

function lastWords(app, chat) {
	const { t } = app;
	const unsent = chat.id !== app.ui.chatId && app.replies.rejectedIn(chat.id);
	if (unsent) return html`<span class="words"><span class="unsent">${icon('warn')}${t('row.unsent')}</span> <bdi>${oneLine(unsent.text)}</bdi></span>`;
	const busy = app.fromFeature('busy', chat.id);
	if (busy) return html`<span class="words busy">${busy}</span>`;
	const draft = chat.id !== app.ui.chatId && app.draft(chat.id);
	const found = app.ui.list.excerpts.get(chat.id);
	if (found) return html`<span class="words found"><bdi>${found.before}<mark>${found.word}</mark>${found.after}</bdi></span>`;
	if (draft) return html`<span class="words"><span class="draft">${t('row.draft')}</span> <bdi>${oneLine(draft)}</bdi></span>`;
	const last = chat.last_message;
	const by = last && last.direction !== 'system' && author(app, last);
	return html`<span class="words">${when(by, () => html`<bdi class="by">${by}</bdi>: `)}<bdi>${preview(last, t)}</bdi></span>`;
}

function empty(app) {
	const { t, ui: { list: { status } }, do: act } = app;
	if (status === 'failed') return html`<div class="hint"><p>${t('chats.failed')}</p>${button(t('again'), act.retryList)}</div>`;
	return status === 'ready' ? noChats(app) : html`<p class="hint">${t('chats.loading')}</p>`;
}

const SEARCH_WAIT_MS = 250;
const MORE_WITHIN_PX = 1600;
const STEPS = { ArrowDown: 1, ArrowUp: -1 };

const isPlain = (event) => !(event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || isComposing(event));

export function chatActions(app) {
	const { ui } = app;
	let typed = 0;

	const focusRow = (from, by) => {
		const rows = [...document.querySelectorAll('.row')];
		const at = rows.indexOf(from) + by;
		if (at >= 0) rows[at]?.focus();
		else app.do.focusSearch();
	};

	const show = (filter, q) => {
		ui.list = ui.list.q && q ? nextSearch(ui.list, filter, q) : emptyList(filter, q, ui.list.longest);
		ui.rowsTop = 0;
		document.querySelector('[data-rows]')?.scrollTo(0, 0);
		app.changed();
	};

	return {
		filter(name) {
			show(name, ui.list.q);
			app.reader.list();
		},
		search({ target }) {
			const q = target.value.trimStart();
			show(ui.list.q && q ? ui.list.filter : 'all', q);
			clearTimeout(typed);
			typed = setTimeout(() => app.reader.list(), SEARCH_WAIT_MS);
		},
		/** The keys of the search and its rows. */
		walk(event) {
			const { key, target } = event;
			const typing = target.matches('input[name=q]');
			if (!isPlain(event) || !(typing || target.matches('.row'))) return;
			if (key in STEPS) {
				event.preventDefault();
				focusRow(target, STEPS[key]);
			} else if (typing && key === 'Enter') {
				document.querySelector('.row')?.click();
			} else if (typing && key === 'Escape' && target.value) {
				event.preventDefault();
				target.blur();
				app.do.search({ target: { value: '' } });
			}
		},
		openExcerpt(event, chatId) {
			const excerpt = isPlain(event) && ui.list.excerpts.get(chatId);
			if (excerpt) app.use(import('./jump.js'), 'jump', chatId, excerpt);
		},
		retryList: () => app.reader.list(),
		scrollChats({ target: { scrollTop, scrollHeight, clientHeight } }) {
			ui.rowsTop = scrollTop;
			if (scrollHeight - scrollTop - clientHeight < MORE_WITHIN_PX) app.reader.moreChats();
			app.schedule();
		},
		step: (by) => app.use(import('./jump.js'), 'step', by),
		goToLongest: () => app.use(import('./jump.js'), 'goToLongest'),
		focusSearch: () => document.querySelector('input[name=q]')?.select(),
	};
}
