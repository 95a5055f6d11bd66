/** What a message says: its kind, its author, its preview. Tolerates missing parts. */
import { oneLine } from './format.js';

export const avitoChatUrl = (chatId) =>
	`https://www.avito.ru/profile/messenger/channel/${encodeURIComponent(chatId)}`;

// Avito puts this in place of a text when the tariff lacks the messenger API.
const STUB = /^[^\p{L}]*перейдите\s+на\s+подписку\s+с\s+api\s+мессенджера/iu;

const text = { view: 'text', icon: null, words: 'type.empty', says: textOf };

/**
 * Every kind of message. `view`: in views/message.js or views/kinds.js; `icon`: of icons.svg or the file it names, or null; `words`: the key of
 * its name. `says` replaces the name, `detail` follows it. A `derived` kind is no type of Avito's.
 */
export const KINDS = {
	text,
	system: text,
	image: { view: 'image', icon: null, words: 'type.image' },
	voice: { view: 'voice', icon: null, words: 'type.voice' },
	item: { view: 'item', icon: null, words: 'type.item', detail: ({ item }) => item?.title },
	link: { view: 'link', icon: null, words: 'type.link', detail: ({ link }) => link?.text },
	location: { view: 'location', icon: 'pin', words: 'type.location', detail: ({ location }) => location?.title },
	call: { view: 'call', icon: 'lazy.svg#phone', words: 'type.call' },
	missedCall: { view: 'call', icon: 'lazy.svg#phone', words: 'type.missedCall', derived: true },
	appCall: { view: 'elsewhere', icon: 'lazy.svg#phone', words: 'type.appCall' },
	file: { view: 'elsewhere', icon: 'lazy.svg#file', words: 'type.file' },
	video: { view: 'elsewhere', icon: 'lazy.svg#play', words: 'type.video' },
	deleted: { view: 'deleted', icon: 'trash', words: 'type.deleted' },
	stub: { view: 'elsewhere', icon: 'warn', words: 'type.stub', derived: true },
	unknown: { view: 'unknown', icon: 'warn', words: 'type.unknown', derived: true },
};

/** The kind to draw: deleted wins, a type that is not in the table is `unknown`. */
export function kindOf(message) {
	const { type, content } = message;
	if (message.deleted) return 'deleted';
	if (type === 'text' && STUB.test(content?.text)) return 'stub';
	if (type === 'call' && content?.call?.status === 'missed') return 'missedCall';
	return Object.hasOwn(KINDS, type) && !KINDS[type].derived ? type : 'unknown';
}

export function textOf(message) {
	const text = message.content?.text;
	return typeof text === 'string' ? text.replace(/^\[Системное сообщение\]\s*/, '') : '';
}

export const isBot = (message) => Boolean(message.content?.flow_id);

/** Who wrote it: `bot`, `buyer`, `automatic`, `operator` (here) or `avito` (in its app). */
export function authorOf(message) {
	if (isBot(message)) return 'bot';
	if (message.direction === 'in') return 'buyer';
	if (message.own?.automatic) return 'automatic';
	return message.own?.operator ? 'operator' : 'avito';
}

/** Whether one person or bot wrote both; a seller's staff share one number. */
export const isSameAuthor = (one, other) =>
	one.direction === other.direction && one.author_id === other.author_id &&
	authorOf(one) === authorOf(other) && one.own?.operator === other.own?.operator;

export function preview(message, t) {
	if (!message) return '';
	const { words, says, detail } = KINDS[kindOf(message)];
	if (says) return oneLine(says(message)) || t(words);
	const more = oneLine(detail?.(message.content ?? {}));
	return more ? `${t(words)}: ${more}` : t(words);
}

export const isDeletable = (message, now) =>
	message.direction === 'out' && kindOf(message) !== 'deleted' && now - message.created < 3600;

/** The address as a href, or null: http and https alone, without a user name or password. */
export function safeUrl(text) {
	if (typeof text !== 'string') return null;
	try {
		const url = new URL(text);
		const plain = url.protocol === 'https:' || url.protocol === 'http:';
		return plain && !url.username && !url.password ? url.href : null;
	} catch {
		return null;
	}
}
