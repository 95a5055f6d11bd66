/** Starts the owner's page; the address says which part is shown. */
import { loadSettings } from '../shell/storage.js';
import { Owner, PARTS } from './owner.js';
import { translator } from './words.js';

const t = translator(loadSettings().lang);
const owner = new Owner(document.getElementById('owner'), t);

function followAddress() {
	const part = location.hash.slice(1);
	owner.show(PARTS.includes(part) ? part : PARTS[0]);
}

document.title = `${t('title')} · Avito Live`;
addEventListener('hashchange', followAddress);
followAddress();
