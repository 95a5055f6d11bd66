/** Hands replies to the gateway, per chat in order, and forgets none. */
import { afterRefusal, isFinished, newReply, sortKept } from '../core/outbox.js';
import { openThread } from '../core/store.js';
import { putOutbox } from '../core/threads.js';
import { ApiError, makeRef, operator, postCancel, postRetry, postText } from './api.js';
import { KeptReplies } from './kept.js';

const LOCAL = -1; // known to this browser only: whatever the server says is newer
const OURS = new Set(['posting', 'rejected']); // states that the server knows nothing of
const LEFT_BEHIND_S = 30; // by then the tab that posts a reply has been closed

export class Replies {
	#app;
	#kept = new KeptReplies(() => this.#followOthers());
	#lines = new Map(); // chat id → after which the next reply of the chat may go
	#lined = new Set(); // refs that this tab posts
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
		const { again, stale } = sortKept(this.#kept.all(), this.#app.now());
		for (const reply of stale) this.#rejected(reply, { reason: this.#app.t('reply.stale') });
		for (const reply of again) this.#line(reply);
	}

	/** Posts what another tab was posting when it was closed. */
	takeUp() {
		const before = this.#app.now() - LEFT_BEHIND_S;
		for (const reply of this.#kept.all()) if (reply.kind === 'text' && reply.state === 'posting' && reply.at < before) this.#line(reply);
	}

	wake() {
		for (const waker of this.#wakers) waker();
	}

	settled(item) {
		this.#settle(item);
		if (item.state === 'sent') this.#forgetFile(item.ref);
		if (item.state === 'cancelled' && item.by) this.#app.giveBack(item); // nobody typed an automatic one
	}

	/** What the server does not know of belongs into a thread that was just opened or loaded. */
	addTo(chatId, thread) {
		for (const reply of this.#kept.all()) {
			const ours = reply.chat_id === chatId && OURS.has(reply.state);
			if (ours && thread.outbox.get(reply.ref)?.state !== reply.state) putOutbox(thread, reply, LOCAL);
		}
	}

	/** The first answer in a chat that was not sent and is for the operator to decide on. */
	rejectedIn = (chatId) => this.#kept.all().find((one) => one.chat_id === chatId && one.state === 'rejected');

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
		this.#kept.remove(ref);
		openThread(this.#app.state, chatId).outbox.delete(ref);
		this.#app.changed();
	}

	fileOf = (ref) => this.#files.get(ref);

	holdsPictures = () => this.#kept.holdsPictures();

	#start(parts) {
		const reply = newReply({ ref: makeRef(), by: operator(), at: this.#app.now(), ...parts });
		this.#kept.put(reply);
		this.#show(reply);
		this.#line(reply);
	}

	#line(reply) {
		if (this.#lined.has(reply.ref)) return;
		this.#lined.add(reply.ref);
		const before = this.#lines.get(reply.chat_id) ?? Promise.resolve();
		this.#lines.set(reply.chat_id, before.then(() => this.#post(reply)).finally(() => this.#lined.delete(reply.ref)));
	}

	async #post(reply) {
		for (let tries = 0; this.#isToPost(reply.ref); tries += 1) {
			try {
				return this.#taken(await this.#attempt(reply));
			} catch (error) {
				this.#app.refused(error);
				if (error.status === 401) return; // kept; posted again after the login
				const { again, failed } = afterRefusal(error, tries, Math.random());
				if (failed !== undefined) return this.#rejected(reply, failed);
				const reason = this.#app.t(error.status === 429 ? 'reply.slowDown' : 'reply.noServer');
				if (this.#isToPost(reply.ref)) this.#show({ ...reply, reason });
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
		this.#settle(item);
		const held = openThread(this.#app.state, item.chat_id).outbox.get(item.ref);
		// An event may have overtaken this answer; then the event is the newer of the two.
		if (!held || held.stamp === LOCAL) this.#show({ reason: null, ...item }, this.#app.session.seq + 1);
	}

	/** It stays until the operator has dropped it, edited it or sent it again, whatever is opened or reloaded. */
	#rejected(reply, why) {
		if (!this.#kept.get(reply.ref)) return; // another tab has heard more
		const rejected = { ...reply, state: 'rejected', ...why };
		this.#kept.put(rejected);
		this.#show(rejected);
	}

	/** What the server says of a reply: a finished one is let go, others follow its state. */
	#settle(item) {
		const kept = this.#kept.get(item.ref);
		if (!kept) return;
		if (isFinished(item)) this.#kept.remove(item.ref);
		else this.#kept.put({ ...kept, state: item.state });
	}

	/** Draws what other tabs have sent, been refused or let go. */
	#followOthers() {
		for (const [chatId, thread] of this.#app.state.threads) {
			for (const [ref, { state }] of thread.outbox) if (OURS.has(state) && !this.#kept.get(ref)) thread.outbox.delete(ref);
			this.addTo(chatId, thread);
		}
		this.#app.changed();
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

	/** Also false where another tab has heard of its end, and where another operator is at work now. */
	#isToPost(ref) {
		const kept = this.#kept.get(ref);
		return kept !== null && kept.state !== 'rejected';
	}

	#forgetFile(ref) {
		const held = this.fileOf(ref);
		if (held) URL.revokeObjectURL(held.url);
		this.#files.delete(ref);
	}
}
