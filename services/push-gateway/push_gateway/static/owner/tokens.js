/** Tokens of other programs: made (shown once), listed, revoked. */
import { button, html, repeat, when } from '../views/parts.js';
import { choice, field, form, moment } from './parts.js';

const SCOPES = ['read', 'reply'];

export function tokens(owner, { tokens: all }) {
	const { t, token } = owner;
	return html`
		${when(token, () => html`<p class="box once"><b>${t('token.once')}</b><code data-token>${token.token}</code></p>`)}
		${when(!all?.length, () => html`<p class="quiet">${t('token.none')}</p>`)}
		<ul class="rows">${repeat(all ?? [], ({ id }) => id, (one) => row(owner, one))}</ul>
		<h2>${t('token.add')}</h2>
		${form(t('token.add'), [
			field(t('token.name'), html`<input name="name" required autocomplete="off">`),
			field(t('token.scope'), choice('scope', SCOPES, (scope) => t(`scope.${scope}`))),
		], ({ name, scope }) => owner.makeToken(name, scope))}`;
}

function row(owner, { id, name, scope, by, created, used }) {
	const { t } = owner;
	const revoke = () => owner.act(`tokens/${id}/revoke`, {}, t('done.revoked'));
	return html`
		<li class="box" data-name=${name}>
			<p class="who"><b>${name}</b> <span class="quiet">${t(`scope.${scope}`)}</span></p>
			<p class="quiet">${t('token.made', { by, at: moment(created, t), used: moment(used, t) })}</p>
			<p class="deeds">${button(t('token.revoke'), () => owner.ask(t('token.revokeAsk', { name }), revoke))}</p>
		</li>`;
}
