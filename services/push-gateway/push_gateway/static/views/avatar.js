/** People and pictures of strangers: without a referrer, gone when broken. */
import { initials } from '../core/format.js';
import { safeUrl } from '../core/urls.js';
import { html, when } from './parts.js';

const hideBroken = (event) => event.target.classList.add('broken');

export const picture = (src, className) => when(safeUrl(src), () => html`
	<img class=${className} src=${safeUrl(src)} alt="" loading="lazy" referrerpolicy="no-referrer" @error=${hideBroken}>`);

export const avatar = ({ buyer }, size = '') => html`
	<span class="avatar ${size}" aria-hidden="true">
		${initials(buyer?.name)}${picture(buyer?.avatar, 'over')}</span>`;

export const buyerName = (chat, t) => chat?.buyer?.name || t('buyer.unnamed');
