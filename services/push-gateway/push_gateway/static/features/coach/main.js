/** Starts the coach's page. */
import { loadWords } from '../../shell/gateway.js';
import { loadSettings } from '../../shell/storage.js';
import { first } from '../../views/pages.js';
import { Coach } from './coach.js';

const TICK_MS = 1000;

const t = await loadWords(loadSettings().lang, 'features/coach/words');
document.title = `${t('coach.title')} · Avito Live`;

const coach = new Coach(document.getElementById('coach'), t, document.documentElement.dataset.role === 'owner');
first(coach.load);
setInterval(() => document.hidden || coach.tick(), TICK_MS);
