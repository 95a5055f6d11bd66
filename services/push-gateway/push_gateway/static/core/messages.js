/** What a message of each type says. Tolerates missing parts. */
import { oneLine } from './format.js';

export const avitoChatUrl = (chatId) =>
	`https://www.avito.ru/profile/messenger/channel/${encodeURIComponent(chatId)}`;

const KINDS = new Set([
	'text', 'image', 'voice', 'item', 'link', 'location', 'call', 'appCall', 'system', 'file', 'video',
]);

// What Avito puts in place of a text when the tariff does not cover the messenger API.
const STUB = /^[^\p{L}]*перейдите\s+на\s+подписку\s+с\s+api\s+мессенджера/iu;

/** The type to draw: deleted wins, `stub` is Avito's advertising for a text, what nobody knows `unknown`. */
export function kindOf(message) {
	if (message.deleted || message.type === 'deleted') return 'deleted';
	if (message.type === 'text' && STUB.test(message.content?.text)) return 'stub';
	return KINDS.has(message.type) ? message.type : 'unknown';
}

export function textOf(message) {
	const text = message.content?.text;
	return typeof text === 'string' ? text.replace(/^\[Системное сообщение\]\s*/, '') : '';
}

export const isBot = (message) => Boolean(message.content?.flow_id);

/** Who wrote it, as a word: `bot`, `buyer`, `automatic`, `operator` (here), `avito` (in Avito's own app). */
export function authorOf(message) {
	if (isBot(message)) return 'bot';
	if (message.direction === 'in') return 'buyer';
	if (message.own?.automatic) return 'automatic';
	return message.own?.operator ? 'operator' : 'avito';
}

/** Whether one person (or bot) wrote both, as far as Avito tells: a seller's staff share one number. */
export const isSameAuthor = (one, other) =>
	one.direction === other.direction && one.author_id === other.author_id &&
	authorOf(one) === authorOf(other) && one.own?.operator === other.own?.operator;

export const isMissedCall = (message) =>
	message.type === 'call' && message.content?.call?.status === 'missed';

/** One line that says what the message is, for rows, quotes and notifications. */
export function preview(message, t) {
	if (!message) return '';
	const content = message.content ?? {};
	const kind = kindOf(message);
	if (kind === 'text' || kind === 'system') return oneLine(textOf(message)) || t('type.empty');
	if (kind === 'call') return t(isMissedCall(message) ? 'type.missedCall' : 'type.call');
	const detail = { item: content.item?.title, link: content.link?.text, location: content.location?.title };
	const words = detail[kind] ? oneLine(detail[kind]) : '';
	return words ? `${t(`type.${kind}`)}: ${words}` : t(`type.${kind}`);
}

export const isDeletable = (message, now) =>
	message.direction === 'out' && kindOf(message) !== 'deleted' && now - message.created < 3600;
