/** The middle while no chat is open: what to do first, or how the day stands. */
import { span } from '../core/format.js';
import { later } from './later.js';
import { html, icon, nothing, when } from './parts.js';

const firstRun = later(() => import('./firstrun.js'), 'firstRun', { words: 'firstrun', style: 'firstrun' });

export function welcome(app) {
	const { state, ui } = app;
	const { done, total } = state.imported ?? {};
	const importing = done < total;
	if (state.chats.size > 0 && !importing) return standing(app);
	return importing || ui.list.status === 'ready' ? firstRun(app, state.imported ?? {}) : nothing;
}

export const middle = (title, inner) => html`
	<div class="welcome"><span class="emblem">${icon('chat')}</span><h1>${title}</h1>${inner}</div>`;

function standing(app) {
	const { t } = app;
	const { waiting: n, since } = app.totals();
	return middle(t(n ? 'welcome.waiting' : 'welcome.calm', { n }), html`
		${when(n, () => html`<p>${t('welcome.longest', { ago: span(app.now() - since, t) })}</p>`)}
		<p class="quiet">${t('welcome.choose')} <kbd>?</kbd></p>`);
}
