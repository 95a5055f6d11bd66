/** What the coach's page holds and does; the views draw it. */
import { BASE, request } from '../../shell/gateway.js';
import { Latest, isAway } from '../../views/pages.js';
import { render } from '../../views/parts.js';
import { USUAL, dayIn, daysOf } from './figures.js';
import { page } from './page.js';

const LOOK_AGAIN_S = 10;

export class Coach {
	#reports = new Latest();
	#waits = new Latest();

	/** `root`: where the page is drawn; `t`: its words; `isOwner`: who may change the working hours. */
	constructor(root, t, isOwner) {
		Object.assign(this, { root, t, isOwner, range: USUAL, shown: USUAL, report: null, waiting: null, hours: null });
		Object.assign(this, { trouble: '', done: '', pending: 0, readAt: 0, lookedAt: 0 });
	}

	get busy() {
		return this.pending > 0;
	}

	get now() {
		return Date.now() / 1000;
	}

	/** How long ago the list of those who wait was read, in working seconds: closed, time stands still. */
	get passed() {
		return this.waiting?.open ? this.now - this.readAt : 0;
	}

	load = () => this.attempt(async () => {
		this.hours = await request('api/hours', {});
		await Promise.all([this.#readReport(), this.#readWaiting()]);
	});

	/** Shows the figures of a range; without an answer the range of the figures on screen stays chosen. */
	async choose(range) {
		this.range = range;
		if ((await this.attempt(() => this.#readReport())) !== null || this.range !== range) return;
		this.range = this.shown;
		this.draw();
	}

	/**
	 * Saves working hours and automatic answer; resolves to whether it could. Where another owner was first, what he wrote is
	 * read: it stands in all fields that were not touched here, and may be saved anew.
	 */
	async saveHours(hours) {
		const saved = await this.attempt(async () => {
			this.hours = await this.#postHours({ ...hours, version: this.hours.version });
			await Promise.all([this.#readReport(), this.#readWaiting()]);
			return true;
		});
		if (saved) this.done = this.t('hours.saved');
		this.draw();
		return Boolean(saved);
	}

	async #postHours(hours) {
		try {
			return await request('api/owner/hours', {}, hours);
		} catch (error) {
			if (error.code === 'changed') this.hours = await request('api/hours', {});
			throw error;
		}
	}

	get csvUrl() {
		const url = new URL('api/coach.csv', BASE);
		url.search = new URLSearchParams(this.#asked());
		return url.href;
	}

	/** Counts down, and reads now and then who waits; a look that fails is tried again by itself. */
	tick() {
		if (this.waiting && this.now - this.lookedAt > LOOK_AGAIN_S) {
			this.lookedAt = this.now;
			this.#readWaiting().then(() => this.draw(), (error) => this.#leaveIfOut(error));
		}
		this.draw();
	}

	/** What was chosen, up to the day that it is where the shop is; the server is asked first, which knows it. */
	#asked() {
		return this.report ? { ...daysOf(this.range, this.#today ?? this.report.to), by: this.range.by } : {};
	}

	/** By the server's clock: the page may stand open over midnight. */
	get #today() {
		const { hours, waiting } = this;
		return waiting && dayIn(hours.zone, waiting.now + this.now - this.readAt);
	}

	async #readReport() {
		const { range } = this;
		const report = await this.#reports.run(() => request('api/coach', this.#asked()));
		if (report) Object.assign(this, { report, shown: range });
	}

	async #readWaiting() {
		const waiting = await this.#waits.run(() => request('api/coach/waiting', {}));
		if (!waiting) return;
		this.waiting = waiting;
		this.readAt = this.lookedAt = this.now;
	}

	async attempt(work) {
		Object.assign(this, { pending: this.pending + 1, trouble: '', done: '' });
		this.draw();
		try {
			return await work();
		} catch (error) {
			this.#leaveIfOut(error);
			this.trouble = this.wordsFor(error);
			return null;
		} finally {
			this.pending -= 1;
			this.draw();
		}
	}

	#leaveIfOut({ status }) {
		if (status === 401) location.assign(new URL('login', BASE));
	}

	wordsFor(error) {
		return isAway(error) ? this.t('refused.unreachable') : this.t.maybe(`refused.${error.code}`) ?? error.message;
	}

	draw() {
		render(page(this), this.root);
	}
}
