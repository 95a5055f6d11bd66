/** The middle of a panel without chats: a demo that begins, an account to connect, the first import. */
import { middle } from './page.js';
import { html } from './parts.js';

const STEPS = ['.env', 'make subscribe', 'make doctor'];

export function firstRun({ t, session, state }, { done, total }) {
	if (done < total) return importing(t, done, total);
	return session.hello?.demo || state.demo ? middle(t('welcome.demo'), html`<p>${t('welcome.demoHow')}</p>`) : connect(t);
}

const importing = (t, done, total) => middle(t('welcome.importing'), html`
	<p>${t('welcome.imported', { done, total })}</p>
	<progress max=${total} .value=${done} aria-label=${t('welcome.importing')}></progress>`);

const connect = (t) => middle(t('welcome.empty'), html`
	<p>${t('welcome.emptyHow')}</p>
	<ol class="steps">${STEPS.map((step, at) => html`<li>${t(`welcome.step${at + 1}`)} <code>${step}</code></li>`)}</ol>
	<p class="quiet">${t('welcome.then')}</p>`);
