/** Makes the operator notice: bell, notification, count. One of all open tabs rings. */
import { capped } from '../core/format.js';

function showCount(count) {
	document.title = `${count ? `(${capped(count)}) ` : ''}Avito Live`;
	navigator.setAppBadge?.(count).catch(() => {}); // not installed as an app
}

export class Attention {
	#app;
	#bell;
	#sounds = false;
	#frozen = false;
	#rings = new TabTask('avito-live-bell', () => this.#ringLate());
	#notifies = new TabTask('avito-live-notify', () => {});
	#last = 0;
	#owed = 0; // since when a message waits for a bell
	#repeat = 0;
	#count = null;

	constructor(app) {
		this.#app = app;
		this.#bell = new Bell((blocked) => {
			app.ui.soundBlocked = blocked;
			app.schedule();
		}, (sounds) => {
			this.#sounds = sounds;
			this.#offer();
		});
		document.addEventListener('freeze', () => this.#freeze(true));
		document.addEventListener('resume', () => this.#freeze(false));
		this.#offer();
	}

	message(chat, message) {
		const { ui, now } = this.#app;
		if (mayRing(now(), this.#last)) this.#ringOrAsk();
		if (!this.#notifies.has || !ui.settings.notify || document.hasFocus()) return;
		import('./notify.js').then(({ notify }) => notify(this.#app, chat, message), () => {});
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

	/** A tab that is frozen or may not sound leaves ringing to another. */
	#offer() {
		this.#rings.able = this.#sounds && !this.#frozen;
		this.#notifies.able = !this.#frozen;
	}

	/** If no tab can ring, asks the browser again, once for a burst. */
	async #ringOrAsk() {
		if (this.#rings.has) return this.#ring();
		this.#owed = this.#app.now();
		const taken = await this.#rings.isTaken();
		if (taken && !this.#rings.has) this.#owed = 0;
		if (!taken && !this.#sounds && mayRing(this.#app.now(), this.#last)) await this.#ring();
	}

	/** What came just before this tab could ring is made up for. */
	#ringLate() {
		if (this.#rings.has && this.#app.now() - this.#owed < LATE_S) this.#ring();
		this.update();
	}

	async #ring() {
		this.#last = this.#app.now();
		this.#owed = 0;
		const { volume } = this.#app.ui.settings;
		if (volume === 0) return;
		if (!(await this.#bell.ring(volume))) {
			this.#owed = this.#last;
			return;
		}
		const { dataset } = document.documentElement;
		dataset.rings = Number(dataset.rings) + 1;
	}
}

const BURST_S = 1.5;
const LATE_S = 3; // later it would only puzzle

/** Whether a new message may ring now. The clock may have been set back since `last`. */
export const mayRing = (now, last) => Math.abs(now - last) >= BURST_S;

/** When the bell is due again; Infinity if no buyer waits (null) or it is off (0 minutes). */
export const repeatAt = (waitingSince, everyMinutes, last) =>
	(waitingSince === null || !everyMinutes ? Infinity : Math.max(waitingSince, last) + everyMinutes * 60);

const NOTES = [[880, 0, 0.35], [1318.5, 0.14, 0.6]]; // pitch, start, length
const BLOCKED_AFTER_MS = 400;

class Bell {
	#context = new AudioContext();
	#onBlocked;

	/** `onBlocked(blocked)` follows each try, `onSounds(allowed)` each change. */
	constructor(onBlocked, onSounds) {
		this.#onBlocked = onBlocked;
		const tell = () => onSounds(this.#context.state === 'running');
		this.#context.onstatechange = tell;
		tell();
		// Browsers allow sound only after the first touch.
		for (const touch of ['pointerdown', 'keydown']) addEventListener(touch, () => this.#wake(), { passive: true });
	}

	/** Rings at `volume` (0 to 1); false if the browser kept it silent. */
	async ring(volume) {
		const allowed = await this.#wake();
		if (allowed) for (const note of NOTES) this.#play(note, volume);
		return allowed;
	}

	async #wake() {
		const context = this.#context;
		if (context.state !== 'running') {
			const patience = new Promise((resolve) => setTimeout(resolve, BLOCKED_AFTER_MS));
			await Promise.race([context.resume().catch(() => {}), patience]);
		}
		const allowed = context.state === 'running';
		this.#onBlocked(!allowed);
		return allowed;
	}

	#play([frequency, after, length], volume) {
		const context = this.#context;
		const start = context.currentTime + after;
		const tone = new OscillatorNode(context, { type: 'triangle', frequency });
		const gain = new GainNode(context, { gain: 0 });
		gain.gain.setValueAtTime(0, start);
		gain.gain.linearRampToValueAtTime(0.8 * volume, start + 0.015);
		gain.gain.exponentialRampToValueAtTime(0.001, start + length);
		tone.connect(gain).connect(context.destination);
		tone.start(start);
		tone.stop(start + length);
	}
}

/** A task that one of all open tabs has: one that is able to do it, then the next. */
class TabTask {
	has = false;
	#name;
	#onChange;
	#release = () => {};
	#able = false;

	constructor(name, onChange) {
		this.#name = name;
		this.#onChange = onChange;
	}

	/** Whether this tab can have it; when it no longer can, another gets it at once. */
	set able(able) {
		if (able === this.#able) return;
		this.#able = able;
		if (!able) this.#release();
		else if (navigator.locks) this.#ask();
		else this.#set(true); // plain http on a LAN: every tab does it
	}

	async isTaken() {
		if (!navigator.locks) return this.has;
		const { held } = await navigator.locks.query();
		return held.some(({ name }) => name === this.#name);
	}

	#ask() {
		const waiting = new AbortController();
		this.#release = () => waiting.abort();
		navigator.locks.request(this.#name, { signal: waiting.signal }, () => this.#hold()).catch(() => {}); // aborted
	}

	#hold() {
		this.#set(true);
		return new Promise((resolve) => {
			this.#release = () => {
				resolve();
				this.#set(false);
			};
		});
	}

	#set(has) {
		this.has = has;
		this.#onChange();
	}
}
