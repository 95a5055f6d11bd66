/** Starts the page on which the team edits its quick replies. */
import { loadWords } from '../../shell/gateway.js';
import { loadSettings } from '../../shell/storage.js';
import { first } from '../../views/pages.js';
import { QuickRepliesPage } from './page.js';

const t = await loadWords(loadSettings().lang, 'features/quick_replies/words/page');
document.title = `${t('page.title')} · Avito Live`;

const page = new QuickRepliesPage(document.getElementById('quick-replies'), t);
addEventListener('beforeunload', (event) => page.isDirty && event.preventDefault());
first(page.load);
