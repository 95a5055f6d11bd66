/** What is inside a bubble, by message type; the rarer types are drawn by kinds.js. */
import { kindOf, textOf } from '../core/messages.js';
import { truncate } from '../core/format.js';
import { later } from './later.js';
import { html, icon } from './parts.js';

const FOLD_AT = 3000; // characters; what is longer can be unfolded
const MAY_LINK = /https?:|www\./i;

const voice = later(() => import('./voice.js'), 'voice', { words: 'voice', style: 'voice' });
const image = later(() => import('./media.js'), 'image', { words: 'pictures', style: 'pictures' });
const links = later(() => import('./links.js'), 'links', { until: (text) => text });
const rare = later(() => import('./kinds.js'), 'rare', { words: 'kinds', style: 'kinds' });

export const body = (app, message) => (BODIES[kindOf(message)] ?? rare)(app, message);

export const paragraph = (inner) => html`<p class="text" dir="auto">${inner}</p>`;
const linked = (app, text) => (MAY_LINK.test(text) ? links(app, text) : text);

export const longText = (app, text) => (text.length <= FOLD_AT ? paragraph(linked(app, text)) : html`
	${paragraph([linked(app, truncate(text, FOLD_AT)), '…'])}
	<details><summary>${app.t('text.all', { n: text.length })}</summary>${paragraph(text)}</details>`);

function text(app, message) {
	const words = textOf(message);
	return words ? longText(app, words) : html`<p class="quiet">${app.t('type.empty')}</p>`;
}

const BODIES = {
	text, image, voice,
	system: text,
	deleted: ({ t }) => html`<p class="quiet">${icon('trash')} ${t('type.deleted')}</p>`,
};
