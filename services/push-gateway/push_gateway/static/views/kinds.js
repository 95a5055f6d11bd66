/** The rarer kinds of messages: items, links, places, calls, files, and what nobody knows. */
import { isMissedCall, kindOf, mapUrl, pickPicture } from '../core/content.js';
import { oneLine } from '../core/format.js';
import { safeUrl } from '../core/links.js';
import { picture } from './avatar.js';
import { inAvito, longText, marked, outLink, paragraph } from './bodies.js';
import { away, html, when } from './lit.js';

export const rare = (app, message) => KINDS[kindOf(message)](app, message);

const elsewhere = (name) => (app, message) => inAvito(name, app.t(`type.${message.type}`), app, message);

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

const KINDS = {
	item, link, location, call,
	stub: (app, message) => inAvito('warn', app.t('type.stub'), app, message),
	unknown: (app, message) =>
		inAvito('warn', app.t('type.unknownNamed', { type: oneLine(message.type, 40) }), app, message),
	appCall: elsewhere('phone'),
	file: elsewhere('file'),
	video: elsewhere('play'),
};
