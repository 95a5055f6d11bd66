/** lit-html as the panel uses it, and the small parts every view needs. */
import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { BASE } from '../shell/gateway.js';

export { live } from '../vendor/lit-html/directives/live.js';
export { repeat } from '../vendor/lit-html/directives/repeat.js';
export { render } from '../vendor/lit-html/lit-html.js';
export { html, nothing };

const STATIC = new URL('static/', BASE).pathname;

/** One of icons.svg, or of another `file`; the control around it carries the name. */
export const icon = (name, file = 'icons') => html`<svg class="icon" aria-hidden="true"><use href="${STATIC}${file}.svg#${name}"></use></svg>`;

/** `names('row', {open: true})` is "row open". */
export const names = (base, conditions) =>
	[base, ...Object.keys(conditions).filter((name) => conditions[name])].join(' ');

/** `draw()` when the condition holds, else nothing. */
export const when = (condition, draw) => (condition ? draw() : nothing);

export const button = (words, act, className = 'plain') =>
	html`<button type="button" class=${className} @click=${act}>${words}</button>`;

export const tool = (name, label, act, { pressed, className = 'tool', file } = {}) => html`
	<button type="button" class=${className} aria-label=${label} title=${label}
		aria-pressed=${pressed ?? nothing} @click=${act}>${icon(name, file)}</button>`;

/** A link to another site, which is told nothing about us. */
export const away = (href, inner, className = 'outside') =>
	html`<a class=${className} href=${href} target="_blank" rel="noopener noreferrer nofollow">${inner}</a>`;
