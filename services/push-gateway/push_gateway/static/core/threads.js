/** One chat's messages as far as they are loaded: in order, each once, never older than known. */
import { loadNotes } from '../features/notes/notes.js';
import { LOCAL_STATES } from './outbox.js';

export const emptyThread = () => ({
	messages: [], outbox: new Map(), notes: new Map(), next: null, status: 'empty', error: null, older: 'idle', early: [],
});

const placeOf = ({ rank, id }) =>
	Number.isInteger(rank) ? String(rank).padStart(3, '0') + id : `~${id}`;

export function compare(a, b) {
	if (a.created !== b.created) return a.created - b.created;
	const [left, right] = [placeOf(a), placeOf(b)];
	return left < right ? -1 : left > right ? 1 : 0;
}

function insert(messages, message) {
	let at = messages.length;
	while (at > 0 && compare(messages[at - 1], message) > 0) at -= 1;
	messages.splice(at, 0, message);
}

/** Takes one message in, as of `stamp`; what is held and newer stays. True when it was not held. */
export function putMessage(thread, message, stamp) {
	const { messages } = thread;
	const at = messages.findLastIndex((held) => held.id === message.id);
	if (at >= 0 && messages[at].stamp > stamp) return false;
	const above = messages.length > 0 && compare(message, messages[0]) < 0;
	if (at < 0 && above && thread.next !== null) {
		// It comes with its page, unless that page is on its way already.
		if (thread.older === 'loading') thread.early.push({ ...message, stamp });
		return false;
	}
	if (at >= 0) messages.splice(at, 1);
	insert(messages, { ...message, stamp });
	return at < 0;
}

/** The newest page replaces what it covers; older pages stay when it joins on to them. */
export function loadNewest(thread, { messages: page, outbox = [], notes = [], next, seq }) {
	const inPage = new Set(page.map(({ id }) => id));
	const held = thread.messages;
	const joins = thread.status === 'ready' && held.some(({ id }) => inPage.has(id));
	const older = joins ? held.filter((one) => !inPage.has(one.id) && compare(one, page[0]) < 0) : [];
	if (older.length === 0) thread.next = next;
	thread.messages = older;
	for (const message of page) insert(older, { ...message, stamp: seq });
	for (const one of held) if (one.stamp > seq) putMessage(thread, one, one.stamp);
	for (const [ref, { state, stamp }] of thread.outbox) {
		if (!LOCAL_STATES.has(state) && stamp <= seq) thread.outbox.delete(ref);
	}
	for (const item of outbox) putOutbox(thread, item, seq);
	loadNotes(thread.notes, notes, seq);
	thread.status = 'ready';
}

export function loadOlder(thread, { messages, next, seq }) {
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

/** Replies to draw below the messages: not cancelled, and not yet among the messages. */
export function pendingReplies(thread) {
	const known = new Set(thread.messages.slice(-100).map(({ id }) => id));
	return [...thread.outbox.values()]
		.filter((item) => item.state !== 'cancelled' && !known.has(item.message_id))
		.sort((a, b) => a.at - b.at);
}

/** The id of the first of the last `unread` incoming messages, or null. */
export function firstNew(messages, unread) {
	const answered = messages.findLastIndex(({ direction }) => direction === 'out');
	const fresh = messages.slice(answered + 1).filter(({ direction }) => direction === 'in');
	return (unread > 0 && fresh.slice(-unread)[0]?.id) || null;
}
