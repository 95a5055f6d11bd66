/** Pictures: in a bubble, there while they are sent, and below the composer. */
import { pickPicture } from '../core/picked.js';
import { inAvito } from './kinds.js';
import { html, nothing, tool, when } from './parts.js';

export function image(app, message) {
	const sizes = message.content?.image?.sizes;
	const small = pickPicture(sizes, 480);
	if (!small) return inAvito('warn', app.t('type.image'), app, message);
	const { url } = pickPicture(sizes, Infinity);
	return html`
		<button class="photo" aria-label=${app.t('image.enlarge')} @click=${() => app.do.showDialog({ kind: 'picture', url })}>
			<img src=${small.url} alt=${app.t('type.image')} loading="lazy" referrerpolicy="no-referrer"
				width=${small.width || nothing} height=${small.height || nothing}></button>`;
}

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
