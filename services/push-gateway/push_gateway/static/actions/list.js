/** What an operator does with the list of chats. */
import { emptyList, nextSearch } from '../core/lists.js';
import { isComposing } from '../shell/keys.js';

const SEARCH_WAIT_MS = 250;
const MORE_WITHIN_PX = 1600;
const STEPS = { ArrowDown: 1, ArrowUp: -1 };

const isPlain = (event) => !(event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || isComposing(event));

export function listActions(app) {
	const { ui } = app;
	let typed = 0;

	const show = (filter, q) => {
		ui.list = ui.list.q && q ? nextSearch(ui.list, filter, q) : emptyList(filter, q, ui.list.longest);
		ui.rowsTop = 0;
		document.querySelector('[data-rows]')?.scrollTo(0, 0);
		app.changed();
	};

	const focusRow = (from, by) => {
		const rows = [...document.querySelectorAll('.row')];
		const at = rows.indexOf(from) + by;
		if (at >= 0) rows[at]?.focus();
		else app.do.focusSearch();
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
		/** Arrows walk from the search through the rows and back, Enter opens the first, Escape ends the search. */
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
		/** A row that a message brought up opens its chat at that message. */
		openFound(event, chatId) {
			const excerpt = isPlain(event) && ui.list.excerpts.get(chatId);
			if (excerpt) app.use(import('../views/jump.js'), 'jump', chatId, excerpt);
		},
		toggleLongest() {
			ui.list.longest = !ui.list.longest;
			app.changed();
		},
		retryList: () => app.reader.list(),
		scrollChats({ target: { scrollTop, scrollHeight, clientHeight } }) {
			ui.rowsTop = scrollTop;
			if (scrollHeight - scrollTop - clientHeight < MORE_WITHIN_PX) app.reader.moreChats();
			app.schedule();
		},
		step(by) {
			const chats = app.visibleChats();
			const at = chats.findIndex(({ id }) => id === ui.chatId);
			const next = chats[at < 0 ? 0 : at + by];
			if (next) app.goTo(next.id);
		},
		goToLongest() {
			const waiting = [...app.state.chats.values()].filter((chat) => chat.unanswered_since !== null);
			const [first] = waiting.sort((a, b) => a.unanswered_since - b.unanswered_since);
			if (first) app.goTo(first.id);
		},
		focusSearch: () => document.querySelector('input[name=q]')?.select(),
	};
}
