/** One voice message at a time, each start with a fresh link. */
import { voiceUrl } from './api.js';

const SPEEDS = [1, 1.5, 2];

export class Player {
	state = { id: null, playing: false, at: 0, length: 0, speed: 1, failed: false };
	#audio = new Audio();
	#onChange;

	constructor(onChange) {
		this.#onChange = onChange;
		const audio = this.#audio;
		audio.ontimeupdate = () => this.#set({ at: audio.currentTime });
		audio.ondurationchange = () => Number.isFinite(audio.duration) && this.#set({ length: audio.duration });
		audio.onpause = () => this.#set({ playing: false });
		audio.onplay = () => this.#set({ playing: true, failed: false });
		audio.onended = () => this.#set({ playing: false, at: 0 });
		audio.onerror = () => this.#set({ playing: false, failed: true });
	}

	toggle(id) {
		const { state } = this;
		const audio = this.#audio;
		if (state.playing && state.id === id) return audio.pause();
		if (state.id !== id) this.#set({ id, at: 0, length: 0 });
		const from = state.at;
		audio.src = voiceUrl(id, Date.now());
		audio.playbackRate = state.speed;
		audio.currentTime = from;
		audio.play().catch((error) => error.name !== 'AbortError' && this.#set({ playing: false, failed: true }));
	}

	seek(seconds) {
		this.#audio.currentTime = seconds;
		this.#set({ at: seconds });
	}

	nextSpeed() {
		const speed = SPEEDS[(SPEEDS.indexOf(this.state.speed) + 1) % SPEEDS.length];
		this.#audio.playbackRate = speed;
		this.#set({ speed });
	}

	#set(changes) {
		Object.assign(this.state, changes);
		this.#onChange();
	}
}
