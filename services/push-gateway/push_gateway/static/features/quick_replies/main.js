/** Starts the page on which the team edits its quick replies. */
import { speak } from '../../shell/parts.js';
import { loadSettings } from '../../shell/storage.js';
import { Desk } from './page.js';

const t = await speak(loadSettings().lang, 'quick_page');
document.title = `${t('page.title')} · Avito Live`;

const desk = new Desk(document.getElementById('quick-replies'), t);
addEventListener('beforeunload', (event) => desk.isDirty && event.preventDefault());
desk.load();
