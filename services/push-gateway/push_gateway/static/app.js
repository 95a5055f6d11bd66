/** The panel as one object: what it knows, what it shows, and who does the work. */
import { emptyList, tailRun, totals, visibleChats } from './core/lists.js';
import { emptyState, openThread } from './core/store.js';
import { Attention } from './shell/attention.js';
import { EventFeed } from './shell/events.js';
import { BASE, loadWords, operator, uptime } from './shell/gateway.js';
import { Reader } from './shell/reader.js';
import { Replies } from './shell/replies.js';
import { draft, loadSettings, onDrafts, pruneDrafts, setDraft } from './shell/storage.js';
import { chatActions } from './views/chats.js';
import { Screen, pageActions } from './views/page.js';

const AGAIN_MS = 3000;
const page = document.documentElement;

export class App {
	state = emptyState();
	colleagues = [];
	duplicates = null; // a guard, for who has colleagues
	scroll = null; // of the thread, once that was drawn
	ui = {
		settings: loadSettings(), list: emptyList(), rowsTop: 0, rowsHeight: 800,
		chatId: null, run: tailRun(), atBottom: true, unseen: 0, newFrom: null, cardShown: this.isWide(),
		attached: new Map(),
		dialog: null, toasts: [], announced: '', soundBlocked: false, notifyRefused: false, newVersion: null,
	};
	#loaders;
	#loading = [];
	#features = [];
	#cache = new Map();
	#codes = null;
	#codeWords = (t, kind, { reason }) => reason;

	/** `t`: the words to begin with; `features`: a function for each that imports its module. */
	constructor(root, t, features) {
		this.t = t;
		this.#loaders = features;
		this.screen = new Screen(this, root);
		this.reader = new Reader(this);
		this.replies = new Replies(this);
		this.feed = new EventFeed(this);
		this.session = this.feed.session;
		this.link = this.feed.link;
		this.do = { ...chatActions(this), ...pageActions(this) };
		this.applySettings();
		pruneDrafts();
		onDrafts(() => this.schedule());
		this.attention = new Attention(this);
	}

	now = () => Date.now() / 1000;

	light = () => this.session.light(uptime());

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

	setColleagues(names) {
		this.colleagues = names;
		const guard = ({ DuplicateGuard }) => (this.duplicates ??= new DuplicateGuard(this));
		if (names.length > 1) import('./views/colleagues.js').then(guard, () => {}); // tried again when connected
		this.schedule();
	}

	/** Whether the owner of a chat is shown: not to an operator who works alone. */
	isShared = ({ owner }) => this.colleagues.length > 1 || (owner && owner !== operator());

	draft = draft;

	setDraft(chatId, text) {
		if (text && !this.draft(chatId)) this.duplicates?.begin(chatId);
		setDraft(chatId, text);
	}

	pictures = (chatId) => this.ui.attached.get(chatId) ?? [];

	attach(chatId, pictures) {
		this.ui.attached.set(chatId, pictures);
		this.schedule();
	}

	holdsAttached = () => [...this.ui.attached.values()].some((pictures) => pictures.length > 0);

	show(chatId) {
		if (chatId === this.ui.chatId) return;
		Object.assign(this.ui, { chatId, run: tailRun(), atBottom: true, unseen: 0, newFrom: null });
		if (!this.isWide()) this.ui.cardShown = false;
		if (chatId) {
			this.replies.addTo(chatId, openThread(this.state, chatId));
			this.reader.open(chatId);
		}
		this.tellFeatures('opened', chatId);
		this.changed();
	}

	login() {
		location.assign(new URL('login', BASE));
	}

	refused(error) {
		if (error.status === 401) this.login();
		else if (error.code === 'other_operator') location.reload(); // to the page of who has logged in here
	}

	/** See codes.js; until that is fetched, the words of the server. */
	coded(kind, trouble) {
		this.#codes ??= Promise.all([import('./core/codes.js'), this.loadWords('words/lazy')]).then(([{ codeWords }]) => {
			this.#codeWords = codeWords;
			this.schedule();
		}).catch(() => {
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

	/** Calls a function of a lazy module; the operator is told if it fails. */
	use = (module, name, ...given) => module.then((found) => found[name](this, ...given)).catch(this.failed);

	/** Says in passing what has its words in words/lazy. */
	tell = (key, values) => this.loadWords('words/lazy').then(() => this.toast(this.t(key, values)), () => {});

	toast = (words, bad) => this.screen.toast(words, bad);

	schedule = () => this.screen.schedule();

	changed() {
		page.dataset.live = this.light().live;
		this.attention?.update();
		this.schedule();
	}

	async loadWords(folder) {
		this.t = await loadWords(this.ui.settings.lang, folder);
	}

	applySettings() {
		const { lang, theme } = this.ui.settings;
		page.dataset.theme = theme;
		if (lang === this.t.lang) return this.#speak(this.t);
		return loadWords(lang).then((t) => this.#speak(t), (error) => {
			this.failed(error);
			setTimeout(() => this.applySettings(), AGAIN_MS);
		});
	}

	/** The answers of the loaded features to a hook. */
	fromFeatures = (hook, ...given) =>
		this.#features.map((feature) => feature?.[hook]?.(...given)).filter(Boolean);

	/** The first answer; later features are not asked. */
	fromFeature(hook, ...given) {
		for (const feature of this.#features) {
			const answer = feature?.[hook]?.(...given);
			if (answer) return answer;
		}
		return null;
	}

	/** Fetches the features, then calls a hook of each. */
	async tellFeatures(hook, ...given) {
		await this.loadFeatures();
		this.fromFeatures(hook, ...given);
		this.schedule();
	}

	/** The same, unless none was needed so far. */
	tellLoaded = (hook, ...given) => (this.#loading.length ? this.tellFeatures(hook, ...given) : null);

	/** True if one cannot be fetched; the next call tries again. */
	async loadFeatures() {
		const loaded = await Promise.all(this.#loaders.map((load, at) => (this.#loading[at] ??= this.#loadFeature(load, at))));
		return loaded.includes(false);
	}

	async #loadFeature(load, at) {
		try {
			const { feature } = await load();
			this.#features[at] = await feature(this);
			this.schedule();
			return true;
		} catch {
			this.#loading[at] = null;
			return false;
		}
	}

	#speak(t) {
		this.t = t;
		page.lang = t.lang;
		document.cookie = `lang=${t.lang}; path=${BASE.pathname}; max-age=31536000; samesite=lax`;
		this.changed();
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
