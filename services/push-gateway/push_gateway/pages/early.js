// Stands in every page, as any file may fail: language and colours, then another try for a page that did not load.
(() => {
	const WORDS = { ru: 'Загрузилось не всё, пробуем ещё раз…', en: 'Not all has loaded, trying again…' };
	const root = document.documentElement;
	let settings = null;
	try {
		settings = JSON.parse(localStorage.getItem('avito-live.settings'));
	} catch {
		// nothing remembered
	}
	if (settings?.lang in WORDS) root.lang = settings.lang;
	root.dataset.theme = settings?.theme ?? 'auto';

	const note = document.createElement('p');
	const all = (what) => [...document.querySelectorAll(what)];
	const base = new URL('static/', location).href;
	// Extensions add elements, styles and errors of their own.
	const isOurs = (url) => String(url).startsWith(base);
	let unstyled = false;
	// By the loads before.
	let tries = history.state?.tries ?? 0;
	const isWhole = () => !unstyled && all('[data-root] > *').length > 0;
	const isTyped = () => all('input:not([type=checkbox], [type=radio], [type=range]), textarea')
		.some(({ value, defaultValue }) => value !== defaultValue);

	async function mend() {
		if (isWhole() || note.isConnected) return;
		Object.assign(note, { role: 'alert', textContent: WORDS[root.lang] });
		(document.body ?? root).prepend(note);
		while (!isWhole()) {
			const pause = Math.min(30, 2 ** ++tries) * (500 + Math.random() * 500);
			await new Promise((done) => setTimeout(done, pause));
			const { ok } = await fetch('', { cache: 'no-store', signal: AbortSignal.timeout(20_000) }).catch(() => note);
			if (!ok || document.hidden || isTyped() || isWhole()) continue;
			history.replaceState({ tries }, '');
			// A module that failed stays so.
			location.reload();
		}
		note.remove();
	}

	addEventListener('error', ({ target, filename }) => {
		const { tagName, rel, href, src, onload } = target;
		if (tagName === 'use') setTimeout(() => target.setAttribute('href', target.getAttribute('href')), 5000);
		// One that is fetched later has it.
		unstyled ||= rel === 'stylesheet' && !onload && isOurs(href);
		if (unstyled || isOurs(src ?? filename)) mend();
	}, true);
	const watch = setInterval(() => {
		for (const link of all('link[rel=stylesheet]')) {
			if (link.sheet || link.onload || !isOurs(link.href)) continue;
			// All waits for it.
			link.remove();
			unstyled = true;
		}
		if (!isWhole()) return document.hidden || mend();
		clearInterval(watch);
		history.replaceState(null, '');
	}, 15_000);
})();
