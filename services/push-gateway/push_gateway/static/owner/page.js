/** The whole page: where one is, what happened, the part that was chosen. */
import { html, names, when } from '../views/parts.js';
import { dead } from './dead.js';
import { operators } from './operators.js';
import { options } from './options.js';
import { sessions } from './sessions.js';
import { status } from './status.js';
import { tokens } from './tokens.js';

const VIEWS = { operators, options, sessions, tokens, dead, status };

export const PARTS = Object.keys(VIEWS);

export function page(owner) {
	const { t, part, data, trouble, done, busy } = owner;
	return html`
		<header class="top"><h1>${t('title')}</h1><a href="./">${t('back')}</a></header>
		<nav aria-label=${t('title')}>${PARTS.map((name) => html`
			<a href=${`#${name}`} class=${names('tab', { chosen: name === part })}
				aria-current=${name === part ? 'page' : 'false'}>${t(`part.${name}`)}</a>`)}</nav>
		<main aria-busy=${String(busy)}>
			<p class="trouble" role="alert">${trouble}</p>
			<p class="done" role="status">${done}</p>
			${data ? VIEWS[part](owner, data) : when(!trouble, () => html`<p class="quiet">${t('loading')}</p>`)}
		</main>`;
}
