/** The whole panel as one template. */
import { bar } from './bar.js';
import { cardPane } from './card.js';
import { chatsPane } from './chats.js';
import { later } from './later.js';
import { html, names, repeat, tool, when } from './parts.js';
import { threadPane } from './thread.js';

const notices = later(() => import('./notices.js'), 'notices', { words: 'notices', style: 'notices' });
const dialogs = later(() => import('./dialogs.js'), 'dialogs', { words: 'dialogs', style: 'dialogs' });

export function panel(app) {
	const { ui, t, state } = app;
	const panes = { 'in-chat': ui.chatId, 'with-card': ui.chatId && ui.cardShown, 'first-run': state.chats.size === 0 };
	return html`
		<a class="skip" href="#thread" @click=${app.do.skip}>${t('skip')}</a>
		${bar(app)}${when(ui.newVersion || ui.soundBlocked, () => notices(app))}
		<div class=${names('panes', panes)}>${chatsPane(app)}${threadPane(app)}${cardPane(app)}</div>
		<div class="toasts">${repeat(ui.toasts, ({ id }) => id, ({ id, words, bad }) => html`
			<p class=${names('toast', { bad })}><span>${words}</span>${tool('close', t('close'), () => app.do.dropToast(id))}</p>`)}</div>
		<p class="hidden" role="status">${ui.announced}</p>
		${when(ui.dialog, () => dialogs(app))}`;
}
