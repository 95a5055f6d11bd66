/** The rarer kinds of messages (items, links, places, calls, files, unknown ones), links in a text, failed replies. */
import { oneLine } from '../core/format.js';
import { disguised, linkParts, pickPicture } from '../core/links.js';
import { KINDS, avitoChatUrl, kindOf, safeUrl } from '../core/messages.js';
import { longText, paragraph } from './message.js';
import { away, button, html, icon, picture, when } from './parts.js';

const entryOf = (message) => KINDS[kindOf(message)];

export const rare = (app, message) => VIEWS[entryOf(message).view](app, message);

/** A line with an icon, and what may be done. */
const marked = (name, words, more) => html`
	<div class="marked">${icon(name)}<div><p>${words}</p>${more}</div></div>`;

export const inAvito = (name, words, { t }, { chat_id: chatId }) =>
	marked(name, words, away(avitoChatUrl(chatId), [t('open.avito'), icon('out')]));

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
	return marked(entryOf(message).icon, words, when(href, () => away(href, t('location.map'), '')));
}

function call({ t }, message) {
	const { words, icon: name } = entryOf(message);
	return html`<div class=${kindOf(message) === 'missedCall' ? 'trouble' : ''}>${marked(name, t(words), null)}</div>`;
}

function elsewhere(app, message) {
	const { words, icon: name } = entryOf(message);
	return inAvito(name, app.t(words), app, message);
}

const unknown = (app, message) =>
	inAvito(entryOf(message).icon, app.t('type.unknownNamed', { type: oneLine(message.type, 40) }), app, message);

const VIEWS = { item, link, location, call, elsewhere, unknown };

function outLink(href, words) {
	const host = disguised(href);
	return html`${away(href, words, '')}${when(host, () => html` <span class="host">(${host})</span>`)}`;
}

export const links = (app, text) => linkParts(text).map((part) => (part.href ? outLink(part.href, part.text) : part.text));

/** Below an answer that was not sent: why, and what may be done. */
export function failure(app, item) {
	const { t, replies } = app;
	const local = item.state === 'rejected';
	const act = (name) => () => app.use(import('../shell/unsent.js'), name, item);
	return html`<p class="reply-line trouble"><span>${t('reply.failed')}. ${oneLine(app.coded(local ? 'refused' : 'trouble', item), 300)}</span>
		${when(local || item.retryable, () => button(t('again'), act('retry')))}
		${when(item.kind === 'text', () => button(t('reply.edit'), () => act('edit')().then(app.do.focusComposer)))}
		${when(local, () => button(t('reply.drop'), () => replies.drop(item)))}</p>`;
}
