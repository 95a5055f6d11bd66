/** Dead letters: what came, why it could not be understood, another try. */
import { button, html, repeat, when } from '../views/parts.js';
import { moment } from './parts.js';

export function dead(owner, { dead: letters, count, next }) {
	const { t } = owner;
	if (!letters?.length) return html`<p class="quiet">${t('dead.none')}</p>`;
	return html`
		<p class="quiet">${t('dead.why')} ${t('dead.count', { n: count })}</p>
		<p class="deeds">${button(t('dead.redriveAll'), () => owner.act('dead/redrive', {}, t('done.redriven')))}</p>
		<ul class="rows">${repeat(letters, ({ id }) => id, (letter) => row(owner, letter))}</ul>
		${when(next, () => button(t('more'), () => owner.load(next)))}`;
}

const row = (owner, { id, reason, at, body }) => html`
	<li class="box" data-letter>
		<p class="who"><b>${reason}</b> <span class="quiet">${moment(at, owner.t)}</span></p>
		<pre tabindex="0">${body}</pre>
		<p class="deeds">${button(owner.t('dead.redrive'), () => owner.act(`dead/${id}/redrive`, {}, owner.t('done.redriven')))}</p>
	</li>`;
