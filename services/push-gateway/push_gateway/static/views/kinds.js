/** The rarer kinds of messages: items, links, places, calls, files, and what nobody knows. */
import { avitoChatUrl, isMissedCall, kindOf } from '../core/messages.js';
import { oneLine } from '../core/format.js';
import { pickPicture } from '../core/picked.js';
import { safeUrl } from '../core/urls.js';
import { picture } from './avatar.js';
import { longText, paragraph } from './bodies.js';
import { outLink } from './links.js';
import { away, html, icon, when } from './parts.js';

export const rare = (app, message) => KINDS[kindOf(message)](app, message);

/** A line with an icon, and what may be done. */
const marked = (name, words, more, file) => html`
	<div class="marked">${icon(name, file)}<div><p>${words}</p>${more}</div></div>`;

export const inAvito = (name, words, { t }, { chat_id: chatId }, file) =>
	marked(name, words, away(avitoChatUrl(chatId), [t('open.avito'), icon('out')]), file);

const elsewhere = (name) => (app, message) => inAvito(name, app.t(`type.${message.type}`), app, message, 'kinds');

const previewCard = (href, image, title, more) => {
	const inner = html`${picture(image, 'cover')}<span class="preview-words"><bdi>${oneLine(title, 120)}</bdi>${more}</span>`;
	return href ? away(href, inner, 'preview') : html`<div class="preview">${inner}</div>`;
};

function item({ t }, message) {
	const { title, price_string: price, item_url: url, image_url: src } = message.content?.item ?? {};
	return previewCard(safeUrl(url), src, title || t('type.item'), html`<b>${oneLine(price, 40)}</b>`);
}

function link(app, message) {
	const { text: words, url, preview } = message.content?.link ?? {};
	const href = safeUrl(url);
	if (!href) return longText(app, String(words ?? url ?? app.t('type.link')));
	return html`
		${paragraph(outLink(href, oneLine(words || href, 300)))}
		${when(preview, () => previewCard(href, pickPicture(preview.images, 140)?.url, preview.title, html`
			<small>${oneLine(preview.description)}</small><small>${new URL(href).hostname}</small>`))}`;
}

function mapUrl(location) {
	const { lat, lon } = location ?? {};
	if (!Number.isFinite(lat) || !Number.isFinite(lon)) return null;
	return `https://yandex.ru/maps/?pt=${lon},${lat}&z=16&l=map`;
}

function location({ t }, message) {
	const place = message.content?.location;
	const href = mapUrl(place);
	const words = oneLine(place?.title || place?.text || t('type.location'));
	return marked('pin', words, when(href, () => away(href, t('location.map'), '')));
}

function call({ t }, message) {
	const missed = isMissedCall(message);
	return html`<div class=${missed ? 'trouble' : ''}>${marked('phone', t(missed ? 'type.missedCall' : 'type.call'), null, 'kinds')}</div>`;
}

const KINDS = {
	item, link, location, call,
	stub: (app, message) => inAvito('warn', app.t('type.stub'), app, message),
	unknown: (app, message) =>
		inAvito('warn', app.t('type.unknownNamed', { type: oneLine(message.type, 40) }), app, message),
	appCall: elsewhere('phone'),
	file: elsewhere('file'),
	video: elsewhere('play'),
};
