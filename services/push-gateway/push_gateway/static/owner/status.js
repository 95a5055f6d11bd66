/** The system: every process, the check against Avito, the last mode switches, counters. */
import { html } from '../views/parts.js';
import { moment } from './parts.js';

export function status(owner, { status: now, parts, switches, counters }) {
	const { t } = owner;
	const list = (title, rows) => html`
		<h2>${title}</h2>
		<dl class="box facts">${rows.length ? rows.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`) : t('status.none')}</dl>`;
	const facts = (object) => Object.entries(object ?? {}).map(([name, value]) => `${name}: ${JSON.stringify(value)}`).join(', ');
	const processes = Object.entries(parts ?? {}).flatMap(([part, all]) =>
		all.map(({ name, ...more }) => [`${part} ${name}`, facts(more)]));
	return html`
		<p class="box"><b>${t(`status.${now?.status}`)}</b> <span class="quiet">${[now?.mode, now?.reason].filter(Boolean).join(': ')}</span></p>
		${list(t('status.parts'), processes)}
		${list(t('status.sweep'), Object.entries(now?.sweep ?? {}).map(([name, n]) => [t(`sweep.${name}`), n ?? '–']))}
		${list(t('status.switches'), (switches ?? []).map(({ at, ...more }) => [moment(at, t), facts(more)]))}
		${list(t('status.counters'), Object.entries(counters ?? {}))}`;
}
