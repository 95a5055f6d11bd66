// Several tabs of the panel over one browser's storage, and a server that takes, refuses or loses what they post.
// Each line of the input is a command `[name, ...values]`; each line of the output is what it returned.
import { AsyncLocalStorage } from 'node:async_hooks';
import { createInterface } from 'node:readline';

const here = new AsyncLocalStorage(); // the tab whose code is running
const PREFIX = 'avito-live.';
const BEGUN = 1_757_403_725; // Unix seconds
let clock = BEGUN;
let tabs = new Map();
let server;

const settled = async () => {
	for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

class Storage {
	#items = new Map();
	get length() {
		return this.#items.size;
	}
	key = (at) => [...this.#items.keys()][at] ?? null;
	getItem = (key) => this.#items.get(key) ?? null;
	setItem(key, value) {
		this.#items.set(key, value);
		this.#tell(key);
	}
	removeItem(key) {
		if (this.#items.delete(key)) this.#tell(key);
	}
	clear() {
		this.#items.clear();
	}
	#tell(key) {
		for (const tab of tabs.values()) if (tab !== here.getStore()) tab.hears('storage', { key });
	}
}

class Tab {
	timers = new Set();
	#listeners = [];
	toasts = [];
	events = []; // not heard yet
	left = null;
	constructor(operator) {
		this.root = { dataset: { operator } };
	}
	listen = (type, callback) => this.#listeners.push([type, callback]);
	hears(type, event) {
		for (const [its, callback] of this.#listeners) if (its === type) here.run(this, callback, event);
	}
	get isAlive() {
		return [...tabs.values()].includes(this);
	}
	leave(how) {
		this.left ??= how;
	}
}

const tab = () => here.getStore();
Object.assign(globalThis, {
	localStorage: new Storage(),
	document: { get documentElement() { return tab().root; } },
	location: { assign: () => tab().leave('login'), reload: () => tab().leave('reload') },
	addEventListener: (type, callback) => tab().listen(type, callback),
	fetch: (url, init) => server.asked(tab(), new URL(url).pathname, init),
	setTimeout: (work, ms = 0) => {
		const timer = { at: clock + ms / 1000, work };
		tab().timers.add(timer);
		return timer;
	},
	clearTimeout: (timer) => tab()?.timers.delete(timer),
});
Date.now = () => clock * 1000;
Math.random = () => 0.5; // the same commands give the same tabs
AbortSignal.timeout = () => undefined;

/** What of the gateway and Avito the panel's replies can notice. */
class Server {
	fate = 'ok'; // of the next requests: ok, down, lost (taken, not answered), late (not answered, taken later), refused
	who = 'olga'; // whose cookie the browser holds
	replies = new Map();
	refused = new Set();
	withdrawn = new Set();
	late = [];
	tellsFirst = false; // events are heard before the answers to what caused them
	seq = 1;

	async asked(from, path, { method = 'GET', body, headers = {} }) {
		const fate = this.fate;
		const cookie = this.who;
		const answer = fate === 'down' || fate === 'late' ? null : this.#answer(path, method, body, headers, cookie, fate);
		if (fate === 'late') this.late.push(() => this.#answer(path, method, body, headers, cookie, 'ok'));
		await null;
		if (!from.isAlive) return new Promise(() => {});
		if (answer === null || fate === 'lost') throw new TypeError('network');
		const [status, data] = answer;
		return { ok: status < 300, status, json: async () => data, headers: new Map() };
	}

	#answer(path, method, body, headers, who, fate) {
		const refuse = (status, code) => [status, { error: { code, message: code } }];
		if (!who) return refuse(401, 'no_session');
		if (method === 'POST' && decodeURIComponent(headers['X-Operator'] ?? who) !== who) return refuse(409, 'other_operator');
		const [, chatId] = /chats\/(.+)\/messages$/.exec(path) ?? [];
		if (chatId) return this.#take(decodeURIComponent(chatId), JSON.parse(body), who, refuse, fate);
		const [, ref, button] = /outbox\/([^/]+)(?:\/(\w+))?$/.exec(path);
		const item = this.replies.get(ref);
		if (!item && button === 'cancel') this.withdrawn.add(ref); // should it come in later
		if (!item) return refuse(404, 'unknown_reply');
		if (!button) return [200, { ...item }];
		if (button === 'retry') return refuse(409, 'wrong_state');
		if (item.state !== 'queued' && item.state !== 'cancelled') return refuse(409, 'wrong_state');
		if (item.state === 'queued') this.moves(ref, 'cancelled');
		return [202, { ...item }];
	}

	#take(chatId, { text, ref }, by, refuse, fate) {
		const held = this.replies.get(ref);
		if (held) return held.text === text && held.chat_id === chatId ? [202, { ...held }] : refuse(409, 'other_reply');
		if (fate === 'refused') this.refused.add(ref);
		if (this.refused.has(ref)) return refuse(409, 'answered'); // a colleague's answer stays the newer one
		const item = { ref, chat_id: chatId, kind: 'text', text, by, at: clock, state: 'queued', reason: null, retryable: false, tries: 0, message_id: null };
		if (this.withdrawn.has(ref)) return [202, { ...item, state: 'cancelled' }];
		this.replies.set(ref, item);
		this.moves(ref, 'queued');
		return [202, { ...item }];
	}

	moves(ref, state) {
		const item = this.replies.get(ref);
		item.state = state;
		this.seq += 1;
		const event = { type: 'outbox', seq: this.seq, item: { ...item } };
		for (const one of tabs.values()) one.events.push(event);
		if (this.tellsFirst) for (const name of tabs.keys()) COMMANDS.hear(name);
	}
}

// Modules are imported after the browser they find is there.
const { draft, pruneDrafts, refOfDraft, setDraft } = await import('./shell/storage.js');
const { Replies } = await import('./shell/replies.js');
const { edit, retry } = await import('./shell/unsent.js');
const { takeOver } = await import('./shell/takeover.js');
const { openThread, emptyState, applyEvent } = await import('./core/store.js');

const UNSENT = { edit, retry };

/** As much of App as the replies need. */
function appOf(one) {
	const app = {
		state: emptyState(), ui: { chatId: null }, session: { seq: 1, hello: null }, t: (key) => key,
		now: () => clock, changed() {}, schedule() {}, link: { tell() {} },
		toast: (words) => one.toasts.push(words),
		pictures: () => [], attach() {},
		failed: (error) => one.toasts.push(error.code || 'unreachable'),
		refused(error) {
			if (error.status === 401) one.leave('login');
			else if (error.code === 'other_operator') one.leave('reload');
		},
	};
	app.replies = new Replies(app);
	return app;
}

/** What main.js does every few seconds. */
function every(one) {
	setTimeout(() => {
		one.app.replies.takeUp();
		every(one);
	}, 5000);
}

const inTab = (name, act) => {
	const one = tabs.get(name);
	return here.run(one, act, one);
};

const COMMANDS = {
	/** A new browser with nothing stored but `stored`; time goes on. */
	begin(stored = {}) {
		for (const one of tabs.values()) one.leave('closed');
		tabs = new Map();
		server = new Server();
		clock = BEGUN;
		localStorage.clear();
		for (const [name, value] of Object.entries(stored)) localStorage.setItem(PREFIX + name, JSON.stringify(value));
	},
	open(name) {
		const one = new Tab(server.who);
		tabs.set(name, one);
		here.run(one, () => {
			takeOver();
			pruneDrafts();
			one.app = appOf(one);
			one.app.replies.repost();
			every(one);
		});
	},
	close: (name) => {
		tabs.delete(name);
	},
	type: (name, place, text) => inTab(name, () => setDraft(place, text)),
	draft: (name, place) => inTab(name, () => draft(place)),
	refOfDraft: (name, place) => inTab(name, () => refOfDraft(place)),
	send: (name, chatId) => inTab(name, ({ app }) => {
		const text = draft(chatId).trim();
		if (!text) return null;
		const ref = app.replies.sendText(chatId, text);
		setDraft(chatId, '');
		return ref ?? null;
	}),
	/** Presses a button of a bubble: cancel, drop, edit, retry. */
	press: (name, button, chatId, at = 0) => inTab(name, ({ app }) => {
		const item = bubblesOf(app, chatId)[at];
		if (!item) return null;
		if (button in UNSENT) UNSENT[button](app, item);
		else app.replies[button](item);
		return item;
	}),
	bubbles: (name, chatId) => inTab(name, ({ app }) => bubblesOf(app, chatId)),
	rejected: (name, chatId) => inTab(name, ({ app }) => app.replies.rejectedIn(chatId)?.text ?? null),
	/** Opens other chats, as many as it takes to let go of the threads opened before. */
	wander: (name) => inTab(name, ({ app }) => {
		for (let n = 0; n < 20; n += 1) openThread(app.state, `other ${n}`);
	}),
	/** The tab hears all that the server told; `lost`: it never does. */
	hear: (name, lost = false) => inTab(name, (one) => {
		const events = one.events.splice(0);
		if (lost) return;
		for (const event of events) {
			one.app.session.seq = event.seq;
			for (const effect of applyEvent(one.app.state, event)) if (effect.kind === 'reply') one.app.replies.settled(effect.item);
		}
	}),
	/** The socket is back: `lost` says that what was missed could not be told. */
	greet: (name, lost = false) => inTab(name, ({ app }) => (lost ? app.replies.repost() : app.replies.wake())),
	toasts: (name) => inTab(name, (one) => one.toasts.splice(0)),
	whose: (name) => tabs.get(name)?.root.dataset.operator ?? null,
	left: (name) => tabs.get(name)?.left ?? null,
	fate(fate) {
		server.fate = fate;
	},
	tellFirst() {
		server.tellsFirst = true;
	},
	login(who) {
		server.who = who;
	},
	/** What was under way when its sender gave up comes in after all. */
	arrive() {
		for (const take of server.late.splice(0)) take();
	},
	/** The worker sends whatever is queued. */
	deliver() {
		for (const [ref, { state }] of server.replies) if (state === 'queued') server.moves(ref, 'sent');
	},
	/** The server loses what it took last, as a Redis without its tail. */
	forget() {
		for (const ref of server.replies.keys()) if (server.replies.get(ref).state === 'queued') server.replies.delete(ref);
	},
	taken: () => [...server.replies.values()].map(({ text, by, state, chat_id: chatId }) => [chatId, text, by, state]),
	/** The computer sleeps: time passes, nothing becomes due before it is over. */
	sleep(seconds) {
		clock += seconds;
	},
	/** Time passes, with all that becomes due in open tabs. */
	async pass_time(seconds) {
		const end = clock + seconds;
		for (;;) {
			await settled();
			const due = [...tabs.values()].flatMap((one) => [...one.timers].map((timer) => [timer, one]))
				.sort(([a], [b]) => a.at - b.at)[0];
			if (!due || due[0].at > end) break;
			const [timer, one] = due;
			one.timers.delete(timer);
			clock = Math.max(clock, timer.at);
			here.run(one, timer.work);
			await settled();
		}
		clock = end;
	},
	now: () => clock,
	/** An answer of nobody's waits to be sent, and every tab has heard of it. */
	automatic(chatId, text) {
		server.replies.set('auto', { ref: 'auto', chat_id: chatId, kind: 'text', text, by: null, at: clock, state: 'queued' });
		server.moves('auto', 'queued');
		for (const [name, one] of tabs) {
			here.run(one, () => openThread(one.app.state, chatId));
			COMMANDS.hear(name);
		}
	},
	move(text, state) {
		server.moves([...server.replies.values()].find((one) => one.text === text).ref, state);
	},
	store: (name, value) => localStorage.setItem(PREFIX + name, JSON.stringify(value)),
	stored: () => Object.fromEntries(Array.from({ length: localStorage.length }, (_, at) => localStorage.key(at))
		.map((key) => [key.slice(PREFIX.length), JSON.parse(localStorage.getItem(key))])),
};

function bubblesOf(app, chatId) {
	const thread = openThread(app.state, chatId);
	app.replies.addTo(chatId, thread);
	return [...thread.outbox.values()].filter(({ state }) => state !== 'cancelled' && state !== 'sent').sort((a, b) => a.at - b.at);
}

for await (const line of createInterface({ input: process.stdin })) {
	const [name, ...values] = JSON.parse(line);
	let answer;
	try {
		answer = { value: (await COMMANDS[name](...values)) ?? null };
	} catch (error) {
		answer = { error: error.stack };
	}
	await settled();
	process.stdout.write(`${JSON.stringify(answer)}\n`);
}
