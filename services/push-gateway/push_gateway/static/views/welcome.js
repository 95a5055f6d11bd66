/** The middle while no chat is open: what to do first, or how the day stands. */
import { span } from '../core/format.js';
import { html, icon, nothing, when } from './lit.js';

export function welcome(app) {
	const { t, state, session } = app;
	const { done, total } = state.imported ?? {};
	if (done < total) return importing(t, done, total);
	if (state.chats.size > 0) return standing(app);
	if (app.ui.list.status !== 'ready') return nothing;
	return session.hello?.demo ? panel(t('welcome.demo'), html`<p>${t('welcome.demoHow')}</p>`) : connect(t);
}

const panel = (title, inner) => html`
	<div class="welcome"><span class="emblem">${icon('chat')}</span><h1>${title}</h1>${inner}</div>`;

function standing(app) {
	const { t } = app;
	const { waiting: n, since } = app.totals();
	return panel(t(n ? 'welcome.waiting' : 'welcome.calm', { n }), html`
		${when(n, () => html`<p>${t('welcome.longest', { ago: span(app.now() - since, t) })}</p>`)}
		<p class="quiet">${t('welcome.choose')} <kbd>?</kbd></p>`);
}

const importing = (t, done, total) => panel(t('welcome.importing'), html`
	<p>${t('welcome.imported', { done, total })}</p>
	<progress max=${total} .value=${done} aria-label=${t('welcome.importing')}></progress>`);

const STEPS = ['.env', 'make subscribe', 'make doctor'];

const connect = (t) => panel(t('welcome.empty'), html`
	<p>${t('welcome.emptyHow')}</p>
	<ol class="steps">${STEPS.map((step, at) => html`<li>${t(`welcome.step${at + 1}`)} <code>${step}</code></li>`)}</ol>
	<p class="quiet">${t('welcome.then')}</p>`);
