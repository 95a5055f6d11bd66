/** The list of quick replies over the composer: a combobox with its listbox. */
import { oneLine } from '../../core/format.js';
import { BASE } from '../../shell/gateway.js';
import { html, icon, live, nothing, when } from '../../views/parts.js';
import { fill } from './placeholders.js';
import { byFolder } from './find.js';

const PAGE = new URL('quick-replies', BASE).pathname;

/** The id of the option at a place in the list. */
export const idOf = (at) => `quick-${at}`;

export function palette({ t }, quick) {
	const { found, chosen, query } = quick;
	return html`
		<div class="quick" @focusout=${quick.left}>
			<label class="quick-find">${icon('search')}
				<input role="combobox" autocomplete="off" spellcheck="false" placeholder=${t('quick.find')} aria-label=${t('quick.find')}
					aria-expanded=${String(found.length > 0)} aria-controls="quick-list" aria-autocomplete="list"
					aria-activedescendant=${found.length ? idOf(chosen) : nothing}
					.value=${live(query)} @input=${quick.search} @keydown=${quick.key}></label>
			<div class="quick-list" id="quick-list" role="listbox" aria-label=${t('quick.title')} ?hidden=${!found.length}
				@mousedown=${keepFocus}>${query ? found.map((one, at) => option(quick, one, at)) : folders(t, quick)}</div>
			<p class="quick-note" role="status">${noteOf(t, quick)}</p>
			<p class="quick-foot"><span>${t('quick.keys')}</span><a href=${PAGE} target="_blank" rel="noopener">${t('quick.edit')}</a></p>
		</div>`;
}

const keepFocus = (event) => event.preventDefault();

function folders(t, quick) {
	let at = 0;
	return byFolder(quick.found).map(({ folder, replies }) => html`
		<div role="group" aria-label=${folder || t('quick.noFolder')}>
			${when(folder, () => html`<p class="quick-folder" aria-hidden="true"><bdi>${folder}</bdi></p>`)}
			${replies.map((one) => option(quick, one, at++))}</div>`);
}

const option = (quick, one, at) => html`
	<div class="quick-option" role="option" id=${idOf(at)} aria-selected=${String(at === quick.chosen)} @click=${() => quick.pick(one)}>
		<b><bdi>${oneLine(one.name, 100)}</bdi>${when(quick.query && one.folder, () => html` <small>${oneLine(one.folder, 40)}</small>`)}</b>
		<span><bdi>${oneLine(fill(one.text, quick.values), 160)}</bdi></span></div>`;

function noteOf(t, { found, more, loading, trouble, isEmpty }) {
	if (trouble) return html`<span class="trouble">${trouble}</span>`;
	if (isEmpty) return t(loading ? 'quick.loading' : 'quick.none');
	if (!found.length) return t('quick.notFound');
	return more ? t('quick.more', { n: more }) : '';
}
