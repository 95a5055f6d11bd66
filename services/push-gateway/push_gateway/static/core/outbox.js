/** Replies this browser has not seen leave yet: plain entries. */

const REPOST_WITHIN_S = 3600;
const FINISHED = new Set(['sent', 'failed', 'cancelled']);

export const newReply = ({ ref, chatId, text, by, at, seen, kind = 'text' }) => ({
	ref, chat_id: chatId, kind, text, by, at, seen,
	state: 'posting', reason: null, retryable: false, tries: 0, message_id: null,
});

export const isFinished = ({ state }) => FINISHED.has(state);

/** `again` is to be posted under the same ref; `stale` was never taken and is too old to leave unasked. */
export function sortKept(kept, now) {
	const old = ({ at }) => now - at > REPOST_WITHIN_S;
	return {
		again: kept.filter((one) => one.kind === 'text' && one.state !== 'rejected' && !old(one)),
		stale: kept.filter((one) => one.state === 'posting' && old(one)),
	};
}

/** What a refused POST means: post `again` after so many seconds, or it has `failed` for that reason. */
export function afterRefusal({ status, retryAfter, code, message }, tries, chance) {
	const backoff = Math.min(30, 2 ** tries) * (0.5 + chance / 2);
	if (status === 429 || status === 503) return { again: retryAfter ?? backoff };
	return status === 0 || status >= 500 ? { again: backoff } : { failed: { code, reason: message } };
}
