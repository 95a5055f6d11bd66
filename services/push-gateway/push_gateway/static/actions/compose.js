/** What an operator does with an answer: write, attach, send. */
import { GAP } from '../core/gaps.js';
import { isComposing } from '../shell/keys.js';
import { MOST } from '../views/composer.js';

const TYPING_EVERY_MS = 3000;

export function composeActions(app) {
	const { ui } = app;
	let saidTyping = { chatId: null, at: 0 };

	const attach = (files) => app.use(import('./attach.js'), 'attach', ui.chatId, files);

	const take = (event, transfer) => {
		if (!transfer?.files.length) return;
		event.preventDefault();
		attach([...transfer.files]);
	};

	/** Asks first when the answer still has a gap. */
	const hesitates = (chatId, text) => {
		if (!GAP.test(text)) return false;
		ui.doubt = { chatId, text };
		app.use(import('../features/quick_replies/unconfirmed.js'), 'ask', ui.doubt);
		return true;
	};

	const openQuick = (bySlash) => {
		const { chatId } = ui;
		if (ui.quick?.chatId === chatId && !ui.quick.failed) return;
		const opening = (ui.quick = { chatId, bySlash });
		import('../features/quick_replies/palette.js').then(({ openPalette }) => openPalette(app, chatId, bySlash)).catch((error) => {
			opening.failed = true;
			app.failed(error);
		});
	};

	const submit = (event, sure = false) => {
		event.preventDefault();
		const { chatId } = ui;
		const text = app.draft(chatId).trim();
		if (ui.quick?.chatId === chatId && ui.quick.bySlash !== false && text.startsWith('/')) { // a search, not an answer
			openQuick(true);
			return;
		}
		if (Array.from(text).length > MOST || (!sure && hesitates(chatId, text))) return;
		if ((text || app.pictures(chatId).length) && app.twice?.asks(chatId, text)) return;
		ui.doubt = null;
		ui.hurry = null;
		for (const { file, url } of app.pictures(chatId)) app.replies.sendPicture(chatId, file, url);
		ui.attached.delete(chatId);
		if (text) app.replies.sendText(chatId, text);
		app.setDraft(chatId, '');
		ui.newFrom = ''; // who answers has seen what was new
		app.do.jump();
	};

	return {
		submit,
		submitAnyway: (event) => submit(event, true),
		keepDraft() {
			ui.hurry = null;
			app.schedule();
			app.do.focusComposer();
		},
		openQuick: () => openQuick(false),
		type({ target }) {
			if (target.value === '/' && !app.draft(ui.chatId)) openQuick(true);
			app.setDraft(ui.chatId, target.value);
			const now = performance.now();
			if (saidTyping.chatId !== ui.chatId || now - saidTyping.at >= TYPING_EVERY_MS) {
				saidTyping = { chatId: ui.chatId, at: now };
				app.link.tell('say', 'typing', ui.chatId);
			}
			app.schedule();
		},
		composerKey(event) {
			if (event.key !== 'Enter' || isComposing(event) || event.shiftKey) return;
			if (event.ctrlKey || event.metaKey || ui.settings.sendWith === 'enter') submit(event);
		},
		choose({ target }) {
			attach([...target.files]);
			target.value = '';
		},
		paste: (event) => take(event, event.clipboardData),
		drop: (event) => take(event, event.dataTransfer),
		dragOver: (event) => event.dataTransfer?.types.includes('Files') && event.preventDefault(),
		unattach(one) {
			URL.revokeObjectURL(one.url);
			app.attach(ui.chatId, app.pictures(ui.chatId).filter((other) => other !== one));
		},
		focusComposer: () => document.querySelector('.composer textarea')?.focus(),
	};
}
