/** Where the answer is written: text with a counter, pictures, who else is here. */
import { later } from './later.js';
import { html, icon, live, names, nothing, tool, when } from './parts.js';

export const MOST = 1000;
const COUNT_FROM = 800;
const attached = later(() => import('./media.js'), 'attached', { words: 'pictures', style: 'pictures' });

export function composer(app) {
	const { t, ui } = app;
	if (ui.noting?.chatId === ui.chatId) return ui.noting.draw();
	const text = app.draft(ui.chatId);
	const length = Array.from(text).length;
	const pictures = app.pictures(ui.chatId);
	const ready = length <= MOST && (text.trim() || pictures.length);
	const keys = t(`composer.${ui.settings.sendWith}`);
	return html`
		<form class="composer" @submit=${app.do.submit}>
			${(ui.quick?.chatId === ui.chatId && ui.quick.draw?.()) || nothing}
			${when(pictures.length, () => attached(app, pictures))}
			<div class="write">
				<label class="tool" title=${t('composer.attach')}>${icon('clip')}
					<input type="file" class="hidden" multiple accept="image/jpeg,image/png,image/gif,image/bmp,image/heic,.heic"
						aria-label=${t('composer.attach')} @change=${app.do.choose}></label>
				${tool('quick', t('composer.quick'), app.do.openQuick)}
				${tool('note', t('composer.note'), app.do.openNote)}
				<textarea name="text" rows="1" placeholder=${t('composer.placeholder')} aria-label=${t('composer.placeholder')}
					aria-describedby="composer-note" .value=${live(text)} @input=${app.do.type} @keydown=${app.do.composerKey}
					@paste=${app.do.paste}></textarea>
				<button class="send" aria-label=${t('composer.send')} title=${t('composer.send')} ?disabled=${!ready}>${icon('send')}</button>
			</div>
			${when(ui.doubt?.chatId === ui.chatId && ui.doubt.text === text.trim(), () => ui.doubt.draw?.() ?? nothing)}
			${when(ui.hurry?.chatId === ui.chatId && ui.hurry.text === text.trim(), () => ui.hurry.draw?.() ?? nothing)}
			<p class="composer-note" id="composer-note"><span>${keys}</span><span class="busy">${app.busy(ui.chatId)}</span>
				${when(length >= COUNT_FROM, () => html`<span class=${names('counter', { trouble: length > MOST })}>${length} / ${MOST}</span>`)}</p>
		</form>`;
}
