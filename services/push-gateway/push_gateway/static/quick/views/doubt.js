/** A word before an answer with a gap leaves: nothing was sent yet. */
import { button, html } from '../../views/lit.js';

export const doubt = ({ t, ui, do: act }) => html`
	<p class="doubt" role="alert"><span>${t('doubt.gap', { gap: ui.doubt.gap })}</span>
		${button(t('doubt.anyway'), act.submitAnyway)}</p>`;
