/** The player of a voice message. */
import { Player } from '../shell/player.js';
import { html, live, tool, when } from './parts.js';

const playTime = (seconds) =>
	`${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`;

export function voice(app, message) {
	const { t } = app;
	const id = message.content?.voice?.voice_id;
	if (!id) return html`<p class="quiet">${t('type.voice')}</p>`;
	app.player ??= new Player(() => app.schedule());
	const { player } = app;
	const { playing, at, length, failed } = player.state.id === id ? player.state : { at: 0, length: 0 };
	return html`
		<div class="voice">
			${tool(playing ? 'pause' : 'play', t(playing ? 'voice.pause' : 'voice.play'), () => player.toggle(id), { className: 'round', file: 'kinds' })}
			<input type="range" min="0" max=${length || 1} step="0.1" .value=${live(String(at))} ?disabled=${!length}
				aria-label=${t('voice.place')} @input=${(event) => player.seek(Number(event.target.value))}>
			<span class="play-time">${playTime(at)}${when(length, () => ` / ${playTime(length)}`)}</span>
		</div>
		${when(failed, () => html`<p class="trouble">${t('voice.failed')}</p>`)}`;
}
