/** The system: how it is, dead letters, what the owner chooses for all. */
import { moment } from '../views/pages.js';
import { button, html, live, repeat, when } from '../views/parts.js';

export function status(owner, { status: now, parts, switches, counters }) {
	const { t } = owner;
	const list = (title, rows) => html`
		<h2>${title}</h2>
		<dl class="box facts">${rows.length ? rows.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`) : t('status.none')}</dl>`;
	const facts = (object) => Object.entries(object ?? {}).map(([name, value]) => `${name}: ${JSON.stringify(value)}`).join(', ');
	const processes = Object.entries(parts ?? {}).flatMap(([part, all]) =>
		all.map(({ name, ...more }) => [`${part} ${name}`, facts(more)]));
	return html`
		<p class="box"><b>${t(`status.${now?.status}`)}</b> <span class="quiet">${[now?.mode, now?.reason, now?.sweep_error, now?.sweep_beyond].filter(Boolean).join(': ')}</span></p>
		${list(t('status.parts'), processes)}
		${list(t('status.sweep'), Object.entries(now?.sweep ?? {}).map(([name, n]) => [t(`sweep.${name}`), n ?? '–']))}
		${list(t('status.switches'), (switches ?? []).map(({ at, ...more }) => [moment(at, t), facts(more)]))}
		${list(t('status.counters'), Object.entries(counters ?? {}))}`;
}

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

export function options(owner, { take_by_answering: taken }) {
	const { t } = owner;
	const choose = async ({ target: { checked } }) => {
		owner.data = { take_by_answering: checked };
		if (await owner.act('options', owner.data, t('done.saved'))) return;
		if (owner.part !== 'options') return;
		owner.data = { take_by_answering: taken }; // as it was
		owner.draw();
	};
	return html`
		<div class="box">
			<label class="tick"><input type="checkbox" name="take_by_answering" .checked=${live(taken)} @change=${choose}>
				<span>${t('options.take')}</span></label>
			<p class="quiet">${t('options.takeMore')}</p>
		</div>`;
}
