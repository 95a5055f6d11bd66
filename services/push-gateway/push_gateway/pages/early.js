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
	let unstyled = false;
	// By the loads before.
	let tries = history.state?.tries ?? 0;
	const isWhole = () => !unstyled && all('body > div > *, main > *').length > 0;
	const isTyped = () => all('input, textarea').some(({ value, defaultValue }) => value !== defaultValue);

	async function mend() {
		if (isWhole() || note.isConnected) return;
		Object.assign(note, { role: 'alert', textContent: WORDS[root.lang] });
		(document.body ?? root).prepend(note);
		while (!isWhole()) {
			const pause = Math.min(30, 2 ** ++tries) * (500 + Math.random() * 500);
			await new Promise((done) => setTimeout(done, pause));
			const { ok } = await fetch('', { cache: 'no-store', signal: AbortSignal.timeout(20_000) }).catch(() => note);
			if (!ok || isTyped() || isWhole()) continue;
			history.replaceState({ tries }, '');
			// A module that failed stays so.
			location.reload();
		}
		note.remove();
	}

	addEventListener('error', ({ target }) => {
		const { tagName, rel, onload } = target;
		if (tagName === 'use') setTimeout(() => target.setAttribute('href', target.getAttribute('href')), 5000);
		// One that is fetched later has it.
		unstyled ||= rel === 'stylesheet' && !onload;
		if (unstyled || tagName === 'SCRIPT' || target === window) mend();
	}, true);
	const watch = setInterval(() => {
		for (const link of all('link[rel=stylesheet]')) {
			if (link.sheet || link.onload) continue;
			// All waits for it.
			link.remove();
			unstyled = true;
		}
		if (!isWhole()) return document.hidden || mend();
		clearInterval(watch);
		history.replaceState(null, '');
	}, 15_000);
})();
