/** Who writes and about what: buyer, item, other chats with this buyer. */
import { buyerName, oneLine } from '../core/format.js';
import { isSibling } from '../core/lists.js';
import { safeUrl } from '../core/messages.js';
import { LAZY, avatar, away, button, buyingTag, html, icon, lazy, nothing, picture, tool, when } from './parts.js';

const others = lazy(() => import('./jump.js'), 'others', LAZY);

export function cardPane(app) {
	const { t, ui, state } = app;
	const chat = state.chats.get(ui.chatId);
	if (!chat) return nothing;
	return html`
		<aside class="card" aria-label=${t('card.title')}>
			<div class="card-close">${tool('close', t('close'), app.do.toggleCard)}</div>
			<section class="buyer">
				${avatar(chat, 'large')}
				<h2><bdi>${buyerName(chat, t)}</bdi></h2>
				${buyingTag(chat, t)}
				${when(!chat.enriched, () => html`<p class="quiet">${t('item.loading')}</p>`)}
				${outside(chat.buyer?.url, t('card.profile'))}
			</section>
			${when(chat.item, () => item(t, chat.item))}
			<p>${button(t('block.open'), app.do.askBlock, 'quiet')}</p>
			${when([...state.chats.values()].some(isSibling(chat)), () => others(app, chat))}
		</aside>`;
}

const outside = (url, words) => when(safeUrl(url), () => away(safeUrl(url), [words, icon('out')]));

const item = (t, { image, title, price, place, url }) => html`
	<section>
		<h3>${t('type.item')}</h3>
		${picture(image, 'item-picture')}
		<p><bdi>${oneLine(title, 200)}</bdi></p>
		${when(price, () => html`<p class="price">${oneLine(price, 60)}</p>`)}
		${when(place, () => html`<p class="place">${icon('pin')}<bdi>${oneLine(place, 120)}</bdi></p>`)}
		${outside(url, t('card.openItem'))}
	</section>`;
