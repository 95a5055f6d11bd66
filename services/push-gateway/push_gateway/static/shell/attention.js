/** Makes the operator notice: bell, notification, count. */
import { preview } from '../core/messages.js';
import { capped, oneLine } from '../core/format.js';
import { mayRing, repeatAt } from '../core/rings.js';
import { BASE } from './gateway.js';
import { Bell } from './sound.js';
import { Turn } from './turn.js';

const ICON = new URL('static/icon.svg', BASE).href;

function showCount(count) {
	document.title = `${count ? `(${capped(count)}) ` : ''}Avito Live`;
	navigator.setAppBadge?.(count).catch(() => {}); // not installed as an app
}

export class Attention {
	#app;
	#bell;
	#sounds = false;
	#frozen = false;
	#rings = new Turn('avito-live-bell', () => this.update());
	#notifies = new Turn('avito-live-notify', () => {});
	#last = 0;
	#repeat = 0;
	#count = null;

	constructor(app) {
		this.#app = app;
		this.#bell = new Bell((blocked) => app.soundBlocked(blocked), (sounds) => {
			this.#sounds = sounds;
			this.#offer();
		});
		document.addEventListener('freeze', () => this.#freeze(true));
		document.addEventListener('resume', () => this.#freeze(false));
		this.#offer();
	}

	message(chat, message) {
		const { t, ui, now } = this.#app;
		if (this.#rings.has && mayRing(now(), this.#last)) this.#ring();
		else if (!this.#sounds) this.#tryToRing();
		if (!this.#notifies.has || !ui.settings.notify || document.hasFocus()) return;
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
		this.#last = Math.min(this.#last, this.#app.now()); // the clock may have been set back
		const waitingSince = this.#rings.has ? since : null;
		const due = repeatAt(waitingSince, this.#app.ui.settings.repeatMinutes, this.#last);
		if (due === Infinity) return;
		const wait = Math.max(1, due - this.#app.now());
		this.#repeat = setTimeout(() => this.#ring().then(() => this.update()), wait * 1000);
	}

	#freeze(frozen) {
		this.#frozen = frozen;
		this.#offer();
	}

	/** A tab that must not sound, or stands still, leaves ringing to one that can. */
	#offer() {
		this.#rings.able = this.#sounds && !this.#frozen;
		this.#notifies.able = !this.#frozen;
	}

	/** Where no tab can ring the browser is asked once more, once for a burst; if it refuses, that is said. */
	async #tryToRing() {
		const taken = await this.#rings.isTaken();
		if (!taken && !this.#sounds && mayRing(this.#app.now(), this.#last)) await this.#ring();
	}

	async #ring() {
		this.#last = this.#app.now();
		const { volume } = this.#app.ui.settings;
		if (volume === 0 || !(await this.#bell.ring(volume))) return;
		const { dataset } = document.documentElement;
		dataset.rings = Number(dataset.rings) + 1;
	}
}
