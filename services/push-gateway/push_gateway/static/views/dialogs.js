/** What opens over the panel: settings, keys, a question, a picture. */
import { away, button, html, icon, tool } from './parts.js';
import { settings } from './settings.js';

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
		<p>${app.t(`${ask}.words`, values)}</p>${choices.map((value) => choice(value, namesOf(value)))}
		<p class="buttons">${button(app.t('cancel'), app.do.closeDialog)}<button class=${mild ? 'plain' : 'danger'}>${app.t(`${ask}.yes`)}</button></p>
	</form>`);

const choice = (value, words) => html`
	<label class="choice"><input type="radio" name="choice" value=${value} required> ${words}</label>`;

const viewer = (app, { url }) => modal(app, 'viewer', app.t('type.image'), html`
	${closer(app)}
	<img src=${url} alt=${app.t('type.image')} referrerpolicy="no-referrer" @click=${app.do.closeDialog}>
	${away(url, [app.t('image.original'), icon('out')])}`);

const KEYS = [
	['?', 'help'], ['/, Ctrl + K', 'search'], ['↓ ↑ Enter', 'walk'], ['Alt + ↓', 'next'], ['Alt + ↑', 'previous'], ['Alt + W', 'longest'],
	['R', 'reply'], ['N', 'note'], ['T', 'take'], ['/', 'quick'], ['1 … 5', 'filters'], ['M', 'mute'], ['Esc', 'escape'],
];

function keys({ t, ui }) {
	const sends = ui.settings.sendWith === 'enter' ? ['Enter', 'Shift + Enter'] : ['Ctrl + Enter', 'Enter'];
	const all = [...KEYS, [sends[0], 'send'], [sends[1], 'newLine']];
	return html`<dl class="keys">${all.map(([key, words]) => html`
		<div><dt><kbd>${key}</kbd></dt><dd>${t(`help.${words}`)}</dd></div>`)}</dl>`;
}
