/** The panel as one object: what it knows, what it shows, and who does the work. */
import { composeActions } from './actions/compose.js';
import { listActions } from './actions/list.js';
import { pageActions } from './actions/page.js';
import { threadActions } from './actions/thread.js';
import { emptyList, totals, visibleChats } from './core/lists.js';
import { preview } from './core/messages.js';
import { oneLine } from './core/format.js';
import { Session } from './core/session.js';
import { applyEvent, emptyState, openThread } from './core/store.js';
import { firstNew } from './core/threads.js';
import { runUp, tailRun } from './core/window.js';
import { BASE, operator, postRead } from './shell/gateway.js';
import { Attention } from './shell/attention.js';
import { draft, onDrafts, pruneDrafts, setDraft } from './shell/drafts.js';
import { speak } from './shell/parts.js';
import { Reader } from './shell/reader.js';
import { Replies } from './shell/replies.js';
import { ThreadScroll } from './shell/scroll.js';
import { Link } from './shell/socket.js';
import { loadSettings } from './shell/storage.js';
import { panel } from './views/page.js';
import { render } from './views/parts.js';

const TOAST_MS = 8000;
const page = document.documentElement;

export class App {
	state = emptyState();
	colleagues = [];
	twice = null;
	session = new Session();
	ui = {
		settings: loadSettings(), list: emptyList(), rowsTop: 0, rowsHeight: 800,
		chatId: null, run: tailRun(), atBottom: true, unseen: 0, newFrom: null, cardShown: this.isWide(),
		attached: new Map(),
		dialog: null, toasts: [], announced: '', soundBlocked: false, notifyRefused: false, newVersion: null,
	};
	#root;
	#due = false;
	#toShow = 0;
	#cache = new Map();
	#readAsked = new Map();
	#version = null;
	#toasts = 0;
	#codes = null;
	#codeWords = (t, kind, { reason }) => reason;

	/** `t`: the words to begin with. */
	constructor(root, t) {
		this.#root = root;
		this.t = t;
		this.reader = new Reader(this);
		this.replies = new Replies(this);
		this.scroll = new ThreadScroll(this.ui);
		this.link = new Link(this.session, {
			hello: ({ hello }) => this.#greeted(hello),
			apply: ({ event }) => this.#apply(event),
			reload: () => this.#reload(),
			login: () => this.login(),
			changed: () => this.changed(),
		});
		this.do = { ...listActions(this), ...threadActions(this), ...composeActions(this), ...pageActions(this) };
		this.applySettings();
		pruneDrafts();
		onDrafts(() => this.schedule());
		this.attention = new Attention(this);
	}

	now = () => Date.now() / 1000;

	light = () => this.session.light(performance.now());

	thread = () => this.state.threads.get(this.ui.chatId);

	messageIds = () => this.thread()?.messages.map(({ id }) => id) ?? [];

	chatHref = (id) => `#/chat/${encodeURIComponent(id)}`;

	isWide() {
		return matchMedia('(min-width: 1100px)').matches;
	}

	goTo(id) {
		location.hash = this.chatHref(id);
	}

	visibleChats() {
		const { list, chatId } = this.ui;
		const me = this.session.hello?.operator;
		return this.#cached('list', [list, list.longest, chatId, me], () => visibleChats(this.state.chats, list, chatId, me));
	}

	totals() {
		return this.#cached('totals', [], () => totals(this.state.chats));
	}

	/** Who else is in a chat; without a live link nobody knows. */
	busy(chatId) {
		if (this.light().live !== 'live') return '';
		const signs = this.state.presence.get(chatId) ?? {};
		for (const sign of ['typing', 'viewing']) {
			const who = (signs[sign] ?? []).filter((name) => name !== this.session.hello?.operator);
			if (who.length) return this.t(`presence.${sign}`, { who: oneLine(who.join(', '), 80) });
		}
		return '';
	}

	/** Takes who may have chats. Only who has colleagues is asked before answering right after one. */
	meet(names) {
		this.colleagues = names;
		const watch = ({ Twice }) => (this.twice ??= new Twice(this));
		if (names.length > 1) import('./views/colleagues.js').then(watch, () => {}); // read again at the next connection
		this.schedule();
	}

	/** Who works alone needs to know of no owners. */
	isShared = ({ owner }) => this.colleagues.length > 1 || (owner && owner !== operator());

	draft = draft;

	setDraft(chatId, text) {
		if (text && !this.draft(chatId)) this.twice?.begin(chatId);
		setDraft(chatId, text);
	}

	pictures = (chatId) => this.ui.attached.get(chatId) ?? [];

	attach(chatId, pictures) {
		this.ui.attached.set(chatId, pictures);
		this.schedule();
	}

	/** Whether a picture stands below a composer: it lives as long as the page. */
	holdsAttached = () => [...this.ui.attached.values()].some((pictures) => pictures.length > 0);

	show(chatId) {
		if (chatId === this.ui.chatId) return;
		Object.assign(this.ui, { chatId, run: tailRun(), atBottom: true, unseen: 0, newFrom: null });
		if (!this.isWide()) this.ui.cardShown = false;
		if (chatId) {
			this.#readAsked.delete(chatId); // still unread: what was asked may have been lost
			this.replies.addTo(chatId, openThread(this.state, chatId));
			this.#markNew();
			this.reader.thread(chatId);
		}
		this.link.tell('say', 'viewing', chatId);
	}

	threadLoaded(chatId) {
		this.replies.addTo(chatId, this.state.threads.get(chatId));
		if (chatId !== this.ui.chatId) return;
		if (this.ui.newFrom === null) this.#markNew();
		this.maybeRead();
	}

	olderLoaded(chatId) {
		if (chatId === this.ui.chatId) this.ui.run = runUp(this.messageIds(), this.ui.run);
	}

	/** Tells Avito that the open chat was read, if it really is being looked at. */
	maybeRead() {
		const { chatId, atBottom, settings } = this.ui;
		const { unread } = this.state.chats.get(chatId) ?? {};
		const looking = document.visibilityState === 'visible' && document.hasFocus() && atBottom;
		if (!unread || !looking || !settings.markRead || this.thread()?.status !== 'ready') return;
		const seen = this.messageIds().at(-1);
		if (this.#readAsked.get(chatId) === seen) return;
		this.#readAsked.set(chatId, seen);
		postRead(chatId, seen).catch((error) => {
			this.#readAsked.delete(chatId);
			this.refused(error);
		});
	}

	#reload() {
		this.#readAsked.clear(); // may be lost with what Redis lost
		this.reader.reload();
	}

	reloaded() {
		this.replies.repost();
		this.link.tell('reloaded');
	}

	login() {
		location.assign(new URL('login', BASE));
	}

	refused(error) {
		if (error.status === 401) this.login();
		else if (error.code === 'other_operator') location.reload(); // to the page of who has logged in here
	}

	/** Words for a code of the server's, see codeWords; until they are fetched, what the server said itself. */
	coded(kind, trouble) {
		this.#codes ??= Promise.all([import('./core/codes.js'), this.learn('codes')]).then(([{ codeWords }]) => {
			this.#codeWords = codeWords;
			this.schedule();
		}, () => {
			this.#codes = null;
		});
		return this.#codeWords(this.t, kind, trouble);
	}

	wordsOf = ({ status, code, message }) =>
		(status ? this.coded('refused', { code, reason: message }) : this.t('error.unreachable'));

	failed = async (error) => {
		this.refused(error);
		this.wordsOf(error);
		await this.#codes;
		this.toast(this.wordsOf(error), true);
	};

	/** Does what a module that is fetched at first use calls `name`; where it cannot be fetched, that is said. */
	use = (module, name, ...given) => module.then((found) => found[name](this, ...given)).catch(this.failed);

	toast(words, bad = false) {
		this.#toasts += 1;
		const id = this.#toasts;
		this.ui.toasts = [...this.ui.toasts.slice(-3), { id, words, bad }];
		this.ui.announced = words;
		setTimeout(() => this.dropToast(id), TOAST_MS);
		this.schedule();
	}

	dropToast(id) {
		this.ui.toasts = this.ui.toasts.filter((toast) => toast.id !== id);
		this.schedule();
	}

	soundBlocked(blocked) {
		this.ui.soundBlocked = blocked;
		this.schedule();
	}

	/** Resolves once the words of one more part are known. */
	async learn(part) {
		this.t = await speak(this.ui.settings.lang, part);
	}

	applySettings() {
		const { lang, theme } = this.ui.settings;
		page.dataset.theme = theme;
		if (lang !== this.t.lang) speak(lang).then((t) => this.#speaks(t), this.failed);
		else this.#speaks(this.t);
	}

	changed() {
		page.dataset.live = this.light().live;
		this.attention?.update();
		this.schedule();
	}

	schedule() {
		if (this.#due) return;
		this.#due = true;
		requestAnimationFrame(() => this.#draw());
	}

	#draw() {
		this.#due = false;
		this.scroll.before();
		render(panel(this), this.#root);
		for (const dialog of document.querySelectorAll('[data-modal]:not([open])')) dialog.showModal();
		this.scroll.after();
		const height = document.querySelector('[data-rows]').clientHeight;
		if (height && height !== this.ui.rowsHeight) {
			this.ui.rowsHeight = height;
			this.schedule();
		}
		const seq = this.#toShow;
		this.#toShow = 0;
		// The next frame begins after this one was painted.
		if (seq) requestAnimationFrame(() => this.link.tell('say', 'shown', seq));
	}

	#speaks(t) {
		this.t = t;
		page.lang = t.lang;
		document.cookie = `lang=${t.lang}; path=${BASE.pathname}; max-age=31536000; samesite=lax`;
		this.changed();
	}

	#greeted({ version, recovered, operator }) {
		if (operator !== page.dataset.operator) {
			page.dataset.operator = operator;
			this.replies.repost();
		}
		this.#version ??= version;
		if (version !== this.#version) this.ui.newVersion = version;
		if (recovered) this.replies.wake();
		this.reader.colleagues();
		this.state.presence.clear(); // who is still there follows
	}

	#apply(event) {
		if (event.seq && document.visibilityState === 'visible') this.#toShow = event.seq;
		for (const effect of applyEvent(this.state, event)) this.#follow(effect);
	}

	#follow({ kind, chatId, message, item, recovered }) {
		const here = chatId === this.ui.chatId;
		if (kind === 'stranger') this.reader.strangers();
		else if (kind === 'rewritten' && here) this.reader.thread(chatId);
		else if (kind === 'reply') this.replies.settled(item);
		else if (kind === 'arrived' && here) this.#arrived(message);
		else if (kind === 'mode' && recovered > 0) this.toast(this.t('mode.recovered', { n: recovered }));
		else if (kind === 'ring') this.#ring(this.state.chats.get(chatId), message);
	}

	#arrived({ direction }) {
		if (direction === 'in' && !this.ui.atBottom) this.ui.unseen += 1;
		this.maybeRead();
	}

	#ring(chat, message) {
		const who = oneLine(chat.buyer?.name ?? this.t('buyer.unnamed'), 60);
		this.ui.announced = `${who}: ${preview(message, this.t)}`;
		this.attention.message(chat, message);
	}

	#markNew() {
		const unread = this.state.chats.get(this.ui.chatId)?.unread ?? 0;
		this.ui.newFrom = firstNew(this.thread().messages, unread);
	}

	#cached(name, keys, make) {
		const all = [this.state.version, ...keys];
		const known = this.#cache.get(name);
		if (known && all.every((key, at) => key === known.all[at])) return known.value;
		const value = make();
		this.#cache.set(name, { all, value });
		return value;
	}
}
