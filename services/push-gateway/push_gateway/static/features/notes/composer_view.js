/** Where a note is written: another colour, other words, another button than an answer has. */
import { button, html, icon, live, names, when } from '../../views/parts.js';

const COUNT_FROM = 1800;

export function desk({ t }, { text, most, busy, type, key, save, leave }) {
	const length = Array.from(text).length;
	return html`
		<form class="composer noting" @submit=${save}>
			<p class="note-label">${icon('note')}<b>${t('note.label')}</b>${button(t('note.leave'), leave)}</p>
			<div class="write">
				<textarea name="note" rows="2" placeholder=${t('note.placeholder')} aria-label=${t('note.placeholder')}
					.value=${live(text)} ?readonly=${busy} @input=${type} @keydown=${key}></textarea>
				<button class="keep-note" ?disabled=${busy || !text.trim() || length > most}>${t('note.save')}</button>
			</div>
			<p class="composer-note"><span>${t('note.keys')}</span>
				${when(length >= COUNT_FROM, () => html`<span class=${names('counter', { trouble: length > most })}>${length} / ${most}</span>`)}</p>
		</form>`;
}
