/** Makes the operator notice: bell, notification, count. */
import { preview } from '../core/content.js';
import { oneLine } from '../core/format.js';
import { mayRing, repeatAt } from '../core/rings.js';
import { BASE } from './api.js';
import { notify, showCount, whenChosenToRing } from './notify.js';
import { Bell } from './sound.js';

const ICON = new URL('static/icon.svg', BASE).href;

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
		notify(title, { body: preview(message, t), tag: chat.id, icon: ICON }, () => this.#app.goTo(chat.id));
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
