/** What an operator does with the panel itself: settings, dialogs, sound. */
import { loadSettings, save } from '../shell/storage.js';

export function pageActions(app) {
	const { ui } = app;

	const set = (name, value) => {
		ui.settings = { ...loadSettings(), [name]: value };
		save('settings', ui.settings);
		app.applySettings();
	};

	const showDialog = (dialog) => {
		ui.dialog = dialog;
		app.schedule();
	};

	return {
		set,
		showDialog,
		closeDialog: () => showDialog(null),
		toggleSound() {
			const { volume } = ui.settings;
			if (volume > 0) ui.volumeBefore = volume;
			set('volume', volume > 0 ? 0 : (ui.volumeBefore ?? 0.7));
		},
		testSound: () => app.attention.test(),
		dropToast: (id) => app.dropToast(id),
		reloadPage: () => location.reload(),
		skip(event) {
			event.preventDefault(); // the address belongs to the chats
			document.querySelector('[data-scroller]')?.focus();
		},
		escape(target) {
			if (target.matches('input, textarea')) target.blur();
			else if (ui.cardShown && !app.isWide()) app.do.toggleCard();
			else if (ui.noting?.chatId === ui.chatId) ui.noting.leave();
			else if (ui.chatId) location.hash = '#/';
		},
	};
}
