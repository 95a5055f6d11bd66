/** Makes the operator notice: bell, notification, count. */
import { preview } from '../core/content.js';
import { capped, oneLine } from '../core/format.js';
import { mayRing, repeatAt } from '../core/rings.js';
import { BASE } from './api.js';
import { Bell } from './sound.js';

const ICON = new URL('static/icon.svg', BASE).href;

/** Calls back once this tab is the one that rings: the first of all open ones, then the next. */
function whenChosenToRing(callback) {
	if (!navigator.locks) return callback(); // plain http on a LAN: every tab rings
	navigator.locks.request('avito-live-bell', () => {
		callback();
		return new Promise(() => {}); // held for as long as the tab lives
	});
}

function showCount(count) {
	document.title = `${count ? `(${capped(count)}) ` : ''}Avito Live`;
	navigator.setAppBadge?.(count).catch(() => {}); // not installed as an app
}

export class Attention {
	#app;
	#bell;
	#chosen = false;
	#last = 0;
	#repeat = 0;
	#count = null;

	constructor(app) {
		this.#app = app;
		this.#bell = new Bell((blocked) => app.soundBlocked(blocked));
		whenChosenToRing(() => {
			this.#chosen = true;
			this.update();
		});
	}

	message(chat, message) {
		if (!this.#chosen) return;
		const { t, ui, now } = this.#app;
		if (mayRing(now(), this.#last)) this.#ring();
		if (!ui.settings.notify || document.hasFocus()) return;
		const title = oneLine(chat.buyer?.name ?? t('buyer.unnamed'), 80);
		const options = { body: preview(message, t), tag: chat.id, icon: ICON };
		import('./notify.js').then(({ notify }) => notify(title, options, () => this.#app.goTo(chat.id)), () => {});
	}

	test() {
		return this.#bell.ring(this.#app.ui.settings.volume || 0.7);
	}

	update() {
		const { unread, since } = this.#app.totals();
		if (unread !== this.#count) showCount(unread);
		this.#count = unread;
		clearTimeout(this.#repeat);
		const waitingSince = this.#chosen ? since : null;
		const due = repeatAt(waitingSince, this.#app.ui.settings.repeatMinutes, this.#last);
		if (due === Infinity) return;
		const wait = Math.max(1, due - this.#app.now());
		this.#repeat = setTimeout(() => this.#ring().then(() => this.update()), wait * 1000);
	}

	async #ring() {
		this.#last = this.#app.now();
		const { volume } = this.#app.ui.settings;
		if (volume === 0 || !(await this.#bell.ring(volume))) return;
		const { dataset } = document.documentElement;
		dataset.rings = Number(dataset.rings) + 1;
	}
}
