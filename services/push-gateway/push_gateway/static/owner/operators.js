/** Operators: who there is, what may be done to them, a new one. */
import { choice, field, form, moment } from '../views/pages.js';
import { button, html, names, repeat, when } from '../views/parts.js';

const ROLES = ['operator', 'owner'];

export function operators(owner, { you, operators: all }) {
	const { t } = owner;
	return html`
		<ul class="rows">${repeat(all ?? [], ({ name }) => name, (one) => row(owner, one, you))}</ul>
		<h2>${t('operator.add')}</h2>
		${form(t('operator.add'), [
			field(t('operator.name'), html`<input name="name" required autocomplete="off" autocapitalize="none" spellcheck="false">`),
			field(t('operator.password'), password()),
			field(t('operator.role'), choice('role', ROLES, (role) => t(`role.${role}`))),
		], (fields) => owner.act('operators', fields, t('done.added', fields)))}`;
}

/** No `maxlength`: it would cut what is pasted without a word; the server says what is too long. */
const password = () =>
	html`<input name="password" type="password" minlength="8" required autocomplete="new-password">`;

function row(owner, one, you) {
	const { t } = owner;
	const { name, role, disabled, tokens } = one;
	const act = (what, body) => owner.act(`operators/${encodeURIComponent(name)}/${what}`, body, t('done.changed', { name }));
	const other = role === 'owner' ? 'operator' : 'owner';
	const made = tokens.join(', ');
	/** Asks, and says which tokens end as well, unless the tick beside them keeps them. */
	const without = (question, what, body) => ({ target }) => {
		const keep = target.closest('li').querySelector('[name=keep_tokens]')?.checked ?? false;
		const more = tokens.length && !keep ? ` ${t('operator.tokensEnd', { made })}` : '';
		return owner.ask(`${question}${more}`, () => act(what, { ...body, keep_tokens: keep }));
	};
	return html`
		<li class=${names('box', { off: disabled })} data-operator=${name}>
			<p class="who"><b>${name}</b> <span class="quiet">${[t(`role.${role}`), ...(name === you ? [t('operator.you')] : [])].join(', ')}</span></p>
			<p class="quiet">${disabled ? t('operator.disabled') : t('operator.seen', { n: one.sessions, at: moment(one.seen, t) })}</p>
			${when(made, () => html`
				<p class="quiet">${t('operator.tokens', { made })}</p>
				<label class="tick"><input type="checkbox" name="keep_tokens"><span>${t('operator.keepTokens')}</span></label>`)}
			<p class="deeds">
				${disabled
					? button(t('operator.enable'), () => act('enable'))
					: button(t('operator.disable'), without(t('operator.disableAsk', { name }), 'disable'))}
				${button(t(role === 'owner' ? 'operator.makeOperator' : 'operator.makeOwner'),
					made && other === 'operator'
						? without(t('operator.demoteAsk', { name }), 'role', { role: other })
						: () => act('role', { role: other }))}
				${button(t('operator.endSessions'), () => owner.ask(t('operator.endAsk', { name }), () => act('end-sessions')))}
			</p>
			<details><summary>${t('operator.newPassword')}</summary>
				${form(t('operator.setPassword'), field(t('operator.password'), password()), (fields) => act('password', fields))}</details>
		</li>`;
}
