// Language and colours as remembered, before the first paint. Not a module: it must not wait.
(() => {
	let settings = {};
	try {
		settings = JSON.parse(localStorage.getItem('avito-live.settings')) || {};
	} catch {
		// Nothing remembered.
	}
	const root = document.documentElement;
	if (settings.lang === 'ru' || settings.lang === 'en') root.lang = settings.lang;
	root.dataset.theme = settings.theme || 'auto';
})();
