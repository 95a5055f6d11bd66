/** The login page's language switch; the form itself needs no script. */
import { loadSettings, save } from './shell/storage.js';

const root = document.documentElement;

document.querySelector('[data-switch-language]').addEventListener('click', () => {
	const lang = root.lang === 'en' ? 'ru' : 'en';
	root.lang = lang;
	save('settings', { ...loadSettings(), lang });
	const path = new URL('..', import.meta.url).pathname;
	document.cookie = `lang=${lang}; path=${path}; max-age=31536000; samesite=lax`;
});
