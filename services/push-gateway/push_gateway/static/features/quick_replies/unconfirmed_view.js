/** A word before an answer with a gap leaves. */
import { button, html } from '../../views/parts.js';

export const doubt = ({ t, do: act }, gap) => html`
	<p class="doubt" role="alert"><span>${t('doubt.gap', { gap })}</span>
		${button(t('doubt.anyway'), act.submitAnyway)}</p>`;
