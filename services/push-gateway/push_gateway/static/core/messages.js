/** What a message says: its kind, its author, its preview. Tolerates missing parts. */
import { isBlank, oneLine, plain } from './format.js';

export const avitoChatUrl = (chatId) =>
	`https://www.avito.ru/profile/messenger/channel/${encodeURIComponent(chatId)}`;

// Avito puts this in place of a text when the tariff lacks the messenger API.
const STUB = /^[^\p{L}]*перейдите\s+на\s+подписку\s+с\s+api\s+мессенджера/iu;
const SYSTEM = /^[^\p{L}\p{N}[]*\[[\s\p{DI}]*системное[\s\p{DI}]+сообщение[\s\p{DI}]*\][\s\p{DI}]*/iu;

const text = { view: 'text', words: 'empty', says: textOf };

/**
 * Every kind of message. `view` (of message.js or kinds.js) and `words` (below `type`) are named like the kind by default; `icon`: of icons.svg or
 * the file it names. `says` replaces the name, `detail` follows it. `alone`: no text is shown. A `derived` kind is no type of Avito's.
 */
export const KINDS = {
	text,
	system: text,
	image: {},
	voice: {},
	item: { detail: ({ item }) => item?.title },
	link: { detail: ({ link }) => plain(link?.text) || link?.url },
	location: { icon: 'pin', detail: ({ location }) => plain(location?.title) || location?.text },
	call: { icon: 'lazy.svg#phone', detail: ({ call }) => call?.status },
	missedCall: { view: 'call', icon: 'lazy.svg#phone', derived: true },
	appCall: { view: 'elsewhere', icon: 'lazy.svg#phone' },
	file: { view: 'elsewhere', icon: 'lazy.svg#file', detail: ({ file, name }) => plain(file?.name) || name },
	video: { view: 'elsewhere', icon: 'lazy.svg#play', detail: ({ video, name }) => plain(video?.name) || name },
	deleted: { icon: 'trash', alone: true },
	stub: { view: 'elsewhere', icon: 'warn', alone: true, derived: true },
	unknown: { view: 'elsewhere', icon: 'warn', derived: true },
};

/** What it holds, by name; empty where Avito sent something else. */
export const contentOf = ({ content }) => (typeof content === 'object' && content ? content : {});

/** The kind to draw: deleted wins, a type that is not in the table is `unknown`. */
export function kindOf(message) {
	const { type } = message;
	if (message.deleted) return 'deleted';
	if (type === 'text' && STUB.test(textOf(message))) return 'stub';
	if (type === 'call' && contentOf(message).call?.status === 'missed') return 'missedCall';
	return Object.hasOwn(KINDS, type) && !KINDS[type].derived ? type : 'unknown';
}

/** Its words without Avito's prefix, '' if none can be seen. */
export function textOf({ content }) {
	const words = plain(content?.text ?? content).replace(SYSTEM, '');
	return isBlank(words) ? '' : words;
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

/** What a message is called, and what it is about: "Файл: цены.pdf". */
export function nameOf(message, t) {
	const kind = kindOf(message);
	const { words = kind, detail } = KINDS[kind];
	const type = kind === 'unknown' && message.type !== kind && oneLine(message.type, 40);
	if (type) return t('type.unknownNamed', { type });
	return [t(`type.${words}`), oneLine(detail?.(contentOf(message)))].filter(Boolean).join(': ');
}

export function preview(message, t) {
	if (!message) return '';
	const { says, alone } = KINDS[kindOf(message)];
	const words = !alone && oneLine(textOf(message));
	return says && words ? words : [nameOf(message, t), words].filter(Boolean).join(': ');
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
