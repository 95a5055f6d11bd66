/** The question before one more answer. */
import { oneLine } from '../../core/format.js';
import { button, html } from '../../views/parts.js';

export function hurry({ t, do: act }, { by }) {
	const words = by ? t('hurry.by', { who: oneLine(by, 40) }) : t('hurry.avito');
	return html`
		<div class="hurry" role="alertdialog" aria-label=${words} @keydown=${(event) => event.key === 'Escape' && keep(event, act)}>
			<span>${words}</span>
			<button type="button" class="plain" name="keep" @click=${(event) => keep(event, act)}>${t('hurry.keep')}</button>
			${button(t('hurry.send'), act.submitAnyway)}
		</div>`;
}

function keep(event, act) {
	event.preventDefault();
	act.keepDraft();
}
