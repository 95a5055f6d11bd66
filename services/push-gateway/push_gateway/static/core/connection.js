/** Heartbeat, pauses between attempts, polling without a connection. Times are in ms. */
const S = 1000;
const PING_EVERY = 20 * S;
const SILENCE_IS_DEATH = 45 * S;
const PROBE_WITHIN = 5 * S;
const CANARY_LATE = 8 * S;
const BEHIND_IS_SEEN = 1.5 * S;
const BEHIND_IS_A_GAP = 4 * S;
const POLL_EVERY = 30 * S;
const STEADY = 10 * S;
const SLOWEST_RETRY = 30 * S;
const RETRY_WHEN_REFUSED = 300 * S;
const TRIES_BEFORE_POLLING = 3;

export const CLOSE = { login: 4401, origin: 4403, slow: 4408, restarting: 1012, redisAway: 1013 };

/** Signs of life of an open connection. */
export class Heartbeat {
	#heardAt;
	#pingAt;
	#canaryAt;
	#probeEnds = null;
	#behindSince = null;

	opened(now) {
		this.#behindSince = null;
		this.#canaryAt = now;
		this.#pingAt = now + PING_EVERY;
	}

	closed() {
		this.#probeEnds = null;
	}

	heard(now) {
		this.#heardAt = now;
		this.#probeEnds = null;
	}

	caughtUp() {
		this.#behindSince = null;
	}

	/** The gateway told its head. True: events are missing too long. */
	canary(now, isBehind) {
		this.#canaryAt = now;
		this.#behindSince = isBehind ? this.#behindSince ?? now : null;
		return this.#isBehind(now, BEHIND_IS_A_GAP);
	}

	/** True if a probe begins now: an answer must come soon. */
	probe(now) {
		if (this.#probeEnds !== null) return false;
		this.#probeEnds = now + PROBE_WITHIN;
		return true;
	}

	isQuiet = (now) => now - this.#heardAt > PROBE_WITHIN;

	isDead = (now) => now >= this.#deadAt;

	/** True if a ping is due; it counts as sent. */
	pings(now) {
		if (now < this.#pingAt) return false;
		this.#pingAt = now + PING_EVERY;
		return true;
	}

	isCurrent = (now) =>
		this.#probeEnds === null && now - this.#canaryAt < CANARY_LATE && !this.#isBehind(now, BEHIND_IS_SEEN);

	nextAt(now) {
		const late = this.#canaryAt + CANARY_LATE;
		return Math.min(this.#pingAt, this.#deadAt, late > now ? late : Infinity);
	}

	get #deadAt() {
		return this.#probeEnds ?? this.#heardAt + SILENCE_IS_DEATH;
	}

	#isBehind(now, ms) {
		return this.#behindSince !== null && now - this.#behindSince >= ms;
	}
}

/** A pause after so many tries: doubled by each up to `most`; `chance` takes off up to a half. */
export const backoff = (tries, chance, { first, most, least = 0 }) =>
	Math.max(least, Math.min(most, first * 2 ** tries)) * (0.5 + chance / 2);

/** Pauses between attempts to connect; short again after a connection that held. */
export class Retries {
	#attempt = 0;
	#chance;

	constructor(chance) {
		this.#chance = chance;
	}

	get isExhausted() {
		return this.#attempt >= TRIES_BEFORE_POLLING;
	}

	/** The pause after a close; `held`: how long the connection was open. */
	next(code, held) {
		if (held >= STEADY) this.#attempt = 0;
		else if (held > 0) this.#attempt = Math.min(this.#attempt, 1);
		if (code === CLOSE.slow && held >= S) return 0;
		if (code === CLOSE.origin) return RETRY_WHEN_REFUSED;
		const attempt = this.#attempt++;
		const away = code === CLOSE.redisAway;
		if (code === CLOSE.restarting || (held > 0 && !attempt && !away)) return this.#chance() * 3 * S; // all come back
		return backoff(attempt, this.#chance(), { first: S, most: SLOWEST_RETRY, least: away ? 2 * S : 0 });
	}
}

/** Polling while there is no connection. */
export class Polling {
	isOn = false;
	isAnswered = false;
	isBehind = false; // there is more
	#pending = false;
	#dueAt = Infinity;

	start() {
		this.isOn = true;
		this.isAnswered = false;
	}

	stop() {
		this.isOn = false;
		this.#dueAt = Infinity;
	}

	asked() {
		this.#pending = true;
	}

	/** False if polling has stopped meanwhile. */
	answered(now) {
		this.#pending = false;
		if (!this.isOn) return false;
		this.isAnswered = true;
		this.isBehind = false;
		this.#dueAt = now + POLL_EVERY;
		return true;
	}

	fallBehind(now) {
		this.isBehind = true;
		this.#dueAt = now;
	}

	failed(now, retryAfter) {
		this.#pending = this.isAnswered = false;
		this.#dueAt = now + Math.max(POLL_EVERY, (retryAfter ?? 0) * S);
	}

	hasten(now) {
		this.#dueAt = Math.min(this.#dueAt, now);
	}

	/** When the next request is due; Infinity while one is under way. */
	get dueAt() {
		return this.#pending ? Infinity : this.#dueAt;
	}
}
