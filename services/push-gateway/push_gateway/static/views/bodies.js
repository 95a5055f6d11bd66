/** What is inside a bubble, by message type; the rarer types are drawn by kinds.js. */
import { avitoChatUrl, kindOf, pickPicture, textOf } from '../core/content.js';
import { truncate } from '../core/format.js';
import { disguised, linkParts } from '../core/links.js';
import { later } from './later.js';
import { away, html, icon, nothing, when } from './lit.js';

const FOLD_AT = 3000; // characters; what is longer can be unfolded

const voice = later(() => import('./voice.js'), 'voice', { words: 'voice', style: 'voice' });
const rare = later(() => import('./kinds.js'), 'rare', { style: 'kinds' });

export const body = (app, message) => (BODIES[kindOf(message)] ?? rare)(app, message);

/** A line with an icon, and what may be done. */
export const marked = (name, words, more) => html`
	<div class="marked">${icon(name)}<div><p>${words}</p>${more}</div></div>`;

export const inAvito = (name, words, { t }, { chat_id: chatId }) =>
	marked(name, words, away(avitoChatUrl(chatId), [t('open.avito'), icon('out')]));

export function outLink(href, words) {
	const host = disguised(href);
	return html`${away(href, words, '')}${when(host, () => html` <span class="host">(${host})</span>`)}`;
}

export const paragraph = (inner) => html`<p class="text" dir="auto">${inner}</p>`;
const linked = (text) => linkParts(text).map((part) => (part.href ? outLink(part.href, part.text) : part.text));

export const longText = (text, t) => (text.length <= FOLD_AT ? paragraph(linked(text)) : html`
	${paragraph([linked(truncate(text, FOLD_AT)), '…'])}
	<details><summary>${t('text.all', { n: text.length })}</summary>${paragraph(text)}</details>`);

function text({ t }, message) {
	const words = textOf(message);
	return words ? longText(words, t) : html`<p class="quiet">${t('type.empty')}</p>`;
}

function image(app, message) {
	const sizes = message.content?.image?.sizes;
	const small = pickPicture(sizes, 480);
	if (!small) return inAvito('warn', app.t('type.image'), app, message);
	const { url } = pickPicture(sizes, Infinity);
	return html`
		<button class="photo" aria-label=${app.t('image.enlarge')} @click=${() => app.do.showDialog({ kind: 'picture', url })}>
			<img src=${small.url} alt=${app.t('type.image')} loading="lazy" referrerpolicy="no-referrer"
				width=${small.width || nothing} height=${small.height || nothing}></button>`;
}

const BODIES = {
	text, image, voice,
	system: text,
	deleted: ({ t }) => html`<p class="quiet">${icon('trash')} ${t('type.deleted')}</p>`,
};
