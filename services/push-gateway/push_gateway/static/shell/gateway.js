/** The gateway's HTTP side. Every failure is an ApiError with words for the operator. */

/** Where the panel lives: modules are at `static/shell/` below it. */
export const BASE = new URL('../../', import.meta.url);

const PATIENCE_MS = 20_000;

export const makeRef = () => crypto.getRandomValues(new Uint32Array(4)).join('-');

/** Who works in this page: as the server wrote it into the page, later as each connection says. */
export const operator = () => document.documentElement.dataset.operator ?? '';

/** Sent with each write, so that nothing leaves under the name of who has logged in here since. */
export const written = () => (operator() ? { 'X-Operator': encodeURIComponent(operator()) } : {});

export class ApiError extends Error {
	/** `status` 0: nothing answered. `code` is the gateway's word, `retryAfter` in seconds or null, `facts` what else it says. */
	constructor(status, message = '', code = '', retryAfter = null, facts = {}) {
		super(message);
		Object.assign(this, { status, code, retryAfter, facts });
	}
}

export function socketUrl(epoch, seq) {
	const url = new URL('ws', BASE);
	url.protocol = url.protocol.replace('http', 'ws');
	if (epoch !== null) url.search = new URLSearchParams({ epoch, seq });
	return url.href;
}

export const chatPath = (id) => `api/chats/${encodeURIComponent(id)}`;

/** What is found is proved message by message: fewer at once. */
export const getChats = (filter, q, before) => request('api/chats', { filter, q, before, limit: q ? 40 : 100 });
export const getMessages = (chatId, before) => request(`${chatPath(chatId)}/messages`, { before, limit: before ? 100 : 50 });
export const getOperators = () => request('api/operators', {});
export const getEvents = (epoch, seq) => request('api/events', { epoch, seq });

/**
 * `seen`: the place on the screen as `{seen, epoch}`; what a colleague answered after that comes first. Replies that were
 * kept by an older panel have the number alone.
 */
export const postText = (chatId, text, ref, seen) =>
	request(`${chatPath(chatId)}/messages`, {}, { text, ref, ...(typeof seen === 'number' ? { seen } : seen) });

/** `seen`: the last message on the operator's screen, if any. */
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

/** What an answer that is none says; `retryAfter`: the header as it came. */
export const refusal = (status, answer, retryAfter) =>
	new ApiError(
		status, answer?.error?.message ?? `HTTP ${status}`, answer?.error?.code, Number.parseInt(retryAfter, 10) || null, answer?.error,
	);
