/**
 * What the panel knows, and how events and answers change it. Each part carries the seq it is known as of, its `stamp`:
 * an answer that is older than an event never undoes it.
 */
import { backoff } from './connection.js';

const THREADS_KEPT = 20;

export const emptyState = () => ({
	chats: new Map(), threads: new Map(), version: 0, lastEventAt: 0, imported: null, demo: false,
});

/** Applies one event; returns what follows from it, as `{kind, …}`. */
export function applyEvent(state, event) {
	if (event.seq) state.lastEventAt = Math.max(state.lastEventAt, event.at);
	return HANDLERS[event.type]?.(state, event) ?? [];
}

/** Features may handle the others. */
export const isCoreEvent = ({ type }) => type in HANDLERS;

const HANDLERS = {
	message(state, event) {
		const { chat_id: chatId, message } = event;
		const effects = mergeChat(state, event, event.chat);
		const thread = state.threads.get(chatId);
		// Also while the thread is loading: the answer may be older.
		const isNew = thread && putMessage(thread, message, event.seq);
		if (isNew && thread.status === 'ready') effects.push({ kind: 'arrived', chatId, message });
		if (event.ring) effects.push({ kind: 'ring', chatId, message });
		return effects;
	},
	chat: (state, event) => mergeChat(state, event, event.chat),
	thread: (state, event) =>
		[{ kind: 'rewritten', chatId: event.chat_id }, ...mergeChat(state, event, event.chat)],
	read: (state, event) => mergeChat(state, event, event.chat ?? { unread: 0 }),
	outbox(state, { item, seq }) {
		const thread = state.threads.get(item.chat_id);
		if (thread) putOutbox(thread, item, seq);
		return [{ kind: 'reply', item }];
	},
	mode: (state, { recovered = 0 }) => [{ kind: 'mode', recovered }],
	demo(state) {
		state.demo = true;
	},
	import(state, { done, total }) {
		state.imported = { done, total };
	},
};

/** A chat without facts (buyer, item) so far is an `unknown chat`. */
function mergeChat(state, { chat_id: id, account_id, seq }, facts = {}) {
	const held = state.chats.get(id) ?? {
		id, account_id, buyer: null, item: null, updated: 0, last_message: null, unread: 0,
		unanswered_since: null, enriched: false, known: false, stamp: -1,
	};
	if (held.stamp >= seq) return [];
	const known = held.known || Boolean(facts.id);
	const updated = Math.max(held.updated, facts.updated ?? 0, facts.last_message?.created ?? 0);
	state.chats.set(id, { ...held, ...facts, updated, known, stamp: seq });
	state.version += 1;
	return known ? [] : [{ kind: 'unknown chat', chatId: id }];
}

/** Chats of a REST answer, which is at least as new as `seq`. */
export function loadChats(state, chats, seq) {
	for (const chat of chats) {
		const held = state.chats.get(chat.id);
		const newer = held?.stamp > seq;
		if (newer && held.known) continue;
		// Facts of the answer, counters of the newer one.
		const { unread, unanswered_since, last_message, updated } = newer ? held : chat;
		const counters = { unread, unanswered_since, last_message, updated };
		state.chats.set(chat.id, { ...chat, ...counters, stamp: newer ? held.stamp : seq, known: true });
		state.lastEventAt = Math.max(state.lastEventAt, chat.last_message?.created ?? 0);
	}
	state.version += 1;
}

/** The thread of a chat, new if there is none; the least recently opened ones are dropped. */
export function openThread(state, chatId) {
	const { threads } = state;
	const thread = threads.get(chatId) ?? emptyThread();
	threads.delete(chatId);
	threads.set(chatId, thread);
	for (const [id, { outbox }] of threads) {
		if (threads.size <= THREADS_KEPT) break;
		if (![...outbox.values()].some((item) => item.state === 'posting')) threads.delete(id);
	}
	return thread;
}

export function loadThread(state, chatId, answer, { older = false } = {}) {
	(older ? loadOlder : loadNewest)(openThread(state, chatId), answer);
	if (answer.chat) loadChats(state, [answer.chat], answer.seq);
}

/** A new epoch: all stamps are void. What is on screen stays until it is read again. */
export function forgetStamps(state) {
	const forget = (one) => {
		one.stamp = -1;
	};
	state.chats.forEach(forget);
	for (const thread of state.threads.values()) {
		thread.messages.forEach(forget);
		thread.outbox.forEach(forget);
		if (thread.status === 'ready') thread.status = 'stale';
	}
}

export function dropUnstamped(state) {
	for (const [id, { stamp }] of state.chats) if (stamp < 0) state.chats.delete(id);
	state.version += 1;
}

const emptyThread = () => ({
	messages: [], outbox: new Map(), next: null, status: 'empty', error: null, older: 'idle', early: [],
});

const placeOf = ({ rank, id }) =>
	Number.isInteger(rank) ? String(rank).padStart(3, '0') + id : `~${id}`;

function compare(a, b) {
	if (a.created !== b.created) return a.created - b.created;
	const [left, right] = [placeOf(a), placeOf(b)];
	return left < right ? -1 : left > right ? 1 : 0;
}

function insert(messages, message) {
	let at = messages.length;
	while (at > 0 && compare(messages[at - 1], message) > 0) at -= 1;
	messages.splice(at, 0, message);
}

/** Takes in one message, as of `stamp`, unless a newer state is held. True if it is new. */
function putMessage(thread, message, stamp) {
	const { messages } = thread;
	const at = messages.findLastIndex((held) => held.id === message.id);
	if (at >= 0 && messages[at].stamp > stamp) return false;
	const above = messages.length > 0 && compare(message, messages[0]) < 0;
	if (at < 0 && above && thread.next !== null) {
		// It comes with its page, unless that is under way already.
		if (thread.older === 'loading') thread.early.push({ ...message, stamp });
		return false;
	}
	if (at >= 0) messages.splice(at, 1);
	insert(messages, { ...message, stamp });
	return at < 0;
}

/** The newest page replaces what it covers; older pages stay if it joins on to them. */
function loadNewest(thread, { messages: page, outbox = [], next, seq }) {
	const inPage = new Set(page.map(({ id }) => id));
	const held = thread.messages;
	const joins = thread.status === 'ready' && held.some(({ id }) => inPage.has(id));
	// Within a second a rank that has become known may have moved a message above the page.
	const older = joins ? held.filter((one) => !inPage.has(one.id) && one.created <= page[0].created) : [];
	if (older.length === 0) thread.next = next;
	thread.messages = older;
	for (const message of page) insert(older, { ...message, stamp: seq });
	for (const one of held) if (one.stamp > seq) putMessage(thread, one, one.stamp);
	for (const [ref, { state, stamp }] of thread.outbox) {
		if (!LOCAL_STATES.has(state) && stamp <= seq) thread.outbox.delete(ref);
	}
	for (const item of outbox) putOutbox(thread, item, seq);
	thread.status = 'ready';
}

function loadOlder(thread, { messages, next, seq }) {
	for (const message of messages) {
		if (!thread.messages.some(({ id }) => id === message.id)) insert(thread.messages, { ...message, stamp: seq });
	}
	thread.next = next;
	thread.older = 'idle';
	for (const one of thread.early.splice(0)) putMessage(thread, one, one.stamp);
}

export function putOutbox(thread, item, stamp) {
	const held = thread.outbox.get(item.ref);
	if (!(held?.stamp > stamp)) thread.outbox.set(item.ref, { ...held, ...item, stamp });
}

export function pendingReplies(thread) {
	const known = new Set(thread.messages.slice(-100).map(({ id }) => id));
	return [...thread.outbox.values()]
		.filter((item) => item.state !== 'cancelled' && !known.has(item.message_id))
		.sort((a, b) => a.at - b.at);
}

/** The id of the first of the last `unread` messages that call for an operator, or null. */
export function firstNew(messages, unread) {
	const answered = messages.findLastIndex(({ direction }) => direction === 'out');
	const fresh = messages.slice(answered + 1).filter(({ direction, lead }) => direction === 'in' || lead);
	return (unread > 0 && fresh.slice(-unread)[0]?.id) || null;
}

const REPOST_WITHIN_S = 3600;
const FINISHED = new Set(['sent', 'failed', 'cancelled']);

/** States that the server does not know: on the way, refused or left over, being taken back. */
export const LOCAL_STATES = new Set(['posting', 'rejected', 'withdrawn']);

export const newReply = ({ ref, chatId, text, by, at, seen, kind = 'text' }) => ({
	ref, chat_id: chatId, kind, text, by, at, seen,
	state: 'posting', reason: null, retryable: false, tries: 0, message_id: null,
});

export const isFinished = ({ state }) => FINISHED.has(state);

/** What a kept reply needs after a start: `post`, `takeBack`, `look` whether an old one arrived, or null. */
export function stepFor({ state, at }, now) {
	if (state === 'rejected') return null;
	if (state === 'withdrawn') return 'takeBack';
	return now - at > REPOST_WITHIN_S ? 'look' : 'post';
}

/** What a refused POST means: `again` after so many seconds, or `failed` for that reason. */
export function afterRefusal({ status, retryAfter, code, message }, tries, chance) {
	const again = backoff(tries, chance, { first: 1, most: 30 });
	if (status === 429 || status === 503) return { again: retryAfter ?? again };
	return status === 0 || status >= 500 ? { again } : { failed: { code, reason: message } };
}
