// Language and colours before the first paint; a module would come too late.
(() => {
	let settings = {};
	try {
		settings = JSON.parse(localStorage.getItem('avito-live.settings')) || {};
	} catch {
		// nothing remembered
	}
	const root = document.documentElement;
	if (settings.lang === 'ru' || settings.lang === 'en') root.lang = settings.lang;
	root.dataset.theme = settings.theme || 'auto';
})();
