/** The team's quick replies: read from the server, changed there, found by a few words. */
import { ApiError, BASE, refusal, request, written } from '../../shell/gateway.js';

const PATH = 'api/quick-replies';
const PATIENCE_MS = 20_000;

let known = { tag: '', replies: [] };

/** What this page read last; it may be old. */
export const remembered = () => known.replies;

/** All as they are now; little is sent when nothing has changed. */
export async function everything() {
	const response = await ask(PATH, { headers: known.tag ? { 'If-None-Match': known.tag } : {} });
	if (response.status !== 304) {
		const { quick_replies: replies } = await answerOf(response);
		known = { tag: response.headers.get('ETag'), replies };
	}
	return known.replies;
}

const one = (id) => `${PATH}/${encodeURIComponent(id)}`;

/** Adds it, or changes the one with its `id` unless that was changed since its `version`. */
export const saveOne = ({ id, version, folder, name, text }) =>
	(id ? request(one(id), {}, { version, folder, name, text }) : request(PATH, {}, { folder, name, text }));

export const removeOne = ({ id, version }) => request(`${one(id)}/delete`, {}, { version });

export const exportUrl = new URL(`${PATH}/export`, BASE).pathname;

/** What bringing a file in would do: `{added, changed, unchanged, problems, tag}`. */
export const look = async (file) => answerOf(await send('import/preview', file));

/** Brings it in if nothing has changed since `tag`. */
export const bringIn = async (file, tag) => answerOf(await send('import', file, { 'If-Match': tag }));

const send = (path, file, headers = {}) =>
	ask(`${PATH}/${path}`, { method: 'POST', body: file, headers: { 'Content-Type': 'text/csv', ...written(), ...headers } });

const ask = (path, init) =>
	fetch(new URL(path, BASE), { cache: 'no-store', redirect: 'error', signal: AbortSignal.timeout(PATIENCE_MS), ...init })
		.catch(() => {
			throw new ApiError(0);
		});

async function answerOf(response) {
	const answer = await response.json().catch(() => null);
	if (response.ok && answer !== null) return answer;
	throw refusal(response.status, answer, response.headers.get('Retry-After'));
}

const plain = (text) => text.toLowerCase().replaceAll('ё', 'е');

export function find(replies, query) {
	const whole = plain(query).trim();
	if (!whole) return replies;
	const words = whole.split(/\s+/);
	const ranked = replies.map((reply) => ({ reply, rank: rankOf(reply, whole, words) }));
	return ranked.filter(({ rank }) => rank < Infinity).sort((a, b) => a.rank - b.rank).map(({ reply }) => reply);
}

function rankOf({ name, folder, text }, whole, words) {
	if (plain(name).startsWith(whole)) return 0;
	const levels = [name, `${name} ${folder}`, `${name} ${folder} ${text}`].map(plain);
	const at = levels.findIndex((level) => words.every((word) => level.includes(word)));
	return at < 0 ? Infinity : at + 1;
}

/** Neighbours of one folder together: `[{folder, replies}, …]`. */
export function byFolder(replies) {
	const groups = [];
	for (const reply of replies) {
		const last = groups.at(-1);
		if (last?.folder === reply.folder) last.replies.push(reply);
		else groups.push({ folder: reply.folder, replies: [reply] });
	}
	return groups;
}
