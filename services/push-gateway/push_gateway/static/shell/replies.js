/** Hands replies to the gateway, in order within a chat, and loses none. */
import { LOCAL_STATES, afterRefusal, isFinished, newReply, openThread, putOutbox, stepFor } from '../core/store.js';
import { ApiError, makeRef, operator, postText } from './gateway.js';
import { KeptReplies, giveBack } from './storage.js';

const LOCAL = -1; // of this browser alone: what the server says is newer
const LEFT_BEHIND_S = 30; // the tab that cared for a reply is closed by then
const TAKE_BACK_AGAIN_S = 30;

const fetched = (module) => module.catch(() => {
	throw new ApiError(0); // tried again, as without an answer
});
const unsent = () => fetched(import('./unsent.js'));

export class Replies {
	#app;
	#kept = new KeptReplies(() => this.#followOthers());
	#queues = new Map(); // chat id → when the next reply may go
	#queued = new Set(); // refs that this tab cares for
	#wakers = new Set();

	constructor(app) {
		this.#app = app;
	}

	sendText(chatId, text) {
		this.#start({ chatId, text });
	}

	sendPicture(chatId, file, url) {
		const ref = makeRef();
		this.#kept.putFile(ref, file, url);
		this.#start({ chatId, text: '', kind: 'image', ref });
	}

	/** Goes on with what may not have arrived. */
	repost() {
		for (const reply of this.#kept.all()) this.#carryOn(reply);
	}

	/** Goes on with what a closed tab has left. */
	takeUp() {
		const before = this.#app.now() - LEFT_BEHIND_S;
		for (const reply of this.#kept.all()) if (LOCAL_STATES.has(reply.state) && reply.at < before) this.#carryOn(reply);
	}

	wake() {
		for (const waker of this.#wakers) waker();
	}

	settled(item) {
		if (item.state === 'sent') this.#kept.removeFile(item.ref);
		const kept = this.#kept.get(item.ref);
		if (!kept) return;
		if (kept.state === 'withdrawn') this.#settleTakenBack(kept, item);
		else if (item.state === 'cancelled') this.#giveBack(kept);
		else if (isFinished(item)) this.#kept.remove(item.ref);
		else this.#kept.put({ ...kept, state: item.state });
	}

	addTo(chatId, thread) {
		for (const reply of this.#kept.all()) {
			if (reply.chat_id === chatId && LOCAL_STATES.has(reply.state)) this.#put(thread, reply);
		}
	}

	/** The first unsent reply of a chat that the operator must decide on. */
	rejectedIn = (chatId) => this.#kept.all().find((one) => one.chat_id === chatId && one.state === 'rejected');

	/** Takes a reply back, at the server if it may have arrived. */
	cancel(item) {
		const kept = this.#kept.get(item.ref);
		if (!LOCAL_STATES.has(item.state)) return this.#cancelAtServer(item);
		if (kept?.state !== 'posting') return null;
		if (!kept.tried) return this.#giveBack(kept);
		this.#change(kept, 'withdrawn');
		this.#enqueue({ ...kept, state: 'withdrawn' });
		return this.wake();
	}

	drop({ ref, chat_id: chatId }) {
		this.#kept.remove(ref);
		openThread(this.#app.state, chatId).outbox.delete(ref);
		this.#app.changed();
	}

	fileOf = (ref) => this.#kept.fileOf(ref);
	holdsPictures = () => this.#kept.holdsPictures();

	#start(parts) {
		const reply = newReply({ ref: makeRef(), by: operator(), at: this.#app.now(), seen: this.#app.session.place, ...parts });
		this.#kept.put(reply);
		this.#show(reply);
		this.#enqueue(reply);
	}

	#carryOn(reply) {
		const step = stepFor(reply, this.#app.now());
		if (step) this.#enqueue(reply, step === 'look');
	}

	#enqueue(reply, isOld = false) {
		if (this.#queued.has(reply.ref)) return;
		this.#queued.add(reply.ref);
		const takesBack = reply.state === 'withdrawn';
		const before = takesBack ? null : this.#queues.get(reply.chat_id); // taking back does not wait
		const work = Promise.resolve(before).then(() => this.#care(reply.ref, isOld)).finally(() => this.#queued.delete(reply.ref));
		if (!takesBack) this.#queues.set(reply.chat_id, work);
	}

	/** Tries until the server answers, another tab knows more, or another operator is at work. */
	async #care(ref, isOld) {
		for (let tries = 0; ; tries += 1) {
			const kept = this.#kept.get(ref);
			if (!kept || kept.state === 'rejected') return;
			const takesBack = kept.state === 'withdrawn';
			try {
				if (takesBack) return this.#tookBack(kept, await (await unsent()).takeBack(ref));
				if (isOld) return this.#looked(kept, await (await unsent()).look(ref));
				if (this.#taken(await this.#attempt(kept))) return;
			} catch (error) {
				this.#app.refused(error);
				if (error.status === 401 || error.code === 'other_operator') return; // goes on after the login
				const { again = TAKE_BACK_AGAIN_S, failed } = afterRefusal(error, tries, Math.random());
				if (failed !== undefined && !takesBack) return this.#refused(kept, failed);
				this.#waits(kept, error);
				await this.#pause(again * 1000);
			}
		}
	}

	async #attempt(kept) {
		const { chat_id: chatId, kind, text, ref, seen } = kept;
		if (!kept.tried) this.#kept.put({ ...kept, tried: true });
		if (kind === 'text') return postText(chatId, text, ref, seen);
		const { postImage } = await unsent();
		const held = this.fileOf(ref);
		return postImage(chatId, held.file, ref, seen, (share) => {
			held.share = share;
			this.#app.schedule();
		});
	}

	/** False if it was withdrawn meanwhile and is to be taken back. */
	#taken(item) {
		this.#app.link.tell('wake'); // the server answers
		if (this.#kept.get(item.ref)?.state === 'withdrawn') return false;
		const held = openThread(this.#app.state, item.chat_id).outbox.get(item.ref);
		this.settled(item);
		// An event that has overtaken this answer is newer.
		if (!held || held.stamp === LOCAL) this.#show({ reason: null, ...item }, this.#app.session.seq + 1);
		return true;
	}

	/** An old reply that never arrived (null) is not sent without asking. */
	#looked(kept, item) {
		if (item) this.settled(item);
		else this.#change(kept, 'rejected', { code: 'stale' });
	}

	#tookBack(kept, item) {
		if (!this.#kept.get(kept.ref)) return; // an event has told
		if (item.state === 'cancelled') this.#giveBack(kept);
		else this.#tooLate(kept, item);
	}

	#settleTakenBack(kept, item) {
		if (item.state === 'sent') this.#tooLate(kept, item);
		else if (item.state === 'cancelled') this.#giveBack(kept);
		else {
			this.#enqueue(kept);
			this.wake();
		}
	}

	#tooLate(kept, item) {
		this.#kept.remove(kept.ref);
		this.#app.failed(new ApiError(409, '', 'wrong_state'));
		this.#show(item, this.#app.session.seq + 1);
	}

	/** Back into the field, or to the unsent ones if another text is there. */
	#giveBack(kept) {
		const { chat_id: chatId, ref, kind, text } = kept;
		if (kind !== 'text') this.#app.attach(chatId, [...this.#app.pictures(chatId), this.fileOf(ref)]);
		else if (!giveBack(chatId, text)) {
			this.#change({ ...kept, ref: makeRef() }, 'rejected', { code: 'taken_back' });
		}
		this.drop(kept);
	}

	async #cancelAtServer(item) {
		try {
			this.#show(await (await unsent()).cancel(item.ref)); // at once: it must not be pressed twice
		} catch (error) {
			return this.#app.failed(error);
		}
		const kept = this.#kept.get(item.ref);
		if (kept) this.#giveBack(kept);
		else if (item.by === operator() && item.kind === 'text') giveBack(item.chat_id, item.text); // written in another browser
		return this.#app.changed();
	}

	#refused(kept, why) {
		if (!this.#kept.get(kept.ref)) return; // another tab has heard more
		if (this.#kept.get(kept.ref).state === 'withdrawn') this.#giveBack(kept);
		else this.#change(kept, 'rejected', why);
	}

	#change(kept, state, more = {}) {
		const reply = { ...kept, ...more, state };
		this.#kept.put(reply);
		this.#show(reply);
	}

	#waits(kept, error) {
		if (this.#kept.get(kept.ref)?.state !== 'posting') return;
		this.#show({ ...kept, reason: this.#app.t(error.status === 429 ? 'reply.slowDown' : 'reply.noServer') });
	}

	#show(reply, stamp) {
		this.#put(openThread(this.#app.state, reply.chat_id), reply, stamp);
		this.#app.changed();
	}

	/** What this browser decides is as of what the server has said so far. */
	#put(thread, reply, stamp = thread.outbox.get(reply.ref)?.stamp ?? LOCAL) {
		putOutbox(thread, reply, stamp);
	}

	#followOthers() {
		for (const [chatId, thread] of this.#app.state.threads) {
			for (const [ref, { state }] of thread.outbox) if (LOCAL_STATES.has(state) && !this.#kept.get(ref)) thread.outbox.delete(ref);
			this.addTo(chatId, thread);
		}
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
}
