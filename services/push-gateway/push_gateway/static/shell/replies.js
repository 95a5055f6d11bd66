/** Hands replies to the gateway, per chat in order, and forgets none. */
import { afterRefusal, keep, newReply, settle, sortKept } from '../core/outbox.js';
import { openThread } from '../core/store.js';
import { putOutbox } from '../core/threads.js';
import { ApiError, makeRef, postCancel, postRetry, postText } from './api.js';
import { load, save } from './storage.js';

const LOCAL = -1; // known to this browser only: whatever the server says is newer

export class Replies {
	#app;
	#kept = load('replies', []);
	#lines = new Map(); // chat id → after which the next reply of the chat may go
	#files = new Map(); // ref → {file, url, share that has left}
	#wakers = new Set();
	#withdrawn = new Set(); // refs taken back while they were being handed over

	constructor(app) {
		this.#app = app;
	}

	sendText(chatId, text) {
		this.#start({ chatId, text, seen: this.#app.session.place });
	}

	sendPicture(chatId, file, url) {
		const ref = makeRef();
		this.#files.set(ref, { file, url, share: 0 });
		this.#start({ chatId, text: '', kind: 'image', ref });
	}

	/** Posts again what may not have arrived: after a start, and when the server has lost its place. */
	repost() {
		const { again, stale } = sortKept(this.#kept, this.#app.now());
		this.#save(this.#kept.filter((one) => !stale.includes(one)));
		for (const reply of stale) this.#rejected(reply, { reason: this.#app.t('reply.stale') });
		for (const reply of again) this.#line(reply);
	}

	wake() {
		for (const waker of this.#wakers) waker();
	}

	settled(item) {
		this.#save(settle(this.#kept, item));
		if (item.state === 'sent') this.#forgetFile(item.ref);
		if (item.state === 'cancelled' && item.by) this.#app.giveBack(item); // nobody typed an automatic one
	}

	/** Replies not taken yet belong into a thread that has just been loaded. */
	addTo(chatId, thread) {
		for (const reply of this.#kept) {
			const ours = reply.chat_id === chatId && reply.state === 'posting';
			if (ours && !thread.outbox.has(reply.ref)) putOutbox(thread, reply, LOCAL);
		}
	}

	retry(item) {
		if (item.state === 'failed') return this.#ask(postRetry(item.ref));
		this.drop(item);
		const { file, url } = this.fileOf(item.ref) ?? {};
		if (item.kind === 'text') this.sendText(item.chat_id, item.text);
		else if (file) this.sendPicture(item.chat_id, file, url);
	}

	cancel(item) {
		if (item.state !== 'posting') return this.#ask(postCancel(item.ref));
		this.#withdrawn.add(item.ref);
		this.drop(item);
		this.#app.giveBack(item);
	}

	drop({ ref, chat_id: chatId }) {
		this.#forget(ref);
		openThread(this.#app.state, chatId).outbox.delete(ref);
		this.#app.changed();
	}

	fileOf = (ref) => this.#files.get(ref);

	holdsPictures = () => this.#kept.some(({ kind, state }) => kind === 'image' && state === 'posting');

	#start(parts) {
		const by = this.#app.session.hello?.operator ?? null;
		const reply = newReply({ ref: makeRef(), by, at: this.#app.now(), ...parts });
		this.#save(keep(this.#kept, reply));
		this.#show(reply);
		this.#line(reply);
	}

	#line(reply) {
		const before = this.#lines.get(reply.chat_id) ?? Promise.resolve();
		this.#lines.set(reply.chat_id, before.then(() => this.#post(reply)));
	}

	async #post(reply) {
		for (let tries = 0; this.#isKept(reply.ref); tries += 1) {
			try {
				return this.#taken(await this.#attempt(reply));
			} catch (error) {
				this.#app.refused(error);
				if (error.status === 401) return; // kept; posted again after the login
				const { again, failed } = afterRefusal(error, tries, Math.random());
				if (failed !== undefined) return this.#rejected(reply, failed);
				const reason = this.#app.t(error.status === 429 ? 'reply.slowDown' : 'reply.noServer');
				if (this.#isKept(reply.ref)) this.#show({ ...reply, reason });
				await this.#pause(again * 1000);
			}
		}
	}

	async #attempt({ chat_id: chatId, kind, text, ref, seen }) {
		if (kind === 'text') return postText(chatId, text, ref, seen);
		const { postImage } = await import('./upload.js').catch(() => {
			throw new ApiError(0);
		});
		const held = this.fileOf(ref);
		return postImage(chatId, held.file, ref, (share) => {
			held.share = share;
			this.#app.schedule();
		});
	}

	#taken(item) {
		this.#app.link.tell('wake'); // the server answers: no need to wait with the socket
		if (this.#withdrawn.delete(item.ref)) return this.#ask(postCancel(item.ref));
		this.#save(settle(this.#kept, item));
		const held = openThread(this.#app.state, item.chat_id).outbox.get(item.ref);
		// An event may have overtaken this answer; then the event is the newer of the two.
		if (!held || held.stamp === LOCAL) this.#show({ reason: null, ...item }, this.#app.session.seq + 1);
	}

	#rejected(reply, why) {
		this.#forget(reply.ref);
		this.#show({ ...reply, state: 'rejected', ...why });
	}

	#show(reply, stamp = LOCAL) {
		putOutbox(openThread(this.#app.state, reply.chat_id), reply, stamp);
		this.#app.changed();
	}

	#pause(ms) {
		return new Promise((resolve) => {
			const done = () => {
				clearTimeout(timer);
				this.#wakers.delete(done);
				resolve();
			};
			const timer = setTimeout(done, ms);
			this.#wakers.add(done);
		});
	}

	#ask = (request) => request.catch((error) => this.#app.failed(error));

	#isKept = (ref) => this.#kept.some((one) => one.ref === ref);

	#forget(ref) {
		this.#save(this.#kept.filter((one) => one.ref !== ref));
	}

	#save(kept) {
		this.#kept = kept;
		const texts = kept.filter(({ kind }) => kind === 'text'); // a picture lives as long as the page
		save('replies', texts.length ? texts : null);
	}

	#forgetFile(ref) {
		const held = this.fileOf(ref);
		if (held) URL.revokeObjectURL(held.url);
		this.#files.delete(ref);
	}
}
