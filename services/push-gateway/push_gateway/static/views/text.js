/** Strangers' text: safe links, own direction, the endless folded. */
import { disguised, linkParts } from '../core/links.js';
import { away, html, when } from './lit.js';

const FOLD_AT = 3000;

export function outLink(href, words) {
	const host = disguised(href);
	return html`${away(href, words, '')}${when(host, () => html` <span class="host">(${host})</span>`)}`;
}

const paragraph = (inner) => html`<p class="text" dir="auto">${inner}</p>`;
const linked = (text) => linkParts(text).map((part) => (part.href ? outLink(part.href, part.text) : part.text));

export const longText = (text, t) => (text.length <= FOLD_AT ? paragraph(linked(text)) : html`
	${paragraph([linked(text.slice(0, FOLD_AT)), '…'])}
	<details><summary>${t('text.all', { n: text.length })}</summary>${paragraph(text)}</details>`);
