/** What opens over the panel: settings, keys, a question, a picture. */
import { BASE, chatPath, request } from '../shell/gateway.js';
import { askToNotify } from '../shell/notify.js';
import { away, button, html, icon, tool, when } from './parts.js';

export function dialogs(app) {
	const { t, ui: { dialog } } = app;
	if (dialog === 'settings') return sheet(app, t('settings.title'), settings(app));
	if (dialog === 'help') return sheet(app, t('help.title'), keys(app));
	return dialog.kind === 'picture' ? viewer(app, dialog) : question(app, dialog);
}

const modal = ({ do: act }, className, label, inner) => html`
	<dialog class=${className} aria-label=${label} data-modal @close=${act.closeDialog}
		@click=${(event) => event.target === event.currentTarget && act.closeDialog()}>${inner}</dialog>`;

const closer = ({ t, do: act }) => tool('close', t('close'), act.closeDialog, { className: 'tool close' });

const sheet = (app, title, inner) => modal(app, 'sheet', title, html`
	<div class="sheet-inner"><h2 tabindex="-1" autofocus>${title}</h2>${closer(app)}${inner}</div>`);

/**
 * `{ask: 'block', choices: [1, 2], act}` asks with the words block.title, .words, .yes, .1, .2, or those of `namesOf(choice)`;
 * `act` is told the choice as text. `mild`: what follows can be taken back.
 */
const question = (app, { ask, choices = [], act, values, mild, namesOf = (value) => app.t(`${ask}.${value}`) }) => sheet(app, app.t(`${ask}.title`, values), html`
	<form method="dialog" class="question" @submit=${(event) => act(new FormData(event.target).get('choice'))}>
		<p>${app.t(`${ask}.words`, values)}</p>${choices.map((value) => option(value, namesOf(value)))}
		<p class="buttons">${button(app.t('cancel'), app.do.closeDialog)}<button class=${mild ? 'plain' : 'danger'}>${app.t(`${ask}.yes`)}</button></p>
	</form>`);

const option = (value, words) => html`
	<label class="choice"><input type="radio" name="choice" value=${value} required> ${words}</label>`;

const viewer = (app, { url }) => modal(app, 'viewer', app.t('type.image'), html`
	${closer(app)}
	<img src=${url} alt=${app.t('type.image')} referrerpolicy="no-referrer" @click=${app.do.closeDialog}>
	${away(url, [app.t('image.original'), icon('out')])}`);

const KEYS = [
	['?', 'help'], ['/, Ctrl + K', 'search'], ['↓ ↑ Enter', 'walk'], ['Alt + ↓', 'next'], ['Alt + ↑', 'previous'], ['Alt + W', 'longest'],
	['R', 'reply'], ['T', 'take'], ['1 … 5', 'filters'], ['M', 'mute'], ['Esc', 'escape'],
];

function keys({ t, ui, fromFeatures }) {
	const sends = ui.settings.sendWith === 'enter' ? ['Enter', 'Shift + Enter'] : ['Ctrl + Enter', 'Enter'];
	const all = [...KEYS, [sends[0], 'send'], [sends[1], 'newLine']].map(([key, words]) => [key, t(`help.${words}`)]);
	return html`<dl class="keys">${[...all, ...fromFeatures('help')].map(([key, words]) => html`
		<div><dt><kbd>${key}</kbd></dt><dd>${words}</dd></div>`)}</dl>`;
}

const setting = ({ t }, name, control) =>
	html`<label class="setting"><span>${t(`settings.${name}`)}</span>${control}</label>`;

const choice = (app, name, values, words) => setting(app, name, html`
	<select name=${name} @change=${(event) => app.do.set(name, values[event.target.selectedIndex])}>
		${values.map((value) => html`<option ?selected=${app.ui.settings[name] === value}>${words(value)}</option>`)}
	</select>`);

const tick = (app, name, set) => setting(app, name, html`
	<input type="checkbox" name=${name} .checked=${app.ui.settings[name]} @change=${(event) => set(event.target.checked)}>`);

function settings(app) {
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
			${app.fromFeatures('page').map(([path, words]) => html`<a class="setting" href=${new URL(path, BASE).pathname}>${words}</a>`)}
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

/** Avito's reasons: 1 spam, 2 fraud, 3 insults, 4 another. */
export function askBlock(app, chatId) {
	const block = (reason) => request(`${chatPath(chatId)}/blacklist`, {}, { reason_id: Number(reason) })
		.then(() => app.toast(app.t('block.done')), app.failed);
	app.do.showDialog({ ask: 'block', choices: [1, 2, 3, 4], act: block });
}

export function askDelete(app, { chat_id: chatId, id }) {
	const path = `${chatPath(chatId)}/messages/${encodeURIComponent(id)}/delete`;
	app.do.showDialog({ ask: 'delete', act: () => request(path, {}, {}).catch(app.failed) });
}
