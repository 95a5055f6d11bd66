/** Who has a chat: above the thread, and in its row. */
import { oneLine } from '../../core/format.js';
import { html, names } from '../../views/parts.js';

export function whose({ t, session, do: act }, { owner }) {
	const mine = owner === session.hello?.operator;
	const words = mine ? t('whose.me') : owner ? oneLine(owner, 20) : t('whose.take');
	return html`<button class=${names('plain whose', { mine, other: owner && !mine })} title=${t('whose.title')}
		@click=${owner ? act.chooseOwner : act.takeOrLeave}>${words}</button>`;
}

export function owner({ t, session }, name) {
	const mine = name === session.hello?.operator;
	return html`<span class=${names('has', { mine })} title=${t('row.owner', { who: name })}>${mine ? t('author.you') : oneLine(name, 20)}</span>`;
}
