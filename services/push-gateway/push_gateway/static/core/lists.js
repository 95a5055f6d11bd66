/** Which of the known chats a list shows, and in which order. */

/** `filter`: all, unread, unanswered, mine, free (nobody has them). `longest`: who waits longest comes first. */
export function emptyList(filter = 'all', q = '', longest = false) {
	return { filter, q, longest, found: new Set(), excerpts: new Map(), passing: false, next: null, floor: -Infinity, status: 'empty' };
}

/** The list of a search that follows another: what that one found stays until there is an answer. */
export function nextSearch({ longest, found, excerpts }, filter, q) {
	return { ...emptyList(filter, q, longest), found: new Set(found), excerpts: new Map(excerpts), passing: true };
}

/** Takes one page of `api/chats` in. Below its last chat nothing is shown while more pages follow. */
export function loadList(list, answer) {
	if (list.passing) Object.assign(list, { found: new Set(), excerpts: new Map(), passing: false });
	for (const chat of answer.chats) list.found.add(chat.id);
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
};

function belongs(chat, list, open, me) {
	if (list.q) return list.found.has(chat.id);
	const wanted = WANTED[list.filter](chat, me);
	if (list.filter === 'unanswered') return wanted;
	// The open chat stays where it is read, or it would vanish under the pointer.
	const kept = chat.id === open && list.found.has(chat.id);
	return (wanted || kept) && chat.updated >= list.floor;
}

const newestFirst = (a, b) => b.updated - a.updated || (a.id < b.id ? 1 : -1);
const longestFirst = (a, b) => a.unanswered_since - b.unanswered_since || newestFirst(a, b);

/** `open`: the chat on screen, `me`: the operator's name. */
export function visibleChats(chats, list, open = null, me = null) {
	const order = list.filter === 'unanswered' && list.longest ? longestFirst : newestFirst;
	const shown = [];
	for (const chat of chats.values()) if (belongs(chat, list, open, me)) shown.push(chat);
	return shown.sort(order);
}

/** `{unread, waiting, since}`: messages not read, chats waiting, and since when the first does. */
export function totals(chats) {
	let [unread, waiting, since] = [0, 0, null];
	for (const chat of chats.values()) {
		unread += chat.unread;
		if (chat.unanswered_since === null) continue;
		waiting += 1;
		since = Math.min(since ?? Infinity, chat.unanswered_since);
	}
	return { unread, waiting, since };
}

export function siblings(chats, chat) {
	const buyer = chat.buyer?.id;
	if (!buyer) return [];
	return [...chats.values()]
		.filter((other) => other.id !== chat.id && other.buyer?.id === buyer)
		.sort(newestFirst);
}
