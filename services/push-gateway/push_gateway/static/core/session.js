/**
 * Keeps one panel in step with the gateway. Knows no socket and no clock: each input carries the time
 * in ms; what is to be done is drained from `actions()`.
 */
const S = 1000;
const PING_EVERY = 20 * S;
const SILENCE_IS_DEATH = 45 * S;
const CANARY_LATE = 8 * S;
const HELLO_WITHIN = 10 * S;
const PROBE_WITHIN = 5 * S;
const POLL_EVERY = 30 * S;
const DOWN_IS_OFFLINE = 10 * S;
const BEHIND_IS_SEEN = 1.5 * S;
const BEHIND_IS_A_GAP = 4 * S;
const STEADY = 10 * S;
const SLOWEST_RETRY = 30 * S;
const RETRY_WHEN_REFUSED = 300 * S;
const TRIES_BEFORE_POLLING = 3;

const CLOSE = { login: 4401, origin: 4403, slow: 4408, restarting: 1012, redisAway: 1013 };

export class Session {
	phase = 'idle'; // connecting, greeting, open, waiting, stopped
	epoch = null;
	seq = 0;
	hello = null;
	mode = null;
	reason = null;
	code = null;
	detail = null;
	polling = false;
	#actions = [];
	#chance;
	#link = 'live';
	#reloading = false;
	#refused = false;
	#online = true;
	#pollOk = false;
	#pollPending = false;
	#trailing = false; // a poll brought a part of what there is
	#pollAt = Infinity;
	#viewing = null;
	#attempt = 0;
	#downSince = null;
	#deadline = Infinity;
	#gapTried = null;
	#behindSince = null;
	#probeEnds = null;

	/** `chance` gives numbers in [0, 1) for the jitter of reconnects. */
	constructor({ chance = Math.random } = {}) {
		this.#chance = chance;
	}

	/** What the shell must do now, in order; each is handed out once. */
	actions() {
		return this.#actions.splice(0);
	}

	/** What is on the screen, as a reply tells it; undefined before anything is. */
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
		this.heardAt = now;
		this.#probeEnds = null;
		if (type === 'hello') this.#greeted(now, frame);
		else if (type === 'canary') this.#canary(now, frame.seq);
		else if (type === 'link') this.#link = frame.state;
		else if (Number.isInteger(frame.seq)) this.#event(now, frame);
		else if (type !== 'pong') this.#do('apply', { event: frame });
	}

	closed(now, code) {
		if (['stopped', 'waiting', 'idle'].includes(this.phase)) return;
		if (code === CLOSE.login) return this.#stop();
		this.#refused = code === CLOSE.origin;
		this.#deadline = now + this.#delay(now, code);
		this.#downSince ??= now;
		this.#probeEnds = null;
		this.phase = 'waiting';
		if (this.#refused || this.#attempt >= TRIES_BEFORE_POLLING) this.#startPolling(now);
	}

	polled(now, answer) {
		this.#pollPending = false;
		if (!this.polling) return;
		this.#pollOk = true;
		this.#trailing = false;
		this.#pollAt = now + POLL_EVERY;
		if (!answer.recovered || answer.epoch !== this.epoch) return this.#reload(answer);
		for (const event of answer.events) if (event.seq > this.seq) this.#apply(event);
		this.seq = Math.max(this.seq, answer.seq);
		if (answer.seq < (answer.head ?? answer.seq)) {
			this.#trailing = true;
			this.#pollAt = now;
		}
	}

	/** `status` 0: nothing answered. `retryAfter` in seconds. */
	pollFailed(now, status, retryAfter) {
		this.#pollPending = this.#pollOk = false;
		if (status === 401) return this.#stop();
		this.#pollAt = now + Math.max(POLL_EVERY, (retryAfter ?? 0) * S);
	}

	reloaded(now) {
		this.#reloading = false;
	}

	wake(now) {
		this.#online = true;
		if (this.phase === 'waiting') this.#connect(now);
		else if (this.phase === 'open' && now - this.heardAt > PROBE_WITHIN) this.#probe(now);
		if (this.polling) this.#pollAt = Math.min(this.#pollAt, now);
		this.tick(now);
	}

	/** The browser says that the network is gone. The socket is asked, not believed. */
	lost(now) {
		this.#online = false;
		if (this.phase === 'open') this.#probe(now);
	}

	/** Tells the gateway `viewing` or `typing` (chat id or null) or `shown` (seq), if it can be told. */
	say(now, type, value) {
		if (type === 'viewing') this.#viewing = value;
		this.#send(type === 'shown' ? { type, seq: value } : { type, chat_id: value });
	}

	/** Does what has become due. Harmless at any time. */
	tick(now) {
		if (this.phase === 'open') this.#beat(now);
		else if (this.phase === 'waiting' && now >= this.#deadline) this.#connect(now);
		else if (now >= this.#deadline && this.phase !== 'stopped') this.#giveUp(now);
		if (this.polling && !this.#pollPending && now >= this.#pollAt) this.#poll();
		const down = this.#downSince !== null && now - this.#downSince >= DOWN_IS_OFFLINE;
		if (down && !this.polling) this.#startPolling(now);
	}

	/** When `tick` is due or the light could change by itself. */
	nextAt(now) {
		if (this.phase === 'stopped' || this.phase === 'idle') return Infinity;
		if (this.phase === 'open') {
			const late = this.canaryAt + CANARY_LATE;
			const dead = this.#probeEnds ?? this.heardAt + SILENCE_IS_DEATH;
			return Math.min(this.pingAt, dead, late > now ? late : Infinity);
		}
		const poll = this.#pollPending ? Infinity : this.#pollAt;
		return Math.min(this.#deadline, poll, this.polling ? Infinity : this.#downSince + DOWN_IS_OFFLINE);
	}

	/** What may be said: `live`, `catching-up`, `polling` (`by` whom) or `offline`. */
	light(now) {
		const say = (live, by = null) => ({ live, by });
		if (this.phase === 'stopped') return say('offline');
		if (this.phase === 'open') {
			if (!this.#current(now)) return say('catching-up');
			return this.mode === 'polling' ? say('polling', 'server') : say('live');
		}
		if (!this.#online) return say('offline');
		if (this.#reloading || (this.polling && this.#pollOk && this.#trailing)) return say('catching-up');
		if (this.polling && this.#pollOk) return say('polling', this.#refused ? 'origin' : 'browser');
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
		this.#gapTried = this.#behindSince = null;
	}

	#connect(now) {
		this.phase = 'connecting';
		this.#deadline = now + HELLO_WITHIN;
		this.#do('connect', { epoch: this.epoch, seq: this.seq });
	}

	#greeted(now, hello) {
		if (this.phase !== 'open') this.openedAt = now;
		this.phase = 'open';
		this.hello = hello;
		this.#setMode(hello);
		this.polling = this.#refused = false;
		this.#link = 'live';
		this.#pollAt = this.#deadline = Infinity;
		this.#downSince = this.#behindSince = null;
		this.canaryAt = now;
		this.pingAt = now + PING_EVERY;
		this.#do('hello', { hello });
		if (!hello.recovered || hello.epoch !== this.epoch) this.#reload(hello);
		if (this.#viewing !== null) this.say(now, 'viewing', this.#viewing);
	}

	#setMode({ mode, reason, code, detail }) {
		Object.assign(this, { mode, reason, code, detail });
	}

	#reload({ epoch, seq }) {
		this.#moveTo({ epoch, seq });
		this.#reloading = true;
		this.#do('reload', { epoch, seq });
	}

	#event(now, event) {
		if (event.seq <= this.seq) return;
		// Numbers have no holes: one that is missing was lost on the way.
		if (event.seq > this.seq + 1 && this.#recover(now, event.seq - 1)) return;
		this.#apply(event);
	}

	#apply(event) {
		this.seq = event.seq;
		this.#behindSince = null;
		if (event.type === 'mode') this.#setMode(event);
		this.#do('apply', { event });
	}

	#canary(now, head) {
		this.canaryAt = now;
		this.#behindSince = head > this.seq ? this.#behindSince ?? now : null;
		if (this.#behind(now, BEHIND_IS_A_GAP)) this.#recover(now, head);
	}

	#behind(now, ms) {
		return this.#behindSince !== null && now - this.#behindSince >= ms;
	}

	#current(now) {
		if (this.#reloading || this.#probeEnds !== null || this.#link === 'catching_up') return false;
		return now - this.canaryAt < CANARY_LATE && !this.#behind(now, BEHIND_IS_SEEN);
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
		if (this.#probeEnds !== null) return;
		this.#probeEnds = now + PROBE_WITHIN;
		this.#send({ type: 'ping' });
	}

	#beat(now) {
		if (now >= (this.#probeEnds ?? this.heardAt + SILENCE_IS_DEATH)) return this.#giveUp(now);
		if (now < this.pingAt) return;
		this.pingAt = now + PING_EVERY;
		this.#send({ type: 'ping' });
	}

	#giveUp(now) {
		this.#do('close');
		this.closed(now, 1006);
	}

	#delay(now, code) {
		const held = this.phase === 'open' ? now - this.openedAt : 0;
		if (held >= STEADY) this.#attempt = 0;
		else if (held > 0) this.#attempt = Math.min(this.#attempt, 1);
		if (code === CLOSE.slow && held >= S) return 0;
		if (code === CLOSE.origin) return RETRY_WHEN_REFUSED;
		const backoff = Math.min(SLOWEST_RETRY, S * 2 ** this.#attempt);
		this.#attempt += 1;
		if (code === CLOSE.restarting) return this.#chance() * 3 * S;
		const least = code === CLOSE.redisAway ? 2 * S : 0;
		return Math.max(least, backoff) * (0.5 + this.#chance() / 2);
	}

	#startPolling(now) {
		if (this.polling) return;
		this.polling = true;
		this.#pollOk = false;
		this.#poll();
	}

	#poll() {
		this.#pollPending = true;
		this.#do('poll', { epoch: this.epoch, seq: this.seq });
	}

	#stop() {
		this.phase = 'stopped';
		this.polling = false;
		this.#do('login');
	}
}
