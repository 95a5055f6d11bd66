/** lit-html as the panel uses it, and the small parts that every view needs. */
import { initials, oneLine } from '../core/format.js';
import { authorOf, safeUrl } from '../core/messages.js';
import { BASE, loadStyle } from '../shell/gateway.js';
import { html, nothing } from '../vendor/lit-html/lit-html.js';

export { html, live, nothing, render, repeat } from '../vendor/lit-html/lit-html.js';

const STATIC = new URL('static/', BASE).pathname;

/** One of icons.svg, or of another file: `lazy.svg#play`. The control carries the name. */
export const icon = (name) => html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><use href="${STATIC}${name.includes('#') ? name : `icons.svg#${name}`}"></use></svg>`;

export const names = (base, conditions) =>
	[base, ...Object.keys(conditions).filter((name) => conditions[name])].join(' ');

export const when = (condition, draw) => (condition ? draw() : nothing);

export const button = (words, act, className = 'plain') =>
	html`<button type="button" class=${className} @click=${act}>${words}</button>`;

export const tool = (name, label, act, { pressed, className = 'tool' } = {}) => html`
	<button type="button" class=${className} aria-label=${label} title=${label}
		aria-pressed=${pressed ?? nothing} @click=${act}>${icon(name)}</button>`;

/** A link to another site, which is told nothing about us. */
export const away = (href, inner, className = 'outside') =>
	html`<a class=${className} href=${href} target="_blank" rel="noopener noreferrer nofollow">${inner}</a>`;

const AGAIN_MS = 3000;

/** The words and the style of views that are not needed every day. */
export const LAZY = { words: 'words/lazy', style: 'styles/lazy.css' };

/** The view `name`, drawn once its module (after its `prepare(app)`), words and style are there; until then `until`. */
export function lazy(load, name, { words, style, until = () => nothing } = {}) {
	let view = null;
	let asked = false;
	let told = false;
	const fetchAll = async (app) => {
		const [module] = await Promise.all([load(), words && app.loadWords(words), style && loadStyle(style)]);
		module.prepare?.(app);
		view = module[name];
		app.schedule();
	};
	return (app, ...given) => {
		if (view) return view(app, ...given);
		if (!asked) {
			asked = true;
			fetchAll(app).catch((error) => {
				if (!told) app.failed(error);
				told = true;
				setTimeout(() => {
					asked = false;
					app.schedule(); // asks again if it is still wanted
				}, AGAIN_MS);
			});
		}
		return until(app, ...given);
	};
}

/** Whether a key belongs to an input method; some browsers say so by the code alone. */
export const isComposing = (event) => event.isComposing || event.keyCode === 229;

const hideBroken = (event) => event.target.classList.add('broken');

export const picture = (src, className) => when(safeUrl(src), () => html`
	<img class=${className} src=${safeUrl(src)} alt="" loading="lazy" referrerpolicy="no-referrer" @error=${hideBroken}>`);

export const avatar = ({ buyer }, size = '') => html`
	<span class="avatar ${size}" aria-hidden="true">
		${initials(buyer?.name)}${picture(buyer?.avatar, 'over')}</span>`;

export const buyingTag = ({ buying }, t) => when(buying, () => html`<span class="tag">${t('buyer.we')}</span>`);

/** Empty for the buyer, whom the chat itself names. */
export function author({ t, session }, message) {
	const kind = authorOf(message);
	if (kind === 'buyer') return '';
	if (kind !== 'operator') return t(`author.${kind}`);
	const { operator } = message.own;
	return operator === session.hello?.operator ? t('author.you') : oneLine(operator, 40);
}
