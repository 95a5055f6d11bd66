/** Text with links in it, and one link. */
import { disguised, linkParts } from '../core/links.js';
import { away, html, when } from './parts.js';

export function outLink(href, words) {
	const host = disguised(href);
	return html`${away(href, words, '')}${when(host, () => html` <span class="host">(${host})</span>`)}`;
}

export const links = (app, text) => linkParts(text).map((part) => (part.href ? outLink(part.href, part.text) : part.text));
