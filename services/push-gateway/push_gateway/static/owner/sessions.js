/** Sessions: who is logged in, from where; ended one by one. */
import { button, html, repeat, when } from '../views/parts.js';
import { moment } from './parts.js';

export function sessions(owner, { sessions: all }) {
	const { t } = owner;
	return html`
		${when(!all?.length, () => html`<p class="quiet">${t('session.none')}</p>`)}
		<ul class="rows">${repeat(all ?? [], ({ id }) => id, (one) => row(owner, one))}</ul>`;
}

function row(owner, { id, operator, created, seen, address, agent, current }) {
	const { t } = owner;
	const end = () => owner.act(`sessions/${id}/end`, {}, t('done.ended'));
	return html`
		<li class="box" data-session=${operator}>
			<p class="who"><b>${operator}</b> <span class="quiet">${current ? t('session.current') : address}</span></p>
			<p class="quiet">${t('session.seen', { from: moment(created, t), at: moment(seen, t) })}</p>
			<p class="quiet small">${agent}</p>
			<p class="deeds">${button(t('session.end'), () => owner.ask(t('session.endAsk', { name: operator }), end))}</p>
		</li>`;
}
