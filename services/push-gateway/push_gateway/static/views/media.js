/** Pictures and voice: in a bubble, there while they are sent, and below the composer. */
import { plain } from '../core/format.js';
import { pickPicture } from '../core/links.js';
import { contentOf } from '../core/messages.js';
import { BASE } from '../shell/gateway.js';
import { elsewhere } from './kinds.js';
import { LAZY, html, live, nothing, tool, when } from './parts.js';

const gone = new Set(); // addresses under which there is no picture

export function image(app, message) {
	const held = contentOf(message).image;
	const sizes = held?.sizes ?? held;
	const small = pickPicture(sizes, 480);
	if (!small || gone.has(small.url)) return elsewhere(app, message);
	const lost = () => {
		gone.add(small.url);
		app.schedule();
	};
	const { url } = pickPicture(sizes, Infinity);
	return html`
		<button class="photo" aria-label=${app.t('image.enlarge')} @click=${() => app.do.showDialog({ kind: 'picture', url })}>
			<img src=${small.url} alt=${app.t('type.image')} loading="lazy" referrerpolicy="no-referrer" @error=${lost}
				width=${small.width || nothing} height=${small.height || nothing}></button>`;
}

export const attached = ({ t, do: act }, pictures) => html`
	<ul class="attached">${pictures.map((one) => html`
		<li><img src=${one.url} alt=${one.file.name}>
			${tool('close', t('composer.unattach', { name: one.file.name }), () => act.unattach(one))}</li>`)}</ul>`;

export function sentPicture({ t, replies }, { ref }) {
	const { url, share = 1 } = replies.fileOf(ref) ?? {};
	return html`
		${url ? html`<span class="photo"><img src=${url} alt=${t('type.image')}></span>` : html`<p class="quiet">${t('type.image')}</p>`}
		${when(share < 1, () => html`<progress max="1" .value=${share} aria-label=${t('reply.uploading')}></progress>`)}`;
}

const LARGEST = 24 * 1024 * 1024;
const STARTS = /^(\xff\xd8\xff|\x89PNG|GIF8|BM|.{4}ftyp(hei|hev|mif1|msf1))/s; // the last is HEIC

/** Null when fine, else the key of the words that say why not. `head`: the first 12 bytes. */
export function pictureProblem(size, head) {
	if (size > LARGEST) return 'picture.large';
	return STARTS.test(String.fromCharCode(...head)) ? null : 'picture.kind';
}

export async function attach(app, chatId, files) {
	const refused = [];
	for (const file of files) {
		const problem = pictureProblem(file.size, new Uint8Array(await file.slice(0, 12).arrayBuffer()));
		if (problem) refused.push([problem, { name: file.name }]);
		else app.attach(chatId, [...app.pictures(chatId), { file, url: URL.createObjectURL(file) }]);
	}
	if (refused.length) await app.loadWords(LAZY.words);
	for (const [problem, values] of refused) app.toast(app.t(problem, values), true);
}

const playTime = (seconds) =>
	`${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`;

export function voice(app, message) {
	const { t } = app;
	const id = plain(contentOf(message).voice?.voice_id);
	if (!id) return elsewhere(app, message);
	app.player ??= new Player(() => app.schedule());
	const { player } = app;
	const { playing, at, length, failed } = player.state.id === id ? player.state : { at: 0, length: 0 };
	return html`
		<div class="voice">
			${tool(`lazy.svg#${playing ? 'pause' : 'play'}`, t(playing ? 'voice.pause' : 'voice.play'), () => player.toggle(id), { className: 'round' })}
			<input type="range" min="0" max=${length || 1} step="0.1" .value=${live(String(at))} ?disabled=${!length}
				aria-label=${t('voice.place')} @input=${(event) => player.seek(Number(event.target.value))}>
			<span class="play-time">${playTime(at)}${when(length, () => ` / ${playTime(length)}`)}</span>
		</div>
		${when(failed, () => html`<p class="trouble">${t('voice.failed')}</p>`)}`;
}

const voiceUrl = (id, now) => new URL(`api/voice/${encodeURIComponent(id)}?t=${now}`, BASE).href;

class Player {
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
