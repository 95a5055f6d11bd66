/** Where the answer is written: text with a counter, pictures, what features add. */
import { LAZY, html, icon, isComposing, lazy, live, names, nothing, when } from './parts.js';

const MOST = 1000;
const COUNT_FROM = 800;
const attached = lazy(() => import('./media.js'), 'attached', LAZY);

export function composer(app) {
	const { t, ui } = app;
	const { chatId, duplicate } = ui;
	const instead = app.fromFeature('composer', chatId);
	if (instead) return instead;
	const text = app.draft(chatId);
	const length = Array.from(text).length;
	const pictures = app.pictures(chatId);
	const ready = length <= MOST && (text.trim() || pictures.length);
	const isDuplicate = duplicate?.chatId === chatId && duplicate.text === text.trim();
	return html`
		<form class="composer" @submit=${app.do.submit}>
			${app.fromFeatures('above', chatId)}
			${when(pictures.length, () => attached(app, pictures))}
			<div class="write">
				<label class="tool" title=${t('composer.attach')}>${icon('clip')}
					<input type="file" class="hidden" multiple accept="image/jpeg,image/png,image/gif,image/bmp,image/heic,.heic"
						aria-label=${t('composer.attach')} @change=${app.do.choose}></label>
				${app.fromFeatures('tool')}
				<textarea name="text" rows="1" placeholder=${t('composer.placeholder')} aria-label=${t('composer.placeholder')}
					aria-describedby="composer-note" .value=${live(text)} @input=${app.do.type} @keydown=${app.do.composerKey}
					@paste=${app.do.paste}></textarea>
				<button class="send" aria-label=${t('composer.send')} title=${t('composer.send')} ?disabled=${!ready}>${icon('send')}</button>
			</div>
			${app.fromFeatures('question', chatId, text.trim())}
			${when(isDuplicate, () => duplicate.draw?.() ?? nothing)}
			<p class="composer-note" id="composer-note"><span>${t(`composer.${ui.settings.sendWith}`)}</span>
				<span class="busy">${app.fromFeature('busy', chatId)}</span>
				${when(length >= COUNT_FROM, () => html`<span class=${names('counter', { trouble: length > MOST })}>${length} / ${MOST}</span>`)}</p>
		</form>`;
}

export function composerActions(app) {
	const { ui } = app;

	let reading; // until the files chosen so far are attached
	const attach = (files) => {
		reading = Promise.all([reading, app.use(import('./media.js'), 'attach', ui.chatId, files)]);
	};

	const take = (event, transfer) => {
		if (!transfer?.files.length) return;
		event.preventDefault();
		attach([...transfer.files]);
	};

	let unchecked; // stopped once: a feature failed

	const submit = async (event, sure = false) => {
		event.preventDefault();
		const { chatId } = ui;
		const text = app.draft(chatId).trim();
		const [failed] = await Promise.all([app.loadFeatures(), reading]); // features may hold it
		if (chatId !== ui.chatId || text !== app.draft(chatId).trim()) return;
		if (failed && text !== unchecked) {
			unchecked = text;
			app.failed({ status: 0 });
			return;
		}
		if (Array.from(text).length > MOST || app.fromFeature('holds', chatId, text, sure)) return;
		if ((text || app.pictures(chatId).length) && app.duplicates?.holds(chatId, text)) return;
		ui.duplicate = null;
		for (const { file, url } of app.pictures(chatId)) app.replies.sendPicture(chatId, file, url);
		ui.attached.delete(chatId);
		if (text) app.replies.sendText(chatId, text);
		app.setDraft(chatId, '');
		app.fromFeatures('sent', chatId);
		ui.newFrom = ''; // who answers has seen what was new
		app.do.jump();
	};

	return {
		submit,
		submitAnyway: (event) => submit(event, true),
		keepDraft() {
			ui.duplicate = null;
			app.schedule();
			app.do.focusComposer();
		},
		type({ target }) {
			app.tellFeatures('typed', ui.chatId, target.value, app.draft(ui.chatId));
			app.setDraft(ui.chatId, target.value);
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
