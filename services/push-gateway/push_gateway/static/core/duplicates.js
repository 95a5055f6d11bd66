/** Has a colleague just answered, so that one more answer may be one too many? */
import { isBot, kindOf } from './messages.js';

const LATELY_S = 60;
const LOOKED_AT = 50;
const ON_ITS_WAY = new Set(['queued', 'sending', 'sent']);

const isAnswer = (message) =>
	message.direction === 'out' && kindOf(message) !== 'deleted' && !isBot(message) && !message.own?.automatic;

/**
 * The last answer that is not of `me`: `{id, by, at, asked}`; null when mine came later. `by` null: from Avito itself;
 * `asked`: the buyer has written since.
 */
export function colleaguesAnswer({ messages, outbox }, me) {
	if (!me) return null;
	const replies = [...outbox.values()].sort((a, b) => a.at - b.at);
	const refs = new Map(replies.map((reply) => [reply.message_id, reply.ref]));
	const newest = messages.slice(-LOOKED_AT);
	let last = null;
	for (const message of newest) {
		if (message.direction === 'in' && last) last = { ...last, asked: true };
		if (!isAnswer(message)) continue;
		const by = message.own?.operator ?? null;
		// A reply keeps its name when it has become a message.
		last = by === me ? null : { id: refs.get(message.id) ?? message.id, by, at: message.created, asked: false };
	}
	const shown = new Set(newest.map(({ id }) => id));
	for (const { ref, state, by, at, message_id: id } of replies) {
		if (shown.has(id) || !by) continue;
		if (by === me) last = state === 'failed' ? last : null;
		else if (ON_ITS_WAY.has(state)) last = { id: ref, by, at, asked: false };
	}
	return last;
}

/** `begun`: the id of their last answer when the draft was begun, null: there was none, undefined: not known. */
export function mayBeDuplicate(answer, begun, now) {
	if (!answer) return false;
	const meanwhile = begun !== undefined && begun !== answer.id;
	return meanwhile || (!answer.asked && now - answer.at < LATELY_S);
}
