/** What to do about this page, and the middle of a panel without chats. */
import { middle } from './page.js';
import { button, html, when } from './parts.js';

const STEPS = ['.env', 'make subscribe', 'make doctor'];

/** Below the bar: what the operator should do about this page. */
export function notices({ t, ui, do: act }) {
	const notice = (words, label, onClick) => html`<p class="notice"><span>${words}</span>${button(label, onClick)}</p>`;
	const version = ui.newVersion;
	return html`
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
