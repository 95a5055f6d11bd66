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
	const troubles = troublesOf(t, now ?? {});
	const reason = troubles.length ? null : now?.reason; // which says the same
	return html`
		<p class="box"><b>${t(`status.${now?.status}`)}</b> <span class="quiet">${[now?.mode, reason, now?.sweep_beyond].filter(Boolean).join(': ')}</span></p>
		${troubles.map((words) => html`<p class="box trouble">${words}</p>`)}
		${list(t('status.parts'), processes)}
		${list(t('status.sweep'), Object.entries(now?.sweep ?? {}).map(([name, n]) => [t(`sweep.${name}`), n ?? '–']))}
		${list(t('status.products'), Object.entries(now?.products ?? {}).map(([name, n]) => [t.maybe(`product.${name}`) ?? name, n]))}
		${list(t('status.switches'), (switches ?? []).map(({ at, ...more }) => [moment(at, t), facts(more)]))}
		${list(t('status.counters'), Object.entries(counters ?? {}))}`;
}

/** What keeps us from Avito, in the owner's words; a list that cannot be read for that reason is no second one. */
function troublesOf(t, { avito, sweep_error: error }) {
	const [state, since] = (avito ?? 'ok').split(' since ');
	const found = [];
	if (state !== 'ok') found.push(t.maybe(`avito.${state}`)?.replace('{since}', moment(Number(since), t)) ?? avito);
	else if (error) found.push(t('status.sweepError', { error: error.replace(/^список чатов не прочитан: /, '') }));
	return found;
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

const row = (owner, { id, reason, at, body, outcome, count = 1 }) => html`
	<li class="box" data-letter>
		<p class="who"><b>${reason}</b> <span class="quiet">${moment(at, owner.t)}${when(count > 1, () => ` · ${owner.t('dead.times', { n: count })}`)}</span></p>
		${when(outcome, () => html`<p>${outcome}</p>`)}
		<pre tabindex="0">${body}</pre>
		<p class="deeds">${button(owner.t('dead.redrive'), () => owner.act(`dead/${id}/redrive`, {}, owner.t('done.redriven')))}</p>
	</li>`;

const CHOICES = {
	system: ['show', 'ring', 'wait'], lead: ['show', 'ring', 'wait'],
	call: ['auto', 'show', 'ring', 'wait'], appCall: ['auto', 'show', 'ring', 'wait'],
};

export function options(owner, held) {
	const { t } = owner;
	const { take_by_answering: taken, notice } = held;
	const save = async (changed, shown, said = t('done.saved')) => {
		owner.data = shown;
		const answer = await owner.act('options', changed, said);
		if (!answer && owner.part === 'options') owner.data = held; // as it was
		owner.draw();
		return answer;
	};
	const take = ({ target: { checked } }) => save({ take_by_answering: checked }, { ...held, take_by_answering: checked });
	const choose = (kind) => async ({ target }) => {
		if (!(await save({ notice: { [kind]: target.value } }, held, t('done.noticed')))) target.value = notice[kind];
	};
	return html`
		<div class="box">
			<label class="tick"><input type="checkbox" name="take_by_answering" .checked=${live(taken)} @change=${take}>
				<span>${t('options.take')}</span></label>
			<p class="quiet">${t('options.takeMore')}</p>
		</div>
		${when(notice, () => html`
			<h2>${t('options.notice')}</h2>
			<div class="box">
				<p class="quiet">${t('options.noticeMore')}</p>
				${Object.entries(CHOICES).map(([kind, choices]) => html`
					<label class="pair"><span>${t(`notice.${kind}`)}</span>
						<select name=${kind} @change=${choose(kind)}>${choices.map((choice) => html`
							<option value=${choice} ?selected=${choice === notice[kind]}>${t(`choice.${choice}`)}</option>`)}</select></label>`)}
			</div>`)}`;
}
