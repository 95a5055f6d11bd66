/** Keeps a panel in step with the gateway. Inputs carry the time in ms, `actions()` says what to do. */
import { CLOSE, Heartbeat, Polling, Retries } from './connection.js';

const S = 1000;
const HELLO_WITHIN = 10 * S;
const DOWN_IS_OFFLINE = 10 * S;

export class Session {
	phase = 'idle'; // connecting, greeting, open, waiting, stopped
	epoch = null;
	seq = 0;
	hello = null;
	mode = null; // with its reason, code and detail
	refusal = null; // why the server stores nothing new
	#actions = [];
	#retries;
	#heartbeat = new Heartbeat();
	#polling = new Polling();
	#link = 'live';
	#reloading = false;
	#refused = false;
	#online = true;
	#viewing = null;
	#downSince = null;
	#openedAt = null;
	#deadline = Infinity;
	#gapTried = null;

	constructor({ chance = Math.random } = {}) {
		this.#retries = new Retries(chance);
	}

	/** What must be done now, in order; each is returned once. */
	actions() {
		return this.#actions.splice(0);
	}

	/** What is on the screen, as replies tell it; undefined before anything is. */
	get place() {
		return this.seq ? { seen: this.seq, epoch: this.epoch } : undefined;
	}

	/** `cursor`: `{epoch, seq}` of a REST answer, or null to be told the head. */
	start(now, cursor) {
		if (cursor) this.#moveTo(cursor);
		this.#downSince = now;
		this.#connect(now);
	}

	opened(now) {
		if (this.phase === 'connecting') this.phase = 'greeting';
	}

	frame(now, frame) {
		const { type } = frame;
		if (this.phase !== 'open' && type !== 'hello') return;
		this.#heartbeat.heard(now);
		if (type === 'hello') this.#greeted(now, frame);
		else if (type === 'canary') {
			if (this.#heartbeat.canary(now, frame.seq > this.seq)) this.#recover(now, frame.seq);
		} else if (type === 'link') this.#setLink(frame);
		else if (Number.isInteger(frame.seq)) this.#event(now, frame);
		else if (type !== 'pong') this.#do('apply', { event: frame });
	}

	closed(now, code) {
		if (['stopped', 'waiting', 'idle'].includes(this.phase)) return;
		if (code === CLOSE.login) return this.#stop();
		this.#refused = code === CLOSE.origin;
		this.#deadline = now + this.#retries.next(code, this.phase === 'open' ? now - this.#openedAt : 0);
		this.#downSince ??= now;
		this.#heartbeat.closed();
		this.phase = 'waiting';
		if (this.#refused || this.#retries.isExhausted) this.#startPolling();
	}

	polled(now, answer) {
		if (!this.#polling.answered(now)) return;
		if (!answer.recovered || answer.epoch !== this.epoch) return this.#reload(answer);
		for (const event of answer.events) if (event.seq > this.seq) this.#apply(event);
		this.seq = Math.max(this.seq, answer.seq);
		if (answer.seq < (answer.head ?? answer.seq)) this.#polling.fallBehind(now);
	}

	/** `status` 0: nothing answered. `retryAfter` in seconds. */
	pollFailed(now, status, retryAfter) {
		this.#polling.failed(now, retryAfter);
		if (status === 401) this.#stop();
	}

	reloaded(now) {
		this.#reloading = false;
	}

	wake(now) {
		this.#online = true;
		if (this.phase === 'waiting') this.#connect(now);
		else if (this.phase === 'open' && this.#heartbeat.isQuiet(now)) this.#probe(now);
		if (this.#polling.isOn) this.#polling.hasten(now);
		this.tick(now);
	}

	/** The browser says that the network is gone; the socket may know better. */
	lost(now) {
		this.#online = false;
		if (this.phase === 'open') this.#probe(now);
	}

	/** Tells the gateway `viewing` or `typing` (chat id or null) or `shown` (seq), if connected. */
	say(now, type, value) {
		if (type === 'viewing') this.#viewing = value;
		this.#send(type === 'shown' ? { type, seq: value } : { type, chat_id: value });
	}

	tick(now) {
		if (this.phase === 'open') this.#beat(now);
		else if (this.phase === 'waiting' && now >= this.#deadline) this.#connect(now);
		else if (now >= this.#deadline && this.phase !== 'stopped') this.#giveUp(now);
		if (this.#polling.isOn && now >= this.#polling.dueAt) this.#poll();
		if (this.#downSince !== null && now - this.#downSince >= DOWN_IS_OFFLINE) this.#startPolling();
	}

	nextAt(now) {
		if (this.phase === 'stopped' || this.phase === 'idle') return Infinity;
		if (this.phase === 'open') return this.#heartbeat.nextAt(now);
		return Math.min(this.#deadline, this.#polling.dueAt, this.#polling.isOn ? Infinity : this.#downSince + DOWN_IS_OFFLINE);
	}

	/** What the panel may claim: `live`, `catching-up`, `polling` (`by` server, browser or origin) or `offline`. */
	light(now) {
		const say = (live, by = null) => ({ live, by });
		if (this.phase === 'stopped') return say('offline');
		if (this.phase === 'open') {
			const isCurrent = !this.#reloading && this.#link !== 'catching_up' && this.#heartbeat.isCurrent(now);
			if (!isCurrent) return say('catching-up');
			return this.mode === 'polling' ? say('polling', 'server') : say('live');
		}
		if (!this.#online) return say('offline');
		const polls = this.#polling.isOn && this.#polling.isAnswered;
		if (this.#reloading || (polls && this.#polling.isBehind)) return say('catching-up');
		if (polls) return say('polling', this.#refused ? 'origin' : 'browser');
		const justNow = this.#downSince !== null && now - this.#downSince < DOWN_IS_OFFLINE;
		return say(justNow ? 'catching-up' : 'offline');
	}

	#do(what, more) {
		this.#actions.push({ do: what, ...more });
	}

	#send(frame) {
		if (this.phase === 'open') this.#do('send', { frame });
	}

	#moveTo({ epoch, seq }) {
		this.epoch = epoch;
		this.seq = seq;
		this.#gapTried = null;
		this.#heartbeat.caughtUp();
	}

	#connect(now) {
		this.phase = 'connecting';
		this.#deadline = now + HELLO_WITHIN;
		this.#do('connect', { epoch: this.epoch, seq: this.seq });
	}

	#greeted(now, hello) {
		if (this.phase !== 'open') this.#openedAt = now;
		this.phase = 'open';
		this.hello = hello;
		this.#setMode(hello);
		this.#refused = false;
		this.#polling.stop();
		this.#setLink({ state: 'live' });
		this.#deadline = Infinity;
		this.#downSince = null;
		this.#heartbeat.opened(now);
		this.#do('hello', { hello });
		if (!hello.recovered || hello.epoch !== this.epoch) this.#reload(hello);
		if (this.#viewing !== null) this.say(now, 'viewing', this.#viewing);
	}

	#setMode({ mode, reason, code, detail }) {
		Object.assign(this, { mode, reason, code, detail });
	}

	#setLink({ state, code = null }) {
		this.#link = state;
		this.refusal = code;
	}

	#reload({ epoch, seq }) {
		this.#moveTo({ epoch, seq });
		this.#reloading = true;
		this.#do('reload', { epoch, seq });
	}

	#event(now, event) {
		if (event.seq <= this.seq) return;
		// Numbers have no holes: a missing one was lost.
		if (event.seq > this.seq + 1 && this.#recover(now, event.seq - 1)) return;
		this.#apply(event);
	}

	#apply(event) {
		this.seq = event.seq;
		this.#heartbeat.caughtUp();
		if (event.type === 'mode') this.#setMode(event);
		this.#do('apply', { event });
	}

	/** Fetches what is missing up to `head`: first by resuming (true), then by reading all again. */
	#recover(now, head) {
		if (this.#gapTried === this.seq) {
			this.#reload({ epoch: this.epoch, seq: head });
			return false;
		}
		this.#gapTried = this.seq;
		this.#do('close');
		this.#downSince = now;
		this.#connect(now);
		return true;
	}

	#probe(now) {
		if (this.#heartbeat.probe(now)) this.#send({ type: 'ping' });
	}

	#beat(now) {
		if (this.#heartbeat.isDead(now)) this.#giveUp(now);
		else if (this.#heartbeat.pings(now)) this.#send({ type: 'ping' });
	}

	#giveUp(now) {
		this.#do('close');
		this.closed(now, 1006);
	}

	#startPolling() {
		if (this.#polling.isOn) return;
		this.#polling.start();
		this.#poll();
	}

	#poll() {
		this.#polling.asked();
		this.#do('poll', { epoch: this.epoch, seq: this.seq });
	}

	#stop() {
		this.phase = 'stopped';
		this.#polling.stop();
		this.#do('login');
	}
}
