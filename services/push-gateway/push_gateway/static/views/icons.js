/** Line icons on a 24 px grid; the control around them carries the name. */
import { html, svg } from '../vendor/lit-html/lit-html.js';

const PATHS = {
	search: svg`<circle cx="11" cy="11" r="6.5"/><path d="m16 16 4.5 4.5"/>`,
	gear: svg`<path d="M4 7h9m5 0h2M4 17h2m5 0h9"/><circle cx="15.5" cy="7" r="2.5"/><circle cx="8.5" cy="17" r="2.5"/>`,
	help: svg`<circle cx="12" cy="12" r="9"/><path d="M9.6 9.3a2.5 2.5 0 1 1 3.6 2.3c-.8.4-1.2 1-1.2 1.9M12 16.6v.1"/>`,
	bell: svg`<path d="M6 16V11a6 6 0 0 1 12 0v5l1.5 2h-15zM10 20.5a2.2 2.2 0 0 0 4 0"/>`,
	mute: svg`<path d="M7.2 7.4A6 6 0 0 1 18 11v4M6 10.5V16l-1.5 2H16M10 20.5a2.2 2.2 0 0 0 4 0M3.5 3.5l17 17"/>`,
	back: svg`<path d="M15 5l-7 7 7 7"/>`,
	down: svg`<path d="M12 5v14m-6-6 6 6 6-6"/>`,
	send: svg`<path d="M4 12 20 4.5 15.5 20l-4-6.5zM11.5 13.5 20 4.5"/>`,
	clip: svg`<path d="m20 11-8.3 8.3a5 5 0 0 1-7-7l8.6-8.6a3.3 3.3 0 0 1 4.7 4.7l-8.5 8.5a1.7 1.7 0 0 1-2.4-2.4L15 6.7"/>`,
	card: svg`<rect x="3.5" y="4.5" width="17" height="15" rx="2.5"/><path d="M14.5 4.5v15"/>`,
	out: svg`<path d="M13 5h6v6m0-6-9 9M10 5H7a2 2 0 0 0-2 2v10a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2v-3"/>`,
	trash: svg`<path d="M4.5 7h15M9.5 7V4.5h5V7m3 0-.8 12.5H7.3L6.5 7m3.8 4v5m3.4-5v5"/>`,
	play: svg`<path d="M8 5.5v13l10.5-6.5z"/>`,
	pause: svg`<path d="M8.5 5.5v13m7-13v13"/>`,
	phone: svg`<path d="M5 4h4l1.5 5-2.3 1.5a12 12 0 0 0 5.3 5.3L15 13.5l5 1.5v4a1.5 1.5 0 0 1-1.7 1.5A16 16 0 0 1 3.5 5.7 1.5 1.5 0 0 1 5 4z"/>`,
	pin: svg`<path d="M12 21s-6.5-6-6.5-11a6.5 6.5 0 0 1 13 0c0 5-6.5 11-6.5 11z"/><circle cx="12" cy="10" r="2.3"/>`,
	file: svg`<path d="M14 3.5H7A1.5 1.5 0 0 0 5.5 5v14A1.5 1.5 0 0 0 7 20.5h10a1.5 1.5 0 0 0 1.5-1.5V8zM14 3.5V8h4.5"/>`,
	close: svg`<path d="m6 6 12 12M18 6 6 18"/>`,
	check: svg`<path d="m5 12.5 4.5 4.5L19 7.5"/>`,
	checks: svg`<path d="m2.5 12.5 4.5 4.5L16 8m-4.5 8 1 1L22 8"/>`,
	clock: svg`<circle cx="12" cy="12" r="8.5"/><path d="M12 7.5V12l3 2"/>`,
	warn: svg`<path d="M12 4 2.8 19.5h18.4zM12 10v4.5m0 2.5v.1"/>`,
	chat: svg`<path d="M4 5.5h16v11H11l-4.5 4v-4H4z"/>`,
};

export const icon = (name) =>
	html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">${PATHS[name]}</svg>`;
