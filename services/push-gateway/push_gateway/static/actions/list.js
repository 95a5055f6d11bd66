/** What an operator does with the list of chats. */
import { emptyList } from '../core/chatlist.js';

const SEARCH_WAIT_MS = 250;
const MORE_WITHIN_PX = 1600;

export function listActions(app) {
	const { ui } = app;
	let typed = 0;

	const show = (filter, q) => {
		ui.list = emptyList(filter, q, ui.list.longest);
		ui.rowsTop = 0;
		document.querySelector('[data-rows]')?.scrollTo(0, 0);
		app.changed();
	};

	return {
		filter(name) {
			show(name, '');
			app.reader.list();
		},
		search({ target }) {
			show('all', target.value.trimStart());
			clearTimeout(typed);
			typed = setTimeout(() => app.reader.list(), SEARCH_WAIT_MS);
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
		focusSearch: () => document.querySelector('input[name=q]')?.focus(),
	};
}
