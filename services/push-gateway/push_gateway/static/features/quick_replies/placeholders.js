/** What the places in a quick reply stand for, in the chat that is open. */
import { oneLine } from '../../core/format.js';
import { GAP } from '../../core/gaps.js';

const MEANINGS = new Map([
	['имя', 'buyer'], ['товар', 'item'], ['цена', 'price'], ['я', 'me'],
	['buyer', 'buyer'], ['item', 'item'], ['price', 'price'], ['me', 'me'],
]);

/** The variables as the operator's language writes them: `[['{имя}', 'buyer'], …]`. */
export function variables(lang) {
	const all = [...MEANINGS];
	return (lang === 'en' ? all.slice(4) : all.slice(0, 4)).map(([name, meaning]) => [`{${name}}`, meaning]);
}

/** What is known of a chat (it may be undefined) and of who answers; '' what is not. */
export const valuesOf = (chat, operator) => ({
	buyer: oneLine(chat?.buyer?.name, 100),
	item: oneLine(chat?.item?.title, 200),
	price: oneLine(chat?.item?.price, 60),
	me: oneLine(operator, 100),
});

/** The text with all that is known filled in; anything else in braces stays a gap. */
export const fill = (text, values) => text.replace(new RegExp(GAP, 'gu'), (gap) =>
	values[MEANINGS.get(gap.slice(1, -1).trim().toLowerCase())] || gap);
