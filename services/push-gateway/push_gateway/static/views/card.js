/** Who writes and about what: buyer, item, other chats with this buyer. */
import { oneLine, rowTime } from '../core/format.js';
import { siblings } from '../core/lists.js';
import { preview, safeUrl } from '../core/messages.js';
import { avatar, away, button, buyerName, html, icon, nothing, picture, tool, when } from './parts.js';

export function cardPane(app) {
	const { t, ui, state } = app;
	const chat = state.chats.get(ui.chatId);
	if (!chat) return nothing;
	return html`
		<aside class="card" aria-label=${t('card.title')}>
			<div class="card-close">${tool('close', t('close'), app.do.toggleCard)}</div>
			<section class="buyer">
				${avatar(chat, 'large')}
				<h2><bdi>${oneLine(buyerName(chat, t), 120)}</bdi></h2>
				${when(!chat.enriched, () => html`<p class="quiet">${t('item.loading')}</p>`)}
				${outside(chat.buyer?.url, t('card.profile'))}
			</section>
			${when(chat.item, () => item(t, chat.item))}
			<p>${button(t('block.open'), app.do.askBlock, 'quiet')}</p>
			${others(app, siblings(state.chats, chat).slice(0, 20))}
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

const others = (app, same) => when(same.length, () => html`
	<section class="siblings">
		<h3>${app.t('card.others')}</h3>
		<ul>${same.map((one) => html`
			<li><a href=${app.chatHref(one.id)}>
				<span class="line"><bdi>${oneLine(one.item?.title ?? app.t('item.none'), 80)}</bdi>
					<time>${rowTime(one.updated, app.now(), app.t)}</time></span>
				<span class="line quiet"><bdi>${preview(one.last_message, app.t)}</bdi></span></a></li>`)}</ul>
	</section>`);
