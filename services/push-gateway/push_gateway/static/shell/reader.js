/** Reads lists and threads into the state, and marks chats as read. */
import { emptyList, loadList, runUp } from '../core/lists.js';
import { dropUnstamped, firstNew, forgetStamps, loadChats, loadThread, openThread } from '../core/store.js';
import { getChats, getMessages, getOperators, postRead } from './gateway.js';

const AGAIN_MS = 2000;
const UNKNOWN_WAIT_MS = 150;
const WAITING_PAGES = 20;

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export class Reader {
	#app;
	#again = null;
	#reloads = 0;
	#unknown = 0;
	#markedRead = new Map(); // chat id → what was shown then: one of the same second may stand above the last

	constructor(app) {
		this.#app = app;
	}

	/** Reads the first screen; returns its place in the journal, or null. */
	async boot() {
		const answer = await this.#page(this.#app.ui.list);
		return answer && { epoch: answer.epoch, seq: answer.seq };
	}

	async colleagues() {
		const { operators } = await getOperators().catch((error) => this.#app.refused(error) ?? {});
		if (!operators) return;
		this.#app.setColleagues(operators);
	}

	async counts() {
		const { next, filter } = this.#app.ui.list;
		if (next === null && filter === 'all') return;
		await Promise.all(['unread', 'unanswered'].map((name) => this.#whole(emptyList(name))));
	}

	/** The list on screen from its top; all chats that wait, as any may have waited longest. */
	async list() {
		const { list } = this.#app.ui;
		let more = await this.#page(list);
		for (let page = 1; more && list.filter === 'unanswered' && list.next !== null && page < WAITING_PAGES; page += 1) {
			more = list === this.#app.ui.list && (await this.#page(list));
		}
	}

	async moreChats() {
		const { list } = this.#app.ui;
		if (list.next !== null && list.status === 'ready') await this.#page(list);
	}

	/** Facts of chats that only events have named: they are on top now. */
	unknownChats(wait = UNKNOWN_WAIT_MS) {
		clearTimeout(this.#unknown);
		this.#unknown = setTimeout(async () => {
			const list = emptyList();
			do if (!(await this.#page(list))) return this.unknownChats(AGAIN_MS);
			while (list.next !== null && this.#hasUnknown(list.floor));
		}, wait);
	}

	#hasUnknown(below) {
		for (const { known, updated } of this.#app.state.chats.values()) if (!known && updated < below) return true;
		return false;
	}

	open(chatId) {
		this.#markedRead.delete(chatId); // if it is still unread, that was lost
		this.#markNew();
		this.thread(chatId);
	}

	/** Tells Avito that the open chat was read, if the operator looks at it. */
	maybeMarkRead() {
		const { state, ui: { chatId, atBottom, settings }, thread, messageIds } = this.#app;
		const { unread } = state.chats.get(chatId) ?? {};
		const looking = document.visibilityState === 'visible' && document.hasFocus() && atBottom;
		if (!unread || !looking || !settings.markRead || thread()?.status !== 'ready') return;
		const ids = messageIds();
		const seen = ids.at(-1);
		const shown = `${ids.length} ${seen}`;
		if (this.#markedRead.get(chatId) === shown) return;
		this.#markedRead.set(chatId, shown);
		postRead(chatId, seen).catch((error) => {
			this.#markedRead.delete(chatId);
			this.#app.refused(error);
		});
	}

	#threadLoaded(chatId, answer) {
		const { state, ui, replies } = this.#app;
		replies.addTo(chatId, state.threads.get(chatId));
		this.#app.tellFeatures('threadLoaded', chatId, answer);
		if (chatId !== ui.chatId) return;
		if (ui.newFrom === null) this.#markNew();
		this.maybeMarkRead();
	}

	#markNew() {
		const { state, ui, thread } = this.#app;
		ui.newFrom = firstNew(thread().messages, state.chats.get(ui.chatId)?.unread ?? 0);
	}

	/** Reads a thread; tries again while an older state of the open one is on screen. */
	async thread(chatId) {
		if (await this.#tryThread(chatId)) return;
		this.#again ??= this.#threadAgain().finally(() => {
			this.#again = null;
		});
		await this.#again;
	}

	async #threadAgain() {
		const { ui } = this.#app;
		do await pause(AGAIN_MS);
		while (ui.chatId && !(await this.#tryThread(ui.chatId)));
	}

	/** False: worth another try. */
	async #tryThread(chatId) {
		const thread = openThread(this.#app.state, chatId);
		if (thread.status !== 'stale' && thread.status !== 'ready') thread.status = 'loading';
		let done = false;
		try {
			const answer = await getMessages(chatId);
			if (this.#fits(answer)) {
				loadThread(this.#app.state, chatId, answer);
				this.#threadLoaded(chatId, answer);
				done = true;
			}
		} catch (error) {
			this.#app.refused(error);
			done = thread.status === 'loading' || (error.status >= 400 && error.status < 500 && error.status !== 429);
			if (thread.status === 'loading') Object.assign(thread, { status: 'failed', error });
		}
		this.#app.changed();
		return done;
	}

	async older(chatId) {
		const thread = openThread(this.#app.state, chatId);
		const before = thread.next;
		if (before === null || thread.older === 'loading' || thread.status !== 'ready') return;
		thread.older = 'loading';
		this.#app.changed();
		try {
			const answer = await getMessages(chatId, before);
			if (thread.next === before && this.#fits(answer)) {
				loadThread(this.#app.state, chatId, answer, { older: true });
				const { ui } = this.#app;
				if (chatId === ui.chatId) ui.run = runUp(this.#app.messageIds(), ui.run);
			}
			thread.older = 'idle';
		} catch (error) {
			this.#app.refused(error);
			thread.older = 'failed';
		}
		this.#app.changed();
	}

	/** The place in the journal is lost: reads all on screen again until it succeeds. */
	async reload() {
		this.#reloads += 1;
		const ours = this.#reloads;
		const { state, ui, feed } = this.#app;
		this.#markedRead.clear(); // Redis may have lost it
		forgetStamps(state);
		this.#app.tellLoaded('forgotten');
		while (!(await this.#page(emptyList()))) {
			await pause(AGAIN_MS);
			if (ours !== this.#reloads) return;
		}
		dropUnstamped(state);
		const { filter, q, longest } = ui.list;
		ui.list = emptyList(filter, q, longest);
		await Promise.all([this.list(), ui.chatId && this.thread(ui.chatId)]);
		if (ours === this.#reloads) feed.reloaded();
		await this.counts();
	}

	async #whole(list) {
		while ((await this.#page(list)) && list.next !== null);
	}

	async #page(list) {
		const { filter, q, next, status } = list;
		list.status = 'loading';
		this.#app.changed();
		let answer = null;
		try {
			answer = await getChats(filter, q, next);
		} catch (error) {
			this.#app.refused(error);
		}
		if (this.#fits(answer)) {
			loadChats(this.#app.state, answer.chats, answer.seq);
			loadList(list, answer);
		} else {
			answer = null;
			list.status = status === 'ready' ? 'ready' : 'failed';
		}
		this.#app.changed();
		return answer;
	}

	/** Answers of another epoch are not mixed in; before the first hello there is none. */
	#fits(answer) {
		const { epoch } = this.#app.session;
		return answer !== null && (epoch === null || answer.epoch === epoch);
	}
}
