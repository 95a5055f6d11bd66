/** What each operator chooses for this browser. */
import { BASE } from '../shell/gateway.js';
import { askToNotify } from '../shell/notify.js';
import { button, html, when } from './parts.js';

const setting = ({ t }, name, control) =>
	html`<label class="setting"><span>${t(`settings.${name}`)}</span>${control}</label>`;

const choice = (app, name, values, words) => setting(app, name, html`
	<select name=${name} @change=${(event) => app.do.set(name, values[event.target.selectedIndex])}>
		${values.map((value) => html`<option ?selected=${app.ui.settings[name] === value}>${words(value)}</option>`)}
	</select>`);

const tick = (app, name, set) => setting(app, name, html`
	<input type="checkbox" name=${name} .checked=${app.ui.settings[name]} @change=${(event) => set(event.target.checked)}>`);

export function settings(app) {
	const { t, ui, session, do: act } = app;
	return html`
		<div class="settings">
			${choice(app, 'lang', ['ru', 'en'], (lang) => ({ ru: 'Русский', en: 'English' })[lang])}
			${choice(app, 'theme', ['auto', 'light', 'dark'], (theme) => t(`theme.${theme}`))}
			${setting(app, 'volume', html`<input type="range" name="volume" min="0" max="1" step="0.05"
				.value=${String(ui.settings.volume)} @change=${(event) => act.set('volume', Number(event.target.value))}>`)}
			<p class="setting"><span class="trouble">${ui.soundBlocked ? t('notice.sound') : ''}</span>${button(t('settings.test'), act.testSound)}</p>
			${choice(app, 'repeatMinutes', [0, 1, 2, 5, 10], (n) => t(n ? 'settings.every' : 'settings.never', { n }))}
			${tick(app, 'notify', (on) => setNotify(app, on))}
			${when(ui.notifyRefused, () => html`<p class="trouble">${t('settings.notifyRefused')}</p>`)}
			${choice(app, 'sendWith', ['enter', 'ctrl'], (way) => ({ enter: 'Enter', ctrl: 'Ctrl + Enter' })[way])}
			${tick(app, 'markRead', (on) => act.set('markRead', on))}
			<a class="setting" href=${new URL('coach', BASE).pathname}>${t('settings.coach')}</a>
			<a class="setting" href=${new URL('quick-replies', BASE).pathname}>${t('settings.quick')}</a>
			${when(document.documentElement.dataset.role === 'owner', () => html`<a class="setting" href=${new URL('owner', BASE).pathname}>${t('settings.manage')}</a>`)}
			<form class="setting" method="post" action=${new URL('logout', BASE).pathname}>
				<span class="quiet">Avito Live ${session.hello?.version}</span>
				<button class="plain">${t('settings.logout')}</button>
			</form>
		</div>`;
}

async function setNotify({ ui, do: act }, wanted) {
	const allowed = wanted && (await askToNotify());
	ui.notifyRefused = wanted && !allowed;
	act.set('notify', allowed);
}
