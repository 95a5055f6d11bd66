/** Which chats a list shows, in which order, and how much of it is drawn. */

/** `filter`: all, unread, unanswered, mine, free (without an owner), buying (we are the buyer), selling (all others). `longest`: who waits longest comes first. */
export function emptyList(filter = 'all', q = '', longest = false) {
	return { filter, q, longest, ids: new Set(), excerpts: new Map(), passing: false, next: null, floor: -Infinity, status: 'empty' };
}

/** A search that follows another shows its results until it has an answer. */
export function nextSearch({ longest, ids, excerpts }, filter, q) {
	return { ...emptyList(filter, q, longest), ids: new Set(ids), excerpts: new Map(excerpts), passing: true };
}

/** Takes in one page of `api/chats`. Chats below its last one wait for the next page. */
export function loadList(list, answer) {
	if (list.passing) Object.assign(list, { ids: new Set(), excerpts: new Map(), passing: false });
	for (const chat of answer.chats) list.ids.add(chat.id);
	for (const [id, excerpt] of Object.entries(answer.found ?? {})) list.excerpts.set(id, excerpt);
	list.next = answer.next;
	const oldest = answer.chats.at(-1);
	list.floor = answer.next === null || !oldest ? -Infinity : oldest.updated;
	list.status = 'ready';
}

const WANTED = {
	all: () => true,
	unread: ({ unread }) => unread > 0,
	unanswered: ({ unanswered_since: since }) => since !== null,
	mine: ({ owner }, me) => Boolean(owner) && owner === me,
	free: ({ owner }) => !owner,
	buying: ({ buying }) => Boolean(buying),
	selling: ({ buying }) => !buying,
};

function belongs(chat, list, open, me) {
	if (list.q) return list.ids.has(chat.id);
	const wanted = WANTED[list.filter](chat, me);
	if (list.filter === 'unanswered') return wanted;
	// The open chat stays: it would vanish under the pointer when it is read.
	const kept = chat.id === open && list.ids.has(chat.id);
	return (wanted || kept) && chat.updated >= list.floor;
}

export const newestFirst = (a, b) => b.updated - a.updated || (a.id < b.id ? 1 : -1);
const longestFirst = (a, b) => a.unanswered_since - b.unanswered_since || newestFirst(a, b);

/** `open`: the chat on screen, `me`: the operator's name. */
export function visibleChats(chats, list, open = null, me = null) {
	const order = list.filter === 'unanswered' && list.longest ? longestFirst : newestFirst;
	const shown = [];
	for (const chat of chats.values()) if (belongs(chat, list, open, me)) shown.push(chat);
	return shown.sort(order);
}

export function totals(chats) {
	let [unread, waiting, since, buying] = [0, 0, null, false];
	for (const chat of chats.values()) {
		unread += chat.unread;
		buying ||= Boolean(chat.buying);
		if (chat.unanswered_since === null) continue;
		waiting += 1;
		since = Math.min(since ?? Infinity, chat.unanswered_since);
	}
	return { unread, waiting, since, buying };
}

/** Tells whether another chat is with the buyer of this one. */
export const isSibling = ({ id, buyer }) => (other) => Boolean(buyer?.id) && other.buyer?.id === buyer.id && other.id !== id;

const RUN = 120;
const STEP = 60;
const LONGEST = 240;
const SPARE = 6;

export function rowsInView(scrollTop, height, rowHeight, count) {
	const last = Math.min(count, Math.ceil((scrollTop + height) / rowHeight) + SPARE);
	return { first: Math.min(last, Math.max(0, Math.floor(scrollTop / rowHeight) - SPARE)), last };
}

/** A run is what is drawn of a thread: from the id `first`, or the newest if null. */
export const tailRun = () => ({ first: null, size: RUN });

/** Where the run is in `ids`: `{from, to}` (exclusive). */
export function runPlaces(ids, { first, size }) {
	const start = first === null ? -1 : ids.indexOf(first);
	if (start < 0) return { from: Math.max(0, ids.length - size), to: ids.length };
	return { from: start, to: Math.min(ids.length, start + size) };
}

export function runUp(ids, run) {
	const { from, to } = runPlaces(ids, run);
	const start = Math.max(0, from - STEP);
	return start === from ? run : { first: ids[start], size: Math.min(LONGEST, to - start) };
}

export function runDown(ids, run) {
	const { from, to } = runPlaces(ids, run);
	if (run.first === null) return run;
	const end = Math.min(ids.length, to + STEP);
	const start = Math.max(from, end - LONGEST);
	return { first: end === ids.length ? null : ids[start], size: end - start };
}

export const atTail = (ids, run) => runPlaces(ids, run).to === ids.length;
