/** What comes from the gateway: answers, the socket, words, styles. */
import { LANGUAGES, translator } from '../core/format.js';

/** Where the panel lives: modules are at `static/shell/` below it. */
export const BASE = new URL('../../', import.meta.url);

const PATIENCE_MS = 20_000;
const CLOCKS_DIFFER_MS = 2000;

export const makeRef = () => crypto.getRandomValues(new Uint32Array(4)).join('-');

/** Who works in this page: as the server wrote into it, later as each connection says. */
export const operator = () => document.documentElement.dataset.operator ?? '';

/** Sent with each write, so that nothing leaves under the name of a later login. */
export const written = () => (operator() ? { 'X-Operator': encodeURIComponent(operator()) } : {});

export class ApiError extends Error {
	/** `status` 0: no answer. `retryAfter` is in seconds or null, `facts` what else the gateway says. */
	constructor(status, message = '', code = '', retryAfter = null, facts = {}) {
		super(message);
		Object.assign(this, { status, code, retryAfter, facts });
	}
}

function socketUrl(epoch, seq) {
	const url = new URL('ws', BASE);
	url.protocol = url.protocol.replace('http', 'ws');
	if (epoch !== null) url.search = new URLSearchParams({ epoch, seq });
	return url.href;
}

export const chatPath = (id) => `api/chats/${encodeURIComponent(id)}`;

/** A search proves each message that it finds: fewer chats at once. */
export const getChats = (filter, q, before) => request('api/chats', { filter, q, before, limit: q ? 40 : 100 });
export const getMessages = (chatId, before) => request(`${chatPath(chatId)}/messages`, { before, limit: before ? 100 : 50 });
export const getOperators = () => request('api/operators', {});
const getEvents = (epoch, seq) => request('api/events', { epoch, seq });

/** `seen`: the place on the screen, `{seen, epoch}`; of an older panel the number alone. */
export const postText = (chatId, text, ref, seen) =>
	request(`${chatPath(chatId)}/messages`, {}, { text, ref, ...(typeof seen === 'number' ? { seen } : seen) });

export const postRead = (chatId, seen) => request(`${chatPath(chatId)}/read`, {}, { message_id: seen });
export const postAnswered = (chatId, seen) => request(`${chatPath(chatId)}/answered`, {}, { message_id: seen });

export async function request(path, query, body) {
	const url = new URL(path, BASE);
	for (const [name, value] of Object.entries(query)) if (value || value === 0) url.searchParams.set(name, value);
	const init = { cache: 'no-store', redirect: 'error', signal: AbortSignal.timeout(PATIENCE_MS) };
	if (body) {
		Object.assign(init, { method: 'POST', body: JSON.stringify(body), headers: { 'Content-Type': 'application/json', ...written() } });
	}
	const response = await fetch(url, init).catch(() => {
		throw new ApiError(0);
	});
	const answer = await response.json().catch(() => null);
	if (response.ok && answer !== null) return answer;
	throw refusal(response.status, answer, response.headers.get('Retry-After'));
}

export const refusal = (status, answer, retryAfter) =>
	new ApiError(
		status, answer?.error?.message ?? `HTTP ${status}`, answer?.error?.code, Number.parseInt(retryAfter, 10) || null, answer?.error,
	);

const began = Date.now() - performance.now();
let missed = 0;

/** Milliseconds that pass while the machine sleeps, too, when `performance.now()` may stand still. */
export function uptime() {
	const ahead = Date.now() - performance.now() - began;
	if (ahead > missed + CLOCKS_DIFFER_MS) missed = ahead; // or somebody has set the clock
	return performance.now() + missed;
}

/** The connection: carries out what the session decides. */
export class Link {
	#session;
	#handlers;
	#socket = null;
	#timer = 0;

	constructor(session, handlers) {
		this.#session = session;
		this.#handlers = handlers;
		for (const sign of ['online', 'focus', 'pageshow']) addEventListener(sign, () => this.tell('wake'));
		document.addEventListener('resume', () => this.tell('wake')); // a page that was frozen
		addEventListener('offline', () => this.tell('lost'));
		document.addEventListener('visibilitychange', () => {
			if (document.visibilityState === 'visible') this.tell('wake');
		});
	}

	tell(input, ...values) {
		this.#session[input](uptime(), ...values);
		for (const action of this.#session.actions()) this.#perform(action);
		this.#handlers.changed();
		this.#setTimer();
	}

	#setTimer() {
		clearTimeout(this.#timer);
		const now = uptime();
		const wait = this.#session.nextAt(now) - now;
		if (wait < Infinity) this.#timer = setTimeout(() => this.tell('tick'), Math.max(0, wait) + 1);
	}

	#perform(action) {
		if (action.do === 'connect') this.#connect(action);
		else if (action.do === 'close') this.#detach();
		else if (action.do === 'send') this.#socket?.send(JSON.stringify(action.frame));
		else if (action.do === 'poll') this.#poll(action);
		else this.#handlers[action.do](action);
	}

	#connect({ epoch, seq }) {
		this.#detach();
		const socket = new WebSocket(socketUrl(epoch, seq));
		this.#socket = socket;
		const ours = (act) => (event) => socket === this.#socket && act(event);
		socket.onopen = ours(() => this.tell('opened'));
		socket.onmessage = ours(({ data }) => this.tell('frame', JSON.parse(data)));
		socket.onclose = ours(({ code }) => {
			this.#socket = null;
			this.tell('closed', code);
		});
	}

	#detach() {
		const socket = this.#socket;
		this.#socket = null;
		socket?.close();
	}

	#poll({ epoch, seq }) {
		getEvents(epoch, seq).then(
			(answer) => this.tell('polled', answer),
			(error) => this.tell('pollFailed', error.status, error.retryAfter),
		);
	}
}

const foldersInUse = new Set(['words/panel']);
const wordsOf = {}; // language → folder → words
const styles = new Map();

/** Resolves to the words of all folders in use, from now on with this one. */
export async function loadWords(lang, folder = 'words/panel') {
	const known = LANGUAGES.includes(lang) ? lang : LANGUAGES[0];
	const words = wordsOf[known] ??= new Map();
	await Promise.all([...foldersInUse, folder].map(async (name) =>
		words.set(name, (await import(`../${name}/${known}.js`)).WORDS)));
	foldersInUse.add(folder);
	return translator(known, [...words.values()]); // with those that came meanwhile
}

export function loadStyle(path) {
	if (!styles.has(path)) styles.set(path, addSheet(new URL(`static/${path}`, BASE)));
	return styles.get(path).catch((error) => {
		styles.delete(path);
		throw error;
	});
}

function addSheet({ href }) {
	const link = Object.assign(document.createElement('link'), { rel: 'stylesheet', href });
	return new Promise((resolve, reject) => {
		link.onload = resolve;
		link.onerror = () => {
			link.remove();
			reject(new Error(`No ${href}`));
		};
		document.head.append(link);
	});
}
