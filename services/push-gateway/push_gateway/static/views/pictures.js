/** Pictures on their way: below the composer, and in a bubble while they are sent. */
import { html, tool, when } from './lit.js';

export const attached = ({ t, do: act }, pictures) => html`
	<ul class="attached">${pictures.map((one) => html`
		<li><img src=${one.url} alt=${one.file.name}>
			${tool('close', t('composer.unattach', { name: one.file.name }), () => act.unattach(one))}</li>`)}</ul>`;

export function sentPicture({ t, replies }, { ref }) {
	const { url, share = 1 } = replies.fileOf(ref) ?? {};
	return html`
		${url ? html`<span class="photo"><img src=${url} alt=${t('type.image')}></span>` : html`<p class="quiet">${t('type.image')}</p>`}
		${when(share < 1, () => html`<progress max="1" .value=${share} aria-label=${t('reply.uploading')}></progress>`)}`;
}
