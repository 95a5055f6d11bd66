/** The form in which one quick reply is written, and what a colleague made of it meanwhile. */
import { button, html, live, names, when } from '../../views/parts.js';
import { variables } from './placeholders.js';

const LONGEST_NAME = 100;
const LONGEST_TEXT = 1000;

export function editor(desk) {
	const { t, draft, theirs, replies, busy } = desk;
	const folders = [...new Set(replies.map(({ folder }) => folder))].filter(Boolean);
	const length = Array.from(draft.text).length;
	const type = ({ target }) => desk.write(target.name, target.value);
	return html`
		<form class="box editor" @submit=${(event) => send(event, desk)}>
			<label><span>${t('editor.name')}</span>
				<input name="name" maxlength=${LONGEST_NAME} required autocomplete="off" .value=${live(draft.name)} @input=${type}></label>
			<label><span>${t('editor.folder')}</span>
				<input name="folder" maxlength=${LONGEST_NAME} list="folders" autocomplete="off" .value=${live(draft.folder)} @input=${type}></label>
			<datalist id="folders">${folders.map((folder) => html`<option value=${folder}></option>`)}</datalist>
			<label><span>${t('editor.text')}</span>
				<textarea name="text" rows="5" required .value=${live(draft.text)} @input=${type}></textarea></label>
			<p class="chips">${variables(t.lang).map(([variable, meaning]) =>
				html`<button type="button" class="plain" title=${t(`variable.${meaning}`)} @click=${(event) => insert(event, desk, variable)}>${variable}</button>`)}
				<span class=${names('quiet small', { trouble: length > LONGEST_TEXT })}>${length} / ${LONGEST_TEXT}</span></p>
			${when(theirs, () => html`<div class="theirs"><p><b>${t('editor.theirs', { by: theirs.by })}</b></p><p class="words">${theirs.text}</p></div>`)}
			<p class="deeds"><button class="primary" ?disabled=${busy || length > LONGEST_TEXT}>${t(theirs ? 'editor.replace' : 'editor.save')}</button>
				${button(t('editor.cancel'), () => desk.cancel())}</p>
		</form>`;
}

function send(event, desk) {
	event.preventDefault();
	if (!desk.busy) desk.save();
}

/** Puts a variable where the caret is. */
function insert({ target }, desk, variable) {
	const field = target.closest('form').elements.text;
	field.setRangeText(variable, field.selectionStart, field.selectionEnd, 'end');
	desk.write('text', field.value);
	field.focus();
}
