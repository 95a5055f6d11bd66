/** Sessions (who is logged in, from where) and tokens of other programs. */
import { choice, field, form, moment } from '../views/pages.js';
import { button, html, repeat, when } from '../views/parts.js';

export function sessions(owner, { sessions: all }) {
	const { t } = owner;
	return html`
		${when(!all?.length, () => html`<p class="quiet">${t('session.none')}</p>`)}
		<ul class="rows">${repeat(all ?? [], ({ id }) => id, (one) => sessionRow(owner, one))}</ul>`;
}

function sessionRow(owner, { id, operator, created, seen, address, agent, current }) {
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

const SCOPES = ['read', 'reply'];

export function tokens(owner, { tokens: all }) {
	const { t, token } = owner;
	return html`
		${when(token, () => html`<p class="box once"><b>${t('token.once')}</b><code data-token>${token.token}</code></p>`)}
		${when(!all?.length, () => html`<p class="quiet">${t('token.none')}</p>`)}
		<ul class="rows">${repeat(all ?? [], ({ id }) => id, (one) => tokenRow(owner, one))}</ul>
		<h2>${t('token.add')}</h2>
		${form(t('token.add'), [
			field(t('token.name'), html`<input name="name" required autocomplete="off">`),
			field(t('token.scope'), choice('scope', SCOPES, (scope) => t(`scope.${scope}`))),
		], ({ name, scope }) => owner.makeToken(name, scope))}`;
}

function tokenRow(owner, { id, name, scope, by, created, used }) {
	const { t } = owner;
	const revoke = () => owner.act(`tokens/${id}/revoke`, {}, t('done.revoked'));
	return html`
		<li class="box" data-name=${name}>
			<p class="who"><b>${name}</b> <span class="quiet">${t(`scope.${scope}`)}</span></p>
			<p class="quiet">${t('token.made', { by, at: moment(created, t), used: moment(used, t) })}</p>
			<p class="deeds">${button(t('token.revoke'), () => owner.ask(t('token.revokeAsk', { name }), revoke))}</p>
		</li>`;
}
