/** Placeholders like `{item}` in a quick reply: filled in with what is known of the chat, else pointed out. */
import { oneLine } from '../../core/format.js';
import { loadStyle } from '../../shell/gateway.js';
import { button, html } from '../../views/parts.js';
import { PLACEHOLDER } from './feature.js';

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

/** The text with all that is known filled in; anything else in braces stays. */
export const fill = (text, values) => text.replace(new RegExp(PLACEHOLDER, 'gu'), (place) =>
	values[MEANINGS.get(place.slice(1, -1).trim().toLowerCase())] || place);

/** Asks before an answer with a placeholder leaves, and selects it, so that typing fills it in. */
export async function askAboutUnfilled(app, asked) {
	await Promise.all([app.loadWords('features/quick_replies/words'), loadStyle('features/quick_replies/palette.css')]);
	asked.draw = () => question(app, PLACEHOLDER.exec(asked.text)[0]);
	selectPlaceholder();
	app.schedule();
}

/** Selects the first placeholder of what is written, if there is one. */
export function selectPlaceholder() {
	const field = document.querySelector('.composer:not(.note-composer) textarea');
	const place = PLACEHOLDER.exec(field?.value);
	if (!place) return;
	field.focus();
	field.setSelectionRange(place.index, place.index + place[0].length);
}

const question = ({ t, do: act }, placeholder) => html`
	<p class="unfilled" role="alert"><span>${t('placeholder.unfilled', { placeholder })}</span>
		${button(t('placeholder.anyway'), act.submitAnyway)}</p>`;
