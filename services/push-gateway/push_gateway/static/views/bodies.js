/** What is inside a bubble, by message type. */
import { avitoChatUrl, isMissedCall, kindOf, mapUrl, pickPicture, textOf } from '../core/content.js';
import { oneLine } from '../core/format.js';
import { disguised, linkParts, safeUrl } from '../core/links.js';
import { picture } from './avatar.js';
import { away, html, icon, nothing, when } from './lit.js';
import { voice } from './voice.js';

const FOLD_AT = 3000; // characters; what is longer can be unfolded

export const body = (app, message) => BODIES[kindOf(message)](app, message);

const marked = (name, words, more) => html`
	<div class="marked">${icon(name)}<div><p>${words}</p>${more}</div></div>`;

const inAvito = (name, words, { t }, { chat_id: chatId }) =>
	marked(name, words, away(avitoChatUrl(chatId), [t('open.avito'), icon('out')]));

const elsewhere = (name) => (app, message) => inAvito(name, app.t(`type.${message.type}`), app, message);

function outLink(href, words) {
	const host = disguised(href);
	return html`${away(href, words, '')}${when(host, () => html` <span class="host">(${host})</span>`)}`;
}

const paragraph = (inner) => html`<p class="text" dir="auto">${inner}</p>`;
const linked = (text) => linkParts(text).map((part) => (part.href ? outLink(part.href, part.text) : part.text));

const longText = (text, t) => (text.length <= FOLD_AT ? paragraph(linked(text)) : html`
	${paragraph([linked(text.slice(0, FOLD_AT)), '…'])}
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

const previewCard = (href, image, title, more) => {
	const inner = html`${picture(image, 'cover')}<span class="preview-words"><bdi>${oneLine(title, 120)}</bdi>${more}</span>`;
	return href ? away(href, inner, 'preview') : html`<div class="preview">${inner}</div>`;
};

function item({ t }, message) {
	const { title, price_string: price, item_url: url, image_url: src } = message.content?.item ?? {};
	return previewCard(safeUrl(url), src, title || t('type.item'), html`<b>${oneLine(price, 40)}</b>`);
}

function link({ t }, message) {
	const { text: words, url, preview } = message.content?.link ?? {};
	const href = safeUrl(url);
	if (!href) return longText(String(words ?? url ?? t('type.link')), t);
	return html`
		${paragraph(outLink(href, oneLine(words || href, 300)))}
		${when(preview, () => previewCard(href, pickPicture(preview.images, 140)?.url, preview.title, html`
			<small>${oneLine(preview.description)}</small><small>${new URL(href).hostname}</small>`))}`;
}

function location({ t }, message) {
	const place = message.content?.location;
	const href = mapUrl(place);
	const words = oneLine(place?.title || place?.text || t('type.location'));
	return marked('pin', words, when(href, () => away(href, t('location.map'), '')));
}

function call({ t }, message) {
	const missed = isMissedCall(message);
	return html`<div class=${missed ? 'trouble' : ''}>${marked('phone', t(missed ? 'type.missedCall' : 'type.call'))}</div>`;
}

const BODIES = {
	text, image, item, link, location, call, voice,
	system: text,
	stub: (app, message) => inAvito('warn', app.t('type.stub'), app, message),
	deleted: ({ t }) => html`<p class="quiet">${icon('trash')} ${t('type.deleted')}</p>`,
	unknown: (app, message) =>
		inAvito('warn', app.t('type.unknownNamed', { type: oneLine(message.type, 40) }), app, message),
	appCall: elsewhere('phone'),
	file: elsewhere('file'),
	video: elsewhere('play'),
};
