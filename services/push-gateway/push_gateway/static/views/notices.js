/** What to do about this page, the middle of a panel without chats, and what stands beside few lists. */
import { oneLine } from '../core/format.js';
import { middle } from './page.js';
import { button, html, when } from './parts.js';

const STEPS = ['.env', 'make subscribe', 'make doctor'];

/** Below the bar: what the operator should do about this page. */
export function notices(app) {
	const { t, ui, session: { refusal }, do: act } = app;
	const notice = (words, label, onClick) => html`<p class="notice"><span>${words}</span>${button(label, onClick)}</p>`;
	const version = ui.newVersion;
	return html`
		${when(refusal, () => html`<p class="notice" role="alert"><span>${app.coded('refusal', { code: refusal })}</span></p>`)}
		${when(version, () => notice(t('notice.version', { version }), t('notice.reload'), act.reloadPage))}
		${when(ui.soundBlocked && ui.settings.volume, () => notice(t('notice.sound'), t('bar.unmute'), act.testSound))}`;
}

/** A demo that begins, an account to connect, or the first import. */
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

export function noChats({ t, ui: { list: { q, filter } } }) {
	return html`<p class="hint">${q ? t('chats.notFound', { q: oneLine(q, 40) }) : t(`none.${filter}`)}</p>`;
}

/** Below the filter of those who wait. */
export function longest(app) {
	const { list } = app.ui;
	const toggle = () => {
		list.longest = !list.longest;
		app.changed();
	};
	return html`
		<label class="longest"><input type="checkbox" .checked=${list.longest} @change=${toggle}> ${app.t('chats.longestFirst')}</label>`;
}
