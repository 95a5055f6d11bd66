/** One voice message at a time, each start with a fresh link. */
import { BASE } from './gateway.js';

const voiceUrl = (id, now) => new URL(`api/voice/${encodeURIComponent(id)}?t=${now}`, BASE).href;

export class Player {
	state = { id: null, playing: false, at: 0, length: 0, failed: false };
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
		audio.currentTime = from;
		audio.play().catch((error) => error.name !== 'AbortError' && this.#set({ playing: false, failed: true }));
	}

	seek(seconds) {
		this.#audio.currentTime = seconds;
		this.#set({ at: seconds });
	}

	#set(changes) {
		Object.assign(this.state, changes);
		this.#onChange();
	}
}
