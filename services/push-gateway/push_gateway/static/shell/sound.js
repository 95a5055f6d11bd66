/** The bell: two soft notes made by WebAudio, loud enough for an office. */

const NOTES = [[880, 0, 0.35], [1318.5, 0.14, 0.6]]; // pitch, start, length
const BLOCKED_AFTER_MS = 400;

export class Bell {
	#context = new AudioContext();
	#onBlocked;

	/** `onBlocked` hears after each try whether the browser kept it silent, `onSounds` whenever that changes. */
	constructor(onBlocked, onSounds) {
		this.#onBlocked = onBlocked;
		const tell = () => onSounds(this.#context.state === 'running');
		this.#context.onstatechange = tell;
		tell();
		// Browsers allow sound only after the person has touched the page.
		for (const touch of ['pointerdown', 'keydown']) addEventListener(touch, () => this.#wake(), { passive: true });
	}

	/** Rings at `volume` (0 to 1). False when the browser did not let it sound. */
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
