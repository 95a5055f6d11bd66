/** The other chats with the buyer of one. */
import { itemTitle, rowTime } from '../core/format.js';
import { isSibling, newestFirst } from '../core/lists.js';
import { preview } from '../core/messages.js';
import { html } from './parts.js';

const MOST = 20;

export const others = (app, chat) => html`
	<section class="siblings">
		<h3>${app.t('card.others')}</h3>
		<ul>${[...app.state.chats.values()].filter(isSibling(chat)).sort(newestFirst).slice(0, MOST).map((one) => html`
			<li><a href=${app.chatHref(one.id)}>
				<span class="line"><bdi>${itemTitle(one, app.t)}</bdi>
					<time>${rowTime(one.updated, app.now(), app.t)}</time></span>
				<span class="line quiet"><bdi>${preview(one.last_message, app.t)}</bdi></span></a></li>`)}</ul>
	</section>`;
