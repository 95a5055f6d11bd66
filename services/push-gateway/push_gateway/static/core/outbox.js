/** Replies whose end this browser has not seen yet: plain entries. */

const REPOST_WITHIN_S = 3600;
const FINISHED = new Set(['sent', 'failed', 'cancelled']);

/**
 * States of which the server knows nothing: to be handed over, refused or left over (the operator decides), taken back
 * while nobody knows whether it arrived.
 */
export const LOCAL_STATES = new Set(['posting', 'rejected', 'withdrawn']);

export const newReply = ({ ref, chatId, text, by, at, seen, kind = 'text' }) => ({
	ref, chat_id: chatId, kind, text, by, at, seen,
	state: 'posting', reason: null, retryable: false, tries: 0, message_id: null,
});

export const isFinished = ({ state }) => FINISHED.has(state);

/**
 * What a kept reply needs after a start: to be posted under the same ref, to be taken back, a `look` whether it arrived
 * (it is too old to leave unasked), or nothing (null).
 */
export function stepFor({ state, at }, now) {
	if (state === 'rejected') return null;
	if (state === 'withdrawn') return 'takeBack';
	return now - at > REPOST_WITHIN_S ? 'look' : 'post';
}

/** What a refused POST means: post `again` after so many seconds, or it has `failed` for that reason. */
export function afterRefusal({ status, retryAfter, code, message }, tries, chance) {
	const backoff = Math.min(30, 2 ** tries) * (0.5 + chance / 2);
	if (status === 429 || status === 503) return { again: retryAfter ?? backoff };
	return status === 0 || status >= 500 ? { again: backoff } : { failed: { code, reason: message } };
}
