/**
 * What the panel knows, and how events and answers change it. All carry the `stamp` (seq) they are
 * known as of, so that an answer that was read before an event came never undoes it.
 */
import { putNote } from '../features/notes/notes.js';
import { emptyThread, loadNewest, loadOlder, putMessage, putOutbox } from './threads.js';

const THREADS_KEPT = 20;

export const emptyState = () => ({
	chats: new Map(), threads: new Map(), presence: new Map(), version: 0, lastEventAt: 0, imported: null, demo: false,
});

/** Applies one event; returns what follows from it: `{kind, …}` for ringing, fetching, telling. */
export function applyEvent(state, event) {
	if (event.seq) state.lastEventAt = Math.max(state.lastEventAt, event.at);
	return HANDLERS[event.type]?.(state, event) ?? [];
}

const HANDLERS = {
	message(state, event) {
		const { chat_id: chatId, message } = event;
		const effects = mergeChat(state, event, event.chat);
		const thread = state.threads.get(chatId);
		// Also while the thread is being loaded: the answer may have been read before this.
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
	note(state, { chat_id: chatId, note, seq }) {
		const thread = state.threads.get(chatId);
		if (thread) putNote(thread.notes, note, seq);
	},
	mode: (state, { recovered = 0 }) => [{ kind: 'mode', recovered }],
	presence(state, { chat_id: chatId, viewing, typing }) {
		state.presence.set(chatId, { viewing, typing });
	},
	demo(state) {
		state.demo = true;
	},
	import(state, { done, total }) {
		state.imported = { done, total };
	},
};

/** A chat whose facts (buyer, item) nobody has named yet is a `stranger`. */
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
	return known ? [] : [{ kind: 'stranger', chatId: id }];
}

/** Chats of a REST answer; `seq` is what the answer is at least as new as. */
export function loadChats(state, chats, seq) {
	for (const chat of chats) {
		const held = state.chats.get(chat.id);
		const newer = held?.stamp > seq;
		if (newer && held.known) continue;
		// Facts of the answer, counters of whichever is newer.
		const { unread, unanswered_since, last_message, updated } = newer ? held : chat;
		const counters = { unread, unanswered_since, last_message, updated };
		state.chats.set(chat.id, { ...chat, ...counters, stamp: newer ? held.stamp : seq, known: true });
		state.lastEventAt = Math.max(state.lastEventAt, chat.last_message?.created ?? 0);
	}
	state.version += 1;
}

/** The thread of a chat, made when there is none; the least recently opened ones are let go. */
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

/** A new epoch: nothing held is as of anything any more; it stays on screen until read again. */
export function forgetStamps(state) {
	const forget = (one) => {
		one.stamp = -1;
	};
	state.chats.forEach(forget);
	for (const thread of state.threads.values()) {
		thread.messages.forEach(forget);
		thread.outbox.forEach(forget);
		thread.notes.forEach(forget);
		if (thread.status === 'ready') thread.status = 'stale';
	}
	state.presence.clear();
}

/** After a reload: chats that no answer has named again are gone. */
export function dropUnstamped(state) {
	for (const [id, { stamp }] of state.chats) if (stamp < 0) state.chats.delete(id);
	state.version += 1;
}
