/** The rarer kinds of messages (items, links, places, calls, files, unknown ones), links in a text, failed replies. */
import { isBlank, oneLine, plain, truncate } from '../core/format.js';
import { disguised, linkParts, pickPicture } from '../core/links.js';
import { KINDS, avitoChatUrl, contentOf, kindOf, nameOf, safeUrl } from '../core/messages.js';
import { linked, longText, paragraph } from './message.js';
import { away, button, html, icon, picture, when } from './parts.js';

const iconOf = (message) => KINDS[kindOf(message)].icon ?? 'warn';

export function rare(app, message) {
	const kind = kindOf(message);
	return VIEWS[KINDS[kind].view ?? kind](app, message);
}

/** A text too long to be shown whole. */
export const folded = (app, text, most) => html`
	${paragraph([linked(app, truncate(text, most)), '…'])}
	<details><summary>${app.t('text.all', { n: text.length })}</summary>${paragraph(text)}</details>`;

/** A line with an icon, and what may be done. */
const marked = (name, words, more) => html`
	<div class="marked">${icon(name)}<div><p>${words}</p>${more}</div></div>`;

/** A message by its name, with all that can be read in it: what we cannot show better is in Avito. */
export const elsewhere = (app, message) => [
	marked(iconOf(message), nameOf(message, app.t), [
		sizeOf(app.t, message), away(avitoChatUrl(message.chat_id), [app.t('open.avito'), icon('out')]),
	]),
	when(!KINDS[kindOf(message)].alone, () => fields(app, message)),
];

const MOST_FIELDS = 40;
const MOST_VISITED = 1000;
const DEEPEST = 8;

/** The texts and numbers in a content as `[path, words]`, bounded, but for the text that every message shows. */
export function readable(content) {
	const found = [];
	let visited = 0;
	const visit = (value, path) => {
		visited += 1;
		if (typeof value !== 'object' || value === null) {
			const words = oneLine(typeof value === 'boolean' ? String(value) : value, 300);
			if (words) found.push([oneLine(path.join('.'), 80), words]);
			return;
		}
		for (const name in value) {
			if (found.length >= MOST_FIELDS || visited >= MOST_VISITED || path.length >= DEEPEST) return;
			if (path.length || name !== 'text' || typeof value.text === 'object') visit(value[name], [...path, name]);
		}
	};
	visit(content, []);
	return found;
}

const read = new WeakMap(); // content → its fields: a panel draws often

/** What can be read in a message that the panel cannot show, to be opened. */
export function fields({ t }, message) {
	const content = contentOf(message);
	if (!read.has(content)) read.set(content, readable(content));
	const found = read.get(content);
	return when(found.length, () => html`
		<details class="fields"><summary>${t('type.fields')}</summary>
			<dl>${found.map(([name, words]) => html`<dt><bdi>${name}</bdi></dt><dd><bdi>${words}</bdi></dd>`)}</dl></details>`);
}

const SIZES = [['megabyte', 1e6], ['kilobyte', 1e3], ['byte', 1]];

function sizeOf(t, message) {
	const content = contentOf(message);
	const { size } = content.file ?? content.video ?? content;
	if (!Number.isFinite(size) || size <= 0) return null;
	const [unit, one] = SIZES.find(([, least]) => size >= least) ?? SIZES[2];
	return html`<p class="quiet">${new Intl.NumberFormat(t.lang, { style: 'unit', unit, maximumFractionDigits: 1 }).format(size / one)}</p>`;
}

const previewCard = (href, image, title, more) => {
	const inner = html`${picture(image, 'cover')}<span class="preview-words"><bdi>${oneLine(title, 120)}</bdi>${more}</span>`;
	return href ? away(href, inner, 'preview') : html`<div class="preview">${inner}</div>`;
};

function item(app, message) {
	const { title, price_string: price, item_url: url, image_url: src } = contentOf(message).item ?? {};
	const href = safeUrl(url);
	if (!href && !oneLine(title)) return elsewhere(app, message);
	return previewCard(href, src, oneLine(title) || nameOf(message, app.t), html`<b>${oneLine(price, 40)}</b>`);
}

function link(app, message) {
	const { text, url, preview: card } = contentOf(message).link ?? {};
	const href = safeUrl(url);
	const words = [text, url].map(plain).find((one) => !isBlank(one));
	if (!words) return elsewhere(app, message);
	if (!href) return longText(app, words);
	const { images, title, description } = card ?? {};
	const src = pickPicture(images, 140)?.url;
	return html`
		${paragraph(outLink(href, oneLine(words, 300)))}
		${when(src || oneLine(title) || oneLine(description), () => previewCard(href, src, title, html`
			<small>${oneLine(description)}</small><small>${new URL(href).hostname}</small>`))}`;
}

function mapUrl({ lat, lon }) {
	const [north, east] = [lat, lon].map((one) => (isBlank(plain(one)) ? NaN : Number(one)));
	return Math.abs(north) <= 90 && Math.abs(east) <= 180 ? `https://yandex.ru/maps/?pt=${east},${north}&z=16&l=map` : null;
}

function location(app, message) {
	const place = contentOf(message).location ?? {};
	const href = mapUrl(place);
	const words = oneLine(place.title) || oneLine(place.text);
	if (!href && !words) return elsewhere(app, message);
	return marked(iconOf(message), words || nameOf(message, app.t), when(href, () => away(href, app.t('location.map'), '')));
}

function call({ t }, message) {
	return html`<div class=${kindOf(message) === 'missedCall' ? 'trouble' : ''}>${marked(iconOf(message), nameOf(message, t))}</div>`;
}

const deleted = ({ t }, message) => html`<p class="quiet">${icon(iconOf(message))} ${nameOf(message, t)}</p>`;

const text = (app, message) => [html`<p class="quiet">${nameOf(message, app.t)}</p>`, fields(app, message)];

const VIEWS = { text, deleted, item, link, location, call, elsewhere };

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
